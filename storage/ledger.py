"""The ledger of a batch: what its outcomes ask to be written, and then all of it, one statement for each kind.

Nothing is written before `write`: an outcome that fails leaves no trace, and 32 chats cost as many statements as one.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import (
    Advisory,
    AdvisoryId,
    Ban,
    BlobId,
    ById,
    Case,
    CaseId,
    Discard,
    Entry,
    Figures,
    MemberId,
    Merge,
    Part,
    PutBoard,
    PutExport,
)
from storage import (
    advisories,
    bans,
    cases,
    chain,
    chats,
    finding,
    grants,
    inbox,
    members,
    outbox,
    pool,
    readers,
    rekeying,
    releases,
)
from storage.members import People
from storage.panic import Order
from storage.pool import Pool
from storage.scribe import Scribe
from storage.single import BOARD, EXPORT
from storage.tables import Lane, invitations, subscriptions
from storage.upsert import insert_or_replace

Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Ledger:
    """Everything that one batch will write."""

    finished: list[int] = field(default_factory=list)
    conversations: Rows = field(default_factory=list)
    forgotten: list[bytes] = field(default_factory=list)
    messages: Rows = field(default_factory=list)
    timers: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    outbox: Rows = field(default_factory=list)
    opened: list[dict[str, Rows]] = field(default_factory=list)
    changed: dict[CaseId, Case] = field(default_factory=dict)
    sealed: list[tuple[CaseId, Part]] = field(default_factory=list)
    secrets: Rows = field(default_factory=list)
    merged: list[Merge] = field(default_factory=list)
    erased: list[CaseId] = field(default_factory=list)
    unlinked: set[CaseId] = field(default_factory=set)
    members: set[MemberId] = field(default_factory=set)
    removed: set[MemberId] = field(default_factory=set)
    bans: list[Ban] = field(default_factory=list)
    figures: list[Figures] = field(default_factory=list)
    locked: set[MemberId] = field(default_factory=set)
    ordered: Order | None = None
    ungranted: set[str] = field(default_factory=set)
    invitations: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    board: PutBoard | None = None
    export: PutExport | None = None
    pool: Pool | None = None
    granted: Pool | None = None
    grants: Rows = field(default_factory=list)
    replaced: Rows = field(default_factory=list)
    subscribed: Rows = field(default_factory=list)
    unsubscribed: list[bytes] = field(default_factory=list)
    departed: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    advisories: dict[AdvisoryId, Advisory] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    @property
    def gone(self) -> set[CaseId]:
        """Cases that will not be there any more."""
        return {*self.erased, *(effect.gone for effect in self.merged)}


@dataclass(frozen=True, slots=True)
class Known:
    """What the batch has read, and the ledger needs."""

    people: People
    stored: dict[CaseId, cases.Stored]
    advisories: dict[AdvisoryId, str]


async def write(connection: AsyncConnection, scribe: Scribe, ledger: Ledger, known: Known, now: datetime) -> None:
    """Carry everything out, in an order that every process keeps. Raises VaultError, ChangedMeanwhile."""
    await _write_chats(connection, scribe, ledger, now)
    await _write_cases(connection, scribe, ledger, known, now)
    await _write_people(connection, scribe, ledger, known.people)
    await _write_readers(connection, ledger)
    for id_, advisory in sorted(ledger.advisories.items()):
        await advisories.put(connection, scribe, advisory, known.advisories.get(id_))
    await bans.put(connection, scribe, ledger.bans)
    for figures in ledger.figures:
        await releases.keep(connection, scribe, figures)
    await inbox.put_timers(connection, list(ledger.timers.values()), now)
    await outbox.put(connection, ledger.outbox)
    await chain.append(connection, scribe, ledger.entries, now)


async def _write_chats(connection: AsyncConnection, scribe: Scribe, ledger: Ledger, now: datetime) -> None:
    if ledger.finished:
        await inbox.finish(connection, ledger.finished)
    if ledger.forgotten:
        await inbox.drop_timers(connection, ledger.forgotten, scribe.serial.clock(now))
    if ledger.conversations:
        await chats.update_all(connection, ledger.conversations)
    if ledger.forgotten:
        await chats.forget_empty(connection, ledger.forgotten)
    await chats.remember(connection, ledger.messages)


async def _write_cases(
    connection: AsyncConnection, scribe: Scribe, ledger: Ledger, known: Known, now: datetime
) -> None:
    rows = _merged(ledger.opened)
    rows.setdefault("secrets", []).extend(ledger.secrets)
    sealed = [(case, part) for case, part in ledger.sealed if case not in ledger.gone]
    stored = await _stored(connection, scribe, {case for case, _ in sealed}, known)
    removed = await cases.unlink(connection, scribe, sorted(ledger.unlinked))
    rows["changed"] = _headers(scribe, ledger, sealed, stored, removed)
    more = (cases.part_row(scribe, case, stored[case].public, part) for case, part in sealed if case in stored)
    rows.setdefault("parts", []).extend(more)
    await cases.write(connection, rows)
    for effect in ledger.merged:
        await cases.merge(connection, scribe, effect)
    blobs = await cases.erase(connection, scribe, sorted(ledger.erased))
    if blobs:
        ledger.outbox.append(discard(scribe, blobs, now))


def discard(scribe: Scribe, blobs: tuple[BlobId, ...], now: datetime) -> dict[str, Any]:
    """An errand of no chat: files go only after the rows that name them are gone, and after a crash all the same."""
    return outbox.row(scribe, Lane.ERRANDS, outbox.NOBODY, Discard(blobs), now)


async def _stored(
    connection: AsyncConnection, scribe: Scribe, ids: set[CaseId], known: Known
) -> dict[CaseId, cases.Stored]:
    """What the batch has read, and these cases too."""
    unread = [ById(id_) for id_ in ids - known.stored.keys()]
    _, found = await finding.find(connection, scribe, unread)
    return known.stored | found


def _headers(
    scribe: Scribe,
    ledger: Ledger,
    sealed: Iterable[tuple[CaseId, Part]],
    stored: Mapping[CaseId, cases.Stored],
    removed: Counter[CaseId],
) -> Rows:
    """Of each case that has changed, or has more parts than before or fewer."""
    added = Counter(case for case, _ in sealed if case in stored)
    added.subtract(removed)
    changing = sorted((ledger.changed.keys() | added.keys()) - ledger.gone)
    return [
        cases.update_row(scribe, ledger.changed.get(id_, stored[id_].case), stored[id_], added[id_]) for id_ in changing
    ]


async def _write_people(connection: AsyncConnection, scribe: Scribe, ledger: Ledger, people: People) -> None:
    if ledger.members:
        await members.save(connection, scribe, people, ledger.members)
    if ledger.removed:
        await grants.drop_holders(connection, scribe, [grants.member_name(id_) for id_ in sorted(ledger.removed)])
    if rows := sorted(ledger.invitations.values(), key=itemgetter("secret")):
        await connection.execute(insert_or_replace(connection, invitations, "secret"), rows)
    if ledger.board:
        await BOARD.put(connection, scribe, ledger.board.board)
    if ledger.export:
        await EXPORT.put(connection, scribe, ledger.export.export)
    await _write_pool(connection, scribe, ledger)
    await grants.put(connection, ledger.grants)


async def _write_pool(connection: AsyncConnection, scribe: Scribe, ledger: Ledger) -> None:
    if ledger.pool:
        await pool.put(connection, scribe, ledger.pool)
    elif ledger.granted:
        await pool.require(connection, scribe, ledger.granted.epoch)
    if ledger.pool and ledger.pool.epoch > pool.FIRST:
        await rekeying.begin(connection, scribe, ledger.pool.epoch)
    desk = ledger.pool or await pool.current(connection, scribe) if ledger.ungranted else None
    if desk:
        await pool.ungrant(connection, scribe, desk, sorted(ledger.ungranted))


async def _write_readers(connection: AsyncConnection, ledger: Ledger) -> None:
    await readers.put_departures(connection, ledger.replaced)
    if rows := sorted(ledger.subscribed, key=itemgetter("secret")):
        await connection.execute(insert_or_replace(connection, subscriptions, "secret"), rows)
    if ledger.unsubscribed:
        await connection.execute(delete(subscriptions).where(subscriptions.c.secret.in_(ledger.unsubscribed)))
    if ledger.departed:
        await advisories.hold(connection)
        await outbox.take_back(connection, list(ledger.departed))
        await readers.put_departures(connection, list(ledger.departed.values()))


def _merged(opened: Iterable[dict[str, Rows]]) -> dict[str, Rows]:
    merged: dict[str, Rows] = {}
    for rows in opened:
        for table, some in rows.items():
            merged.setdefault(table, []).extend(some)
    return merged
