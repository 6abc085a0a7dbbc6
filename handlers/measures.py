"""What an admin may do about a member, and that an active admin always remains."""

from collections.abc import Iterable
from enum import StrEnum

from handlers.model import Barred, Member, Role


class Measure(StrEnum):
    """What an admin can do about a member. The value is the button's verb."""

    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    PROMOTE = "promote"
    DEMOTE = "demote"
    READMIT = "readmit"
    REVOKE = "revoke"


def measures(actor: Member, member: Member) -> tuple[Measure, ...]:
    """What this admin may do about this member now. Nothing about themselves: so an active admin always remains."""
    if actor.id == member.id or member.barred is Barred.REVOKED:
        return ()
    if member.active:
        role = Measure.DEMOTE if member.role is Role.ADMIN else Measure.PROMOTE
        return (Measure.SUSPEND, role, Measure.READMIT, Measure.REVOKE)
    if member.barred is Barred.SUSPENDED:
        reinstate = (Measure.REINSTATE,) if member.public else ()
        return (*reinstate, Measure.READMIT, Measure.REVOKE)
    return (Measure.READMIT, Measure.REVOKE) if member.again else ()


def guarantor(leaving: Member, actor: Member, team: Iterable[Member]) -> Member | None:
    """An active admin who remains when this one leaves; None when there is none, and so they can't.

    Whoever relies on it writes that admin's row too: two who leave at the same moment can't both.
    """
    admins = sorted((each for each in team if each.active and each.role is Role.ADMIN), key=lambda each: each.id)
    return next((each for each in (actor, *admins) if each.id != leaving.id and each in admins), None)
