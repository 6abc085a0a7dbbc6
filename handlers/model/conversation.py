"""One chat: where it stands, and what it holds until it is sent."""

from datetime import datetime
from enum import StrEnum

from msgspec import field
from msgspec.structs import replace

from handlers.model.advisories import Scope, Subscribed
from handlers.model.files import StoredFile
from handlers.model.ids import AdvisoryId, CaseId, MessageRef, PromptId, Tagged, Token, Value
from handlers.model.people import Board, Invitation


class Step(StrEnum):
    """Where a chat stands. What is not a step here has no memory."""

    NEW = "new"
    LANGUAGE = "language"
    CONSENT = "consent"
    FORM = "form"
    REVIEW = "review"
    HOME = "home"
    FOLLOW = "follow"
    CODE = "code"
    CHECKIN = "checkin"
    CLOCK = "clock"
    PLAN = "plan"
    SAFE = "safe"
    SUBSCRIBE = "subscribe"
    ERASE = "erase"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a step
    REPLY = "reply"
    ANSWER = "answer"
    NOTE = "note"
    CLOSE = "close"
    ZONE = "zone"
    ADVISE = "advise"
    PREVIEW = "preview"
    HAND_OVER = "handover"
    STEP_BACK = "stepback"
    LEVEL = "level"
    LINK = "link"
    MERGE = "merge"
    INVITE = "invite"
    BOARD = "board"
    KEEP = "keep"
    REFUSE = "refuse"
    SHARE = "share"
    SHARE_NO = "shareno"
    PANIC = "panic"
    EXPORT = "export"


class ConsentId(StrEnum):
    """The four decisions (`handlers.consent`). The optional ones are ids of questions of the form."""

    STORE = "store"
    SHARE = "share"
    STATISTICS = "statistics"
    REPLY = "reply_here"


class Consent(Tagged, frozen=True):
    """One decision: text version, language and day. Nothing else about the moment is kept.

    `partners`: whom the text named (`Partner.id`), when it was about sharing.
    """

    id: ConsentId
    given: bool
    version: str
    language: str
    day: str
    partners: tuple[str, ...] = ()


class Passage(Value, frozen=True):
    """One message of somebody's own words; an edit in the messenger finds it by `message`."""

    message: MessageRef
    text: str


class Draft(Value, frozen=True):
    """A report that has not been sent. It is gone after 24 h of silence. `waiting`: files that are being fetched.

    `warned`: its writer was told once of traces in their words. `completes`: the sent report that it adds answers to.
    `consents`: the decisions among the answers, by question. `exact`: the next location is kept to the point.
    """

    program: str
    answers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    words: tuple[Passage, ...] = ()
    files: tuple[StoredFile, ...] = ()
    question: str = ""
    changing: bool = False
    waiting: tuple[MessageRef, ...] = ()
    warned: bool = False
    completes: Token = Token("")
    consents: dict[str, Consent] = field(default_factory=dict)
    exact: bool = False


class AdvisoryDraft(Value, frozen=True):
    """An advisory being written: language -> text, and its audience. `part` of that is being chosen.

    `at`: when it is to go out; None as soon as it is approved. `of`, `drop`: see `Advisory`.
    """

    texts: dict[str, str] = field(default_factory=dict)
    language: str = ""
    scope: Scope = Scope()
    part: str = ""
    at: datetime | None = None
    of: AdvisoryId = AdvisoryId("")
    drop: bool = False


class CheckIn(Value, frozen=True):
    """A time at which the desk is told, unless its writer says OK before. The plan is sealed in a silent case.

    `quiet`: the chat was cleared in a hurry, so nothing about it is said there. `passed`: the desk was told.
    `zone`: of its writer's clock (`handlers.model.Hours`), if it was set by that; it is known nowhere else.
    """

    case: CaseId
    token: Token
    due: datetime
    quiet: bool = False
    passed: bool = False
    zone: str = ""


class Search(Value, frozen=True):
    """Which lines of the audit chain are looked for; an empty part stands for any.

    `member`: an id, or a call name as it was typed. `day`: ISO 8601, by the clock of `zone` (`Hours.zone`).
    `before`: only lines with smaller numbers.
    """

    action: str = ""
    member: str = ""
    ref: str = ""
    day: str = ""
    before: int = 0
    zone: str = "UTC"


class PanicAsked(Value, frozen=True):
    """The number that destroys the server's keys when it is typed in time (`handlers.office.panic`)."""

    number: str
    until: datetime


Rank = tuple[int, datetime, datetime, CaseId]
"""Where a case stands in the queue: level, due time, time of arrival, id."""


class Listing(Value, frozen=True):
    """The page of the queue that a member looks at: what it is narrowed to, and the ranks of its first and last case.

    The next page begins after that last rank, whatever has come or gone meanwhile.
    """

    only: dict[str, str] = field(default_factory=dict)
    first: Rank | None = None
    last: Rank | None = None


class Conversation(Value, frozen=True):
    """All that is remembered of one chat.

    `held` keeps words that came unasked, so that none are lost; `late` names files of the last report that were still
    being fetched when it was sent. `said` leads from a message that was sent on to its report, so that an edit becomes
    a correction. `tidy`: the chat is cleared whenever something is finished. `tries` and `tried`: codes looked up since
    one was right, and when the last was. `wish`: which advisories are being chosen. `missed`: the case on which a
    message could not be delivered here. `reading`: cases whose contents stand in a member's chat. `alarmed`: spoke of
    danger before consenting to anything. `search`: what an admin looks for in the audit chain. `checkin`: the one that
    runs, or that has passed and was not answered. `listing`: the page of the queue. `chosen`: what was chosen of the
    case in `focus` before words are asked for: to whom it goes, its new level, what becomes part of it, or until
    which day it is kept; or which bytes of an export were looked at. `inviting`: the invitation that is being put
    together. `board`: the group that an admin is asked about. `panic`: what they must type to destroy the keys.
    """

    language: str = ""
    step: Step = Step.NEW
    prompt: PromptId = PromptId("")
    consent: Consent | None = None
    draft: Draft | None = None
    tokens: tuple[Token, ...] = ()
    held: tuple[Passage, ...] = ()
    focus: str = ""
    advisory: AdvisoryDraft | None = None
    late: tuple[MessageRef, ...] = ()
    missed: CaseId = CaseId("")
    said: dict[MessageRef, Token] = field(default_factory=dict)
    tidy: bool = False
    safe_word: str = ""
    tries: int = 0
    tried: datetime | None = None
    alarmed: bool = False
    subscribed: Subscribed | None = None
    wish: Scope = Scope()
    reading: tuple[CaseId, ...] = ()
    checkin: CheckIn | None = None
    search: Search = Search()
    listing: Listing = Listing()
    chosen: str = ""
    inviting: Invitation | None = None
    board: Board | None = None
    panic: PanicAsked | None = None

    @property
    def watched(self) -> bool:
        """Whether a check-in runs."""
        return self.checkin is not None and not self.checkin.passed

    @property
    def hushed(self) -> "Conversation | None":
        """What is left of a chat that is forgotten at once: a check-in that runs goes on, silently."""
        going_on = self.checkin if self.watched else None
        return Conversation(checkin=replace(going_on, quiet=True, zone="")) if going_on else None

    @property
    def blank(self) -> bool:
        """Whether the chat was forgotten, so that nothing may appear in it any more."""
        return replace(self, checkin=None) == Conversation()
