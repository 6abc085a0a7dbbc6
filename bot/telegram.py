"""Telegram. The only module that imports `telegram`.

Of python-telegram-bot we use the request layer (`BaseRequest`, `RequestData`, its errors) and not `Bot`: building and
parsing its objects costs about 280 µs for each message sent, the request layer alone about 14 µs, and `Bot` logs its
token, parameters and results. No exception that leaves this module carries or chains an address, a token or content.
"""

import asyncio
import json
import os
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter  # the one way to fill a RequestData; 22.8 is pinned

from bot.messenger import Accept, Menu, MessengerError, Rejected, Screen, TooSlow, Unreachable, Upload
from bot.telegram_calls import (
    LIMITS,
    OutOfReach,
    Parameters,
    TokenRefused,
    busy,
    chat_id,
    destination,
    file_call,
    refusal,
    screen_parameters,
)
from bot.telegram_http import BrokenFile, Unencodable, body, timeouts
from bot.telegram_intake import Backoff, Intake, insist, poll
from bot.telegram_menus import menu_commands, publish
from bot.telegram_updates import ALLOWED
from bot.webhook import Webhook
from handlers.model import Address, Door, FileRef, MessageRef

# The library's own switch to the coming type of RetryAfter.retry_after; without it every 429 is a warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")

T = TypeVar("T")

POLL_SECONDS = 30
CHUNK_BYTES = 64 << 10
SLOWEST = 20_000
"""Bytes a second below which a file on its way is broken off, in either direction."""
PATIENCE = 20.0
"""Seconds that any file may take beside that."""
AGAIN = 3.0
"""Seconds until a file that came too slowly is tried again."""


class AiohttpRequest(BaseRequest):
    """The library's transport on one aiohttp session: many connections, kept open, straight to the server.

    Timeouts in seconds. A parameter that is an `Upload` makes the body multipart and streams; else it is JSON.
    """

    __slots__ = ("_connections", "_opened", "_timeouts")

    def __init__(
        self, connections: int = 256, read: float = 20.0, write: float = 20.0, connect: float = 10.0, pool: float = 10.0
    ) -> None:
        self._connections = connections
        self._timeouts = (read, write, connect, pool)
        self._opened: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        return self._timeouts[0]

    async def initialize(self) -> None:
        if self._opened is None:
            self._opened = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        if self._opened is not None:
            session, self._opened = self._opened, None
            await session.close()

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._opened is None:
            raise RuntimeError("the request layer is closed: call initialize() first")
        return self._opened

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        given = (read_timeout, write_timeout, connect_timeout, pool_timeout)
        limits = (
            own if own is not self.DEFAULT_NONE else kept for own, kept in zip(given, self._timeouts, strict=True)
        )
        options: dict[str, Any] = {"timeout": timeouts(*limits), "allow_redirects": False}
        try:
            options |= body(request_data.parameters) if request_data else {}
            async with self._session.request(method, url, **options) as answer:
                # The library takes 413, an upload refused for good, for a network fault: give it as the 400 that it is.
                return 400 if answer.status == 413 else answer.status, await answer.read()
        except (aiohttp.ClientError, OSError, Unencodable) as caught:
            fault = _transport_fault(caught)
        raise fault  # out here, so that what was caught, which knows the URL, is not chained

    async def stream(self, url: str, most: int, seconds: float) -> AsyncIterator[bytes]:
        """The body at `url` in chunks, up to `most` bytes within so many seconds. Raises `TelegramError`."""
        fault: TelegramError
        left = most
        patience = timeouts(*self._timeouts, total=seconds)
        try:
            async with self._session.get(url, timeout=patience, allow_redirects=False) as answer:
                async for chunk in _checked(answer).content.iter_chunked(CHUNK_BYTES):
                    left -= len(chunk)
                    if left < 0:
                        raise BadRequest("file is too big")
                    yield chunk
            return
        except (aiohttp.ClientError, OSError) as caught:
            fault = _transport_fault(caught)
        raise fault

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer, or a `TelegramError`; the library's own would log and quote a payload that it can't read."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise TelegramError("unreadable answer")
        return answer


def _transport_fault(caught: Exception) -> NetworkError:
    """What went wrong on the way, by its kind alone: the message of the caught one may name the URL."""
    match caught:
        case Unencodable():
            return BadRequest("strings must be encoded in UTF-8")
        case aiohttp.ClientError(__cause__=BrokenFile()):
            return BadRequest("file is broken")
        case TimeoutError():
            return TimedOut("timeout")
    return NetworkError(type(caught).__name__)


def _checked(answer: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    if answer.status in (400, 404, 410):
        raise BadRequest("wrong file identifier")
    if answer.status != 200:
        raise NetworkError("server")
    return answer


def _fault(caught: Exception) -> MessengerError:
    """The library's errors in our words. Descriptions may quote content and are dropped here."""
    match caught:
        case RetryAfter():
            told = caught.retry_after
            return busy(told.total_seconds()) if isinstance(told, timedelta) else OutOfReach("answer")
        case Forbidden() | ChatMigrated():
            return Unreachable()
        case InvalidToken():
            return TokenRefused()
        case BadRequest():
            return refusal(caught.message)
        case Conflict():
            return OutOfReach("conflict", 5.0)
        case TimedOut():
            return OutOfReach("timeout")
        case NetworkError():
            return OutOfReach("network")
    return OutOfReach("answer")


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
        poll_seconds: int = POLL_SECONDS,
        backoff: tuple[float, float] = (0.5, 30.0),
        connections: int = 256,
    ) -> None:
        self.name = name
        self.door = door
        self.limits = msgspec.structs.replace(LIMITS, per_second=per_second)
        self.username = ""
        self.counts: Counter[str] = Counter()
        self._calls = f"{api.rstrip('/')}/bot{token}"
        self._files = f"{api.rstrip('/')}/file/bot{token}"
        self._request = AiohttpRequest(connections)
        self._webhook = webhook
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
            self.username = _part(await self._call("getMe"), "username", str)
        except BaseException:
            await self.stop()
            raise

    async def account(self) -> Account:
        """What Telegram says of us. Changes nothing. Raises `MessengerError`."""
        me, hook = await self._call("getMe"), await self._call("getWebhookInfo")
        return Account(
            webhook=_part(hook, "url", str),
            waiting=_part(hook, "pending_update_count", int),
            refused=datetime.fromtimestamp(hook.get("last_error_date") or 0, UTC),
            reads_groups=_part(me, "can_read_all_group_messages", bool),
            joins_groups=_part(me, "can_join_groups", bool),
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
        return _ref(await self._call("sendMessage", **destination(to, self.name), **parameters))

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
        return _ref(await self._call(method, write, **destination(to, self.name), **parameters))

    async def download(self, file: FileRef) -> AsyncIterator[bytes]:
        found = await self._call("getFile", file_id=file)
        url, most = f"{self._files}/{quote(_file_path(found))}", self.limits.download
        seconds = PATIENCE + _size(found, most) / SLOWEST
        fault: MessengerError
        try:
            async for chunk in self._request.stream(url, most, seconds):
                yield chunk
            return
        except TimedOut:
            fault = TooSlow(AGAIN)
        except TelegramError as caught:
            fault = _fault(caught)
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
            fault = _fault(caught)  # not only the library's: an answer of another shape trips it
        raise fault


def _ref(message: Any) -> MessageRef:
    return MessageRef(str(_part(message, "message_id", int)))


def _file_path(file: Any) -> str:
    """Where a file lies on the server; it names no place for one that it has no more. Raises `Rejected`."""
    path = file.get("file_path") if isinstance(file, dict) else None
    if not path or not isinstance(path, str):
        raise Rejected("gone")
    if path.startswith("/"):  # a Bot API server in its --local mode names a path of its own machine
        raise Rejected("local_server")
    return path


def _size(file: Any, most: int) -> int:
    """The size that the server names for a file; the most that it may have when that is none."""
    size = file.get("file_size") if isinstance(file, dict) else None
    return min(size, most) if isinstance(size, int) and size > 0 else most


def _part(answer: Any, name: str, kind: type[T]) -> T:
    """One field of an answer. Raises `OutOfReach` when the answer has another shape."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, kind):
        raise OutOfReach("answer")
    return value
