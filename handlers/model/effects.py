"""Effects: all that a rule may ask of the world."""

from datetime import datetime

from handlers.model.advisories import Advisory, Scope
from handlers.model.cases import Case, Clearance, Part
from handlers.model.counted import Chart
from handlers.model.events import Attachment
from handlers.model.files import StoredFile
from handlers.model.ids import Address, BlobId, CaseId, MemberId, MessageRef, PartId, Tagged, Token
from handlers.model.people import Board, Invitation, Member, Role
from handlers.model.sharing import Partner
from handlers.model.words import Message
from handlers.program import Circle


class OnDuty(Tagged, frozen=True):
    """Everybody on shift, of those who may know of a case (`handlers.permissions.cleared`).

    Like every audience, looked up when the effect is carried out, never in a handler.
    """

    clearance: Clearance = Clearance()


class Team(Tagged, frozen=True):
    """Every active member, of those who may know of a case."""

    clearance: Clearance = Clearance()


class Admins(Tagged, frozen=True):
    """Every active admin."""


class Called(Tagged, frozen=True):
    """Whom a case that waits calls, each once: those of these circles who may know of it, besides some.

    Those who have `seen` it want no more pages. When the circles mean nobody but its holder, the admins are called, and
    when none of them may know of it, everybody who may. `case` and `language` find the second responder.
    """

    circles: tuple[Circle, ...]
    clearance: Clearance = Clearance()
    holder: MemberId = MemberId("")
    seen: tuple[MemberId, ...] = ()
    case: CaseId = CaseId("")
    language: str = ""


class Staff(Tagged, frozen=True):
    """One member, wherever they can be reached."""

    member: MemberId


Audience = Address | Staff | OnDuty | Called | Team | Admins


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


class Enrol(Tagged, frozen=True):
    """Make a key pair and a passphrase. Comes back as `Enrolled`."""

    member: MemberId


class Rewrap(Tagged, frozen=True):
    """Make a new passphrase for a member's own key, out of their open keys. Comes back as `Rewrapped`."""

    member: MemberId


class Unlock(Tagged, frozen=True):
    """Try a passphrase. Comes back as `Unlocked`."""

    member: MemberId
    passphrase: str


class Lock(Tagged, frozen=True):
    """Forget the keys of a member at once."""

    member: MemberId


class OpenCase(Tagged, frozen=True):
    """A new case: its own key pair, granted to the pool; its parts sealed to it; its token kept as a hash."""

    case: Case
    parts: tuple[Part, ...]
    token: Token


class Stretch(Tagged, frozen=True):
    """Make a code slow to guess: a typed one, or that of a new case. Comes back as `Stretched`.

    A typed one does not outlast the process: if it is lost, it is typed again. That of a new case does.
    """

    code: str
    case: CaseId = CaseId("")


class KeepCode(Tagged, frozen=True):
    """A case's code leads to it from now on. Only what stretching made of it is kept, as a hash."""

    case: CaseId
    stretched: str


class KeepToken(Tagged, frozen=True):
    """One more token that leads to a case: for a chat that came back by the code."""

    case: CaseId
    token: Token


class Seal(Tagged, frozen=True):
    """Add a part to a case."""

    case: CaseId
    part: Part


class Merge(Tagged, frozen=True):
    """One case becomes part of another: its parts go there with their files, and whatever led to it leads there.

    `ref` is the reference of the one that is gone. The parts need new ids.
    """

    into: CaseId
    gone: CaseId
    ref: str
    parts: tuple[Part, ...]


class Erase(Tagged, frozen=True):
    """Remove a case: parts, grants, secrets and files. A line in the audit chain remains."""

    case: CaseId


class Unlink(Tagged, frozen=True):
    """Remove from a case where its reporter can be reached. What leads from them to it stays: their code."""

    case: CaseId


class Discard(Tagged, frozen=True):
    """Remove sealed files that no case will hold."""

    blobs: tuple[BlobId, ...]


class Ban(Tagged, frozen=True):
    """Set aside what this sender reports, until a time; None hears them again."""

    sender: Address
    until: datetime | None


class Invite(Tagged, frozen=True):
    """Keep an invitation under the keyed hash of its secret."""

    invitation: Invitation
    secret: str


class KeepInvitation(Tagged, frozen=True):
    """An invitation has changed: it ended, or was tried after its end. Found by its id."""

    invitation: Invitation


class PutMember(Tagged, frozen=True):
    """Add or change a member."""

    member: Member


class RemoveMember(Tagged, frozen=True):
    """A newcomer who was refused is forgotten. Active members are revoked, never just removed."""

    member: MemberId


class PutBoard(Tagged, frozen=True):
    """The team's group from now on; None when there is none any more."""

    board: Board | None


class FoundPool(Tagged, frozen=True):
    """Make the desk's first key pair and grant it to the founding admin and to recovery."""

    member: MemberId


class GrantPool(Tagged, frozen=True):
    """Grant the desk's key to a member. Needs the acting member to be unlocked."""

    member: MemberId


class Ungrant(Tagged, frozen=True):
    """The desk's key is no longer granted to a member. Until it is again, their own key opens nothing."""

    member: MemberId


class Rekey(Tagged, frozen=True):
    """A new key pair for the desk: this member's grants end, everybody else who is active gets the new one.

    New cases go to it at once. What was sealed to the old one is granted anew afterwards, in steps, while somebody is
    unlocked.
    """

    member: MemberId


class Subscribe(Tagged, frozen=True):
    """Keep an address and what its person wants, sealed to the desk, for advisories in a language.

    It takes the place of the subscription of this token; with `replaces`, of every earlier one of this address.
    """

    address: Address
    language: str
    token: Token
    scope: Scope = Scope()
    safe_word: str = ""
    replaces: bool = False


class Unsubscribe(Tagged, frozen=True):
    """Stop advisories: by the token of a subscription, or for a whole address.

    Both hold at once. The address's subscriptions are sealed, and so deleted only when somebody is unlocked.
    """

    token: Token = Token("")
    address: Address = Address("")


class Advise(Tagged, frozen=True):
    """Keep an advisory as it is now: a new one, or one in another state. One that runs goes out."""

    advisory: Advisory


Effect = (
    Send
    | Edit
    | Delete
    | Clear
    | Keep
    | Withdraw
    | SendFile
    | SendBundle
    | Picture
    | Download
    | SetTimer
    | SetMenu
    | Enrol
    | Rewrap
    | Unlock
    | Lock
    | OpenCase
    | Stretch
    | KeepCode
    | KeepToken
    | Seal
    | Merge
    | Erase
    | Unlink
    | Discard
    | Ban
    | Invite
    | KeepInvitation
    | PutMember
    | RemoveMember
    | PutBoard
    | FoundPool
    | GrantPool
    | Ungrant
    | Rekey
    | Subscribe
    | Unsubscribe
    | Advise
)
