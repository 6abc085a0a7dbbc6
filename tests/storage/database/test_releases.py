"""What was published of a quarter stays as it was, whatever becomes of the reports."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.program import load
from handlers.figures import Counted
from handlers.model import Figures, KeepFigures, Level, Outcome, Wanted
from handlers.program import Program
from handlers.release import Withheld

QUARTER, LATER = "2026Q1", datetime(2026, 9, 1, tzinfo=UTC)


def reports(count: int, category: str = "hack") -> list[Counted]:
    origins = (("UZ",), ("TJ",))
    return [
        Counted("2026-02", category, origins[at % 2], "fsu", Level.P3, True, closed=True, consented=True)
        for at in range(count)
    ]


@pytest.fixture(scope="module")
def program() -> Program:
    return load(None).program


@pytest.fixture
def counted(world: Any, monkeypatch: pytest.MonkeyPatch) -> list[Counted]:
    """What the database counts, to be changed by a test."""
    rows: list[Counted] = []

    async def all_of_them(now: datetime) -> tuple[Counted, ...]:
        return tuple(rows)

    monkeypatch.setattr(world.database, "counted", all_of_them)
    return rows


async def test_given_a_published_quarter_when_reports_come_or_go_then_the_same_is_said(
    world: Any, program: Program, counted: list[Counted]
) -> None:
    counted += reports(40)
    said = await world.database.released(QUARTER, program, LATER)
    await world.database.publish(said, LATER)
    for later in (reports(90), reports(41, "threat"), []):
        counted[:] = later
        assert await world.database.released(QUARTER, program, LATER) == said
    await world.restart()
    assert await world.database.released(QUARTER, program, LATER) == said


async def test_given_a_quarter_that_was_only_looked_at_then_nothing_is_kept(
    world: Any, program: Program, counted: list[Counted]
) -> None:
    counted += reports(40)
    looked = await world.database.released(QUARTER, program, LATER)
    counted += reports(40)
    assert await world.database.released(QUARTER, program, LATER) != looked


async def test_given_another_table_for_a_published_quarter_then_it_is_not_kept(
    world: Any, program: Program, counted: list[Counted]
) -> None:
    counted += reports(40)
    first = await world.database.released(QUARTER, program, LATER)
    counted += reports(40)
    second = await world.database.released(QUARTER, program, LATER)
    assert await world.database.publish(first, LATER) == first
    assert await world.database.publish(second, LATER) == first
    assert await world.database.released(QUARTER, program, LATER) == first


async def test_given_too_few_then_nothing_is_published(world: Any, program: Program, counted: list[Counted]) -> None:
    counted += reports(29)
    with pytest.raises(Withheld, match="few"):
        await world.database.released(QUARTER, program, LATER)


async def test_given_a_table_that_a_partner_got_then_what_is_published_was_made_of_the_same_reports(
    world: Any, program: Program, counted: list[Counted]
) -> None:
    counted += reports(40)
    looked = await world.database.released(QUARTER, program, LATER)
    await world.effects("telegram:1", KeepFigures(looked))
    counted += reports(40, "threat")
    assert await world.database.released(QUARTER, program, LATER) == looked
    assert await world.database.publish(looked, LATER) == looked
    await world.effects("telegram:1", KeepFigures(Figures(looked.partners, looked.partners)))
    met = await world.tell(
        "telegram:1", lambda context: Outcome(context.conversation), Wanted(quarter=QUARTER, figures=True)
    )
    assert met.released == looked, "what was said first stays"


async def test_given_a_restore_then_a_quarter_that_may_be_out_is_not_said_in_another_way(
    world: Any, program: Program, counted: list[Counted]
) -> None:
    counted += reports(40)
    await world.database.hold_back(LATER)
    with pytest.raises(Withheld, match="restored"):
        await world.database.released(QUARTER, program, LATER)
    said = await world.database.released(QUARTER, program, LATER, never=True)
    await world.database.publish(said, LATER)
    assert await world.database.released(QUARTER, program, LATER) == said, "now it is known"


async def test_given_a_restore_before_a_quarter_could_be_out_then_it_is_released_as_ever(
    world: Any, program: Program, counted: list[Counted]
) -> None:
    counted += reports(40)
    await world.database.hold_back(datetime(2026, 6, 28, tzinfo=UTC))
    assert (await world.database.released(QUARTER, program, LATER)).public.total == 40


async def test_given_a_restore_then_a_table_for_a_partner_waits_like_the_public_ones(world: Any) -> None:
    wanted = Wanted(quarter=QUARTER, figures=True)
    met: list[bool] = []
    for _ in range(2):
        context = await world.tell("telegram:1", lambda context: Outcome(context.conversation), wanted)
        met.append(context.forgotten)
        await world.database.hold_back(LATER)
    assert met == [False, True]
