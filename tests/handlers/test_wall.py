"""Clock times: as they are typed, and when a clock shows them next, on days of 23 and 25 hours too."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.zones import by_country, known, offset
from handlers import wall

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("18:00", time(18)),
        (" 18.00 ", time(18)),
        ("9:05", time(9, 5)),
        ("6 pm", time(18)),
        ("6pm", time(18)),
        ("6:30 p.m.", time(18, 30)),
        ("12 am", time(0)),
        ("12:15 PM", time(12, 15)),
        ("24:00", time(0)),
        ("0:00", time(0)),
        ("18", None),
        ("1800", None),
        ("25:00", None),
        ("24:01", None),
        ("13 pm", None),
        ("0 am", None),
        ("18:60", None),
        ("18:0", None),
        ("tomorrow 18:00", None),
        ("٦:٣٠", None),
        ("", None),
    ],
)
def test_given_a_time_as_people_write_it_then_it_is_read_and_nothing_else_is(typed: str, meant: time | None) -> None:
    assert wall.time_of_day(typed) == meant


def utc(*at: int) -> datetime:
    return datetime(*at, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("now", "wanted", "then"),
    [
        (utc(2026, 7, 1, 12, 0), time(18), utc(2026, 7, 1, 16, 0)),
        (utc(2026, 7, 1, 17, 0), time(18), utc(2026, 7, 2, 16, 0)),
        (utc(2026, 7, 1, 23, 0), time(0, 30), utc(2026, 7, 2, 22, 30)),
        # clocks go forward on 29 March 2026 at 01:00 UTC: 02:30 is on no wall, and noon comes an hour sooner
        (utc(2026, 3, 28, 20, 0), time(2, 30), utc(2026, 3, 29, 1, 30)),
        (utc(2026, 3, 28, 20, 0), time(12), utc(2026, 3, 29, 10, 0)),
        # and back on 25 October 2026 at 01:00 UTC: 02:30 is there twice
        (utc(2026, 10, 24, 20, 0), time(2, 30), utc(2026, 10, 25, 0, 30)),
        (utc(2026, 10, 25, 0, 45), time(2, 30), utc(2026, 10, 25, 1, 30)),
        (utc(2026, 10, 24, 20, 0), time(12), utc(2026, 10, 25, 11, 0)),
    ],
)
def test_given_a_time_then_it_comes_when_a_clock_in_berlin_shows_it_next(now, wanted, then) -> None:
    assert wall.coming(wanted, BERLIN, now, offset) == then


@pytest.mark.parametrize("zone", sorted(known())[::7])
def test_given_any_zone_and_any_hour_of_a_year_then_the_clock_shows_that_time_at_most_a_day_and_an_hour_later(
    zone: str,
):
    rules = ZoneInfo(zone)
    for step in range(0, 365 * 24, 41):
        now = utc(2026, 1, 1) + timedelta(hours=step)
        at = wall.coming(time(step % 24, 30), zone, now, offset)
        assert now < at <= now + timedelta(hours=25)
        if at.astimezone(rules).time() != time(step % 24, 30):  # a time that is on no wall that night
            assert offset(zone, at) != offset(zone, at - timedelta(hours=2))


@pytest.mark.parametrize(
    ("shown", "zone"),
    [
        ("12:00", "+00:00"),
        ("14:07", "+02:00"),
        ("13:52", "+02:00"),
        ("17:31", "+05:30"),
        ("03:58", "-08:00"),
        ("23:59", "-12:00"),
        ("00:01", "-12:00"),
        ("21:00", "+09:00"),
    ],
)
def test_given_what_somebodys_clock_shows_then_its_zone_is_known_to_the_half_hour(shown: str, zone: str) -> None:
    assert wall.ahead(time.fromisoformat(shown), utc(2026, 7, 1, 12, 0)) == zone


def test_given_a_country_then_each_of_its_times_is_offered_once_by_a_large_city() -> None:
    table, now = by_country(), utc(2026, 7, 1)
    assert wall.differing(table["DE"], now, offset) == (BERLIN,)
    assert wall.differing(table["US"], now, offset)[:4] == (
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Phoenix",
    )
    assert all(len(zone) <= 22 for zones in table.values() for zone in zones)


def test_given_a_night_in_which_clocks_are_set_then_that_is_known_for_a_zone_and_feared_for_a_distance() -> None:
    before, after = utc(2026, 10, 24, 20), utc(2026, 10, 25, 11)
    assert wall.changing(BERLIN, (), before, after, offset)
    assert wall.changing("+02:00", known(), before, after, offset)
    assert not wall.changing("+05:00", known(), before, after, offset)
    assert not wall.changing("+02:00", known(), before - timedelta(days=3), after - timedelta(days=3), offset)
