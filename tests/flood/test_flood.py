"""Ten thousand junk reports at once, at Telegram's real pace, and one person in danger among them.

The junk is as bad as it can be: ten thousand accounts have filled the form in beforehand and press Send in the same
moment, many of them claiming danger. The person comes after them all, and has everything still to do.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from bot.sandbox import ChatMessage, Sandbox
from bot.sandbox.bots import BotAccount, CallbackQuery
from bot.sandbox.chats import Person
from bot.sandbox.messages import Message
from bot.sandbox.phones import Phone
from handlers import forms
from handlers.model import (
    Address,
    Consent,
    ConsentId,
    Context,
    Conversation,
    Desk,
    Draft,
    Event,
    Outcome,
    PromptId,
    Step,
    Text,
    Wanted,
)
from handlers.program import Program, parse
from storage.database import Database
from storage.house import House
from storage.keyring import Keyring
from storage.records import Arrival
from storage.sessions import Sessions
from storage.vault import Vault
from tests.crash.processes import BOT, TOKEN, Server
from tests.short import SHIPPED
from tests.stories.rehearsal import newest

pytestmark = pytest.mark.slow

JUNK = 10_000
CLAIM_DANGER = 4
"""One junk report in so many."""
MINUTE = 60.0
"""Seconds that the flood may delay the notice of a report from somebody in danger."""
PATIENCE = 240.0
PROMPT = PromptId("P" * 22)
SEND = f"send::{PROMPT}"


class Flooded:
    """A server at Telegram's pace, its admin on duty, and the accounts of the attack."""

    def __init__(self, sandbox: Sandbox, bot: BotAccount, server: Server) -> None:
        self.sandbox, self.server, self._bot = sandbox, server, bot
        self.admin = sandbox.phone("Admin")
        self._junk: list[Person] = []

    async def open(self, invitation: str) -> None:
        await self.server.start()
        await self.admin.start(BOT, invitation)
        await _press(self.admin, "lang", "en")
        await self.admin.wait_for_text("shown only now", PATIENCE)
        await _press(self.admin, "noted")
        await self.admin.wait_for_text("The desk is open", PATIENCE)

    async def prepare(self) -> None:
        """The attackers' forms, filled in over the days before."""
        self._junk = [self.sandbox.world.add_person(f"Junk {n}", "en") for n in range(JUNK)]
        program = shipped()
        filled = {danger: _filled_in(program, danger) for danger in (True, False)}
        await fill_in(self.server, [f"telegram:{each.id}" for each in self._junk], filled)

    def unleash(self) -> None:
        """Everybody presses Send."""
        for person in self._junk:
            chat = self._bot.chat_with(person)
            chat.started = True
            screen = Message(self._bot.next_message_id(), chat, True, int(time.time()), "Review")
            query = CallbackQuery(f"junk{person.id}", chat, screen.message_id, SEND, pressed_at=time.time())
            self._bot.pressed(query, None)
            payload = {
                "id": query.query_id,
                "from": person.to_api(),
                "message": screen.to_api(),
                "chat_instance": "1",
                "data": SEND,
            }
            self._bot.updates.put("callback_query", f"{person.id}:presses", payload)

    async def report(self, name: str) -> tuple[float, float]:
        """Somebody in danger, from /start; seconds until the desk was told: from Send, and from the first touch."""
        phone, begun = self.sandbox.phone(name), time.monotonic()
        await phone.start(BOT)
        for verb, arg in (("lang", "en"), ("agree", ""), ("a", "now")):
            await _press(phone, verb, arg)
        await phone.wait_for(lambda chat: _has(chat, "skip"), PATIENCE, BOT)
        await phone.say("they are at the door")
        await _press(phone, "send")
        sent = time.monotonic()
        await phone.wait_for(lambda chat: _has(chat, "status"), PATIENCE, BOT)
        newest = self._urgent("max(id)", 2**62)
        async with asyncio.timeout(PATIENCE):
            while self._urgent("count(*)", newest):  # noqa: ASYNC110 - another process empties it
                await asyncio.sleep(0.1)
        return time.monotonic() - sent, time.monotonic() - begun

    def _urgent(self, what: str, until: int) -> int:
        """Of the urgent notices that wait, up to an id. They may be bundled, so no single one is looked for."""
        with closing(sqlite3.connect(f"file:{self.server.state}/panah.db?mode=ro", uri=True)) as database:
            urgent = f"SELECT {what} FROM outbox WHERE bundle IS NOT NULL AND priority = 0 AND id <= ?"  # noqa: S608
            (found,) = database.execute(urgent, (until,)).fetchone()
        return int(found or 0)


def shipped() -> Program:
    """The program as it is given out."""
    return parse({path.name: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*.toml")})


def _filled_in(program: Program, danger: bool) -> Conversation:
    answers: dict[str, tuple[str, ...]] = {"danger": ("now" if danger else "not_now",), "category": ("threat",)}
    while question := forms.next_question(program, answers):
        answers[question.id] = ()
    draft = Draft(program.version, answers)
    return Conversation("en", Step.REVIEW, PROMPT, Consent(ConsentId.STORE, True, "1", "en", "2026-11-23"), draft)


async def fill_in(server: Server, addresses: list[str], filled: dict[bool, Conversation]) -> None:
    """Write what a long evening of pressing buttons would have left in the database."""
    vault = Vault(Keyring.open(server.state))
    database = await Database.open(server.database_url, vault, Sessions(vault), process="attack")
    house = House(Desk("x", ("en",)), shipped(), lambda: "0" * 22)
    turns: Iterator[int] = count()

    def decide(event: Event, context: Context) -> Outcome:
        return Outcome(filled[next(turns) % CLAIM_DANGER == 0])

    await database.accept([Arrival(f"junk:{each}", Address(each), Text("x")) for each in addresses], _now())
    more = True
    while more:
        async with database.batch(_now(), 500) as batch:
            if more := bool(batch.units):
                await batch.load(lambda *_: Wanted(), house)
                for unit in batch:
                    batch.save(unit, decide(unit.event, batch.context(unit)))
    await database.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _has(chat: Iterable[ChatMessage], verb: str, arg: str = "") -> bool:
    try:
        return bool(newest(chat, verb, arg))
    except LookupError:
        return False


async def _press(phone: Phone, verb: str, arg: str = "") -> None:
    """A button, once it is there."""

    await phone.wait_for(lambda chat: _has(chat, verb, arg), PATIENCE, BOT)
    message, button = newest(phone.chat(BOT), verb, arg)
    await phone.press(button.data or "", message.message_id)


@asynccontextmanager
async def _flooded(folder: Path) -> AsyncIterator[Flooded]:
    async with Sandbox(keep=30) as sandbox:
        bot = sandbox.add_bot(TOKEN, BOT, "Panah")
        as_given = {"PANAH_SENDS_PER_SECOND": "30", "PANAH_CHAT_SENDS_PER_SECOND": "1"}
        as_given |= {"PANAH_CHAT_EVENTS_PER_MINUTE": "30", "PANAH_PROGRAM_DIR": str(SHIPPED)}
        server = Server(folder, sandbox.url, f"sqlite+aiosqlite:///{folder}/state/panah.db", **as_given)
        try:
            yield Flooded(sandbox, bot, server)
        finally:
            await server.close()


async def test_given_ten_thousand_junk_reports_when_somebody_is_in_danger_then_the_desk_knows_within_a_minute(
    tmp_path: Path,
) -> None:
    async with asyncio.timeout(900), _flooded(tmp_path) as flooded:
        invitation = await flooded.server.found()
        await flooded.prepare()
        await flooded.open(invitation)
        quiet = await flooded.report("Quiet day")
        flooded.unleash()
        await asyncio.sleep(5)
        stormy = await flooded.report("In the flood")
        print(f"seconds from Send to the notice, and from the first touch: {quiet} quiet, {stormy} in the flood")
        assert stormy[0] - quiet[0] < MINUTE
        told = [message.text for message in flooded.admin.chat(BOT) if "ritical" in message.text]
        assert told
