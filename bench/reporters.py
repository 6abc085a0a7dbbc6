"""The people who fill the form in: many at once, each with a phone of the sandbox, each waiting for every answer."""

import asyncio
import time
from typing import NamedTuple

from bench import form
from bot.sandbox import Sandbox
from bot.sandbox.changes import Change

PATIENCE = 60.0
"""Seconds that a reporter waits for one answer; then the round has failed."""

FORM = form.acts()


class Shown(NamedTuple):
    """A button that was seen: under which message, and what it sends."""

    message: int
    data: str


class Tally:
    """What was answered so far, and the seconds that each answer took."""

    def __init__(self) -> None:
        self.reports = 0
        self.waits: list[float] = []


class Reporter:
    """One person after another, at one place: each fills in the form once."""

    def __init__(self, sandbox: Sandbox, bot: str, tally: Tally) -> None:
        self._sandbox, self._bot, self._tally = sandbox, bot, tally
        self._awaited = ""
        self._answer: asyncio.Future[Shown] | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.report()

    async def report(self) -> None:
        """One form, from the start to the code. Raises TimeoutError when an answer stays away."""
        phone = self._sandbox.phone("Reporter", form.LANGUAGE)
        shown = Shown(0, "")
        with self._sandbox.world.changes.heard_by(self._hear, phone.id):
            for act in FORM:
                answer = self._await(act.then)
                began = time.perf_counter()
                if act.pressed:
                    await phone.press(shown.data, message=shown.message, bot=self._bot)
                else:
                    await phone.say(act.data, bot=self._bot)
                async with asyncio.timeout(PATIENCE):
                    shown = await answer
                self._tally.waits.append(time.perf_counter() - began)
        self._tally.reports += 1

    def _await(self, button: str) -> asyncio.Future[Shown]:
        self._awaited = button
        self._answer = asyncio.get_running_loop().create_future()
        return self._answer

    def _hear(self, change: Change) -> None:
        """Was this the answer? Only what changes after the act counts; the button is what is pressed next."""
        message = change.message
        if self._answer is None or self._answer.done() or message is None or not message.from_bot:
            return
        rows = (message.markup or {}).get("inline_keyboard", ())
        data = (key.get("callback_data", "") for row in rows for key in row)
        found = next((each for each in data if each.startswith(self._awaited)), None)
        if found is not None:
            self._answer.set_result(Shown(message.message_id, found))
