"""People with phones: what they do, and what they see."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from bot.sandbox import limits
from bot.sandbox.attachments import ATTACHABLE, attachment
from bot.sandbox.bots import BotAccount, CallbackQuery
from bot.sandbox.changes import Change
from bot.sandbox.chats import Chat, Person
from bot.sandbox.messages import Message
from bot.sandbox.spans import bot_commands
from bot.sandbox.views import Button, ChatMessage, picture, view
from bot.sandbox.world import World

Seen = TypeVar("Seen")


class PhoneError(Exception):
    """The person can't do this: there is no such button, message or bot on the phone."""


class Phone:
    """One person's phone. Verbs take effect at once and wait for nobody; `wait_for` waits for the bot.

    Where a verb takes `bot`, it is a username; left out, it is the bot that the person spoke to last.
    """

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self.person = person
        self._last_bot: BotAccount | None = None

    @property
    def id(self) -> int:
        """The person's user id."""
        return self.person.id

    async def start(self, bot: str | None = None, payload: str = "") -> int:
        """Press Start, or follow a `t.me/<bot>?start=<payload>` link.

        Raises:
            PhoneError: the payload could not be in such a link.
        """
        if len(payload) > limits.START_PAYLOAD or not all(c.isascii() and (c.isalnum() or c in "_-") for c in payload):
            raise PhoneError("a start payload has at most 64 characters of A-Z a-z 0-9 _ -")
        return await self.say(f"/start {payload}".rstrip(), bot=bot)

    async def say(self, text: str, reply_to: int | None = None, bot: str | None = None) -> int:
        """Write a message; answers its message_id.

        Raises:
            PhoneError: the text is empty or too long, the bot is blocked, or Start was never pressed.
        """
        chat = self._chat(bot)
        if not 1 <= len(text.strip()) <= limits.TEXT:
            raise PhoneError("a message has 1 to 4096 characters: a phone splits longer ones itself")
        if text.split()[0] == "/start":
            chat.started = True
        return self._send(chat, text=text.strip(), reply_to=self._visible(chat, reply_to))

    async def press(self, button: str, message: int | None = None, bot: str | None = None) -> None:
        """Press a button by callback data or label; without `message`, the newest one that has it.

        A key of the keyboard below (not of a message) writes its label instead.

        Raises:
            PhoneError: nothing like it is on the screen.
        """
        chat = self._chat(bot)
        for candidate in self._candidates(chat, message):
            seen = view(candidate)
            pressed = seen.button(button)
            if pressed is not None:
                return self._press(chat, candidate, pressed)
            if seen.keyboard is not None and any(button in row for row in seen.keyboard):
                self._send(chat, text=button)
                return None
        raise PhoneError(f"no such button on the screen:\n{picture(self.chat(chat.bot.username))}")

    async def forge(self, data: str, bot: str | None = None) -> None:
        """Send the callback data of a button that was never shown here, as a changed client can.

        Raises:
            PhoneError: the bot has not said anything that could be pressed.
        """
        chat = self._chat(bot)
        under = next((message for message in chat.newest_first() if message.from_bot), None)
        if under is None:
            raise PhoneError("no message of the bot to press under")
        self._press(chat, under, Button("forged", data))

    async def edit(self, message_id: int, text: str, bot: str | None = None) -> None:
        """Change an own message; the bot gets an edited_message."""
        chat = self._chat(bot)
        message = self._own(chat, message_id)
        message.text, message.entities = text, bot_commands(text)
        message.edit_date = int(self._world.now())
        self._tell(chat, "edited_message", message.to_api())
        self._world.changes.publish(Change(chat, "edit", message))

    async def delete(self, message_id: int, bot: str | None = None) -> None:
        """Take a message away on both sides. Bots are not told."""
        chat = self._chat(bot)
        message = self._visible(chat, message_id)
        if message is not None:
            del chat.messages[message.message_id]
            self._world.changes.publish(Change(chat, "delete", message))

    async def attach(
        self, kind: str, data: bytes = b"", name: str = "", mime: str = "", caption: str = "", bot: str | None = None
    ) -> int:
        """Send a photo, document, voice, video, audio, sticker, animation, video_note, location, contact, poll or dice.

        Raises:
            PhoneError: there is no such kind.
        """
        if kind not in ATTACHABLE:
            raise PhoneError(f"a phone attaches one of: {', '.join(ATTACHABLE)}")
        chat = self._chat(bot)
        media = attachment(self._world.files, kind, data, name, mime, self.person)
        return self._send(chat, text=caption, media=media)

    async def send_strange(self, payload: dict[str, Any], kind: str = "message", bot: str | None = None) -> None:
        """Let an update reach the bot that is not as it should be, as new versions of Telegram's interface send."""
        self._tell(self._chat(bot), kind, payload)

    def block(self, bot: str | None = None) -> None:
        """Stop the bot: whatever it sends is refused from now on."""
        self._set_blocked(self._chat(bot), True)

    def unblock(self, bot: str | None = None) -> None:
        """Let the bot write again."""
        self._set_blocked(self._chat(bot), False)

    def chat(self, bot_username: str | None = None) -> list[ChatMessage]:
        """What is visible now, oldest first."""
        return [view(message) for message in self._chat(bot_username).messages.values()]

    def chats(self) -> dict[str, list[ChatMessage]]:
        """Every chat of this phone by the bot's username."""
        return {bot.username: self.chat(bot.username) for bot in self._world.bots.values() if self.id in bot.chats}

    def file(self, message: ChatMessage) -> bytes:
        """The bytes of a visible file.

        Raises:
            PhoneError: the message has none.
        """
        stored = message.file and message.file.url and self._world.files.by_id(message.file.url.rpartition("/")[2])
        if not stored:
            raise PhoneError("this message has no file")
        return stored.data

    def unanswered(self, bot: str | None = None) -> list[CallbackQuery]:
        """Presses that still show the waiting sign."""
        pressed = self._chat(bot).bot.callbacks.values()
        return [query for query in pressed if query.chat.person == self.person and query.answered_after is None]

    async def wait_for(
        self,
        predicate: Callable[[list[ChatMessage]], Seen | None],
        timeout: float = 10,  # noqa: ASYNC109 - it adds the chat to the error
        bot: str | None = None,
    ) -> Seen:
        """Wait until `predicate(chat)` is true and answer its value. Wakes on changes only.

        Raises:
            TimeoutError: it never was, within `timeout` seconds; shows the chat (made-up words of a test).
        """
        changed = asyncio.Event()
        with self._world.changes.heard_by(lambda change: changed.set(), self.id):
            try:
                async with asyncio.timeout(timeout):
                    while not (seen := predicate(self.chat(bot))):
                        changed.clear()
                        await changed.wait()
                    return seen
            except TimeoutError:
                shown = picture(self.chat(bot))
        raise TimeoutError(f"{self.person.first_name} waited {timeout} s in vain. The chat:\n{shown}")

    async def wait_for_text(
        self,
        text: str,
        timeout: float = 10,  # noqa: ASYNC109 - as wait_for
        bot: str | None = None,
        after: int = 0,
    ) -> ChatMessage:
        """Wait for a message of the bot that contains `text`, newest first, with an id above `after`."""
        return await self.wait_for(newest_from_bot(text, after), timeout, bot)

    def _chat(self, bot: str | None) -> Chat:
        account = self._world.bot_named(bot) if bot or self._last_bot is None else self._last_bot
        if account is None:
            raise PhoneError("no such bot: add it to the sandbox first")
        return account.chat_with(self.person)

    def _visible(self, chat: Chat, message_id: int | None) -> Message | None:
        if message_id is None:
            return None
        if message_id not in chat.messages:
            raise PhoneError("no such message on the screen")
        return chat.messages[message_id]

    def _own(self, chat: Chat, message_id: int) -> Message:
        message = self._visible(chat, message_id)
        if message is None or message.from_bot:
            raise PhoneError("only own messages can be edited")
        return message

    def _candidates(self, chat: Chat, message_id: int | None) -> list[Message]:
        if message_id is None:
            return [message for message in chat.newest_first() if message.from_bot]
        return [message for message in (self._visible(chat, message_id),) if message is not None]

    def _send(self, chat: Chat, **content: Any) -> int:
        if chat.blocked:
            raise PhoneError("this bot is blocked: unblock it first")
        if not chat.started:
            raise PhoneError("press Start first")
        self._last_bot = chat.bot
        message = Message(chat.bot.next_message_id(), chat, False, int(self._world.now()), **content)
        message.entities = bot_commands(message.text)
        chat.add(message, self._world.keep)
        self._tell(chat, "message", message.to_api())
        self._world.changes.publish(Change(chat, "message", message))
        return message.message_id

    def _press(self, chat: Chat, message: Message, button: Button) -> None:
        if button.data is None:
            raise PhoneError("this button opens an address; nothing reaches the bot")
        self._last_bot = chat.bot
        query = CallbackQuery(
            str(secrets.randbits(62)), chat, message.message_id, button.data, pressed_at=self._world.now()
        )
        chat.bot.pressed(query, self._world.keep)
        self._world.record.presses += 1
        payload = {
            "id": query.query_id,
            "from": self.person.to_api(),
            "message": message.to_api(),
            "chat_instance": str(chat.bot.id ^ self.id),
            "data": button.data,
        }
        chat.bot.updates.put("callback_query", f"{self.id}:presses", payload, limits.CALLBACK_WAITS_SECONDS)

    def _set_blocked(self, chat: Chat, blocked: bool) -> None:
        if chat.blocked == blocked:
            return
        chat.blocked = blocked
        member = {"user": chat.bot.to_api(), "status": "member"}
        kicked = {"user": chat.bot.to_api(), "status": "kicked", "until_date": 0}
        payload = {
            "chat": chat.to_api(),
            "from": self.person.to_api(),
            "date": int(self._world.now()),
            "old_chat_member": member if blocked else kicked,
            "new_chat_member": kicked if blocked else member,
        }
        chat.bot.updates.put("my_chat_member", f"{self.id}:member", payload)

    def _tell(self, chat: Chat, kind: str, payload: dict[str, Any]) -> None:
        chat.bot.updates.put(kind, str(self.id), payload)


def newest_from_bot(text: str, after: int) -> Callable[[list[ChatMessage]], ChatMessage | None]:
    """A predicate for `wait_for`: the bot's newest message with an id above `after` that contains `text`."""

    def newest(chat: list[ChatMessage]) -> ChatMessage | None:
        heard = (m for m in reversed(chat) if m.from_bot and m.message_id > after and text in m.text)
        return next(heard, None)

    return newest
