"""The heart: takes the oldest event of each of many chats, asks the core what follows, and commits it all at once.

A batch that fails is taken again one event at a time, so that one bad event holds up nobody else; what fails alone too
often is set aside, sealed, and its person is told.
"""

import asyncio
import time
from collections.abc import Callable

from bot import logs, metrics, pulse
from bot.clock import Clock
from handlers.model import Context, Event, Outcome, Timer, Unreadable
from storage.database import Database
from storage.house import House, Wants
from storage.records import AT_ONCE, Arrival, Turn
from storage.transaction import Batch, Unit

BATCH = 32
"""Events in one transaction: beyond this the commit is no longer what costs (docs/decisions/002-batches.md)."""

PULSE = 1.0
"""Seconds after which the inbox is looked at even when nobody rang: other processes can't."""

OURS = Unreadable("fault")
"""What a person hears of when an event of theirs was set aside: it was our fault, and they may try again."""

AGAIN = Turn(after=3600)
"""A timer that was set aside is nobody's mistake, and a case may hang on it: it comes again in an hour."""

Decide = Callable[[Event, Context], Outcome]


class Worker:
    """Carries events through the core until cancelled."""

    def __init__(self, database: Database, house: House, wants: Wants, decide: Decide, clock: Clock) -> None:
        self._database, self._house, self._clock = database, house, clock
        self._wants, self._decide = wants, decide

    async def run(self) -> None:
        while True:
            pulse.beat("worker")
            self._database.arrived.clear()
            if not await self.step():
                await self._rest()

    async def step(self) -> int:
        """One batch; how many events it held."""
        units: list[Unit] = []
        try:
            async with self._database.batch(self._clock(), BATCH) as batch:
                units, began = batch.units, time.monotonic()
                await self._carry(batch)
            if units:
                metrics.BATCHES.observe(time.monotonic() - began)
        except Exception as error:  # whatever a rule or the database raised: find the event that did it
            if not units:
                raise
            logs.failure("batch.failed", error, events=len(units))
            for unit in units:
                await self._alone(unit)
        return len(units)

    async def _carry(self, batch: Batch) -> None:
        if not batch.units:
            return
        await batch.load(self._wants, self._house)
        for unit in batch:
            batch.save(unit, self._decide(unit.event, batch.context(unit)))
            metrics.decided(unit.event)

    async def _alone(self, unit: Unit) -> None:
        try:
            async with self._database.batch(self._clock(), 1, only=unit.id) as batch:
                await self._carry(batch)
        except Exception as error:  # this one is the culprit, or the database is away
            aside = await self._database.fail(unit.id)
            logs.failure("event.failed", error, aside=aside)
            metrics.FAULTS.inc()
            if aside:
                await self._database.accept(_amends(unit), self._clock())

    async def _rest(self) -> None:
        """Until something arrives, a timer is due, or a pulse has passed."""
        due = await self._database.next_due()
        left = PULSE if due is None else min(PULSE, due / 1000 - self._clock().timestamp())
        if left > 0:
            try:
                await asyncio.wait_for(self._database.arrived.wait(), left)
            except TimeoutError:
                return


def _amends(unit: Unit) -> list[Arrival]:
    """What comes instead of an event that was set aside."""
    if unit.event == OURS:
        return []
    event, turn = (unit.event, AGAIN) if isinstance(unit.event, Timer) else (OURS, AT_ONCE)
    return [Arrival(f"aside:{unit.id}", unit.address, event, turn=turn)]
