"""The way back from an upgrade: the database as it was before its schema changed, in a file beside it. SQLite only.

The copy holds what is erased after it was made, so it goes after two days, with the next month's key (without which it
could not be read any more), with `panah purge` and with `panah panic`.
"""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from glob import escape
from pathlib import Path

from storage import durable
from storage.errors import Setup

KEPT = timedelta(days=2)
_WAIT_SECONDS = 10
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class NoCopy(Setup):
    """The database could not be copied, so nothing was changed. Make room on its disk and try again."""


class NoWayBack(Setup):
    """No copy from before an upgrade lies beside the database: it is kept for two days at most, never on PostgreSQL.

    What is left is a backup (`panah restore`).
    """


class NotPutBack(Setup):
    """The copy could not be put into the database, and nothing was changed. End what else uses it and try again."""


def keep(file: Path, revision: str) -> None:
    """Copy what is committed, without what was deleted; whole or absent after a crash. Raises NoCopy.

    For the holder of the write lock: nobody else changes the file meanwhile, and readers are not in the way.
    """
    copy = file.with_name(f"{file.stem}.before-{revision}.db")
    part = durable.part_of(copy)
    try:
        _copy(file, part)
        os.replace(part, copy)
        durable.sync_folder(copy.parent)
    except (OSError, sqlite3.Error):
        durable.shred(part)
        raise NoCopy(copy.name) from None


def find(file: Path) -> Path:
    """The latest copy of another schema than the database has now. Raises NoWayBack."""
    copies = sorted(file.parent.glob(f"{escape(file.stem)}.before-*.db"), key=lambda copy: copy.stat().st_mtime)
    present = schema(file)
    for copy in reversed(copies):
        if schema(copy) not in ("", present):
            return copy
    raise NoWayBack


def schema(file: Path) -> str:
    """The revision of a database that lies there; empty when it can't be read."""
    try:
        with closing(_reader(file)) as connection:
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError):
        return ""
    return str(revision)


def made(copy: Path) -> datetime:
    """When the copy was made."""
    return datetime.fromtimestamp(copy.stat().st_mtime, UTC)


def go_back(file: Path, copy: Path) -> None:
    """Put the copy's content into the database, in one transaction, and destroy all copies. Raises NotPutBack.

    Nobody may serve meanwhile.
    """
    with closing(_reader(copy)) as source, closing(sqlite3.connect(file, timeout=_WAIT_SECONDS)) as target:
        try:
            source.backup(target, progress=_unless_busy)
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            raise NotPutBack(file.name) from None
    forget(file)


def forget(file: Path, before: datetime | None = None) -> tuple[Path, ...]:
    """Destroy the copies of this database that were made before then, or all; returns what could not be destroyed."""
    found = file.parent.glob(f"{escape(file.stem)}.before-*")
    return _shred(copy for copy in found if before is None or made(copy) < before)


def forget_all(folder: Path) -> tuple[Path, ...]:
    """Destroy the copies of every database in the folder; returns what could not be destroyed."""
    return _shred(folder.glob("*.before-*"))


def _shred(files: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(file for file in files if not durable.shred(file))


def _copy(file: Path, part: Path) -> None:
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with closing(_reader(file)) as source:
            source.execute("VACUUM INTO ?", [str(part)])
        os.fsync(handle)
    finally:
        os.close(handle)


def _reader(file: Path) -> sqlite3.Connection:
    """Never checkpoints: versions before 3.51.3 can corrupt a log that two connections checkpoint at once."""
    connection = sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None)
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def _unless_busy(status: int, _remaining: int, _total: int) -> None:
    """Otherwise it is tried for ever."""
    if status in _BUSY:
        raise sqlite3.OperationalError
