"""A sandbox with one bot and one phone; the bot through python-telegram-bot and through bare HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from telegram import Bot

from bot.sandbox import Phone, Sandbox

TOKEN = "1000001:TEST-token"
USERNAME = "panah_demo_bot"

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def token() -> str:
    return TOKEN


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        sandbox.add_bot(token=TOKEN, username=USERNAME, name="Panah")
        yield sandbox


@pytest.fixture
def phone(sandbox: Sandbox) -> Phone:
    return sandbox.phone(name="Reporter", language_code="ru")


@pytest.fixture
def waiting_poll(sandbox: Sandbox, ask: Ask) -> Callable[[], Awaitable[asyncio.Task[dict[str, Any]]]]:
    """Begin a long poll of the first bot; returns when the server has it."""

    async def begin() -> asyncio.Task[dict[str, Any]]:
        poll = asyncio.create_task(ask("getUpdates", timeout=50))
        async with asyncio.timeout(60):
            while not sandbox.world.bots[TOKEN].updates.polled:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.005)
        return poll

    return begin


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{sandbox.url}/bot", base_file_url=f"{sandbox.url}/file/bot") as bot:
        yield bot


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(sandbox.url) as session:
        yield session


@pytest.fixture
def ask(http: aiohttp.ClientSession) -> Ask:
    """Call a method with a JSON body, as a client that nobody here wrote would; answers the whole response."""

    async def ask(method: str, token: str = TOKEN, **values: Any) -> dict[str, Any]:
        async with http.post(f"/bot{token}/{method}", json=values) as response:
            body: dict[str, Any] = await response.json()
            assert body["ok"] or response.status == body["error_code"]
            return body

    return ask
