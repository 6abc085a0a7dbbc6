"""Who takes part, and the private chats between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.messages import Message
from bot.sandbox.refusals import forbidden

if TYPE_CHECKING:
    from bot.sandbox.bots import BotAccount


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone. Names and username go out with every update, as they do at Telegram."""

    id: int
    first_name: str
    username: str
    language_code: str
    role: str = ""
    hint: str = ""

    def to_api(self) -> dict[str, Any]:
        """The `User` that a bot receives."""
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "username": self.username,
            "language_code": self.language_code,
        }


@dataclass(slots=True, eq=False)
class Chat:
    """The private chat of one person with one bot: the same messages for both sides."""

    bot: "BotAccount"
    person: Person
    started: bool = False
    blocked: bool = False
    messages: dict[int, Message] = field(default_factory=dict)

    def refuse(self, thread: int | None) -> None:
        """Nothing, if the bot may write here (in this topic).

        Raises:
            Refusal: the person blocked it.
        """
        if self.blocked:
            raise forbidden("bot was blocked by the user")

    def deletable(self, message: Message) -> bool:
        """Whether the bot may take this message away: in a private chat, both sides' messages."""
        return True

    def to_api(self) -> dict[str, Any]:
        """The `Chat` that a bot receives; its id is the person's id."""
        person = self.person
        return {"id": person.id, "first_name": person.first_name, "username": person.username, "type": "private"}

    def add(self, message: Message, keep: int | None) -> None:
        """Append a message; forget the oldest ones beyond `keep`."""
        self.messages[message.message_id] = message
        while keep is not None and len(self.messages) > keep:
            del self.messages[next(iter(self.messages))]

    def newest_first(self) -> Iterator[Message]:
        """What is visible now, the newest message first."""
        return reversed(self.messages.values())
