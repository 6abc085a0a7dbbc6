"""New keys of the desk, at the console: its key pair, beside the bot or without it; the recovery key, without it.

For another recovery key an admin's passphrase is typed, and not the old key. That one may be lost; it opens old backups
too, and so should never come near this machine, where a passphrase is typed every day. Three steps, after each of which
one recovery key alone opens the next backup and all that is in it:

    1  the new key is granted the desk's keys as well        the old one is in force
    2  it becomes the one that backups are sealed to         the new one is in force
    3  the desk gets a new key, granted to the new one; the old one's grants end

Limit: cut short before the third, the old key still opens what comes, until the command was called again to its end.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from handlers.model import Member, Role
from handlers.office import recovery
from storage.database import Database
from storage.errors import WrongPassphrase
from storage.keyring import Keyring
from storage.sessions import Session, Sessions
from storage.vault import Vault


class Rotation:
    """Made by `rotating`."""

    def __init__(self, database: Database, ring: Keyring, now: datetime) -> None:
        self._database, self._ring, self._now = database, ring, now

    async def new_desk(self) -> None:
        """Another key pair for the desk; nobody need be unlocked. Raises NotFounded, ChangedMeanwhile."""
        await self._database.act(recovery.rekeyed(), self._now)

    async def admins(self) -> tuple[Member, ...]:
        everybody = (await self._database.people()).everybody()
        return tuple(member for member in everybody if member.active and member.role is Role.ADMIN)

    async def unlocked(self, admin: Member, passphrase: str) -> Session:
        """What an admin's passphrase opens, until the end. Raises WrongPassphrase."""
        session = await self._database.unlocked(admin, passphrase, self._now)
        if session is None:
            raise WrongPassphrase
        return session

    async def new_recovery(self, admin: Member, session: Session, public: bytes) -> int:
        """This public key instead of the present one; returns how many reports only an earlier one opens, for they came
        before there was a desk. Raises Locked, Lacking, NotFounded, NotAKey, ChangedMeanwhile.
        """
        old = self._ring.recovery_public
        await self._database.entrust(public, session)
        self._ring.adopt_recovery(public)
        await self._database.act(recovery.replaced(admin, old), self._now)
        return await self._database.early()


@asynccontextmanager
async def rotating(state: Path, database_url: str, now: datetime) -> AsyncIterator[Rotation]:
    """Raises what keyring and database raise."""
    ring = Keyring.open(state)
    vault = Vault(ring)
    database = await Database.open(database_url, vault, Sessions(vault), process="rotate")
    try:
        yield Rotation(database, ring, now)
    finally:
        await database.close()
