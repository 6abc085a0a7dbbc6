"""A real browser before the sandbox's page, with a toy bot at the other end.

Needs Debian's `chromium` and Playwright from PyPI (`playwright`), which the product itself does not need.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.sandbox import Phone, Sandbox
from tests.browser.chromium import CHROMIUM, FLAGS, lacking

TOKEN = "1000001:TOY"
BOT = "toy_bot"
KEYS = {"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}, {"text": "No", "callback_data": "no"}]]}


@pytest.fixture(scope="module")
def playwright_api() -> Any:
    """Playwright's asynchronous API. In CI a missing browser is a failure; elsewhere the tests step aside."""
    if reason := lacking():
        pytest.fail(reason, pytrace=False) if os.environ.get("CI") else pytest.skip(reason)
    from playwright import async_api

    return async_api


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(playwright_api: Any) -> AsyncIterator[Any]:
    """One Chromium for the module."""
    async with playwright_api.async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        yield chromium
        await chromium.close()


class ToyBot:
    """Greets with two buttons, edits when one is pressed, repeats every other word in a reply."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session
        self.heard: list[dict[str, Any]] = []

    async def call(self, method: str, **parameters: Any) -> Any:
        """Ask for one Bot API method; answers its result."""
        async with self.session.post(f"{self.url}/bot{TOKEN}/{method}", json=parameters) as response:
            answer = await response.json()
        assert answer["ok"], answer
        return answer["result"]

    async def run(self) -> None:
        """Answer updates until cancelled."""
        offset = 0
        while True:
            for update in await self.call("getUpdates", offset=offset, timeout=5):
                offset = update["update_id"] + 1
                self.heard.append(update)
                await self._answer(update)

    async def _answer(self, update: dict[str, Any]) -> None:
        if query := update.get("callback_query"):
            await self._pressed(query)
        elif message := update.get("message"):
            await self._spoken_to(message)

    async def _pressed(self, query: dict[str, Any]) -> None:
        chat, message_id = query["message"]["chat"]["id"], query["message"]["message_id"]
        await self.call("answerCallbackQuery", callback_query_id=query["id"], text="Noted")
        await self.call("editMessageText", chat_id=chat, message_id=message_id, text=f"Chose {query['data']}")

    async def _spoken_to(self, message: dict[str, Any]) -> None:
        chat, text = message["chat"]["id"], message.get("text", "")
        if text.startswith("/start"):
            greeting = f"Welcome{text.removeprefix('/start')}"
            await self.call("sendMessage", chat_id=chat, text=greeting, reply_markup=KEYS)
        elif text:
            reply = {"message_id": message["message_id"]}
            await self.call("sendMessage", chat_id=chat, text=f"Heard: {text}"[:4096], reply_parameters=reply)


@dataclass
class Stage:
    """What a test holds: the page, the phones behind it, and the bot."""

    page: Any
    sandbox: Sandbox
    bot: ToyBot
    phones: dict[str, Phone] = field(default_factory=dict)

    def phone(self, name: str) -> Any:
        """The phone as it stands on the page."""
        return self.page.locator(f'[data-phone="{name}"]')

    async def open(self) -> None:
        """Load the page and wait for its phones."""
        await self.page.goto(self.sandbox.url)
        await self.phone("admin").wait_for()

    async def type(self, name: str, text: str) -> None:
        """Write into the text box and press Enter."""
        box = self.phone(name).locator("textarea")
        await box.fill(text)
        await box.press("Enter")

    async def tell(self, name: str, text: str, **parameters: Any) -> dict[str, Any]:
        """Let the bot say something to a person who has pressed Start, and wait until the page shows it."""
        sent = await self.bot.call("sendMessage", chat_id=self.phones[name].id, text=text, **parameters)
        await self.message(name, sent["message_id"]).wait_for()
        return sent

    def message(self, name: str, message_id: int) -> Any:
        """One bubble with its buttons."""
        return self.phone(name).locator(f'[data-message-id="{message_id}"]')

    async def started(self, name: str) -> None:
        """Press Start and wait for the greeting."""
        await self.phone(name).locator("[data-action=start]:visible").click()
        await self.phone(name).locator("[data-data=yes]:visible").wait_for()

    async def choose(self, name: str, message_id: int, choice: str) -> None:
        """Right-click a message and choose from its menu."""
        await self.message(name, message_id).locator(".bubble").click(button="right")
        await self.page.locator(f".menu [data-choice={choice}]").first.click()


@asynccontextmanager
async def toy_bot(sandbox: Sandbox) -> AsyncIterator[ToyBot]:
    """The bot at work for the length of the block."""
    sandbox.add_bot(token=TOKEN, username=BOT, name="Toy")
    async with aiohttp.ClientSession() as session:
        bot = ToyBot(sandbox.url, session)
        work = asyncio.create_task(bot.run())
        try:
            yield bot
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)


@asynccontextmanager
async def watched_page(browser: Any) -> AsyncIterator[Any]:
    """A fresh page; it must have asked nobody but 127.0.0.1, and no script of it may have failed."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    asked: list[str] = []
    failures: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: failures.append(str(error)))
    yield page
    await context.close()
    assert [url for url in asked if not url.startswith("http://127.0.0.1:")] == []
    assert failures == []


@pytest_asyncio.fixture(loop_scope="module")
async def stage(browser: Any) -> AsyncIterator[Stage]:
    """A page with a reporter, a responder and an admin, none of whom has pressed Start."""
    async with Sandbox() as sandbox, toy_bot(sandbox) as bot, watched_page(browser) as page:
        stage = Stage(page, sandbox, bot)
        for name, language in (("Reporter", "ru"), ("Responder", "en"), ("Admin", "en")):
            stage.phones[name.lower()] = sandbox.phone(name=name, language_code=language, role=name.lower())
        await stage.open()
        yield stage
