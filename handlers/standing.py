"""What follows when a member is not there any more, for a while or for good: their keys, their cases, their chat."""

from msgspec.structs import replace

from handlers import cards, custody
from handlers.model import (
    Case,
    Clear,
    Context,
    Effect,
    Level,
    Lock,
    Member,
    Outcome,
    PutMember,
    Role,
    SetMenu,
)
from handlers.permissions import guarantor
from handlers.speech import with_effects

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
    return replace(member, active=False, public=b"", wrap=b"", next_wrap=b"", fingerprint=(), failures=())


def emptied(member: Member, role: Role | None) -> tuple[Effect, ...]:
    """Locked; and nothing of the desk stays in their chat, as far as it can be taken out of it."""
    chat = (Clear(member.address), SetMenu(member.address, role, member.language))
    return (Lock(member.id), *(() if member.awaits else chat))


def set_down(outcome: Outcome, cases: tuple[Case, ...], context: Context) -> Outcome:
    """The same outcome; these cases are open again."""
    opened = tuple(custody.freed(case) for case in cases)
    effects = tuple(effect for case in opened for effect in cards.reopened(case, context.team, context.now))
    return with_effects(replace(outcome, cases=opened), *effects)


def pressing(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """What goes back while somebody is away; the rest stays theirs."""
    return tuple(case for case in cases if case.level in PRESSING)
