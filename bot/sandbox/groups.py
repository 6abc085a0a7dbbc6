"""Groups: several people and one bot. The web page shows none; tests and rehearsals play them.

A group stands among the bot's chats under its own negative id, as if it were a person. The bot may write here while it
is a member, and take away others' messages when it was made an admin.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import limits
from bot.sandbox.bots import BotAccount, CallbackQuery
from bot.sandbox.chats import Chat, Person
from bot.sandbox.messages import Message
from bot.sandbox.phones import Phone, PhoneError
from bot.sandbox.refusals import bad_request, forbidden
from bot.sandbox.spans import bot_commands
from bot.sandbox.views import ChatMessage, view
from bot.sandbox.world import World


@dataclass(slots=True, eq=False)
class GroupChat(Chat):
    """The group as the bot knows it. `closed`: topics in which nobody may write."""

    kind: str = "supergroup"
    admin: bool = True
    closed: set[int] = field(default_factory=set)

    def to_api(self) -> dict[str, Any]:
        """The `Chat` that a bot receives."""
        return {"id": self.person.id, "title": self.person.first_name, "type": self.kind}

    def refuse(self, thread: int | None) -> None:
        """As of any chat."""
        if self.blocked:
            raise forbidden(f"bot was kicked from the {self.kind} chat")
        if thread in self.closed:
            raise bad_request("TOPIC_CLOSED")

    def deletable(self, message: Message) -> bool:
        """Others' messages only as an admin of the group."""
        return message.from_bot or self.admin


class Group:
    """A group with the bot in it, and what its members do there. `topic` names a topic of a forum."""

    def __init__(self, world: World, bot: BotAccount, title: str, admin: bool = True, kind: str = "supergroup") -> None:
        self._world, self._bot = world, bot
        self.id = -(1_000_000_000_000 + secrets.randbelow(1_000_000_000))
        self._chat = GroupChat(bot, Person(self.id, title, "", "en"), started=True, admin=admin, kind=kind)
        bot.chats[self.id] = self._chat
        world.record.watched[self.id] = []

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """Every call of the bot to this group, as it came."""
        return self._world.record.watched[self.id]

    def messages(self) -> list[ChatMessage]:
        """What stands there now, oldest first."""
        return [view(message) for message in self._chat.messages.values()]

    def say(self, phone: Phone, text: str, topic: int | None = None) -> int:
        """A member writes; the bot is told, as it is when it may read everything."""
        message = self._message(phone.person, text, topic)
        self._chat.add(message, self._world.keep)
        self._tell("message", message.to_api())
        return message.message_id

    def edit(self, phone: Phone, message_id: int, text: str) -> None:
        """A member changes what they wrote."""
        message = self._chat.messages[message_id]
        message.text, message.entities = text, bot_commands(text)
        self._tell("edited_message", message.to_api())

    def press(self, phone: Phone, label: str, message_id: int | None = None) -> CallbackQuery:
        """Anybody in the group presses a button, of the newest message that has it.

        Raises:
            PhoneError: nothing like it stands there.
        """
        for message in self._chat.newest_first():
            button = view(message).button(label)
            if button and button.data and message_id in (None, message.message_id):
                return self._press(phone, message, button.data)
        raise PhoneError("no such button in the group")

    def put_out(self, by: Phone, status: str = "kicked") -> None:
        """The bot is removed (or, with `restricted`, may not write any more)."""
        self._chat.blocked = True
        was = {"user": self._bot.to_api(), "status": "member"}
        now = {"user": self._bot.to_api(), "status": status, "can_send_messages": False}
        payload = {"chat": self._chat.to_api(), "from": by.person.to_api(), "date": int(self._world.now())}
        self._tell("my_chat_member", payload | {"old_chat_member": was, "new_chat_member": now})

    def close(self, by: Phone, topic: int) -> None:
        """A topic is closed. Of one that is deleted bots are not told: the next message into it is refused."""
        self._chat.closed.add(topic)
        self._service(by, topic, forum_topic_closed={})

    def migrate(self, by: Phone) -> "Group":
        """The group becomes a supergroup, with another id; here nobody can write any more."""
        after = Group(self._world, self._bot, self._chat.person.first_name, self._chat.admin)
        self._chat.blocked = True
        self._service(by, None, migrate_to_chat_id=after.id)
        return after

    def _service(self, by: Phone, topic: int | None, **what: Any) -> None:
        self._tell("message", self._message(by.person, "", topic).to_api() | what)

    def _message(self, person: Person, text: str, topic: int | None) -> Message:
        date, number = int(self._world.now()), self._bot.next_message_id()
        message = Message(number, self._chat, False, date, text, sender=person, thread=topic)
        message.entities = bot_commands(text)
        return message

    def _press(self, phone: Phone, message: Message, data: str) -> CallbackQuery:
        query = CallbackQuery(str(secrets.randbits(62)), self._chat, message.message_id, data, self._world.now())
        self._bot.pressed(query, self._world.keep)
        self._world.record.presses += 1
        payload = {"id": query.query_id, "from": phone.person.to_api(), "message": message.to_api(), "data": data}
        self._bot.updates.put("callback_query", f"{self.id}:presses", payload, limits.CALLBACK_WAITS_SECONDS)
        return query

    def _tell(self, kind: str, payload: dict[str, Any]) -> None:
        self._bot.updates.put(kind, str(self.id), payload)
