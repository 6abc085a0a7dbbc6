"""Every report stands in exactly one bar of every chart."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.charts import BY, MOST, PERIODS, REST, chart, since, words
from handlers.figures import HOST_GROUPS
from handlers.model import Counted, Level

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ROWS = st.lists(
    st.builds(
        Counted,
        st.builds("{}-{:02}".format, st.integers(2019, 2027), st.integers(1, 12)),
        st.sampled_from([f"category{number}" for number in range(20)]),
        st.sampled_from([(), ("TJ",), ("UZ",), ("RU", "UZ"), ("other",)]),
        st.sampled_from(HOST_GROUPS),
        st.sampled_from(Level),
        st.sampled_from([True, False, None]),
        st.booleans(),
        st.booleans(),
        st.sampled_from(["", "helped", "silent"]),
    ),
    max_size=60,
)


def row(month: str = "2026-11", **more: object) -> Counted:
    known = {"category": "hack", "origins": ("TJ",), "host_group": "fsu", "level": Level.P3, "in_time": None}
    return Counted(month, **(known | {"closed": False, "consented": False} | more))  # type: ignore[arg-type]


@given(ROWS, st.sampled_from(sorted(BY)), st.sampled_from(sorted(PERIODS)))
def test_given_any_reports_then_the_bars_of_every_chart_add_up_to_those_of_its_period(rows, by, period):
    shown = chart(rows, by, period, NOW)
    assert sum(bar.value for bar in shown.bars) == shown.total
    first = shown.months.partition(" ")[0]
    assert shown.total == sum(row.month >= first for row in rows)
    assert len({bar.of for bar in shown.bars}) == len(shown.bars)
    assert by == "month" or len(shown.bars) <= MOST
    assert chart(rows, "level", period, NOW).total == shown.total


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ("month", "2026-11"),
        ("quarter", "2026-09 – 2026-11"),
        ("year", "2025-12 – 2026-11"),
        ("all", "2024-02 – 2026-11"),
    ],
)
def test_given_a_period_then_it_ends_with_the_present_month(period, months):
    assert chart([row("2024-02"), row()], "month", period, NOW).months == months


def bars(rows, first):
    return [(bar.of, bar.value) for bar in since(rows, "month", first, "2026-11").bars]


def test_given_months_without_reports_then_they_stand_between_the_others():
    assert bars([row("2026-09"), row(), row()], "2026-09") == [("2026-09", 1), ("2026-10", 0), ("2026-11", 2)]


def test_given_too_many_months_then_they_are_counted_by_quarters_and_then_by_years():
    assert bars([row("2025-02"), row("2025-03"), row()], "2025-01")[0] == ("2025-01…03", 2)
    assert bars([row("2019-02"), row()], "2019-02") == [
        (str(year), int(year in {2019, 2026})) for year in range(2019, 2027)
    ]


def test_given_more_kinds_than_fit_then_the_rare_ones_are_one_bar():
    rows = [row(category=f"c{kind:02}") for kind in range(15) for _ in range(20 - kind)]
    shown = chart(rows, "category", "all", NOW)
    assert (len(shown.bars), shown.bars[0].of, shown.bars[-1].of) == (MOST, "c00", REST)


def test_given_nothing_then_the_words_say_so():
    said = words(chart([], "category", "month", NOW))
    assert [line.id for line in said.lines] == ["figures.scope", "figures.none", "figures.internal"]


def test_given_any_chart_then_the_words_name_every_bar_and_that_it_is_internal():
    shown = chart([row(in_time=True), row(in_time=False)], "answer", "all", NOW)
    said = words(shown)
    assert [(line.params["label"].id, line.params["value"]) for line in said.lines[1:-1]] == [
        ("figures.answer.in_time", 1),
        ("figures.answer.late", 1),
        ("figures.answer.open", 0),
    ]
    assert said.lines[-1].id == "figures.internal"
