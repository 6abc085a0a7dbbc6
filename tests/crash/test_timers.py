"""`kill -9` around the times at which something is due: what was confirmed to somebody comes as it is owed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox.remote import RemoteSandbox
from tests.crash.processes import Server, sandbox_process
from tests.crash.storm import REPEATS_PER_KILL
from tests.crash.watchers import Vigil

pytestmark = pytest.mark.slow

BOUND = 600.0
"""Seconds for all of it: ten times what it takes alone."""
HABITS = ("nothing", "ok", "end", "later") * 4
KILLS = 16


@pytest.fixture
async def vigil(tmp_path: Path, seed: int, database_url: str) -> AsyncIterator[Vigil]:
    async with sandbox_process() as api, RemoteSandbox(api) as sandbox:
        ahead = tmp_path / "ahead"
        server = Server(tmp_path, api, database_url, clock=ahead)
        try:
            yield Vigil(server, sandbox, ahead, seed)
        finally:
            await server.close()


async def test_given_check_ins_and_cases_that_wait_when_the_server_is_killed_around_their_times_then_each_rings_as_owed(
    vigil: Vigil,
):
    async with asyncio.timeout(BOUND):
        await vigil.open(HABITS)
        await vigil.rage(KILLS)
        await vigil.settle()
        assert await vigil.server.stop() == 0
        repeated = await vigil.judge()
    print(f"{vigil.kills} kills, {vigil.minutes:.0f} minutes, {repeated} notices came more than once")
    assert repeated <= REPEATS_PER_KILL * vigil.kills
    assert "level=error" not in vigil.server.log.read_text()
