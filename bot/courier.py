"""The courier: takes from the outbox, in order for each chat, at the messenger's pace, and settles in groups.

At most `WINDOW` messages are on their way and not yet settled: that is what a crash can repeat, for no messenger has an
idempotency key. Every text of ours is harmless when it comes twice.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot import logs, metrics, pulse
from bot.clock import Clock
from bot.messenger import MessengerError, Rejected, RetryLater, TooFast, Unreachable
from bot.pace import Pace
from handlers.model import Send
from storage.database import Database
from storage.dispatch import Done, Failed, Later, Partly, Result
from storage.outbox import LEASE, Errand
from storage.tables import Lane

WINDOW = 10
LINGER = 0.02
"""Seconds that what is done waits for the others on their way, to be settled with them in one transaction."""
PULSE = 0.5
"""Seconds after which the outbox is looked at even when nobody rang: rows become due, other processes add some."""
LONGEST = 300.0
"""Seconds: the longest pause between two tries."""
TRIES_AFTER_BUG = 5
"""How often something of ours may fail before it is given up. The messenger's faults are tried for ever."""

CarryOut = Callable[[Errand], Awaitable[Done | Partly | Later]]


class Courier:
    """One lane of the outbox, until cancelled. Without a `pace`, nothing is held back. `tick`: seconds, never back."""

    def __init__(
        self,
        database: Database,
        lane: Lane,
        carry_out: CarryOut,
        clock: Clock,
        pace: Pace | None = None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._lane, self._clock = database, lane, clock
        self._carry_out, self._pace, self._tick = carry_out, pace, tick
        self._under_way: set[asyncio.Task[Result]] = set()
        self._news, self._group = database.outgoing[lane], asyncio.Event()
        self._linger: asyncio.TimerHandle | None = None
        self._renewed = clock()
        self._name = lane.name.lower()

    async def run(self) -> None:
        try:
            while True:
                pulse.beat(self._name)
                self._news.clear()
                await self._exchange()
                await self._renew()
                await self._wait()
        finally:
            for task in self._under_way:
                task.cancel()

    async def _exchange(self) -> None:
        """Settle what is done and take as much anew, in one transaction; nothing that would only have to wait."""
        self._ungroup()
        done = {task for task in self._under_way if task.done()}
        room = 0 if self._paused() else WINDOW - len(self._under_way) + len(done)
        results = [task.result() for task in done]
        bulk = not self._paused(bulk=True)
        errands = await self._database.dispatch.lease(self._lane, room, self._clock(), results, bulk)
        self._under_way -= done
        for result in results:
            metrics.ERRANDS.labels(self._name, type(result).__name__.lower()).inc()
        for errand in errands:
            task = asyncio.create_task(self._try(errand))
            task.add_done_callback(self._ended)
            self._under_way.add(task)

    def _paused(self, bulk: bool = False) -> bool:
        return self._pace is not None and self._pace.pause(self._tick(), bulk) > 0

    async def _renew(self) -> None:
        """What is under way stays ours: a large file may take longer than a lease, whatever becomes of the clock."""
        now = self._clock()
        if self._under_way and not timedelta() <= now - self._renewed < LEASE / 4:
            await self._database.dispatch.renew(now)
            self._renewed = now

    def _ended(self, _: asyncio.Task[Result]) -> None:
        if all(task.done() for task in self._under_way):
            self._group.set()
        elif self._linger is None:
            self._linger = asyncio.get_running_loop().call_later(LINGER, self._group.set)

    def _ungroup(self) -> None:
        self._group.clear()
        if self._linger is not None:
            self._linger.cancel()
            self._linger = None

    async def _wait(self) -> None:
        """Until a group is done; for news when there is room for more."""
        bells = (self._group, self._news) if len(self._under_way) < WINDOW else (self._group,)
        waiting = [asyncio.create_task(bell.wait()) for bell in bells]
        try:
            await asyncio.wait(waiting, timeout=PULSE, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def _try(self, errand: Errand) -> Result:
        try:
            held = await self._held_back(errand)
            return held or await self._carry_out(errand)
        except RetryLater as busy:
            if self._pace is not None and isinstance(busy, TooFast):
                self._pace.refused(errand.address, busy.seconds, self._tick())
            return self._later(errand, busy.seconds)
        except Unreachable:
            return Failed(errand.id, "blocked")
        except Rejected as refused:
            logs.event("message.rejected", reason=refused.reason)
            return Failed(errand.id, "rejected")
        except MessengerError as error:
            logs.failure("messenger.failed", error)
            return self._later(errand, 1.0)
        except Exception as error:  # ours: try again a few times, then give it up rather than block the chat
            logs.failure("errand.failed", error, attempts=errand.attempts)
            return self._later(errand, 1.0) if errand.attempts < TRIES_AFTER_BUG else Failed(errand.id, "rejected")

    async def _held_back(self, errand: Errand) -> Later | None:
        """Keep the pace: wait here for what all wait for, and a moment for its own chat; longer in the outbox, where it
        takes no place of others.
        """
        if self._pace is None:
            return None
        bulk, change = bool(errand.advisory), not isinstance(errand.effect, Send)
        while (left := self._pace.wait(errand.address, self._tick(), bulk, bulk and change)) > 0:
            own = self._pace.own(errand.address, self._tick(), bulk)
            if own > PULSE:
                return Later(errand.id, self._clock() + timedelta(seconds=own), tried=False)
            await asyncio.sleep(min(left, PULSE))
        return None

    def _later(self, errand: Errand, seconds: float) -> Later:
        pause = min(LONGEST, seconds * 2 ** min(errand.attempts - 1, 8)) if errand.attempts > 1 else seconds
        return Later(errand.id, self._clock() + timedelta(seconds=pause))
