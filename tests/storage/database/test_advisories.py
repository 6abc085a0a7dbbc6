"""Advisories reach every subscriber once, however often the process dies, and only while somebody is unlocked."""

import secrets
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, update

from handlers.approved import bound
from handlers.model import (
    Address,
    Advise,
    Advisory,
    AdvisoryId,
    Context,
    Event,
    MemberId,
    Message,
    Outcome,
    Scope,
    Send,
    Subscribe,
    Text,
    Token,
    Unsubscribe,
    Wanted,
)
from storage.advisories import Sending
from storage.dispatch import Done, Failed
from storage.members import ChangedMeanwhile
from storage.pool import Locked
from storage.scribe import Place
from storage.tables import Lane, advised, advisories, outbox, subscriptions

UNNAMED = AdvisoryId("")


def stay(event: Event, context: Context) -> Outcome:
    return Outcome(context.conversation)


async def subscribe(world: Any, name: str, language: str = "en") -> Token:
    token, address = Token(secrets.token_urlsafe(16)), Address(f"telegram:{name}")
    await world.effects(address, Subscribe(address, language, token))
    return token


async def advise(world: Any, admin: Any, **texts: str) -> None:
    world.advisory = bound(Advisory(UNNAMED, 1, texts or {"en": "beware"}, MemberId(admin.id), world.now))
    await world.effects(admin.address, Advise(world.advisory))


async def drain(world: Any) -> list[Any]:
    """Deliver all that can be delivered; returns what was said."""
    said = []
    while errands := await world.database.dispatch.lease(Lane.WORDS, 100, world.now):
        said += errands
        await world.database.dispatch.settle([Done(errand.id) for errand in errands], world.now)
    return said


async def finish(world: Any, limit: int = 1000) -> list[Any]:
    said = []
    for _ in range(50):
        step = await world.database.broadcast.fan_out(world.advisory.id, world.now, limit)
        said += await drain(world)
        if step.finished:
            return said
    raise AssertionError("the advisory never ends")


async def test_given_readers_of_two_languages_then_each_is_told_in_theirs(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "en", "en")
    await subscribe(world, "ru", "ru")
    await subscribe(world, "tg", "tg")
    met = await world.effects(admin.address)
    assert met.desk.subscribers == {"en": 1, "ru": 1, "tg": 1} and met.desk.advisories == 0
    await advise(world, admin, en="beware", ru="осторожно")
    (errand,) = await world.database.dispatch.lease(Lane.ERRANDS, 10, world.now)
    assert isinstance(errand.effect, Advise)
    said = await finish(world)
    assert {(errand.address, errand.effect.message.params["text"]) for errand in said} == {
        ("telegram:en", "beware"),
        ("telegram:ru", "осторожно"),
    }
    advisory = await world.database.broadcast.progress(world.advisory.id)
    assert (advisory.state, advisory.sent, advisory.failed, advisory.left) == ("done", 2, 0, 0)
    assert (await world.effects(admin.address)).desk.advisories == 1


async def test_given_nobody_unlocked_then_no_reader_can_be_named(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    world.sessions.lock_all()
    with pytest.raises(Locked):
        await world.database.broadcast.fan_out(world.advisory.id, world.now)


async def test_given_nobody_unlocked_then_the_advisory_shows_as_paused_until_somebody_is(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    held, world.sessions._open = world.sessions._open, {}
    with pytest.raises(Locked):
        await world.database.broadcast.fan_out(world.advisory.id, world.now)
    paused = await world.database.broadcast.progress(world.advisory.id)
    assert (paused.state, paused.left) == ("paused", 1)
    met = await world.tell(
        admin.address, lambda context: Outcome(context.conversation), Wanted(advisory=world.advisory.id)
    )
    assert met.advisory.state == "paused"
    world.sessions._open = held
    await world.database.broadcast.fan_out(world.advisory.id, world.now)
    assert (await world.database.broadcast.progress(world.advisory.id)).state == "running"
    assert len(await finish(world)) == 1
    assert (await world.database.broadcast.progress(world.advisory.id)).state == "done"


async def test_given_everybody_has_it_when_nobody_is_unlocked_then_it_ends_all_the_same(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    await world.database.broadcast.fan_out(world.advisory.id, world.now)
    world.sessions.lock_all()
    assert len(await finish(world)) == 1
    assert (await world.database.broadcast.progress(world.advisory.id)).state == "done"


async def test_given_a_damaged_subscription_then_the_others_are_told(world: Any) -> None:
    admin = await world.found()
    for name in ("a", "b"):
        await subscribe(world, name)
    async with world.database._engine.begin() as connection:
        hit = (await connection.scalars(select(subscriptions.c.secret))).first()
        await connection.execute(update(subscriptions).where(subscriptions.c.secret == hit).values(body=b"\x01dead"))
    await advise(world, admin)
    assert len(await finish(world)) == 1


async def test_given_an_address_that_subscribed_twice_then_it_is_told_once_in_all_chunks(world: Any) -> None:
    admin = await world.found()
    for name in ("a", "b", "a", "c", "a"):
        await subscribe(world, name)
    await advise(world, admin)
    said = await finish(world, limit=2)
    assert sorted(errand.address for errand in said) == ["telegram:a", "telegram:b", "telegram:c"]
    async with world.database._engine.begin() as connection:
        assert await connection.scalar(select(func.count()).select_from(advised)) == 0


async def test_given_a_crash_after_each_step_then_nobody_is_told_twice_or_forgotten(world: Any) -> None:
    admin = await world.found()
    seed = bytearray(world.sessions.of(admin.id, world.now).seed)
    names = [f"r{n}" for n in range(9)]
    for name in names:
        await subscribe(world, name)
    await advise(world, admin)
    said = []
    for _ in range(12):
        await world.restart()
        world.unlock(admin, seed)
        await world.effects(admin.address)
        await world.database.broadcast.fan_out(world.advisory.id, world.now, 2)
        said += await drain(world)
    assert sorted(errand.address for errand in said) == sorted(f"telegram:{name}" for name in names)
    assert (await world.database.broadcast.progress(world.advisory.id)).state == "done"


async def test_given_a_chunk_that_another_process_has_sent_then_it_is_not_sent_again(world: Any) -> None:
    import asyncio

    admin = await world.found()
    for n in range(6):
        await subscribe(world, str(n))
    await advise(world, admin)
    await asyncio.gather(*(world.database.broadcast.fan_out(world.advisory.id, world.now, 3) for _ in range(4)))
    said = await finish(world, limit=3)
    assert sorted(errand.address for errand in said) == [f"telegram:{n}" for n in range(6)]


async def test_given_many_deliveries_under_way_then_no_more_are_added(world: Any) -> None:
    admin = await world.found()
    for n in range(9):
        await subscribe(world, str(n))
    await advise(world, admin)
    added = [(await world.database.broadcast.fan_out(world.advisory.id, world.now, 2)).added for _ in range(4)]
    assert added == [2, 2, 0, 0]
    progress = await world.database.broadcast.progress(world.advisory.id)
    assert (progress.left, progress.state) == (9, "running")


async def test_given_those_who_left_then_they_are_not_told(world: Any) -> None:
    admin = await world.found()
    token = await subscribe(world, "by token")
    await subscribe(world, "by address")
    await subscribe(world, "back again")
    for name in ("by address", "back again"):
        await world.effects(f"telegram:{name}", Unsubscribe(address=Address(f"telegram:{name}")))
    await world.effects("telegram:by token", Unsubscribe(token))
    await subscribe(world, "back again")
    await advise(world, admin)
    assert [errand.address for errand in await finish(world)] == ["telegram:back again"]


async def test_given_a_reader_who_is_out_of_reach_then_it_is_counted_and_the_next_advisory_is_tried_all_the_same(
    world: Any,
) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    dispatch, broadcast = world.database.dispatch, world.database.broadcast
    await broadcast.fan_out(world.advisory.id, world.now)
    (errand,) = await dispatch.lease(Lane.WORDS, 10, world.now)
    await dispatch.settle([Failed(errand.id, "blocked")], world.now)
    counted = await broadcast.progress(world.advisory.id)
    assert (counted.sent, counted.failed, counted.blocked) == (0, 1, 1)
    assert await world.run(stay) == [], "a reader's silence is nobody's case"
    second = bound(Advisory(UNNAMED, 2, {"en": "again"}, MemberId(admin.id), world.now))
    await world.effects(admin.address, Advise(second))
    assert (await broadcast.fan_out(second.id, world.now)).added == 1


async def test_given_an_ordinary_message_then_it_goes_before_advisories(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    await world.database.broadcast.fan_out(world.advisory.id, world.now)
    await world.effects("telegram:a", Send(Address("telegram:a"), Message("reply")))
    assert [errand.effect.message.id for errand in await drain(world)] == ["reply", "advisory.text"]


async def test_given_a_wish_then_the_context_shows_how_far_it_has_come(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    met = await world.tell(
        admin.address, lambda context: Outcome(context.conversation), Wanted(advisory=world.advisory.id)
    )
    assert (met.advisory.left, met.advisory.sent, met.advisory.texts) == (1, 0, {"en": "beware"})
    async with world.database._engine.begin() as connection:
        assert (
            await connection.scalar(
                select(func.count()).select_from(outbox).where(outbox.c.advisory == world.advisory.id)
            )
            == 0
        )


async def test_given_readers_who_asked_for_something_when_the_process_dies_at_each_step_then_each_gets_what_they_wanted(
    world: Any,
) -> None:
    admin = await world.found()
    seed = bytearray(world.sessions.of(admin.id, world.now).seed)
    for n in range(4):
        for name, scope in (("any", Scope()), ("de", Scope(("DE",))), ("tr", Scope(("TR",), (), ("arrest",)))):
            address = Address(f"telegram:{name}{n}")
            await world.effects(address, Subscribe(address, "en", Token(f"{name}{n}"), scope))
    scope = Scope(("DE",), (), ("papers",))
    world.advisory = bound(Advisory(UNNAMED, 1, {"en": "beware"}, MemberId(admin.id), world.now, scope=scope))
    await world.effects(admin.address, Advise(world.advisory))
    said = []
    for _ in range(14):
        await world.restart()
        world.unlock(admin, seed)
        await world.effects(admin.address)
        await world.database.broadcast.fan_out(world.advisory.id, world.now, 2)
        said += await drain(world)
    assert sorted(errand.address for errand in said) == [
        f"telegram:{name}{n}" for name in ("any", "de") for n in range(4)
    ]
    progress = await world.database.broadcast.progress(world.advisory.id)
    assert (progress.state, progress.sent, progress.failed, progress.left) == ("done", 8, 0, 0)


async def turn(world: Any, admin: Any, **how: Any) -> None:
    """What an admin decides about the one on its way, as they see it."""
    wanted = Wanted(advisory=world.advisory.id)
    await world.tell(
        admin.address, lambda met: Outcome(met.conversation, (Advise(replace(met.advisory, **how)),)), wanted
    )


async def state_of(world: Any) -> str:
    return str((await world.database.broadcast.progress(world.advisory.id)).state)


@pytest.mark.parametrize(
    "change", [{"texts": {"en": "call this number"}}, {"scope": Scope(("DE",))}, {"number": 7}, {"salt": "x"}]
)
async def test_given_an_approved_text_that_was_changed_in_the_database_then_nobody_gets_it(
    world: Any, change: dict[str, Any]
) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    scribe, place = world.database._scribe, Place("advisories", "body")
    forged = scribe.seal(place, world.advisory.id, replace(world.advisory, **change))
    async with world.database._engine.begin() as connection:
        await connection.execute(update(advisories).values(body=forged))
    assert (await world.database.broadcast.fan_out(world.advisory.id, world.now)).finished
    assert await drain(world) == []
    assert await state_of(world) == "altered"


async def test_given_half_of_them_told_when_the_rest_is_changed_in_the_database_then_they_get_nothing(
    world: Any,
) -> None:
    admin = await world.found()
    for n in range(4):
        await subscribe(world, str(n))
    await advise(world, admin)
    await world.database.broadcast.fan_out(world.advisory.id, world.now, 2)
    forged = replace(world.advisory, texts={"en": "call this number"})
    sealed = world.database._scribe.seal(Place("advisories", "body"), world.advisory.id, forged)
    async with world.database._engine.begin() as connection:
        await connection.execute(update(advisories).values(body=sealed))
    await world.database.broadcast.fan_out(world.advisory.id, world.now, 2)
    assert await drain(world) == []
    assert await state_of(world) == "altered"


@pytest.mark.parametrize("state", ["asked", "planned", "void"])
async def test_given_one_that_does_not_run_then_nothing_of_it_goes_out_whoever_asks_for_a_step(
    world: Any, state: str
) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    world.advisory = bound(Advisory(UNNAMED, 1, {"en": "beware"}, MemberId(admin.id), world.now, state=state))
    await world.effects(admin.address, Advise(world.advisory))
    assert await world.database.dispatch.lease(Lane.ERRANDS, 10, world.now) == []
    assert (await world.database.broadcast.fan_out(world.advisory.id, world.now)).finished
    assert await drain(world) == [] and await state_of(world) == state


async def test_given_one_that_is_held_then_what_waits_stays_and_after_a_restart_it_goes_on_to_everybody_once(
    world: Any,
) -> None:
    admin = await world.found()
    seed = bytearray(world.sessions.of(admin.id, world.now).seed)
    for n in range(6):
        await subscribe(world, str(n))
    await advise(world, admin)
    await world.database.broadcast.fan_out(world.advisory.id, world.now, 3)
    await turn(world, admin, state="held")
    assert await drain(world) == []
    await world.restart()
    world.unlock(admin, seed)
    await world.effects(admin.address)
    assert (await world.database.broadcast.fan_out(world.advisory.id, world.now, 3)).added == 0
    assert await drain(world) == [] and await state_of(world) == "held"
    vitals = await world.database.signs.read(world.now, lambda zone, at: timedelta())
    assert (vitals.sending, vitals.advised) == (Sending(sent=0, failed=0, left=6), 3)
    await turn(world, admin, state="running")
    said = await finish(world, limit=3)
    assert sorted(errand.address for errand in said) == [f"telegram:{n}" for n in range(6)]


async def test_given_one_that_is_held_then_another_goes_past_it(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    await world.database.broadcast.fan_out(world.advisory.id, world.now)
    await turn(world, admin, state="held")
    world.advisory = bound(Advisory(UNNAMED, 2, {"en": "more"}, MemberId(admin.id), world.now))
    await world.effects(admin.address, Advise(world.advisory))
    assert [errand.effect.message.params["text"] for errand in await finish(world)] == ["more"]


async def test_given_a_reader_who_leaves_while_it_is_held_then_they_do_not_get_it(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    await world.database.broadcast.fan_out(world.advisory.id, world.now)
    await turn(world, admin, state="held")
    await world.effects("telegram:a", Unsubscribe(address=Address("telegram:a")))
    await turn(world, admin, state="running")
    assert await finish(world) == []


async def test_given_one_that_is_stopped_then_what_is_out_is_counted_and_nothing_more_goes_out(world: Any) -> None:
    admin = await world.found()
    for n in range(6):
        await subscribe(world, str(n))
    await advise(world, admin)
    await world.database.broadcast.fan_out(world.advisory.id, world.now, 2)
    (first, *_) = await world.database.dispatch.lease(Lane.WORDS, 1, world.now)
    await turn(world, admin, state="stopped")
    await world.database.dispatch.settle([Done(first.id)], world.now)
    assert (await world.database.broadcast.fan_out(world.advisory.id, world.now, 2)).finished
    assert await drain(world) == []
    progress = await world.database.broadcast.progress(world.advisory.id)
    assert (progress.state, progress.sent, progress.left) == ("stopped", 1, 0)
    async with world.database._engine.begin() as connection:
        assert await connection.scalar(select(func.count()).select_from(advised)) == 0


async def test_given_two_who_decide_at_once_in_one_batch_then_the_second_meets_what_the_first_made_of_it(
    world: Any,
) -> None:
    admin = await world.found()
    await advise(world, admin)
    met = []

    def decide(event: Event, context: Context) -> Outcome:
        met.append(context.advisory.state if context.advisory else "")
        held = (Advise(replace(context.advisory, state="held")),) if context.advisory else ()
        return Outcome(context.conversation, held)

    await world.hear(admin.address, Text("go"))
    await world.hear("telegram:other", Text("go"))
    await world.run(decide, lambda *_: Wanted(advisory=world.advisory.id))
    assert met == ["running", "held"]


async def test_given_one_that_ended_meanwhile_then_an_order_for_it_is_not_carried_out(world: Any) -> None:
    admin = await world.found()
    await advise(world, admin)

    async def in_between() -> None:
        async with world.database.batch(world.now) as batch:
            await batch.load(lambda *_: Wanted(advisory=world.advisory.id), world.house)
            batch._view.advised[world.advisory.id] = "held"  # as if it had been read before it changed
            for unit in batch:
                advisory = batch.context(unit).advisory
                batch.save(unit, Outcome(None, (Advise(replace(advisory, state="stopped")),)))

    await world.hear(admin.address, Text("go"))
    with pytest.raises(ChangedMeanwhile):
        await in_between()
    assert await state_of(world) == "running"


async def test_given_the_list_then_what_is_not_over_and_the_last_ten_stand_there_the_newest_first(world: Any) -> None:
    admin = await world.found()
    for number in range(1, 14):
        state = {1: "planned", 13: "void"}.get(number, "done")
        one = bound(Advisory(UNNAMED, number, {"en": "x"}, MemberId(admin.id), world.now, state=state))
        await world.effects(admin.address, Advise(one))
    met = await world.tell(admin.address, lambda context: Outcome(context.conversation), Wanted(advisories=True))
    assert [each.number for each in met.advisories] == [*range(12, 2, -1), 1]
    assert met.desk.advisories == 12, "the number of one that was never sent is used again"
