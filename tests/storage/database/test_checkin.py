"""A check-in outlasts everything that can happen to a server: it comes once, neither early nor never."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from handlers import decide, wanted
from handlers.model import (
    Address,
    ById,
    CaseState,
    CheckIn,
    Context,
    Conversation,
    Event,
    Level,
    OpenCase,
    Outcome,
    SetTimer,
    Text,
    Timer,
    Token,
    Wanted,
)
from storage.serial import Serial, milliseconds
from tests.storage.database.conftest import NOW

REPORTER = "telegram:77"
HOUR = timedelta(hours=1)
CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from storage.keyring import Keyring
from tests.storage.database.conftest import World
from tests.storage.database.test_checkin import set_one

async def main(url, state):
    world = World(url, Keyring.open(Path(state)))
    await world.start()
    world._marks = 1000
    await set_one(world)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main(*sys.argv[1:]))
"""


def silent(world: Any) -> OpenCase:
    opening = world.opening(level=Level.P1)
    return replace(opening, case=replace(opening.case, state=CaseState.SILENT, rules=("checkin",)))


async def set_one(world: Any, after: timedelta = HOUR) -> Any:
    """A check-in as its handler leaves it."""
    opening = silent(world)
    checkin = CheckIn(opening.case.id, Token("t" * 22), world.now + after)
    timer = SetTimer("checkin", checkin.due, opening.case.id, urgent=True)
    await world.tell(REPORTER, lambda _: Outcome(Conversation("en", checkin=checkin), (opening, timer)))
    return opening.case.id


async def states(world: Any, case: str) -> CaseState:
    met = await world.tell("telegram:99", lambda c: Outcome(c.conversation), Wanted(ById(case)))
    return met.case.state


async def timers(world: Any) -> list[Event]:
    return [event for event in await world.run(decide, wanted) if isinstance(event, Timer) and event.name == "checkin"]


def _killed(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    command = (sys.executable, "-c", CHILD, *arguments)
    return subprocess.run(command, timeout=60, check=False, capture_output=True, env=os.environ | {"PYTHONPATH": "."})


async def test_given_a_check_in_when_the_server_is_killed_and_off_for_two_days_then_it_comes_once(
    world: Any, tmp_path: Any
) -> None:
    await world.found()
    await world.database.close()
    killed = await asyncio.to_thread(_killed, world.url, str(tmp_path / "state"))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    await world.start()
    world.later(days=2)
    await world.database.retention.sweep(world.now)
    [timer] = await timers(world)
    assert await states(world, timer.about) is CaseState.OPEN
    assert await timers(world) == []


async def test_given_a_batch_that_fails_when_the_time_has_come_then_it_comes_again(world: Any) -> None:
    await world.found()
    case = await set_one(world)
    world.later(hours=1)

    def fails(event: Event, context: Context) -> Outcome:
        raise RuntimeError

    try:
        await world.turn(fails, wanted)
    except RuntimeError:
        await world.restart()
    assert [event.about for event in await timers(world)] == [case]
    assert await states(world, case) is CaseState.OPEN


async def test_given_a_silent_case_then_no_queue_shows_it(world: Any) -> None:
    admin = await world.found()
    case = await set_one(world)
    wish = Wanted(case=ById(case), queue=True)
    met = await world.tell(admin.address, lambda context: Outcome(context.conversation), wish)
    assert met.case.id == case and met.queue == ()


async def test_given_a_clock_that_is_set_back_then_a_check_in_comes_neither_early_nor_late(world: Any) -> None:
    await world.found()
    before = await set_one(world)
    await world.hear("telegram:88", Text("at the old time"))
    await world.run(decide, wanted)
    world.later(hours=-1)
    await world.hear("telegram:88", Text("the clock was set back"))
    assert len(await world.run(decide, wanted)) == 1, "what comes in is worked off at once"
    after = await set_one(world, timedelta(minutes=30))
    world.later(minutes=29)
    assert await timers(world) == []
    world.later(minutes=1)
    assert [event.about for event in await timers(world)] == [after]
    world.later(minutes=30)
    assert [event.about for event in await timers(world)] == [before], "an hour after it was set"


async def test_given_a_chat_that_is_silent_for_a_day_then_its_check_in_still_comes(world: Any) -> None:
    await world.found()
    case = await set_one(world, 24 * HOUR)
    for _ in range(24 * 4):
        world.later(minutes=15)
        await world.database.retention.sweep(world.now)
    assert [event.about for event in await timers(world)] == [case]
    await world.hear(Address(REPORTER), Text("ok"))
    assert await states(world, case) is CaseState.OPEN


def test_given_a_clock_that_is_set_back_then_the_time_behind_the_ids_runs_on() -> None:
    serial = Serial()
    serial.next(NOW)
    assert serial.clock(NOW - HOUR) == milliseconds(NOW)
    assert serial.clock(NOW - HOUR / 2) == milliseconds(NOW + HOUR / 2)
    assert serial.next(NOW - HOUR / 2) >> 20 == milliseconds(NOW + HOUR / 2)
