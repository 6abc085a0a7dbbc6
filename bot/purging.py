"""Letting go of what has had its time, for `panah purge` where no bot runs from the state folder that would do it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from bot.app import LOCK
from bot.opening import database_of
from bot.settings import Settings
from storage.blobs import Blobs
from storage.database import Database
from storage.durable import only_holder
from storage.retention import Swept


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, while no bot serves from this state, and none can begin to. Raises AlreadyServed, VaultError."""
    with only_holder(settings.state_dir / LOCK):
        async with database_of(settings, "purge") as database:
            yield database


async def purge(settings: Settings, database: Database, now: datetime, told: Callable[[int], None]) -> Swept:
    """What a running bot does by itself, with the files of what was erased: no courier is there to remove them.

    Raises NotEmptied, UnknownRecord.
    """
    swept = await database.retention.sweep(now, told)
    await database.retention.forget_copies()
    blobs = Blobs(settings.state_dir / "blobs", settings.max_file)
    for blob in await blobs.ids() - await database.retention.files():
        await blobs.delete(blob)
    return swept
