"""The request layer: python-telegram-bot's transport on an aiohttp session, and its errors in our words.

No exception that leaves this module carries or chains an address, a token or content.
"""

import json
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
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

from bot.messenger import MessengerError, Unreachable
from bot.telegram.bodies import BrokenFile, Unencodable, body, timeouts
from bot.telegram.calls import OutOfReach, TokenRefused, busy, refusal

# The library's own switch to the coming type of RetryAfter.retry_after; without it every 429 is a warning.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CHUNK_BYTES = 64 << 10


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


def fault_of(caught: Exception) -> MessengerError:
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
