"""The janitor: what must happen although nobody does anything. Idle keys are locked, old things forgotten, admins get
the head of the audit chain once a day.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from pathlib import Path

from bot import logs, metrics, pulse
from bot.clock import Clock
from handlers import waits
from handlers.desk import endings
from handlers.model import Member, Role, Timer
from storage import witness
from storage.blobs import Blobs
from storage.database import Database
from storage.records import Arrival
from storage.sessions import Sessions

ROUND = 20.0
"""Seconds between two looks at the keys and the leases."""
SWEEP = timedelta(minutes=10)
DAY = timedelta(days=1)
ENDINGS = timedelta(hours=1)
"""Between two looks at the ends of closed cases. All their headers are opened: 10,000 of them take some two seconds,
in pages between which others have their turn."""
SAFE_AGE = timedelta(days=2)
"""A younger file may still be on its way to what will refer to it."""
WITNESS_HOUR = 6
"""UTC: the hour after which the day's witness is sent."""


class Janitor:
    """Goes round until cancelled."""

    def __init__(self, database: Database, sessions: Sessions, blobs: Blobs, clock: Clock, state: Path) -> None:
        self._database, self._sessions, self._blobs, self._clock = database, sessions, blobs, clock
        self._state = state
        self._last: dict[str, datetime] = {}

    async def run(self) -> None:
        await self._blobs.sweep()
        while True:
            pulse.beat("janitor")
            await self.round()
            await asyncio.sleep(ROUND)

    async def round(self) -> None:
        """One round: a duty that fails keeps none of the others from being done."""
        now = self._clock()
        for duty in (
            self._lock_idle,
            self._reclaim,
            self._settle_departures,
            self._empty_log,
            self._witness,
            self._call_endings,
            self._sweep,
            self._remove_orphans,
            self._end_months,
        ):
            try:
                await duty(now)
            except Exception as error:  # the next round may do better; nothing here is lost by waiting
                logs.failure("janitor.failed", error)
                metrics.DUTIES.inc()
        metrics.ROUNDS.inc()

    async def _reclaim(self, now: datetime) -> None:
        await self._database.dispatch.reclaim(now)

    async def _settle_departures(self, now: datetime) -> None:
        """Who left stays among the subscribers until somebody unlocks, and no longer."""
        await self._database.retention.settle_some_departures(now)

    async def _empty_log(self, _: datetime) -> None:
        """What was overwritten stands in the database's log until then: a draft that was sent, say."""
        await self._database.retention.checkpoint()

    async def _call_endings(self, now: datetime) -> None:
        """Closed cases about whose end something is to be done; once a day each, by the mark."""
        if self._is_soon("endings", ENDINGS, now):
            return
        arrivals = [
            Arrival(f"ending:{now.date().isoformat()}:{case}", waits.chat(case), Timer(endings.TIMER, case))
            for case in await self._database.retention.due(now)
        ]
        await self._database.accept(arrivals, now)
        self._last["endings"] = now

    async def _sweep(self, now: datetime) -> None:
        if self._is_soon("sweep", SWEEP, now):
            return
        swept = await self._database.retention.sweep(now)
        self._last["sweep"] = now
        logs.event("swept", chats=swept.chats, cases=swept.cases, messages=swept.messages)
        if damaged := (await self._database.people()).damaged:
            logs.event("members.damaged", level=logging.WARNING, members=damaged)

    async def _remove_orphans(self, now: datetime) -> None:
        """Files that nothing refers to: a crash came between sealing and settling, or what named them is damaged."""
        if self._is_soon("orphans", DAY, now):
            return
        old = await self._blobs.ids(now - SAFE_AGE)  # before looking who needs them
        orphans = old - await self._database.retention.files() if old else set()
        for blob in orphans:
            await self._blobs.delete(blob)
        self._last["orphans"] = now
        if orphans:
            logs.event("orphans.removed", files=len(orphans))

    async def _end_months(self, now: datetime) -> None:
        if self._is_soon("months", DAY, now):
            return
        if await self._database.retention.end_months(now):
            logs.event("months.ended")
        self._last["months"] = now

    def _is_soon(self, duty: str, pause: timedelta, now: datetime) -> bool:
        """Whether a duty was done less than a pause ago; a clock that was set back since tells nothing."""
        return duty in self._last and timedelta() <= now - self._last[duty] < pause

    async def _lock_idle(self, now: datetime) -> None:
        locked = set(self._sessions.sweep(now))
        if locked:
            people = (await self._database.people()).everybody()
            await self._tell([member for member in people if member.id in locked], "locked", now.isoformat(), now)

    async def _witness(self, now: datetime) -> None:
        """Once a day: the mark is the day, so that a second copy is dropped at the door."""
        if now.hour < WITNESS_HOUR:
            return
        people = (await self._database.people()).everybody()
        admins = [member for member in people if member.active and member.role is Role.ADMIN]
        head = await self._database.audit_head()
        if await self._tell(admins, "witness", now.date().isoformat(), now):
            witness.remember(self._state, head, now)

    async def _tell(self, members: list[Member], timer: str, mark: str, now: datetime) -> int:
        """How many are told anew."""
        arrivals = [Arrival(f"{timer}:{mark}:{member.id}", member.address, Timer(timer)) for member in members]
        return await self._database.accept(arrivals, now)
