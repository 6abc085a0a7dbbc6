"""Cases that wait: their timers belong to them, outlast the process, and come by a clock that only goes on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace as changed
from sqlalchemy import select

from handlers import decide, waits, wanted
from handlers.model import (
    Address,
    Called,
    Case,
    Choice,
    Clear,
    Erase,
    Hours,
    Level,
    Message,
    OnDuty,
    Outcome,
    PutMember,
    Send,
    SetTimer,
    Staff,
    Timer,
)
from storage.dispatch import Done
from storage.serial import Serial
from storage.tables import Lane, conversations, inbox

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REPORTER = Address("telegram:77")
OTHER = Address("telegram:78")
CROWD = 60


@pytest.fixture
async def desk(world: Any) -> Any:
    """A desk with one admin."""
    await world.found()
    return world


async def report(world: Any, level: Level = Level.P1, address: str = REPORTER) -> Case:
    opening = world.opening(address=address, level=level)
    await world.tell(address, lambda context: waits.watched(Outcome(context.conversation, (opening,)), context))
    return opening.case


async def called(world: Any, limit: int = 500) -> list[Send]:
    """What goes out, settled."""
    said = []
    while errands := await world.database.dispatch.lease(Lane.WORDS, limit, world.now):
        said += [errand.effect for errand in errands]
        await world.database.dispatch.settle([Done(errand.id) for errand in errands], world.now)
    return said


async def pages(world: Any, step: timedelta = timedelta(minutes=1), **time: float) -> int:
    """Calls while time goes by, step by step."""
    count = 0
    for _ in range(int(timedelta(**time) / step)):
        world.now += step
        await world.run(decide, wanted)
        count += sum(isinstance(send.to, Called) for send in await called(world))
    return count


async def test_given_a_timer_of_a_case_then_it_comes_back_there_and_not_to_the_chat_that_set_it(
    world: Any,
) -> None:
    wish = SetTimer("wait", world.now + timedelta(hours=1), "about", to=Address("case:1"))
    await world.effects(REPORTER, wish)
    await world.tell(REPORTER, lambda context: Outcome(None))
    world.later(hours=1)
    assert await world.run(lambda event, context: Outcome(None)) == [Timer("wait", "about", wish.at)]
    async with world.database._engine.begin() as connection:
        assert (await connection.execute(select(conversations))).all() == []


async def test_given_a_case_that_waits_when_its_chat_is_forgotten_and_the_process_ends_then_it_is_called_for(
    desk: Any,
) -> None:
    await report(desk)
    await desk.effects(REPORTER, Clear(REPORTER))
    await desk.tell(REPORTER, lambda context: Outcome(None))
    await desk.restart()
    assert await pages(desk, minutes=31) == 3


async def test_given_a_process_that_ends_in_the_middle_of_a_call_then_it_is_made_once(
    desk: Any,
) -> None:
    await report(desk)
    desk.later(minutes=10)

    def dies(event: Any, context: Any) -> Outcome:
        decide(event, context)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await desk.turn(dies, wanted)
    await desk.restart()
    assert await desk.run(decide, wanted) != []
    assert [type(send.to) for send in await called(desk)] == [Called]
    await desk.restart()
    assert await desk.run(decide, wanted) == []


async def test_given_a_server_that_was_off_for_two_days_then_it_calls_once_and_then_daily(desk: Any) -> None:
    await report(desk)
    desk.later(days=2)
    await desk.restart()
    assert await desk.run(decide, wanted) != []
    assert len(await called(desk)) == 1
    assert await pages(desk, minutes=60) == 0


async def test_given_a_case_that_waits_for_weeks_then_no_sweep_forgets_it(desk: Any) -> None:
    await report(desk, Level.P4)
    days = []
    for day in range(1, 15):
        for _ in range(6):
            desk.later(hours=4)
            await desk.run(decide, wanted)
            await desk.database.retention.sweep(desk.now)
        days += [day] * bool(await called(desk))
    assert days == list(range(3, 15))


async def test_given_an_erased_case_then_no_timer_of_it_is_left(desk: Any) -> None:
    case = await report(desk)
    await desk.effects(OTHER, Erase(case.id))
    async with desk.database._engine.begin() as connection:
        waiting = (await connection.execute(select(inbox).where(inbox.c.state == 0))).all()
        chats = set(await connection.scalars(select(conversations.c.chat)))
    assert waiting == []
    assert desk.database._scribe.chat(waits.chat(case.id)) not in chats
    assert await pages(desk, minutes=15) == 0


async def test_given_a_crowd_of_cases_at_once_then_each_is_called_for_in_one_message(
    desk: Any,
) -> None:
    for number in range(CROWD):
        await report(desk, address=f"telegram:{1000 + number}")
    desk.later(minutes=10)
    assert len(await desk.run(decide, wanted)) == CROWD
    (said,) = await called(desk)
    assert said.message == Message("notice.waiting", count=CROWD)


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(hours=2), timedelta(days=400)], ids=str)
async def test_given_a_clock_that_is_set_back_then_the_calls_come_in_their_time_and_nothing_spins(
    desk: Any, back: timedelta
) -> None:
    await report(desk)
    desk.now -= back
    await report(desk, address=OTHER)
    assert len(await desk.run(decide, wanted)) == 0
    assert await pages(desk, minutes=9) == 0
    assert await pages(desk, minutes=24) in {5, 6}
    assert len(await desk.run(decide, wanted)) == 0


async def test_given_a_clock_that_jumps_ahead_and_back_then_nobody_is_forgotten(desk: Any) -> None:
    await report(desk)
    desk.later(days=365)
    await desk.run(decide, wanted)
    assert len(await called(desk)) == 1
    desk.now -= timedelta(days=365)
    await report(desk, address=OTHER)
    assert await pages(desk, minutes=11) >= 1
    assert await pages(desk, timedelta(minutes=5), hours=26) >= 4


async def test_given_a_press_while_a_call_is_due_then_both_are_done_once(desk: Any) -> None:
    case = await report(desk)
    desk.later(minutes=10)
    await desk.hear("telegram:amina", Choice("seen", case.id))
    events = await desk.run(decide, wanted)
    assert {type(event) for event in events} == {Choice, Timer}


async def test_given_quiet_hours_then_calls_arrive_without_a_sound_and_danger_and_answers_ring(desk: Any) -> None:
    (admin,) = (await desk.database.people()).everybody()
    sleeping = changed(admin, hours=Hours("UTC", tuple(range(7)), 0, 0, quiet=(0, 0)))
    await desk.effects(REPORTER, PutMember(sleeping))
    sends = [
        Send(OnDuty(), Message("card")),
        Send(Staff(admin.id), Message("page"), wakes=True),
        Send(admin.address, Message("answer")),
    ]
    await desk.effects(REPORTER, *sends)
    assert {send.message.id: send.silent for send in await called(desk)} == {
        "card": True,
        "page": False,
        "answer": False,
    }


def test_given_a_clock_that_is_set_back_then_serials_go_on_at_its_pace_and_never_back() -> None:
    serial = Serial()
    first, clock = serial.next(NOW), serial.clock(NOW)
    earlier = NOW - timedelta(hours=2)
    assert serial.clock(earlier) == clock
    assert serial.later(earlier + timedelta(minutes=10), earlier) - clock == 600_000
    assert serial.clock(earlier + timedelta(minutes=10)) - clock == 600_000
    assert serial.clock(earlier - timedelta(hours=3)) - clock == 600_000  # though nothing was stored meanwhile
    assert serial.clock(earlier - timedelta(hours=2)) - clock == 4_200_000
    assert serial.next(earlier) > first
    lagging = serial.clock(earlier + timedelta(minutes=5))
    assert serial.clock(earlier + timedelta(minutes=5) - timedelta(seconds=30)) <= lagging
    assert (NOW - timedelta(hours=2)).timestamp() * 1000 <= serial.vague(NOW) >> 20 <= NOW.timestamp() * 1000
