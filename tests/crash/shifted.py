"""The program by a clock that a test puts forward: `python -m tests.crash.shifted FILE COMMAND …`.

The file holds by how many seconds. Everything else is as it is started in earnest.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from bot import clock

_real, _file = clock.now, Path(sys.argv.pop(1))


def _shifted() -> datetime:
    return _real() + timedelta(seconds=float(_file.read_text()))


clock.now = _shifted  # before anything takes it as a default

from bot.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
