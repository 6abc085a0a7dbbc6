"""Clocks on the wall: times of day as they are typed, and when a clock in some place shows one next.

Pure: how far a time zone is ahead of UTC at a time is given (`Offset`). A zone is an IANA name, or an offset as
"+05:30". What a clock shows is a time without a zone of its own; it is carried with the UTC mark, like every time here.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from handlers.model import Offset

DAY = timedelta(days=1)
HALF_HOUR = 30
"""Minutes: nearly every zone is ahead of UTC by a whole number of these, and no watch is wrong by half as much.

Who lives in one of the few others (Nepal, Chatham) names a city or the distance.
"""
FARTHEST = 14
"""Hours: no zone is farther ahead of UTC (Line Islands)."""

_TIME = re.compile(r"(\d{1,2})(?:\s?[:.]\s?([0-5]\d))?\s*(?:([ap])\.?\s?m\.?)?", re.IGNORECASE | re.ASCII)
_DATED = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[ T](.+)", re.ASCII)
_DISTANCE = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE | re.ASCII)


def time_of_day(text: str) -> time | None:
    """A time as people write it: "18:00", "18.00", "6 pm", "6:30 p.m.". A number alone is none."""
    found = _TIME.fullmatch(text.strip())
    if found is None or not (found[2] or found[3]):
        return None
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
    if half:
        return time(hour % 12 + (12 if half == "p" else 0), minute) if 1 <= hour <= 12 else None
    return time(hour % 24, minute) if hour < 24 or (hour, minute) == (24, 0) else None


def distance(text: str) -> str | None:
    """A zone named by how far it is ahead of UTC: "+5", "UTC+5:30"."""
    found = _DISTANCE.fullmatch(text.strip().replace("−", "-"))
    if found is None or int(found[2]) > FARTHEST:
        return None
    return f"{found[1]}{int(found[2]):02}:{found[3] or '00'}"


def ahead(shown: time, now: datetime) -> str:
    """The zone of a clock that shows this now, to the half hour. On which side of the date line, it can't tell."""
    between = (shown.hour - now.hour) * 60 + shown.minute - now.minute
    minutes = (round(between / HALF_HOUR) * HALF_HOUR + 12 * 60) % (24 * 60) - 12 * 60
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def dated(text: str) -> datetime | None:
    """A day and a time as they are typed: "2026-12-01 18:00"."""
    found = _DATED.fullmatch(text.strip())
    at = time_of_day(found[4]) if found else None
    if found is None or at is None:
        return None
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), at.hour, at.minute, tzinfo=UTC)
    except ValueError:
        return None


def local(zone: str, at: datetime, offset: Offset) -> datetime:
    """What a clock there shows."""
    return at + offset(zone, at)


def moment(shown: datetime, zone: str, offset: Offset) -> datetime:
    """When a clock there shows this; the first time, if it does so twice."""
    return min(_moments(shown, zone, offset))


def coming(wanted: time, zone: str, now: datetime, offset: Offset) -> datetime:
    """When a clock there shows this time next, after now."""
    today = datetime.combine(local(zone, now, offset).date(), wanted, UTC)
    found = (at for days in range(3) for at in _moments(today + days * DAY, zone, offset))
    return min(at for at in found if at > now)


def _moments(shown: datetime, zone: str, offset: Offset) -> Iterable[datetime]:
    """When a clock shows this: twice in the night in which it is set back over it.

    In the night in which it is set forward over it, never: then when it would have been, by the time before.
    """
    guesses = {shown - offset(zone, shown - DAY), shown - offset(zone, shown + DAY)}
    return [at for at in guesses if local(zone, at, offset) == shown] or [max(guesses)]


def differing(zones: Iterable[str], now: datetime, offset: Offset) -> tuple[str, ...]:
    """Of these zones the first one of each time, today and tomorrow: nobody needs to tell the others apart."""
    found: dict[tuple[timedelta, timedelta], str] = {}
    for zone in zones:
        found.setdefault((offset(zone, now), offset(zone, now + DAY)), zone)
    return tuple(found.values())


def changing(zone: str, known: Iterable[str], now: datetime, until: datetime, offset: Offset) -> bool:
    """Whether clocks are set in between, in a zone or, when it is only a distance, in any that stands where it does."""
    before = offset(zone, now)
    same = (zone,) if "/" in zone else {each for each in known if offset(each, now) == before}
    return any(offset(each, until) != before for each in same)
