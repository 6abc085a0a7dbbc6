"""Events come in once, wait in order, and are decided on in batches."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select, text, update

from handlers.model import (
    Address,
    Command,
    Context,
    Conversation,
    Event,
    MessageRef,
    Outcome,
    Send,
    SetTimer,
    Step,
    Text,
    Timer,
    Unreadable,
    Wanted,
)
from handlers.model import Message as Said
from storage.inbox import MAX_ATTEMPTS
from storage.records import Arrival
from storage.tables import Lane, conversations, inbox

REPORTER, OTHER = "telegram:77", "telegram:78"


def stay(event: Event, context: Context) -> Outcome:
    return Outcome(context.conversation)


def answer(event: Event, context: Context) -> Outcome:
    said = Send(context.person.address, Said("ok"), slot="form")
    return Outcome(Conversation(language="tg", step=Step.FORM), (said,))


async def test_given_an_event_that_came_before_when_it_comes_again_then_the_copy_is_dropped(world: Any) -> None:
    arrival = Arrival("telegram:9001", Address(REPORTER), Text("by the bridge"))
    assert await world.database.accept([arrival], world.now) == 1
    assert await world.database.accept([arrival], world.now) == 0
    assert await world.run(stay) == [arrival.event]
    assert await world.database.accept([arrival], world.now) == 0, "its mark stays when it was decided on"
    assert await world.run(stay) == []


async def test_given_many_events_of_two_chats_then_each_chat_hears_its_own_in_order(world: Any) -> None:
    for n in range(6):
        await world.hear(REPORTER, Text(f"a{n}"))
        await world.hear(OTHER, Text(f"b{n}"))
    heard = [event.text for event in await world.run(stay)]
    assert [text for text in heard if text[0] == "a"] == [f"a{n}" for n in range(6)]
    assert [text for text in heard if text[0] == "b"] == [f"b{n}" for n in range(6)]


async def test_given_a_chat_that_floods_then_others_are_heard_in_the_next_batch(world: Any) -> None:
    await world.hear(REPORTER, *(Text(str(n)) for n in range(500)))
    await world.hear(OTHER, Text("help"))
    assert Text("help") in await world.turn(stay)


async def test_given_a_conversation_when_it_is_saved_then_the_next_event_meets_it(world: Any) -> None:
    kept = Conversation(language="tg", step=Step.REVIEW)
    await world.tell(REPORTER, lambda context: Outcome(kept))
    met = await world.tell(REPORTER, lambda context: Outcome(None))
    assert met.conversation == kept
    forgotten = await world.tell(REPORTER, lambda context: Outcome(context.conversation))
    assert forgotten.conversation == Conversation()


async def test_when_a_handler_raises_then_nothing_of_the_batch_has_happened(world: Any) -> None:
    await world.hear(REPORTER, Text("fine"))
    await world.hear(OTHER, Text("poison"))

    def fragile(event: Event, context: Context) -> Outcome:
        if event == Text("poison"):
            raise RuntimeError
        return answer(event, context)

    with pytest.raises(RuntimeError):
        await world.run(fragile)
    assert await world.database.dispatch.lease(Lane.WORDS, 10, world.now) == []
    assert sorted(event.text for event in await world.run(stay)) == ["fine", "poison"]


async def test_given_an_event_that_always_fails_then_it_is_set_aside_and_its_chat_goes_on(world: Any) -> None:
    await world.hear(REPORTER, Text("poison"), Text("after"))
    for attempt in range(MAX_ATTEMPTS):
        async with world.database.batch(world.now) as batch:
            (unit,) = batch.units
            assert unit.event == Text("poison")
        assert await world.database.fail(unit.id) is (attempt == MAX_ATTEMPTS - 1)
    assert await world.run(stay) == [Text("after")]


async def test_given_one_unit_of_a_failed_batch_then_it_can_be_taken_alone(world: Any) -> None:
    await world.hear(REPORTER, Text("a"))
    await world.hear(OTHER, Text("b"))
    async with world.database.batch(world.now) as batch:
        second = batch.units[1]
    async with world.database.batch(world.now, only=second.id) as batch:
        assert [unit.event for unit in batch.units] == [Text("b")]


async def test_given_a_row_that_was_tampered_with_then_it_is_set_aside_and_the_chain_says_so(world: Any) -> None:
    await world.hear(REPORTER, Text("a"), Text("b"))
    async with world.database._engine.begin() as connection:
        rows = (await connection.execute(select(inbox.c.id, inbox.c.body).order_by(inbox.c.id))).all()
        swapped = update(inbox).where(inbox.c.id == rows[0].id).values(body=rows[1].body)
        await connection.execute(swapped)
    assert await world.turn(stay) == []
    assert await world.run(stay) == [Text("b")]
    assert (await world.database.verify_audit()).lines == 1


async def test_given_a_conversation_moved_to_another_chat_then_it_is_not_read_there(world: Any) -> None:
    await world.tell(REPORTER, lambda context: Outcome(Conversation(focus="secret")))
    await world.tell(OTHER, lambda context: Outcome(Conversation()))
    async with world.database._engine.begin() as connection:
        bodies = (await connection.execute(select(conversations.c.chat, conversations.c.body))).all()
        for (chat, _), (_, body) in zip(bodies, reversed(bodies), strict=True):
            await connection.execute(update(conversations).where(conversations.c.chat == chat).values(body=body))
    met = await world.tell(OTHER, lambda context: Outcome(None))
    assert met.conversation == Conversation()
    assert (await world.database.verify_audit()).lines == 1


async def test_given_a_timer_then_it_comes_back_when_it_is_due_and_not_before(world: Any) -> None:
    at = world.now + timedelta(hours=1)
    await world.effects(REPORTER, SetTimer("nudge", at, "case"))
    assert await world.run(stay) == []
    world.later(hours=1, seconds=1)
    assert await world.run(stay) == [Timer("nudge", "case", at)]
    assert await world.run(stay) == []


async def test_given_a_timer_that_is_set_again_then_only_the_later_one_comes(world: Any) -> None:
    await world.effects(REPORTER, SetTimer("nudge", world.now + timedelta(hours=1)))
    later = world.now + timedelta(hours=3)
    await world.effects(REPORTER, SetTimer("nudge", later))
    world.later(hours=2)
    assert await world.run(stay) == []
    world.later(hours=2)
    assert await world.run(stay) == [Timer("nudge", at=later)]


async def test_given_a_timer_that_sets_itself_then_it_comes_again(world: Any) -> None:
    def beat(event: Event, context: Context) -> Outcome:
        return Outcome(context.conversation, (SetTimer("beat", context.now + timedelta(minutes=1)),))

    await world.hear(REPORTER, Text("start"))
    await world.run(beat)
    for _ in range(3):
        at = world.now + timedelta(minutes=1)
        world.later(minutes=1, seconds=1)
        assert await world.turn(beat) == [Timer("beat", at=at)]


async def test_given_a_chat_that_is_forgotten_then_its_timers_go_with_it(world: Any) -> None:
    await world.effects(REPORTER, SetTimer("nudge", world.now + timedelta(hours=1)))
    await world.tell(REPORTER, lambda context: Outcome(None))
    world.later(hours=2)
    assert await world.run(stay) == []
    async with world.database._engine.begin() as connection:
        assert (await connection.execute(select(conversations))).all() == []


async def test_given_a_members_passphrase_in_the_inbox_when_the_process_ends_then_it_is_lost(world: Any) -> None:
    member = await world.found()
    typed = [Text("abacus cover drum felt-tip mango zippy"), Command("unlock", "abacus cover"), Text("two words")]
    await world.hear(member.address, *typed)
    await world.restart()
    assert await world.run(stay) == [Unreadable("lost"), Unreadable("lost"), Text("two words")]


async def test_given_six_words_of_a_reporter_then_they_survive_the_process(world: Any) -> None:
    words = Text("my brother was taken last night")
    await world.hear(REPORTER, words)
    await world.restart()
    assert await world.run(stay) == [words]


async def test_given_what_is_marked_at_the_door_when_the_process_ends_then_it_is_lost(world: Any) -> None:
    arrival = Arrival("code", Address(REPORTER), Text("eight words of a code"), fleeting=True)
    await world.database.accept([arrival], world.now)
    await world.restart()
    assert await world.run(stay) == [Unreadable("lost")]


async def test_given_a_clock_that_was_set_back_then_the_order_is_kept(world: Any) -> None:
    await world.hear(REPORTER, Text("first"))
    world.now -= timedelta(hours=1)
    await world.restart()
    await world.hear(REPORTER, Text("second"))
    assert await world.run(stay) == [Text("first"), Text("second")]


async def test_given_messages_of_the_person_then_they_are_known_once_each(world: Any) -> None:
    await world.hear(REPORTER, Text("a", MessageRef("1")), Text("b", MessageRef("2")), Text("b", MessageRef("2")))
    await world.run(stay)
    assert await world.database.dispatch.known(Address(REPORTER)) == ["1", "2"]
    assert await world.database.dispatch.known(Address(OTHER)) == []


async def test_a_batch_of_32_chats_takes_no_more_statements_than_one_of_2(world: Any) -> None:
    counted: list[str] = []

    @sqlalchemy_event.listens_for(world.database._engine.sync_engine, "before_cursor_execute")
    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    totals = []
    for size in (2, 32):
        for n in range(size):
            await world.hear(f"telegram:{size}{n:03}", Text("an answer", MessageRef("1")))
        counted.clear()
        assert len(await world.turn(answer)) == size
        totals.append(len(counted))
    assert totals[0] == totals[1] <= 12


async def test_given_two_workers_at_once_then_no_event_is_decided_twice_and_order_is_kept(world: Any) -> None:
    import asyncio

    for n in range(8):
        for chat in range(12):
            await world.hear(f"telegram:{chat}", Text(f"{chat}:{n}"))
    heard: list[str] = []

    def note(event: Event, context: Context) -> Outcome:
        assert isinstance(event, Text)
        heard.append(event.text)
        return answer(event, context)

    async def worker() -> None:
        empty = 0
        while empty < 3:
            done = await world.turn(note, limit=5)
            empty = 0 if done else empty + 1
            await asyncio.sleep(0)

    await asyncio.gather(*(worker() for _ in range(4)))
    assert sorted(heard) == sorted(f"{chat}:{n}" for n in range(8) for chat in range(12))
    for chat in range(12):
        assert [line for line in heard if line.startswith(f"{chat}:")] == [f"{chat}:{n}" for n in range(8)]


async def test_given_a_wish_then_storage_asks_the_routes_once_for_each_event(world: Any) -> None:
    asked: list[Event] = []

    def wants(event: Event, person: Any, conversation: Conversation) -> Wanted:
        asked.append(event)
        return Wanted()

    await world.hear(REPORTER, Text("a"))
    await world.run(stay, wants)
    assert asked == [Text("a")]


async def test_nothing_waits_when_nothing_was_said(world: Any) -> None:
    assert await world.database.next_due() is None
    await world.effects(REPORTER, SetTimer("nudge", world.now + timedelta(hours=1)))
    assert await world.database.next_due() == int((world.now + timedelta(hours=1)).timestamp() * 1000)


async def test_sqlite_answers_as_asked(world: Any) -> None:
    if world.database._engine.dialect.name != "sqlite":
        return
    wanted = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    async with world.database._engine.begin() as connection:
        for name, answer in wanted.items():
            assert await connection.scalar(text(f"PRAGMA {name}")) == answer
