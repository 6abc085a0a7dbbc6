"""The real bot against the sandbox in this process, with people who can wait until it has nothing left to do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import CompoundSelect, bindparam, literal, select, union_all

from bot import clock
from bot.app import App, assemble
from bot.founding import Founded, found
from bot.sandbox import Button, ChatMessage, Phone, Sandbox
from bot.settings import FixedSettings, Settings
from storage.passphrase import FLOOR
from storage.serial import milliseconds
from storage.tables import Delivery, Waiting, inbox, literally, outbox
from tests.frugal import frugal
from tests.short import short_program

BOT = "panah_walk_bot"
TOKEN = "1000001:made-up-for-a-walk"
PATIENCE = 60.0
"""Seconds without rest after which the bot counts as stuck."""
SOON = timedelta(seconds=1)
"""What is due later than this is not waited for."""
LOOK = 0.01
"""Seconds between two looks at the queues."""


class Watch:
    """The bot's clock: it goes, and can be put forward."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return clock.now() + self._ahead

    def advance(self, span: timedelta) -> None:
        self._ahead += span


class Rehearsal:
    """A running bot, its sandbox, and the people in front of it. `secret` and `recovery` were handed over once."""

    def __init__(self, sandbox: Sandbox, app: App, running: asyncio.Task[None], founded: Founded, watch: Watch) -> None:
        self.sandbox, self.app, self.watch = sandbox, app, watch
        self.secret, self.recovery = founded.secret, founded.recovery
        self._running = running
        self._bot = sandbox.world.bots[TOKEN]

    def phone(self, name: str, language: str = "en") -> Phone:
        return self.sandbox.phone(name, language)

    async def stop(self) -> None:
        """The bot ends; sandbox and people stay."""
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def quiet(self) -> None:
        """Wait until every update was taken, decided on and answered. Raises TimeoutError, and what ended the bot."""
        waiting: dict[str, object] = {}
        try:
            async with asyncio.timeout(PATIENCE):
                while any((waiting := await self._waiting()).values()):
                    if self._running.done():
                        self._running.result()
                    await asyncio.sleep(LOOK)
        except TimeoutError:
            raise TimeoutError(f"not quiet within {PATIENCE} s: {waiting}") from None

    async def enrol(self, phone: Phone, secret: str, admin: Phone | None = None) -> str:
        """By an invitation to open keys; the passphrase."""
        await phone.start(BOT, secret)
        await self.quiet()
        await self.press(phone, "lang", "en")
        shown = await phone.wait_for_text("shown only now", PATIENCE)
        passphrase = shown.text.split("\n")[1]
        await self.press(phone, "noted")
        if admin is not None:
            await self.press(admin, "approve")
        await self.unlock(phone, passphrase)
        return passphrase

    async def unlock(self, phone: Phone, passphrase: str) -> None:
        await phone.say(f"/unlock {passphrase}")
        await self.quiet()

    async def invite(self, admin: Phone, role: str = "responder") -> str:
        """A fresh invitation's secret."""
        await admin.say(f"/invite {role}")
        await self.quiet()
        made = await admin.wait_for_text("?start=")
        return made.text.split("?start=")[1].split()[0]

    async def report(self, phone: Phone, words: str, danger: str = "not_now") -> None:
        """A whole report by the short form."""
        await phone.start(BOT)
        await self.quiet()
        answers = (("a", danger), ("a", "threat"), ("a", "week"), ("a", "UZ"), ("done", ""), ("a", "DE"))
        for verb, arg in (("lang", "en"), ("agree", ""), *answers):
            await self.press(phone, verb, arg)
        await self.say(phone, words)
        if danger == "not_now":
            await self.press(phone, "done")
        await self.press(phone, "send")

    async def press(self, phone: Phone, verb: str, arg: str = "") -> None:
        """Press the newest button of a verb, and wait for all that follows."""
        message, button = newest(phone.chat(BOT), verb, arg)
        await phone.press(button.data or "", message.message_id)
        await self.quiet()

    async def say(self, phone: Phone, text: str, reply_to: int | None = None) -> None:
        await phone.say(text, reply_to)
        await self.quiet()

    async def _waiting(self) -> dict[str, object]:
        """What is not done. The queues are read last: what left one before is in the next by then."""
        updates = len(self._bot.updates.pending())
        presses = sum(query.answered_after is None for query in self._bot.callbacks.values())
        if updates or presses:
            return {"updates": updates, "presses": presses}
        given = {"soon": milliseconds(self.watch() + SOON)}
        async with self.app.database._engine.begin() as connection:
            rows = [tuple(row) for row in await connection.execute(_NOT_DONE, given)]
        return {"queue (name, lane, state, attempts)": rows}


def _not_done() -> CompoundSelect[Any]:
    """Rows of both queues that are due. Built once: to put it together costs more than to run it."""
    coming = select(literal("inbox"), literal(0), inbox.c.state, inbox.c.attempts).where(
        inbox.c.state == literally(Waiting.READY), inbox.c.due <= bindparam("soon")
    )
    going = select(literal("outbox"), outbox.c.lane, outbox.c.state, outbox.c.attempts).where(
        outbox.c.state != literally(Delivery.ASIDE), outbox.c.due <= bindparam("soon")
    )
    return union_all(coming, going)


_NOT_DONE = _not_done()


def buttons(message: ChatMessage) -> list[Button]:
    return [button for row in message.buttons for button in row]


def newest(chat: Iterable[ChatMessage], verb: str, arg: str = "") -> tuple[ChatMessage, Button]:
    """The newest button of this verb (and arg). Raises LookupError."""
    wanted = [verb, arg] if arg else [verb]
    for message in reversed(list(chat)):
        for button in buttons(message):
            if (button.data or "").split(":")[: len(wanted)] == wanted:
                return message, button
    raise LookupError(f"no button {verb} {arg} on the screen")


Plant = Callable[[Sandbox, FixedSettings], Awaitable[None]]
"""Puts people and reports into a state that was founded, before the bot runs."""


@asynccontextmanager
async def rehearsal(
    folder: Path,
    database_url: str | None = None,
    program: Path | None = None,
    plant: Plant | None = None,
    partners: Path | None = None,
) -> AsyncIterator[Rehearsal]:
    """The bot, founded and running, with passphrases that cost next to nothing.

    `program`: a folder as in PANAH_PROGRAM_DIR; otherwise the form is a short one. `partners`: as in PANAH_PARTNERS.
    """
    async with frugal(), Sandbox() as sandbox:
        sandbox.add_bot(TOKEN, BOT, "Panah")
        settings = FixedSettings.model_validate(
            {
                "telegram_token": TOKEN,
                "telegram_api": sandbox.url,
                "state_dir": folder / "state",
                "database_url": database_url,
                "organisation": "the walking desk",
                "program_dir": program or short_program(folder / "program"),
                "partners": partners,
                "sends_per_second": 1000,
                "chat_sends_per_second": 1000,
                "chat_events_per_minute": 100_000,
            }
        )
        founded = await found(settings.state_dir, settings.database)
        if plant:
            await plant(sandbox, settings)
        async with life(sandbox, settings, founded, Watch()) as play:
            yield play


@asynccontextmanager
async def life(sandbox: Sandbox, settings: Settings, founded: Founded, watch: Watch) -> AsyncIterator[Rehearsal]:
    """A process that serves a state which was founded before."""
    async with assemble(settings, kdf=FLOOR, now=watch) as app:
        play = Rehearsal(sandbox, app, asyncio.create_task(app.run()), founded, watch)
        try:
            yield play
        finally:
            await play.stop()
