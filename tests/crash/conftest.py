"""A founded server and a sandbox, each in its own process, by polling and by webhook, on SQLite and PostgreSQL."""

import os
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.remote import RemoteSandbox
from tests.crash import doorway
from tests.crash.processes import Server, sandbox_process
from tests.crash.storm import Storm


@pytest.fixture
def seed() -> int:
    """Printed when a test fails; PANAH_CRASH_SEED plays the same moments again."""
    chosen = int(os.environ.get("PANAH_CRASH_SEED", secrets.randbits(32)))
    print(f"PANAH_CRASH_SEED={chosen}")
    return chosen


@asynccontextmanager
async def _storm(
    folder: Path, seed: int, database_url: str, settings: dict[str, str], environment: dict[str, str]
) -> AsyncIterator[Storm]:
    async with sandbox_process(**environment) as api, RemoteSandbox(api) as sandbox:
        server = Server(folder, api, database_url, **settings)
        try:
            yield Storm(server, sandbox, seed)
        finally:
            await server.close()


@pytest.fixture
async def storm(tmp_path: Path, seed: int, database_url: str) -> AsyncIterator[Storm]:
    async with _storm(tmp_path, seed, database_url, {}, {}) as storm:
        yield storm


@pytest.fixture
async def webhook_storm(tmp_path: Path, seed: int, database_url: str) -> AsyncIterator[Storm]:
    """The same, delivered to; the sandbox trusts the proxy's certificate as Telegram trusts an operator's."""
    numbers = random.Random(seed).sample(range(2, 250), 2)
    door = doorway.make(f"127.83.{numbers[0]}.{numbers[1]}", tmp_path)
    async with (
        doorway.proxy(door),
        _storm(tmp_path, seed, database_url, door.settings, {"SSL_CERT_FILE": str(door.certificate)}) as storm,
    ):
        yield storm
