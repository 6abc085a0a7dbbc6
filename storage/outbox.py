"""The outbox: what was decided to be said and done, until it was.

A row is ready, or leased to one life of one process until a time; a delivered one is deleted. A courier that lost its
lease settles nothing: every settlement names the leaseholder. Within a chat and lane one row goes out at a time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from msgspec import Struct
from sqlalchemy import Integer, bindparam, column, delete, func, insert, literal_column, select, table, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import (
    Address,
    AdvisoryId,
    Edit,
    Effect,
    MessageRef,
    Send,
    SendBundle,
    SendExport,
    SendFile,
    Stretch,
    Token,
    Unlock,
)
from storage.scribe import Scribe, place
from storage.serial import first_at
from storage.tables import Delivery, Lane, literally, outbox

BODY = place(outbox.c.body)
_INSERT = insert(outbox)

LEASE = timedelta(seconds=120)
LEASE_MS = LEASE // timedelta(milliseconds=1)
NOBODY = Address("")
"""The address of an errand that belongs to no chat."""
UTC = "UTC"
"""The time zone by which times are read where no other is known."""

_READY, _LEASED = literally(Delivery.READY), literally(Delivery.LEASED)
_ASIDE, _HELD = literally(Delivery.ASIDE), literally(Delivery.HELD)


class Priority(IntEnum):
    URGENT = 0
    SOON = 1
    NORMAL = 2
    ADVISORY = 3


class Copy(Struct, frozen=True, omit_defaults=True):
    """One reader's copy of an advisory. What it says is put in only when it goes out (`storage.wording`).

    `token`: their way out. `messages`: where it stands already, to be changed there. `doubted`: the last advisory did
    not reach this chat.
    """

    token: Token
    safe_word: str = ""
    messages: tuple[MessageRef, ...] = ()
    doubted: bool = False


class Outgoing(Struct, frozen=True, omit_defaults=True):
    """What a row holds: the effect itself, or the same under the volatile key; or of an advisory, the copy."""

    address: Address = Address("")
    effect: Effect | None = None
    language: str = ""
    veiled: bytes = b""
    copy: Copy | None = None
    zone: str = UTC


class Errand(Struct, frozen=True):
    """One thing to do. `language` and `zone` (of time) are the reader's, as far as known; `attempts` counts this one.

    `pages`: how many pages of a long message are out already. `copy`: of an advisory; `turn`: of the last correction
    that is in its words.
    """

    id: int
    chat: bytes
    address: Address
    effect: Effect
    language: str
    attempts: int
    advisory: AdvisoryId = AdvisoryId("")
    pages: int = 0
    copy: Copy | None = None
    turn: int = 0
    zone: str = UTC


def row(
    scribe: Scribe,
    lane: Lane,
    address: Address,
    effect: Effect | Copy,
    now: datetime,
    language: str = "",
    priority: Priority = Priority.NORMAL,
    advisory: str | None = None,
    zone: str = UTC,
) -> dict[str, Any]:
    """An effect on its way out, sealed for its id. Without an address it belongs to no chat."""
    number = scribe.serial.next(now)
    return {
        "id": number,
        "lane": lane.value,
        "chat": scribe.chat(address) if address else None,
        "priority": priority.value,
        "due": scribe.serial.clock(now),
        "state": Delivery.READY.value,
        "attempts": 0,
        "pages": 0,
        "advisory": advisory,
        "bundle": bundle_of(scribe, effect),
        "patient": int(isinstance(effect, Send | Edit) and effect.patient),
        "body": scribe.seal(BODY, str(number), held(scribe, number, address, effect, language, zone)),
    }


async def put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(_INSERT, rows)


def bundle_of(scribe: Scribe, effect: Effect | Copy) -> bytes | None:
    """What rows that may be said together have in common."""
    return scribe.blind("bundle", effect.together) if isinstance(effect, Send) and effect.together else None


async def remove(connection: AsyncConnection, ids: Sequence[int], holder: str) -> set[int]:
    """Delete those of these rows whose lease this process still holds; says which."""
    if not ids:
        return set()
    return set(await connection.scalars(_REMOVE, {"ids": ids, "holder": holder}))


async def postpone(connection: AsyncConnection, later: Sequence[tuple[int, int, bool]], holder: str) -> None:
    """Give rows back: which, when they are due again, and whether they were tried, for the lease has counted that."""
    if not later:
        return
    rows = [{"of": number, "at": at, "untried": int(not tried), "holder": holder} for number, at, tried in later]
    await connection.execute(_POSTPONE, rows)


async def turn_page(connection: AsyncConnection, ids: Sequence[int], holder: str) -> None:
    """One more page of these is out; the next one may go at once, and no failure counts against it."""
    if ids:
        await connection.execute(_TURN_PAGE, {"ids": ids, "holder": holder})


async def renew(connection: AsyncConnection, clock: int, holder: str) -> None:
    """What this process has leased stays its own for another `LEASE`."""
    until = {"lease_until": clock + LEASE_MS}
    await connection.execute(update(outbox).where(_held_by_holder()).values(until), {"holder": holder})


async def set_aside(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """These can't be read: they stay sealed, and no longer stand in anybody's way."""
    if ids:
        await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(state=_ASIDE))


async def take_back(connection: AsyncConnection, chats: Sequence[bytes]) -> None:
    """Advisories that have not gone out yet to these chats never will."""
    waiting = (outbox.c.chat.in_(chats), outbox.c.advisory.is_not(None), outbox.c.state.in_((_READY, _HELD)))
    await connection.execute(delete(outbox).where(*waiting))


async def hold_back(connection: AsyncConnection, ids: Sequence[int], holder: str) -> None:
    """What this process has leased goes nowhere until `go_on`: their advisory was paused."""
    if ids:
        await connection.execute(_HOLD_BACK, {"ids": ids, "holder": holder})


async def hold(connection: AsyncConnection, advisory: str) -> None:
    """What waits of an advisory goes nowhere until `go_on`; and stands in nobody's way."""
    await _turn(connection, advisory, _READY, _HELD)


async def go_on(connection: AsyncConnection, advisory: str) -> None:
    """What was held goes out."""
    await _turn(connection, advisory, _HELD, _READY)


async def _turn(connection: AsyncConnection, advisory: str, was: Any, now: Any) -> None:
    of_it = (outbox.c.advisory == advisory, outbox.c.state == was)
    await connection.execute(update(outbox).where(*of_it).values(state=now))


async def drop(connection: AsyncConnection, advisory: str) -> None:
    """What has not gone out of an advisory never will."""
    unsent = outbox.c.state.in_((_READY, _HELD))
    await connection.execute(delete(outbox).where(outbox.c.advisory == advisory, unsent))


async def purge(connection: AsyncConnection, before: datetime) -> int:
    """Forget what was set aside before this time."""
    aside = delete(outbox).where(outbox.c.state == _ASIDE, outbox.c.id < first_at(before))
    return (await connection.execute(aside)).rowcount


async def release(connection: AsyncConnection, clock: int | None) -> int:
    """Free the leases that ran out; without a clock all of them, for a database that only this process uses.

    On PostgreSQL a holder that died loses its leases at once: its connections, which bear its name, are gone.
    """
    stale = update(outbox).where(outbox.c.state == _LEASED)
    if clock is not None:
        ran_out = outbox.c.lease_until < clock
        stale = stale.where(ran_out | _widowed() if connection.dialect.name == "postgresql" else ran_out)
    freed = stale.values(state=Delivery.READY.value, lease_by=None, lease_until=None)
    return (await connection.execute(freed)).rowcount


async def open_rows(connection: AsyncConnection, advisory: str) -> int:
    """How many deliveries of an advisory are under way; what can't be read is not."""
    counted = select(func.count()).select_from(outbox).where(outbox.c.advisory == advisory, outbox.c.state != _ASIDE)
    return (await connection.scalar(counted)) or 0


async def being_sent(connection: AsyncConnection, advisory: str) -> bool:
    """Whether a messenger is being told any of an advisory just now."""
    leased = select(outbox.c.id).where(outbox.c.advisory == advisory, outbox.c.state == _LEASED).limit(1)
    return await connection.scalar(leased) is not None


def copy_row(
    scribe: Scribe, advisory: AdvisoryId, address: Address, copy: Copy, language: str, now: datetime
) -> dict[str, Any]:
    """One reader's copy of an advisory on its way."""
    return row(scribe, Lane.WORDS, address, copy, now, language, Priority.ADVISORY, advisory)


def held(
    scribe: Scribe, number: int, address: Address, effect: Effect | Copy, language: str, zone: str = UTC
) -> Outgoing:
    """What is sealed: some effects must not be readable after this process has ended."""
    if isinstance(effect, Copy):
        return Outgoing(address, language=language, copy=effect)
    if _is_fleeting(effect):
        return Outgoing(address, None, language, scribe.veil(BODY, str(number), effect), zone=zone)
    return Outgoing(address, effect, language, zone=zone)


def _is_fleeting(effect: Effect) -> bool:
    """What must not be readable on disk once this process has ended."""
    match effect:
        case Unlock() | SendFile() | SendBundle() | SendExport():
            return True
        case Send(volatile=volatile):
            return volatile
        case Stretch(case=case):
            return not case
    return False


def _held_by_holder() -> Any:
    return (outbox.c.state == _LEASED) & (outbox.c.lease_by == bindparam("holder"))


def _widowed() -> Any:
    """The holder has no connection left."""
    connections = table("pg_stat_activity", column("application_name"))
    return ~select(literal_column("1")).where(connections.c.application_name == outbox.c.lease_by).exists()


_FREE: dict[str, Any] = {"state": _READY, "lease_by": None, "lease_until": None}


def _postpone() -> Any:
    given = outbox.c.id == bindparam("of")
    counted = outbox.c.attempts - bindparam("untried", type_=Integer)
    return update(outbox).where(given, _held_by_holder()).values(_FREE | {"due": bindparam("at"), "attempts": counted})


def _hold_back() -> Any:
    given = outbox.c.id.in_(bindparam("ids", expanding=True))
    return update(outbox).where(given, _held_by_holder()).values(_FREE | {"state": _HELD})


def _turn_page() -> Any:
    given = outbox.c.id.in_(bindparam("ids", expanding=True))
    turned = {"pages": outbox.c.pages + 1, "attempts": 0}
    return update(outbox).where(given, _held_by_holder()).values(_FREE | turned)


def _remove() -> Any:
    given = outbox.c.id.in_(bindparam("ids", expanding=True))
    return delete(outbox).where(given, _held_by_holder()).returning(outbox.c.id)


# Built once: putting a statement together costs more than running it.
_POSTPONE, _HOLD_BACK, _TURN_PAGE, _REMOVE = _postpone(), _hold_back(), _turn_page(), _remove()
