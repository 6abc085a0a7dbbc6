"""Whoever wants no advisories any more gets none from that moment, and leaves no trace once somebody has unlocked."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import func, select, update

from handlers.approved import bound
from handlers.model import (
    Address,
    Advise,
    Advisory,
    AdvisoryId,
    Context,
    Conversation,
    Event,
    MemberId,
    Message,
    MessageRef,
    Outcome,
    Scope,
    Send,
    Subscribe,
    Text,
    Token,
    Unsubscribe,
)
from handlers.office import recovery
from handlers.program.checks import TOPIC_LETTERS
from handlers.reporter.chat import SAFE_WORD_LENGTH
from storage import readers
from storage.dispatch import Done, Failed
from storage.tables import Lane, departures, metadata, outbox, subscriptions

READER = Address("telegram:31337002")


async def subscribe(world: Any, address: str = READER, language: str = "en") -> Token:
    token = Token(secrets.token_urlsafe(16))
    await world.effects(address, Subscribe(Address(address), language, token))
    return token


async def leave(world: Any, address: str = READER) -> None:
    await world.effects(address, Unsubscribe(address=Address(address)))


async def advise(world: Any, admin: Any, number: int = 1) -> AdvisoryId:
    advisory = bound(Advisory(AdvisoryId(""), number, {"en": "beware"}, MemberId(admin.id), world.now))
    await world.effects(admin.address, Advise(advisory))
    return advisory.id


async def step(world: Any, advisory: AdvisoryId) -> int:
    """How many deliveries one step of an advisory adds."""
    return int((await world.database.broadcast.fan_out(advisory, world.now)).added)


async def count(world: Any, table: Any) -> int:
    async with world.database._engine.begin() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def stored(world: Any) -> set[Any]:
    """Every value of every table."""
    async with world.database._engine.begin() as connection:
        rows = [row for table in metadata.sorted_tables for row in await connection.execute(select(table))]
    return {value for row in rows for value in row}


def indexes_of(world: Any, address: Address) -> set[bytes]:
    """Whatever the ring is asked from now on to find this address by: somebody who has it could ask as well."""
    ring, made = world.vault.ring, set()
    original = ring.index

    def noted(*parts: str) -> bytes:
        index: bytes = original(*parts)
        if address in parts:
            made.add(index)
        return index

    ring.index = noted
    return made


@asynccontextmanager
async def locked(world: Any) -> AsyncIterator[None]:
    """Nobody is unlocked meanwhile."""
    held, world.sessions._open = world.sessions._open, {}
    yield
    world.sessions._open = held


@pytest.mark.parametrize("unlocked", [True, False])
async def test_given_somebody_who_left_when_days_have_passed_then_the_ring_finds_no_trace_of_their_address(
    world: Any, unlocked: bool
) -> None:
    await world.found()
    made = indexes_of(world, READER)
    await world.hear(READER, Text("/start"))
    await world.run(lambda event, context: Outcome(Conversation(language="en")))
    await subscribe(world)
    await world.tell(READER, lambda context: Outcome(None, (Unsubscribe(address=READER), Send(READER, Message("bye")))))
    if unlocked:
        assert await world.database.retention.settle_departures(world.now) == 1
        assert await count(world, subscriptions) == await count(world, departures) == 0
    for errand in await world.database.dispatch.lease(Lane.WORDS, 10, world.now):
        await world.database.dispatch.settle([Done(errand.id, (MessageRef("1"),))], world.now)
    assert made & await stored(world), "within a day the chat is known: the looking works"
    await world.database.retention.sweep(world.later(hours=25))
    assert not made & await stored(world)
    assert await count(world, subscriptions) == (0 if unlocked else 1)


async def test_given_somebody_who_leaves_twice_then_the_server_sees_nothing_that_they_share(world: Any) -> None:
    await world.found()
    await subscribe(world)
    async with locked(world):
        await leave(world)
        await leave(world)
    scribe = world.database._scribe
    async with world.database._engine.begin() as connection:
        first, second = (await connection.execute(select(departures))).all()
    opened = [scribe.open_bytes(readers._DEPARTURE_BODY, row.id, row.body) for row in (first, second)]
    assert first.id != second.id and opened[0] != opened[1]
    assert READER.encode() not in opened[0] + opened[1]


async def test_given_a_locked_desk_when_somebody_leaves_then_the_next_who_unlocks_ends_their_subscriptions(
    world: Any,
) -> None:
    await world.found()
    await subscribe(world)
    await subscribe(world, language="ru")
    await subscribe(world, "telegram:other")
    async with locked(world):
        await leave(world)
        assert await world.database.retention.settle_departures(world.now) == 0
        assert (await count(world, subscriptions), await count(world, departures)) == (3, 1)
    assert await world.database.retention.settle_departures(world.now) == 1
    assert (await count(world, subscriptions), await count(world, departures)) == (1, 0)


async def test_given_a_new_key_of_the_desk_from_the_console_then_whoever_was_unlocked_need_say_nothing(
    world: Any,
) -> None:
    admin = await world.found()
    await subscribe(world, "telegram:before")
    advisory = await advise(world, admin)
    await world.database.act(recovery.rekeyed(), world.now)
    await subscribe(world)
    assert await step(world, advisory) == 2
    await leave(world)
    world.sessions._open[admin.id].pools.clear()
    assert await world.database.retention.settle_departures(world.now) == 1


async def test_given_somebody_who_left_and_came_back_then_the_later_subscription_counts(world: Any) -> None:
    admin = await world.found()
    await subscribe(world)
    await leave(world)
    await subscribe(world)
    assert await step(world, await advise(world, admin)) == 1, "while the departure still waits"
    await world.database.retention.settle_departures(world.now)
    assert await count(world, subscriptions) == 1
    assert await step(world, await advise(world, admin, 2)) == 1, "and after it was settled"


async def test_given_a_departure_that_still_waits_when_an_advisory_goes_out_then_that_address_gets_none(
    world: Any,
) -> None:
    admin = await world.found()
    await subscribe(world)
    await leave(world)
    assert await step(world, await advise(world, admin)) == 0


@pytest.mark.parametrize("settled", [True, False])
async def test_given_somebody_who_leaves_while_addresses_are_opened_then_that_address_gets_none(
    world: Any, monkeypatch: pytest.MonkeyPatch, settled: bool
) -> None:
    admin = await world.found()
    await subscribe(world)
    await subscribe(world, "telegram:other")
    advisory = await advise(world, admin)
    opened = readers.opened

    async def slowly(*given: Any) -> Any:
        monkeypatch.undo()
        found = await opened(*given)
        await leave(world)
        if settled:
            await world.database.retention.settle_departures(world.now)
        return found

    monkeypatch.setattr(readers, "opened", slowly)
    assert await step(world, advisory) == 1
    assert [errand.address for errand in await world.database.dispatch.lease(Lane.WORDS, 9, world.now)] == [
        "telegram:other"
    ]


async def test_given_an_advisory_that_waits_to_go_out_when_its_reader_leaves_then_it_never_goes(world: Any) -> None:
    admin = await world.found()
    await subscribe(world)
    await subscribe(world, "telegram:other")
    await step(world, await advise(world, admin))
    await world.effects(READER, Unsubscribe(address=READER), Send(READER, Message("unsubscribe.done")))
    said = []
    while errands := await world.database.dispatch.lease(Lane.WORDS, 9, world.now):
        said += [(errand.address, errand.effect.message.id) for errand in errands]
        await world.database.dispatch.settle([Done(errand.id) for errand in errands], world.now)
    assert sorted(said) == [(READER, "unsubscribe.done"), ("telegram:other", "advisory.text")]


async def test_given_the_button_under_an_advisory_then_its_subscription_is_gone_at_once(world: Any) -> None:
    await world.found()
    token = await subscribe(world)
    async with locked(world):
        await world.effects(READER, Unsubscribe(token, READER))
    assert await count(world, subscriptions) == 0


async def unlocked(world: Any, admin: Any, seed: bytearray) -> None:
    world.unlock(admin, bytearray(seed))
    await world.effects(admin.address)


async def tried(world: Any, admin: Any, number: int, reason: str) -> None:
    """One more advisory, which reaches the reader or does not; and somebody who is unlocked sees to the notes."""
    assert await step(world, await advise(world, admin, number)) == 1
    (errand,) = await world.database.dispatch.lease(Lane.WORDS, 9, world.now)
    result = Failed(errand.id, reason) if reason else Done(errand.id)
    await world.database.dispatch.settle([result], world.now)
    await world.database.retention.settle_departures(world.now)
    assert await count(world, departures) == 0


@pytest.mark.parametrize(
    ("days", "reasons", "left"),
    [
        ((0, 4, 8), ("blocked", "blocked", "blocked"), 0),
        ((0, 4, 8), ("gone", "blocked", "gone"), 0),
        ((0, 0, 0), ("blocked", "blocked", "blocked"), 1),
        ((0, 30), ("blocked", "blocked"), 1),
        ((0, 4, 8), ("blocked", "", "blocked"), 1),
        ((0, 4, 8, 12), ("blocked", "", "blocked", "blocked"), 1),
        ((0, 4, 8, 9, 12), ("blocked", "blocked", "", "blocked", "blocked"), 1),
        ((0, 4, 8), ("rejected", "rejected", "rejected"), 1),
    ],
)
async def test_given_a_chat_that_is_out_of_reach_when_it_was_so_three_times_over_a_week_then_its_subscription_ends(
    world: Any, days: tuple[int, ...], reasons: tuple[str, ...], left: int
) -> None:
    admin = await world.found()
    await subscribe(world)
    begun, seed = world.now, bytearray(world.sessions.of(admin.id, world.now).seed)
    for number, (day, reason) in enumerate(zip(days, reasons, strict=True), 1):
        world.later(days=day - (world.now - begun).days)
        await unlocked(world, admin, seed)
        await tried(world, admin, number, reason)
    assert await count(world, subscriptions) == left


async def test_given_a_chat_that_was_out_of_reach_when_its_person_subscribes_anew_then_nothing_is_held_against_them(
    world: Any,
) -> None:
    admin = await world.found()
    seed = bytearray(world.sessions.of(admin.id, world.now).seed)
    token = await subscribe(world)
    for number in (1, 2):
        await tried(world, admin, number, "blocked")
    await world.effects(READER, Subscribe(READER, "en", token))
    world.later(days=8)
    await unlocked(world, admin, seed)
    await tried(world, admin, 3, "blocked")
    assert await count(world, subscriptions) == 1


async def test_given_an_advisory_that_goes_out_when_few_notes_wait_then_not_every_subscription_is_opened_for_them(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await world.found()
    await subscribe(world)
    await subscribe(world, "telegram:other")
    await leave(world, "telegram:other")
    id_ = await advise(world, admin)
    assert await step(world, id_) == 1, "who has left is passed over all the same"
    assert await world.database.retention.settle_some_departures(world.now) == 0
    monkeypatch.setattr(readers, "MANY", 1)
    assert await world.database.retention.settle_some_departures(world.now) == 1


async def test_given_no_desk_or_no_subscriber_then_leaving_leaves_nothing(world: Any) -> None:
    await leave(world)
    assert await count(world, departures) == 0
    await world.found()
    await leave(world)
    assert await count(world, departures) == 0


async def test_given_a_damaged_departure_then_the_others_are_heard(world: Any) -> None:
    await world.found()
    await subscribe(world)
    await subscribe(world, "telegram:other")
    async with locked(world):
        await leave(world, "telegram:other")
        async with world.database._engine.begin() as connection:
            await connection.execute(update(departures).values(body=b"\x01damaged"))
        await leave(world)
    assert await world.database.retention.settle_departures(world.now) == 1
    assert (await count(world, subscriptions), await count(world, departures)) == (1, 1)


async def test_given_a_departure_moved_to_another_row_then_it_is_not_believed(world: Any) -> None:
    await world.found()
    await subscribe(world)
    async with locked(world):
        await leave(world)
    async with world.database._engine.begin() as connection:
        await connection.execute(update(departures).values(id="x" * 22))
    assert await world.database.retention.settle_departures(world.now) == 0


async def test_given_more_subscriptions_than_a_page_then_all_are_looked_through(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.found()
    for n in range(5):
        await subscribe(world)
        await subscribe(world, f"telegram:{n}")
    await leave(world)
    monkeypatch.setattr(readers.page, "__defaults__", (2, None))
    assert await world.database.retention.settle_departures(world.now) == 1
    assert await count(world, subscriptions) == 5


async def test_given_readers_who_leave_just_while_an_advisory_goes_out_then_none_waits_for_them_afterwards(
    world: Any,
) -> None:
    admin = await world.found()
    leavers = [Address(f"telegram:{n}") for n in range(8)]
    for address in leavers:
        await subscribe(world, address)
    advisory = await advise(world, admin)
    for address in leavers:
        await world.hear(address, Text("stop"))

    def stop(event: Event, context: Context) -> Outcome:
        return Outcome(context.conversation, (Unsubscribe(address=context.person.address),))

    sending = world.database.broadcast.fan_out
    await asyncio.gather(
        *(turn for _ in leavers for turn in (world.turn(stop, limit=1), sending(advisory, world.now, 1)))
    )
    async with world.database._engine.begin() as connection:
        assert (await connection.scalars(select(outbox.c.id).where(outbox.c.advisory == advisory))).all() == []


WISHES = (
    (Scope(), ""),
    (Scope(("DE",), ("other",), ("violence", "arrest", "devices", "papers", "family")), "пароль"),
    (Scope(("TR",), ("UZ",), ("x" * TOPIC_LETTERS,)), "\U0001f511" * SAFE_WORD_LENGTH),
)


async def want(
    world: Any, token: Token, wish: tuple[Scope, str], address: str = READER, replaces: bool = False
) -> None:
    await world.effects(address, Subscribe(Address(address), "en", token, *wish, replaces=replaces))


async def test_given_whatever_readers_ask_for_then_the_server_reads_none_of_it_and_all_subscriptions_look_alike(
    world: Any,
) -> None:
    await world.found()
    for n, wish in enumerate(WISHES):
        await want(world, Token(str(n) * 22), wish, f"telegram:{'9' * (n * 5 + 5)}")
    scribe = world.database._scribe
    async with world.database._engine.begin() as connection:
        rows = (await connection.execute(select(subscriptions))).all()
    read = [scribe.open_bytes(readers._SUBSCRIPTION_BODY, row.secret.hex(), row.body) for row in rows]
    assert len({row.bucket for row in rows}) == 1, "only the language is an index"
    assert len({len(row.body) for row in rows}) == 1, "no length tells what somebody asked for"
    for canary in ("host", "topic", "violence", "пароль", "\U0001f511", "xxxx"):
        assert not any(canary.encode() in each for each in (*read, *(row.body for row in rows))), canary


async def test_given_the_same_token_when_it_is_sealed_anew_then_only_the_last_wish_stands(world: Any) -> None:
    admin = await world.found()
    token = Token("t" * 22)
    for wish in WISHES:
        await want(world, token, wish)
    assert (await count(world, subscriptions), await count(world, departures)) == (1, 0)
    await world.database.broadcast.fan_out(await advise(world, admin), world.now)
    (errand,) = await world.database.dispatch.lease(Lane.WORDS, 10, world.now)
    assert errand.copy is not None and errand.copy.safe_word == WISHES[-1][1]


async def test_given_a_new_subscription_of_a_chat_that_forgot_the_old_one_then_only_the_new_one_counts(
    world: Any,
) -> None:
    admin = await world.found()
    await want(world, Token("a" * 22), (Scope(("DE",)), "old"), replaces=True)
    assert await count(world, departures) == 0, "where nobody has subscribed, there is nothing to replace"
    await want(world, Token("b" * 22), (Scope(("TR",)), "new"), replaces=True)
    for number, host, readers_found in ((1, "DE", 0), (2, "TR", 1)):
        scope = Scope((host,))
        advisory = bound(Advisory(AdvisoryId(""), number, {"en": "x"}, MemberId(admin.id), world.now, scope=scope))
        await world.effects(admin.address, Advise(advisory))
        assert await step(world, advisory.id) == readers_found
    assert await world.database.retention.settle_departures(world.now) == 1
    assert (await count(world, subscriptions), await count(world, departures)) == (1, 0)


async def test_given_an_advisory_that_waits_for_its_reader_when_they_subscribe_anew_then_they_still_get_it(
    world: Any,
) -> None:
    admin = await world.found()
    await want(world, Token("a" * 22), WISHES[0])
    await step(world, await advise(world, admin))
    await want(world, Token("a" * 22), WISHES[1])
    await want(world, Token("b" * 22), WISHES[1], replaces=True)
    said = await world.database.dispatch.lease(Lane.WORDS, 9, world.now)
    assert [(errand.address, errand.effect.message.id) for errand in said] == [(READER, "advisory.text")]


async def test_given_a_subscription_sealed_anew_while_departures_are_settled_then_it_stays(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.found()
    await want(world, Token("a" * 22), WISHES[0])
    await leave(world)
    opened = readers.opened

    async def slowly(*given: Any) -> Any:
        monkeypatch.undo()
        found = await opened(*given)
        await want(world, Token("a" * 22), WISHES[1])
        return found

    monkeypatch.setattr(readers, "opened", slowly)
    assert await world.database.retention.settle_departures(world.now) == 1
    assert (await count(world, subscriptions), await count(world, departures)) == (1, 0)
