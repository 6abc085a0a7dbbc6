"""The unit of work: a batch of events of different chats, decided one after the other, committed together.

    async with database.batch(now) as batch:
        await batch.load(wanted, house)
        for unit in batch:
            batch.save(unit, decide(unit.event, batch.context(unit)))

Everything that the events need is read before the first is decided, everything that follows from them is written after
the last. In between the batch is the world: what one outcome changes, the next context shows. When anything raises,
nothing has happened; then take the events one by one, and `Database.fail` the one that cannot be carried out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import (
    Address,
    Choice,
    Context,
    Conversation,
    Edited,
    Entry,
    Event,
    Found,
    Invitation,
    Member,
    MemberId,
    Message,
    Outcome,
    Person,
    Role,
    Seen,
    Wanted,
)
from storage import chain, chats, inbox, ledger
from storage.consequences import Scene, carry_out
from storage.errors import Tampered, VaultError
from storage.house import House, Wants
from storage.inbox import Head
from storage.ledger import Known, Ledger
from storage.members import Roster, invitation_hash
from storage.panic import Order
from storage.records import UnknownRecord
from storage.scribe import Scribe
from storage.serial import days
from storage.sessions import Session, Sessions
from storage.shelf import Shelf
from storage.tables import Lane
from storage.view import View

SYSTEM = "system"
"""The actor of an audit line that nobody on the team asked for."""
_SPOKEN = (*chats.THEIRS, Choice, Edited)


@dataclass(slots=True, eq=False)
class Unit:
    """One event of one chat, with the conversation that it meets."""

    id: int
    chat: bytes
    address: Address
    event: Event
    conversation: Conversation
    revision: int
    urgent: bool
    banned: bool
    person: Person = field(init=False)
    wanted: Wanted = field(init=False)
    session: Session | None = None
    found: Found = field(default_factory=Found)
    opened: tuple[Seen, ...] = ()


class Batch:
    """Made by `Database.batch`. `units` are the oldest due events of different chats."""

    def __init__(
        self,
        connection: AsyncConnection,
        scribe: Scribe,
        sessions: Sessions,
        roster: Roster,
        shelf: Shelf,
        now: datetime,
    ) -> None:
        self._connection, self._scribe, self._sessions = connection, scribe, sessions
        self._roster, self._shelf = roster, shelf
        self._now = now
        self._ledger = Ledger()
        self.units: list[Unit] = []

    def __iter__(self) -> Iterator[Unit]:
        """The units in order; one whose speaker an earlier unit has changed waits for the next batch."""
        return (unit for unit in self.units if self._view.people.at(unit.address) == unit.person.member)

    def __len__(self) -> int:
        return len(self.units)

    @property
    def lanes(self) -> set[Lane]:
        """The lanes of the outbox that this batch adds to."""
        return {Lane(row["lane"]) for row in self._ledger.outbox}

    @property
    def erases(self) -> bool:
        """Whether a case is erased in this batch, or where its reporter is."""
        return bool(self._ledger.erased or self._ledger.unlinked)

    @property
    def locked(self) -> set[MemberId]:
        """Whose keys are forgotten in this batch."""
        return self._ledger.locked

    @property
    def ordered(self) -> Order | None:
        """That the server's keys be destroyed."""
        return self._ledger.ordered

    async def take(self, limit: int, only: int | None) -> None:
        """Lock and open the events; what can't be opened is set aside."""
        clock = self._scribe.serial.clock(self._now)
        broken = []
        for head in await inbox.heads(self._connection, limit, clock, only):
            try:
                self.units.append(self._opened(head))
            except (VaultError, UnknownRecord):
                broken.append(head.id)
        if broken:
            await inbox.set_aside(self._connection, broken)
            self._ledger.entries.append(Entry("unreadable.event", SYSTEM))

    async def load(self, wants: Wants, house: House) -> None:
        """Read everything that the units want, a few statements for all of them together. Raises VaultError."""
        self._house = house
        self._view = View(await self._roster.read(self._connection), house.desk)
        for unit in self.units:
            unit.person, unit.session = self._meet(unit)
            unit.wanted = wants(unit.event, unit.person, unit.conversation)
        wishes = [(unit.wanted, unit.session) for unit in self.units]
        await self._view.load(self._connection, self._scribe, self._shelf, wishes)
        for unit in self.units:
            await self._read_chain(unit)
        if any(unit.person.member for unit in self.units):
            await self._view.load_desk(self._connection, self._scribe)

    async def _read_chain(self, unit: Unit) -> None:
        """What a member looks for in the audit chain: for each reader another one."""
        reader, wanted = unit.person.member, unit.wanted
        if reader and wanted.search:
            looked_for = (wanted.search, reader, self._house.offset)
            unit.found = await self._view.search(self._connection, self._scribe, *looked_for)
        if reader and wanted.opened:
            unit.opened = await self._view.opened(self._connection, self._scribe, wanted.opened, reader)

    def context(self, unit: Unit) -> Context:
        """All that a handler may know about this unit, as the units before it left it."""
        wanted, view = unit.wanted, self._view
        case = view.case(wanted.case)
        return Context(
            now=self._now,
            new_id=self._house.new_id,
            program=self._house.program,
            person=unit.person,
            conversation=unit.conversation,
            desk=view.desk,
            case=case,
            cases={key: found for key in wanted.cases if (found := view.case(key))},
            parts=view.parts(unit.session, case) if wanted.parts else (),
            beside={key: view.parts(unit.session, view.case(key)) for key in wanted.cases} if wanted.beside else {},
            queue=view.queue() if wanted.queue else (),
            team=view.people.everybody() if wanted.team else (),
            open_since=self._sessions.open_since(self._now) if wanted.team else {},
            held=view.held(wanted.held),
            opened=unit.opened,
            found=unit.found,
            invitation=self._invitation(wanted.invitation),
            invitations=tuple(view.invitations.values()) if wanted.invitations else (),
            advisory=view.advisories.get(wanted.advisory),
            corrected=next(iter(view.family(wanted.advisory)), None),
            corrections=view.family(wanted.advisory)[1:],
            advisories=view.recent() if wanted.advisories else (),
            everything=view.everything() if wanted.figures else (),
            kept=view.kept if wanted.figures else (),
            export=view.export if wanted.export else None,
            ordered=view.ordered(wanted, unit.session),
            released=view.released.get(wanted.quarter),
            forgotten=wanted.quarter in view.forgotten,
            label=partial(self._label, unit.conversation.language),
            offset=self._house.offset,
        )

    def _invitation(self, secret: str) -> Invitation | None:
        return self._view.invitations.get(invitation_hash(self._scribe, secret)) if secret else None

    def _label(self, language: str, message: Message) -> str:
        return self._house.label(message, language)

    def save(self, unit: Unit, outcome: Outcome) -> None:
        """Take an outcome into the batch. What it raises is for the whole batch: nothing of it is written then.

        Raises Locked, NotFounded, NoSuchMember, NotAKey, NoRecoveryKey.
        """
        self._save_chat(unit, outcome.conversation)
        hidden = self._view.hidden(outcome.audit)  # what is erased is not there afterwards
        for case in (*outcome.cases, outcome.case):
            if case is not None:
                self._view.change(case)
                self._ledger.changed[case.id] = case
        scene = self._scene(unit, outcome.conversation or unit.conversation)
        for effect in outcome.effects:
            carry_out(scene, effect)
        hidden |= self._view.hidden(outcome.audit)
        self._ledger.entries.extend(replace(each, hidden_from=hidden.get(each.case, ())) for each in outcome.audit)

    async def flush(self) -> None:
        """Write it all. Raises VaultError, ChangedMeanwhile, and what the database raises."""
        if not self._ledger.finished:
            await chain.append(self._connection, self._scribe, self._ledger.entries, self._now)
            return
        known = Known(self._view.people, self._view.stored, self._view.advised)
        await ledger.write(self._connection, self._scribe, self._ledger, known, self._now)

    def _opened(self, head: Head) -> Unit:
        """Raises VaultError, UnknownRecord."""
        address, event = inbox.opened(self._scribe, head)
        if self._scribe.chat(address) != head.chat:
            raise Tampered  # the seal names the event, not the chat that the row was put under
        conversation = self._remembered(head)
        banned = head.banned is not None and head.banned >= days(self._now)
        return Unit(head.id, head.chat, address, event, conversation, head.revision, bool(head.urgent), banned)

    def _remembered(self, head: Head) -> Conversation:
        """A conversation that can't be opened is a new one, so that the person can go on; the chain says so."""
        try:
            return chats.conversation(self._scribe, head.chat, head.conversation, head.revision)
        except VaultError:
            self._ledger.entries.append(Entry("unreadable.conversation", SYSTEM))
            return Conversation()

    def _meet(self, unit: Unit) -> tuple[Person, Session | None]:
        address = unit.address
        member, door = self._view.people.at(address), self._house.door(address)
        if member is None:
            return Person(address, door, banned=unit.banned), None
        if isinstance(unit.event, _SPOKEN):
            self._sessions.touch(member.id, self._now)
        if not member.active:
            self._sessions.lock(member.id)
        session = self._sessions.of(member.id, self._now)
        return Person(address, door, _role(member), member, session is not None), session

    def _save_chat(self, unit: Unit, conversation: Conversation | None) -> None:
        book = self._ledger
        book.finished.append(unit.id)
        book.conversations.append(chats.changed(self._scribe, unit.chat, conversation, unit.revision + 1, self._now))
        if conversation is None:
            book.forgotten.append(unit.chat)
        message = chats.theirs(unit.event)
        if message:
            book.messages.append(chats.message_row(self._scribe, unit.address, message, self._now))

    def _scene(self, unit: Unit, conversation: Conversation) -> Scene:
        return Scene(
            scribe=self._scribe,
            ledger=self._ledger,
            view=self._view,
            sessions=self._sessions,
            session=unit.session,
            now=self._now,
            offset=self._house.offset,
            address=unit.address,
            conversation=conversation,
            urgent=unit.urgent,
        )


def _role(member: Member) -> Role:
    """What they are now; `Member.role` is what they are when they are active."""
    if member.active:
        return member.role
    return Role.NEWCOMER if member.barred is None else Role.SUSPENDED
