#!/bin/sh
# Everything that is slow or needs more than Python: crash loops, PostgreSQL, a real browser, another implementation.
# Called by `make test-all`; its arguments go to pytest. As root on Debian it installs what is missing; otherwise it says
# what is missing, and the tests that need it are skipped. With CI=true they fail instead.
set -eu
cd "$(dirname "$0")/.."
PYTHON=.venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK=1

has_postgresql() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }
has_chromium() { [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; }
has_node() { command -v node >/dev/null && command -v npm >/dev/null; }
has_mat2() { command -v mat2 >/dev/null; }
has_ffmpeg() { command -v ffmpeg >/dev/null; }
has_systemd() { command -v systemd-analyze >/dev/null; }
has_nginx() { PATH="$PATH:/usr/sbin" command -v nginx >/dev/null; }
has_gettext() { command -v msgfmt >/dev/null; }

missing() {
    has_postgresql || echo postgresql
    has_chromium || echo chromium
    has_node || echo nodejs npm
    has_mat2 || echo mat2
    has_ffmpeg || echo ffmpeg
    has_gettext || echo gettext
    has_systemd || echo systemd
    has_nginx || echo nginx-light
}

install() {
    echo "Installing with apt-get: $*"
    apt-get update -qq || echo "apt-get update failed; trying with the lists that are there"
    for package in "$@"; do # one by one, so that one that can't be had does not cost the others
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
            echo "apt-get could not install $package"
    done
}

lacks() {
    echo "NOT TESTED: $1, because $2. On Debian: apt-get install $3"
    faults="${faults-}x"
}

# shellcheck disable=SC2046 # a list of package names
if [ -n "$(missing)" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    install $(missing)
fi
has_postgresql || lacks "PostgreSQL" "there is no server to start" postgresql
has_chromium || lacks "the page in a browser" "there is no chromium" chromium
has_node || lacks "the independent reader" "there is no node with npm" "nodejs npm"
has_mat2 || lacks "cleaning of Office documents" "there is no mat2" mat2
has_ffmpeg || lacks "cleaning of films" "there is no ffmpeg" ffmpeg
has_gettext || lacks "the catalogues by GNU gettext" "there is no msgfmt" gettext
has_systemd || lacks "the hardness of the units" "there is no systemd-analyze" systemd
has_nginx || lacks "the proxy of the example" "there is no nginx" nginx-light

if "$PYTHON" -m pip install --quiet --require-hashes -r requirements-browser.lock; then
    # Debian 12 has node 18, and the reader needs 20.19; Playwright brings a newer one of its own.
    driver=$("$PYTHON" -c 'import pathlib, playwright; print(pathlib.Path(playwright.__file__).parent / "driver")')
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' \
        2>/dev/null || export PATH="$driver:$PATH"
else
    lacks "the page in a browser" "Playwright could not be installed with pip" chromium
fi

if [ -n "${faults-}" ] && [ -n "${CI-}" ]; then
    echo "With CI set, nothing may be left out." >&2
    exit 1
fi
"$PYTHON" -m bot.catalogues check
"$PYTHON" -m bot.catalogues spell

# What measures time or fills the machine runs alone; the rest two by two. Either may be left with no test by arguments.
ran() { "$PYTHON" -m pytest -q -m "slow or postgres or browser or independent" "$@" || [ $? = 5 ]; }
failed=
ran -n 2 --dist worksteal --ignore=tests/crash --ignore=tests/flood --ignore=tests/browser "$@" || failed=1
ran --ignore=tests/bot --ignore=tests/docs --ignore=tests/handlers --ignore=tests/independent --ignore=tests/locales \
    --ignore=tests/stories --ignore=tests/storage "$@" || failed=1
[ -z "$failed" ]
