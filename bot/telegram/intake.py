"""From raw updates to the inbox, the same for polling and webhook: translate, accept (commit), then acknowledge.

A press is answered at once after the commit, whatever happens to it later: Telegram shows a waiting sign until then.
"""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

from bot import logs, metrics, pulse
from bot.messenger import Accept, MessengerError, Rejected, RetryLater
from bot.telegram.calls import OutOfReach, TokenRefused
from bot.telegram.updates import number, press_id, translate

Fetch = Callable[[int], Awaitable[Sequence[object]]]
"""Updates from an offset on; 0 means all that is not acknowledged. Raises `MessengerError`."""
Answer = Callable[[str], Awaitable[object]]
"""Answers one press by its id. Raises `MessengerError`."""

ANSWERED_WITHIN = 1.0
"""Seconds that receiving waits for its answers to presses; slower ones go on beside it."""
FULL = 100
"""Updates in one answer of Telegram from which on more are waiting there: then it is emptied first, so that whoever
comes behind a flood is seen. (getUpdates, `limit`.)"""
UNANSWERED = 1000
"""Presses that may be unanswered meanwhile."""


class Intake:
    """Takes updates of one bot in. `counts`: taken, ignored, answered, unanswered, failed."""

    def __init__(self, name: str, accept: Accept, answer: Answer, counts: Counter[str]) -> None:
        self.name = name
        self.counts = counts
        self._accept = accept
        self._answer = answer
        self._answering: set[asyncio.Task[None]] = set()

    async def take(self, updates: Sequence[object]) -> None:
        """Returns after the commit, or raises what `accept` raised: then nothing may be acknowledged.

        Presses are answered before it returns, unless that takes long or more is waiting: what is acknowledged never
        comes again, and after a crash a press without its answer would show the waiting sign for good.
        Sorted by id: deliveries to a webhook may overtake each other, and a chat's order must hold.
        """
        ordered = sorted(updates, key=lambda update: number(update) or 0)
        arrivals = [arrival for update in ordered if (arrival := translate(update, self.name))]
        if arrivals:
            await self._accept(arrivals)
        self._count(len(arrivals), len(updates) - len(arrivals))
        answers = [self._answer_soon(press) for press in map(press_id, updates) if press]
        if answers and (len(updates) < FULL or len(self._answering) > UNANSWERED):
            await asyncio.wait(answers, timeout=ANSWERED_WITHIN)

    async def close(self) -> None:
        """Drop the answers that are still under way."""
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _count(self, taken: int, ignored: int) -> None:
        self.counts["taken"] += taken
        self.counts["ignored"] += ignored
        if ignored:
            logs.event("telegram.ignored", bot=self.name, updates=ignored, so_far=self.counts["ignored"])

    def _answer_soon(self, press: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self._answer_one(press))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        return task

    async def _answer_one(self, press: str) -> None:
        try:
            await self._answer(press)
            self.counts["answered"] += 1
        except MessengerError:  # too old, or out of reach: the press itself is safe in the inbox
            self.counts["unanswered"] += 1


class Backoff:
    """Pauses that double from `first` to `most` seconds, with jitter, until `reset`."""

    def __init__(self, first: float = 0.5, most: float = 30.0) -> None:
        self._first, self._most = first, most
        self._next = first

    def reset(self) -> None:
        self._next = self._first

    def pause(self, floor: float = 0.0) -> float:
        """The next pause in seconds, at least `floor`."""
        pause, self._next = self._next, min(self._next * 2, self._most)
        return floor + pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing


async def poll(fetch: Fetch, intake: Intake, backoff: Backoff) -> NoReturn:
    """Long polling until cancelled. Only a call after the commit carries the offset that acknowledges."""
    offset = 0
    while True:
        try:
            offset = await _poll_once(fetch, intake, offset)
            backoff.reset()
        except Exception as fault:  # whatever it was, the door must open again
            await rest_after(fault, intake, backoff)


async def insist(call: Callable[[], Awaitable[object]], intake: Intake, backoff: Backoff) -> None:
    """Repeat a call that receiving depends on until it succeeds."""
    while True:
        try:
            await call()
            return
        except MessengerError as fault:
            await rest_after(fault, intake, backoff)


async def rest_after(fault: Exception, intake: Intake, backoff: Backoff) -> None:
    """Log a fault by its code and wait: at least as long as the messenger asked, if it did."""
    intake.counts["failed"] += 1
    metrics.RESTS.inc()
    floor, code = _told(fault)
    seconds = backoff.pause(floor)
    logs.failure(
        "telegram.receiving_rests", fault, level=logging.WARNING, bot=intake.name, code=code, seconds=round(seconds, 1)
    )
    await asyncio.sleep(seconds)


def _told(fault: Exception) -> tuple[float, str]:
    """The seconds that the messenger asked us to wait, and a code for the log."""
    match fault:
        case OutOfReach():
            return 0.0, fault.code
        case TokenRefused():
            return fault.seconds, "token_refused"
        case RetryLater():
            return fault.seconds, "busy"
        case Rejected():
            return 0.0, fault.reason
    return 0.0, "not_accepted"


async def _poll_once(fetch: Fetch, intake: Intake, offset: int) -> int:
    """The next offset. After an empty answer it is 0: all is acknowledged, and after an idle week ids start anew."""
    updates = await fetch(offset)
    pulse.beat(intake.name)
    await intake.take(updates)
    seen = [found for update in updates if (found := number(update)) is not None]
    if updates and not seen:
        raise OutOfReach("answer")  # nothing to acknowledge: asking again at once would never end
    return max(seen) + 1 if seen else 0
