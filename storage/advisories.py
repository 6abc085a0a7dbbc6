"""Advisories on their way to their readers (`storage.readers`).

What becomes of one is decided by admins (`handlers.office`): a new state is written only over the one that they saw.

An advisory walks through the subscriptions by its cursor, a thousand at a time, into the outbox. The cursor and the
deliveries move in one transaction: a crash repeats nothing and forgets nobody. Without the desk's key it is paused.
One that corrects another, or takes it back, walks through the copies of that instead (`storage.recall`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam as bind
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers import approved, scopes
from handlers.model import Advisory, AdvisoryId
from storage import outbox, readers, recall
from storage.errors import VaultError
from storage.members import ChangedMeanwhile
from storage.outbox import Copy
from storage.readers import Found, Subscription
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.tables import advised, advisories, subscriptions

_ADVISORY_BODY = place(advisories.c.body)

PLANNED, RUNNING, PAUSED, HELD, DONE = "planned", "running", "paused", "held", "done"
VOID, STOPPED, ALTERED = "void", "stopped", "altered"
GOING = (RUNNING, PAUSED)
_OVER = (DONE, STOPPED, VOID, ALTERED)
LAST = 10
"""Advisories of the past in the list of all."""
_COUNTERS = ("sent", "failed", "blocked")
_COUNT = (
    update(advisories)
    .where(advisories.c.id == bind("of"))
    .values({name: advisories.c[name] + bind(f"more_{name}") for name in _COUNTERS})
)


class Chunk(Struct, frozen=True):
    """The next readers after the cursor."""

    advisory: Advisory
    cursor: bytes
    rows: tuple[Subscription, ...]


class Sending(Struct, frozen=True):
    """Copies: how many were sent, failed, and are left."""

    sent: int = 0
    failed: int = 0
    left: int = 0


async def put(connection: AsyncConnection, scribe: Scribe, advisory: Advisory, was: str | None) -> None:
    """A new one, or one in another state than it `was`. Raises ChangedMeanwhile when it no longer was that."""
    body = scribe.seal(_ADVISORY_BODY, advisory.id, advisory)
    # a number that nobody ever read is given to the next one; what changes another has none of its own
    number = None if advisory.state == VOID or advisory.of else advisory.number
    row = {"number": number, "state": advisory.state, "turn": advisory.turn, "body": body}
    if was is None:
        begun = {"id": advisory.id, "corrects": advisory.of or None, "cursor": b""} | dict.fromkeys(_COUNTERS, 0)
        await connection.execute(insert(advisories), row | begun)
        return
    here = (advisories.c.id == advisory.id) & (advisories.c.state == was)
    if (await connection.execute(update(advisories).where(here).values(row))).rowcount != 1:
        raise ChangedMeanwhile
    await _follow(connection, advisory)


async def _follow(connection: AsyncConnection, advisory: Advisory) -> None:
    """What is in the outbox waits, goes on, or never goes out."""
    if advisory.state == HELD:
        await outbox.hold(connection, advisory.id)
    elif advisory.state == RUNNING:
        await outbox.go_on(connection, advisory.id)
    elif advisory.state in _OVER:
        await _forget(connection, advisory.id)


async def number(connection: AsyncConnection) -> int:
    """The highest number of an advisory so far."""
    return (await connection.scalar(select(func.max(advisories.c.number)))) or 0


async def find(connection: AsyncConnection, scribe: Scribe, id_: AdvisoryId) -> Advisory | None:
    """An advisory with its counts as they stand. Raises VaultError."""
    row = (await connection.execute(select(advisories).where(advisories.c.id == id_))).first()
    return None if row is None else await _found(connection, scribe, row)


async def recent(connection: AsyncConnection, scribe: Scribe) -> tuple[Advisory, ...]:
    """Those that are not over, and the last ten that ended after they began, the newest first; no damaged one."""
    over = advisories.c.state.in_(_OVER)
    last = select(advisories.c.id).where(over, advisories.c.number.is_not(None)).order_by(advisories.c.number.desc())
    wanted = select(advisories).where(~over | advisories.c.id.in_(last.limit(LAST)))
    rows = await connection.execute(wanted.order_by(advisories.c.number.desc()))
    found = []
    for row in rows.all():
        with suppress(VaultError, UnknownRecord):
            found.append(await _found(connection, scribe, row))
    return tuple(found)


async def _found(connection: AsyncConnection, scribe: Scribe, row: Any) -> Advisory:
    advisory = _opened(scribe, row)
    left = 0 if row.state in _OVER else await _left(connection, scribe, advisory, row.cursor)
    copies = 0 if advisory.of else await recall.left(connection, advisory.id)
    return replace(advisory, left=left, copies=copies)


def _opened(scribe: Scribe, row: Any) -> Advisory:
    advisory = scribe.open(Advisory, _ADVISORY_BODY, row.id, row.body)
    return replace(advisory, state=row.state, sent=row.sent, failed=row.failed, blocked=row.blocked)


async def sending(connection: AsyncConnection, scribe: Scribe) -> Sending:
    """All that have begun and not ended, together. Of one that can't be read nobody knows how many are left."""
    so_far = Sending()
    for row in await connection.execute(select(advisories).where(advisories.c.state.in_((*GOING, HELD)))):
        try:
            left = await _left(connection, scribe, _opened(scribe, row), row.cursor)
        except (VaultError, UnknownRecord):
            left = 0
        so_far = Sending(so_far.sent + row.sent, so_far.failed + row.failed, so_far.left + left)
    return so_far


async def family(connection: AsyncConnection, scribe: Scribe, id_: AdvisoryId) -> tuple[Advisory, ...]:
    """The one to which this belongs, or itself, and after it all that changes its copies, in order, what has not begun
    last. Nobody counts what is left. Raises VaultError.
    """
    first = (await connection.scalar(select(advisories.c.corrects).where(advisories.c.id == id_))) or id_
    mine = (advisories.c.id == first) | (advisories.c.corrects == first)
    rows = (await connection.execute(select(advisories).where(mine))).all()
    order = sorted(rows, key=lambda row: (row.id != first, row.turn == 0, row.turn))
    return tuple(_opened(scribe, row) for row in order)


async def count(connection: AsyncConnection, settled: Mapping[str, Counter[str]]) -> None:
    """Add to the counters: advisory -> how many were sent and how many failed; of these, to how many blocked chats."""
    if settled:
        await connection.execute(_COUNT, [_added(id_, more) for id_, more in sorted(settled.items())])


def _added(id_: str, more: Counter[str]) -> dict[str, Any]:
    return {"of": id_} | {f"more_{name}": more[name] for name in _COUNTERS}


async def running(connection: AsyncConnection) -> bool:
    """Whether one goes out now."""
    return await connection.scalar(select(advisories.c.id).where(advisories.c.state == RUNNING).limit(1)) is not None


async def next_chunk(connection: AsyncConnection, scribe: Scribe, id_: AdvisoryId, limit: int) -> Chunk | None:
    """The next readers of an advisory; None when it is not on its way.

    One that is not what was approved (`handlers.approved`), or that nobody can read, goes no further.
    """
    row = (await connection.execute(select(advisories).where(advisories.c.id == id_))).first()
    if row is None or row.state not in GOING:
        return None
    try:
        advisory = _opened(scribe, row)
        buckets = await _buckets(connection, scribe, advisory) if approved.intact(advisory) else None
    except (VaultError, UnknownRecord):
        buckets = None
    if buckets is None:
        await alter(connection, id_)
        return None
    return Chunk(advisory, row.cursor, await readers.page(connection, row.cursor, limit, buckets))


async def _buckets(connection: AsyncConnection, scribe: Scribe, advisory: Advisory) -> list[bytes]:
    """Of the languages in which it goes out: those that were taken back meanwhile are left out."""
    _, *corrections = await family(connection, scribe, advisory.id)
    return [readers.bucket(scribe, language) for language in approved.sources(advisory, corrections)]


async def alter(connection: AsyncConnection, id_: AdvisoryId) -> None:
    """It is not what was approved: nothing more of it goes out."""
    await connection.execute(update(advisories).where(advisories.c.id == id_).values(state=ALTERED))
    await _forget(connection, id_)


async def advance(connection: AsyncConnection, chunk: Chunk) -> bool:
    """Move the cursor behind a chunk; False when another process was first, or an admin held or stopped it."""
    here = (
        (advisories.c.id == chunk.advisory.id) & (advisories.c.cursor == chunk.cursor) & advisories.c.state.in_(GOING)
    )
    behind = {"cursor": chunk.rows[-1].secret, "state": RUNNING}
    return (await connection.execute(update(advisories).where(here).values(behind))).rowcount == 1


async def go(connection: AsyncConnection, id_: AdvisoryId) -> bool:
    """Somebody is unlocked; False when an admin held or stopped it."""
    going = (advisories.c.id == id_) & advisories.c.state.in_(GOING)
    return (await connection.execute(update(advisories).where(going).values(state=RUNNING))).rowcount == 1


async def add(
    connection: AsyncConnection,
    scribe: Scribe,
    advisory: Advisory,
    found: Sequence[Found],
    now: datetime,
) -> int:
    """Put an advisory into the outbox for those of these whom it concerns, once for each address; returns for how many.

    Whom it does not concern is passed over: neither sent nor failed.
    """
    meant = [(row, reader) for row, reader in found if scopes.meet(advisory.scope, reader.scope)]
    languages = {readers.bucket(scribe, language): language for language in advisory.texts}
    rows = []
    for row, reader in await _fresh(connection, scribe, advisory.id, meant):
        copy = Copy(reader.token, reader.safe_word, doubted=reader.refused > 0)
        rows.append(outbox.copy_row(scribe, advisory.id, reader.address, copy, languages[row.bucket], now))
    await outbox.put(connection, rows)
    return len(rows)


async def hold(connection: AsyncConnection) -> None:
    """Keep every advisory where it is until the end of the transaction: its next step knows who leaves now."""
    under_way = select(advisories.c.id).where(advisories.c.state.not_in(_OVER)).order_by(advisories.c.id)
    await connection.execute(under_way.with_for_update(key_share=True))


async def hold_all(connection: AsyncConnection) -> bool:
    """Nothing that is planned or on its way goes out until an admin lets it; whether there was any.

    What takes one back or corrects it goes on: it has no number, and was agreed on or adds no word.
    """
    going = advisories.c.state.in_((PLANNED, *GOING)) & advisories.c.number.is_not(None)
    held = update(advisories).where(going).values(state=HELD).returning(advisories.c.id)
    ids = list(await connection.scalars(held))
    for id_ in ids:
        await outbox.hold(connection, id_)
    return bool(ids)


async def pause(connection: AsyncConnection, id_: AdvisoryId) -> None:
    """It waits until somebody unlocks."""
    running = (advisories.c.id == id_) & (advisories.c.state == RUNNING)
    await connection.execute(update(advisories).where(running).values(state=PAUSED))


async def finish(connection: AsyncConnection, id_: AdvisoryId) -> None:
    """Everybody has it: who they were is forgotten."""
    going = (advisories.c.id == id_) & advisories.c.state.in_(GOING)
    if (await connection.execute(update(advisories).where(going).values(state=DONE))).rowcount:
        await _forget(connection, id_)


async def _forget(connection: AsyncConnection, id_: AdvisoryId) -> None:
    """Nothing more of it goes out, and nobody needs to know who has it."""
    await outbox.drop(connection, id_)
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
    if advisory.of:
        ahead_of = await recall.left(connection, advisory.of, advisory.turn) if advisory.turn else 0
        return ahead_of + await outbox.open_rows(connection, advisory.id)
    buckets = await _buckets(connection, scribe, advisory)
    ahead = (subscriptions.c.bucket.in_(buckets), subscriptions.c.secret > cursor)
    waiting = await connection.scalar(select(func.count()).select_from(subscriptions).where(*ahead))
    return (waiting or 0) + await outbox.open_rows(connection, advisory.id)
