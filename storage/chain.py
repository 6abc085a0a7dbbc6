"""The audit chain in its table: sealed lines, each linked to the one before (`storage.audit`)."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import CaseId, Entry, Found, MemberId, Offset, Record, Search
from handlers.wall import local
from storage.audit import Audit, Head, Line
from storage.errors import VaultError
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.tables import audit, meta

_BODY = place(audit.c.body)

_LOCK = "audit"
_PAGE = 1000
SHOWN = 10
"""Lines of an answer: a phone's screen."""
KEPT = timedelta(days=180)
"""How long a line says what was done; afterwards only that there was one. Twice as long as a closed case is kept by
default: what is found out late can still be followed, and who worked on what is not kept for ever."""
LOOKED_AT = 20_000
"""Lines of one search, some 25 µs each: half a second in which nothing else is decided."""
STEP = 200
"""Lines that are read at once."""

READING = frozenset({"open", "file", "original", "share.begun", "share.look"})
"""Actions that show somebody what is in a case."""


class Written(Struct, frozen=True):
    """What a line seals."""

    at: datetime
    entry: Entry


Show = Callable[[Sequence[Record]], Awaitable[list[Record]]]
"""Of some lines those that a reader may see, with the cases that they name."""


def audit_of(scribe: Scribe) -> Audit:
    ring = scribe.vault.ring
    return Audit(ring.audit_key, ring.deployment)


async def append(connection: AsyncConnection, scribe: Scribe, entries: Sequence[Entry], now: datetime) -> None:
    """Add lines at the end, one process at a time. Raises VaultError."""
    if not entries:
        return
    await connection.execute(select(meta.c.key).where(meta.c.key == _LOCK).with_for_update())
    linked, last, rows = audit_of(scribe), await _last(connection), []
    for entry in entries:
        number = last.number + 1 if last else 1
        last = linked.next(last, scribe.seal_lasting(_BODY, str(number), Written(now, entry)))
        rows.append({"number": number, "body": last.sealed, "commitment": last.commitment, "mac": last.mac})
    await connection.execute(insert(audit), rows)


async def head(connection: AsyncConnection) -> str:
    """The newest line as people compare it; empty before the first."""
    last = await _last(connection)
    return str(Head.of(last)) if last else ""


async def line(connection: AsyncConnection, number: int) -> Line | None:
    """One line, if it is there."""
    found = (await connection.execute(select(audit).where(audit.c.number == number))).first()
    return Line(*found) if found else None


async def lines(connection: AsyncConnection, after: int = -1) -> AsyncIterator[Line]:
    """The chain in order, behind a line or whole, a page at a time."""
    while True:
        page = select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(_PAGE)
        rows = (await connection.execute(page)).all()
        for row in rows:
            yield Line(*row)
        if len(rows) < _PAGE:
            return
        after = rows[-1].number


async def empty(connection: AsyncConnection, scribe: Scribe, before: datetime, limit: int) -> int:
    """Empty the entries of up to so many lines that were written before this; number, commitment and MAC stay.

    The oldest first, up to the first that is younger. What can't be read is as old as what was written after it.
    """
    oldest = select(audit).where(audit.c.body.is_not(None)).order_by(audit.c.number).limit(limit)
    last = 0
    for row in (await connection.execute(oldest)).all():
        with suppress(VaultError, UnknownRecord):
            written = read(scribe, Line(*row))
            if written and written.at >= before:
                break
            last = row.number
    old = update(audit).where(audit.c.number <= last, audit.c.body.is_not(None)).values(body=None)
    return (await connection.execute(old)).rowcount if last else 0


async def opened_by(connection: AsyncConnection, scribe: Scribe, member: MemberId) -> list[Record]:
    """The first line of each day and case that a member has opened, in order. Raises VaultError.

    The whole chain is read: some 50 µs a line.
    """
    found: dict[tuple[CaseId, date], Record] = {}
    async for line in lines(connection):
        written = read(scribe, line)
        if written and written.entry.actor == member and written.entry.action in READING:
            record = Record(line.number, written.at, written.entry)
            found.setdefault((written.entry.case, written.at.date()), record)
    return list(found.values())


async def search(
    connection: AsyncConnection,
    scribe: Scribe,
    search: Search,
    case: CaseId | None,
    member: MemberId | None,
    offset: Offset,
    show: Show,
) -> Found:
    """The newest lines that fit and are shown, as many as a screen takes; a page of older ones begins where this ended.

    A page that is not full is the last one, or all lines of one search were looked at. Raises VaultError.
    """
    found: list[Record] = []
    before = search.before
    for _ in range(0, LOOKED_AT, STEP):
        rows = await _older(connection, before)
        read_ = ((row.number, read(scribe, Line(*row))) for row in rows)
        fitting = ((number, line) for number, line in read_ if line and _fits(line, search, case, member, offset))
        found += await show([Record(number, line.at, line.entry) for number, line in fitting])
        if len(found) > SHOWN:
            return Found(tuple(found[:SHOWN]), found[SHOWN - 1].number)
        if len(rows) < STEP:
            return Found(tuple(found))
        before = rows[-1].number
    return Found(tuple(found), before)


async def _older(connection: AsyncConnection, before: int) -> Sequence[Any]:
    """The next lines before this number, the newest first; without one from the end."""
    newest = select(audit).order_by(audit.c.number.desc()).limit(STEP)
    return (await connection.execute(newest.where(audit.c.number < before) if before else newest)).all()


def _fits(written: Written, search: Search, case: CaseId | None, member: MemberId | None, offset: Offset) -> bool:
    entry = written.entry
    return (
        (not search.action or entry.action == search.action)
        and (member is None or member in {entry.actor, entry.detail})
        and (case is None or entry.case == case)
        and (not search.day or local(search.zone, written.at, offset).date().isoformat() == search.day)
    )


def read(scribe: Scribe, line: Line) -> Written | None:
    """What a line says; None once it was emptied. Raises VaultError."""
    if line.sealed is None:
        return None
    return scribe.open(Written, _BODY, str(line.number), line.sealed)


async def _last(connection: AsyncConnection) -> Line | None:
    found = (await connection.execute(select(audit).order_by(audit.c.number.desc()).limit(1))).first()
    return Line(*found) if found else None
