"""Delivery of updates to a bot's own address."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

import aiohttp
import msgspec

from bot.sandbox.updates import Update

if TYPE_CHECKING:
    from bot.sandbox.bots import BotAccount
    from bot.sandbox.world import World

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 5.0
ANSWER_SECONDS = 60


class Webhook:
    """Posts what waits in a bot's queue, up to `max_connections` at a time, each lane strictly in its order.

    As at Telegram, a lane is one chat's messages; presses of buttons have a lane of their own and may overtake. An
    answer other than 2xx is tried again, sooner than Telegram would, until it works or the update is too old. A method
    call inside the answer's body, which Telegram would carry out, is not looked at.
    """

    def __init__(self, url: str, secret: str, max_connections: int, world: "World", bot: "BotAccount") -> None:
        self.url = url
        self.max_connections = max_connections
        self.last_error: dict[str, Any] = {}
        self._headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        self._world = world
        self._updates = bot.updates
        self._connections = asyncio.Semaphore(max_connections)
        self._waiting: dict[str, deque[Update]] = {}
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Begin to deliver, first what waits already."""
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, json_serialize=_dumps)
        for update in self._updates.pending():
            self._admit(update)
        self._updates.on_arrival = self._admit

    async def stop(self) -> None:
        """End every delivery under way; what was not confirmed stays in the bot's queue."""
        self._updates.on_arrival = None
        for task in self._lanes.values():
            task.cancel()
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _admit(self, update: Update) -> None:
        self._waiting.setdefault(update.lane, deque()).append(update)
        if update.lane not in self._lanes:
            self._lanes[update.lane] = asyncio.create_task(self._empty(update.lane))

    async def _empty(self, lane: str) -> None:
        waiting = self._waiting[lane]
        while waiting:
            chosen = self._world.mischief.choice(len(waiting))
            update = waiting[chosen]
            del waiting[chosen]
            await self._deliver(update)
        del self._waiting[lane], self._lanes[lane]

    async def _deliver(self, update: Update) -> None:
        wait = FIRST_RETRY_SECONDS
        while self._world.now() < update.expires and not await self._post(update):
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_RETRY_SECONDS)
        self._updates.remove(update)

    async def _post(self, update: Update) -> bool:
        assert self._session is not None  # noqa: S101 - start() made it before the first lane
        try:
            async with (
                self._connections,
                self._session.post(self.url, json=update.to_api(), headers=self._headers) as answer,
            ):
                if 200 <= answer.status <= 299:
                    return not self._world.mischief.repeats()
                self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
        except (aiohttp.ClientError, TimeoutError):
            self._failed("Webhook connection closed")
        return False

    def _failed(self, why: str) -> None:
        self.last_error = {"last_error_date": int(self._world.now()), "last_error_message": why}


def _dumps(value: Any) -> str:
    return msgspec.json.encode(value).decode()
