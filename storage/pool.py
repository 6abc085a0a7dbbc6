"""The desk's key pair: its public half in `meta`, its seed only as grants to members and to recovery."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Member, MemberId
from storage import grants
from storage.errors import Refused
from storage.grants import member_name, pool_name, recovery_name
from storage.hygiene import wipe
from storage.members import ChangedMeanwhile
from storage.pairs import new_pair, public_of
from storage.scribe import Scribe, place
from storage.sessions import Session, Sessions
from storage.tables import meta

_VALUE = place(meta.c.value)
T = TypeVar("T")
Seeds = Mapping[int, bytes | bytearray]
"""The desk's seeds by epoch."""

KEY = "pool"
"""Its row in `meta`."""
FIRST = 1
_CURRENT = select(meta.c.value).where(meta.c.key == KEY)


class Locked(Refused):
    """This needs the desk's key, and the member who asks is locked. Unlock and try again."""


class NotFounded(Refused):
    """There is no desk yet to seal this to. Let the first admin join, and try again."""


class Lacking(Refused):
    """The recovery key opens more of the desk's keys than this admin does, and would be lost. Take another admin."""


class Pool(Struct, frozen=True):
    """The current epoch and its public key."""

    epoch: int
    public: bytes

    @property
    def name(self) -> str:
        return pool_name(self.epoch)


class DeskLetter(Struct, frozen=True):
    """What only the desk can read, as the server sees it."""

    epoch: int
    letter: bytes


async def current(connection: AsyncConnection, scribe: Scribe) -> Pool | None:
    """The pool, once there is one. Raises VaultError."""
    value = await connection.scalar(_CURRENT)
    return None if value is None else scribe.open(Pool, _VALUE, KEY, value)


async def put(connection: AsyncConnection, scribe: Scribe, pool: Pool) -> None:
    """The first pool, or the next. Raises IntegrityError when there is a first one already: its grants must not be
    lost; ChangedMeanwhile when another one has come in between.
    """
    value = scribe.seal(_VALUE, KEY, pool)
    if pool.epoch == FIRST:
        await connection.execute(insert(meta), {"key": KEY, "value": value})
        return
    await require(connection, scribe, pool.epoch - 1)
    await connection.execute(update(meta).where(meta.c.key == KEY).values(value=value))


async def require(connection: AsyncConnection, scribe: Scribe, epoch: int) -> None:
    """The pool is at this epoch, and stays there until the end of the transaction. Raises ChangedMeanwhile."""
    value = await connection.scalar(_CURRENT.with_for_update())
    if value is None or scribe.open(Pool, _VALUE, KEY, value).epoch != epoch:
        raise ChangedMeanwhile


def found(scribe: Scribe, founder: Member) -> tuple[Pool, list[dict[str, Any]]]:
    """The first pair, and the grants of its seed to the founder and to recovery. Raises NoRecoveryKey, NotAKey."""
    return _founded(scribe, FIRST, (founder,))


def turned(scribe: Scribe, before: Pool, team: Iterable[Member]) -> tuple[Pool, list[dict[str, Any]]]:
    """The next pair, granted to these and to recovery. Nobody need be unlocked. Raises NoRecoveryKey, NotAKey."""
    return _founded(scribe, before.epoch + 1, team)


def _founded(scribe: Scribe, epoch: int, team: Iterable[Member]) -> tuple[Pool, list[dict[str, Any]]]:
    holders = [(member_name(member.id), member.public) for member in team]
    recovery = scribe.vault.ring.recovery_public
    holders.append((recovery_name(recovery), recovery))
    with new_pair() as pair:
        pool = Pool(epoch, pair.public)
        return pool, [grants.row(scribe, pool.name, name, public, pair.seed) for name, public in holders]


def grant(scribe: Scribe, pool: Pool | None, session: Session | None, member: Member) -> list[dict[str, Any]]:
    """The desk's seeds for one more member, out of an unlocked session: the current one, and older ones as long as
    something is sealed to them. Raises Locked, NotAKey.
    """
    return _shared(scribe, pool, session, member_name(member.id), member.public)


def entrust(scribe: Scribe, pool: Pool | None, session: Session | None, public: bytes) -> list[dict[str, Any]]:
    """The same for one more recovery key. Raises Locked, NotAKey."""
    return _shared(scribe, pool, session, recovery_name(public), public)


async def require_all(connection: AsyncConnection, scribe: Scribe, pool: Pool, session: Session) -> None:
    """This session has every seed that the present recovery key holds. Raises Lacking."""
    names = [pool_name(epoch) for epoch in range(FIRST, pool.epoch + 1) if epoch not in session.pools]
    if await grants.held(connection, scribe, names, [recovery_name(scribe.vault.ring.recovery_public)]):
        raise Lacking


def _shared(
    scribe: Scribe, pool: Pool | None, session: Session | None, name: str, public: bytes
) -> list[dict[str, Any]]:
    if pool is None or session is None or pool.epoch not in session.pools:
        raise Locked
    return [grants.row(scribe, pool_name(epoch), name, public, seed) for epoch, seed in session.pools.items()]


async def ungrant(connection: AsyncConnection, scribe: Scribe, pool: Pool, holders: Iterable[str]) -> None:
    """These hold no seed of the desk any more."""
    names = [pool_name(epoch) for epoch in range(FIRST, pool.epoch + 1)]
    await grants.drop(connection, scribe, names, holders)


def holder_of_cases(scribe: Scribe, pool: Pool | None) -> tuple[str, bytes]:
    """To whom a new case is granted. Before the desk is founded: to recovery, so that nothing is lost."""
    if pool:
        return pool.name, pool.public
    recovery = scribe.vault.ring.recovery_public
    return recovery_name(recovery), recovery


async def holders(
    connection: AsyncConnection, scribe: Scribe, team: Iterable[Member]
) -> tuple[frozenset[MemberId], int]:
    """Who of these has the present key; and how many others have it, besides the recovery key in force.

    Raises VaultError.
    """
    pool = await current(connection, scribe)
    if pool is None:
        return frozenset(), 0
    names = {grants.holder(scribe, member_name(member.id)): member.id for member in team}
    recovery = grants.holder(scribe, recovery_name(scribe.vault.ring.recovery_public))
    found = await grants.holders_of(connection, scribe, pool.name)
    return frozenset(names[each] for each in found & names.keys()), len(found - names.keys() - {recovery})


async def early(connection: AsyncConnection, scribe: Scribe) -> int:
    """How many cases are granted to no key of the desk, but to a recovery key, in force or not. Raises VaultError."""
    pool = await current(connection, scribe)
    names = [pool_name(epoch) for epoch in range(FIRST, pool.epoch + 1)] if pool else []
    return await grants.count_besides(connection, scribe, names)


async def open_pools(
    connection: AsyncConnection, scribe: Scribe, pool: Pool | None, sessions: Iterable[Session]
) -> None:
    """Let each session that has not done so open the desk's seeds that were granted to its member."""
    fresh = {member_name(session.member): session for session in sessions if pool and pool.epoch not in session.pools}
    if pool is None or not fresh:
        return
    epochs = {pool_name(epoch): epoch for epoch in range(FIRST, pool.epoch + 1)}
    for (thing, holder), letter in (await grants.find(connection, scribe, epochs, fresh)).items():
        session = fresh[holder]
        wipe(session.pools.pop(epochs[thing], bytearray()))
        session.pools[epochs[thing]] = grants.opened(scribe, session.seed, thing, holder, letter)


async def open_for_all(connection: AsyncConnection, scribe: Scribe, sessions: Sessions, now: datetime) -> None:
    """The same for everybody who is unlocked: the desk may have got another key since they last said something."""
    await open_pools(connection, scribe, await current(connection, scribe), sessions.live(now))


async def recovered(connection: AsyncConnection, scribe: Scribe, seed: bytes | bytearray, now: datetime) -> Session:
    """The desk's seeds as the recovery key's seed opens them, to be wiped. Raises NotFounded, Tampered."""
    pool = await current(connection, scribe)
    if pool is None:
        raise NotFounded
    epochs = {pool_name(epoch): epoch for epoch in range(FIRST, pool.epoch + 1)}
    session = Session(MemberId("recovery"), bytearray(seed), now)
    mine = [recovery_name(public_of(seed))]
    for (thing, holder), letter in (await grants.find(connection, scribe, epochs, mine)).items():
        session.pools[epochs[thing]] = grants.opened(scribe, seed, thing, holder, letter)
    return session


@contextmanager
def open_seeds(sessions: Sessions, now: datetime) -> Iterator[Seeds]:
    """Copies of the desk's seeds that somebody has open in this process, wiped at the end. Raises Locked."""
    held = {epoch: seed for session in sessions.live(now) for epoch, seed in session.pools.items()}
    if not held:
        raise Locked
    copies = {epoch: bytearray(seed) for epoch, seed in held.items()}
    try:
        yield copies
    finally:
        wipe(*copies.values())


def seal_letter(scribe: Scribe, pool: Pool, value: Struct, *info: str) -> DeskLetter:
    """A value for the desk's eyes. `info` says what it is and where it belongs."""
    return DeskLetter(pool.epoch, scribe.seal_letter(pool.public, value, *info, str(pool.epoch)))


def open_letter(scribe: Scribe, kind: type[T], seeds: Seeds, letter: DeskLetter, *info: str) -> T:
    """Raises Locked without the seed of its epoch, VaultError, UnknownRecord."""
    seed = seeds.get(letter.epoch)
    if seed is None:
        raise Locked
    return scribe.open_letter(kind, seed, letter.letter, *info, str(letter.epoch))
