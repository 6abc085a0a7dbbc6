"""Taking an advisory back: out of every chat that has it, once, however often the process dies; and who has it is
known to nobody but the desk, for two days."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from handlers.approved import bound
from handlers.model import (
    Address,
    Advise,
    Advisory,
    AdvisoryId,
    Delete,
    MemberId,
    MessageRef,
    Send,
    Subscribe,
    Token,
    Unsubscribe,
)
from storage import advisories
from storage.dispatch import Done
from storage.pool import Locked
from storage.recall import KEPT
from storage.tables import Lane, delivered
from tests.storage.database.test_advisories import advise, subscribe


async def deliver(world: Any, limit: int = 100) -> list[Any]:
    """What can be delivered is; a new message gets a reference."""
    said = []
    while errands := await world.database.dispatch.lease(Lane.WORDS, limit, world.now):
        said += errands
        await world.database.dispatch.settle([_done(each) for each in errands], world.now)
    return said


def _done(errand: Any) -> Done:
    match errand.effect:
        case Send():
            return Done(errand.id, messages=(MessageRef(f"m-{errand.address}"),))
        case Delete(messages=messages):
            return Done(errand.id, gone=messages)
    return Done(errand.id)


async def out(world: Any, admin: Any, names: list[str]) -> None:
    """An advisory that these have."""
    for name in names:
        await subscribe(world, name)
    await advise(world, admin)
    await walk(world, world.advisory.id)


async def walk(world: Any, id_: AdvisoryId, limit: int = 1000) -> list[Any]:
    said: list[Any] = []
    for _ in range(40):
        step = await world.database.broadcast.fan_out(id_, world.now, limit)
        said += await deliver(world)
        if step.finished:
            return said
    raise AssertionError("it never ends")


async def take_back(world: Any, admin: Any) -> Advisory:
    of = world.advisory.id
    taking = bound(Advisory(AdvisoryId(""), 1, {}, MemberId(admin.id), world.now, of=of, drop=True, turn=1))
    await world.effects(admin.address, Advise(taking))
    return taking


async def notes(world: Any) -> int:
    async with world.database._engine.begin() as connection:
        return await connection.scalar(select(func.count()).select_from(delivered)) or 0


async def test_given_readers_when_it_is_taken_back_then_the_message_of_each_is_deleted_and_counted(world: Any) -> None:
    admin = await world.found()
    await out(world, admin, ["a", "b", "c"])
    assert await notes(world) == 3
    taking = await take_back(world, admin)
    assert (await world.database.broadcast.progress(taking.id)).left == 3
    said = await walk(world, taking.id)
    assert {(each.address, each.effect) for each in said} == {
        (address, Delete(address, (MessageRef(f"m-{address}"),)))
        for address in (Address(f"telegram:{name}") for name in "abc")
    }
    progress = await world.database.broadcast.progress(taking.id)
    assert (progress.state, progress.sent, progress.failed, progress.left) == ("done", 3, 0, 0)
    assert await notes(world) == 0


async def test_given_a_crash_after_each_step_then_every_message_is_deleted_once(world: Any) -> None:
    admin = await world.found()
    seed = bytearray(world.sessions.of(admin.id, world.now).seed)
    names = [f"r{n}" for n in range(9)]
    await out(world, admin, names)
    taking = await take_back(world, admin)
    said = []
    for _ in range(8):
        await world.restart()
        world.unlock(admin, seed)
        await world.effects(admin.address)
        await world.database.broadcast.fan_out(taking.id, world.now, 2)
        said += await deliver(world)
    assert sorted(each.address for each in said) == [f"telegram:{name}" for name in names]
    assert (await world.database.broadcast.progress(taking.id)).state == "done"


async def test_given_nobody_unlocked_then_the_server_cannot_say_who_has_it_and_it_waits(world: Any) -> None:
    admin = await world.found()
    seed = bytearray(world.sessions.of(admin.id, world.now).seed)
    await out(world, admin, ["a"])
    taking = await take_back(world, admin)
    await world.restart()
    with pytest.raises(Locked):
        await world.database.broadcast.fan_out(taking.id, world.now)
    assert (await world.database.broadcast.progress(taking.id)).state == "paused"
    async with world.database._engine.begin() as connection:
        (row,) = (await connection.execute(select(delivered))).all()
    opened = world.database._scribe.open_bytes(("delivered", "body"), row.id, row.body)
    assert b"telegram:a" not in opened, "with the server's keys alone"
    world.unlock(admin, seed)
    await world.effects(admin.address)
    assert len(await walk(world, taking.id)) == 1


async def test_given_one_that_was_stopped_with_a_message_on_its_way_then_that_one_is_deleted_too(world: Any) -> None:
    admin = await world.found()
    for name in ("a", "b"):
        await subscribe(world, name)
    await advise(world, admin)
    dispatch, broadcast = world.database.dispatch, world.database.broadcast
    await broadcast.fan_out(world.advisory.id, world.now)
    (late, *_) = await dispatch.lease(Lane.WORDS, 1, world.now)
    taking = await take_back(world, admin)
    assert not (await broadcast.fan_out(taking.id, world.now)).finished, "one is still on its way"
    await dispatch.settle([Done(late.id, messages=(MessageRef("late"),))], world.now)
    await deliver(world)
    said = await walk(world, taking.id)
    assert (MessageRef("late"),) in [each.effect.messages for each in said]


async def test_given_two_days_then_nobody_knows_any_more_who_had_it(world: Any) -> None:
    admin = await world.found()
    await out(world, admin, ["a"])
    await world.database.retention.sweep(world.later(hours=47))
    assert await notes(world) == 1
    await world.database.retention.sweep(world.later(hours=KEPT.total_seconds() / 3600 - 46))
    assert await notes(world) == 0


async def test_given_deliveries_that_are_settled_while_old_notes_go_then_neither_waits_for_the_other_for_ever(
    world: Any,
) -> None:
    admin = await world.found()
    await out(world, admin, ["a"])
    found = [
        bound(Advisory(AdvisoryId(""), 1, {"en": str(n)}, MemberId(admin.id), world.now, of=world.advisory.id))
        for n in range(2)
    ]
    low, high = sorted(found, key=lambda each: each.id)
    for each in (high, low):
        await world.effects(admin.address, Advise(each))
    async with world.database._engine.begin() as connection:
        await advisories.count(connection, {low.id: Counter(sent=1)})
        purging = asyncio.create_task(world.database.retention.sweep(world.now))
        await asyncio.sleep(0.3)
        await advisories.count(connection, {high.id: Counter(sent=1)})
    await purging


async def test_given_a_reader_who_leaves_then_nothing_is_noted_of_them_once_the_desk_is_unlocked(world: Any) -> None:
    admin = await world.found()
    await out(world, admin, ["a", "b"])
    await world.effects("telegram:a", Unsubscribe(address=Address("telegram:a")))
    await world.database.retention.settle_departures(world.now)
    assert await notes(world) == 1


async def test_given_the_last_reader_leaves_by_the_button_then_nothing_is_noted_of_them_either(world: Any) -> None:
    admin = await world.found()
    await come(world, "a")
    await out(world, admin, [])
    assert await notes(world) == 1
    await world.effects("telegram:a", Unsubscribe(Token("a" * 4), Address("telegram:a")))
    await world.database.retention.settle_departures(world.now)
    assert await notes(world) == 0


async def test_given_readers_who_subscribed_from_chats_that_knew_of_none_then_their_copies_stay_known(
    world: Any,
) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await come(world, "new")
    await advise(world, admin)
    await walk(world, world.advisory.id)
    await come(world, "a")
    await world.effects("telegram:new", Unsubscribe(address=Address("telegram:new")))
    await come(world, "new")
    await world.database.retention.settle_departures(world.now)
    assert await notes(world) == 2
    assert len(await walk(world, (await take_back(world, admin)).id)) == 2


async def come(world: Any, name: str) -> None:
    """As somebody subscribes whose chat remembers no subscription."""
    address = Address(f"telegram:{name}")
    await world.effects(address, Subscribe(address, "en", Token(name * 4), replaces=True))


async def test_given_notes_of_an_earlier_key_then_they_count_as_not_deleted_and_hold_nothing_up(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await world.found()
    await out(world, admin, ["a", "b"])
    taking = await take_back(world, admin)

    def lost(*_: Any) -> None:
        raise Locked

    monkeypatch.setattr("storage.recall.pool.open_letter", lost)
    assert await walk(world, taking.id) == []
    progress = await world.database.broadcast.progress(taking.id)
    assert (progress.state, progress.sent, progress.failed) == ("done", 0, 2)
