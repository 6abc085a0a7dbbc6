"""Bring the database to the newest schema, once, however many processes start at the same time; and only for its owner.

The lock is the transaction: BEGIN IMMEDIATE on SQLite, an advisory lock on PostgreSQL; all is read after it. The first
ring that opens a database owns it: its name is kept in `meta`, as a blind index, and another ring is refused before
anything is written. Before a schema is changed, SQLite's file is copied (`storage.wayback`); for PostgreSQL an operator
must say that a backup was made.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, make_url, select, text

from storage import wayback
from storage.engine import connected, file_of, migration_engine
from storage.errors import Setup
from storage.keyring import Keyring
from storage.tables import meta

_LOCK = 0x70616E6168  # "panah"
_OWNER = "deployment"
_SCRIPTS = "storage:migrations"
Done = TypeVar("Done")


class NewerDatabase(Setup):
    """The database was written by a newer Panah. Upgrade the program, or go back with `panah upgrade --back`."""


class OlderDatabase(Setup):
    """The database is not of this version yet. Stop the bot that uses it, then run `panah upgrade`."""


class BackupFirst(Setup):
    """The database must be upgraded, and on PostgreSQL there is no way back from that: nothing was changed.

    Make a backup with the version that ran until now, then run `panah upgrade --yes`.
    """


class UpgradeFailed(Setup):
    """The database could not be upgraded, and is as it was. Start the version that ran until now, and report this."""


class ForeignDatabase(Setup):
    """This database belongs to another state folder, whose keys alone open it.

    Set PANAH_STATE_DIR to that folder, or PANAH_DATABASE_URL to an empty database.
    """


async def migrate(url: str, owner: bytes = b"", *, saved: bool = False) -> str:
    """Create or upgrade the schema, and keep whose it is; nothing is left of what fails. Returns the schema before.

    Without an `owner` (`owner_of`) it stays nobody's. `saved`: there is a backup, for databases that can't be copied
    here. Raises NewerDatabase, ForeignDatabase, BackupFirst, NoCopy, UpgradeFailed.
    """
    return await _run(url, lambda connection: _upgrade(connection, owner, saved))


async def require_unowned(url: str) -> None:
    """For a new state: makes nothing, not even a file. Raises ForeignDatabase."""
    if is_there(url):
        await _run(url, lambda connection: _require(connection, b""))


async def require_newest(url: str, owner: bytes) -> None:
    """For whoever may look in while an older version serves: changes nothing.

    Raises OlderDatabase, NewerDatabase, ForeignDatabase.
    """
    if not is_there(url):
        raise OlderDatabase
    await _run(url, lambda connection: _require_newest(connection, owner))


def owner_of(ring: Keyring) -> bytes:
    """Under which a database knows its ring again."""
    return ring.index(_OWNER, ring.deployment)


def revision(connection: Connection) -> str:
    """The schema of an opened database; empty when it has none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def is_there(url: str) -> bool:
    """Whether there may be a database to open: to open a file of SQLite would be to make it."""
    where = make_url(url)
    return where.get_backend_name() != "sqlite" or Path(where.database or "").exists()


async def _run(url: str, work: Callable[[Connection], Done]) -> Done:
    """Raises NotReached, and what the work raises."""
    engine = migration_engine(url)
    try:
        async with connected(engine) as connection, connection.begin():
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def config_for(connection: Connection | None) -> Config:
    """Alembic's configuration, built in code: the scripts are package data."""
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The schema that this program works with."""
    return ScriptDirectory.from_config(config_for(None)).get_current_head() or ""


def _upgrade(connection: Connection, owner: bytes, saved: bool) -> str:
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    known, before = _require(connection, owner), revision(connection)
    if before and before != newest():
        _require_known(connection, before)
        _keep_way_back(connection, before, saved)
    if before != newest():
        _migrate(connection)
    if owner and not known:
        connection.execute(insert(meta), {"key": _OWNER, "value": owner})
    return before


def _require_newest(connection: Connection, owner: bytes) -> None:
    _require(connection, owner)
    before = revision(connection)
    if before:
        _require_known(connection, before)
    if before != newest():
        raise OlderDatabase


def _require(connection: Connection, owner: bytes) -> bool:
    """True when the database belongs to this owner, False when to nobody yet. Raises ForeignDatabase."""
    kept = owner_kept(connection)
    if kept is not None and kept != owner:
        raise ForeignDatabase
    return kept is not None


def owner_kept(connection: Connection) -> bytes | None:
    """Whose an opened database is (`owner_of`); None while it is nobody's."""
    if not inspect(connection).has_table(meta.name):
        return None
    return connection.scalar(select(meta.c.value).where(meta.c.key == _OWNER))


def _require_known(connection: Connection, before: str) -> None:
    scripts = ScriptDirectory.from_config(config_for(connection))
    if before not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerDatabase


def _keep_way_back(connection: Connection, before: str, saved: bool) -> None:
    if file := file_of(connection.engine.url):
        wayback.keep(file, before)
    elif not saved:
        raise BackupFirst


def _migrate(connection: Connection) -> None:
    """What a step raises could quote a row: only its kind is told."""
    try:
        command.upgrade(config_for(connection), "head")
    except Exception as error:
        raise UpgradeFailed(type(error).__name__) from None
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise UpgradeFailed("foreign key")
