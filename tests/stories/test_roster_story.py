"""A member's week: their own hours in their own zone, wishes against them, and what others see of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from handlers.model import Case, Choice, Hours, Level, OnDuty, Send
from handlers.typed import plain


def offset(zone: str, at: datetime) -> timedelta:
    rules = ZoneInfo(zone) if zone[0] not in "+-" else ZoneInfo("UTC")
    return at.astimezone(rules).utcoffset() or timedelta()


@pytest.fixture
def member(house):
    house.offset = offset
    house.zones = {plain("Chisinau"): "Europe/Chisinau", plain("Кишинёв"): "Europe/Chisinau"}
    return house.member("falcon")


def hours(house) -> Hours | None:
    (me,) = house.members.values()
    return me.hours


def lines(said) -> str:
    return str(said[-1].message.lines)


def test_given_a_member_when_they_set_their_hours_then_each_part_is_a_press_away(house, member):
    assert member.command("roster") == ["roster.zone.ask"]
    assert member.press("rzone", "Europe/Berlin") == ["roster.head"]
    assert hours(house) == Hours("Europe/Berlin", (0, 1, 2, 3, 4), 9, 17)
    member.press("rday", "4")
    member.press("rday", "6")
    member.press("roster", "begin")
    member.press("rbegin", "22")
    member.press("roster", "end")
    member.press("rend", "6")
    assert "roster.overnight" in lines(member.heard())
    member.press("roster", "quiet")
    member.press("rquiet", "23-7")
    assert hours(house) == Hours("Europe/Berlin", (0, 1, 2, 3, 6), 22, 6, (23, 7))
    member.press("roster", "quiet")
    member.press("rquiet", "")
    assert hours(house).quiet is None
    assert [entry.action for entry in house.audit] == ["roster"] * 7
    assert member.press("rdrop") == ["roster.dropped"]
    assert hours(house) is None


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("chisinau", "Europe/Chisinau"),
        ("Кишинев", "Europe/Chisinau"),
        ("+5", "+05:00"),
        ("UTC+5:30", "+05:30"),
        ("gmt −3", "-03:00"),
        ("utc +0545", "+05:45"),
        ("Atlantis", None),
        ("+15", None),
        ("5", None),
        ("+5:75", None),
    ],
)
def test_given_a_city_or_an_offset_that_was_typed_then_it_is_understood_or_asked_again(house, member, said, zone):
    member.command("roster")
    answer = member.say(said)
    assert (answer == ["roster.head"]) is (zone is not None)
    assert (hours(house).zone if hours(house) else None) == zone
    if zone is None:
        assert answer == ["roster.zone.unknown"]
        assert member.press("rzone", "UTC") == ["roster.head"]


def test_given_another_command_while_a_zone_is_asked_then_the_next_words_are_not_a_zone(house, member):
    member.command("roster")
    member.command("queue")
    assert member.say("UTC+5") == ["desk.unasked"]
    assert hours(house) is None


@pytest.mark.parametrize(
    ("verb", "arg"), [("rday", "7"), ("rbegin", "24"), ("rend", "x"), ("rquiet", "1-2"), ("rzone", "Mars")]
)
def test_given_a_press_that_no_button_has_then_nothing_changes(house, member, verb, arg):
    member.command("roster")
    member.press("rzone", "UTC")
    before = hours(house)
    member.bring(Choice(verb, arg))
    assert hours(house) == before


def test_given_presses_before_there_are_hours_then_the_zone_is_asked_first(house, member):
    for verb, arg in (("rday", "1"), ("rbegin", "9"), ("rend", "9"), ("rquiet", "23-7"), ("roster", "begin")):
        assert member.bring(Choice(verb, arg)) == ["roster.zone.ask"]


def test_given_hours_then_duty_follows_them_through_the_week_and_both_nights_of_the_year(house, member):
    member.command("roster")
    member.press("rzone", "Europe/Berlin")
    for begin in ("2026-03-27T00:00", "2026-10-23T00:00", "2026-11-23T00:00"):
        house.now = datetime.fromisoformat(begin).replace(tzinfo=UTC)
        for _ in range(7 * 24):
            house.now += timedelta(hours=1)
            local = house.now.astimezone(ZoneInfo("Europe/Berlin"))
            assert _reached(house) is (local.weekday() < 5 and 9 <= local.hour < 17), local


def _reached(house) -> bool:
    house._carry_out("test:x", Send(OnDuty(), None))
    house.said.pop()
    return bool(house.meant.pop())


def test_given_hours_when_somebody_wishes_otherwise_then_it_holds_until_they_change(house, member):
    member.command("roster")
    member.press("rzone", "Europe/Berlin")
    house.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    member.command("oncall", "off")
    (said,) = member.heard()[-1:]
    assert said.message.id == "oncall.kept"
    assert "09:00" in lines(member.heard())
    assert not _reached(house)
    house.now = datetime(2026, 11, 23, 18, tzinfo=UTC)
    assert not _reached(house)
    member.command("oncall", "on")
    assert _reached(house)
    house.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert _reached(house)
    house.now = datetime(2026, 11, 24, 17, tzinfo=UTC)
    assert not _reached(house)


def test_given_hours_when_their_screen_is_left_then_it_says_that_they_are_kept(house, member):
    member.command("roster")
    member.press("rzone", "UTC")
    assert member.press("roster", "done") == ["roster.kept"]
    assert all(each.hours for each in house.members.values())


def test_given_no_hours_then_a_wish_holds_until_it_is_changed(house, member):
    assert member.command("oncall", "off") == ["oncall.off"]
    house.now += timedelta(days=30)
    assert not _reached(house)
    assert member.command("oncall", "on") == ["oncall.on"]
    assert member.command("oncall") == ["oncall.usage"]
    assert member.press("oncall", "off") == ["oncall.off"]
    assert not _reached(house)
    member.command("oncall", "on")
    assert _reached(house)


def test_given_hours_without_a_day_when_somebody_goes_on_duty_then_it_holds_for_a_week(house, member):
    member.command("roster")
    member.press("rzone", "UTC")
    for day in range(5):
        member.press("rday", str(day))
    member.command("oncall", "on")
    house.now += timedelta(days=6)
    assert _reached(house)
    house.now += timedelta(days=2)
    assert not _reached(house)


def test_given_nobody_within_their_hours_when_a_report_is_sent_then_its_writer_is_told(house, member):
    member.command("roster")
    member.press("rzone", "Europe/Berlin")
    house.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    house.reporter("sunday").report()
    assert "sent.nobody" in str(house.said)
    house.said.clear()
    house.meant.clear()
    house.now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    house.reporter("monday").report()
    assert "sent.nobody" not in str(house.said)


def test_given_a_case_then_its_level_alone_decides_whether_it_rings_at_night(house, member):
    house.reporter("now").report(danger="now")
    house.reporter("later").report()
    cards = [said for said in house.said if isinstance(said, Send) and said.slot.startswith("case:")]
    levels = {case.id: case.level for case in house.cases.values() if isinstance(case, Case)}
    assert {levels[said.slot.removeprefix("case:")]: said.wakes for said in cards} == {Level.P1: True, Level.P3: False}
