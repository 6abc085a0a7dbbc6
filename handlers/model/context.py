"""What a rule may know, and what it answers."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct, field

from handlers.model.advisories import Advisory
from handlers.model.cases import Case, Part
from handlers.model.conversation import Conversation, Search
from handlers.model.counted import Counted, Figures
from handlers.model.effects import Effect
from handlers.model.ids import Address, AdvisoryId, CaseId, MemberId, Token, Value
from handlers.model.people import Board, Door, Invitation, Member, Role
from handlers.model.sharing import Export, Order, Partner
from handlers.model.words import Message
from handlers.program import Program


class Entry(Value, frozen=True):
    """One line of the audit chain: who did what to which case. Never content.

    `hidden_from`: as the case's, written by the memory; it counts once the case is gone.
    """

    action: str
    actor: str
    case: CaseId = CaseId("")
    detail: str = ""
    hidden_from: tuple[str, ...] = ()


class Seen(Value, frozen=True):
    """A case that a member has opened, and on which day. The reference is empty when the case is gone."""

    ref: str
    day: datetime


class Rekeying(Value, frozen=True):
    """How far the granting anew has come (`Rekey`): running, paused until somebody unlocks, or done."""

    state: str
    moved: int = 0
    left: int = 0


class Record(Value, frozen=True):
    """One line of the audit chain as it is shown. `case` is None when the entry names none, or one that is gone."""

    number: int
    at: datetime
    entry: Entry
    case: Case | None = None


class Found(Value, frozen=True):
    """Lines of the audit chain that the reader may see, the newest first. `older`: a search may go on before this
    number; 0 at the end.
    """

    records: tuple[Record, ...] = ()
    older: int = 0


class Person(Value, frozen=True):
    """Who is speaking. `unlocked`: their keys are open in this process. `banned`: what they report is set aside."""

    address: Address
    door: Door = Door.BOTH
    role: Role = Role.REPORTER
    member: Member | None = None
    unlocked: bool = False
    banned: bool = False


class Desk(Value, frozen=True):
    """The house as the core may see it: settings in force and the state of the shift."""

    organisation: str
    languages: tuple[str, ...]
    retention_days: int = 90
    backup_days: int = 30
    partners: tuple[Partner, ...] = ()
    recovery: bool = False
    read_hours: int = 12
    idle_minutes: int = 15
    max_file_mb: int = 20
    founded: bool = False
    bot: str = ""
    staff_bot: str = ""
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    subscribers: dict[str, int] = field(default_factory=dict)
    advisories: int = 0
    audit_head: str = ""
    countries: dict[str, str] = field(default_factory=dict)
    rekeying: Rekeying | None = None
    zones: dict[str, str] = field(default_factory=dict)
    country_zones: dict[str, tuple[str, ...]] = field(default_factory=dict)
    board: Board | None = None


Offset = Callable[[str, datetime], timedelta]
"""How far a time zone is ahead of UTC at a time: its rules are the world's, not ours, and change."""


class Context(Struct, frozen=True):
    """All that a handler may know. `new_id` gives 128 fresh random bits as 22 URL-safe characters; `label` says how a
    short message reads in the speaker's language, so that what was typed can be compared with it; `offset` how far a
    time zone is ahead of UTC at a time. `corrected`: the one whose copies `advisory` changes, or itself; `corrections`:
    all that has changed the copies of that, in order, or is to.
    """

    now: datetime
    new_id: Callable[[], str]
    program: Program
    person: Person
    conversation: Conversation
    desk: Desk
    case: Case | None = None
    cases: "Mapping[CaseKey, Case]" = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    beside: "Mapping[CaseKey, tuple[Part, ...]]" = field(default_factory=dict)
    queue: tuple[Case, ...] = ()
    team: tuple[Member, ...] = ()
    open_since: Mapping[MemberId, datetime] = field(default_factory=dict)
    held: tuple[Case, ...] = ()
    opened: tuple[Seen, ...] = ()
    found: Found = Found()
    invitation: Invitation | None = None
    invitations: tuple[Invitation, ...] = ()
    advisory: Advisory | None = None
    corrected: Advisory | None = None
    corrections: tuple[Advisory, ...] = ()
    advisories: tuple[Advisory, ...] = ()
    everything: tuple[Case, ...] = ()
    kept: tuple[Counted, ...] = ()
    export: Export | None = None
    ordered: tuple[tuple[Case, tuple[Part, ...]], ...] = ()
    released: Figures | None = None
    forgotten: bool = False
    label: Callable[[Message], str] = lambda message: message.id
    offset: Offset = lambda zone, at: timedelta()

    @property
    def me(self) -> Member:
        """The speaking member. Only routes whose action no reporter has may ask."""
        if self.person.member is None:
            raise LookupError("a route for members was taken by somebody who is none")
        return self.person.member

    @property
    def known_case(self) -> Case:
        """The case in question. Only routes whose action needs one may ask."""
        if self.case is None:
            raise LookupError("a route that needs a case was taken without one")
        return self.case

    @property
    def headers(self) -> "dict[CaseId, Case]":
        """The cases at hand, as they were before."""
        ordered = (case for case, _ in self.ordered)
        found = (*self.cases.values(), *self.held, *ordered, self.case)
        return {each.id: each for each in found if each}


class Outcome(Struct, frozen=True):
    """What follows from an event. `conversation` None forgets the chat; `case` is the changed header, if it changed.

    `cases`: other headers that changed.
    """

    conversation: Conversation | None
    effects: tuple[Effect, ...] = ()
    case: Case | None = None
    audit: tuple[Entry, ...] = ()
    cases: tuple[Case, ...] = ()


class ById(Value, frozen=True):
    id: CaseId


class ByToken(Value, frozen=True):
    token: Token


class ByRef(Value, frozen=True):
    ref: str


class ByCode(Value, frozen=True):
    """A reporter's code, stretched."""

    stretched: str


class ByHolder(Value, frozen=True):
    """The one case that a member holds. Whoever holds several must say which."""

    member: MemberId


CaseKey = ById | ByToken | ByRef | ByCode | ByHolder


class Wanted(Struct, frozen=True):
    """What must be in the context before a handler is called. `parts` are only ever opened for an unlocked member.

    `cases`: further ones, beside the one that the event is about; `beside`: their parts too. `held`: a member's claimed
    cases, all of them. `opened`: what the audit chain says that a member has opened. `search`: lines of it.
    `invitation`: the one of this secret; `invitations`: all of them. `advisories`: those that are not over, and the
    last ten of all. `figures`: the headers of all cases that are counted (`Context.everything`), and what was kept of
    those that are gone (`Context.kept`). `export`: the one that waits; `order`: the cases that one may hold, with their
    parts (`Context.ordered`). `quarter`: what was said of it already, if anything (`Context.released`);
    or that it may have been, before a restore (`Context.forgotten`).
    """

    case: CaseKey | None = None
    cases: tuple[CaseKey, ...] = ()
    parts: bool = False
    beside: bool = False
    queue: bool = False
    team: bool = False
    held: MemberId = MemberId("")
    opened: MemberId = MemberId("")
    search: Search | None = None
    invitation: str = ""
    invitations: bool = False
    figures: bool = False
    advisory: AdvisoryId = AdvisoryId("")
    advisories: bool = False
    export: bool = False
    order: Order | None = None
    quarter: str = ""
