"""Bring the database to the newest schema, once, however many processes start at the same time; and only for its owner.

The lock is the transaction: BEGIN IMMEDIATE on SQLite, an advisory lock on PostgreSQL; all is read after it. The first
ring that opens a database owns it: its name is kept in `meta`, as a blind index, and another ring is refused before
anything is written.
"""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, inspect, make_url, select, text

from storage.engine import migration_engine
from storage.errors import Setup
from storage.keyring import Keyring
from storage.tables import meta

_LOCK = 0x70616E6168  # "panah"
_OWNER = "deployment"


class NewerDatabase(Setup):
    """The database was written by a newer Panah. Upgrade the program; do not go back with this database."""


class ForeignDatabase(Setup):
    """This database belongs to another state folder, whose keys alone open it.

    Set PANAH_STATE_DIR to that folder, or PANAH_DATABASE_URL to an empty database.
    """


async def migrate(url: str, owner: bytes = b"") -> None:
    """Create or upgrade the schema, and keep whose it is; nothing is left of what fails.

    Without an `owner` (`owner_of`) it stays nobody's. Raises NewerDatabase, ForeignDatabase.
    """
    await _run(url, lambda connection: _upgrade(connection, owner))


async def require_unowned(url: str) -> None:
    """For a new state: makes nothing, not even a file. Raises ForeignDatabase."""
    if is_there(url):
        await _run(url, lambda connection: _require(connection, b""))


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


async def _run(url: str, work: Callable[[Connection], object]) -> None:
    engine = migration_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def config_for(connection: Connection | None) -> Config:
    """Alembic's configuration, built in code: the scripts are package data."""
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The schema that this program works with."""
    return ScriptDirectory.from_config(config_for(None)).get_current_head() or ""


def _upgrade(connection: Connection, owner: bytes) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    known = _require(connection, owner)
    _migrate(connection)
    if owner and not known:
        connection.execute(insert(meta), {"key": _OWNER, "value": owner})


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


def _migrate(connection: Connection) -> None:
    config = config_for(connection)
    scripts = ScriptDirectory.from_config(config)
    current = revision(connection)
    if current == scripts.get_current_head():
        return
    if current and current not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerDatabase
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite" and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise RuntimeError("the migration broke a foreign key; nothing was changed")
