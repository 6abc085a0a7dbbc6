"""The same phones from another process: a client of `/world`.

async with RemoteSandbox(url) as sandbox:
    phone = await sandbox.phone("Reporter", "ru")
    await phone.start("panah_demo_bot")
    await phone.wait_for_text("Welcome")
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self, TypeVar

import aiohttp
import msgspec

from bot.sandbox.faults import Faults
from bot.sandbox.phones import PhoneError, newest_from_bot
from bot.sandbox.views import ChatMessage, picture

Seen = TypeVar("Seen")


class _Chat(msgspec.Struct):
    bot: str
    messages: list[ChatMessage]


class RemoteSandbox:
    """A sandbox that runs in another process, at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(self.url, timeout=aiohttp.ClientTimeout(total=None, sock_connect=10))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The HTTP session.

        Raises:
            RuntimeError: outside `async with`.
        """
        if self._session is None:
            raise RuntimeError("use the remote sandbox in an `async with` block")
        return self._session

    async def add_bot(self, token: str, username: str, name: str = "Bot") -> None:
        """Register a bot."""
        await self.post("/world/bots", {"token": token, "username": username, "name": name})

    async def phone(self, name: str = "Somebody", language_code: str = "en", role: str = "") -> "RemotePhone":
        """A new person with a phone."""
        asked = {"name": name, "language_code": language_code, "role": role}
        return RemotePhone(self, (await self.post("/world/phones", asked))["id"])

    async def set_faults(self, faults: Faults) -> None:
        """Change what goes wrong."""
        await self.post("/world/faults", faults)

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        await self.post("/world/clock", {"advance_seconds": seconds})

    async def record(self) -> dict[str, Any]:
        """What the sandbox noticed about the bots."""
        return msgspec.json.decode(await self.get("/world/record"), type=dict[str, Any])

    async def get(self, path: str) -> bytes:
        """The body at this path."""
        async with self.session.get(path, raise_for_status=True) as response:
            return await response.read()

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        """Ask for something.

        Raises:
            PhoneError: the person can't do this.
        """
        headers = {"Content-Type": "application/json"}
        async with self.session.post(path, data=msgspec.json.encode(body), headers=headers) as response:
            return _told(await response.read())


class RemotePhone:
    """One person's phone in another process; the verbs of `phones.Phone`, with the bot's username given once."""

    def __init__(self, sandbox: RemoteSandbox, phone_id: int, bot: str | None = None) -> None:
        self._sandbox = sandbox
        self.id = phone_id
        self._bot = bot

    async def start(self, bot: str, payload: str = "") -> int:
        """Press Start in the chat with `bot`, which the other verbs then mean."""
        self._bot = bot
        return await self.say(f"/start {payload}".rstrip())

    async def say(self, text: str, reply_to: int | None = None) -> int:
        """Write a message; answers its message_id."""
        return int((await self._do("say", text=text, reply_to=reply_to))["message_id"])

    async def press(self, button: str, message: int | None = None) -> None:
        """Press a button by callback data or label."""
        await self._do("press", data=button, message_id=message)

    async def edit(self, message_id: int, text: str) -> None:
        """Change an own message."""
        await self._do("edit", message_id=message_id, text=text)

    async def delete(self, message_id: int) -> None:
        """Take a message away on both sides."""
        await self._do("delete", message_id=message_id)

    async def attach(self, kind: str, data: bytes = b"", name: str = "", mime: str = "", caption: str = "") -> int:
        """Send a file, a place, a contact, a poll or a throw."""
        form = aiohttp.FormData({"kind": kind, "caption": caption, "bot": self._bot or ""})
        form.add_field("file", data, filename=name or kind, content_type=mime or "application/octet-stream")
        async with self._sandbox.session.post(f"/world/phones/{self.id}/attach", data=form) as response:
            return int(_told(await response.read())["message_id"])

    async def block(self) -> None:
        """Stop the bot."""
        await self._do("block")

    async def unblock(self) -> None:
        """Let the bot write again."""
        await self._do("unblock")

    async def chat(self) -> list[ChatMessage]:
        """What is visible now, oldest first."""
        body = await self._sandbox.get(f"/world/phones/{self.id}/chats")
        chats = msgspec.json.decode(body, type=list[_Chat])
        return next((chat.messages for chat in chats if self._bot in (None, chat.bot)), [])

    async def wait_for(self, predicate: Callable[[list[ChatMessage]], Seen | None], patience: float = 10) -> Seen:
        """Wait until `predicate(chat)` is true and answer its value; looks again on changes only.

        Raises:
            TimeoutError: it never was, within `patience` seconds.
        """
        try:
            async with asyncio.timeout(patience), self._changes() as changes:
                async for _ in changes:
                    if seen := predicate(await self.chat()):
                        return seen
        except TimeoutError:
            raise TimeoutError(f"waited {patience} s in vain. The chat:\n{picture(await self.chat())}") from None
        raise ConnectionError("the sandbox closed the stream of changes")

    async def wait_for_text(self, text: str, patience: float = 10, after: int = 0) -> ChatMessage:
        """Wait for a message of the bot that contains `text`, newest first, with an id above `after`."""
        return await self.wait_for(newest_from_bot(text, after), patience)

    @asynccontextmanager
    async def _changes(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Lines of the stream; the first comes at once, before any change."""
        async with self._sandbox.session.get(f"/world/stream?phone={self.id}") as response:
            yield (line async for line in response.content if line.strip())

    async def _do(self, verb: str, **asked: Any) -> dict[str, Any]:
        return await self._sandbox.post(f"/world/phones/{self.id}/{verb}", {"bot": self._bot, **asked})


def _told(body: bytes) -> dict[str, Any]:
    answer = msgspec.json.decode(body, type=dict[str, Any])
    if answer.get("ok") is False:
        raise PhoneError(answer["error"])
    return answer
