"""When far more waits than can be served, a flood delays itself: the order of a crowd, in and out."""

from datetime import timedelta
from typing import Any

from handlers.model import Address, Ban, Context, Event, Message, OnDuty, Outcome, Send, Text
from storage.dispatch import Done, Later
from storage.leasing import CROWD, FEW
from storage.records import Arrival, Turn
from storage.tables import Lane

REPORTER = Address("telegram:77")


def stay(event: Event, context: Context) -> Outcome:
    return Outcome(context.conversation)


async def lease(world: Any, limit: int = 10) -> list[Any]:
    found: list[Any] = await world.database.dispatch.lease(Lane.WORDS, limit, world.now)
    return found


async def arrive(world: Any, chat: str, text: str, turn: Turn) -> None:
    await world.database.accept([Arrival(f"{chat}:{text}", Address(chat), Text(text), turn=turn)], world.now)


async def flood(world: Any, chats: int) -> None:
    arrivals = [Arrival(f"junk:{n}", Address(f"telegram:junk{n}"), Text("junk")) for n in range(chats)]
    await world.database.accept(arrivals, world.now)


async def test_given_a_crowd_when_somebody_in_danger_or_just_now_writes_then_they_are_in_the_next_batch(
    world: Any,
) -> None:
    await flood(world, 100)
    await arrive(world, "telegram:old", "danger", Turn(urgent=True))
    world.later(seconds=1)
    await flood_more(world)
    await arrive(world, REPORTER, "now", Turn())
    heard = [event.text for event in await world.turn(stay, limit=16)]
    assert {"danger", "now"} <= set(heard)
    assert heard[0] == "danger"


async def flood_more(world: Any) -> None:
    arrivals = [Arrival(f"more:{n}", Address(f"telegram:more{n}"), Text("more")) for n in range(100)]
    await world.database.accept(arrivals, world.now)


async def test_given_a_crowd_then_those_who_waited_longest_have_places_too(world: Any) -> None:
    await arrive(world, REPORTER, "first", Turn())
    await flood(world, 100)
    assert "first" in [event.text for event in await world.turn(stay, limit=16)]


async def test_given_an_event_over_its_chats_budget_then_it_waits_and_the_chats_order_holds(world: Any) -> None:
    await arrive(world, REPORTER, "one", Turn())
    await arrive(world, REPORTER, "two", Turn(after=2.0))
    assert [event.text for event in await world.run(stay)] == ["one"]
    world.later(seconds=3)
    assert [event.text for event in await world.run(stay)] == ["two"]


async def test_given_a_crowd_of_messages_then_the_urgent_and_the_newest_leave_within_one_round(world: Any) -> None:
    for n in range(CROWD + 20):
        await world.effects(f"telegram:junk{n}", Send(Address(f"telegram:junk{n}"), Message("junk")))
    await world.effects(REPORTER, Send(REPORTER, Message("newest")))
    await world.effects("telegram:9", Send(Address("telegram:9"), Message("danger"), urgent=True))
    said = [errand.effect.message.id for errand in await lease(world, 8)]
    assert {"newest", "danger"} <= set(said)
    assert len(said) == 8


async def test_given_an_urgent_event_then_its_answers_to_its_own_chat_go_first_in_their_order(world: Any) -> None:
    await world.effects("telegram:other", Send(Address("telegram:other"), Message("other")))

    def answer(event: Event, context: Context) -> Outcome:
        return Outcome(context.conversation, (Send(REPORTER, Message("one")), Send(REPORTER, Message("two"))))

    await arrive(world, REPORTER, "help", Turn(urgent=True))
    await world.run(answer)
    first = await lease(world, 1)
    assert [errand.effect.message.id for errand in first] == ["one"]
    await world.database.dispatch.settle([Done(first[0].id)], world.now)
    assert [errand.effect.message.id for errand in await lease(world, 1)] == ["two"]


async def test_given_many_notices_for_one_reader_then_one_message_says_their_number_and_survives_a_failure(
    world: Any,
) -> None:
    admin = await world.found()
    notice = Send(OnDuty(), Message("card"), slot="case:1", together="notice.many")
    for n in range(FEW + 7):
        await world.effects(f"telegram:{n}", notice)
    (errand,) = await lease(world)
    assert (errand.address, errand.effect.message) == (admin.address, Message("notice.many", count=FEW + 7))
    await world.database.dispatch.settle([Later(errand.id, world.now)], world.now)
    await world.restart()
    await world.database.dispatch.release_leases(world.now)
    await world.effects("telegram:late", notice)
    (again,) = await lease(world)
    assert again.effect.message.count == FEW + 8


async def test_given_a_few_notices_then_each_is_said_by_itself(world: Any) -> None:
    await world.found()
    for n in range(FEW):
        await world.effects(f"telegram:{n}", Send(OnDuty(), Message("card"), together="notice.many"))
    (errand,) = await lease(world)
    assert errand.effect.message == Message("card")


async def test_given_a_ban_then_its_sender_is_known_until_it_ends_and_then_forgotten(world: Any) -> None:
    await world.effects("telegram:admin", Ban(REPORTER, world.now + timedelta(days=30)))
    assert (await world.effects(REPORTER)).person.banned
    assert not (await world.effects("telegram:other")).person.banned
    world.later(days=31)
    assert not (await world.effects(REPORTER)).person.banned
    assert (await world.database.retention.sweep(world.now)).bans == 1
    await world.effects("telegram:admin", Ban(REPORTER, world.now + timedelta(days=30)))
    await world.effects("telegram:admin", Ban(REPORTER, None))
    assert not (await world.effects(REPORTER)).person.banned
