#!/bin/sh
# Installs Panah on Debian 12 from the folder that this script lies in, or brings an installed one up to it.
# Needs nothing else but panah.service beside it; run it as root. Run again, it changes what is missing or older.
#
#   git clone … panah && sh panah/deploy/install.sh
#
# DESTDIR=/some/folder puts everything under that folder, and makes neither user nor service: to look at, or for a test.
set -eu
umask 022
here=$(cd "$(dirname "$0")" && pwd)
source=$(dirname "$here")
root=${DESTDIR:-}
code=$root/opt/panah
settings=$root/etc/panah/panah.env
# what its user may write to: the state folder is one inside, for a restore makes it anew beside itself
home=/var/lib/panah

say() { printf '%s\n' "$*"; }
die() { say "$*" >&2; exit 1; }
real() { [ -z "$root" ]; }

if real; then
    [ "$(id -u)" = 0 ] || die "Run it as root: it makes a user and a service."
    command -v apt-get >/dev/null || die "This is for Debian. Elsewhere follow docs/operate.md by hand."
    say "1. What it needs"
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends python3 python3-venv tzdata mat2 ffmpeg
    id panah >/dev/null 2>&1 || adduser --system --group --home "$home" --shell /usr/sbin/nologin panah
fi
python=$(command -v python3.11 || command -v python3)
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Panah needs Python 3.11 or newer."

say "2. The program, in $code"
rooms="bot handlers storage locales docs deploy"
mkdir -p "$code"
# what another version had and this one lacks must go: a migration of a newer one, say
(cd "$code" && rm -rf $rooms)
(cd "$source" && tar -cf - $rooms .env.example requirements.lock pyproject.toml README.md) | tar -xf - -C "$code" --no-same-owner
find "$code" -name '__pycache__' -type d -prune -exec rm -rf {} +
[ -x "$code/.venv/bin/python" ] || "$python" -m venv "$code/.venv"
"$code/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$source/requirements.lock"
"$code/.venv/bin/python" -m compileall -q "$code/bot" "$code/handlers" "$code/storage"

say "3. Settings, in $settings"
mkdir -p "$(dirname "$settings")"
if [ ! -e "$settings" ]; then
    (umask 077 && sed -e "s|^# PANAH_STATE_DIR=.*|PANAH_STATE_DIR=$home/state|" -e "s|^# PANAH_BACKUP_DIR=.*|PANAH_BACKUP_DIR=$home/backups|" \
        "$source/.env.example" >"$settings")
fi
chmod 600 "$settings"

say "4. The command panah, and the service"
mkdir -p "$root/usr/local/bin" "$root/etc/systemd/system"
cat >"$root/usr/local/bin/panah" <<'COMMAND'
#!/bin/sh
# Every command of Panah, as the user that the bot runs as. A file or folder named on the command line must
# be absolute, and that user's to read or write: in /var/lib/panah, say.
cd /opt/panah || exit 2
command=${1:-}
settings=/etc/panah/panah.env
case "$command" in
    "" | -* | demo) ;;
    audit | recover) [ $# -lt 2 ] || { inner=$2; shift 2; set -- "$command" "$inner" --env "$settings" "$@"; } ;;
    *) shift; set -- "$command" --env "$settings" "$@" ;;
esac
if [ "$(id -un)" = panah ]; then exec .venv/bin/python -m bot "$@"; fi
exec runuser -u panah -- .venv/bin/python -m bot "$@"
COMMAND
chmod 755 "$root/usr/local/bin/panah"
for unit in panah.service panah-backup.service panah-backup.timer; do
    [ ! -e "$here/$unit" ] || install -m 644 "$here/$unit" "$root/etc/systemd/system/$unit"
done

if real; then
    chown -R root:root "$code"
    chown panah:panah "$settings"
    install -d -m 700 -o panah -g panah "$home"
    systemctl daemon-reload
    [ -z "$(swapon --noheadings --show 2>/dev/null)" ] || say "WARNING: swap is on. Switch it off: secrets may land on it."
    if systemctl is-active --quiet panah; then
        systemctl restart panah
        say "Restarted. Look: systemctl status panah"
        exit 0
    fi
fi
if [ -e "$root$home/state" ]; then
    say "Done. Next: panah upgrade, panah check, systemctl start panah"
    exit 0
fi
say "Done. Next:"
say "  1. Fill in $settings: PANAH_TELEGRAM_TOKEN, PANAH_ORGANISATION."
say "  2. panah init          # shows the recovery key and the first admin's invitation, once"
say "  3. panah check"
say "  4. systemctl enable --now panah.service panah-backup.timer"
