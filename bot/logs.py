"""Logs: ids and counts, never content.

Our own lines are events with fields, of few types. Other people's loggers are heard from WARNING on, and of what they
say only the place in their source is kept: any sentence of theirs may hold a token, an address or a story, and no
pattern finds them all. An exception is its type and the places it passed, never its text.

What never comes here: a `str` that is not a short code; it is shown as "withheld".
"""

import asyncio
import json
import logging
import os
import re
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO

Field = int | float | bool | str | Enum | None

OURS = "panah"
WITHHELD = "withheld"
_CODE = re.compile(r"[a-z0-9_.:-]{1,40}")
# Codes that could be an address or a token: a digit beside a colon ("telegram:77", "12345:abc", a network address with
# its port), four numbers with dots, or nothing but a long number (a chat, a phone).
_ADDRESS = re.compile(r".*(\d[^:]*:|:[^:]*\d|\d+\.\d+\.\d+\.\d+).*|[-.\d]{6,}")
_FRAMES = 6
_CAUSES = 4
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))

_logger = logging.getLogger(OURS)


def event(name: str, *, level: int = logging.INFO, **fields: Field) -> None:
    """Say that something happened. Fields are counts and short codes (`[a-z0-9_.:-]`, at most 40 characters)."""
    if _logger.isEnabledFor(level):
        _logger.log(level, name, extra={"fields": fields})


def failure(name: str, error: BaseException, *, level: int = logging.ERROR, **fields: Field) -> None:
    """Say that something failed: the exception's types and places are added to the fields."""
    if _logger.isEnabledFor(level):
        _logger.log(level, name, extra={"fields": fields, "trail": trail(error)})


def trail(error: BaseException) -> str:
    """An exception and its causes, the outermost first: "Type@folder/file.py:line>… < Type@…"."""
    return " < ".join(f"{type(cause).__name__}@{_places(cause.__traceback__)}" for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(_CAUSES):
        if found is None:
            return
        yield found
        if isinstance(found, BaseExceptionGroup):
            found = found.exceptions[0]
        else:
            found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _places(passed: TracebackType | None) -> str:
    frames = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(passed)]
    return ">".join(place(file, line) for file, line in frames[-_FRAMES:]) or "nowhere"


def place(file: str, line: int) -> str:
    """A line of source by its folder and file: enough to find it, nothing of this machine."""
    return f"{'/'.join(PurePath(file).parts[-2:])}:{line}"


def shown(value: object) -> str:
    """A field as it may be logged."""
    if isinstance(value, Enum):
        return shown(value.value)
    if value is None or isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str) and _CODE.fullmatch(value) and not _ADDRESS.fullmatch(value):
        return value
    return WITHHELD


class _Line(logging.Formatter):
    """One line for each record: key=value pairs, or the same as a JSON object; for the journal with its level."""

    def __init__(self, form: str, journal: bool) -> None:
        super().__init__()
        self._worded = _FORMS[form]
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        pairs = {"at": at.replace("+00:00", "Z"), "level": record.levelname.lower(), **_said(record)}
        return (f"<{_priority(record.levelno)}>" if self._journal else "") + self._worded(pairs)


def _as_text(pairs: Mapping[str, str]) -> str:
    return " ".join(f'{key}="{value}"' if key == "error" else f"{key}={value}" for key, value in pairs.items())


_FORMS: dict[str, Callable[[Mapping[str, str]], str]] = {"text": _as_text, "json": json.dumps}


def _priority(level: int) -> int:
    """The level as the journal knows it. Source: sd-daemon(3), "SD_ERR" and so on."""
    return next((code for least, code in _PRIORITIES if level >= least), 7)


def _to_journal() -> bool:
    """Whether standard error leads to systemd's journal. Source: systemd.exec(5), $JOURNAL_STREAM."""
    try:
        status = os.fstat(2)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _said(record: logging.LogRecord) -> Mapping[str, str]:
    fields = getattr(record, "fields", None)
    if record.name == OURS and isinstance(fields, dict):
        own = {key: shown(value) for key, value in fields.items()}
        return {"event": shown(record.msg), **own, **_trail(getattr(record, "trail", ""))}
    foreign = {"event": "library", "logger": record.name, "place": place(record.pathname, record.lineno)}
    return {**foreign, **_trail(trail(record.exc_info[1]) if record.exc_info and record.exc_info[1] else "")}


def _trail(text: str) -> Mapping[str, str]:
    return {"error": text} if text else {}


class _Stderr(logging.StreamHandler[TextIO]):
    """Drops what libraries say below WARNING, whatever level they set themselves."""

    def __init__(self, form: str) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(_Line(form, _to_journal()))

    def filter(self, record: logging.LogRecord) -> bool:
        return record.name == OURS or record.levelno >= logging.WARNING

    def handleError(self, record: logging.LogRecord) -> None:
        """The inherited one prints the record's arguments; a line that can't be written is lost instead."""


def setup(level: str = "INFO", form: str = "text") -> None:
    """Take over everything that could write to stderr: loggers, warnings, and exceptions that nobody caught.

    `form`: text or json.
    """
    root = logging.getLogger()
    root.handlers = [_Stderr(form)]
    root.setLevel(logging.WARNING)
    _logger.setLevel(level)
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers, logger.propagate = [], True
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _uncaught_in_thread
    warnings.showwarning = _warned


def watch(loop: asyncio.AbstractEventLoop) -> None:
    """The same for exceptions that an event loop finds without an owner."""
    loop.set_exception_handler(_unowned)


def _uncaught(kind: type[BaseException], error: BaseException, passed: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        event("process.interrupted")
    else:
        failure("process.uncaught", error, level=logging.CRITICAL)


def _unraisable(found: Any) -> None:
    if found.exc_value is not None:
        failure("process.unraisable", found.exc_value)


def _uncaught_in_thread(found: threading.ExceptHookArgs) -> None:
    if found.exc_value is not None:
        failure("thread.uncaught", found.exc_value)


def _unowned(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, BaseException):
        failure("loop.uncaught", error)
    else:
        event("loop.complaint", level=logging.ERROR)


def _warned(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object, **__: object
) -> None:
    _logger.warning("process.warning", extra={"fields": {}, "trail": f"{category.__name__}@{place(filename, lineno)}"})
