"""The database for whoever looks in from beside a bot: a command, a check, the purge."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.settings import Settings
from storage.database import Database
from storage.keyring import Keyring
from storage.sessions import Sessions
from storage.vault import Vault


@asynccontextmanager
async def database_of(settings: Settings, process: str) -> AsyncIterator[Database]:
    """The database with the server's keys, and nobody's; never another version's. Raises VaultError."""
    vault = Vault(Keyring.open(settings.state_dir))
    database = await Database.open(settings.database, vault, Sessions(vault), process=process)
    try:
        yield database
    finally:
        await database.close()
