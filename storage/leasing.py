"""Whose turn it is to go out: leasing rows of the outbox, alone or as a bundle. Within a chat and lane, one at a time.

In a crowd, when far more waits than a messenger lets out, the places are shared by a fixed round: half of them are the
urgent ones', and among equals the newest go first, with some places for those who have waited longest, and for what
is `patient`. So a flood delays itself: whoever is answered at once gets through it. What waits for one chat with the
same `together` is said once.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Integer, Row, bindparam, delete, func, literal_column, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Address, AdvisoryId, CaseId, Effect, Message, Send
from storage.errors import Evaporated
from storage.outbox import BODY, LEASE_MS, Errand, Outgoing, Priority, held
from storage.scribe import Scribe
from storage.tables import Delivery, Lane, literally, outbox
from storage.wording import Wording

CROWD = 50
"""Waiting rows from which on the places are shared: about two seconds of what Telegram lets out."""
FEW = 5
"""Waiting messages of one bundle that are still said one by one."""

_READY, _LEASED, _ASIDE = literally(Delivery.READY), literally(Delivery.LEASED), literally(Delivery.ASIDE)
_other = outbox.alias("other")


class Leased(NamedTuple):
    id: int
    chat: bytes | None
    attempts: int
    advisory: str | None
    body: bytes
    pages: int
    priority: int
    bundle: bytes | None


async def lease(
    connection: AsyncConnection, lane: Lane, limit: int, clock: int, holder: str, turn: int = 0, bulk: bool = True
) -> list[Leased]:
    """Take the first row of each of up to `limit` chats, if it is due: urgent ones first, then in order.

    `clock`: the milliseconds by which rows are due (`storage.serial`). In a crowd, `turn` says where the round stands:
    how many places were given before. Without `bulk`, no advisories.
    """
    given = {"in_lane": lane.value, "now": clock, "until": clock + LEASE_MS, "holder": holder}
    found: list[Row[Any]] = []
    if await connection.scalar(_CROWDED, {"in_lane": lane.value}):
        found += await _shared(connection, given, range(turn, turn + limit), bulk)
    if len(found) < limit:
        taking = _TAKE if bulk else _TAKE_WORDS
        found += (await connection.execute(taking, given | {"most": limit - len(found)})).all()
    return [Leased._make(row) for row in sorted(found, key=lambda row: (row.priority, row.id))]


async def _shared(connection: AsyncConnection, given: dict[str, Any], places: range, bulk: bool) -> list[Row[Any]]:
    """The rows of these places of the round. A kind of which there was no row has none for a later place either."""
    found: list[Row[Any]] = []
    none: set[tuple[Any, Priority]] = set() if bulk else {_BULK}
    for place in places:
        for kind in (_ROUND[place % len(_ROUND)], _SPARE):
            taken = await _one(connection, given, kind) if kind not in none else ()
            if taken:
                found += taken
                break
            none.add(kind)
    return found


async def _one(connection: AsyncConnection, given: dict[str, Any], place: tuple[Any, Priority]) -> Sequence[Row[Any]]:
    taking, priority = place
    return (await connection.execute(taking, given | {"of": priority, "most": 1})).all()


def opened(scribe: Scribe, leased: Leased, wordings: Mapping[str, Wording]) -> Errand | Address | None:
    """The errand; only the address when nobody can read it any more; None for a copy of an advisory of which nothing is
    to be said. Raises VaultError, UnknownRecord.
    """
    kept = scribe.open(Outgoing, BODY, str(leased.id), leased.body)
    chat, advisory = leased.chat or b"", AdvisoryId(leased.advisory or "")
    if kept.copy is not None:
        wording = wordings[advisory]
        said = wording.effect(kept.address, kept.language, kept.copy)
        if said is None:
            return None
        to = (kept.address, said, kept.language, leased.attempts, advisory, leased.pages)
        return Errand(leased.id, chat, *to, kept.copy, wording.turn)
    try:
        effect = kept.effect or scribe.unveil(Effect, BODY, str(leased.id), kept.veiled)
    except Evaporated:
        return kept.address
    reader = (kept.address, effect, kept.language)
    return Errand(leased.id, chat, *reader, leased.attempts, advisory, leased.pages, zone=kept.zone)


async def gather(connection: AsyncConnection, scribe: Scribe, leased: Leased, errand: Errand) -> Errand:
    """An errand that speaks for all of its bundle that wait behind it, if those are many; they are gone then."""
    given = {"chat": leased.chat, "bundle": leased.bundle, "priority": leased.priority}
    if leased.bundle is None or leased.pages or not isinstance(errand.effect, Send):
        return errand
    waiting: int = (await connection.scalar(_BUNDLED, given)) or 0
    so_far = errand.effect.message.count if errand.effect.message.id == errand.effect.together else None
    if waiting < FEW and so_far is None:
        return errand
    many = Message(errand.effect.together, count=(so_far or 1) + waiting)
    said = replace(errand.effect, message=many, slot="", about=CaseId(""))
    await connection.execute(_UNBUNDLE, given)
    kept = held(scribe, leased.id, errand.address, said, errand.language, zone=errand.zone)
    body = scribe.seal(BODY, str(leased.id), kept)
    await connection.execute(update(outbox).where(outbox.c.id == leased.id).values(body=body))
    return replace(errand, effect=said)


def _blocked() -> Any:
    """Something else of the same chat and lane is under way or comes first."""
    same = (_other.c.chat == outbox.c.chat, _other.c.lane == outbox.c.lane, _other.c.state < _ASIDE)
    first = tuple_(_other.c.priority, _other.c.id) < tuple_(outbox.c.priority, outbox.c.id)
    return select(literal_column("1")).where(*same, or_(_other.c.state == _LEASED, first)).exists()


def _take(*order: Any, among: tuple[Any, ...] = ()) -> Any:
    """Lease the first free rows in this order."""
    ready = (outbox.c.state == _READY, outbox.c.lane == bindparam("in_lane"), outbox.c.due <= bindparam("now"))
    free = (
        select(outbox.c.id)
        .where(*ready, *among, ~_blocked())
        .order_by(*order)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    leased: dict[str, Any] = {
        "state": _LEASED,
        "lease_by": bindparam("holder"),
        "lease_until": bindparam("until"),
        "attempts": outbox.c.attempts + 1,
    }
    taken = update(outbox).where(outbox.c.id.in_(select(free.c.id)), outbox.c.state == _READY).values(leased)
    columns = [outbox.c[name] for name in Leased._fields]
    return taken.returning(*columns)


def _crowded() -> Any:
    """Whether more than a crowd of ordinary rows wait in a lane."""
    ready = (outbox.c.state == _READY, outbox.c.lane == bindparam("in_lane"))
    ordinary = outbox.c.priority < literally(Priority.ADVISORY)
    return select(literal_column("1")).select_from(outbox).where(*ready, ordinary).limit(1).offset(CROWD)


def _bundled(statement: Any) -> Any:
    """The rows of one bundle that wait for one chat."""
    same = (outbox.c.chat == bindparam("chat"), outbox.c.bundle == bindparam("bundle"))
    return statement.where(*same, outbox.c.priority == bindparam("priority"), outbox.c.state == _READY)


# Built once: putting a statement together costs more than running it.
_TAKE, _CROWDED = _take(outbox.c.priority, outbox.c.id), _crowded()
_WORDS = (outbox.c.priority < literally(Priority.ADVISORY),)
_TAKE_WORDS = _take(outbox.c.priority, outbox.c.id, among=_WORDS)
_BUNDLED, _UNBUNDLE = _bundled(select(func.count()).select_from(outbox)), _bundled(delete(outbox))

_OF = (outbox.c.priority == bindparam("of"),)
_IN_A_HURRY = (*_OF, outbox.c.patient == literal_column("0", Integer))  # written out: for the index of these
_OLDEST, _NEWEST = _take(outbox.c.id, among=_OF), _take(outbox.c.id.desc(), among=_IN_A_HURRY)
_BULK = (_OLDEST, Priority.ADVISORY)
_ROUND = (
    (_NEWEST, Priority.URGENT),
    (_NEWEST, Priority.NORMAL),
    (_OLDEST, Priority.URGENT),
    (_NEWEST, Priority.NORMAL),
    (_NEWEST, Priority.URGENT),
    (_OLDEST, Priority.NORMAL),
    (_OLDEST, Priority.SOON),
    _BULK,
)
"""Whose turn it is in a crowd, again and again. A place that nobody of its kind needs goes to `_SPARE`."""
_SPARE = (_NEWEST, Priority.NORMAL)
