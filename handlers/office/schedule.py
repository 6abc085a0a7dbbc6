"""When an advisory goes out: at once, or at a time by its writer's own clock (the zone of their roster)."""

from datetime import datetime, time, timedelta

from handlers import approved, wall
from handlers.model import AdvisoryDraft, Context, Message
from handlers.speech import Rows, button, grid

HOUR = timedelta(hours=1)
TONIGHT, MORNING = time(18), time(9)
LONGEST = timedelta(days=31)
"""What is planned for later than that is most likely a slip of the finger; and a warning ages."""


def times(context: Context) -> Rows:
    """The buttons; tonight only while it is still to come."""
    tonight = wall.local(approved.zone(context.me), context.now, context.offset).time() < TONIGHT
    named = ("now", "hour", *(("tonight",) if tonight else ()), "tomorrow")
    return grid(tuple(button(f"advise.when.{each}", "advwhen", each) for each in named), 2)


def chosen(named: str, context: Context) -> datetime | None:
    """The time of a button; what is none means at once."""
    if named == "hour":
        return (context.now + HOUR).replace(second=0, microsecond=0)
    if named == "tonight":
        return _clock(TONIGHT, context)
    if named == "tomorrow":
        return _tomorrow(context)
    return None


def typed(text: str, context: Context) -> datetime | None:
    """A time to come, not too far away; None for anything else."""
    shown = wall.dated(text)
    at = wall.moment(shown, approved.zone(context.me), context.offset) if shown else None
    return at if at and context.now < at <= context.now + LONGEST else None


def lines(draft: AdvisoryDraft, context: Context) -> tuple[Message, ...]:
    """What is chosen; and that it waits, at that time, for somebody to unlock."""
    said = approved.when(draft.at, context.me, context.offset)
    return (said, Message("advise.when.locked")) if draft.at else (said, Message("advise.when.type"))


def _clock(at: time, context: Context) -> datetime:
    return wall.coming(at, approved.zone(context.me), context.now, context.offset)


def _tomorrow(context: Context) -> datetime:
    zone = approved.zone(context.me)
    day = wall.local(zone, context.now, context.offset).date() + wall.DAY
    return wall.moment(datetime.combine(day, MORNING, context.now.tzinfo), zone, context.offset)
