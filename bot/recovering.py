"""A desk whose passphrases are all lost: the holder of the recovery key lets somebody in, at the server's console.

Two steps, for no passphrase may come into being here: an invitation, by which somebody joins in the chat and gets a
passphrase of their own; then, when the words of their new key were compared by voice, the desk's key out of the
recovery key's grant. The recovery key itself is in this process for as long as a step takes, and on no disk.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from bot import clock
from handlers import clocks
from handlers.model import Invitation, Member, Role
from handlers.office import recovery
from storage.database import Database
from storage.errors import Refused
from storage.keyring import Keyring
from storage.pairs import public_of, spoken
from storage.sessions import Session, Sessions
from storage.vault import Vault


class OtherRecoveryKey(Refused):
    """This is a recovery key, but not the one of this server. Look at what else is written on the paper."""


class Nobody(Refused):
    """Nobody on the team is called so, or they have left. `panah status` shows the names of those who can unlock."""


class OtherWords(Refused):
    """These are not the words of that key, so nothing was granted: somebody else may be on the line.

    Have them read the words again, over a call in which you know their voice.
    """


class Recovery:
    """Made by `recovering`."""

    def __init__(self, database: Database, session: Session, now: datetime) -> None:
        self._database, self._session, self._now = database, session, now

    async def invite(self, name: str, again: bool = False) -> str:
        """The secret of an invitation for a new admin; `again`: for the member of this call name. Raises Nobody."""
        secret, expires = clock.new_id(), self._now + clocks.INVITATION_LIFE
        if not again:
            invitation = Invitation(Role.ADMIN, name, expires, id=clock.new_id())
            await self._database.act(recovery.invited(invitation, secret), self._now)
            return secret
        member = next((each for each in await self._team() if each.name == name), None)
        if member is None:
            raise Nobody(name)
        invitation = Invitation(
            member.role, name, expires, communities=member.communities, awaits=clock.new_id(), id=clock.new_id()
        )
        await self._database.act(recovery.readmitted(member, invitation, secret), self._now)
        return secret

    async def waiting(self) -> tuple[Member, ...]:
        """Those who have joined, and have no approval yet."""
        return tuple(member for member in await self._team() if member.waiting)

    async def approve(self, newcomer: Member, words: str) -> None:
        """Grant the desk's key to the newcomer who has read these words aloud. Raises OtherWords, ChangedMeanwhile."""
        if words.lower().split() != spoken(newcomer.public).split():
            raise OtherWords
        await self._database.act(recovery.approved(newcomer), self._now, self._session)

    async def _team(self) -> tuple[Member, ...]:
        everybody = (await self._database.people()).everybody()
        return tuple(member for member in everybody if member.barred is None)


@asynccontextmanager
async def recovering(state: Path, database_url: str, seed: bytearray, now: datetime) -> AsyncIterator[Recovery]:
    """With the recovery key's seed; beside the running bot, or without it.

    Raises OtherRecoveryKey, NotFounded (then `panah invite-admin` is enough), and what keyring and database raise.
    """
    ring = Keyring.open(state)
    if public_of(seed) != ring.recovery_public:
        raise OtherRecoveryKey
    vault = Vault(ring)
    database = await Database.open(database_url, vault, Sessions(vault), process="recover")
    try:
        session = await database.recovered(seed, now)
        try:
            yield Recovery(database, session, now)
        finally:
            session.wipe()
    finally:
        await database.close()
