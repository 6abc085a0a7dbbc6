"""Reading the audit chain: by case, by member, by day, by action; page by page, the newest first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.model import ByRef, Context, Entry, Found, Outcome, Search, Wanted
from storage import chain


@pytest.fixture
async def written(world: Any) -> Any:
    """Two cases; a day with thirty lines, and another with one."""
    admin = await world.found("amina")
    one, two = world.opening(), world.opening()
    await world.effects("telegram:77", one)
    await world.effects("telegram:78", two)
    lines = [
        Entry("claim", admin.id, one.case.id),
        Entry("open", admin.id, one.case.id),
        Entry("approve", "x", detail=admin.id),
    ]
    lines += [Entry("open", "other", two.case.id) for _ in range(27)]
    await world.tell("telegram:77", lambda context: Outcome(context.conversation, audit=tuple(lines)))
    world.later(days=1)
    await world.tell("telegram:77", lambda c: Outcome(c.conversation, audit=(Entry("close", admin.id, one.case.id),)))
    return world, admin, one.case, two.case


async def _search(world: Any, admin: Any, **wish: Any) -> Found:
    search = Search(**wish)
    keys = (ByRef(search.ref),) if search.ref else ()
    met: Context = await world.tell(
        admin.address, lambda context: Outcome(context.conversation), Wanted(cases=keys, team=True, search=search)
    )
    return met.found


def _actions(found: Found) -> list[str]:
    return [record.entry.action for record in found.records]


async def test_given_a_case_then_its_lines_are_found_with_its_reference(written: Any) -> None:
    world, admin, one, _ = written
    found = await _search(world, admin, ref=one.ref)
    assert _actions(found) == ["close", "open", "claim"]
    assert {record.case.ref for record in found.records if record.case} == {one.ref}
    assert (await _search(world, admin, ref="NOSUCH")) == Found()


async def test_given_a_member_then_what_they_did_and_what_was_done_to_them_is_found(written: Any) -> None:
    world, admin, *_ = written
    for name in (admin.id, "AMINA"):
        assert _actions(await _search(world, admin, member=name)) == ["close", "approve", "open", "claim"]
    assert (await _search(world, admin, member="nobody")) == Found()


async def test_given_a_day_or_an_action_then_only_those_are_found(written: Any) -> None:
    world, admin, *_ = written
    today = world.now.date().isoformat()
    assert _actions(await _search(world, admin, day=today)) == ["close"]
    assert _actions(await _search(world, admin, action="claim")) == ["claim"]
    assert _actions(await _search(world, admin, action="claim", day=today)) == []


async def test_given_a_day_then_it_is_one_of_the_readers_own_clock(written: Any) -> None:
    world, admin, *_ = written
    world.house = replace(world.house, offset=lambda zone, at: timedelta(hours=12 if zone == "Pacific/Auckland" else 0))
    tomorrow, there = (world.now + timedelta(hours=12)).date().isoformat(), "Pacific/Auckland"
    assert tomorrow != world.now.date().isoformat()
    assert _actions(await _search(world, admin, day=tomorrow, zone=there)) == ["close"]
    assert _actions(await _search(world, admin, day=tomorrow)) == []


async def test_given_many_lines_then_every_page_goes_on_where_the_last_one_ended(written: Any) -> None:
    world, admin, *_ = written
    numbers, before = [], 0
    while True:
        found = await _search(world, admin, before=before)
        assert len(found.records) <= chain.SHOWN
        numbers += [record.number for record in found.records]
        if not found.older:
            break
        before = found.older
    assert numbers == list(range(31, 0, -1))


async def test_given_a_search_that_looks_at_few_lines_then_it_can_go_on(written: Any, monkeypatch: Any) -> None:
    world, admin, *_ = written
    monkeypatch.setattr(chain, "LOOKED_AT", 5)
    found = await _search(world, admin, action="claim")
    assert not found.records and found.older
    while not found.records:
        found = await _search(world, admin, action="claim", before=found.older)
    assert _actions(found) == ["claim"]
