"""Faults that can be switched on."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import aiohttp
import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter

from bot.sandbox import Phone, Sandbox
from bot.sandbox.faults import Faults
from bot.sandbox.methods import METHODS
from bot.sandbox.refusals import Refusal


async def test_calls_fail_as_often_as_told(
    sandbox: Sandbox, bot: Bot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # else PTB warns on every RetryAfter, and warnings are errors here
    await phone.start()
    sandbox.faults = Faults(fail_429=1, retry_after=7)
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(phone.id, "x")
    assert refused.value.retry_after == timedelta(seconds=7)
    sandbox.faults.fail_5xx = 2
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(phone.id, "x")
    await bot.send_message(phone.id, "x")
    assert len(phone.chat()) == 2


@pytest.mark.parametrize(("when", "shown"), [("before", 0), ("after", 1)])
async def test_a_connection_drops_before_or_after_the_work_was_done(
    sandbox: Sandbox, ask: Callable, phone: Phone, when: str, shown: int
) -> None:
    await phone.start()
    sandbox.faults = Faults(drop=1, drop_when=when, methods=["sendMessage"])
    assert (await ask("getMe"))["ok"]
    with pytest.raises(aiohttp.ClientError):
        await ask("sendMessage", chat_id=phone.id, text="x")
    assert len(phone.chat()) == 1 + shown
    assert (await ask("sendMessage", chat_id=phone.id, text="y"))["ok"]


async def test_latency_is_added_to_every_call(sandbox: Sandbox, ask: Callable) -> None:
    sandbox.faults.latency_ms = 150
    before = time.monotonic()
    await asyncio.gather(*(ask("getMe") for _ in range(40)))
    assert 0.14 < time.monotonic() - before < 40 * 0.15


async def test_updates_come_twice_and_in_disorder(sandbox: Sandbox, ask: Callable, phone: Phone) -> None:
    sandbox.faults = Faults(duplicate_updates=1000, reorder_updates=True, seed=3)
    await phone.start()
    for number in range(8):
        await phone.say(str(number))
    first = [update["update_id"] for update in (await ask("getUpdates"))["result"]]
    assert first != sorted(first)
    await phone.say("new")
    second = [update["update_id"] for update in (await ask("getUpdates", offset=max(first) + 1))["result"]]
    assert sorted(second) == [*sorted(first), max(first) + 1]


async def test_given_flood_limits_when_one_chat_is_flooded_then_others_hear(sandbox: Sandbox, ask: Callable) -> None:
    flooded, other = sandbox.phone(), sandbox.phone()
    await flooded.start()
    await other.start()
    sandbox.faults.flood_limits = True
    answers = [await ask("sendMessage", chat_id=flooded.id, text="x") for _ in range(4)]
    assert [answer["ok"] for answer in answers] == [True, True, True, False]
    refused = answers[-1]
    assert (refused["error_code"], refused["parameters"]) == (429, {"retry_after": 1})
    assert refused["description"] == "Too Many Requests: retry after 1"
    assert (await ask("sendMessage", chat_id=other.id, text="x"))["ok"]
    sandbox.advance(refused["parameters"]["retry_after"])
    assert (await ask("sendMessage", chat_id=flooded.id, text="x"))["ok"]


async def test_thirty_messages_a_second_in_all() -> None:
    async with Sandbox(Faults(flood_limits=True), clock=lambda: 1_800_000_000.0) as sandbox:
        account = sandbox.add_bot(token="1000001:T", username="busy_bot")
        phones = [sandbox.phone() for _ in range(31)]
        for phone in phones:
            await phone.start()
        send = METHODS["sendmessage"].call
        for phone in phones[:30]:
            send(sandbox.world, account, {"chat_id": phone.id, "text": "x"})
        with pytest.raises(Refusal, match="retry after 1"):
            send(sandbox.world, account, {"chat_id": phones[30].id, "text": "x"})


async def test_one_bots_repeated_updates_never_reach_another(sandbox: Sandbox, ask: Callable, phone: Phone) -> None:
    sandbox.faults = Faults(duplicate_updates=1000)
    sandbox.add_bot(token="1000002:DESK", username="panah_desk_bot")
    await phone.start("panah_demo_bot", payload="first")
    await ask("getUpdates")
    await phone.start("panah_desk_bot", payload="second")
    (update,) = (await ask("getUpdates", token="1000002:DESK"))["result"]
    assert update["message"]["text"] == "/start second"
