"""What is said, changed and taken away in chats; what is sent to them, fetched from them, and timed."""

from datetime import datetime

from handlers.model.counted import Chart, Release
from handlers.model.effects.audiences import Audience
from handlers.model.events import Attachment
from handlers.model.files import StoredFile
from handlers.model.ids import Address, CaseId, MessageRef, PartId, Tagged
from handlers.model.people import Role
from handlers.model.sharing import Partner
from handlers.model.words import Message


class Send(Tagged, frozen=True):
    """Say something new. `slot` names the message so that a later `Edit` (the newest of it) or `Withdraw` finds it.

    `about` brings an `Undelivered` back to that case. `urgent` goes first. `volatile` is never readable on disk after
    this process has ended: for passphrases. `together` is the id of what is said once, with their number, instead of
    many such messages that wait for the same reader. `patient`: nobody has to see it in order to go on; in a crowd it
    lets others go first. `wakes`: rings in a member's quiet hours too; what doesn't, arrives without a sound then
    (`silent`, which is set when the effect is carried out).
    """

    to: Audience
    message: Message
    slot: str = ""
    language: str = ""
    about: CaseId = CaseId("")
    urgent: bool = False
    volatile: bool = False
    together: str = ""
    patient: bool = False
    wakes: bool = False
    silent: bool = False


class Edit(Tagged, frozen=True):
    """Change what was said: the message in `slot`, or `target`. Without either known, nothing happens.

    `urgent` goes first, among the urgent ones in order.
    """

    to: Audience
    message: Message
    slot: str = ""
    target: MessageRef = MessageRef("")
    language: str = ""
    patient: bool = False
    urgent: bool = False


class Delete(Tagged, frozen=True):
    """Take messages away, ours or theirs, as far as the messenger lets us. `urgent` goes first."""

    to: Address
    messages: tuple[MessageRef, ...]
    urgent: bool = False


class Clear(Tagged, frozen=True):
    """Take away every message of this chat that we know of.

    `urgent` as what is said around it: nothing of that chat may overtake it and be taken away too, or stay behind it.
    """

    to: Address
    urgent: bool = False


class Keep(Tagged, frozen=True):
    """Give a message of theirs, in the chat that speaks, a name."""

    message: MessageRef
    slot: str


class Withdraw(Tagged, frozen=True):
    """Take away every message of this name, ours or theirs, as far as the messenger lets us."""

    to: Audience
    slot: str


class SendFile(Tagged, frozen=True):
    """Send a file of a case to a member, opened on the way: a copy without metadata, or the original as it came.

    `part` names the file within the case, `name` is what we call it, without an ending. What can't be cleaned or sent
    comes back as `Uncleaned`.
    """

    to: Audience
    file: StoredFile
    about: CaseId = CaseId("")
    part: PartId = PartId("")
    name: str = ""
    cleaned: bool = True
    slot: str = ""


class SendBundle(Tagged, frozen=True):
    """Seal what was chosen of a case to a partner's key, and send the file to the member who will pass it on.

    `content`: bundle.json as it was agreed to; `summary`: the same, to be worded in the partner's language. Nothing is
    sent when the reporter has taken their consent back meanwhile.
    """

    to: Address
    case: CaseId
    partner: Partner
    content: str
    summary: Message
    name: str
    slot: str


class SendExport(Tagged, frozen=True):
    """Seal rows of several cases, or figures, to a partner's key, and send the file to the admin who will pass it on.

    `rows`: what each of `cases` adds (`Passed.content`). Nothing is sent when one of their reporters has taken their
    consent back meanwhile. `figures`: what is said instead, marked with `tlp`.
    """

    to: Address
    partner: Partner
    name: str
    slot: str
    cases: tuple[CaseId, ...] = ()
    rows: tuple[str, ...] = ()
    figures: Release | None = None
    tlp: str = ""


class Picture(Tagged, frozen=True):
    """Send figures to an admin as a picture that is drawn on the way, with the same in words below it.

    `instead`: the message that goes once it has come.
    """

    to: Address
    chart: Chart
    message: Message
    instead: MessageRef = MessageRef("")


class Download(Tagged, frozen=True):
    """Fetch a file and seal it. Comes back as `Downloaded`. `case` is set when it belongs to a sent report."""

    source: Attachment
    case: CaseId = CaseId("")


class SetTimer(Tagged, frozen=True):
    """Bring `Timer(name, about)` back at a time: to this chat, or to a case's own (`handlers.clocks.chat`).

    The same chat, name and subject replace the earlier one. `urgent`: in a crowd it goes first.
    """

    name: str
    at: datetime
    about: str = ""
    urgent: bool = False
    to: Address = Address("")


class SetMenu(Tagged, frozen=True):
    """Show this role's commands in this chat's command menu; without a role, what everybody is shown."""

    to: Address
    role: Role | None
    language: str


InChats = (
    Send
    | Edit
    | Delete
    | Clear
    | Keep
    | Withdraw
    | SendFile
    | SendBundle
    | SendExport
    | Picture
    | Download
    | SetTimer
    | SetMenu
)
