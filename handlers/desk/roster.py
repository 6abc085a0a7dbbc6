"""Being on duty, and a member's own hours: their shifts, their time zone, and when nothing but P1 may ring."""

from datetime import datetime

from msgspec.structs import replace

from handlers import cards, duty, typed, wall
from handlers.model import (
    Button,
    Choice,
    Command,
    Context,
    Entry,
    Event,
    Hours,
    Member,
    Message,
    Outcome,
    PutMember,
    Step,
    Text,
    Zone,
)
from handlers.speech import Rows, audited, button, grid, rows, say, screen, with_effects

WORKDAYS = (0, 1, 2, 3, 4)
ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Vilnius",
    "Europe/Istanbul",
    "Europe/Moscow",
    "Asia/Tbilisi",
    "Asia/Tashkent",
    "Asia/Almaty",
    "UTC",
)
"""Those with a button, from west to east; every other one is typed."""
NIGHTS = ((22, 6), (22, 7), (23, 7), (23, 8), (0, 7), (0, 8))
"""Quiet hours with a button."""


def standing(member: Member, context: Context) -> Message:
    """On duty or not, and until when, by the member's own clock."""
    now, offset = context.now, context.offset
    on = duty.on_duty(member, now, offset)
    change = duty.until(member, now, offset) if member.hours else None
    lines = (
        (Message("duty.until", {"when": _on_the_wall(change, member.hours, context)}),)
        if change and member.hours
        else ()
    )
    return Message("oncall.on" if on else "oncall.kept" if member.hours else "oncall.off", lines=lines)


def _on_the_wall(at: datetime, hours: Hours, context: Context) -> Message:
    local = at + context.offset(hours.zone, at)
    return Message("roster.when", {"day": Message(f"day.{local.weekday()}"), "time": f"{local:%H:%M}"})


def on_call(event: Command | Choice, context: Context) -> Outcome:
    """`/oncall on|off`, or a press: who is on duty is told of new cases."""
    wish = (event.args if isinstance(event, Command) else event.arg).strip().lower()
    me = context.me
    if wish not in {"on", "off"}:
        return say(context, Message("oncall.usage", {"now": standing(me, context)}, choices=rows(shift(context))))
    changed = duty.wishing(me, wish == "on", context.now, context.offset)
    outcome = with_effects(say(context, standing(changed, context)), PutMember(changed))
    return audited(outcome, Entry("oncall", me.id, detail=wish))


def shift(context: Context) -> Button:
    """Begins or ends being on duty, whichever is not so now."""
    on_duty = duty.on_duty(context.me, context.now, context.offset)
    return button("duty.off", "oncall", "off") if on_duty else button("duty.on", "oncall", "on")


def show(event: Command | Choice, context: Context) -> Outcome:
    """`/roster`: the hours as they are, each part a press away. Who keeps none says first where they are."""
    part = event.arg if isinstance(event, Choice) else ""
    hours = context.me.hours
    if hours is None or part == "zone":
        return _ask_zone(event, context, Message("roster.zone.ask"))
    if part in {"begin", "end"}:
        return _at_home(event, context, Message(f"roster.{part}.ask", choices=_hours(f"r{part}")))
    if part == "quiet":
        return _at_home(event, context, Message("roster.quiet.ask", choices=_nights()))
    if part == "done":
        return _at_home(event, context, Message("roster.kept", lines=(standing(context.me, context),)))
    return _overview(event, context, context.me)


def _ask_zone(event: Event, context: Context, message: Message) -> Outcome:
    zones = tuple(Button(Message("zone", {"zone": Zone(name)}), "rzone", name) for name in ZONES)
    ways = rows(button("cancel", "stop"))
    conversation = replace(context.conversation, step=Step.ZONE)
    return screen(event, context, replace(message, choices=(*grid(zones, 2), *ways)), conversation)


def _at_home(event: Event, context: Context, message: Message) -> Outcome:
    return screen(event, context, message, replace(context.conversation, step=Step.HOME))


def _hours(verb: str) -> Rows:
    every = tuple(Button(_time(hour), verb, str(hour)) for hour in range(24))
    return (*grid(every, 6), *rows(button("back", "roster")))


def _nights() -> Rows:
    nights = tuple(Button(_span(*night), "rquiet", f"{night[0]}-{night[1]}") for night in NIGHTS)
    return (*grid(nights, 2), *rows(button("roster.loud", "rquiet"), button("back", "roster")))


def _overview(event: Event, context: Context, me: Member) -> Outcome:
    hours = me.hours or Hours()
    days = cards.joined(tuple(Message(f"day.{day}") for day in hours.days))
    time = Message("roster.time", {"span": _span(hours.begin, hours.end)})
    overnight = (Message("roster.overnight"),) if hours.end <= hours.begin else ()
    quiet = Message("roster.quiet", {"span": _span(*hours.quiet)}) if hours.quiet else Message("roster.loud")
    zone = Message("roster.zone", {"zone": Zone(hours.zone), "now": f"{_now(hours, context):%H:%M}"})
    lines = (standing(me, context), Message("roster.days", {"days": days}), time, *overnight, quiet, zone)
    return _at_home(event, context, Message("roster.head", lines=lines, choices=_parts(hours)))


def _now(hours: Hours, context: Context) -> datetime:
    return context.now + context.offset(hours.zone, context.now)


def _parts(hours: Hours) -> Rows:
    days = tuple(_day(day, day in hours.days) for day in range(duty.WEEK))
    begin = button("roster.begin", "roster", "begin", time=_time(hours.begin))
    end = button("roster.end", "roster", "end", time=_time(hours.end))
    more = (button("roster.quiet", "roster", "quiet"), button("roster.zone", "roster", "zone"))
    return (*grid(days, 4), (begin, end), more, (button("roster.drop", "rdrop"), button("done", "roster", "done")))


def _day(day: int, chosen: bool) -> Button:
    name = Message(f"day.{day}")
    return Button(Message("option.marked", {"option": name}) if chosen else name, "rday", str(day))


def _time(hour: int) -> Message:
    return Message("plain", {"text": f"{hour:02}:00"})


def _span(begin: int, end: int) -> Message:
    return Message("plain", {"text": f"{begin:02}:00–{end:02}:00"})


def toggle_day(event: Choice, context: Context) -> Outcome:
    """One day more, or one less."""
    day, hours = _number(event.arg, duty.WEEK), context.me.hours
    if day is None or hours is None:
        return show(event, context)
    return _keep(event, context, replace(hours, days=tuple(sorted(set(hours.days) ^ {day}))))


def begin(event: Choice, context: Context) -> Outcome:
    """The hour at which every shift begins."""
    hour, hours = _number(event.arg, 24), context.me.hours
    return show(event, context) if hour is None or hours is None else _keep(event, context, replace(hours, begin=hour))


def end(event: Choice, context: Context) -> Outcome:
    """The hour at which every shift ends: of the next day, if it is not after the first."""
    hour, hours = _number(event.arg, 24), context.me.hours
    return show(event, context) if hour is None or hours is None else _keep(event, context, replace(hours, end=hour))


def quiet(event: Choice, context: Context) -> Outcome:
    """The hours in which nothing but P1 may ring; none without an arg."""
    hours = context.me.hours
    first, _, after = event.arg.partition("-")
    night = (_number(first, 24), _number(after, 24))
    if hours is None or (event.arg and night not in NIGHTS):
        return show(event, context)
    return _keep(event, context, replace(hours, quiet=next((each for each in NIGHTS if each == night), None)))


def choose_zone(event: Choice, context: Context) -> Outcome:
    """A press on a city."""
    if event.arg not in ZONES:
        return _ask_zone(event, context, Message("roster.zone.ask"))
    return _in_zone(event, context, event.arg)


def zone_typed(event: Text, context: Context) -> Outcome:
    """A city, or how far the zone is ahead of UTC."""
    zone = wall.distance(event.text) or context.desk.zones.get(typed.plain(event.text))
    if zone is None:
        return _ask_zone(event, context, Message("roster.zone.unknown"))
    return _in_zone(event, context, zone)


def _in_zone(event: Event, context: Context, zone: str) -> Outcome:
    hours = context.me.hours or Hours(days=WORKDAYS)
    return _keep(event, context, replace(hours, zone=zone))


def drop(event: Choice, context: Context) -> Outcome:
    """No hours any more: duty is what was wished last, until it is changed."""
    on = duty.on_duty(context.me, context.now, context.offset)
    me = replace(context.me, hours=None, on_duty=on, until=None)
    outcome = _at_home(event, context, Message("roster.dropped", lines=(standing(me, context),)))
    return audited(with_effects(outcome, PutMember(me)), Entry("roster", me.id, detail="none"))


def _keep(event: Event, context: Context, hours: Hours) -> Outcome:
    """The hours count from now; a wish against the former ones is over."""
    me = replace(context.me, hours=hours, until=None)
    return audited(with_effects(_overview(event, context, me), PutMember(me)), Entry("roster", me.id))


def _number(arg: str, below: int) -> int | None:
    return int(arg) if arg.isascii() and arg.isdecimal() and int(arg) < below else None
