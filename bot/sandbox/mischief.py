"""Makes things go wrong as `Faults` says, and keeps Telegram's pace when that is switched on."""

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from bot.sandbox import limits
from bot.sandbox.faults import Faults
from bot.sandbox.refusals import internal_error, too_many_requests

Item = TypeVar("Item")
Chance = Literal["fail_429", "fail_5xx", "drop", "duplicate_updates"]


class Mischief:
    """The faults of one world."""

    def __init__(self, faults: Faults, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[tuple[int, int], Bucket] = {}
        self._again: dict[int, list[Any]] = {}
        self.use(faults)

    def use(self, faults: Faults) -> None:
        """Exchange the faults."""
        self.faults = faults
        self._random = random.Random(faults.seed)  # noqa: S311 - chance in a rehearsal, no secret

    async def before(self, method: str) -> None:
        """Wait, drop or fail before the method is carried out.

        Raises:
            ConnectionDropped: the connection shall be closed without an answer.
            Refusal: 429 or 500.
        """
        if not self._concerns(method):
            return
        await self._dawdle()
        if self.faults.drop_when == "before" and self._strikes("drop"):
            raise ConnectionDropped
        if self._strikes("fail_429"):
            raise too_many_requests(self.faults.retry_after)
        if self._strikes("fail_5xx"):
            raise internal_error()

    def after(self, method: str) -> None:
        """Drop the connection when the method is done already.

        Raises:
            ConnectionDropped: the bot shall not learn that it worked.
        """
        if self.faults.drop_when == "after" and self._concerns(method) and self._strikes("drop"):
            raise ConnectionDropped

    def disturbed(self, bot: int, updates: list[Item]) -> list[Item]:
        """One answer to a bot, in disorder and with some updates of its last answer, when that is switched on."""
        if not updates or not (self.faults.duplicate_updates or self.faults.reorder_updates):
            return updates
        answer = [*self._again.get(bot, ()), *updates]
        self._again[bot] = [update for update in updates if self.repeats()]
        if self.faults.reorder_updates:
            self._random.shuffle(answer)
        return answer

    def choice(self, length: int) -> int:
        """Which of several waiting updates goes next: the first, unless disorder is switched on."""
        return self._random.randrange(length) if self.faults.reorder_updates else 0

    def repeats(self) -> bool:
        """Whether an update is delivered once more."""
        return self._strikes("duplicate_updates")

    def pace(self, bot: int, chat: int) -> None:
        """Count a message to a chat.

        Raises:
            Refusal: 429, faster than Telegram allows (only with `flood_limits`).
        """
        if not self.faults.flood_limits:
            return
        overall = self._bucket((bot, 0), limits.MESSAGES_PER_SECOND, limits.MESSAGES_PER_SECOND)
        here = self._bucket((bot, chat), *(limits.IN_A_CHAT if chat > 0 else limits.IN_A_GROUP))
        wait = max(overall.wait(), here.wait())
        if wait > 0:
            raise too_many_requests(math.ceil(wait))
        overall.take()
        here.take()

    def _bucket(self, key: tuple[int, int], rate: float, burst: float) -> "Bucket":
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(rate, burst, burst, self._clock())
        bucket.fill(self._clock())
        return bucket

    def _concerns(self, method: str) -> bool:
        return not self.faults.methods or method in self.faults.methods

    def _strikes(self, chance: Chance) -> bool:
        value: float = getattr(self.faults, chance)
        if value >= 1:
            setattr(self.faults, chance, value - 1)
            return True
        return value > 0 and self._random.random() < value

    async def _dawdle(self) -> None:
        wait = self.faults.latency_ms + self.faults.jitter_ms * self._random.random()
        if wait > 0:
            await asyncio.sleep(wait / 1000)


class ConnectionDropped(Exception):
    """The answer never arrives: the server closes the connection instead."""


@dataclass(slots=True)
class Bucket:
    """A token bucket: `rate` a second, at most `burst` saved up."""

    rate: float
    burst: float
    level: float
    filled_at: float

    def fill(self, now: float) -> None:
        """Add what came in since the last time."""
        self.level = min(self.burst, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now

    def wait(self) -> float:
        """Seconds until a token is there; 0 when one is."""
        return max(0.0, (1 - self.level) / self.rate)

    def take(self) -> None:
        """Use one token."""
        self.level -= 1
