"""What happens to the team: invitations, members and their keys; the desk's key, group, export; the end of all keys."""

from handlers.model.ids import MemberId, Tagged
from handlers.model.people import Board, Invitation, Member
from handlers.model.sharing import Export
from handlers.model.words import Message


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


class PutExport(Tagged, frozen=True):
    """The export that waits for a yes, or to be fetched, from now on; None when none does any more."""

    export: Export | None


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
    unlocked. `recovery`: the public half of an earlier recovery key, whose grants of the desk's keys end as well.
    """

    member: MemberId = MemberId("")
    recovery: bytes = b""


class Panic(Tagged, frozen=True):
    """Destroy the server's own keys at once, and end the process. Afterwards nobody can read anything that is stored.

    Then every admin is told, out of memory and for a moment only: `done`, or `left` if not all could be destroyed.
    """

    done: Message
    left: Message


OfTeam = (
    Enrol
    | Rewrap
    | Unlock
    | Lock
    | Invite
    | KeepInvitation
    | PutMember
    | RemoveMember
    | PutBoard
    | PutExport
    | FoundPool
    | GrantPool
    | Ungrant
    | Rekey
    | Panic
)
