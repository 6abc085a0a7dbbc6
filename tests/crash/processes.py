"""The program as it is started in earnest: `python -m bot run` against `python -m bot.sandbox`, each a process."""

import asyncio
import os
import re
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

from tests.short import short_program

REPOSITORY = Path(__file__).parents[2]
TOKEN = "1000001:made-up-for-a-crash"
BOT = "panah_crash_bot"
GRACE = 20.0
"""Seconds in which a process that was asked to stop must have stopped."""

_INVITATION = re.compile(r"/join (\S+)")


@asynccontextmanager
async def sandbox_process(**environment: str) -> AsyncIterator[str]:
    """A local Bot API server in its own process; its address."""
    arguments = ("bot.sandbox", "--token", TOKEN, "--username", BOT)
    process = await _start(arguments, environment, out=PIPE)
    try:
        assert process.stdout is not None
        yield (await asyncio.wait_for(process.stdout.readline(), GRACE)).decode().strip()
    finally:
        await _end(process, signal.SIGTERM)


class Server:
    """A founded state folder, and the bot that serves it: one life after the other.

    `clock`: a file that says by how many seconds its clock is ahead (`tests.crash.shifted`).
    """

    def __init__(self, folder: Path, api: str, database_url: str, clock: Path | None = None, **settings: str) -> None:
        self.state, self._folder = folder / "state", folder
        self._module = ("tests.crash.shifted", str(clock)) if clock else ("bot",)
        self.database_url = database_url
        self._process: Process | None = None
        self._environment = {
            "PANAH_TELEGRAM_TOKEN": TOKEN,
            "PANAH_TELEGRAM_API": api,
            "PANAH_ORGANISATION": "the crash test",
            "PANAH_STATE_DIR": str(self.state),
            "PANAH_DATABASE_URL": self.database_url,
            "PANAH_LOG_LEVEL": "DEBUG",
            "PANAH_PROGRAM_DIR": str(short_program(folder / "program")),
            "PANAH_SENDS_PER_SECOND": "1000",
            "PANAH_CHAT_SENDS_PER_SECOND": "1000",
            "PANAH_CHAT_EVENTS_PER_MINUTE": "100000",
            **settings,
        }

    @property
    def log(self) -> Path:
        """What all lives said."""
        return self._folder / "log"

    @property
    def pid(self) -> int:
        """Of the present life."""
        return self._living.pid

    async def found(self) -> str:
        """`panah init`; the first admin's invitation."""
        arguments = ("init", "--yes", "--bot", BOT, "--recovery-out", str(self._folder / "recovery"))
        process = await _start(self._panah(*arguments), self._environment, out=PIPE)
        said, _ = await asyncio.wait_for(process.communicate(), GRACE)
        found = _INVITATION.search(said.decode())
        assert process.returncode == 0, said.decode()
        assert found is not None, said.decode()
        return found[1]

    async def start(self) -> None:
        """A new life."""
        with self.log.open("ab") as log:
            self._process = await _start(self._panah("run"), self._environment, err=log)

    async def kill(self) -> None:
        """SIGKILL: nothing of it gets another instruction."""
        assert self._living.returncode is None, f"it had ended by itself: {self._living.returncode}; see {self.log}"
        await _end(self._living, signal.SIGKILL)

    async def call(self, command: str, *arguments: str) -> int:
        """Another command for this folder; its exit code."""
        process = await _start(self._panah(command, *arguments), self._environment)
        return await asyncio.wait_for(process.wait(), GRACE)

    def signal(self, number: signal.Signals) -> None:
        """Send the present life a signal."""
        self._living.send_signal(number)

    async def ended(self, seconds: float = GRACE) -> int:
        """Wait for the present life to end by itself; its exit code."""
        return await asyncio.wait_for(self._living.wait(), seconds)

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        await _end(self._living, signal.SIGTERM)
        return self._living.returncode or 0

    async def close(self) -> None:
        """Leave nothing running."""
        if self._process is not None and self._process.returncode is None:
            await _end(self._process, signal.SIGKILL)

    @property
    def _living(self) -> Process:
        assert self._process is not None, "start it first"
        return self._process

    def _panah(self, command: str, *arguments: str) -> tuple[str, ...]:
        return (*self._module, command, "--env", str(self._folder / "no.env"), *arguments)


async def _start(
    module: tuple[str, ...], environment: Mapping[str, str], out: int = DEVNULL, err: int | IO[bytes] = DEVNULL
) -> Process:
    """`python -m …` with these settings and nothing of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    arguments = (sys.executable, "-m", *module)
    return await asyncio.create_subprocess_exec(
        *arguments, cwd=REPOSITORY, env=kept | dict(environment), stdin=DEVNULL, stdout=out, stderr=err
    )


async def _end(process: Process, number: signal.Signals) -> None:
    """Send a signal and wait for the end; a process that does not heed it is killed, and that is a failure."""
    if process.returncode is not None:
        return
    process.send_signal(number)
    try:
        await asyncio.wait_for(process.wait(), GRACE)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
