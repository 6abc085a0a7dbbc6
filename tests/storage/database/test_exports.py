"""Exports in the database: the one that waits, and the cases that one may hold, opened for who asks alone."""

from typing import Any

from msgspec.structs import replace

from handlers.model import Context, Export, Given, Order, Outcome, Part, PartId, Passed, PutExport, Wanted

ORDER = Order("lighthouse", "rows", "2026-11", "2026-11")
PART = Part(PartId("p" * 22), None, "m", Passed("lighthouse", "{}"))  # type: ignore[arg-type]


async def _met(world: Any, address: str, order: Order | None = ORDER) -> Context:
    met: Context = await world.tell(
        address, lambda context: Outcome(context.conversation), Wanted(export=True, order=order, team=True)
    )
    return met


def _given(world: Any, **header: Any) -> Any:
    """A case whose reporter agrees, and that went to the partner."""
    opening = world.opening()
    case = replace(opening.case, agreed=("share",), given=(Given("lighthouse", world.now),))
    return replace(
        opening, case=replace(case, **header), parts=(*opening.parts, replace(PART, at=world.now, id=opening.case.id))
    )


async def test_given_an_export_that_waits_then_the_next_process_knows_it_and_the_next_month_until_it_ends(
    world: Any,
) -> None:
    wish = Export(ORDER, "m", world.now, "digest")
    await world.effects("telegram:1", PutExport(None), PutExport(wish))
    await world.restart()
    world.later(days=10)
    assert await world.database.retention.end_months(world.now)
    assert (await _met(world, "telegram:1", None)).export == wish
    await world.effects("telegram:1", PutExport(None))
    assert (await _met(world, "telegram:1", None)).export is None


async def test_given_cases_then_an_export_holds_those_of_its_months_that_its_partner_was_given_with_consent(
    world: Any,
) -> None:
    admin = await world.found()
    meant = _given(world)
    others = (
        _given(world, given=()),
        _given(world, given=(Given("harbour", world.now),)),
        _given(world, agreed=()),
        _given(world, created=world.now.replace(month=10)),
    )
    await world.effects("telegram:77", meant, *others)
    ((case, parts),) = (await _met(world, admin.address)).ordered
    assert case == meant.case
    assert parts == meant.parts


async def test_given_somebody_without_open_keys_then_nothing_of_them_is_read(world: Any) -> None:
    admin = await world.found()
    await world.effects("telegram:77", _given(world))
    world.sessions.lock(admin.id)
    ((_, parts),) = (await _met(world, admin.address)).ordered
    assert parts == ()


async def test_given_several_cases_then_all_of_their_reporters_must_agree(world: Any) -> None:
    await world.found()
    one, two = _given(world), _given(world, agreed=())
    await world.effects("telegram:77", one, two)
    agree, database = "share", world.database
    assert await database.agree((one.case.id,), agree)
    assert not await database.agree((one.case.id, two.case.id), agree)
    assert not await database.agree((one.case.id, "g" * 22), agree), "of a case that is gone, none does"


async def test_given_an_export_that_was_agreed_on_when_what_goes_out_is_held_back_then_it_is_asked_for_anew(
    world: Any,
) -> None:
    await world.effects("telegram:1", PutExport(Export(ORDER, "m", world.now, "digest", allowed="n")))
    assert not await world.database.hold_back(world.now), "there was no advisory"
    assert (await _met(world, "telegram:1", None)).export is None
