"""The inbox: what has come in and was not decided on yet, one row for each event.

A row is unique by its mark; a copy of an event meets the mark and is dropped. When it was decided on, body and chat
are emptied and only the mark stays, for 48 h. Timers wait here too: their mark is their name, so that setting one
again replaces it.

While there is time for all, whoever came first goes first. When more wait than a batch holds, urgent events go first,
then a few of those who have waited longest, then the newest: in a flood, a person who is answered at once still gets
through, and nobody waits for ever. Within a chat the order never changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Integer, Select, bindparam, case, delete, literal, literal_column, null, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Address, Event, SetTimer, Timer, Unreadable
from storage.errors import Evaporated
from storage.records import AT_ONCE, Turn
from storage.scribe import Scribe, place
from storage.serial import first_at, hours
from storage.tables import Waiting, bans, conversations, inbox, literally
from storage.upsert import insert_new, insert_or_replace

_BODY = place(inbox.c.body)

MAX_ATTEMPTS = 3
PATIENT_SHARE = 4
"""In a crowd, one place in so many belongs to those who have waited longest."""
LOST = Unreadable("lost")
"""What became of an event that only an earlier process could read."""

_READY = literally(Waiting.READY)
_earlier = inbox.alias("earlier")
_HAS_EARLIER = (
    select(literal_column("1"))
    .where(_earlier.c.state == _READY, _earlier.c.chat == inbox.c.chat)
    .where(tuple_(_earlier.c.due, _earlier.c.id) < tuple_(inbox.c.due, inbox.c.id))
    .exists()
)
_DUE = (
    select(
        inbox.c.id,
        inbox.c.mark,
        inbox.c.chat,
        inbox.c.body,
        conversations.c.body,
        conversations.c.revision,
        inbox.c.urgent,
        bans.c.until,
    )
    .join(conversations, conversations.c.chat == inbox.c.chat)
    .outerjoin(bans, bans.c.chat == inbox.c.chat)
    .where(inbox.c.state == _READY, inbox.c.due <= bindparam("clock"), ~_HAS_EARLIER)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(of=[inbox, conversations], key_share=True, skip_locked=True)
)
_OLDEST = _DUE.order_by(inbox.c.due, inbox.c.id)
_NEWEST = _DUE.order_by(inbox.c.due.desc(), inbox.c.id.desc())
_URGENT = _NEWEST.where(inbox.c.urgent == literal_column("1", Integer))
_CROWDED: Select[Any] = (
    select(literal_column("1"))
    .select_from(inbox)
    .where(inbox.c.state == _READY, inbox.c.due <= bindparam("clock"))
    .limit(1)
    .offset(bindparam("most", type_=Integer))
)
_FINISH = (
    update(inbox)
    .where(inbox.c.id.in_(bindparam("ids", expanding=True)))
    .values(state=literally(Waiting.DONE), urgent=0, chat=null(), body=null())
)


class Incoming(Struct, frozen=True, omit_defaults=True):
    """What a row holds: the event itself, or the same under the volatile key."""

    address: Address
    event: Event | None = None
    veiled: bytes = b""


class Head(NamedTuple):
    """The oldest event of a chat, the conversation as it is stored, and the last day of a ban."""

    id: int
    mark: bytes
    chat: bytes
    body: bytes
    conversation: bytes | None
    revision: int
    urgent: int
    banned: int | None


def row(
    scribe: Scribe,
    mark: bytes,
    address: Address,
    event: Event,
    now: datetime,
    fleeting: bool = False,
    turn: Turn = AT_ONCE,
) -> dict[str, Any]:
    """An event whose turn begins at once or a little later, sealed for its mark."""
    number = scribe.serial.next(now)
    due = scribe.serial.clock(now) + int(turn.after * 1000)
    return _row(scribe, number, mark, address, event, due, fleeting) | {"urgent": int(turn.urgent)}


def timer(scribe: Scribe, address: Address, wish: SetTimer, now: datetime) -> dict[str, Any]:
    """An event that is due later; its mark is its chat and name, so that the same one replaces it."""
    address = wish.to or address
    mark = scribe.blind("timer", address, wish.name, wish.about)
    event, due = Timer(wish.name, wish.about, wish.at), scribe.serial.later(wish.at, now)
    return _row(scribe, scribe.serial.vague(now), mark, address, event, due, False) | {"urgent": int(wish.urgent)}


def event_of(scribe: Scribe, mark: bytes, body: bytes) -> Event | None:
    """An event that waits; None for one that must not outlast its process. Raises VaultError, UnknownRecord."""
    return scribe.open(Incoming, _BODY, mark.hex(), body).event


def opened(scribe: Scribe, head: Head) -> tuple[Address, Event]:
    """Who said what. Raises VaultError, UnknownRecord."""
    held = scribe.open(Incoming, _BODY, head.mark.hex(), head.body)
    if held.event is not None:
        return held.address, held.event
    try:
        return held.address, scribe.unveil(Event, _BODY, head.mark.hex(), held.veiled)
    except Evaporated:
        return held.address, LOST


async def put(connection: AsyncConnection, rows: Sequence[dict[str, Any]], now: datetime) -> int:
    """Add new events; returns how many were new. Their chats get a conversation to hang on."""
    if not rows:
        return 0
    await _know(connection, rows, now)
    fresh = insert_new(connection, inbox, "mark").returning(inbox.c.mark)
    return len((await connection.execute(fresh, rows)).all())


async def put_timers(connection: AsyncConnection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """Set timers, each in the place of the one with its name."""
    if not rows:
        return
    await _know(connection, rows, now)
    await connection.execute(insert_or_replace(connection, inbox, "mark"), rows)


async def heads(connection: AsyncConnection, limit: int, clock: int, only: int | None) -> list[Head]:
    """The oldest due event of each of up to `limit` chats, with the chats locked against other workers.

    Both rows are locked: an event that another worker has just finished drops out when its lock is taken.
    """
    if only is not None:
        return await _heads(connection, _OLDEST.where(inbox.c.id == only), 1, clock)
    if not await connection.scalar(_CROWDED, {"clock": clock, "most": limit}):
        return sorted(await _heads(connection, _OLDEST, limit, clock), key=lambda head: not head.urgent)
    urgent = await _heads(connection, _URGENT, limit, clock)
    oldest = await _heads(connection, _OLDEST, min(limit - len(urgent), limit // PATIENT_SHARE), clock)
    newest = await _heads(connection, _NEWEST, limit - len(urgent) - len(oldest), clock)
    return list({head.id: head for head in (*urgent, *oldest, *newest)}.values())


async def _heads(connection: AsyncConnection, wanted: Select[Any], limit: int, clock: int) -> list[Head]:
    return [Head(*found) for found in await connection.execute(wanted, {"most": limit, "clock": clock})]


async def finish(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """These were decided on: nothing stays of them but their marks."""
    await connection.execute(_FINISH, {"ids": ids})


async def set_aside(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """These can't be read or decided on: they stay sealed, and no longer stand in anybody's way."""
    await connection.execute(update(inbox).where(inbox.c.id.in_(ids)).values(state=Waiting.ASIDE.value))


async def fail(connection: AsyncConnection, number: int) -> bool:
    """Count a failed attempt; True when that was the last one and the event was set aside."""
    attempts = inbox.c.attempts + 1
    state = case((attempts >= MAX_ATTEMPTS, literal(Waiting.ASIDE.value)), else_=inbox.c.state)
    counted = update(inbox).where(inbox.c.id == number, inbox.c.state == _READY).values(attempts=attempts, state=state)
    after: int | None = await connection.scalar(counted.returning(inbox.c.state))
    return after == Waiting.ASIDE.value


async def drop_timers(connection: AsyncConnection, chats: Sequence[bytes], clock: int) -> None:
    """A forgotten chat has nothing to wait for: only timers are due in the future."""
    await connection.execute(delete(inbox).where(inbox.c.chat.in_(chats), inbox.c.state == _READY, inbox.c.due > clock))


async def next_due(connection: AsyncConnection) -> int | None:
    """When the next event is due, in milliseconds."""
    found: int | None = await connection.scalar(
        select(inbox.c.due).where(inbox.c.state == _READY).order_by(inbox.c.due).limit(1)
    )
    return found


async def purge(connection: AsyncConnection, before: datetime) -> int:
    """Forget the marks of what was decided on before this time, and what was set aside."""
    over = inbox.c.state != _READY
    return (await connection.execute(delete(inbox).where(over, inbox.c.id < first_at(before)))).rowcount


def _row(
    scribe: Scribe, number: int, mark: bytes, address: Address, event: Event, due: int, fleeting: bool
) -> dict[str, Any]:
    name = mark.hex()
    veiled = scribe.veil(_BODY, name, event) if fleeting else b""
    held = Incoming(address, None if fleeting else event, veiled)
    return {
        "id": number,
        "mark": mark,
        "chat": scribe.chat(address),
        "due": due,
        "state": Waiting.READY.value,
        "urgent": 0,
        "attempts": 0,
        "body": scribe.seal(_BODY, name, held),
    }


async def _know(connection: AsyncConnection, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    """A chat of which nothing is known yet; an insert that meets the row of a working worker does not wait for it."""
    chats = sorted({row["chat"] for row in rows})
    fresh = [{"chat": chat, "body": None, "revision": 0, "touched": hours(now)} for chat in chats]
    await connection.execute(insert_new(connection, conversations, "chat"), fresh)
