"""One bot in a sandbox, one person with a phone, and an inbox that can fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.sandbox import Phone, Sandbox
from bot.telegram import Telegram
from handlers.model import Address
from storage.records import Arrival

TOKEN = "1000001:TEST-secret-token"
USERNAME = "panah_demo_bot"


class Inbox:
    """Keeps what it accepts, drops copies by their marks as the database does, and fails when told to."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.batches: list[int] = []
        self.failures = 0
        self.refuse = 0
        self._changed = asyncio.Event()

    async def accept(self, arrivals: Sequence[Arrival]) -> None:
        if self.refuse:
            self.refuse -= 1
            self.failures += 1
            self._changed.set()
            raise OSError("the disk is full")
        marks = {arrival.mark for arrival in self.arrivals}
        self.arrivals += [arrival for arrival in arrivals if arrival.mark not in marks]
        self.batches.append(len(arrivals))
        self._changed.set()

    @property
    def events(self) -> list[Any]:
        return [arrival.event for arrival in self.arrivals]

    async def until(self, done: Callable[["Inbox"], object]) -> None:
        async with asyncio.timeout(60):
            while not done(self):
                self._changed.clear()
                await self._changed.wait()

    async def holds(self, count: int) -> list[Any]:
        await self.until(lambda inbox: len(inbox.arrivals) >= count)
        return self.events


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        sandbox.add_bot(token=TOKEN, username=USERNAME, name="Panah")
        yield sandbox


@pytest.fixture
async def phone(sandbox: Sandbox) -> Phone:
    phone = sandbox.phone(name="Shirin", language_code="ru")
    await phone.start(USERNAME)
    return phone


@pytest.fixture
def address(phone: Phone) -> Address:
    return Address(f"telegram:{phone.id}")


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Telegram]:
    async with Telegram(TOKEN, sandbox.url, poll_seconds=1, backoff=(0.02, 0.1)) as bot:
        yield bot


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@asynccontextmanager
async def receiving(bot: Telegram, inbox: Inbox) -> AsyncIterator[None]:
    task = asyncio.create_task(bot.run(inbox.accept))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def listen() -> Callable[[Telegram, Inbox], Any]:
    return receiving


@pytest.fixture
async def scripted() -> AsyncIterator[Callable[[Callable[[str], web.Response]], Awaitable[Telegram]]]:
    """`bot = await scripted(answer)`: a server gives `answer(method)`, or breaks the line on ConnectionResetError."""
    opened: list[Callable[[], Awaitable[Any]]] = []

    async def start(answer: Callable[[str], web.Response], **more: Any) -> Telegram:
        async def handle(request: web.Request) -> web.Response:
            method = request.path.rpartition("/")[2]
            await request.read()
            if method == "getMe":
                return web.json_response({"ok": True, "result": {"username": "b"}})
            try:
                return answer(method)
            except ConnectionResetError:
                if request.transport is not None:
                    request.transport.abort()
                raise

        app = web.Application(client_max_size=1 << 27)
        app.router.add_route("*", "/{any:.*}", handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        opened.append(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        bot = Telegram(TOKEN, url, poll_seconds=1, backoff=(0.02, 0.1), **more)
        await bot.start()
        opened.append(bot.stop)
        return bot

    yield start
    for close in reversed(opened):
        await close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
