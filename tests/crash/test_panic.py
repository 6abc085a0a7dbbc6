"""Panic against a real process: it dies with its keys, and nothing opens what is left."""

import asyncio
import random
import signal
from pathlib import Path

import pytest

from bot.cli.serving import DESTROYED
from bot.console import SOCKET
from bot.sandbox.remote import RemoteSandbox
from storage.errors import Destroyed
from storage.keyring import RING_FILE, ROOT_FILE, Keyring
from tests.crash.people import Census, Founder
from tests.crash.processes import Server, sandbox_process

pytestmark = pytest.mark.slow
PATIENCE = 60.0


async def serving(server: Server) -> None:
    """Started, and listening at its console."""
    await server.start()
    async with asyncio.timeout(PATIENCE):
        while not (server.state / SOCKET).exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("hangs", [False, True])
async def test_given_a_serving_bot_when_panic_is_called_then_it_dies_and_nobody_opens_anything_again(
    tmp_path: Path, hangs: bool
) -> None:
    async with sandbox_process() as api:
        server = Server(tmp_path, api, f"sqlite+aiosqlite:///{tmp_path}/state/panah.db")
        await server.found()
        try:
            await serving(server)
            if hangs:
                server.signal(signal.SIGSTOP)
            assert await server.call("panic", "--yes") == 0
            assert await server.ended() == -signal.SIGKILL
            left = {path.name for path in server.state.iterdir()}
            assert not left & {ROOT_FILE, RING_FILE}
            with pytest.raises(Destroyed):
                Keyring.open(server.state)
            for command in ("run", "init"):
                assert await server.call(command, *(["--yes"] if command == "init" else [])) != 0
            assert await server.call("run") == DESTROYED
            assert await server.call("panic", "--yes") == 0
        finally:
            await server.close()


async def test_given_an_admin_in_the_chat_when_they_type_the_number_then_the_process_ends_and_is_not_started_again(
    tmp_path: Path,
) -> None:
    async with sandbox_process() as api, RemoteSandbox(api) as sandbox:
        server = Server(tmp_path, api, f"sqlite+aiosqlite:///{tmp_path}/state/panah.db")
        secret = await server.found()
        try:
            await serving(server)
            amina = Founder(await sandbox.phone("Amina"), Census(), random.Random(1), 0)
            await amina.unlock(await amina.join(secret))
            await amina.phone.say("/panic")
            number = (await amina.sees("type this number: ")).text.split("type this number: ")[1].split()[0]
            await amina.phone.say(number)
            assert await server.ended() == DESTROYED
            await amina.sees("The keys of this server were destroyed.")
            assert not {path.name for path in server.state.iterdir()} & {ROOT_FILE, RING_FILE}
            assert await server.call("run") == DESTROYED
        finally:
            await server.close()
