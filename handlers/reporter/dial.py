"""The screens of a check-in that is set by the clock: what time it is there, and at what time it ends.

The bot doesn't know where its reader is. It asks what their clock shows, and keeps the answer with the check-in alone.
"""

from datetime import datetime, time, timedelta

from handlers import wall
from handlers.model import Button, Context, Message, Param, Span, Value, Zone
from handlers.speech import button, grid, rows

SHORTEST, LONGEST = 10, 24 * 60
"""Minutes. A chat is forgotten after 24 hours of silence, and so nothing may be waited for longer."""
DISTANCES = (-8, -7, -6, -5, -4, 0, 1, 2, 3, 4, 5, 6, 9)
"""Hours ahead of UTC that have a button: where those whom the program is for live today. Others are typed."""
HOURS_NEXT = 6
"""Full hours from now that have a button."""
USUAL = (6, 9, 12, 18, 21)
"""Hours of the day that have one too."""


class Wish(Value, frozen=True):
    """What is known of a clock time that somebody wants; a chat carries it in its focus until it is whole.

    `country`: of their last report, for the first buttons.
    """

    time: str = ""
    zone: str = ""
    country: str = ""

    @property
    def focus(self) -> str:
        """As the focus of a chat."""
        return "|".join((self.time, self.zone, self.country))

    @classmethod
    def read(cls, focus: str) -> "Wish":
        """Back from there."""
        time, _, rest = focus.partition("|")
        zone, _, country = rest.partition("|")
        return cls(time, zone, country)


class End(Value, frozen=True):
    """When a check-in is to end: so many minutes after its plan was sent, or at a time by the clock of a zone."""

    minutes: int = 0
    at: datetime | None = None
    zone: str = ""

    @property
    def focus(self) -> str:
        """As the focus of a chat."""
        return f"{self.at.isoformat()}|{self.zone}" if self.at else str(self.minutes)

    @classmethod
    def read(cls, focus: str) -> "End":
        """Back from there."""
        at, clocked, zone = focus.partition("|")
        return cls(at=datetime.fromisoformat(at), zone=zone) if clocked else cls(int(at))


def screen(context: Context, wish: Wish) -> Message:
    """What is still to be asked: what time it is there, then at what time it ends."""
    return _at_what_time(context, wish) if wish.zone else _where(context, wish)


def _where(context: Context, wish: Wish) -> Message:
    """Their clock is one press away, whether or not they know the name of their zone."""
    now, offset = context.now, context.offset
    near = wall.differing(context.desk.country_zones.get(wish.country, ()), now, offset)
    far = [zone for hours in DISTANCES if offset(zone := f"{hours:+03}:00", now) not in {offset(z, now) for z in near}]
    named = tuple(_city(zone, context) for zone in near)
    times = tuple(Button(_plain(_shows(zone, context)), "zone", zone) for zone in far)
    wished = (Message("checkin.clock.wish", {"time": wish.time}),) if wish.time else ()
    return Message("checkin.clock.zone", lines=wished, choices=(*rows(*named), *grid(times, 4)))


def _city(zone: str, context: Context) -> Button:
    facts: dict[str, Param] = {"time": _shows(zone, context), "zone": Zone(zone)}
    return Button(Message("button.checkin.city", facts), "zone", zone)


def _shows(zone: str, context: Context) -> str:
    return f"{wall.local(zone, context.now, context.offset):%H:%M}"


def _plain(text: str) -> Message:
    return Message("plain", {"text": text})


def _at_what_time(context: Context, wish: Wish) -> Message:
    now = Message("checkin.clock.now", {"time": _shows(wish.zone, context)})
    times = tuple(_time(at, wish.zone, context) for at in _times(wish.zone, context))
    elsewhere = rows(button("checkin.clock.zone", "zone"))
    return Message("checkin.clock.ask", lines=(now,), choices=(*grid(times, 2), *elsewhere))


def _times(zone: str, context: Context) -> list[datetime]:
    """Moments that have a button, the next one first."""
    hour = wall.local(zone, context.now, context.offset).hour
    hours = dict.fromkeys([*((hour + 1 + each) % 24 for each in range(HOURS_NEXT)), *USUAL])
    found = (wall.coming(time(each), zone, context.now, context.offset) for each in hours)
    return sorted(at for at in set(found) if within(at, context.now))


def _time(at: datetime, zone: str, context: Context) -> Button:
    shown = f"{wall.local(zone, at, context.offset):%H:%M}"
    return Button(Message(f"button.checkin.{_day(at, zone, context)}", {"time": shown}), "at", shown)


def within(at: datetime, now: datetime) -> bool:
    """Whether a check-in may end then."""
    return timedelta(minutes=SHORTEST) <= at - now <= timedelta(minutes=LONGEST)


def _day(at: datetime, zone: str, context: Context) -> str:
    then, now = (wall.local(zone, each, context.offset).date() for each in (at, context.now))
    return "tomorrow" if then > now else "today"


def by_the_clock(at: datetime, zone: str, context: Context) -> tuple[Message, ...]:
    """When a check-in ends, by the clock of its writer; nothing when that isn't known."""
    if not zone:
        return ()
    shown: dict[str, Param] = {"time": f"{wall.local(zone, at, context.offset):%H:%M}"}
    known = context.desk.zones.values()
    changing = wall.changing(zone, known, context.now, at, context.offset)
    set_then = (Message("checkin.clock.counted" if "/" in zone else "checkin.clock.uncounted"),) if changing else ()
    return (Message(f"checkin.clock.{_day(at, zone, context)}", shown), *set_then)


def left(at: datetime, now: datetime) -> Param:
    """Time that is left, to the minute: "3 hours 20 minutes"."""
    hours, minutes = divmod(max(0, int((at - now).total_seconds()) // 60), 60)
    if hours < 2 or not minutes:
        return Span(hours * 60 + minutes)
    return Message("span.pair", {"long": Span(hours * 60), "short": Span(minutes)})
