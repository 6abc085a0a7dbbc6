"""Bring the database to the newest schema, once, however many processes start at the same time.

The lock is the transaction: BEGIN IMMEDIATE on SQLite, an advisory lock on PostgreSQL; the revision is read after it.
"""

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.engine import migration_engine
from storage.errors import Setup

_LOCK = 0x70616E6168  # "panah"


class NewerDatabase(Setup):
    """The database was written by a newer Panah. Upgrade the program; do not go back with this database."""


async def migrate(url: str) -> None:
    """Create or upgrade the schema; nothing is left of a migration that fails. Raises NewerDatabase."""
    engine = migration_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def config_for(connection: Connection) -> Config:
    """Alembic's configuration, built in code: the scripts are package data."""
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = config_for(connection)
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise NewerDatabase
    command.upgrade(config, "head")
    if sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise RuntimeError("the migration broke a foreign key; nothing was changed")
