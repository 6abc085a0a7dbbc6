"""The world as one batch sees it: what was read for its units, and what they have changed so far.

Contexts are built from here one after the other. Two claims of one case in one batch: the second sees it claimed.
"""

from collections.abc import Iterable, Sequence
from functools import partial

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.cards import called
from handlers.model import (
    Advisory,
    AdvisoryId,
    Board,
    ByHolder,
    ById,
    ByRef,
    Case,
    CaseId,
    CaseKey,
    CaseState,
    Counted,
    Desk,
    Entry,
    Export,
    Figures,
    Found,
    Invitation,
    Member,
    MemberId,
    Offset,
    Order,
    Part,
    Record,
    Search,
    Seen,
    Wanted,
)
from handlers.permissions import may_see
from storage import advisories, cases, chain, figures, finding, members, pool, readers, rekeying, releases
from storage.cases import Stored
from storage.members import People
from storage.pool import Pool
from storage.reading import Reading, open_for
from storage.scribe import Scribe
from storage.sessions import Session
from storage.shelf import Shelf
from storage.single import BOARD, EXPORT


class View:
    """Read by `load`; changed by outcomes; never written from here."""

    def __init__(self, people: People, desk: Desk) -> None:
        self.people = people
        self.desk = desk
        self.pool: Pool | None = None
        self.stored: dict[CaseId, Stored] = {}
        self.invitations: dict[bytes, Invitation] = {}
        self.advisories: dict[AdvisoryId, Advisory] = {}
        self.advised: dict[AdvisoryId, str] = {}
        self._recent: tuple[AdvisoryId, ...] = ()
        self._families: dict[AdvisoryId, tuple[AdvisoryId, ...]] = {}
        self._ids: dict[CaseKey, CaseId] = {}
        self._cases: dict[CaseId, Case] = {}
        self._parts: dict[Reading, tuple[Part, ...]] = {}
        self._queue: dict[CaseId, Case] = {}
        self._all: dict[CaseId, Case] = {}
        self.kept: tuple[Counted, ...] = ()
        self.export: Export | None = None
        self.released: dict[str, Figures] = {}
        self.forgotten: set[str] = set()
        self._ordered: dict[Order, tuple[ById, ...]] = {}

    async def load(
        self,
        connection: AsyncConnection,
        scribe: Scribe,
        shelf: Shelf,
        wanted: Iterable[tuple[Wanted, Session | None]],
    ) -> None:
        """Read what is wanted, a few statements for all of it. Raises VaultError."""
        self.put_board(await BOARD.current(connection, scribe))
        wishes = list(wanted)
        if any(wish.export for wish, _ in wishes):
            self.export = await EXPORT.current(connection, scribe)
        for quarter in {wish.quarter for wish, _ in wishes if wish.quarter}:
            if found := await releases.find(connection, scribe, quarter):
                self.released[quarter] = found
            elif await releases.forgotten(connection, scribe, quarter):
                self.forgotten.add(quarter)
        await self._find_ordered(connection, scribe, {wish.order for wish, _ in wishes if wish.order})
        keys = {key for wish, _ in wishes for key in (*_keys(wish), *self._meant(wish))}
        needed = any(wish.queue for wish, _ in wishes) or any(isinstance(key, ByHolder) for key in keys)
        waiting = await shelf.read(connection) if needed else ()
        self._ids, self.stored = await finding.find(connection, scribe, keys, waiting)
        for member in {wish.held for wish, _ in wishes if wish.held}:
            self.stored |= await finding.held(connection, scribe, member)
        self._cases = {id_: stored.case for id_, stored in self.stored.items()}
        self._queue = {case.id: case for case in waiting} | self._cases
        if any(wish.figures for wish, _ in wishes):
            self._all = {case.id: case for case in await figures.living(connection, scribe)}
            self.kept = await figures.kept(connection, scribe)
        secrets = {wish.invitation for wish, _ in wishes if wish.invitation}
        everything = any(wish.invitations for wish, _ in wishes)
        if secrets or everything:
            self.invitations = await members.find_invitations(connection, scribe, None if everything else secrets)
        await self._load_advisories(connection, scribe, [wish for wish, _ in wishes])
        await self._load_keys(connection, scribe, wishes)

    async def _load_advisories(self, connection: AsyncConnection, scribe: Scribe, wishes: list[Wanted]) -> None:
        """`advised`: the state of each as it was read, for whoever changes it."""
        found = []
        for id_ in {each.advisory for each in wishes if each.advisory}:
            family = [each.id for each in await advisories.family(connection, scribe, id_)]
            self._families[id_] = tuple(family)
            found += [await advisories.find(connection, scribe, each) for each in family]
        recent = await advisories.recent(connection, scribe) if any(each.advisories for each in wishes) else ()
        self._recent = tuple(each.id for each in recent)
        self.advisories = {each.id: each for each in (*recent, *found) if each}
        self.advised = {id_: each.state for id_, each in self.advisories.items()}

    async def _find_ordered(self, connection: AsyncConnection, scribe: Scribe, orders: set[Order]) -> None:
        """Which cases the exports may hold, by their headers."""
        living = await figures.living(connection, scribe) if orders else ()
        self._ordered = {order: tuple(ById(case.id) for case in living if case.is_meant(order)) for order in orders}

    def _meant(self, wish: Wanted) -> tuple[ById, ...]:
        return self._ordered[wish.order] if wish.order else ()

    async def load_desk(self, connection: AsyncConnection, scribe: Scribe) -> None:
        """What only the team is shown of the house."""
        self.desk = replace(
            self.desk,
            subscribers=await readers.counts(connection, scribe, self.desk.languages),
            advisories=await advisories.number(connection),
            audit_head=await chain.head(connection),
            rekeying=await rekeying.progress(connection, scribe),
        )

    def show_shift(self) -> None:
        """Bring the desk up to date after a change of the pool."""
        self.desk = replace(self.desk, founded=self.pool is not None)

    def case(self, key: CaseKey | None) -> Case | None:
        found = self._ids.get(key) if key else None
        return self._cases.get(found) if found else None

    def parts(self, session: Session | None, case: Case | None) -> tuple[Part, ...]:
        """What this session's keys have opened of a case; another's keys do not count."""
        return self._parts.get((session.member, case.id), ()) if session and case else ()

    def ordered(self, wish: Wanted, session: Session | None) -> tuple[tuple[Case, tuple[Part, ...]], ...]:
        """The cases that an export may hold, each with what this session's keys have opened of it."""
        found = (case for key in self._meant(wish) if (case := self.case(key)))
        return tuple((case, self.parts(session, case)) for case in found)

    def queue(self) -> tuple[Case, ...]:
        """Open and claimed cases, in no order."""
        return tuple(case for case in self._queue.values() if case.state in {CaseState.OPEN, CaseState.CLAIMED})

    def everything(self) -> tuple[Case, ...]:
        """All cases that are counted, if they were wanted."""
        return tuple(self._cases.get(id_, case) for id_, case in self._all.items())

    def held(self, member: MemberId) -> tuple[Case, ...]:
        """A member's claimed cases, all of them if they were wanted."""
        return tuple(
            case for case in self._cases.values() if member and (case.holder, case.state) == (member, CaseState.CLAIMED)
        )

    def recent(self) -> tuple[Advisory, ...]:
        """Those that were there when the batch began, as they are now."""
        return tuple(self.advisories[id_] for id_ in self._recent)

    def hidden(self, entries: Iterable[Entry]) -> dict[CaseId, tuple[str, ...]]:
        """From which communities the cases of these lines are kept, as far as they are there."""
        return {each.case: self._cases[each.case].hidden_from for each in entries if each.case in self._cases}

    def family(self, id_: AdvisoryId) -> tuple[Advisory, ...]:
        """The one to which a wanted advisory belongs, and all that changes its copies, as they are now."""
        return tuple(self.advisories[each] for each in self._families.get(id_, ()))

    def change(self, case: Case) -> None:
        """A changed or new header."""
        self._cases[case.id] = self._queue[case.id] = case

    def add_part(self, case: CaseId, part: Part) -> None:
        """A part shows at once to those who read the case in this batch."""
        for reading in [reading for reading in self._parts if reading[1] == case]:
            self._parts[reading] = (*self._parts[reading], part)

    def merge(self, gone: CaseId, into: CaseId) -> None:
        """Whoever means the one finds the other."""
        self._ids = {key: into if id_ == gone else id_ for key, id_ in self._ids.items()}
        self.erase(gone)

    def erase(self, case: CaseId) -> None:
        self._cases.pop(case, None)
        self._queue.pop(case, None)
        self._all.pop(case, None)

    def put_member(self, member: Member) -> None:
        self.people.put(member)

    def put_board(self, group: Board | None) -> None:
        self.desk = replace(self.desk, board=group)

    def put_export(self, export: Export | None) -> None:
        self.export = export

    def remove_member(self, member: MemberId) -> None:
        self.people.remove(member)

    async def search(
        self, connection: AsyncConnection, scribe: Scribe, search: Search, reader: Member, offset: Offset
    ) -> Found:
        """Lines of the audit chain, as if those that the reader may not see were not there. Raises VaultError."""
        case, member = self._ids.get(ByRef(search.ref)), called(search.member, self.people.everybody())
        if (search.ref and case is None) or (search.member and member is None):
            return Found()
        show = partial(self._shown, connection, scribe, reader)
        return await chain.search(connection, scribe, search, case, member.id if member else None, offset, show)

    async def opened(
        self, connection: AsyncConnection, scribe: Scribe, member: MemberId, reader: Member
    ) -> tuple[Seen, ...]:
        """What a member has opened, as far as the reader may know of it. Raises VaultError."""
        records = await self._shown(connection, scribe, reader, await chain.opened_by(connection, scribe, member))
        return tuple(Seen(each.case.ref if each.case else "", each.at) for each in records)

    async def _shown(
        self, connection: AsyncConnection, scribe: Scribe, reader: Member, records: Sequence[Record]
    ) -> list[Record]:
        known = await cases.there(connection, scribe, {each.entry.case for each in records if each.entry.case})
        found = (replace(each, case=known.get(each.entry.case)) for each in records)
        return [each for each in found if may_see(reader, each, self.people.everybody())]

    async def _load_keys(
        self, connection: AsyncConnection, scribe: Scribe, wishes: list[tuple[Wanted, Session | None]]
    ) -> None:
        """Open the desk's key for whoever is unlocked, and the parts that they want to read."""
        self.pool = await pool.current(connection, scribe)
        sessions = [session for _, session in wishes if session]
        await pool.open_pools(connection, scribe, self.pool, sessions)
        readings = [
            (session, self._ids[key])
            for wish, session in wishes
            for key in (*_read(wish), *self._meant(wish))
            if session and key in self._ids
        ]
        self._parts = await open_for(connection, scribe, readings, self.stored)
        self.show_shift()


def _read(wish: Wanted) -> tuple[CaseKey, ...]:
    """The cases whose parts are wanted."""
    return (*((wish.case,) if wish.parts and wish.case else ()), *(wish.cases if wish.beside else ()))


def _keys(wish: Wanted) -> tuple[CaseKey, ...]:
    return (*wish.cases, wish.case) if wish.case else wish.cases
