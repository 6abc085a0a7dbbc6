"""What is done at the server's console, and the team hears of: a backup restored, a way in by the recovery key, new
keys.

Nobody in a chat stands behind it: there is no context, and the audit chain names the server or the recovery key.
"""

from datetime import datetime

from msgspec.structs import replace

from handlers import standing
from handlers.deeds import RECOVERY
from handlers.model import (
    Address,
    Admins,
    Entry,
    Invitation,
    Invite,
    Member,
    Message,
    Moment,
    Outcome,
    Param,
    PutMember,
    Rekey,
    Send,
    Team,
    Ungrant,
)
from handlers.office.people import admitted
from handlers.speech import button, rows

SYSTEM = "system"


def restored(made: datetime, held: bool) -> Outcome:
    """The server stands again as it was when a backup was made; with everybody whom the team has put out since, and
    with its advisories `held`, if there were any.
    """
    held_back = Message("restored.advisories", choices=rows(button("advise.list", "advlist")))
    notices = (Message("restored.team"), *((held_back,) if held else ()))
    told = (_told("restored.told", at=Moment(made)), *(Send(to=Admins(), message=each) for each in notices))
    return Outcome(None, told, audit=(_entry("restore", f"{made:%Y-%m-%d}", SYSTEM),))


def rekeyed() -> Outcome:
    """The desk has another key; nobody has left."""
    return Outcome(None, (Rekey(), _told("rekeying.told")), audit=(_entry("rekey", "", SYSTEM),))


def replaced(by: Member, old: bytes) -> Outcome:
    """Another recovery key is in force: the desk's next key is granted to that one only. `old`: its public half."""
    effects = (Rekey(recovery=old), _told("recovery.replaced", by=by.name))
    return Outcome(None, effects, audit=(_entry("recovery-key", "", by.id),))


def invited(invitation: Invitation, secret: str) -> Outcome:
    """A way in for somebody new."""
    effects = (Invite(invitation, secret), _told("recovery.invited", name=invitation.name))
    return Outcome(None, effects, audit=(_entry("recover", invitation.role),))


def readmitted(member: Member, invitation: Invitation, secret: str) -> Outcome:
    """A way in for somebody on the team who has lost theirs: the chat that they had is out, and their key too.

    Their cases stay theirs.
    """
    nowhere = Address(f"awaits:{member.id}")
    after = replace(standing.keyless(member), barred=None, again=True, awaits=invitation.awaits, address=nowhere)
    gone = (PutMember(after), Ungrant(member.id), *standing.emptied(member, None))
    effects = (*gone, Invite(invitation, secret), _told("recovery.invited", name=member.name))
    return Outcome(None, effects, audit=(_entry("recover", member.id),))


def approved(newcomer: Member) -> Outcome:
    """The recovery key's holder has compared the words by voice."""
    by = Message(f"audit.by.{RECOVERY}")
    effects = (*admitted(newcomer, by), _told("recovery.approved", name=newcomer.name))
    return Outcome(None, effects, audit=(_entry("approve", newcomer.id),))


def _told(id: str, **params: Param) -> Send:
    return Send(to=Team(), message=Message(id, params))


def _entry(action: str, detail: str, actor: str = RECOVERY) -> Entry:
    return Entry(action, actor, detail=detail)
