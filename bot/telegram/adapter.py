"""One bot at Telegram.

Of python-telegram-bot we use the request layer (`BaseRequest`, `RequestData`, its errors) and not `Bot`: building and
parsing its objects costs about 280 µs for each message sent, the request layer alone about 14 µs, and `Bot` logs its
token, parameters and results. No exception that leaves this module carries or chains an address, a token or content.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import msgspec
from telegram.error import TelegramError, TimedOut
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter  # the one way to fill a RequestData; 22.8 is pinned

from bot.messenger import Accept, Menu, MessengerError, Rejected, Screen, TooSlow, Upload
from bot.telegram import disk
from bot.telegram.answers import file_path, file_size, message_ref, part
from bot.telegram.calls import LIMITS, OutOfReach, Parameters, chat_id, destination, file_call, screen_parameters
from bot.telegram.intake import Backoff, Intake, insist, poll
from bot.telegram.menus import menu_commands, publish
from bot.telegram.transport import AiohttpRequest, fault_of
from bot.telegram.updates import ALLOWED
from bot.telegram.webhook import Webhook
from handlers.model import Address, Door, FileRef, MessageRef

POLL_SECONDS = 30
SLOWEST = 20_000
"""Bytes a second below which a file on its way is broken off, in either direction."""
PATIENCE = 20.0
"""Seconds that any file may take beside that."""
AGAIN = 3.0
"""Seconds until a file that came too slowly is tried again."""


class Account(msgspec.Struct, frozen=True):
    """A bot as Telegram knows it ("getMe", "getWebhookInfo"). `webhook`: empty while it is polled; `waiting`: updates
    that nobody has fetched; `refused`: when our webhook's receiver failed last (1970: never).
    """

    webhook: str
    waiting: int
    refused: datetime
    reads_groups: bool
    joins_groups: bool


class Telegram:
    """One bot. Fulfils `Messenger` and `HasMenus`; use it as `async with`, or `start()` and `stop()`.

    `files`: the folder of a Bot API server of your own, which hands over files of up to `largest` bytes.
    `username` is known after the start. `counts` has what was taken, ignored, answered and what failed.
    """

    def __init__(
        self,
        token: str,
        api: str = "https://api.telegram.org",
        *,
        name: str = "telegram",
        door: Door = Door.BOTH,
        per_second: float = LIMITS.per_second,
        webhook: Webhook | None = None,
        files: Path | None = None,
        largest: int = LIMITS.download,
        poll_seconds: int = POLL_SECONDS,
        backoff: tuple[float, float] = (0.5, 30.0),
        connections: int = 256,
    ) -> None:
        self.name = name
        self.door = door
        upload = max(LIMITS.upload, largest)
        self.limits = msgspec.structs.replace(LIMITS, per_second=per_second, download=largest, upload=upload)
        self.username = ""
        self.counts: Counter[str] = Counter()
        self._calls = f"{api.rstrip('/')}/bot{token}"
        self._files = f"{api.rstrip('/')}/file/bot{token}"
        self._request = AiohttpRequest(connections)
        self._webhook, self._folder = webhook, files
        self._poll_seconds = poll_seconds
        self._backoff = backoff

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open the connections and ask who we are. Raises `TokenRefused`, or `OutOfReach` without a network."""
        await self._request.initialize()
        try:
            self.username = part(await self._call("getMe"), "username", str)
        except BaseException:
            await self.stop()
            raise

    async def account(self) -> Account:
        """What Telegram says of us. Changes nothing. Raises `MessengerError`."""
        me, hook = await self._call("getMe"), await self._call("getWebhookInfo")
        return Account(
            webhook=part(hook, "url", str),
            waiting=part(hook, "pending_update_count", int),
            refused=datetime.fromtimestamp(hook.get("last_error_date") or 0, UTC),
            reads_groups=part(me, "can_read_all_group_messages", bool),
            joins_groups=part(me, "can_join_groups", bool),
        )

    async def stop(self) -> None:
        """Close the connections."""
        await self._request.shutdown()

    async def run(self, accept: Accept) -> None:
        """Receive until cancelled: from the webhook when there is one, else by polling."""
        intake = Intake(self.name, accept, self._answer_press, self.counts)
        try:
            await (self._poll(intake) if self._webhook is None else self._serve(self._webhook, intake))
        finally:
            await intake.close()

    async def send(self, to: Address, screen: Screen) -> MessageRef:
        parameters = screen_parameters(screen)
        if screen.protect:
            parameters["protect_content"] = True
        if screen.silent:
            parameters["disable_notification"] = True
        if screen.paid:
            parameters["allow_paid_broadcast"] = True
        return message_ref(await self._call("sendMessage", **destination(to, self.name), **parameters))

    async def edit(self, to: Address, message: MessageRef, screen: Screen) -> None:
        parameters = screen_parameters(screen) | {"chat_id": chat_id(to, self.name), "message_id": int(message)}
        try:
            await self._call("editMessageText", **parameters)
        except Rejected as refused:
            if refused.reason != "unchanged":
                raise

    async def delete(self, to: Address, messages: Sequence[MessageRef]) -> None:
        chat = chat_id(to, self.name)
        ids = [int(message) for message in messages]
        for start in range(0, len(ids), self.limits.delete_batch):
            await self._delete_batch(chat, ids[start : start + self.limits.delete_batch])

    async def send_file(self, to: Address, upload: Upload, protect: bool) -> MessageRef:
        if upload.size > self.limits.upload:
            raise Rejected("large")
        method, parameters = file_call(upload)
        if protect:
            parameters["protect_content"] = True
        write = PATIENCE + upload.size / SLOWEST
        return message_ref(await self._call(method, write, **destination(to, self.name), **parameters))

    async def download(self, file: FileRef) -> AsyncIterator[bytes]:
        found = await self._call("getFile", file_id=file)
        path, most = file_path(found), self.limits.download
        if path.startswith("/"):
            async for chunk in disk.read(path, self._folder, most):
                yield chunk
            return
        url = f"{self._files}/{quote(path)}"
        seconds = PATIENCE + file_size(found, most) / SLOWEST
        fault: MessengerError
        try:
            async for chunk in self._request.stream(url, most, seconds):
                yield chunk
            return
        except TimedOut:
            fault = TooSlow(AGAIN)
        except TelegramError as caught:
            fault = fault_of(caught)
        raise fault

    async def publish(self, menus: Mapping[str, Menu], about: Mapping[str, tuple[str, str]]) -> None:
        self.counts["published"] += await publish(self._call, menus, about)

    async def show_menu(self, to: Address, menu: Menu) -> None:
        scope = {"type": "chat", "chat_id": chat_id(to, self.name)}
        if menu:
            await self._call("setMyCommands", scope=scope, commands=menu_commands(menu))
        else:
            await self._call("deleteMyCommands", scope=scope)

    async def _poll(self, intake: Intake) -> None:
        backoff = Backoff(*self._backoff)
        await insist(lambda: self._call("deleteWebhook"), intake, backoff)
        await poll(self._updates, intake, backoff)

    async def _serve(self, webhook: Webhook, intake: Intake) -> None:
        async with webhook.mount(self.name, intake.take) as url:
            asked: Parameters = {
                "url": url,
                "secret_token": webhook.config.secret,
                "allowed_updates": ALLOWED,
                "max_connections": 100,
            }
            await insist(lambda: self._call("setWebhook", **asked), intake, Backoff(*self._backoff))
            await asyncio.Event().wait()

    async def _updates(self, offset: int) -> list[object]:
        read = self._poll_seconds + 10.0
        asked: Parameters = {"timeout": self._poll_seconds, "allowed_updates": ALLOWED}
        updates = await self._call("getUpdates", read=read, offset=offset or None, **asked)
        if not isinstance(updates, list):
            raise OutOfReach("answer")
        return updates

    async def _answer_press(self, press: str) -> None:
        await self._call("answerCallbackQuery", callback_query_id=press)

    async def _delete_batch(self, chat: int, ids: list[int]) -> None:
        """All at once; when one of them can't be deleted, one by one, passing over what is refused."""
        try:
            await self._call("deleteMessages", chat_id=chat, message_ids=ids)
            return
        except Rejected:
            pass
        for message in ids:
            with suppress(Rejected):
                await self._call("deleteMessage", chat_id=chat, message_id=message)

    async def _call(self, method: str, write: float = 20.0, read: float = 20.0, **parameters: Any) -> Any:
        """One call of the Bot API. Raises `MessengerError`."""
        data = RequestData(
            [RequestParameter(key, value, None) for key, value in parameters.items() if value is not None]
        )
        try:
            return await self._request.post(f"{self._calls}/{method}", data, read_timeout=read, write_timeout=write)
        except (TelegramError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as caught:
            fault = fault_of(caught)  # not only the library's: an answer of another shape trips it
        raise fault
