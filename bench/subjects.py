"""The two bots, each as a process of its own: started on a fresh folder, stopped by a signal, its reports counted."""

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Protocol

from telegram.ext import PicklePersistence

from bench import form
from bot.founding import DATABASE, found
from bot.sandbox import Sandbox
from bot.settings import FixedSettings, Settings
from tests.short import short_program

BOT = "panah_bench_bot"
TOKEN = "1000001:BENCH"  # noqa: S105 - made up, for the server in this process
STOPPING = 30.0
"""Seconds for a bot to stop in peace."""
FAST = "1000"
"""Sends a second: the most that the settings allow, and more than is reached here."""


class Subject(Protocol):
    """A bot that is measured."""

    name: str
    pid: int

    async def start(self, sandbox: Sandbox, folder: Path) -> None:
        """Make its state in an empty folder and start it."""

    async def stop(self) -> int:
        """Stop it; how many reports it has kept."""


class Panah:
    """`panah run` as it is, with an open desk. Its admin is told of every report: a message more each."""

    name = "Panah"

    async def start(self, sandbox: Sandbox, folder: Path) -> None:
        given = {"telegram_token": TOKEN, "organisation": form.ORGANISATION, "state_dir": str(folder / "state")}
        given["program_dir"] = str(short_program(folder / "program"))
        settings: Settings = FixedSettings.model_validate(given)
        founded = await found(settings.state_dir, settings.database)
        fast = {"sends_per_second": FAST, "chat_sends_per_second": FAST, "telegram_api": sandbox.url}
        fast["chat_events_per_minute"] = "100000"
        environment = {f"PANAH_{name.upper()}": text for name, text in (given | fast | {"log_level": "INFO"}).items()}
        self._database = folder / "state" / DATABASE
        self._process = await _started("bot", "run", "--env", str(folder / ".env"), environment=environment)
        self.pid = self._process.pid
        await _open_the_desk(sandbox, founded.secret)

    async def stop(self) -> int:
        await _stopped(self._process)
        with sqlite3.connect(self._database) as connection:
            (kept,) = connection.execute("SELECT count(*) FROM cases").fetchone()
        return int(kept)


class Plain:
    """The form on `ConversationHandler` and `PicklePersistence`."""

    name = "plain bot"

    async def start(self, sandbox: Sandbox, folder: Path) -> None:
        self._file = folder / "plain.pickle"
        self._process = await _started("bench.plain_bot", TOKEN, sandbox.url, str(self._file), environment={})
        self.pid = self._process.pid

    async def stop(self) -> int:
        await _stopped(self._process)
        data = await PicklePersistence(self._file).get_bot_data()
        return len(data.get("reports", ()))


async def _started(module: str, *arguments: str, environment: dict[str, str]) -> asyncio.subprocess.Process:
    """A module of ours as a process, with nothing of the operator's environment that is Panah's."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("PANAH_")}
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, env=clean | environment, stdout=quiet, stderr=quiet
    )


async def _stopped(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(STOPPING):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _open_the_desk(sandbox: Sandbox, invitation: str) -> None:
    """The first admin joins: before that nobody can report."""
    admin = sandbox.phone("Admin", form.LANGUAGE)
    await admin.start(BOT, invitation)
    await admin.wait_for_text("Choose a language", timeout=STOPPING)
    await admin.press(f"lang:{form.LANGUAGE}:")
    shown = await admin.wait_for_text("shown only now", timeout=STOPPING)
    noted = next(key.data for row in shown.buttons for key in row if (key.data or "").startswith("noted"))
    await admin.press(noted or "", message=shown.message_id)
    await admin.wait_for_text("The desk is open", timeout=STOPPING)
