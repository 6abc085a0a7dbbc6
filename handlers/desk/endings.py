"""The end of a closed case: who is warned of it, and the ways to put it off or to let it come (`handlers.keeping`)."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from handlers import cards, keeping
from handlers.desk.talk import again, sealed
from handlers.model import (
    CLOCK,
    Audience,
    Button,
    Called,
    Case,
    Choice,
    Context,
    Day,
    Entry,
    Event,
    Held,
    Message,
    Outcome,
    Param,
    Send,
    Staff,
    Step,
    Text,
    Timer,
    Unlink,
)
from handlers.permissions import cleared
from handlers.program import Circle
from handlers.speech import Rows, audited, button, grid, rows, say, screen, with_effects

TIMER = "ending"
"""Comes to a case's own chat (`handlers.waits.chat`) on each day on which something is due."""
MONTHS = ("3", "6", "12")
"""Offered as buttons; the longest is as long as a hold may be."""


def due(event: Timer, context: Context) -> Outcome:
    """A day on which something is to be done about a closed case: its address goes, or somebody hears of its end."""
    case = context.case
    if case is None or not keeping.is_due(case, context.now):
        return Outcome(None)
    later = keeping.stepped(case, context.now)
    outcome = Outcome(None, case=later)
    if keeping.must_cut(case, context.now):
        outcome = audited(with_effects(outcome, Unlink(case.id)), Entry("unlink", CLOCK, case.id))
    told = _told(case, later, context)
    return audited(with_effects(outcome, told), Entry("warn", CLOCK, case.id)) if told else outcome


def _told(before: Case, after: Case, context: Context) -> Send | None:
    if keeping.must_call(before, context.now):
        return Send(to=_admins(after), message=_waiting(after))
    if keeping.warned(before, after):
        return Send(to=_keeper(after, context), message=_soon(after))
    return None


def _keeper(case: Case, context: Context) -> Audience:
    """Who held it last, if they are still there and may know of it; else the admins."""
    present = case.holder in cleared(case.clearance, context.team)
    return Staff(case.holder) if present else _admins(case)


def _admins(case: Case) -> Called:
    return Called((Circle.ADMINS,), case.clearance)


def _soon(case: Case) -> Message:
    kept = keeping.of(case)
    said = "ending.held" if kept.held else "ending.soon"
    ways = (button("keep.longer", "keep", case.id), button("letgo", "letgo", case.id))
    return Message(said, _facts(case), choices=(*rows(_opens(case)), *grid(ways, 2)))


def _waiting(case: Case) -> Message:
    """What it waits for; an answer for its reader no longer than until that day."""
    why = keeping.waits_for(case)
    facts = _facts(case) | ({} if case.unread else {"until": Day(keeping.of(case).until + keeping.LATE)})
    return Message(f"ending.{why}", facts, choices=rows(_opens(case)))


def _facts(case: Case) -> dict[str, Param]:
    return {"ref": case.ref, "day": Day(keeping.of(case).until)}


def _opens(case: Case) -> Button:
    return button("open.ref", "open", case.id, ref=case.ref)


def ask(event: Event, context: Context) -> Outcome:
    """`/keep CODE`, or a press: until when? An open case is kept anyway."""
    case = context.known_case
    if case.keeping is None:
        resting = replace(context.conversation, step=Step.HOME, chosen="")
        return say(context, Message("keep.open", {"ref": case.ref}, choices=again(case)), conversation=resting)
    return _ask_until(event, context)


def _ask_until(event: Event, context: Context, *lines: Message) -> Outcome:
    case = context.known_case
    asking = replace(context.conversation, step=Step.KEEP, focus=case.id, chosen="")
    return screen(event, context, Message("keep.ask", _facts(case), lines, _ways(case)), asking)


def _ways(case: Case) -> Rows:
    months = tuple(button(f"keep.{each}", "keepfor", each) for each in MONTHS)
    return (months, *rows(button("letgo", "letgo", case.id), button("cancel", "stop")))


def chosen(event: Choice, context: Context) -> Outcome:
    """So many months, pressed."""
    if event.arg not in MONTHS or context.known_case.keeping is None:
        return ask(event, context)
    return _ask_why(_after(context.now.date(), int(event.arg)), event, context)


def typed(event: Text, context: Context) -> Outcome:
    """A day, as long as none was chosen; then the reason."""
    case, day = context.known_case, context.conversation.chosen
    if case.keeping is None:
        return ask(event, context)
    if day:
        return _held(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC), event, context)
    until = read_day(event.text)
    if until is None or not context.now.date() < until <= (context.now + keeping.LONGEST).date():
        return _ask_until(event, context, Message("keep.day"))
    return _ask_why(until, event, context)


def _ask_why(until: date, event: Event, context: Context) -> Outcome:
    case = context.known_case
    asking = replace(context.conversation, step=Step.KEEP, focus=case.id, chosen=until.isoformat())
    day = Day(datetime.combine(until, datetime.min.time(), UTC))
    why = Message("keep.why", {"ref": case.ref, "day": day}, choices=rows(button("cancel", "stop")))
    return screen(event, context, why, asking)


def _held(until: datetime, event: Text, context: Context) -> Outcome:
    """The reason is sealed to the case; the day stands in its header."""
    case = keeping.held(context.known_case, until, context.now)
    resting = replace(context.conversation, step=Step.HOME, chosen="")
    said = say(context, Message("keep.done", _facts(case)), conversation=resting)
    outcome = with_effects(replace(said, case=case), cards.changed(case, context.team, context.now))
    outcome = sealed(outcome, Held(keeping.of(case).until, event.text), event.message, context)
    return audited(outcome, Entry("keep", context.me.id, case.id))


def let_go(event: Choice, context: Context) -> Outcome:
    """It may end when its time comes: no more warnings, or no more hold."""
    before = context.known_case
    if before.keeping is None:
        return ask(event, context)
    case = keeping.let_go(before, context.desk.retention_days, context.now)
    resting = replace(context.conversation, step=Step.HOME, chosen="")
    said = screen(event, context, Message("letgo.done", _facts(case)), resting)
    outcome = with_effects(replace(said, case=case), cards.changed(case, context.team, context.now))
    return audited(outcome, Entry("letgo", context.me.id, case.id))


def read_day(typed: str) -> date | None:
    """A day as people write it: 2027-05-31 or 31.5.2027."""
    text = typed.strip()
    parts = text.split("-") if "-" in text else text.split(".")[::-1]
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    try:
        return date(*(int(part) for part in parts))
    except (ValueError, OverflowError):
        return None


def _after(day: date, months: int) -> date:
    """The same day so many months later, or the 28th: a day that every month has."""
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1, day=min(day.day, 28))
