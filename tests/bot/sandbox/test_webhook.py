"""Delivery to a bot's own address: secret, order, retries, and python-telegram-bot behind it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from telegram import Bot, Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters

from bot.sandbox import Phone, Sandbox

SECRET = "a-secret_Token-1"


class Receiver:
    """A bot's own little server: remembers what came, answers what it is told to."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.secrets: set[str | None] = set()
        self.answers: list[int] = []
        self.came = asyncio.Event()
        self.url = ""

    async def pass_on(self, update: dict[str, Any]) -> None:
        """Nothing but remembering, unless a test exchanges it."""

    async def take(self, request: web.Request) -> web.Response:
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.received.append(await request.json())
            await self.pass_on(self.received[-1])
        self.came.set()
        return web.Response(status=status)

    async def until(self, number: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(60):
            while len(self.received) < number:
                self.came.clear()
                await self.came.wait()
        return self.received


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


async def test_updates_are_posted_with_the_secret_in_the_order_of_each_chat(
    sandbox: Sandbox, bot: Bot, receiver: Receiver
) -> None:
    phones = [sandbox.phone() for _ in range(3)]
    await phones[0].start()
    assert await bot.set_webhook(receiver.url, secret_token=SECRET)
    for phone in phones[1:]:
        await phone.start()
    for number in range(10):
        for phone in phones:
            await phone.say(str(number))
    received = [Update.de_json(update, bot) for update in await receiver.until(33)]
    for phone in phones:
        said = [update.message.text for update in received if update.message.chat_id == phone.id]
        assert said == ["/start", *map(str, range(10))]
    assert receiver.secrets == {SECRET}
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_given_a_receiver_that_fails_when_it_recovers_then_nothing_is_lost_and_order_is_kept(
    bot: Bot, phone: Phone, receiver: Receiver
) -> None:
    receiver.answers = [500, 503]
    await bot.set_webhook(receiver.url)
    await phone.start()
    await phone.say("after")
    texts = [update["message"]["text"] for update in await receiver.until(2)]
    assert texts == ["/start", "after"]
    info = await bot.get_webhook_info()
    assert (info.url, info.last_error_message) == (
        receiver.url,
        "Wrong response from the webhook: 503 Service Unavailable",
    )


async def test_given_a_ptb_application_behind_the_webhook_when_people_write_then_it_answers(
    sandbox: Sandbox, token: str, receiver: Receiver
) -> None:
    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.message.reply_text(f"You said {update.message.text}")

    application = Application.builder().token(token).base_url(f"{sandbox.url}/bot").updater(None).build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    phone = sandbox.phone()
    async with application:
        await application.start()
        receiver.pass_on = lambda update: application.update_queue.put(Update.de_json(update, application.bot))
        await application.bot.set_webhook(receiver.url, allowed_updates=Update.ALL_TYPES)
        await phone.start()
        await phone.say("hello")
        await phone.wait_for_text("You said hello")
        await application.stop()


async def test_polling_and_webhook_exclude_each_other(
    ask: Callable, waiting_poll: Callable, phone: Phone, receiver: Receiver
) -> None:
    poll = await waiting_poll()
    assert (await ask("setWebhook", url=receiver.url))["ok"]
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
    refused = await ask("getUpdates")
    assert (refused["error_code"], refused["description"]) == (
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
    assert (await ask("deleteWebhook"))["ok"]
    await phone.start()
    assert len((await ask("getUpdates"))["result"]) == 1
    assert (await ask("deleteWebhook", drop_pending_updates=True))["ok"]
    assert (await ask("getUpdates"))["result"] == []


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"url": "ftp://127.0.0.1"}, "invalid webhook URL specified"),
        ({"url": "nowhere"}, "invalid webhook URL specified"),
        ({"url": "http://[1"}, "invalid webhook URL specified"),
        ({"url": "http://127.0.0.1:1", "allowed_updates": [{}]}, "can't parse allowed updates JSON object"),
        ({"url": "http://127.0.0.1:1", "secret_token": "x" * 257}, "secret token is too long"),
        ({"url": "http://127.0.0.1:1", "secret_token": "a b"}, "secret token contains unallowed characters"),
    ],
)
async def test_a_webhook_that_telegram_refuses(ask: Callable, values: dict[str, Any], why: str) -> None:
    assert (await ask("setWebhook", **values))["description"] == f"Bad Request: {why}"
