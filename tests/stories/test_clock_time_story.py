"""A check-in by the clock: "if I don't press OK by 18:00", wherever that is."""

from datetime import UTC, datetime, timedelta

import pytest

from bot import zones
from handlers.model import CaseState, Choice, Message, Span, Step
from handlers.typed import plain
from tests.stories.conftest import House, Phone

PLAN = "Call my sister."


@pytest.fixture
def asked(house: House) -> Phone:
    """Somebody in Germany who is asked how long; it is 13:00 there, and 12:00 UTC."""
    house.offset, house.country_zones = zones.offset, zones.by_country()
    house.zones = {plain("Berlin"): "Europe/Berlin", plain("Ташкент"): "Asia/Tashkent"}
    phone = house.reporter()
    phone.report(host="DE")
    phone.command("checkin")
    return phone


def _due(house: House) -> datetime:
    (found,) = [each.checkin for each in house.conversations.values() if each.checkin]
    return found.due


def _lines(phone: Phone) -> dict[str, Message]:
    return {line.id: line for line in phone.heard()[-1].message.lines}


def _labels(phone: Phone) -> list[str]:
    said = phone.heard()[-1].message
    return [str(b.label.params.get("time", b.label.params.get("text"))) for row in said.choices for b in row]


def test_given_nothing_but_buttons_when_a_clock_time_is_wished_then_it_is_set(house: House, asked: Phone):
    assert asked.say("button.checkin.clock") == ["checkin.clock.zone"]
    assert _labels(asked)[0] == "13:00"
    assert asked.press("zone", "Europe/Berlin") == ["checkin.clock.ask"]
    assert [arg for verb, arg in asked.buttons() if verb == "at"][:2] == ["14:00", "15:00"]
    assert asked.press("at", "18:00") == ["checkin.plan.clock"]
    assert asked.say(PLAN) == ["checkin.set"]
    assert _due(house) == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    shown = asked.heard()[-1].message
    assert shown.params["left"] == Span(300)
    assert _lines(asked)["checkin.clock.today"].params == {"time": "18:00"}


@pytest.mark.parametrize("typed", ["18:00", "18.00", "6 pm", "6:00 p. m."])
def test_given_a_time_that_is_typed_at_once_then_only_the_place_is_asked(house: House, asked: Phone, typed: str):
    assert asked.say(typed) == ["checkin.clock.zone"]
    assert "checkin.clock.wish" in _lines(asked)
    assert asked.press("zone", "Europe/Berlin") == ["checkin.plan.clock"]
    asked.say(PLAN)
    assert _due(house) == datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("there", "hour"), [("17:04", 13), ("Ташкент", 13), ("+5", 13), ("7:30", 22), ("berlin", 17), ("09:00", 21)]
)
def test_given_what_the_clock_there_shows_or_a_city_then_it_is_understood(house: House, asked: Phone, there, hour):
    asked.press("clock")
    assert asked.say(there) == ["checkin.clock.ask"]
    assert asked.say("18:00") == ["checkin.plan.clock"]
    asked.say(PLAN)
    assert _due(house).hour == hour


def test_given_a_time_that_is_past_today_then_it_is_tomorrow_and_that_is_said(house: House, asked: Phone):
    asked.say("09:00")
    asked.press("zone", "Europe/Berlin")
    assert _lines(asked)["checkin.clock.tomorrow"].params == {"time": "09:00"}
    asked.say(PLAN)
    assert "checkin.clock.tomorrow" in _lines(asked)
    assert _due(house) == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    house.now += timedelta(hours=12)
    asked.command("checkin")
    assert "checkin.clock.today" in _lines(asked)


@pytest.mark.parametrize("typed", ["13:05", "13:00"])
def test_given_a_time_that_is_too_near_or_too_far_then_another_is_asked_for(house: House, asked: Phone, typed: str):
    house.now += timedelta(minutes=0 if typed == "13:05" else -1)
    asked.say(typed)
    assert asked.press("zone", "Europe/Berlin") == ["checkin.clock.range"]
    assert asked.say("16:20") == ["checkin.plan.clock"]


def test_given_odd_answers_then_each_is_asked_again_and_no_words_are_lost(house: House, asked: Phone):
    asked.press("clock")
    assert asked.say("Atlantis") == ["checkin.clock.unknown"]
    assert asked.bring(Choice("zone", "Mars/Base", house.conversations[asked.address].prompt)) == ["checkin.clock.zone"]
    assert asked.press("zone", "+05:00") == ["checkin.clock.ask"]
    assert asked.say("soon") == ["checkin.clock.time"]
    assert asked.press("zone", "") == ["checkin.clock.zone"]
    assert asked.say("they are at my door now") == ["held.ask"]
    assert house.conversations[asked.address].held[0].text == "they are at my door now"


def test_given_a_plan_that_comes_after_its_time_then_ten_minutes_are_left_and_that_is_said(house: House, asked: Phone):
    asked.say("13:30")
    asked.press("zone", "Europe/Berlin")
    house.now += timedelta(hours=1)
    assert asked.say(PLAN) == ["checkin.set"]
    assert "checkin.clock.late" in _lines(asked)
    assert _due(house) - house.now == timedelta(minutes=10)


def test_given_a_night_in_which_the_clocks_are_set_then_it_ends_by_the_wall_and_that_is_said(
    house: House, asked: Phone
):
    house.now = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
    asked.say("12:00")
    asked.press("zone", "Europe/Berlin")
    assert "checkin.clock.counted" in _lines(asked)
    asked.say(PLAN)
    assert _due(house) == datetime(2026, 10, 25, 11, 0, tzinfo=UTC)
    asked.press("endcheck")
    asked.press("checkin")
    asked.say("12:00")
    asked.say("22:00")
    assert "checkin.clock.uncounted" in _lines(asked)
    assert asked.say(PLAN) == ["checkin.set"]
    assert _due(house) == datetime(2026, 10, 25, 10, 0, tzinfo=UTC)


def test_given_the_zone_then_it_lives_and_dies_with_the_check_in(house: House, asked: Phone):
    asked.press("clock")
    asked.press("zone", "Europe/Berlin")
    assert "Berlin" in repr(house.conversations)
    asked.press("home")
    assert "Berlin" not in repr(house.conversations)
    asked.press("checkin")
    asked.say("18:00")
    asked.press("zone", "Europe/Berlin")
    asked.say(PLAN)
    assert "Berlin" not in repr(house.cases) + repr(house.parts) + repr(house.audit)
    asked.press("more")
    assert asked.say("19:30") == ["checkin.more"]
    assert _due(house).hour == 18
    asked.command("x")
    assert "Berlin" not in repr(house.conversations)


def test_given_a_reminder_then_ok_an_hour_more_another_time_and_the_end_are_each_one_press(house: House, asked: Phone):
    asked.press("wait", "60")
    asked.say(PLAN)
    (said,) = [each.message for each in house.pass_time(minutes=46)]
    assert said.id == "checkin.soon"
    assert {"ok", "later", "more", "endcheck"} <= {button.verb for row in said.choices for button in row}
    assert asked.press("later") == ["checkin.more"]
    assert _due(house) - house.now == timedelta(minutes=74)
    assert [each.message.id for each in house.pass_time(minutes=58)] == []
    assert [each.message.id for each in house.pass_time(minutes=2)] == ["checkin.soon"]
    for _ in range(30):
        asked.press("later")
    assert _due(house) - house.now == timedelta(hours=24)
    assert asked.press("endcheck") == ["checkin.ended"]
    assert not any("checkin" in case.rules for case in house.cases.values())
    assert "checkin.passed" not in [each.message.id for each in house.pass_time(hours=30)]


def test_given_an_hour_more_when_none_runs_or_it_has_passed_then_that_is_shown(house: House, asked: Phone):
    assert asked.bring(Choice("later")) == ["checkin.ask"]
    asked.press("wait", "60")
    asked.say(PLAN)
    house.pass_time(minutes=61)
    assert asked.bring(Choice("later")) == ["checkin.passed"]


@pytest.mark.parametrize("state", ["locked", "nobody on duty"])
def test_given_a_locked_desk_or_nobody_on_duty_when_the_time_passes_then_pages_come_all_the_same_and_repeat(
    house: House, state: str
):
    ruth = house.member("ruth", unlocked=state != "locked")
    if state != "locked":
        ruth.command("oncall", "off")
    phone = house.reporter()
    phone.begin()
    phone.command("checkin")
    phone.press("wait", "60")
    phone.say(PLAN)
    first = len(house.said)
    house.pass_time(minutes=95)
    pages = [at for at in range(first, len(house.said)) if house.said[at].message.id == "card.head"]
    assert len(pages) == 4
    assert all(house.meant[at] == set(house.members) for at in pages)
    assert {case.state for case in house.cases.values()} == {CaseState.OPEN}
    assert house.conversations[phone.address].step is Step.HOME
