"""Who is on duty, by the clock on their own wall; and whom an audience means."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from handlers import duty
from handlers.model import Address, Called, Clearance, Hours, Member, MemberId, OnDuty, Role, Staff
from handlers.program import Circle

WORKDAYS = (0, 1, 2, 3, 4)
SUNDAY = (6,)


def offset(zone: str, at: datetime) -> timedelta:
    return at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def at(text: str) -> datetime:
    """A time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def member(name: str, role: Role = Role.RESPONDER, **more: object) -> Member:
    told = Member(MemberId(name), Address(f"test:{name}"), role, name, active=True)
    return replace(told, **more)


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("Europe/Berlin", "2026-11-23T08:00", "2026-11-23T16:00"),
        ("Europe/Berlin", "2026-07-06T07:00", "2026-07-06T15:00"),
        ("Asia/Tashkent", "2026-07-06T04:00", "2026-07-06T12:00"),
        ("Asia/Kathmandu", "2026-07-06T03:15", "2026-07-06T11:15"),
        ("America/St_Johns", "2026-07-06T11:30", "2026-07-06T19:30"),
        ("Asia/Tokyo", "2026-07-06T00:00", "2026-07-06T08:00"),
        ("Pacific/Auckland", "2026-07-05T21:00", "2026-07-06T05:00"),
    ],
)
def test_given_a_working_day_then_it_begins_and_ends_by_the_clock_on_the_wall(zone: str, first: str, last: str) -> None:
    hours, minute = Hours(zone, WORKDAYS, 9, 17), timedelta(minutes=1)
    within = [duty.on_shift(hours, at(first) + step, offset) for step in (-minute, 0 * minute, minute)]
    assert within == [False, True, True]
    assert [duty.on_shift(hours, at(last) + step, offset) for step in (-minute, 0 * minute)] == [True, False]
    assert duty.next_change(hours, at(first), offset) == at(last)
    assert duty.next_change(hours, at(first) - minute, offset) == at(first)


@pytest.mark.parametrize(
    ("zone", "night", "hours_long"),
    [
        ("Europe/Berlin", "2026-03-28", 7),
        ("Europe/Berlin", "2026-10-24", 9),
        ("Europe/Berlin", "2026-11-21", 8),
        ("Asia/Tashkent", "2026-03-28", 8),
        ("Asia/Tashkent", "2026-10-24", 8),
        ("America/New_York", "2026-03-07", 7),
        ("America/New_York", "2026-10-31", 9),
    ],
)
def test_given_a_night_shift_when_the_time_changes_then_it_is_an_hour_shorter_or_longer(
    zone: str, night: str, hours_long: int
) -> None:
    hours = Hours(zone, (5,), 22, 6)
    begin = duty.next_change(hours, at(f"{night}T00:00"), offset)
    assert begin is not None
    end = duty.next_change(hours, begin, offset)
    assert end is not None
    assert end - begin == timedelta(hours=hours_long)
    inside = [begin + timedelta(minutes=15 * step) for step in range(hours_long * 4)]
    assert all(duty.on_shift(hours, each, offset) for each in inside)


def test_given_a_shift_in_the_hour_that_does_not_exist_then_it_is_left_out_and_the_doubled_one_lasts_two() -> None:
    hours = Hours("Europe/Berlin", SUNDAY, 2, 3)
    quarters = [at("2026-03-29T00:00") + timedelta(minutes=15 * step) for step in range(24)]
    assert not any(duty.on_shift(hours, each, offset) for each in quarters)
    quarters = [at("2026-10-25T00:00") + timedelta(minutes=15 * step) for step in range(24)]
    assert sum(duty.on_shift(hours, each, offset) for each in quarters) == 8


def test_given_every_quarter_of_a_year_then_each_change_is_found_from_the_one_before() -> None:
    hours = Hours("Europe/Berlin", WORKDAYS, 22, 6)
    step, present = at("2026-01-01T00:00"), None
    expected, change = [], duty.next_change(hours, at("2025-12-31T23:59"), offset)
    while step < at("2026-06-01T00:00"):
        now = duty.on_shift(hours, step, offset)
        if present is not None and now != present:
            expected.append(step)
        present, step = now, step + timedelta(minutes=15)
    found = []
    change = duty.next_change(hours, at("2026-01-01T00:00"), offset)
    while change and change < at("2026-06-01T00:00"):
        found.append(change)
        change = duty.next_change(hours, change, offset)
    assert found == expected


def test_given_hours_that_never_change_then_there_is_no_next_change() -> None:
    now = at("2026-11-23T12:00")
    assert duty.next_change(Hours("UTC", ()), now, offset) is None
    assert duty.next_change(Hours("UTC", tuple(range(7)), 0, 0), now, offset) is None
    assert duty.on_shift(Hours("UTC", tuple(range(7)), 5, 5), now, offset)


def test_given_a_wish_then_it_holds_until_its_time_and_the_hours_count_after_it() -> None:
    hours, now = Hours("UTC", WORKDAYS, 9, 17), at("2026-11-23T12:00")
    off = member("off", hours=hours, on_duty=False, until=at("2026-11-23T17:00"))
    assert not duty.on_duty(off, now, offset)
    assert not duty.on_duty(off, at("2026-11-23T18:00"), offset)
    assert duty.on_duty(off, at("2026-11-24T09:00"), offset)
    on = member("on", hours=hours, until=at("2026-11-24T09:00"))
    assert duty.on_duty(on, at("2026-11-23T20:00"), offset)
    assert not duty.on_duty(member("none", hours=hours, on_duty=True), at("2026-11-23T20:00"), offset)
    assert duty.on_duty(member("always"), now, offset)
    assert not duty.on_duty(member("gone", active=False), now, offset)


@pytest.mark.parametrize(
    ("quiet", "silent"),
    [
        ((22, 7), {22, 23, *range(7)}),
        ((0, 8), set(range(8))),
        ((12, 13), {12}),
        ((5, 5), set(range(24))),
        (None, set()),
    ],
)
def test_given_quiet_hours_then_they_are_those_on_the_wall(quiet: tuple[int, int] | None, silent: set[int]) -> None:
    told, midnight = member("quiet", hours=Hours("Europe/Berlin", quiet=quiet)), at("2026-11-22T23:00")
    assert {hour for hour in range(24) if duty.quiet(told, midnight + timedelta(hours=hour), offset)} == silent
    assert not duty.quiet(member("loud"), midnight, offset)


def test_given_each_audience_then_it_means_exactly_these() -> None:
    now = at("2026-11-23T12:00")
    on, off = member("on"), member("off", on_duty=False)
    admin, away = member("admin", Role.ADMIN), member("away", Role.ADMIN, on_duty=False)
    team = (on, off, admin, away, member("new", active=False))

    def told(to: object) -> set[str]:
        return {each.name for each in duty.meant(to, team, now, offset)}  # type: ignore[arg-type]

    assert told(OnDuty()) == {"on", "admin"}
    assert told(Staff(off.id)) == {"off"}
    assert told(Called((Circle.HOLDER,))) == {"on", "admin"}
    assert told(Called((Circle.HOLDER,), holder=on.id)) == {"admin", "away"}, "its holder is told by another message"
    assert told(Called((Circle.DUTY,), holder=on.id)) == {"admin"}
    assert told(Called((Circle.DUTY,), seen=(on.id,))) == {"admin"}
    assert told(Called((Circle.ADMINS,))) == {"admin", "away"}
    assert told(Called((Circle.DUTY, Circle.ADMINS))) == {"on", "admin", "away"}
    assert len(told(Called((Circle.SECOND,), holder=MemberId("x")))) == 1
    assert told(Called((Circle.SECOND,), holder=on.id, seen=(admin.id,))) == {"away"}


def test_given_nobody_on_duty_then_the_admins_are_meant_and_without_them_everybody_who_may_know() -> None:
    now = at("2026-11-23T12:00")
    home, guest = {"communities": ("UZ",), "on_duty": False}, {"communities": ("DE",), "on_duty": False}
    team = (member("guest", **guest), member("home", **home), member("admin", Role.ADMIN, **home))
    called = Called((Circle.DUTY,))
    assert [each.name for each in duty.meant(called, team, now, offset)] == ["admin"]
    hidden = replace(called, clearance=Clearance(("UZ",)))
    assert [each.name for each in duty.meant(hidden, team, now, offset)] == ["guest"]


def test_given_many_cases_then_the_second_responder_is_not_always_the_same_and_speaks_the_language() -> None:
    team = [member(f"m{number}", language="ru" if number < 3 else "en") for number in range(8)]
    called = [Called((Circle.SECOND,), holder=MemberId("m7"), case=str(case), language="ru") for case in range(60)]  # type: ignore[arg-type]
    chosen = [duty.meant(each, team, at("2026-11-23T12:00"), offset) for each in called]
    assert {len(each) for each in chosen} == {1}
    assert {each.name for (each,) in chosen} == {"m0", "m1", "m2"}
