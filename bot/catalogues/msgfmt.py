"""What GNU gettext says of the catalogues: a second reader, which finds what Babel forgives: an id twice, say."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from shutil import which

from bot.i18n import po_path

PROGRAM = "msgfmt"


def installed() -> bool:
    """Whether the program is there (Debian: gettext)."""
    return which(PROGRAM) is not None


def complaints(folder: Path, codes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """(language, what is wrong and in which line) for every catalogue that `msgfmt --check` refuses.

    Its warnings are about fields of the header that we leave out on purpose: names and dates.
    """
    for code in codes:
        path = po_path(folder, code).relative_to(folder)
        done = subprocess.run(  # noqa: S603  # no word of it comes from outside
            [PROGRAM, "--check", "--output-file", os.devnull, path],
            cwd=folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            told = (line.removeprefix(f"{path}:") for line in done.stderr.splitlines() if "warning:" not in line)
            yield code, "; ".join(line.strip() for line in told)
