"""When an advisory goes out: at once, or at a time by its writer's own clock (the zone of their roster)."""

from datetime import datetime, time, timedelta

from handlers import approved, wall
from handlers.model import AdvisoryDraft, Context, Message, Zone
from handlers.speech import Rows, button, grid

HOUR = timedelta(hours=1)
TONIGHT, MORNING = time(18), time(9)
LONGEST = timedelta(days=31)
"""What is planned for later than that is most likely a slip of the finger; and a warning ages."""


def times(context: Context) -> Rows:
    """The buttons; tonight only while it is still to come."""
    tonight = wall.local(context.me.zone, context.now, context.offset).time() < TONIGHT
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
    at = wall.moment(shown, context.me.zone, context.offset) if shown else None
    return at if at and context.now < at <= context.now + LONGEST else None


def lines(draft: AdvisoryDraft, context: Context) -> tuple[Message, ...]:
    """What is chosen; and that it waits, at that time, for somebody to unlock."""
    more = Message("advise.when.locked") if draft.at else Message("advise.when.type", {"zone": Zone(context.me.zone)})
    return approved.when(draft.at), more


def _clock(at: time, context: Context) -> datetime:
    return wall.coming(at, context.me.zone, context.now, context.offset)


def _tomorrow(context: Context) -> datetime:
    zone = context.me.zone
    day = wall.local(zone, context.now, context.offset).date() + wall.DAY
    return wall.moment(datetime.combine(day, MORNING, context.now.tzinfo), zone, context.offset)
