"""A command that dies by SIGKILL behind one of its steps: `python -m tests.crash.cut STEP COMMAND …`.

A step is whatever outlasts the process: a commit of a change, a file that is written, takes another's place, or goes.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from storage import durable
from storage.onehop import OneHop

_left = int(sys.argv.pop(1))


def _step() -> None:
    global _left
    _left -= 1
    if not _left:
        os.kill(os.getpid(), signal.SIGKILL)


def _cut(work: Callable[..., Any]) -> Callable[..., Any]:
    def done(*args: Any) -> Any:
        result = work(*args)
        _step()
        return result

    return done


_commit = OneHop.commit
_changes: dict[OneHop, int] = {}


async def _committed(connection: OneHop) -> None:
    await _commit(connection)
    before, _changes[connection] = _changes.get(connection, 0), connection.total_changes
    if _changes[connection] > before:
        _step()


OneHop.commit = _committed  # type: ignore[method-assign]
os.link, os.replace = _cut(os.link), _cut(os.replace)
durable._write_part, durable.shred = _cut(durable._write_part), _cut(durable.shred)

from bot.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
