"""Unlocked keys: in the memory of this process, for a while, and nowhere else.

A member's seed is opened by their passphrase and opens the desk's; both are wiped when the member locks, after
some minutes without a word, and after some hours in any case (`Limits`). Argon2id and HPKE make copies that only the
end of the process clears.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from handlers.model import Member, MemberId
from storage.errors import WrongPassphrase
from storage.hygiene import wipe
from storage.vault import Vault


class Limits(NamedTuple):
    """How long keys stay open: without a word, and in any case."""

    idle: timedelta = timedelta(minutes=15)
    hard: timedelta = timedelta(hours=8)


USUAL = Limits()
LAG = timedelta(minutes=1)
"""By which two times may differ that were taken one after the other: only more is a clock set back."""


class Session:
    """One member's open keys. `pools`: epoch -> the desk's seed of that epoch."""

    __slots__ = ("_limits", "_touched", "member", "opened", "pools", "seed")

    def __init__(self, member: MemberId, seed: bytearray, now: datetime, limits: Limits = USUAL) -> None:
        self.member, self.seed, self._limits = member, seed, limits
        self.pools: dict[int, bytearray] = {}
        self.opened = self._touched = now

    def ended(self, now: datetime) -> bool:
        """Whether its time is over. A clock that was set back tells no time any more: then it is over too."""
        return self.until <= now or now < self._touched - LAG

    @property
    def until(self) -> datetime:
        """When it ends if nothing more is said."""
        return min(self._touched + self._limits.idle, self.opened + self._limits.hard)

    def touch(self, now: datetime) -> None:
        self._touched = max(self._touched, now)

    def forget_before(self, epoch: int) -> None:
        for old in [each for each in self.pools if each < epoch]:
            wipe(self.pools.pop(old))

    def wipe(self) -> None:
        wipe(self.seed, *self.pools.values())
        self.pools.clear()

    def __repr__(self) -> str:
        return "Session(…)"


class Sessions:
    """Who is unlocked in this process. `tries`: passphrases that were tried for each member, right or wrong."""

    def __init__(self, vault: Vault, limits: Limits = USUAL) -> None:
        self._vault, self._limits = vault, limits
        self.tries: Counter[MemberId] = Counter()
        self._open: dict[MemberId, Session] = {}
        self._ran_out: set[MemberId] = set()

    async def rewrap(self, member: MemberId, passphrase: str, now: datetime) -> bytes:
        """An unlocked member's seed under another passphrase, in a thread; empty when it is not open any more."""
        session = self.of(member, now)
        if session is None:
            return b""
        seed = bytearray(session.seed)
        try:
            return await asyncio.to_thread(self._vault.wrap, seed, passphrase, member)
        finally:
            wipe(seed)

    async def unlock(self, member: Member, passphrase: str, now: datetime) -> datetime | None:
        """Try a passphrase, in a thread and outside any transaction; until when it is open, or None when wrong.

        Raises VaultError when the wrap itself is damaged.
        """
        try:
            seed = await asyncio.to_thread(self._vault.unwrap, member.wrap, passphrase, member.id)
        except WrongPassphrase:
            self.tries[member.id] += 1
            return None
        self.lock(member.id)
        self._ran_out.discard(member.id)
        session = self._open[member.id] = Session(member.id, seed, now, self._limits)
        self.tries[member.id] += 1
        return session.until

    def of(self, member: MemberId, now: datetime) -> Session | None:
        """The session of a member, if it has not run out."""
        session = self._open.get(member)
        if session is not None and session.ended(now):
            self._end(member)
            return None
        return session

    def unlocked(self, member: MemberId, now: datetime) -> bool:
        return self.of(member, now) is not None

    def touch(self, member: MemberId, now: datetime) -> None:
        """The member said something: the idle time starts anew."""
        session = self.of(member, now)
        if session is not None:
            session.touch(now)

    def lock(self, member: MemberId) -> None:
        """Wipe a member's keys."""
        session = self._open.pop(member, None)
        if session is not None:
            session.wipe()

    def lock_all(self) -> None:
        for member in list(self._open):
            self.lock(member)

    def open_since(self, now: datetime) -> dict[MemberId, datetime]:
        """Who is unlocked, and since when. Not until when: that would tell when each of them last said something."""
        return {session.member: session.opened for session in self.live(now)}

    def forget_before(self, epoch: int) -> None:
        """Nothing is sealed to the desk's older seeds any more."""
        for session in self._open.values():
            session.forget_before(epoch)

    def sweep(self, now: datetime) -> list[MemberId]:
        """Lock what has run out; returns whom it concerns, whoever noticed first: each once, to be told."""
        list(self.live(now))
        ended, self._ran_out = sorted(self._ran_out), set()
        return ended

    def live(self, now: datetime) -> Iterator[Session]:
        """All sessions that have not run out."""
        for member in [member for member, session in self._open.items() if session.ended(now)]:
            self._end(member)
        yield from list(self._open.values())

    def _end(self, member: MemberId) -> None:
        self.lock(member)
        self._ran_out.add(member)
