"""Who reads advisories, and who has left. The server keeps their addresses sealed to the desk: it can send only while
somebody is unlocked, and a list of readers exists nowhere.

What a reader asked for, and their safe word, are sealed with the address: only the language is an index.

Who leaves (`/unsubscribe`, "erase everything", a chat that has blocked us) leaves a note, sealed the same way, for the
server can't find the subscription that it ends; an index of the address would tell whoever holds the ring who was
here, for good. Nothing is sent against such a departure. As soon as somebody is unlocked, the subscriptions that are
older are deleted, and then the departure itself. Who subscribes from a chat that knows of no subscription leaves a
note too: it ends what was sealed before, but they stay, and so does what is known of their copies (`storage.recall`).
What is older is told by a number inside the seals: neither the time nor the order of subscribing stands in the clear.

A chat that can't be reached leaves a note too, and so does one that can be again. Who has blocked us is known at once,
for Telegram says so; a refusal by itself may be a fault that passes, or a bot that was made anew. So a subscription
ends only after `REFUSALS` in a row, over at least `STALE`.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.model import Address, Scope, Subscribe, Token
from storage import pool, recall
from storage.errors import VaultError
from storage.pool import DeskLetter, Locked, Pool, Seeds
from storage.records import UnknownRecord
from storage.scribe import Place, Scribe, place
from storage.serial import apart
from storage.tables import delivered, departures, subscriptions

_SUBSCRIPTION_BODY = place(subscriptions.c.body)
_DEPARTURE_BODY = place(departures.c.body)
_END = delete(subscriptions).where(subscriptions.c.secret == bindparam("of"), subscriptions.c.body == bindparam("was"))
_FORGET = delete(departures).where(departures.c.id == bindparam("of"))

T = TypeVar("T")
PAGE = 1000
"""Subscriptions that are read at a time."""
MANY = 1000
"""Notes for which all subscriptions are opened even while an advisory goes out. To open one takes 0.3 ms, so with
50,000 it is not done for a few; but each step of the advisory opens all notes, so they must not become too many."""
REFUSALS = 3
STALE = timedelta(days=7)
"""Telegram names no number. Mailman, which has the same question, counts at most one bounce a day up to five, and
starts anew after a week without (its `bounce_score_threshold`, `bounce_info_stale_after`); advisories are far rarer."""


class Fate(IntEnum):
    """What a note says of an address: it left, an advisory did not reach it, one did again, or it subscribed anew."""

    LEFT = 0
    REFUSED = 1
    REACHED = 2
    REPLACED = 3


_ENDS = frozenset({Fate.LEFT, Fate.REPLACED})
"""What ends every subscription that was sealed before."""


class Reader(Struct, frozen=True):
    """What a subscription seals. `order`: greater than in everything that was sealed before.

    `refused`: how many advisories in a row have not reached it; `since`: the order of the first of these.
    """

    address: Address
    token: Token
    order: int = 0
    scope: Scope = Scope()
    safe_word: str = ""
    refused: int = 0
    since: int = 0


class Departure(Struct, frozen=True):
    """A note: what it says holds for every subscription of this address that has a smaller `order`."""

    address: Address
    order: int
    fate: Fate = Fate.LEFT


class Subscription(NamedTuple):
    """A row as it is stored."""

    secret: bytes
    bucket: bytes
    body: bytes


Found = tuple[Subscription, Reader]


def subscription(scribe: Scribe, desk: Pool, effect: Subscribe, now: datetime) -> dict[str, Any]:
    """A subscription, new or sealed anew: it is found again by the hash of its token."""
    secret = hashed(scribe, effect.token)
    reader = Reader(effect.address, effect.token, scribe.serial.next(now), effect.scope, effect.safe_word)
    body = _sealed(scribe, desk, secret, reader)
    return {"secret": secret, "bucket": bucket(scribe, effect.language), "body": body}


def _sealed(scribe: Scribe, desk: Pool, secret: bytes, reader: Reader) -> bytes:
    letter = pool.seal_letter(scribe, desk, reader, _SUBSCRIPTION_BODY.table, secret.hex())
    return scribe.seal(_SUBSCRIPTION_BODY, secret.hex(), letter)


def departure(scribe: Scribe, desk: Pool, address: Address, now: datetime, fate: Fate = Fate.LEFT) -> dict[str, Any]:
    """Somebody leaves. Two notes of one address have nothing in common that the server could see."""
    id_, note = secrets.token_urlsafe(16), Departure(address, scribe.serial.next(now), fate)
    letter = pool.seal_letter(scribe, desk, note, _DEPARTURE_BODY.table, id_)
    return {"id": id_, "body": scribe.seal(_DEPARTURE_BODY, id_, letter)}


def hashed(scribe: Scribe, token: Token) -> bytes:
    return scribe.blind("subscription", token)


def bucket(scribe: Scribe, language: str) -> bytes:
    return scribe.blind("language", language)


async def counts(connection: AsyncConnection, scribe: Scribe, languages: Iterable[str]) -> dict[str, int]:
    """Subscriptions of each language."""
    buckets = {bucket(scribe, language): language for language in languages}
    query = select(subscriptions.c.bucket, func.count()).group_by(subscriptions.c.bucket)
    return {buckets[found]: number for found, number in await connection.execute(query) if found in buckets}


async def put_departures(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep them; where nobody has subscribed and nobody has an advisory, there is nothing to leave."""
    kept = (subscriptions.c.secret, delivered.c.id, departures.c.id)
    if rows and any([await connection.scalar(select(column).limit(1)) for column in kept]):
        await connection.execute(insert(departures), rows)


async def page(
    connection: AsyncConnection, after: bytes, limit: int = PAGE, buckets: Iterable[bytes] | None = None
) -> tuple[Subscription, ...]:
    """The next subscriptions behind this hash, of all languages or of some."""
    query = select(subscriptions).where(subscriptions.c.secret > after).order_by(subscriptions.c.secret).limit(limit)
    if buckets is not None:
        query = query.where(subscriptions.c.bucket.in_(buckets))
    return tuple(Subscription(*row) for row in await connection.execute(query))


async def opened(scribe: Scribe, rows: Sequence[Subscription], seeds: Seeds) -> list[Found]:
    """Whose they are, read in a thread. A damaged one is passed over. Raises Locked without the key of one."""
    sealed = {row.secret.hex(): row.body for row in rows}
    found = await asyncio.to_thread(_read, scribe, Reader, _SUBSCRIPTION_BODY, sealed, seeds)
    return [(row, found[row.secret.hex()]) for row in rows if row.secret.hex() in found]


async def willing(connection: AsyncConnection, scribe: Scribe, found: Sequence[Found], seeds: Seeds) -> list[Found]:
    """Those who are still subscribed and have not left. Raises Locked when a departure can't be read.

    Departures are read first: one that is gone by then has taken its subscriptions along.
    """
    notes = _by_address((await _departures(connection, scribe, seeds)).values())
    among = subscriptions.c.secret.in_([row.secret for row, _ in found])
    standing = set(await connection.scalars(select(subscriptions.c.secret).where(among)))
    return [(row, reader) for row, reader in found if row.secret in standing and _after(reader, notes) is not None]


async def gone(connection: AsyncConnection, scribe: Scribe, seeds: Seeds) -> set[Address]:
    """Who has left and not come back. Raises Locked when a departure can't be read."""
    return _gone(_by_address((await _departures(connection, scribe, seeds)).values()))


def resealed(
    scribe: Scribe, desk: Pool, rows: Sequence[Subscription], seeds: Seeds
) -> tuple[list[dict[str, Any]], int]:
    """What is sealed to an older key, for this one; and how many there were, damaged ones too. Raises Locked."""
    sealed = {row.secret.hex(): row.body for row in rows}
    older = _older(scribe, _SUBSCRIPTION_BODY, desk, sealed)
    fresh = _resealed(scribe, Reader, _SUBSCRIPTION_BODY, desk, older, seeds)
    return [row | {"of": bytes.fromhex(str(row["of"]))} for row in fresh], len(older)


async def reseal_departures(connection: AsyncConnection, scribe: Scribe, desk: Pool, seeds: Seeds) -> None:
    """Notes of those who left, for this key. Raises Locked."""
    sealed = {row.id: row.body for row in await connection.execute(select(departures))}
    older = _older(scribe, _DEPARTURE_BODY, desk, sealed)
    await replace_sealed(connection, departures, _resealed(scribe, Departure, _DEPARTURE_BODY, desk, older, seeds))


async def replace_sealed(connection: AsyncConnection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Put each in the place of what it was made from, unless that has changed."""
    (key,) = table.primary_key.columns
    as_read = (key == bindparam("of")) & (table.c.body == bindparam("was"))
    if rows:
        await connection.execute(update(table).where(as_read).values(body=bindparam("sealed")), rows)


def _older(scribe: Scribe, place: Place, desk: Pool, sealed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those that another key than this opens, and those that nobody can tell."""
    return {row: body for row, body in sealed.items() if _epoch(scribe, place, row, body) != desk.epoch}


def _epoch(scribe: Scribe, place: Place, row: str, body: bytes) -> int:
    try:
        return scribe.open(DeskLetter, place, row, body).epoch
    except (VaultError, UnknownRecord):
        return 0


def _resealed(
    scribe: Scribe, kind: type[Struct], place: Place, desk: Pool, sealed: Mapping[str, bytes], seeds: Seeds
) -> list[dict[str, Any]]:
    read = _read(scribe, kind, place, sealed, seeds)
    letters = {row: pool.seal_letter(scribe, desk, value, place.table, row) for row, value in read.items()}
    return [
        {"of": row, "was": sealed[row], "sealed": scribe.seal(place, row, letter)} for row, letter in letters.items()
    ]


async def settle(engine: AsyncEngine, scribe: Scribe, seeds: Seeds) -> int:
    """Do to the subscriptions what the notes say, and forget these; returns how many there were. Raises Locked.

    Nobody can tell which subscriptions are meant: all are opened, once for all notes that wait. That happens between
    short transactions; what is sealed meanwhile is younger than the notes, and stays.
    """
    async with engine.begin() as connection:
        waiting = await _departures(connection, scribe, seeds)
        desk = await pool.current(connection, scribe)
    if not waiting or desk is None:
        return 0
    notes, over, changed = _by_address(waiting.values()), [], []
    async for rows in _pages(engine):
        for row, reader in await opened(scribe, rows, seeds):
            after = _after(reader, notes)
            if after is None:
                over.append({"of": row.secret, "was": row.body})
            elif after != reader:
                changed.append({"of": row.secret, "was": row.body, "sealed": _sealed(scribe, desk, row.secret, after)})
    if left := _gone(notes):
        await recall.forget(engine, scribe, seeds, left)
    async with engine.begin() as connection:
        if over:
            await connection.execute(_END, over)
        await replace_sealed(connection, subscriptions, changed)
        await connection.execute(_FORGET, [{"of": id_} for id_ in waiting])
    return len(waiting)


async def noted(connection: AsyncConnection) -> int:
    """How many notes wait."""
    return (await connection.scalar(select(func.count()).select_from(departures))) or 0


async def _pages(engine: AsyncEngine) -> AsyncIterator[tuple[Subscription, ...]]:
    after = b""
    while True:
        async with engine.begin() as connection:
            rows = await page(connection, after)
        if not rows:
            return
        yield rows
        after = rows[-1].secret


async def _departures(connection: AsyncConnection, scribe: Scribe, seeds: Seeds) -> dict[str, Departure]:
    """Those that wait, by their ids. A damaged one is passed over. Raises Locked."""
    sealed = {row.id: row.body for row in await connection.execute(select(departures))}
    return await asyncio.to_thread(_read, scribe, Departure, _DEPARTURE_BODY, sealed, seeds) if sealed else {}


def _read(scribe: Scribe, kind: type[T], place: Place, sealed: Mapping[str, bytes], seeds: Seeds) -> dict[str, T]:
    read = {}
    for row, body in sealed.items():
        try:
            letter = scribe.open(DeskLetter, place, row, body)
            read[row] = pool.open_letter(scribe, kind, seeds, letter, place.table, row)
        except Locked:
            raise
        except (VaultError, UnknownRecord):
            continue
    return read


def _by_address(waiting: Iterable[Departure]) -> dict[Address, list[Departure]]:
    """The notes of each, in their order."""
    notes = defaultdict(list)
    for note in sorted(waiting, key=attrgetter("order")):
        notes[note.address].append(note)
    return notes


def _gone(notes: Mapping[Address, Sequence[Departure]]) -> set[Address]:
    """Of whom the last that is said is that they left."""
    last = {address: [note.fate for note in theirs if note.fate in _ENDS][-1:] for address, theirs in notes.items()}
    return {address for address, fate in last.items() if fate == [Fate.LEFT]}


def _after(reader: Reader, notes: Mapping[Address, Sequence[Departure]]) -> Reader | None:
    """What the notes make of a reader; None when they have left, or were out of reach for too long."""
    for note in notes.get(reader.address, ()):
        if note.order <= reader.order:
            continue
        if note.fate in _ENDS:
            return None
        refused = reader.refused + 1 if note.fate is Fate.REFUSED else 0
        reader = replace(reader, refused=refused, since=(reader.since or note.order) if refused else 0)
        if refused >= REFUSALS and apart(reader.since, note.order) >= STALE:
            return None
    return reader
