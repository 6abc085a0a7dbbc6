"""Advisories and their readers. The server keeps a reader's address sealed to the desk: it can send only while a
responder is unlocked, and a list of readers exists nowhere.

An advisory walks through the subscriptions by its cursor, a thousand at a time, into the outbox. The cursor and the
deliveries move in one transaction: a crash repeats nothing and forgets nobody.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam as bind
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Address, Advisory, AdvisoryId, Effect, Subscribe, Token
from storage import outbox
from storage.departures import Seeds
from storage.errors import VaultError
from storage.outbox import Priority
from storage.pool import Pool
from storage.scribe import Scribe, place
from storage.tables import Lane, advised, advisories, subscriptions

_ADVISORY_BODY = place(advisories.c.body)
_SUBSCRIPTION_BODY = place(subscriptions.c.body)

RUNNING, DONE = "running", "done"
Compose = Callable[[Advisory, str, Address, Token], Effect]
"""What to say to one reader: (advisory, language, address, token of the subscription)."""


class Reader(Struct, frozen=True):
    """What a subscription seals to the pool."""

    address: Address
    token: Token


class Subscription(Struct, frozen=True):
    """A subscription as the server sees it."""

    epoch: int
    letter: bytes


Row = tuple[int, str, bytes, Subscription]
"""A subscription: (id, language, hash of its token, what is sealed)."""


class Chunk(Struct, frozen=True):
    """Subscriptions to come after the cursor."""

    advisory: Advisory
    cursor: int
    rows: tuple[Row, ...]


def subscription_row(scribe: Scribe, pool: Pool, effect: Subscribe, number: int) -> dict[str, Any]:
    """An address for the desk's eyes, found again by the hash of its token."""
    secret = subscription_hash(scribe, effect.token)
    letter = scribe.seal_letter(
        pool.public, Reader(effect.address, effect.token), "reader", secret.hex(), str(pool.epoch)
    )
    return {
        "id": number,
        "secret": secret,
        "bucket": _bucket(scribe, effect.language),
        "body": scribe.seal(_SUBSCRIPTION_BODY, secret.hex(), Subscription(pool.epoch, letter)),
    }


def subscription_hash(scribe: Scribe, token: Token) -> bytes:
    return scribe.blind("subscription", token)


def advisory_row(scribe: Scribe, advisory: Advisory) -> dict[str, Any]:
    return {
        "id": advisory.id,
        "number": advisory.number,
        "state": RUNNING,
        "cursor": 0,
        "sent": 0,
        "failed": 0,
        "body": scribe.seal(_ADVISORY_BODY, advisory.id, advisory),
    }


async def counts(connection: AsyncConnection, scribe: Scribe, languages: Iterable[str]) -> dict[str, int]:
    """Subscriptions of each language."""
    buckets = {_bucket(scribe, language): language for language in languages}
    query = select(subscriptions.c.bucket, func.count()).group_by(subscriptions.c.bucket)
    return {buckets[bucket]: number for bucket, number in await connection.execute(query) if bucket in buckets}


async def number(connection: AsyncConnection) -> int:
    """The highest number of an advisory so far."""
    return (await connection.scalar(select(func.max(advisories.c.number)))) or 0


async def find(connection: AsyncConnection, scribe: Scribe, id_: AdvisoryId) -> Advisory | None:
    """An advisory with its counts as they stand. Raises VaultError."""
    row = (await connection.execute(select(advisories).where(advisories.c.id == id_))).first()
    if row is None:
        return None
    advisory = scribe.open(Advisory, _ADVISORY_BODY, id_, row.body)
    left = 0 if row.state == DONE else await _left(connection, scribe, advisory, row.cursor)
    return replace(advisory, state=row.state, sent=row.sent, failed=row.failed, left=left)


async def count(connection: AsyncConnection, settled: dict[str, tuple[int, int]]) -> None:
    """Add to the counters: advisory -> (sent, failed)."""
    if not settled:
        return
    added = {"sent": advisories.c.sent + bind("more"), "failed": advisories.c.failed + bind("lost")}
    rows = [{"of": id_, "more": sent, "lost": failed} for id_, (sent, failed) in sorted(settled.items())]
    await connection.execute(update(advisories).where(advisories.c.id == bind("of")).values(added), rows)


async def next_chunk(connection: AsyncConnection, scribe: Scribe, id_: AdvisoryId, limit: int) -> Chunk | None:
    """The next readers of a running advisory; None when it is done or unknown. Raises VaultError."""
    row = (await connection.execute(select(advisories).where(advisories.c.id == id_))).first()
    if row is None or row.state == DONE:
        return None
    advisory = scribe.open(Advisory, _ADVISORY_BODY, id_, row.body)
    buckets = {_bucket(scribe, language): language for language in advisory.texts}
    wanted = (subscriptions.c.bucket.in_(buckets), subscriptions.c.id > row.cursor)
    page = await connection.execute(select(subscriptions).where(*wanted).order_by(subscriptions.c.id).limit(limit))
    rows = tuple((found.id, buckets[found.bucket], found.secret, _sealed(scribe, found)) for found in page)
    return Chunk(advisory, row.cursor, rows)


async def page(connection: AsyncConnection, scribe: Scribe, after: int, limit: int) -> list[Row]:
    """The next subscriptions of all languages. Raises VaultError."""
    query = select(subscriptions).where(subscriptions.c.id > after).order_by(subscriptions.c.id).limit(limit)
    return [(found.id, "", found.secret, _sealed(scribe, found)) for found in await connection.execute(query)]


def left(scribe: Scribe, rows: Iterable[Row], seeds: Seeds, departed: Mapping[Address, int]) -> list[int]:
    """Those of these subscriptions whose reader left after making them. Call it in a thread."""
    read = ((row[0], _reader(scribe, row, seeds)) for row in rows)
    return [id_ for id_, reader in read if reader and departed.get(reader.address, 0) > id_]


async def remove(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """These subscriptions have ended."""
    await connection.execute(delete(subscriptions).where(subscriptions.c.id.in_(ids)))


async def read_chunk(scribe: Scribe, chunk: Chunk, seeds: Seeds) -> list[tuple[str, Reader]]:
    """The readers of a chunk, opened in a thread. One whose key is not at hand is passed over."""
    return await asyncio.to_thread(_read_chunk, scribe, chunk, seeds)


async def add_chunk(
    connection: AsyncConnection,
    scribe: Scribe,
    chunk: Chunk,
    readers: list[tuple[str, Reader]],
    compose: Compose,
    now: datetime,
) -> int:
    """Put a chunk into the outbox and move the cursor; 0 when another process was first."""
    id_ = chunk.advisory.id
    here = (advisories.c.id == id_) & (advisories.c.cursor == chunk.cursor)
    moved = await connection.execute(update(advisories).where(here).values(cursor=chunk.rows[-1][0]))
    if moved.rowcount != 1:
        return 0
    fresh = await _fresh(connection, scribe, id_, readers)
    rows = [
        outbox.row(
            scribe,
            Lane.WORDS,
            reader.address,
            compose(chunk.advisory, language, reader.address, reader.token),
            now,
            language,
            Priority.ADVISORY,
            id_,
        )
        for language, reader in fresh
    ]
    await outbox.put(connection, rows)
    return len(rows)


async def finish(connection: AsyncConnection, id_: AdvisoryId) -> None:
    """Everybody has it: who they were is forgotten."""
    await connection.execute(update(advisories).where(advisories.c.id == id_).values(state=DONE))
    await connection.execute(delete(advised).where(advised.c.advisory == id_))


async def _fresh(
    connection: AsyncConnection, scribe: Scribe, id_: AdvisoryId, readers: list[tuple[str, Reader]]
) -> list[tuple[str, Reader]]:
    """Those who have not had it: one address may have subscribed twice."""
    chats = {scribe.blind("advised", id_, reader.address): (language, reader) for language, reader in readers}
    had = await connection.scalars(select(advised.c.chat).where(advised.c.advisory == id_, advised.c.chat.in_(chats)))
    for chat in had:
        chats.pop(chat, None)
    if chats:
        await connection.execute(insert(advised), [{"advisory": id_, "chat": chat} for chat in chats])
    return list(chats.values())


async def _left(connection: AsyncConnection, scribe: Scribe, advisory: Advisory, cursor: int) -> int:
    buckets = [_bucket(scribe, language) for language in advisory.texts]
    ahead = (subscriptions.c.bucket.in_(buckets), subscriptions.c.id > cursor)
    waiting = await connection.scalar(select(func.count()).select_from(subscriptions).where(*ahead))
    return (waiting or 0) + await outbox.open_rows(connection, advisory.id)


def _read_chunk(scribe: Scribe, chunk: Chunk, seeds: Seeds) -> list[tuple[str, Reader]]:
    return [(row[1], reader) for row in chunk.rows if (reader := _reader(scribe, row, seeds))]


def _reader(scribe: Scribe, row: Row, seeds: Seeds) -> Reader | None:
    _, _, secret, subscription = row
    epoch, letter = subscription.epoch, subscription.letter
    try:
        return scribe.open_letter(Reader, seeds[epoch], letter, "reader", secret.hex(), str(epoch))
    except (VaultError, KeyError):
        return None


def _sealed(scribe: Scribe, row: Any) -> Subscription:
    return scribe.open(Subscription, _SUBSCRIPTION_BODY, row.secret.hex(), row.body)


def _bucket(scribe: Scribe, language: str) -> bytes:
    return scribe.blind("language", language)
