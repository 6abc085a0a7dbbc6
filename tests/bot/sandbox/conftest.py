"""A sandbox with one bot and one phone, and the bot as an independent client sees it."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.sandbox import Phone, Sandbox

TOKEN = "1000001:TEST-token"
USERNAME = "panah_demo_bot"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        sandbox.add_bot(token=TOKEN, username=USERNAME, name="Panah")
        yield sandbox


@pytest.fixture
def phone(sandbox: Sandbox) -> Phone:
    return sandbox.phone(name="Reporter", language_code="ru")


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=f"{sandbox.url}/bot", base_file_url=f"{sandbox.url}/file/bot") as bot:
        yield bot
