"""Time zones as the machine knows them, and what their cities are called."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import zones
from bot.i18n import catalogues
from handlers.desk.roster import ZONES
from handlers.typed import plain

WINTER, SUMMER = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [
        ("Europe/Berlin", 60, 120),
        ("Asia/Tashkent", 300, 300),
        ("America/New_York", -300, -240),
        ("UTC", 0, 0),
        ("+05:30", 330, 330),
        ("-03:00", -180, -180),
        ("Nowhere/Atlantis", 0, 0),
        ("../../etc/passwd", 0, 0),
    ],
)
def test_given_a_zone_then_it_is_this_far_ahead_of_utc(zone: str, winter: int, summer: int) -> None:
    ahead = [zones.offset(zone, at) for at in (WINTER, SUMMER)]
    assert ahead == [timedelta(minutes=winter), timedelta(minutes=summer)]


def test_given_every_zone_with_a_button_then_it_is_known_and_fits_a_button_in_every_language() -> None:
    assert set(ZONES) - {"UTC"} <= zones.known()
    for code, catalogue in catalogues().items():
        shown = [catalogue.zone(zone) for zone in ZONES]
        assert len(set(shown)) == len(ZONES), code
        assert all(len(name) <= 24 and "/" not in name for name in shown), (code, shown)
        assert not catalogue.language.cyrillic or not any(name[0].isascii() for name in shown[:-1]), (code, shown)
    assert all(len(zone) <= 22 for zone in ZONES), "an arg of a button"


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Berlin", "Europe/Berlin"),
        ("Берлин", "Europe/Berlin"),
        ("Toshkent", "Asia/Tashkent"),
        ("Ташкент", "Asia/Tashkent"),
        ("алматы", "Asia/Almaty"),
        ("New York", "America/New_York"),
        ("Europe/Vilnius", "Europe/Vilnius"),
        ("İstanbul", "Europe/Istanbul"),
    ],
)
def test_given_a_city_in_any_of_the_languages_then_its_zone_is_found(typed: str, zone: str) -> None:
    assert zones.names(each.zone for each in catalogues().values())[plain(typed)] == zone


def test_given_an_offset_then_it_is_shown_as_one() -> None:
    assert {catalogue.zone("+05:30") for catalogue in catalogues().values()} == {"UTC+05:30"}
    assert {catalogue.zone("UTC") for catalogue in catalogues().values()} == {"UTC"}
