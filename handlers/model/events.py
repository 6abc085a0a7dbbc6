"""Events: all that comes back from the world."""

from datetime import datetime

from handlers.model.files import FileKind, StoredFile, Uncleanable
from handlers.model.ids import Address, CaseId, FileRef, MemberId, MessageRef, PartId, PromptId, Tagged, Token


class Command(Tagged, frozen=True):
    """A slash command, without the slash and without the bot's name.

    `tongue`: the language that the messenger guesses. It is offered first, once, and kept nowhere.
    """

    name: str
    args: str = ""
    message: MessageRef = MessageRef("")
    reply: Token = Token("")
    tongue: str = ""


class Text(Tagged, frozen=True):
    """Words that somebody typed. `reply` is the token in the keyboard of the message that they answered."""

    text: str
    message: MessageRef = MessageRef("")
    reply: Token = Token("")


class Choice(Tagged, frozen=True):
    """A pressed button. `message` is the message that carries it."""

    verb: str
    arg: str = ""
    prompt: PromptId = PromptId("")
    message: MessageRef = MessageRef("")


class Attachment(Tagged, frozen=True):
    """A file that waits at the messenger. Its name and type are the sender's claim, nothing more. Size in bytes."""

    kind: FileKind
    file: FileRef
    size: int = 0
    name: str = ""
    mime: str = ""
    caption: str = ""
    message: MessageRef = MessageRef("")
    reply: Token = Token("")


class Location(Tagged, frozen=True):
    """A shared place: the countries that it may lie in, the likeliest first. `live`: it goes on moving.

    `point` is the place itself, in degrees. Like a passphrase it does not outlast the process in the inbox.
    """

    message: MessageRef = MessageRef("")
    countries: tuple[str, ...] = ()
    point: str = ""
    live: bool = False


class InGroup(Tagged, frozen=True):
    """What somebody did in a group: a command meant for us, or a press on a card of ours. Never other words of theirs.

    It comes from their own chat, so that it is decided as theirs and answered there. `name`: of the command, or the
    verb of the button. `address` and `group` as in `Board`.
    """

    name: str
    arg: str = ""
    address: Address = Address("")
    group: Address = Address("")
    message: MessageRef = MessageRef("")


class Moved(Tagged, frozen=True):
    """This chat goes on at another address."""

    to: Address


class Edited(Tagged, frozen=True):
    """Somebody changed the words of an earlier message."""

    text: str
    message: MessageRef


class Timer(Tagged, frozen=True):
    """A time that we asked for has come: `at`, by a clock that was not set back meanwhile."""

    name: str
    about: str = ""
    at: datetime | None = None


class Downloaded(Tagged, frozen=True):
    """A file was fetched and sealed, or could not be (`file` is None and `fault` says why: large, gone, empty)."""

    source: Attachment
    file: StoredFile | None = None
    fault: str = ""
    case: CaseId = CaseId("")


class Uncleaned(Tagged, frozen=True):
    """No copy without metadata could be made of a case's file, or it could not be sent. `file` is its part."""

    case: CaseId
    file: PartId
    reason: Uncleanable


class Undelivered(Tagged, frozen=True):
    """A message could not be delivered for good (reason: blocked, gone, rejected); or no message can any more, because
    we were put out of a group (removed) or its topic was closed (closed).
    """

    reason: str
    about: CaseId = CaseId("")


class Unreadable(Tagged, frozen=True):
    """Something that has no other event: a sticker, a poll, an update that could not be understood."""

    what: str = ""
    message: MessageRef = MessageRef("")


class Enrolled(Tagged, frozen=True):
    """A newcomer's key pair is made. The passphrase is shown once and kept nowhere."""

    member: MemberId
    public: bytes
    wrap: bytes
    fingerprint: tuple[str, ...]
    passphrase: str


class Rewrapped(Tagged, frozen=True):
    """A member's key under a new passphrase, which is shown once and kept nowhere. Empty when the keys had closed."""

    member: MemberId
    wrap: bytes = b""
    passphrase: str = ""


class Stretched(Tagged, frozen=True):
    """What became of a code (`Stretch`): of a new case's, or of a typed one when `case` is empty."""

    stretched: str
    case: CaseId = CaseId("")


class Unlocked(Tagged, frozen=True):
    """The answer to an `Unlock`: open until the given time, or None when the passphrase was wrong."""

    member: MemberId
    until: datetime | None = None


Event = (
    Command
    | Text
    | Choice
    | Attachment
    | Location
    | InGroup
    | Moved
    | Edited
    | Timer
    | Downloaded
    | Uncleaned
    | Undelivered
    | Unreadable
    | Enrolled
    | Rewrapped
    | Stretched
    | Unlocked
)
