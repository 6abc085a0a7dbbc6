"""One bot's queue of updates, and long polling on it."""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.sandbox import limits
from bot.sandbox.refusals import conflict


@dataclass(frozen=True, slots=True)
class Update:
    """An update that waits: `lane` names what keeps its order (one chat's messages), `expires` is a unix time."""

    update_id: int
    kind: str
    lane: str
    expires: float
    payload: dict[str, Any]

    def to_api(self) -> dict[str, Any]:
        """The `Update` that a bot receives."""
        return {"update_id": self.update_id, self.kind: self.payload}


class UpdateQueue:
    """Updates in the order of their ids, kept until confirmed or too old; one poller at a time.

    Other-than-wanted kinds are dropped when they arrive, as at Telegram: `allowed` counts from the call that set it.
    """

    def __init__(self, clock: Callable[[], float], first_id: int) -> None:
        self._clock = clock
        self._next_id = first_id
        self._waiting: OrderedDict[int, Update] = OrderedDict()
        self._first_expiry = math.inf
        self._poll: asyncio.Future[None] | None = None
        self.allowed: frozenset[str] | None = None
        self.on_arrival: Callable[[Update], None] | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, kind: str, lane: str, payload: dict[str, Any], waits: float = limits.UPDATE_WAITS_SECONDS) -> None:
        """Append an update, unless the bot does not want its kind, and wake whoever waits for it."""
        if self.allowed is not None and kind not in self.allowed:
            return
        update = Update(self._next_id, kind, lane, self._clock() + waits, payload)
        self._next_id += 1
        self._waiting[update.update_id] = update
        self._first_expiry = min(self._first_expiry, update.expires)
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        if self.on_arrival is not None:
            self.on_arrival(update)

    async def get(self, offset: int, limit: int, patience: float) -> list[Update]:
        """Confirm what is below `offset` (a negative one keeps only that many), then answer up to `limit` updates.

        Waits up to `patience` seconds for the first one. A second caller ends the first one's wait.

        Raises:
            Refusal: 409, another caller took over.
        """
        self.stop_polling("terminated by other getUpdates request; make sure that only one bot instance is running")
        self._confirm(offset)
        self._drop_expired()
        if not self._waiting and patience > 0:
            await self._wait(patience)
        return list(islice(self._waiting.values(), limit))

    @property
    def polled(self) -> bool:
        """Whether a getUpdates call waits now."""
        return self._poll is not None

    def pending(self) -> list[Update]:
        """Everything that waits, oldest first."""
        self._drop_expired()
        return list(self._waiting.values())

    def remove(self, update: Update) -> None:
        """Confirm one update (the webhook's way)."""
        self._waiting.pop(update.update_id, None)

    def clear(self) -> None:
        """Drop everything (drop_pending_updates)."""
        self._waiting.clear()

    def stop_polling(self, why: str) -> None:
        """End a waiting getUpdates call with a 409 that says why."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(conflict(why))

    def _confirm(self, offset: int) -> None:
        while offset < 0 and len(self._waiting) > -offset:
            self._waiting.popitem(last=False)
        while offset > 0 and self._waiting and next(iter(self._waiting)) < offset:
            self._waiting.popitem(last=False)

    async def _wait(self, patience: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(patience):
                await poll
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None

    def _drop_expired(self) -> None:
        now = self._clock()
        if now < self._first_expiry:
            return
        kept = [update for update in self._waiting.values() if update.expires > now]
        self._waiting = OrderedDict((update.update_id, update) for update in kept)
        self._first_expiry = min((update.expires for update in kept), default=math.inf)
