"""An admin looks at the figures: a picture with the same in words, of what they may know of."""

import pytest
from msgspec.structs import replace

from handlers import figures
from handlers.charts import BY, PERIODS
from handlers.model import Choice, Counted, Delete, Level, MessageRef, Picture, Role

GONE = Counted("2026-01", "hack", ("UZ",), "fsu", Level.P3, in_time=True, closed=True, consented=True, outcome="helped")


@pytest.fixture
def admin(house):
    return house.member("amina", Role.ADMIN)


def drawn(house):
    """The newest picture, as bar -> number."""
    picture = [each for each in house.effects if isinstance(each, Picture)][-1]
    return {bar.of: bar.value for bar in picture.chart.bars}


def press(admin, by, period):
    return admin.bring(Choice("stats", f"{by}.{period}", message=MessageRef("7")))


def test_given_reports_then_stats_brings_a_picture_of_the_last_twelve_months_with_the_words_and_all_ways_on(
    house, admin
):
    house.reporter("one").report(category="threat")
    house.reporter("two").report(category="threat")
    house.kept = (GONE, replace(GONE, month="2024-01"))
    assert admin.command("stats") == []
    assert drawn(house) == {"threat": 2, "hack": 1}
    picture = house.effects[-1]
    assert (picture.to, picture.message.id, picture.message.protect) == (admin.address, "figures.title", True)
    assert "figures.internal" in [line.id for line in picture.message.lines]
    args = {button.arg for row in picture.message.choices for button in row}
    assert args == {f"{by}.year" for by in BY} | {f"category.{period}" for period in PERIODS}


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("period", PERIODS)
def test_given_a_press_then_the_chosen_chart_comes_in_place_of_the_old_one(house, admin, by, period):
    house.reporter().report()
    admin.command("stats")
    press(admin, by, period)
    picture = house.effects[-1]
    assert (picture.chart.by, picture.chart.total, picture.instead) == (by, 1, "7")


def test_given_a_period_without_reports_then_words_say_so_and_lead_on(house, admin):
    house.kept = (replace(GONE, month="2024-01"),)
    assert admin.command("stats") == ["figures.title"]
    said = admin.heard()[-1].message
    assert "figures.none" in [line.id for line in said.lines] and said.choices
    assert press(admin, "category", "month") == ["figures.title"]
    assert house.effects[-1] == Delete(admin.address, (MessageRef("7"),))
    press(admin, "category", "all")
    assert drawn(house) == {"hack": 1}


def test_given_somebody_in_a_hurry_who_said_nothing_of_it_then_their_bar_does_not_say_that_it_was_something_else(
    house, admin
):
    house.reporter().report(danger="now")
    admin.command("stats")
    assert drawn(house) == {"other": 1}
    assert [bar.label.id for bar in house.effects[-1].chart.bars] == ["figures.other"]


def test_given_an_unknown_chart_then_the_first_is_shown(house, admin):
    house.reporter().report()
    admin.bring(Choice("stats", "nonsense.ever"))
    assert house.effects[-1].chart.by == "category"


def test_given_a_case_of_which_an_admin_may_not_know_then_it_is_not_in_their_figures(house):
    here = house.member("amina", Role.ADMIN, communities=("TJ",))
    house.member("bilal", Role.ADMIN, communities=("UZ",))
    house.reporter("one").report(category="threat")
    (case,) = house.cases.values()
    house.cases[case.id] = replace(case, hidden_from=("TJ",))
    house.reporter("two").report(category="hack")
    here.command("stats")
    assert drawn(house) == {"hack": 1}


def test_given_a_hidden_case_that_is_gone_then_no_admins_figures_grow_by_it(house, admin):
    hidden = figures.counted(replace(_report(house), hidden_from=("TJ",)), house.now)
    house.kept = (GONE, hidden)
    house.cases.clear()
    admin.command("stats")
    assert drawn(house) == {"hack": 1}


def _report(house):
    house.reporter().report(category="threat")
    return next(iter(house.cases.values()))


def test_given_locked_keys_or_a_responder_then_there_are_no_figures(house):
    house.reporter().report()
    assert house.member("amina", Role.ADMIN, unlocked=False).command("stats") == ["refused.locked"]
    assert "figures.title" not in house.member("falcon").command("stats")
    assert not [each for each in house.effects if isinstance(each, Picture)]
