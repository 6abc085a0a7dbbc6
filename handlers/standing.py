"""What follows when a member is not there any more, for a while or for good: their keys, their cases, their chat.

And when somebody has no more to do with a case (`moved`).
"""

from msgspec.structs import replace

from handlers import cards, custody, waits
from handlers.measures import guarantor
from handlers.model import (
    Case,
    Clear,
    Context,
    Effect,
    Level,
    Lock,
    Member,
    MemberId,
    Message,
    Outcome,
    PutMember,
    Role,
    Send,
    SetMenu,
    SetTimer,
    Staff,
    Withdraw,
)
from handlers.permissions import cleared, readers
from handlers.speech import with_effects

LOCKED = "locked"
"""The timer of a chat whose keys were locked by somebody or something else; `about`: by whom, or `DEMOTED`."""
DEMOTED = "demoted"
PRESSING = frozenset({Level.P1, Level.P2})
"""Levels that can't wait until a member is back."""


def changed(outcome: Outcome, member: Member, after: Member, context: Context) -> Outcome:
    """The same outcome; the member is what they are `after`.

    Written together with an active admin who remains: of two who put each other out at the same moment, one is refused.
    """
    remaining = guarantor(member, context.me, context.team)
    relied_on = (PutMember(remaining),) if remaining else ()
    return with_effects(outcome, *relied_on, PutMember(after))


def keyless(member: Member) -> Member:
    """The same member without any key of theirs: no passphrase opens anything."""
    none = {"public": b"", "wrap": b"", "next_wrap": b"", "fingerprint": (), "failures": (), "proven": False}
    return replace(member, active=False, **none)


def emptied(member: Member, role: Role | None) -> tuple[Effect, ...]:
    """Locked; and nothing of the desk stays in their chat, as far as it can be taken out of it."""
    chat = (Clear(member.address), SetMenu(member.address, role, member.language))
    return (Lock(member.id), *(() if member.awaits else chat))


def locked(member: Member, why: str, context: Context) -> tuple[Effect, ...]:
    """Locked at once, by another; what they have opened leaves their chat, and they are told why."""
    return Lock(member.id), SetTimer(LOCKED, context.now, why, to=member.address)


def moved(before: Case, after: Case, context: Context) -> tuple[Effect, ...]:
    """When others may know of a case than before, or read it: who may not any more loses its card, and what they have
    opened of it leaves their chat. The speaker's own is their handler's to take away.
    """
    return (*cards.moved(before, after, context.team, context.now), *_closed(before, after, context))


def word(to: MemberId, message: Message, case: Case, context: Context) -> tuple[Send, ...]:
    """To one member about a case, as long as they may know of it."""
    return (Send(to=Staff(to), message=message),) if to in cleared(case.clearance, context.team) else ()


def _closed(before: Case, after: Case, context: Context) -> tuple[Withdraw, ...]:
    """Out of the chats of those who may not read it any more, also as part of an export."""
    gone = readers(before, context.team) - readers(after, context.team)
    me = context.person.member
    others = (Staff(each) for each in sorted(gone) if not me or each != me.id)
    return tuple(Withdraw(each, slot) for each in others for slot in cards.all_traces(before))


def set_down(outcome: Outcome, cases: tuple[Case, ...], context: Context) -> Outcome:
    """The same outcome; these cases are open again."""
    opened = tuple((case, waits.foreseen(case, custody.freed(case), context)) for case in cases)
    away = tuple(effect for before, after in opened for effect in _closed(before, after, context))
    effects = tuple(effect for _, case in opened for effect in cards.reopened(case, context.team, context.now))
    return with_effects(replace(outcome, cases=tuple(after for _, after in opened)), *effects, *away)


def pressing(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """What goes back while somebody is away; the rest stays theirs."""
    return tuple(case for case in cases if case.level in PRESSING)
