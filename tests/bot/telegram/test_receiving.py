"""Nothing is acknowledged before the commit, and nothing that arrives can block the door."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from bot.messenger import Key, Screen, press
from bot.sandbox import Phone, Sandbox
from bot.sandbox.faults import Faults
from bot.telegram import Telegram
from bot.telegram.calls import TokenRefused
from bot.telegram.intake import Backoff
from handlers.model import Address, Choice, Command, Text, Unreadable


async def test_given_a_bot_when_a_person_writes_then_events_arrive_in_order(
    bot: Telegram, phone: Phone, inbox: Any, listen: Any
) -> None:
    async with listen(bot, inbox):
        for word in ("one", "two", "three"):
            await phone.say(word)
        events = await inbox.holds(4)
    assert events[0] == Command("start", "", "1", tongue="ru")
    assert [event.text for event in events[1:]] == ["one", "two", "three"]
    assert {arrival.address for arrival in inbox.arrivals} == {f"telegram:{phone.id}"}


async def test_given_an_inbox_that_fails_when_it_recovers_then_nothing_was_lost(
    bot: Telegram, phone: Phone, inbox: Any, listen: Any
) -> None:
    inbox.refuse = 3
    await phone.say("the only copy")
    async with listen(bot, inbox):
        events = await inbox.holds(2)
    assert inbox.failures == 3
    assert events[1] == Text("the only copy", "2")


async def test_given_a_crash_after_the_commit_when_started_again_then_the_same_marks_come(
    sandbox: Sandbox, token: str, phone: Phone, inbox: Any, listen: Any
) -> None:
    sandbox.faults = Faults(methods=["getUpdates"], latency_ms=50)
    for _ in range(2):
        async with Telegram(token, sandbox.url, poll_seconds=1) as bot, listen(bot, inbox):
            await inbox.until(lambda box: box.batches)
        inbox.batches.clear()
    assert len(inbox.arrivals) == 1


async def test_given_an_update_of_another_world_when_more_follow_then_it_does_not_block(
    scripted: Any, inbox: Any, listen: Any
) -> None:
    chat = {"id": 77, "type": "private"}
    strange: list[Any] = [
        {"update_id": 1, "message": {"chat": chat, "message_id": {}, "text": 5}},
        {"update_id": 2, "telepathy": True},
        "not even an object",
        {"update_id": 3, "message": {"chat": chat, "message_id": 9, "text": "still here"}},
    ]
    waiting = [strange]

    def answer(method: str) -> web.Response:
        return web.json_response({"ok": True, "result": waiting.pop() if waiting and method == "getUpdates" else []})

    bot = await scripted(answer)
    async with listen(bot, inbox):
        assert await inbox.holds(2) == [Unreadable("update"), Text("still here", "9")]
    assert bot.counts["ignored"] == 2


async def test_given_connections_that_break_when_they_hold_again_then_all_updates_are_in(
    sandbox: Sandbox, bot: Telegram, phone: Phone, inbox: Any, listen: Any
) -> None:
    sandbox.faults = Faults(drop=3, drop_when="after", methods=["getUpdates"])
    async with listen(bot, inbox):
        for number in range(20):
            await phone.say(str(number))
        events = await inbox.holds(21)
    assert [event.text for event in events[1:]] == [str(number) for number in range(20)]
    assert bot.counts["failed"] >= 3


async def test_given_updates_that_come_twice_and_disordered_then_the_order_of_the_chat_holds(
    sandbox: Sandbox, bot: Telegram, phone: Phone, inbox: Any, listen: Any
) -> None:
    sandbox.faults = Faults(reorder_updates=True, duplicate_updates=0.5, seed=7)
    for number in range(20):
        await phone.say(str(number))
    async with listen(bot, inbox):
        await inbox.until(lambda box: len({arrival.mark for arrival in box.arrivals}) >= 21)
    said = dict.fromkeys(event.text for event in inbox.events if isinstance(event, Text))
    assert list(said) == [str(number) for number in range(20)]


async def test_given_floods_and_failures_when_polling_then_it_goes_on(
    sandbox: Sandbox, bot: Telegram, phone: Phone, inbox: Any, listen: Any
) -> None:
    sandbox.faults = Faults(fail_5xx=2, methods=["getUpdates"])
    async with listen(bot, inbox):
        await inbox.holds(1)
        sandbox.faults = Faults(fail_429=1, retry_after=1, methods=["getUpdates"])
        await phone.say("after the flood")
        await inbox.holds(2)


async def test_given_a_second_poller_when_it_ends_then_ours_resumes(
    sandbox: Sandbox, token: str, bot: Telegram, phone: Phone, inbox: Any, listen: Any, http: aiohttp.ClientSession
) -> None:
    async with listen(bot, inbox):
        await inbox.holds(1)
        async with http.post(f"{sandbox.url}/bot{token}/getUpdates", json={"timeout": 0}) as answer:
            await answer.read()
        await phone.say("hello")
        await inbox.holds(2)


async def test_given_a_forgotten_webhook_when_polling_starts_then_it_is_taken_away(
    sandbox: Sandbox, token: str, bot: Telegram, phone: Phone, inbox: Any, listen: Any, http: aiohttp.ClientSession
) -> None:
    hook = {"url": "http://127.0.0.1:9/gone"}
    async with http.post(f"{sandbox.url}/bot{token}/setWebhook", json=hook) as answer:
        await answer.read()
    async with listen(bot, inbox):
        await inbox.holds(1)
    assert sandbox.record.calls["deleteWebhook"] == 1


async def test_given_a_press_when_it_is_committed_then_it_is_answered_without_waiting_for_anybody(
    bot: Telegram, phone: Phone, address: Address, inbox: Any, listen: Any
) -> None:
    message = await bot.send(address, Screen("Danger now?", rows=((Key("Yes", press("say", "yes", "p1")),),)))
    async with listen(bot, inbox):
        await phone.press("Yes")
        events = await inbox.holds(2)
        await until(lambda: not phone.unanswered())
    assert events[-1] == Choice("say", "yes", "p1", message)


async def test_given_a_press_that_is_not_committed_then_it_is_not_answered(
    sandbox: Sandbox, bot: Telegram, phone: Phone, address: Address, inbox: Any, listen: Any
) -> None:
    await bot.send(address, Screen("Danger now?", rows=((Key("Yes", press("say", "yes", "p1")),),)))
    await phone.press("Yes")
    inbox.refuse = 10**6
    async with listen(bot, inbox):
        await inbox.until(lambda box: box.failures >= 3)
    assert len(phone.unanswered()) == 1
    assert sandbox.record.calls["answerCallbackQuery"] == 0


async def test_given_answers_to_presses_that_fail_then_receiving_does_not_care(
    sandbox: Sandbox, bot: Telegram, phone: Phone, address: Address, inbox: Any, listen: Any
) -> None:
    await bot.send(address, Screen("Danger now?", rows=((Key("Yes", press("say", "yes", "p1")),),)))
    sandbox.faults = Faults(drop=10**6, methods=["answerCallbackQuery"])
    async with listen(bot, inbox):
        await phone.press("Yes")
        await phone.say("and then")
        await inbox.holds(3)
        await until(lambda: bot.counts["unanswered"])


async def test_given_only_updates_without_ids_then_the_poller_rests_instead_of_spinning(
    scripted: Any, inbox: Any, listen: Any
) -> None:
    calls: list[str] = []

    def answer(method: str) -> web.Response:
        calls.append(method)
        return web.json_response({"ok": True, "result": [{"no": "id"}]})

    bot = await scripted(answer)
    began = time.monotonic()
    async with listen(bot, inbox):
        await until(lambda: len(calls) >= 6)
    assert time.monotonic() - began > 0.16, "five pauses of at least 10, 20, 40, 50 and 50 ms"


async def test_given_a_token_that_telegram_refuses_then_the_start_says_what_to_do(sandbox: Sandbox) -> None:
    bot = Telegram("1:wrong", sandbox.url)
    try:
        await bot.start()
    except TokenRefused as refused:
        assert "@BotFather" in str(refused)
        assert "1:wrong" not in str(refused)
    else:
        raise AssertionError("started with a wrong token")


async def until(happened: Callable[[], object]) -> None:
    """For what tells nobody when it happens."""
    async with asyncio.timeout(60):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def test_pauses_double_up_to_a_limit_and_start_anew() -> None:
    backoff = Backoff(1.0, 8.0)
    pauses = [backoff.pause() for _ in range(6)]
    assert all(base / 2 <= pause <= base for pause, base in zip(pauses, (1, 2, 4, 8, 8, 8), strict=True))
    assert 30.5 <= backoff.pause(30.0) - 3.5 <= 34.5
    backoff.reset()
    assert backoff.pause() <= 1.0
