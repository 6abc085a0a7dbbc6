"""A bot's account: token, face, menus, chats and queue."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.chats import Chat, Person
from bot.sandbox.updates import UpdateQueue

if TYPE_CHECKING:
    from bot.sandbox.webhook import Webhook

Menu = list[dict[str, str]]
MenuKey = tuple[str, int, str]
"""Scope type, chat id (0 when the scope has none), two-letter language or an empty string."""


@dataclass(slots=True)
class CallbackQuery:
    """One press of a button: when, and how long the bot took to answer (seconds)."""

    query_id: str
    chat: Chat
    message_id: int
    data: str
    pressed_at: float
    answered_after: float | None = None
    answer: str = ""
    alert: bool = False


@dataclass(slots=True, eq=False)
class BotAccount:
    """One bot. `names`, `descriptions` and `short_descriptions` are by language, "" for everybody else."""

    token: str
    username: str
    name: str
    updates: UpdateQueue
    chats: dict[int, Chat] = field(default_factory=dict)
    callbacks: dict[str, CallbackQuery] = field(default_factory=dict)
    menus: dict[MenuKey, Menu] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    last_message_id: int = 0
    webhook: "Webhook | None" = None

    @property
    def id(self) -> int:
        """The number before the token's colon."""
        return int(self.token.partition(":")[0])

    def to_api(self) -> dict[str, Any]:
        """The bot as a `User`."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}

    def chat_with(self, person: Person) -> Chat:
        """The chat with this person, made when it is not there yet."""
        chat = self.chats.get(person.id)
        if chat is None:
            chat = self.chats[person.id] = Chat(self, person)
        return chat

    def pressed(self, query: CallbackQuery, keep: int | None) -> None:
        """Remember a press; forget the oldest ones beyond `keep`."""
        self.callbacks[query.query_id] = query
        while keep is not None and len(self.callbacks) > keep:
            del self.callbacks[next(iter(self.callbacks))]

    def next_message_id(self) -> int:
        """One increasing sequence for all chats of the bot, as for a Telegram account."""
        self.last_message_id += 1
        return self.last_message_id
