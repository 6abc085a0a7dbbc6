"""Reading the audit chain: by case, by member, by day, by action; page by page, the newest first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from handlers.model import (
    ById,
    ByRef,
    CaseState,
    Context,
    Entry,
    Erase,
    Found,
    Keeping,
    MemberId,
    Outcome,
    PutMember,
    Role,
    Search,
    Wanted,
)
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


@pytest.fixture
async def hidden(world: Any) -> Any:
    """Of every ten lines one is about a case that anybody may know of; the others are kept from those from TJ."""
    other, _ = world.member("olga", Role.ADMIN)
    outsider, insider = (
        structs.replace(await world.found("amina"), communities=("TJ",)),
        structs.replace(other, communities=("DE",)),
    )
    await world.effects(outsider.address, PutMember(outsider), PutMember(insider))
    open_, kept = world.opening(), world.opening()
    kept = structs.replace(kept, case=structs.replace(kept.case, hidden_from=("TJ",)))
    await world.effects("telegram:77", open_)
    await world.effects("telegram:78", kept)
    for number in range(40):
        about = open_.case.id if number % 10 == 0 else kept.case.id
        line = Entry("open", "holder", about)
        wanted = Wanted(ById(about))
        await world.tell("telegram:77", lambda c, line=line: Outcome(c.conversation, audit=(line,)), wanted)
    return world, outsider, insider, kept.case


async def test_given_lines_that_an_admin_may_not_see_then_nothing_shows_that_they_are_there(hidden: Any) -> None:
    world, outsider, insider, _ = hidden
    shown = await _search(world, outsider)
    assert (len(shown.records), shown.older) == (4, 0), "no empty page, and no way to one"
    assert len((await _search(world, insider)).records) == chain.SHOWN


async def test_given_pages_of_lines_then_each_is_full_whoever_reads(hidden: Any, monkeypatch: Any) -> None:
    world, outsider, insider, _ = hidden
    monkeypatch.setattr(chain, "SHOWN", 3)
    monkeypatch.setattr(chain, "STEP", 7)
    for reader, pages in ((outsider, [3, 1]), (insider, [3] * 13 + [1])):
        sizes, older = [], 0
        while older or not sizes:
            found = await _search(world, reader, before=older)
            sizes.append(len(found.records))
            older = found.older
        assert sizes == pages


async def test_given_a_hidden_case_that_is_gone_then_its_lines_stay_hidden_from_the_same(hidden: Any) -> None:
    world, outsider, insider, case = hidden
    gone = Outcome(None, (Erase(case.id),), audit=(Entry("erase", "reporter", case.id),))
    await world.tell("telegram:78", lambda _: gone, Wanted(ById(case.id)))
    assert _actions(await _search(world, outsider)) == ["open"] * 4
    assert _actions(await _search(world, insider))[:2] == ["erase", "open"]
    assert (await _search(world, insider)).records[0].case is None


async def test_given_a_hidden_case_when_its_days_are_over_then_even_its_end_is_not_seen(hidden: Any) -> None:
    world, outsider, insider, case = hidden
    kept = Keeping(world.now, warned=2)
    over = structs.replace(case, state=CaseState.CLOSED, closed=world.now, keeping=kept)
    await world.tell("telegram:78", lambda c: Outcome(c.conversation, case=over), Wanted(ById(case.id)))
    world.later(days=2)
    assert (await world.database.retention.sweep(world.now)).cases == 1
    assert "purge" not in _actions(await _search(world, outsider))
    assert _actions(await _search(world, insider))[0] == "purge"


async def test_given_somebody_who_leaves_then_an_admin_hears_of_no_hidden_case_that_they_opened(hidden: Any) -> None:
    world, outsider, insider, case = hidden
    for reader, seen in ((outsider, 1), (insider, 2)):
        met: Context = await world.tell(
            reader.address, lambda context: Outcome(context.conversation), Wanted(team=True, opened=MemberId("holder"))
        )
        assert len(met.opened) == seen
        assert (case.ref in {each.ref for each in met.opened}) is (reader is insider)


async def test_given_a_search_that_looks_at_few_lines_then_it_can_go_on(written: Any, monkeypatch: Any) -> None:
    world, admin, *_ = written
    monkeypatch.setattr(chain, "LOOKED_AT", 5)
    monkeypatch.setattr(chain, "STEP", 5)
    found = await _search(world, admin, action="claim")
    assert not found.records and found.older
    while not found.records:
        found = await _search(world, admin, action="claim", before=found.older)
    assert _actions(found) == ["claim"]
