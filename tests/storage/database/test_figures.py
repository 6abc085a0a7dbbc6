"""What is counted: a report adds the same while it is kept and afterwards, or nothing without its writer's consent."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from handlers import keeping
from handlers.figures import counted
from handlers.model import ById, Case, CaseState, ConsentId, Counted, Erase, Level, OpenCase, Outcome, Wanted
from storage import cases, figures
from storage.tables import statistics

REPORTER = "telegram:77"
AGREED = (ConsentId.STATISTICS, ConsentId.REPLY)
EXPECTED = Counted(
    "2026-11", "threat", ("TJ",), "europe", Level.P2, in_time=True, closed=True, consented=True, outcome="helped"
)


async def closed(world: Any, agreed: tuple[str, ...] = AGREED, **more: Any) -> OpenCase:
    """A case that was answered in time and closed today."""
    opening = world.opening()
    case = replace(opening.case, agreed=agreed, in_time=True, **more)
    kept = replace(keeping.begun(world.now, world.house.desk.retention_days), warned=len(keeping.WARNINGS))
    over = replace(case, state=CaseState.CLOSED, closed=world.now, outcome="helped", keeping=kept)
    await world.effects(REPORTER, replace(opening, case=case))
    await change(world, over)
    return replace(opening, case=over)


async def change(world: Any, case: Case) -> None:
    await world.tell(REPORTER, lambda context: Outcome(context.conversation, case=case), Wanted(ById(case.id)))


def contents(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("panah.db*"))


async def rows(world: Any) -> list[Any]:
    async with world.database._engine.begin() as connection:
        return list((await connection.execute(select(statistics))).all())


async def test_given_consent_when_the_content_goes_then_the_case_counts_as_before(world: Any) -> None:
    await world.found()
    await closed(world)
    before = await world.database.counted(world.now)
    assert before == (EXPECTED,) and not await rows(world)
    assert (await world.database.retention.sweep(world.later(days=92))).cases == 1
    assert len(await rows(world)) == 1
    assert await world.database.counted(world.now) == before


async def test_given_no_consent_or_one_that_was_taken_back_then_no_row_stays(world: Any) -> None:
    await world.found()
    await closed(world, agreed=())
    withdrawn = (await closed(world)).case
    no_more = replace(withdrawn, agreed=(ConsentId.REPLY,))
    await change(world, no_more)
    assert len(await world.database.counted(world.now)) == 2
    assert (await world.database.retention.sweep(world.later(days=92))).cases == 2
    assert await rows(world) == [] and await world.database.counted(world.now) == ()


async def test_given_a_case_that_was_erased_then_no_row_stays(world: Any) -> None:
    await world.found()
    case = (await closed(world)).case
    await world.effects(REPORTER, Erase(case.id))
    await world.database.retention.sweep(world.later(days=92))
    assert await rows(world) == [] and await world.database.counted(world.now) == ()


async def test_given_a_silent_checkin_or_one_who_is_set_aside_then_they_are_not_counted(world: Any) -> None:
    await world.found()
    opening = world.opening()
    silent = replace(opening.case, state=CaseState.SILENT)
    await world.effects(REPORTER, replace(opening, case=silent))
    await closed(world, aside=True)
    assert await world.database.counted(world.now) == ()
    await world.database.retention.sweep(world.later(days=92))
    assert await rows(world) == []


async def test_given_a_row_then_nothing_leads_from_it_to_the_case(world: Any, tmp_path: Path) -> None:
    await world.found()
    case = (await closed(world)).case
    await world.database.retention.sweep(world.later(days=92))
    ((id_, body),) = await rows(world)
    scribe = world.database._scribe
    plain = scribe.open_bytes(figures._BODY, id_, body)
    for canary in (case.id, case.ref, case.host, REPORTER):
        assert canary.encode() not in plain, canary
    assert {column.name for column in statistics.c} == {"id", "body"}
    assert id_ != case.id and not statistics.foreign_keys
    if world.database._engine.dialect.name == "sqlite":
        files = contents(tmp_path)
        assert id_.encode() in files, "the looking works"
        assert not any(name.encode() in files for name in ("2026-11", "threat", case.ref))


async def test_given_rows_then_they_don_t_lie_in_the_order_in_which_cases_went(world: Any) -> None:
    if world.database._engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps rows in the order of its own until the month is carried over")
    await world.found()
    async with world.database._engine.begin() as connection:
        with pytest.raises(Exception, match="no such column"):
            await connection.exec_driver_sql("SELECT rowid FROM statistics")
        await connection.exec_driver_sql("SELECT rowid FROM parts")


async def test_given_rows_when_their_month_is_over_then_they_still_count(world: Any) -> None:
    await world.found()
    await closed(world)
    await world.database.retention.sweep(world.later(days=92))
    world.later(days=31)
    assert await world.database.retention.end_months(world.now)
    await world.restart()
    assert await world.database.counted(world.now) == (EXPECTED,)


async def test_given_a_damaged_row_then_the_others_count(world: Any) -> None:
    await world.found()
    await closed(world)
    await closed(world)
    await world.database.retention.sweep(world.later(days=92))
    damaged = (await rows(world))[0].id
    async with world.database._engine.begin() as connection:
        await connection.execute(update(statistics).where(statistics.c.id == damaged).values(body=b"\x01damaged"))
    assert await world.database.counted(world.now) == (EXPECTED,)


async def test_given_a_living_case_then_it_is_counted_from_its_header(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    assert await world.database.counted(world.now) == (counted(opening.case, world.now),)


async def test_given_more_cases_than_a_page_then_each_is_counted_once(world: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(cases, "_AT_ONCE", 2)
    await world.found()
    for number in range(1, 6):
        await world.effects(REPORTER, world.opening())
        assert len(await world.database.counted(world.now)) == number
