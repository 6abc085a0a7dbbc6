"""Engines for both databases, and what each must have answered before anything is stored.

SQLite: one connection that writes, reads and checkpoints, in WAL with full synchronisation, every transaction begun as
a writer. Versions before 3.51.3 can corrupt a WAL that two connections checkpoint at once: with one, they cannot.
PostgreSQL: asyncpg, eight connections, READ COMMITTED; the schema's statements are the same on both.
"""

import logging
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage import onehop
from storage.errors import Setup

_POSTGRESQL_CONNECTIONS = 8
_WAIT_SECONDS = 120
_TRIES, _BETWEEN_TRIES = 40, 0.05
"""Of a pragma, and seconds between two of them: at a start, when nothing else can wait for it."""
_DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")
_PRAGMAS = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "secure_delete": ("ON", 1),
    "recursive_triggers": ("ON", 1),
    "temp_store": ("MEMORY", 2),
    "busy_timeout": ("10000", 10000),
}
_PRIVATE = ("aiosqlite", "asyncpg", "sqlalchemy", "alembic")
"""Loggers whose DEBUG lines hold the values of statements: quieter than that, whatever the program asks for."""
FIXED_SQLITE = (3, 51, 3)
_CLOSED = ("08", "28", "3D", "53300", "57")
"""Codes of a PostgreSQL that takes nobody, or not us (its manual, appendix A): no connection, who we are, no such
database, too many, stopping or starting."""


class UnknownDatabase(Setup):
    """This kind of database is not supported. Use sqlite+aiosqlite:///PATH or postgresql+asyncpg://…"""


class PragmaRefused(Setup):
    """SQLite does not do this as asked, so reports would not be safe in it. Put the database on a local disk."""


class NotReached(Setup):
    """The database's server can't be reached, or lets us not in. Look whether it runs, and at PANAH_DATABASE_URL."""


def engine_for(url: str, name: str = "panah") -> AsyncEngine:
    """The engine that the program runs on; PostgreSQL shows `name` on each of its connections.

    Raises UnknownDatabase; connecting raises PragmaRefused.
    """
    _hush()
    where = _checked(url)
    if where.get_backend_name() == "sqlite":
        return _sqlite(where, foreign_keys=True, pool_size=1, max_overflow=0)
    return create_async_engine(
        where,
        hide_parameters=True,
        pool_size=_POSTGRESQL_CONNECTIONS,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        isolation_level="READ COMMITTED",
        connect_args={"server_settings": {"jit": "off", "application_name": name}},
    )


def migration_engine(url: str) -> AsyncEngine:
    """One connection, used once; on SQLite without foreign keys: rebuilding a table would empty its children."""
    _hush()
    where = _checked(url)
    if where.get_backend_name() == "sqlite":
        return _sqlite(where, foreign_keys=False, poolclass=NullPool)
    return create_async_engine(where, hide_parameters=True, poolclass=NullPool)


def reading_engine(url: str) -> AsyncEngine:
    """One connection for one long look, beside the running bot: all that a transaction reads is of one moment.

    It writes nothing, not even a checkpoint, and no writer waits for it; SQLite's log is not emptied meanwhile.
    """
    _hush()
    where = _checked(url)
    if where.get_backend_name() != "sqlite":
        return create_async_engine(where, hide_parameters=True, poolclass=NullPool, isolation_level="REPEATABLE READ")
    connect = {"async_creator_fn": onehop.connect}
    engine = create_async_engine(where, hide_parameters=True, poolclass=NullPool, connect_args=connect)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("busy_timeout=10000", "query_only=ON", "wal_autocheckpoint=0"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection, closed at the end. Raises NotReached; of a file, what opening it raises."""
    try:
        connection = await engine.connect()
    except Exception as error:
        if engine.dialect.name == "sqlite" or not _is_away(error):
            raise
        raise NotReached(type(error).__name__) from None
    try:
        yield connection
    finally:
        await connection.close()


def _is_away(error: Exception) -> bool:
    code = str(getattr(getattr(error, "orig", None), "sqlstate", None))
    return isinstance(error, OSError) or code.startswith(_CLOSED)


def file_of(url: str | URL) -> Path | None:
    """The file of an embedded database; None when it is a server's."""
    where = make_url(url)
    return Path(where.database or "") if where.get_backend_name() == "sqlite" else None


def sqlite_is_old() -> bool:
    """True when this SQLite has the WAL-reset bug (fixed in 3.51.3); harmless while Panah alone opens the file."""
    return sqlite3.sqlite_version_info < FIXED_SQLITE


def _hush() -> None:
    for name in _PRIVATE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _checked(url: str) -> URL:
    where = make_url(url)
    if where.drivername not in _DRIVERS:
        raise UnknownDatabase
    return where


def _sqlite(where: URL, foreign_keys: bool, **pool: Any) -> AsyncEngine:
    _make_private(where)
    if pool.get("poolclass") is None:
        pool |= {"pool_timeout": _WAIT_SECONDS, "pool_reset_on_return": None}
    engine = create_async_engine(where, hide_parameters=True, connect_args={"async_creator_fn": onehop.connect}, **pool)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        _set_pragmas(connection, foreign_keys)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(onehop.BEGIN)

    return engine


def _make_private(where: URL) -> None:
    """The file is ours alone from its first moment; SQLite gives its -wal and -shm the same mode."""
    if where.database and where.database != ":memory:":
        os.close(os.open(where.database, os.O_RDWR | os.O_CREAT, 0o600))


def _set_pragmas(connection: Any, foreign_keys: bool) -> None:
    wanted = _PRAGMAS | {"foreign_keys": ("ON", 1) if foreign_keys else ("OFF", 0)}
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")  # first: others may be starting on the same file
    for name, (setting, _) in wanted.items():
        _insist(cursor, f"PRAGMA {name}={setting}")
    for name, (_, answer) in wanted.items():
        cursor.execute(f"PRAGMA {name}")
        if cursor.fetchone()[0] != answer:
            raise PragmaRefused(name)
    cursor.close()


def _insist(cursor: Any, pragma: str) -> None:
    """Two that switch a new file to WAL at once get in each other's way, and SQLite does not wait by itself then.

    Whoever was refused tries again; in the end raises OperationalError.
    """
    for _ in range(_TRIES - 1):
        try:
            cursor.execute(pragma)
            return
        except sqlite3.OperationalError:
            time.sleep(_BETWEEN_TRIES)
    cursor.execute(pragma)
