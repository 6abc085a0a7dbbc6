"""One process for each database sends: how fast it may is counted in its memory (`bot.pace`), not in the database.

The state folder's lock keeps a second process off on one machine. On PostgreSQL another machine, with a copy of the
folder, could still serve the same database and token; so whoever sends holds a lock of the database besides, on a
connection of its own, and loses it with that. Limit: when the server of the database was restarted, nobody holds it
until the next start.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.errors import AlreadyServed

_LOCK = 0x50414E4148
"""The name of the lock: any number that nobody else uses in this database."""
GRACE = 10.0
"""Seconds until a process that was killed must have lost its lock: its connections end with it."""
_PAUSE = 0.2


@asynccontextmanager
async def only_sender(engine: AsyncEngine) -> AsyncIterator[None]:
    """Be the one process that sends from this database. Raises AlreadyServed."""
    if engine.dialect.name != "postgresql":  # SQLite: one machine, and there the state folder's lock
        yield
        return
    async with engine.connect() as opened:
        connection = await opened.execution_options(isolation_level="AUTOCOMMIT")
        await _take(connection)
        try:
            yield
        finally:
            await connection.invalidate()  # the lock goes with the connection, which must not go back to the others


async def _take(connection: AsyncConnection) -> None:
    for _ in range(max(1, int(GRACE / _PAUSE))):
        if await connection.scalar(select(func.pg_try_advisory_lock(_LOCK))):
            return
        await asyncio.sleep(_PAUSE)
    raise AlreadyServed("the database")
