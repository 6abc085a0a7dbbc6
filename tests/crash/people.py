"""People who report while the server dies and comes back. They read their chat, press the newest button, and wait."""

import asyncio
import random
import re
from collections.abc import Callable
from typing import TypeVar

from bot.sandbox import Button, ChatMessage, PhoneError
from bot.sandbox.phones import newest_from_bot
from bot.sandbox.remote import RemotePhone
from tests.crash.processes import BOT

Seen = TypeVar("Seen")

PATIENCE = 90.0
"""Seconds without anything new in the chat after which the server counts as stuck: a restart takes two or three, and on
a machine that others use much waits its turn.
"""
PASSAGES = 6
"""Messages in which a story is told, typed one after the other without waiting."""
FIRST = {"en": "Question 6", "ru": "Вопрос 6"}
SENT = {"en": "Your code:", "ru": "Ваш код"}
KEPT = {"en": "Kept (", "ru": "Сохранено ("}
ADDED = {"en": "Added to your report", "ru": "Добавлено к обращению"}
HOME = {"en": "What would you like to do?", "ru": "Что Вы хотите сделать?"}
STANDS = {"en": "Sent: ", "ru": "Отправлено: "}

_HEX = re.compile(r"\d+: [0-9a-f]{12}")
_CODE = re.compile(r"(?<=: )([^\W\d]+ ){7}[^\W\d]+(?=\n)")
_BUNDLE = re.compile(r"(\d+) new (?:critical )?reports?\n")
_REFERENCE = re.compile(r"\b[2-9A-HJKMNP-TV-Z]{6}\b")


class Census:
    """What everybody has done and seen so far, for whoever waits for it."""

    def __init__(self) -> None:
        self.deeds = self.answers = 0
        self._changed = asyncio.Condition()

    async def did(self) -> None:
        self.deeds += 1
        await self._tell()

    async def saw(self) -> None:
        self.answers += 1
        await self._tell()

    async def until(self, reached: Callable[["Census"], bool]) -> None:
        """Wait; for a time that the caller bounds."""
        async with self._changed:
            await self._changed.wait_for(lambda: reached(self))

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class Person:
    """One phone. Nothing is ever done twice: what was sent is sent, however long the answer takes."""

    def __init__(self, phone: RemotePhone, census: Census, chance: random.Random, haste: float) -> None:
        self.phone, self._census, self._chance, self._haste = phone, census, chance, haste

    async def start(self, payload: str = "") -> None:
        await self.phone.start(BOT, payload)
        await self._census.did()

    async def say(self, text: str) -> None:
        await self.phone.say(text)
        await self._census.did()

    async def press(self, verb: str, arg: str = "") -> None:
        """The newest button of this verb, once it is there."""
        await asyncio.sleep(self._chance.uniform(0, self._haste))
        start = f"{verb}:{arg}" if arg else verb
        while True:
            message, button = await self.until(lambda chat: _newest(chat, start))
            try:
                await self.phone.press(button.data or "", message=message.message_id)
            except PhoneError:  # the screen changed under the finger: look again
                continue
            return await self._census.did()

    async def sees(self, fragment: str) -> ChatMessage:
        """A message of the bot with these words."""
        return await self.until(newest_from_bot(fragment, 0))

    async def gone(self, fragment: str) -> None:
        """Nothing in the chat has these words any more."""
        await self.until(lambda chat: not any(fragment in message.text for message in chat))

    async def until(self, look: Callable[[list[ChatMessage]], Seen | None]) -> Seen:
        seen = await self._found(look)
        await self._census.saw()
        return seen

    async def _found(self, look: Callable[[list[ChatMessage]], Seen | None]) -> Seen:
        before: list[ChatMessage] = []
        while True:
            try:
                return await self.phone.wait_for(look, PATIENCE)
            except TimeoutError:
                if before == (before := await self.phone.chat()):
                    raise

    async def heard(self) -> list[ChatMessage]:
        """All that the bot has said and that still stands."""
        return [message for message in await self.phone.chat() if message.from_bot]


def letters(chance: random.Random) -> str:
    """Twelve letters that nobody else has: digits could look like a phone number, and be warned of."""
    return "".join(chance.choices("abcdefghij", k=12))


class Reporter(Person):
    """Fills the form in, changes an answer, sends, and adds something later: always the same, in own words."""

    def __init__(
        self, number: int, language: str, phone: RemotePhone, census: Census, chance: random.Random, haste: float = 0.4
    ) -> None:
        super().__init__(phone, census, chance, haste)
        self.language = language
        self.passages = tuple(f"passage {n} of person {number}: {letters(chance)}" for n in range(PASSAGES))
        self.later = f"later words of person {number}: {letters(chance)}"

    @property
    def address(self) -> str:
        return f"telegram:{self.phone.id}"

    async def report(self) -> None:
        """From /start to an answer about how the report stands: 26 updates."""
        await self._answer()
        await self._tell()
        await self._send()
        await self._add()

    async def _answer(self) -> None:
        await self.start()
        await self.press("lang", self.language)
        await self.press("agree")
        await self.press("a", "not_now")
        await self.press("a", "threat")
        await self.press("a", "week")
        await self._tick("UZ")
        await self._tick("TJ")
        await self.press("done")
        await self.press("a", "DE")

    async def _tick(self, country: str) -> None:
        """Choose one of several, and see that it is chosen."""
        await self.press("a", country)
        await self.until(lambda chat: _ticked(chat, country))

    async def _tell(self) -> None:
        await self.sees(FIRST[self.language])
        for passage in self.passages:
            await self.say(passage)
        await self.sees(f"{KEPT[self.language]}{PASSAGES} ")
        await self.press("done")

    async def _send(self) -> None:
        await self.press("change")
        await self.press("redo", "when")
        await self.press("a", "day")
        await self.press("send")
        await self.sees(SENT[self.language])

    async def _add(self) -> None:
        await self.press("add")
        await self.until(lambda chat: _newest(chat, "finish"))
        await self.say(self.later)
        await self.sees(ADDED[self.language])
        await self.press("finish")
        await self.sees(HOME[self.language])
        await self.press("status")
        await self.sees(STANDS[self.language])

    def wordless(self, chat: list[ChatMessage]) -> list[str]:
        """A chat without what is only this person's: own words, code and reference."""
        return [_CODE.sub("CODE", _HEX.sub("WORDS", f"{message.text} {message.buttons != []}")) for message in chat]


class Founder(Person):
    """The first admin: joins, opens the desk, and stays on duty."""

    async def join(self, invitation: str) -> str:
        """From the invitation to an open desk; the passphrase."""
        await self.start(invitation)
        await self.press("lang", "en")
        passphrase = (await self.sees("shown only now")).text.split("\n")[1]
        await self.press("noted")
        await self.gone(passphrase)
        await self.sees("The desk is open")
        return passphrase

    async def unlock(self, passphrase: str) -> None:
        await self.say("/unlock")
        await self.sees("Send your passphrase")
        await self.say(passphrase)
        await self.gone(passphrase)
        await self.sees("Your keys are open")


def by_case(chat: list[ChatMessage]) -> dict[str, list[str]]:
    """What was told of each case in a chat of the team: reference -> messages."""
    told: dict[str, list[str]] = {}
    for message in chat:
        for reference in _REFERENCE.findall(message.text)[:1]:
            told.setdefault(reference, []).append(message.text)
    return told


def bundled(chat: list[ChatMessage]) -> int:
    """How many reports were said as a number, because many cards waited at once."""
    return sum(int(found[1]) for message in chat if (found := _BUNDLE.match(message.text)))


def _newest(chat: list[ChatMessage], start: str) -> tuple[ChatMessage, Button] | None:
    """The newest button whose data begins with this."""
    keys = ((message, key) for message in reversed(chat) for row in message.buttons for key in row)
    return next(((message, key) for message, key in keys if f"{key.data or ''}:".startswith(f"{start}:")), None)


def _ticked(chat: list[ChatMessage], country: str) -> bool:
    found = _newest(chat, f"a:{country}")
    return found is not None and found[1].text.startswith("✓")
