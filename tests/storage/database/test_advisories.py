"""Advisories reach every subscriber once, however often the process dies, and only while somebody is unlocked."""

import secrets
from typing import Any

import pytest
from sqlalchemy import func, select

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
    Send,
    Subscribe,
    Token,
    Unsubscribe,
    Wanted,
)
from storage.departures import Departure
from storage.dispatch import Done, Failed
from storage.errors import VaultError
from storage.pool import Locked
from storage.records import load
from storage.scribe import place
from storage.tables import Lane, advised, departures, outbox, subscriptions

ID = AdvisoryId("a" * 22)


def compose(advisory: Advisory, language: str, address: Address, token: Token) -> Send:
    return Send(
        address, Message("advisory.text", {"text": advisory.texts[language], "token": token}), language=language
    )


def stay(event: Event, context: Context) -> Outcome:
    return Outcome(context.conversation)


async def subscribe(world: Any, name: str, language: str = "en") -> Token:
    token, address = Token(secrets.token_urlsafe(16)), Address(f"telegram:{name}")
    await world.effects(address, Subscribe(address, language, token))
    return token


async def advise(world: Any, admin: Any, **texts: str) -> None:
    advisory = Advisory(ID, 1, texts or {"en": "beware"}, MemberId(admin.id), world.now)
    await world.effects(admin.address, Advise(advisory))


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
        step = await world.database.dispatch.fan_out(ID, compose, world.now, limit)
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
    advisory = await world.database.dispatch.progress(ID)
    assert (advisory.state, advisory.sent, advisory.failed, advisory.left) == ("done", 2, 0, 0)
    assert (await world.effects(admin.address)).desk.advisories == 1


async def test_given_nobody_unlocked_then_no_reader_can_be_named(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    world.sessions.lock_all()
    with pytest.raises(Locked):
        await world.database.dispatch.fan_out(ID, compose, world.now)


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
        await world.database.dispatch.fan_out(ID, compose, world.now, 2)
        said += await drain(world)
    assert sorted(errand.address for errand in said) == sorted(f"telegram:{name}" for name in names)
    assert (await world.database.dispatch.progress(ID)).state == "done"


async def test_given_a_chunk_that_another_process_has_sent_then_it_is_not_sent_again(world: Any) -> None:
    import asyncio

    admin = await world.found()
    for n in range(6):
        await subscribe(world, str(n))
    await advise(world, admin)
    await asyncio.gather(*(world.database.dispatch.fan_out(ID, compose, world.now, 3) for _ in range(4)))
    said = await finish(world, limit=3)
    assert sorted(errand.address for errand in said) == [f"telegram:{n}" for n in range(6)]


async def test_given_many_deliveries_under_way_then_no_more_are_added(world: Any) -> None:
    admin = await world.found()
    for n in range(9):
        await subscribe(world, str(n))
    await advise(world, admin)
    added = [(await world.database.dispatch.fan_out(ID, compose, world.now, 2)).added for _ in range(4)]
    assert added == [2, 2, 0, 0]
    progress = await world.database.dispatch.progress(ID)
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


async def test_given_a_reader_who_blocked_us_then_it_is_counted_and_the_next_advisory_leaves_them_out(
    world: Any,
) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    dispatch = world.database.dispatch
    await dispatch.fan_out(ID, compose, world.now)
    (errand,) = await dispatch.lease(Lane.WORDS, 10, world.now)
    await dispatch.settle([Failed(errand.id, "blocked")], world.now)
    assert (await dispatch.progress(ID)).failed == 1
    assert await world.run(stay) == [], "a reader's silence is nobody's case"
    second = Advisory(AdvisoryId("b" * 22), 2, {"en": "again"}, MemberId(admin.id), world.now)
    await world.effects(admin.address, Advise(second))
    assert (await dispatch.fan_out(second.id, compose, world.now)).added == 0


async def test_given_an_ordinary_message_then_it_goes_before_advisories(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    await world.database.dispatch.fan_out(ID, compose, world.now)
    await world.effects("telegram:a", Send(Address("telegram:a"), Message("reply")))
    assert [errand.effect.message.id for errand in await drain(world)] == ["reply", "advisory.text"]


async def test_given_a_wish_then_the_context_shows_how_far_it_has_come(world: Any) -> None:
    admin = await world.found()
    await subscribe(world, "a")
    await advise(world, admin)
    met = await world.tell(admin.address, lambda context: Outcome(context.conversation), Wanted(advisory=ID))
    assert (met.advisory.left, met.advisory.sent, met.advisory.texts) == (1, 0, {"en": "beware"})
    async with world.database._engine.begin() as connection:
        assert await connection.scalar(select(func.count()).select_from(outbox).where(outbox.c.advisory == ID)) == 0


async def stored(world: Any, table: Any) -> list[Any]:
    async with world.database._engine.begin() as connection:
        return list((await connection.execute(select(table))).all())


async def test_given_those_who_left_when_the_desk_sends_then_nothing_of_them_is_stored_any_more(world: Any) -> None:
    admin = await world.found()
    for name in ("stays", "leaves", "leaves"):
        await subscribe(world, name)
    await subscribe(world, "leaves", "ru")
    await world.effects("telegram:leaves", Unsubscribe(address=Address("telegram:leaves")))
    await advise(world, admin)
    assert [errand.address for errand in await finish(world)] == ["telegram:stays"]
    assert len(await stored(world, subscriptions)) == 1, "the other language went too"
    assert await stored(world, departures) == []


async def test_given_a_locked_desk_then_the_ring_tells_of_no_known_chat_whether_it_left(world: Any) -> None:
    await world.found()
    address = Address("telegram:leaves")
    await world.effects(address, Unsubscribe(address=address))
    world.sessions.lock_all()
    scribe = world.database._scribe
    (row,) = await stored(world, departures)
    held = scribe.open_bytes(place(departures.c.body), str(row.id), row.body)
    assert b"leaves" not in held
    with pytest.raises(VaultError):
        scribe.vault.open_with(scribe.vault.ring.pepper, load(Departure, held).letter, "leaver", str(row.id), "1")
    await world.effects(address, Unsubscribe(address=address))
    one, two = await stored(world, departures)
    assert one.body != two.body, "the same chat does not even look alike"
