"""Who is on duty, and whom an audience means. Pure: how far a time zone is ahead of UTC is given (`Offset`).

On duty is who keeps hours and is within them, or wishes to be; a wish holds until the hours change next. Without hours
it holds until it is changed. Hours are a person's own: in the night in which their zone changes its time, a shift is an
hour shorter or longer, as it is on their wall.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from msgspec.structs import replace

from handlers.model import Admins, Audience, Called, Clearance, Hours, Member, Offset, OnDuty, Role, Staff, Team
from handlers.permissions import cleared
from handlers.program import Circle

WEEK = 7
LONGEST = timedelta(days=7)
"""How long a wish holds against hours that never change."""
QUARTER = timedelta(minutes=15)
"""Every time zone of today is ahead of UTC, or behind, by a whole number of these: all that an hour can begin at."""


def on_duty(member: Member, now: datetime, offset: Offset) -> bool:
    """Whether this member is called now."""
    if not member.active:
        return False
    if member.hours is None or (member.until and now < member.until):
        return member.on_duty
    return on_shift(member.hours, now, offset)


def on_shift(hours: Hours, at: datetime, offset: Offset) -> bool:
    """Whether a time lies within these hours."""
    local = at + offset(hours.zone, at)
    today, yesterday = local.weekday(), (local.weekday() - 1) % WEEK
    overnight = hours.end <= hours.begin
    early = yesterday in hours.days and overnight and local.hour < hours.end
    late = today in hours.days and local.hour >= hours.begin and (overnight or local.hour < hours.end)
    return early or late


def quiet(member: Member, now: datetime, offset: Offset) -> bool:
    """Whether nothing but P1 may ring at this member's."""
    if member.hours is None or member.hours.quiet is None:
        return False
    (first, after), hour = member.hours.quiet, (now + offset(member.hours.zone, now)).hour
    return first <= hour < after if first < after else hour >= first or hour < after


def next_change(hours: Hours, now: datetime, offset: Offset) -> datetime | None:
    """When the next shift begins or the present one ends; None when these hours never change."""
    return _changes(lambda at: on_shift(hours, at, offset), now)


def wishing(member: Member, wish: bool, now: datetime, offset: Offset) -> Member:
    """The member with a wish to be on duty, or not to be, until their hours change next."""
    if member.hours is None or on_shift(member.hours, now, offset) is wish:
        return replace(member, on_duty=wish, until=None)
    return replace(member, on_duty=wish, until=next_change(member.hours, now, offset) or _quarter(now) + LONGEST)


def until(member: Member, now: datetime, offset: Offset) -> datetime | None:
    """When this member's duty begins or ends next; None when it stays as it is, for a week and longer."""
    return _changes(lambda at: on_duty(member, at, offset), now)


def _changes(state: Callable[[datetime], bool], now: datetime) -> datetime | None:
    present, step = state(now), _quarter(now)
    for _ in range((WEEK + 1) * 24 * 4):
        step += QUARTER
        if state(step) != present:
            return step
    return None


def _quarter(at: datetime) -> datetime:
    """The quarter of an hour that a time lies in."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def meant(to: Audience, team: Iterable[Member], now: datetime, offset: Offset) -> list[Member]:
    """The members that an audience means now; none for an address."""
    members = tuple(team)
    match to:
        case Staff(member=id):
            return [each for each in members if each.id == id and each.active]
        case OnDuty(clearance):
            return [each for each in _cleared(clearance, members) if on_duty(each, now, offset)]
        case Called():
            return _called(to, members, now, offset)
        case Team(clearance):
            return _cleared(clearance, members)
        case Admins():
            return [each for each in members if each.active and each.role is Role.ADMIN]
    return []


def _cleared(clearance: Clearance, members: tuple[Member, ...]) -> list[Member]:
    ids = cleared(clearance, members)
    return [each for each in members if each.id in ids]


def _called(to: Called, members: tuple[Member, ...], now: datetime, offset: Offset) -> list[Member]:
    others = [each for each in _cleared(to.clearance, members) if each.id != to.holder]
    ready = [each for each in others if on_duty(each, now, offset)]
    admins = [each for each in others if each.role is Role.ADMIN]
    everybody = Circle.DUTY in to.circles or (Circle.HOLDER in to.circles and not to.holder)
    fresh = sorted((each for each in ready if each.id not in to.seen), key=lambda each: _rank(each, to))
    duty = ready if everybody else fresh[:1] if Circle.SECOND in to.circles else []
    called = [*duty, *(each for each in admins if Circle.ADMINS in to.circles and each not in duty)]
    return [each for each in called or admins or others if each.id not in to.seen]


def _rank(member: Member, to: Called) -> tuple[bool, bytes]:
    """The second responder: who speaks the reporter's language first, and then a different one for each case."""
    return member.language != to.language, sha256(f"{to.case} {member.id}".encode()).digest()
