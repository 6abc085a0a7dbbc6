"""`kill -9` under load: no report is lost, none comes twice, and what is said again is harmless and little."""

import asyncio
import time

import pytest

from bot.sandbox.faults import Faults
from tests.crash.storm import REPEATS_PER_KILL, Storm

pytestmark = pytest.mark.slow

BOUND = 600.0
"""Seconds for all of one test."""
PROMPTLY = 8.0
"""Seconds for a stop: what is being committed ends, and nothing else is waited for."""

WEATHER = (
    Faults(latency_ms=60, jitter_ms=60),
    Faults(fail_429=0.15, retry_after=1),
    Faults(fail_5xx=0.15),
    Faults(drop=0.1, drop_when="before"),
    Faults(drop=0.1, drop_when="after"),
    Faults(duplicate_updates=0.3, reorder_updates=True),
)


async def weathered(storm: Storm, people: int, kills: int) -> int:
    """A calm beginning, a rage, and the judgement; how many messages came more than once."""
    async with asyncio.timeout(BOUND):
        await storm.open()
        await storm.calm()
        await storm.rage(people, kills)
        await storm.settle()
        assert await storm.server.stop() == 0
        repeated = await storm.judge_chats()
        await storm.judge_state()
    print(f"{storm.census.deeds} updates, {storm.kills} kills, {repeated} messages came more than once")
    return repeated


async def test_given_fifty_people_reporting_when_the_server_is_killed_again_and_again_then_each_report_arrives_once(
    storm: Storm,
):
    repeated = await weathered(storm, people=54, kills=24)
    assert storm.census.deeds >= 1000
    assert storm.kills >= 20
    assert repeated <= REPEATS_PER_KILL * storm.kills
    await storm.judge_record()


async def test_given_a_webhook_when_the_server_is_killed_again_and_again_then_each_report_arrives_once(
    webhook_storm: Storm,
):
    repeated = await weathered(webhook_storm, people=16, kills=8)
    assert repeated <= REPEATS_PER_KILL * webhook_storm.kills
    await webhook_storm.judge_record()


async def test_given_every_fault_of_the_messenger_and_some_kills_then_each_report_arrives_once_all_the_same(
    storm: Storm,
):
    async with asyncio.TaskGroup() as group:
        weather = group.create_task(change_the_weather(storm))
        await weathered(storm, people=14, kills=4)
        weather.cancel()
    assert (await storm.sandbox.record())["faults_of_ours"] == []


async def change_the_weather(storm: Storm) -> None:
    """One fault after the other while the many report; the sky is clear before them and after them."""
    calm = len(storm.reporters)
    await storm.census.until(lambda census: len(storm.reporters) > calm + 2)
    for faults in WEATHER:
        await storm.sandbox.set_faults(faults)
        await asyncio.sleep(4)
    await storm.sandbox.set_faults(Faults())


async def test_given_people_in_the_middle_of_a_report_when_the_server_is_stopped_then_it_ends_cleanly_and_goes_on_later(
    storm: Storm,
):
    async with asyncio.timeout(BOUND), asyncio.TaskGroup() as group:
        await storm.open()
        for _ in range(6):
            group.create_task((await storm.reporter()).report())
        await storm.census.until(lambda census: census.deeds > 60)
        begun = time.monotonic()
        assert await storm.server.stop() == 0
        assert time.monotonic() - begun < PROMPTLY
        await storm.server.start()
    await storm.settle()
    assert await storm.server.stop() == 0
    await storm.judge_state()
    said = storm.server.log.read_text()
    assert "level=error" not in said
    assert said.count("event=stopped") == 2
