"""Who exists: bots, people, files, the time, and what was noticed. No rule of the Bot API lives here."""

import secrets
from collections.abc import Callable

from bot.sandbox.bots import BotAccount
from bot.sandbox.changes import Changes
from bot.sandbox.chats import Person
from bot.sandbox.faults import Faults
from bot.sandbox.files import Files
from bot.sandbox.mischief import Mischief
from bot.sandbox.record import Record
from bot.sandbox.updates import UpdateQueue

FIRST_PERSON_ID = 5_000_000_001
"""Above 32 bits, as ids of new Telegram accounts are."""


class World:
    """Everything that a sandbox knows. `clock` gives unix seconds; `keep` bounds the messages of a chat (None: all)."""

    def __init__(self, clock: Callable[[], float], faults: Faults, keep: int | None = None) -> None:
        self._clock = clock
        self._ahead = 0.0
        self.mischief = Mischief(faults, self.now)
        self.keep = keep
        self.bots: dict[str, BotAccount] = {}
        self.people: dict[int, Person] = {}
        self.files = Files()
        self.changes = Changes()
        self.record = Record()

    def now(self) -> float:
        """Unix seconds of this world."""
        return self._clock() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass (48 hours for deletions, 150 seconds for presses); waiting polls do not notice."""
        self._ahead += seconds

    def add_bot(self, token: str, username: str, name: str) -> BotAccount:
        """Register a bot; the same token again answers the same bot.

        Raises:
            ValueError: the token has no number before a colon, or the username is taken.
        """
        if token in self.bots:
            return self.bots[token]
        if not token.partition(":")[0].isdigit() or ":" not in token:
            raise ValueError("a bot's token looks like 1000001:TEST: a number, a colon, letters")
        if any(bot.username == username for bot in self.bots.values()):
            raise ValueError("another bot has this username: choose another one")
        queue = UpdateQueue(self.now, first_id=100_000_000 + secrets.randbelow(100_000_000))
        self.bots[token] = BotAccount(token, username, name, queue)
        return self.bots[token]

    def add_person(self, name: str, language_code: str, role: str = "", hint: str = "") -> Person:
        """A new person with a new id and a telling username."""
        number = FIRST_PERSON_ID + len(self.people)
        person = Person(number, name, f"person_{number}", language_code, role, hint)
        self.people[number] = person
        return person

    def bot_named(self, username: str | None) -> BotAccount | None:
        """The bot with this username, with or without @; with None, the first bot."""
        if username is None:
            return next(iter(self.bots.values()), None)
        wanted = username.removeprefix("@")
        return next((bot for bot in self.bots.values() if bot.username == wanted), None)
