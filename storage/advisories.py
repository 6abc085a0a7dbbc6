"""Advisories on their way to their readers (`storage.readers`).

An advisory walks through the subscriptions by its cursor, a thousand at a time, into the outbox. The cursor and the
deliveries move in one transaction: a crash repeats nothing and forgets nobody. Without the desk's key it is paused.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam as bind
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers import scopes
from handlers.model import Advisory, AdvisoryId, Effect
from storage import outbox, readers
from storage.outbox import Priority
from storage.readers import Found, Reader, Subscription
from storage.scribe import Scribe, place
from storage.tables import Lane, advised, advisories, subscriptions

_ADVISORY_BODY = place(advisories.c.body)

RUNNING, PAUSED, DONE = "running", "paused", "done"
Compose = Callable[[Advisory, str, Reader], Effect]
"""What to say to one reader: (advisory, language, reader)."""


class Chunk(Struct, frozen=True):
    """The next readers after the cursor."""

    advisory: Advisory
    cursor: bytes
    rows: tuple[Subscription, ...]


def advisory_row(scribe: Scribe, advisory: Advisory) -> dict[str, Any]:
    return {
        "id": advisory.id,
        "number": advisory.number,
        "state": RUNNING,
        "cursor": b"",
        "sent": 0,
        "failed": 0,
        "body": scribe.seal(_ADVISORY_BODY, advisory.id, advisory),
    }


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
    """The next readers of an advisory; None when it is done or unknown. Raises VaultError."""
    row = (await connection.execute(select(advisories).where(advisories.c.id == id_))).first()
    if row is None or row.state == DONE:
        return None
    advisory = scribe.open(Advisory, _ADVISORY_BODY, id_, row.body)
    buckets = [readers.bucket(scribe, language) for language in advisory.texts]
    return Chunk(advisory, row.cursor, await readers.page(connection, row.cursor, limit, buckets))


async def advance(connection: AsyncConnection, chunk: Chunk) -> bool:
    """Move the cursor behind a chunk; False when another process was first."""
    here = (advisories.c.id == chunk.advisory.id) & (advisories.c.cursor == chunk.cursor)
    behind = {"cursor": chunk.rows[-1].secret, "state": RUNNING}
    return (await connection.execute(update(advisories).where(here).values(behind))).rowcount == 1


async def add(
    connection: AsyncConnection,
    scribe: Scribe,
    advisory: Advisory,
    found: Sequence[Found],
    compose: Compose,
    now: datetime,
) -> int:
    """Put an advisory into the outbox for those of these whom it concerns, once for each address; returns for how many.

    Whom it does not concern is passed over: neither sent nor failed.
    """
    meant = [(row, reader) for row, reader in found if scopes.meet(advisory.scope, reader.scope)]
    languages = {readers.bucket(scribe, language): language for language in advisory.texts}
    rows = []
    for row, reader in await _fresh(connection, scribe, advisory.id, meant):
        language = languages[row.bucket]
        effect = compose(advisory, language, reader)
        rows.append(
            outbox.row(scribe, Lane.WORDS, reader.address, effect, now, language, Priority.ADVISORY, advisory.id)
        )
    await outbox.put(connection, rows)
    return len(rows)


async def hold(connection: AsyncConnection) -> None:
    """Keep every advisory where it is until the end of the transaction: its next step knows who leaves now."""
    under_way = select(advisories.c.id).where(advisories.c.state != DONE).order_by(advisories.c.id)
    await connection.execute(under_way.with_for_update(key_share=True))


async def pause(connection: AsyncConnection, id_: AdvisoryId) -> None:
    """It waits until somebody unlocks."""
    under_way = (advisories.c.id == id_) & (advisories.c.state != DONE)
    await connection.execute(update(advisories).where(under_way).values(state=PAUSED))


async def finish(connection: AsyncConnection, id_: AdvisoryId) -> None:
    """Everybody has it: who they were is forgotten."""
    await connection.execute(update(advisories).where(advisories.c.id == id_).values(state=DONE))
    await connection.execute(delete(advised).where(advised.c.advisory == id_))


async def _fresh(connection: AsyncConnection, scribe: Scribe, id_: AdvisoryId, found: Sequence[Found]) -> list[Found]:
    """Those who have not had it."""
    chats = {scribe.blind("advised", id_, reader.address): (row, reader) for row, reader in found}
    had = await connection.scalars(select(advised.c.chat).where(advised.c.advisory == id_, advised.c.chat.in_(chats)))
    for chat in had:
        del chats[chat]
    if chats:
        await connection.execute(insert(advised), [{"advisory": id_, "chat": chat} for chat in chats])
    return list(chats.values())


async def _left(connection: AsyncConnection, scribe: Scribe, advisory: Advisory, cursor: bytes) -> int:
    buckets = [readers.bucket(scribe, language) for language in advisory.texts]
    ahead = (subscriptions.c.bucket.in_(buckets), subscriptions.c.secret > cursor)
    waiting = await connection.scalar(select(func.count()).select_from(subscriptions).where(*ahead))
    return (waiting or 0) + await outbox.open_rows(connection, advisory.id)
