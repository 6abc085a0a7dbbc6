"""The team's group in the database: one, sealed, and its cards found for as long as they may change."""

from typing import Any

from sqlalchemy import select

from handlers.model import Address, Board, Edit, Message, MessageRef, PutBoard, Send
from storage.dispatch import Done
from storage.tables import Lane, meta

GROUP = Address("telegram:-100")
BOARD = Board(Address("telegram:-100/7"), GROUP, "ru")


async def _held(world: Any) -> Board | None:
    context = await world.effects("telegram:77")
    board: Board | None = context.desk.board
    return board


async def test_given_a_group_then_the_next_event_and_the_next_process_know_it_until_it_ends(world: Any) -> None:
    assert await _held(world) is None
    await world.effects("telegram:1", PutBoard(Board(GROUP, GROUP)), PutBoard(BOARD))
    assert await _held(world) == BOARD
    await world.restart()
    assert await _held(world) == BOARD
    await world.effects("telegram:1", PutBoard(None))
    assert await _held(world) is None


async def test_given_a_group_when_its_month_is_over_then_it_is_known_still(world: Any) -> None:
    await world.effects("telegram:1", PutBoard(BOARD))
    world.later(days=10)
    assert await world.database.retention.end_months(world.now)
    assert await _held(world) == BOARD


async def test_given_a_group_that_cant_be_opened_then_there_is_none_and_all_goes_on(world: Any) -> None:
    await world.effects("telegram:1", PutBoard(BOARD))
    async with world.database._engine.begin() as connection:
        await connection.execute(meta.update().where(meta.c.key == "board").values(value=b"damaged"))
    assert await _held(world) is None


async def test_given_a_group_then_no_address_of_it_stands_in_the_clear(world: Any) -> None:
    await world.effects("telegram:1", PutBoard(BOARD))
    async with world.database._engine.begin() as connection:
        values = [bytes(row.value) for row in await connection.execute(select(meta.c.value))]
    assert not any(b"-100" in value for value in values)


async def test_given_a_card_that_is_days_old_when_it_changes_then_it_is_found_in_the_group_and_not_after_its_end(
    world: Any,
) -> None:
    await world.effects("telegram:1", PutBoard(BOARD), Send(BOARD.address, Message("card.head"), "case:x"))
    (errand,) = await world.database.dispatch.lease(Lane.WORDS, 5, world.now)
    await world.database.dispatch.settle([Done(errand.id, (MessageRef("5"),))], world.now)
    await world.database.retention.sweep(world.later(days=9))
    assert await world.database.dispatch.slot(BOARD.address, "case:x") == "5"
    await world.effects("telegram:1", PutBoard(None), Edit(BOARD.address, Message("card.head"), "case:x"))
    await world.database.retention.sweep(world.later(days=3))
    assert await world.database.dispatch.slot(BOARD.address, "case:x") is None
