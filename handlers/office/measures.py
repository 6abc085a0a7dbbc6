"""What an admin does about a member: each asked once more on a screen of its own, told to all admins, and audited."""

from datetime import timedelta

from msgspec.structs import replace

from handlers import clocks, standing
from handlers.measures import Measure
from handlers.model import (
    Address,
    Barred,
    Choice,
    Context,
    Day,
    Edit,
    Effect,
    Entry,
    GrantPool,
    Invitation,
    Invite,
    Member,
    Message,
    Outcome,
    PutMember,
    Rekey,
    Role,
    Seen,
    Send,
    SetMenu,
    SetTimer,
    Staff,
    Timer,
    Ungrant,
)
from handlers.office import team
from handlers.office.invitations import made
from handlers.office.people import witness_line
from handlers.speech import audited, button, rows, say, screen, tell, with_effects

BEAT = timedelta(seconds=3)
LONG_BEAT = timedelta(seconds=15)
"""How often the progress is looked at: while it goes on, and while it waits for somebody to unlock."""
PROGRESS = "rekeying"
"""Where the progress stands in an admin's chat, and the timer that looks at it."""


def ask(event: Choice, context: Context) -> Outcome:
    """What the measure does, and a button for it."""
    measure = Measure(event.verb)
    member = team.affected(event, context, measure)
    if member is None:
        return team.nothing(event, context)
    yes = button(f"measure.{measure}.yes", done_by(measure), member.id)
    question = Message(f"measure.{measure}", {"name": member.name}, choices=rows(yes, team.BACK))
    return screen(event, context, question, context.conversation)


def done_by(measure: Measure) -> str:
    """The verb of the button that takes a measure, after the one that asks about it."""
    return f"{measure}.yes"


def suspend(event: Choice, context: Context) -> Outcome:
    """Locked at once, told nothing more, and their own key opens nothing until an admin ends it."""
    member = team.affected(event, context, Measure.SUSPEND)
    if member is None:
        return team.nothing(event, context)
    after = replace(member, active=False, barred=Barred.SUSPENDED)
    outcome = standing.changed(_done(event, context, member), member, after, context)
    outcome = with_effects(outcome, Ungrant(member.id), *standing.emptied(member, Role.SUSPENDED))
    return standing.set_down(_told(outcome, member, "suspended.told"), standing.pressing(context.held), context)


def reinstate(event: Choice, context: Context) -> Outcome:
    """As before the suspension: the desk's key is granted to them again."""
    member = team.affected(event, context, Measure.REINSTATE)
    if member is None:
        return team.nothing(event, context)
    back = (GrantPool(member.id), PutMember(replace(member, active=True, barred=None)))
    outcome = with_effects(_done(event, context, member), *back, *_menu(member, member.role))
    return _told(outcome, member, "suspended.over")


def change_role(event: Choice, context: Context) -> Outcome:
    """From responder to admin, or back. Their keys stay the same; what only an admin may read leaves their chat."""
    measure = Measure(event.verb.partition(".")[0])
    member = team.affected(event, context, measure)
    if member is None:
        return team.nothing(event, context)
    role = Role.ADMIN if measure is Measure.PROMOTE else Role.RESPONDER
    outcome = standing.changed(_done(event, context, member), member, replace(member, role=role), context)
    if measure is Measure.DEMOTE:
        outcome = with_effects(outcome, *standing.locked(member, standing.DEMOTED, context))
    return _told(with_effects(outcome, *_menu(member, role)), member, "role.changed")


def revoke(event: Choice, context: Context) -> Outcome:
    """For good: their key opens nothing, the desk gets a new one, and all their cases are open again."""
    member = team.affected(event, context, Measure.REVOKE)
    if member is None:
        return team.nothing(event, context)
    left = Address(f"left:{member.id}")
    after = replace(standing.keyless(member), barred=Barred.REVOKED, address=left, awaits="")
    return standing.set_down(_expelled(event, member, after, context), context.held, context)


def readmit(event: Choice, context: Context) -> Outcome:
    """Their chat ends, and an invitation leads another one to the same membership: its cases, and a key to be approved.

    Good once, for a day; another one ends it.
    """
    member = team.affected(event, context, Measure.READMIT)
    if member is None:
        return team.nothing(event, context)
    secret, awaits = context.new_id(), context.new_id()
    nowhere = Address(f"awaits:{member.id}")
    after = replace(standing.keyless(member), barred=None, again=True, awaits=awaits, address=nowhere)
    expires = context.now + clocks.INVITATION_LIFE
    invitation = Invitation(
        member.role, member.name, expires, communities=member.communities, awaits=awaits, id=context.new_id()
    )
    outcome = _expelled(event, member, after, context)
    shown = made(replace(invitation, languages=member.languages), secret, context)
    outcome = with_effects(outcome, tell(context, shown), Invite(invitation, secret))
    return standing.set_down(outcome, standing.pressing(context.held), context)


def _expelled(event: Choice, member: Member, after: Member, context: Context) -> Outcome:
    """Without key and chat; the desk gets a new key, and the admin sees what they have opened."""
    outcome = standing.changed(_done(event, context, member), member, after, context)
    outcome = with_effects(outcome, *standing.emptied(member, None))
    seen = with_effects(_told(outcome, member, "left.told"), tell(context, _opened(member, context.opened)))
    return seen if member.again else _rekeyed(seen, member, context)


def _rekeyed(outcome: Outcome, member: Member, context: Context) -> Outcome:
    shown = replace(tell(context, Message("rekeying.begun")), slot=PROGRESS)
    return with_effects(outcome, Rekey(member.id), shown, SetTimer(PROGRESS, context.now + BEAT))


def progress(event: Timer, context: Context) -> Outcome:
    """How far the granting anew has come, as one edited message."""
    now = context.desk.rekeying
    if now is None:
        return say(context)
    shown = Edit(to=context.person.address, message=team.rekeying(now), slot=PROGRESS)
    outcome = with_effects(say(context), shown)
    if now.state == "done":
        return outcome
    beat = LONG_BEAT if now.state == "paused" else BEAT
    return with_effects(outcome, SetTimer(PROGRESS, context.now + beat))


def _opened(member: Member, seen: tuple[Seen, ...]) -> Message:
    """Which cases they have read, and on which days."""
    lines = tuple(Message("opened.line", {"ref": each.ref or "–", "day": Day(each.day)}) for each in seen)
    return Message("opened.head" if lines else "opened.none", {"name": member.name}, lines)


def _done(event: Choice, context: Context, member: Member) -> Outcome:
    """What was done, on the screen that asked, and to all other admins; with its audit line and the chain's head."""
    measure = Measure(event.verb.partition(".")[0])
    news = Message(f"measure.{measure}.done", {"name": member.name, "by": context.me.name})
    others = (each for each in context.team if each.active and each.role is Role.ADMIN and each.id != context.me.id)
    told = tuple(Send(to=Staff(each.id), message=news) for each in others if each.id != member.id)
    done = replace(news, lines=(witness_line(context),), choices=rows(team.BACK))
    outcome = with_effects(screen(event, context, done, context.conversation), *told)
    return audited(outcome, Entry(measure, context.me.id, detail=member.id))


def _told(outcome: Outcome, member: Member, id: str) -> Outcome:
    """The same outcome, and a word to whom it concerns; somebody whose chat has ended already hears nothing."""
    word = Send(to=member.address, message=Message(id), language=member.language)
    return outcome if member.awaits else with_effects(outcome, word)


def _menu(member: Member, role: Role) -> tuple[Effect, ...]:
    return (SetMenu(member.address, role, member.language),)
