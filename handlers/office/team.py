"""The team on a screen: everybody on a line, and each member with what can be done about them."""

from msgspec.structs import replace

from handlers import cards, duty
from handlers.measures import Measure, measures
from handlers.model import (
    Barred,
    Button,
    Choice,
    Context,
    Event,
    Member,
    Message,
    Moment,
    Outcome,
    Param,
    Rekeying,
    Send,
)
from handlers.permissions import may_know
from handlers.speech import button, grid, rows, screen, tell, with_effects

NOTHING = Message("team.nothing")
"""Somebody else was quicker, or the screen is old."""


def team(event: Event, context: Context) -> Outcome:
    """Who is here, in which role, on duty or not, and what is open; a button for each; and who waits."""
    present = tuple(member for member in context.team if member.barred is not Barred.REVOKED)
    lines = tuple(_line(member, context) for member in present)
    buttons = tuple(_button(member) for member in present)
    choices = (*grid(buttons, 2), *rows(INVITATIONS))
    head = Message("team.head", lines=(*lines, *_rekeying(context)), choices=choices, count=len(lines))
    questions: tuple[Send, ...] = ()
    if not isinstance(event, Choice):
        questions = tuple(tell(context, cards.ask_approval(member)) for member in present if member.waiting)
    return with_effects(screen(event, context, head, context.conversation), *questions)


def member(event: Choice, context: Context) -> Outcome:
    """One member: how they stand, what is open, where they come from, and what an admin can do about that.

    Not when they were last seen: nobody needs it in order to help, and it would tell when somebody sleeps.
    """
    found = chosen(event, context)
    if found is None:
        return nothing(event, context)
    spoken = tuple(dict.fromkeys((found.language, *found.languages)))
    line, about = _line(found, context), background(found.communities, spoken)
    note = () if measures(context.me, found) else (Message("team.yourself" if found == context.me else "team.asked"),)
    acts = tuple(button(f"measure.{each}", each, found.id) for each in measures(context.me, found))
    shown = replace(line, lines=(*line.lines, *about, *note), choices=(*grid(acts, 2), *rows(BACK)))
    return screen(event, context, shown, context.conversation)


BACK = button("back", "team")
INVITATIONS = button("invitations", "invite")


def chosen(event: Choice, context: Context) -> Member | None:
    """Whom a button names, if they are still on the team."""
    present = (each for each in context.team if each.barred is not Barred.REVOKED)
    return next((each for each in present if each.id == event.arg), None)


def affected(event: Choice, context: Context, measure: Measure) -> Member | None:
    """Whom a measure concerns, if it can be taken now."""
    found = chosen(event, context)
    return found if found and measure in measures(context.me, found) else None


def nothing(event: Event, context: Context) -> Outcome:
    """What was asked for is not possible any more."""
    return screen(event, context, Message(NOTHING.id, choices=rows(BACK)), context.conversation)


def background(countries: tuple[str, ...], languages: tuple[str, ...]) -> tuple[Message, ...]:
    """Where somebody comes from, or that nobody has said; and the languages that they can work in, as far as known."""
    named = cards.joined(tuple(cards.place("host", code) for code in countries))
    spoken = cards.joined(tuple(Message(f"language.{code}") for code in languages))
    origin = Message("team.from", {"countries": named}) if countries else Message("team.from.unknown")
    return (origin, *((Message("team.languages", {"languages": spoken}),) if languages else ()))


def _rekeying(context: Context) -> tuple[Message, ...]:
    """Work on a changed key that is not done."""
    now = context.desk.rekeying
    return () if now is None or now.state == "done" else (rekeying(now),)


def rekeying(now: Rekeying) -> Message:
    """How far the granting anew has come."""
    return Message(f"rekeying.{now.state}", {"moved": now.moved, "left": now.left})


def _button(member: Member) -> Button:
    return Button(Message("plain", {"text": member.name}), "member", member.id)


def _line(member: Member, context: Context) -> Message:
    role = Message(f"role.{member.role.value}")
    said: dict[str, Param] = {"name": member.name, "role": role, "state": Message(f"team.{_state(member, context)}")}
    return Message("team.line", said, lines=_open(member, context))


def _open(member: Member, context: Context) -> tuple[Message, ...]:
    """How many reports they hold, as far as this admin may know of them, and since when their keys are open."""
    mine = [case for case in context.queue if case.holder == member.id]
    known = sum(may_know(context.me, case, context.team) for case in mine)
    since = context.open_since.get(member.id)
    return (
        *((Message("team.reports", {"number": known}),) if known else ()),
        *((Message("team.open", {"since": Moment(since)}),) if since else ()),
    )


def _state(member: Member, context: Context) -> str:
    if member.active:
        return "duty" if duty.on_duty(member, context.now, context.offset) else "off"
    if member.awaits:
        return "awaited"
    return "suspended" if member.barred else "waiting"
