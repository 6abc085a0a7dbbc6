"""Grants: a seed, sealed to somebody who may use it. Case to pool, pool to member and to recovery.

Both ends are named ("case:…", "pool:3", "member:…", "recovery:…") and stored as blind indexes; the letter names them
too, so that a grant that was moved to another row does not open.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam as bind
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.hygiene import wipe
from storage.pairs import fingerprint
from storage.scribe import Scribe, place
from storage.tables import grants
from storage.upsert import insert_or_replace

_BODY = place(grants.c.body)

_MOVE = (
    update(grants)
    .where(grants.c.object == bind("of"), grants.c.holder == bind("from"), grants.c.body == bind("was"))
    .values(holder=bind("to"), body=bind("now"))
)


class Held(NamedTuple):
    """A grant as it is stored: who holds what."""

    thing: str
    holder: str
    body: bytes


def case_name(case: str) -> str:
    return f"case:{case}"


def pool_name(epoch: int) -> str:
    return f"pool:{epoch}"


def member_name(member: str) -> str:
    return f"member:{member}"


def recovery_name(public: bytes) -> str:
    """Of a recovery key: while it is replaced by another there are two, and each has grants of its own."""
    return f"recovery:{fingerprint(public).hex()}"


def row(scribe: Scribe, thing: str, holder: str, public: bytes, seed: bytes | bytearray) -> dict[str, Any]:
    """The seed of a thing for the holder of a public key."""
    letter = scribe.vault.seal_for(public, seed, "grant", thing, holder)
    keys = scribe.blind("grant of", thing), scribe.blind("grant to", holder)
    return {"object": keys[0], "holder": keys[1], "body": scribe.seal_bytes(_BODY, _place(*keys), letter)}


def opened(scribe: Scribe, seed: bytes | bytearray, thing: str, holder: str, letter: bytes) -> bytearray:
    """The granted seed, to be wiped after use. Raises Tampered."""
    return bytearray(scribe.vault.open_with(seed, letter, "grant", thing, holder))


async def put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write grants, each in the place of an older one with the same ends."""
    if rows:
        await connection.execute(insert_or_replace(connection, grants, "object", "holder"), rows)


async def find(
    connection: AsyncConnection, scribe: Scribe, things: Iterable[str], holders: Iterable[str]
) -> dict[tuple[str, str], bytes]:
    """The letters between these things and these holders: (thing, holder) -> letter."""
    return {each[:2]: _letter(scribe, each) for each in await held(connection, scribe, things, holders)}


async def held(
    connection: AsyncConnection, scribe: Scribe, things: Iterable[str], holders: Iterable[str]
) -> tuple[Held, ...]:
    """The grants between these things and these holders, unopened."""
    of = {scribe.blind("grant of", thing): thing for thing in things}
    to = {scribe.blind("grant to", holder): holder for holder in holders}
    if not of or not to:
        return ()
    rows = await connection.execute(select(grants).where(grants.c.object.in_(of), grants.c.holder.in_(to)))
    return tuple(Held(of[thing], to[holder], body) for thing, holder, body in rows)


def moved(scribe: Scribe, before: Held, seed: bytes | bytearray, to: str, public: bytes) -> dict[str, Any]:
    """The same thing for another holder, in the place of this grant. Raises VaultError."""
    granted = opened(scribe, seed, *before[:2], _letter(scribe, before))
    try:
        fresh = row(scribe, before.thing, to, public, granted)
    finally:
        wipe(granted)
    was = {"of": fresh["object"], "from": scribe.blind("grant to", before.holder), "was": before.body}
    return was | {"to": fresh["holder"], "now": fresh["body"]}


async def move(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Write what `moved` made; what is no longer as it was read stays as it is."""
    if rows:
        await connection.execute(_MOVE, rows)


async def count(connection: AsyncConnection, scribe: Scribe, holders: Iterable[str]) -> int:
    """How many grants these hold."""
    to = [scribe.blind("grant to", holder) for holder in holders]
    return await connection.scalar(select(func.count()).select_from(grants).where(grants.c.holder.in_(to))) or 0


async def count_besides(connection: AsyncConnection, scribe: Scribe, names: Iterable[str]) -> int:
    """How many grants there are that neither give these nor are held by these."""
    of, to = ([scribe.blind(end, name) for name in names] for end in ("grant of", "grant to"))
    others = grants.c.object.not_in(of) & grants.c.holder.not_in(to)
    return await connection.scalar(select(func.count()).select_from(grants).where(others)) or 0


def holder(scribe: Scribe, name: str) -> bytes:
    """By which a holder is found."""
    return scribe.blind("grant to", name)


async def holders_of(connection: AsyncConnection, scribe: Scribe, thing: str) -> frozenset[bytes]:
    """All who hold it, known or not."""
    mine = grants.c.object == scribe.blind("grant of", thing)
    return frozenset(await connection.scalars(select(grants.c.holder).where(mine)))


async def drop_things(connection: AsyncConnection, scribe: Scribe, things: Iterable[str]) -> None:
    """Nobody holds these any more."""
    gone = [scribe.blind("grant of", thing) for thing in things]
    await connection.execute(delete(grants).where(grants.c.object.in_(gone)))


async def drop_holders(connection: AsyncConnection, scribe: Scribe, holders: Iterable[str]) -> None:
    """These hold nothing any more."""
    gone = [scribe.blind("grant to", holder) for holder in holders]
    await connection.execute(delete(grants).where(grants.c.holder.in_(gone)))


async def drop(connection: AsyncConnection, scribe: Scribe, things: Iterable[str], holders: Iterable[str]) -> None:
    """These no longer hold these."""
    of = [scribe.blind("grant of", thing) for thing in things]
    to = [scribe.blind("grant to", holder) for holder in holders]
    await connection.execute(delete(grants).where(grants.c.object.in_(of), grants.c.holder.in_(to)))


def _letter(scribe: Scribe, grant: Held) -> bytes:
    """Raises VaultError."""
    row = _place(scribe.blind("grant of", grant.thing), scribe.blind("grant to", grant.holder))
    return scribe.open_bytes(_BODY, row, grant.body)


def _place(thing: bytes, holder: bytes) -> str:
    return f"{thing.hex()}:{holder.hex()}"
