"""Cases: a header of enums, and parts that only people may read."""

from datetime import datetime
from enum import IntEnum, StrEnum

from handlers.model.conversation import Consent, ConsentId
from handlers.model.files import StoredFile
from handlers.model.ids import Address, CaseId, MemberId, PartId, Tagged, Token, Value
from handlers.model.sharing import Bundle, Given, Order, Passed, Share


class Level(IntEnum):
    """Urgency; a smaller number is more urgent."""

    P1 = 1
    P2 = 2
    P3 = 3
    P4 = 4


class CaseState(StrEnum):
    SILENT = "silent"
    """Of a check-in whose time has not come: nobody on the team may know of it."""
    OPEN = "open"
    CLAIMED = "claimed"
    CLOSED = "closed"


class Wait(Value, frozen=True):
    """What a case waits for: an answer, or (`idle`) that its holder does something (`handlers.clocks`).

    `since` counts its steps, of which so many are done; `due` is what was promised. `seen`: who wants no more pages.
    """

    since: datetime
    due: datetime
    idle: bool = False
    steps: int = 0
    seen: tuple[MemberId, ...] = ()


class Clearance(Value, frozen=True):
    """Who may know of a case (`handlers.permissions.cleared`): not the members of these communities (countries), not
    who stepped back from it (`without`), and when it is `restricted` only its holder and the admins.
    """

    hidden_from: tuple[str, ...] = ()
    without: tuple[MemberId, ...] = ()
    restricted: bool = False
    holder: MemberId = MemberId("")


class Offer(Value, frozen=True):
    """To whom its holder wants to hand a case over. Like every request it ends by itself (`handlers.waits`)."""

    to: MemberId
    until: datetime


class Lowering(Value, frozen=True):
    """A P1 is to become less urgent, as one member wishes; it waits for another's yes."""

    to: Level
    by: MemberId
    until: datetime


class Original(Value, frozen=True):
    """One member wants a file as it came; `allowed`: who has said yes. It counts for one sending."""

    file: PartId
    by: MemberId
    until: datetime
    allowed: MemberId = MemberId("")


Request = Offer | Lowering | Original | Share
"""What one member asks of another about a case."""


class Keeping(Value, frozen=True):
    """How long a closed case is kept (`handlers.keeping`): `held` on purpose, its address `cut` away, so many warnings
    sent (`warned`).
    """

    until: datetime
    held: bool = False
    warned: int = 0
    cut: bool = False


class Case(Value, frozen=True):
    """The header: enums and times only. Nothing that a person wrote, nothing that leads to a person.

    `hidden_from`, `stepped_back`, `restricted`: who may know of it (`clearance`). `offered`, `lowering`, `original`,
    `share`: what is asked of a colleague and not answered; `given`: to which partners it went; `exporting`: until when
    an export of it may wait. `second`: who handed it over last, and still reads along. `judged`: the level that the
    rules gave, once people have changed it. `agreed`: the optional consents that hold now, by `ConsentId`; how they
    came about is sealed in the parts.
    `category`: as its reporter chose it; empty when they have not.
    `aside`: came from a sender who is set aside, so that nobody is called for it.
    `in_time`: whether its first answer came in time (`handlers.waits`); None while it waits, or when none was wanted.
    `by_code`: its code was used, so it may be answered from several chats; `moved`: used since its holder last looked.
    `unlinked`: the address that it came from was erased, so where its reporter is comes anew with what they say.
    `keeping`: of a closed one, how long it is kept. `put_off`: how often its holder let it rest, since they answered it
    last or took it.
    """

    id: CaseId
    ref: str
    level: Level
    rules: tuple[str, ...]
    category: str
    origin: tuple[str, ...]
    host: str
    language: str
    program: str
    created: datetime
    state: CaseState = CaseState.OPEN
    holder: MemberId = MemberId("")
    told: CaseState = CaseState.OPEN
    unread: int = 0
    unreachable: bool = False
    closed: datetime | None = None
    outcome: str = ""
    hidden_from: tuple[str, ...] = ()
    stepped_back: tuple[MemberId, ...] = ()
    restricted: bool = False
    offered: "Offer | None" = None
    second: MemberId = MemberId("")
    judged: Level | None = None
    lowering: "Lowering | None" = None
    original: "Original | None" = None
    share: Share | None = None
    given: tuple[Given, ...] = ()
    exporting: datetime | None = None
    agreed: tuple[str, ...] = ()
    aside: bool = False
    by_code: bool = False
    moved: bool = False
    wait: Wait | None = None
    in_time: bool | None = None
    unlinked: bool = False
    keeping: "Keeping | None" = None
    put_off: int = 0
    revision: int = 0

    @property
    def kind(self) -> str:
        """The category that it is counted and worked on as: among the others, while its reporter has said none."""
        return self.category or "other"

    @property
    def clearance(self) -> Clearance:
        """Who may know of it."""
        holder = self.holder if self.restricted else MemberId("")
        return Clearance(self.hidden_from, self.stepped_back, self.restricted, holder)

    def is_meant(self, order: Order) -> bool:
        """Whether an export may hold it: of these months, given to this partner before, and sharing still agreed to."""
        went = any(each.partner == order.partner for each in self.given)
        return went and ConsentId.SHARE in self.agreed and order.first <= f"{self.created:%Y-%m}" <= order.last


class Story(Tagged, frozen=True):
    """The report as it was sent, or answers that completed it later."""

    answers: dict[str, tuple[str, ...]]
    words: tuple[str, ...] = ()


class Contact(Tagged, frozen=True):
    """How to reach the reporter, and the token for the buttons under our messages. The last one counts."""

    address: Address
    language: str
    token: Token = Token("")
    safe_word: str = ""


class Said(Tagged, frozen=True):
    """A later message of the reporter; or the new wording of an earlier one, which stays beside it."""

    text: str
    correction: bool = False


class Reply(Tagged, frozen=True):
    """A message of a responder to the reporter: their own words, or the id of a ready answer of the program."""

    text: str = ""
    ready: str = ""


class Unsent(Tagged, frozen=True):
    """An answer that its writer has seen and not sent; the fields of a `Reply`.

    The newest counts, unless an answer came after it; an empty one takes back what was written.
    """

    text: str = ""
    ready: str = ""


class Ticked(Tagged, frozen=True):
    """The lines of the category's checklist that are done; the newest counts."""

    lines: tuple[str, ...] = ()


class Note(Tagged, frozen=True):
    """A note for the people who work on the case."""

    text: str


class Levelled(Tagged, frozen=True):
    """A new level, wished for or in force, and why."""

    was: Level
    level: Level
    reason: str


class Linked(Tagged, frozen=True):
    """Another case that has to do with this one, by its reference."""

    ref: str


class Held(Tagged, frozen=True):
    """That a closed case is kept for longer, and why."""

    until: datetime
    reason: str


class Fact(Tagged, frozen=True):
    """Something that was done with the case, as the audit chain says it too (`handlers.model.Entry`)."""

    action: str
    detail: str = ""


class File(Tagged, frozen=True):
    """A file that came with the report or later."""

    file: StoredFile


class Plan(Tagged, frozen=True):
    """What the desk should do when a check-in was not answered. `reports`: references of its writer's reports."""

    text: str
    reports: tuple[str, ...] = ()


class CheckedIn(Tagged, frozen=True):
    """Its writer said OK after the time had passed."""


Body = (
    Story
    | Contact
    | Consent
    | Said
    | Reply
    | Unsent
    | Ticked
    | Note
    | File
    | Plan
    | CheckedIn
    | Levelled
    | Linked
    | Held
    | Fact
    | Bundle
    | Passed
)

REPORTER = "reporter"
"""The author of a part that came from the reporter; any other author is a member's id."""
CLOCK = "clock"
"""The actor of what nobody asked for: time."""


class Part(Value, frozen=True):
    """One sealed piece of a case."""

    id: PartId
    at: datetime
    author: str
    body: Body
