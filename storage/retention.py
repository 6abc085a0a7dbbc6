"""Forgetting: what the janitor lets go, and that it is gone from the files as well.

Deleted rows are overwritten (`secure_delete`), but stay in SQLite's write-ahead log until it is emptied. On PostgreSQL
old rows stay in heap and log until vacuum. When a month is over, its key is destroyed (`storage.renewal`): then old
copies of its rows are unreadable everywhere.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers import keeping
from handlers.keeping import Standing
from handlers.model import BlobId, Case, CaseId, Entry
from storage import (
    advisories,
    bans,
    cases,
    chain,
    chats,
    figures,
    inbox,
    ledger,
    members,
    outbox,
    pool,
    readers,
    recall,
    references,
    renewal,
    wayback,
)
from storage.engine import file_of
from storage.errors import VaultError
from storage.keyring import kid_of
from storage.pool import Locked
from storage.records import UnknownRecord
from storage.scribe import Scribe
from storage.serial import days
from storage.sessions import Sessions
from storage.single import BOARD
from storage.tables import cases as cases_table

SILENCE = timedelta(hours=24)
"""After this long without a word, a chat is forgotten with its draft."""
MARKS = timedelta(hours=48)
"""How long a copy of an event is recognised, what was set aside is kept for an operator's eyes, and a message can be
taken away (Telegram: 48 h)."""
SETTLED = timedelta(days=2)
"""After the end of a month: until its key goes. No transaction takes so long, and clocks may differ."""
CHUNK = 500
SYSTEM = "system"


class NotEmptied(Exception):
    """The write-ahead log could not be emptied, so deleted rows are still in it. Close other readers of the file."""


class Swept(Struct, frozen=True):
    """How many of each were let go."""

    chats: int = 0
    marks: int = 0
    unsent: int = 0
    messages: int = 0
    invitations: int = 0
    cases: int = 0
    bans: int = 0
    entries: int = 0
    delivered: int = 0


class Ending(Struct, frozen=True):
    """How a closed case stands: its reference, and the day after which it goes, as far as that is known now."""

    ref: str
    standing: Standing
    day: date


class Retention:
    """Made by `Database`."""

    def __init__(self, engine: AsyncEngine, scribe: Scribe, sessions: Sessions, outgoing: asyncio.Event) -> None:
        self._engine, self._scribe, self._sessions, self._outgoing = engine, scribe, sessions, outgoing

    async def sweep(self, now: datetime, told: Callable[[int], None] = lambda count: None) -> Swept:
        """Let go of everything whose time has come, in short transactions; then empty the log.

        `told` hears how many cases have gone, each time that some have.
        """
        swept = Swept(
            chats=await self._all(self._forget_chats, now),
            marks=await self._once(inbox.purge, now - MARKS),
            unsent=await self._once(outbox.purge, now - MARKS),
            messages=await self._forget_messages(now),
            invitations=await self._once(members.purge_invitations, now),
            cases=await self._all(self._forget_cases, now, told),
            bans=await self._once(bans.purge, now),
            delivered=await self._once(recall.purge, now),
            entries=await self._all(self._empty_entries, now),
        )
        await self.checkpoint()
        await self.forget_copies(now - wayback.KEPT)
        return swept

    async def endings(self) -> list[Case]:
        """The headers of all closed cases, opened beside everything else that goes on."""
        found: list[Case] = []
        async for rows in references.pages(self._engine, cases_table.c.id, cases.CLOSED):
            found += await asyncio.to_thread(cases.readable, self._scribe, rows)
        return found

    async def standings(self, now: datetime) -> list[Ending]:
        """How every closed case stands, the first to go first; no content."""
        closed = (case for case in await self.endings() if case.keeping)
        found = [Ending(case.ref, keeping.standing(case, now), keeping.last_day(case).date()) for case in closed]
        return sorted(found, key=lambda each: (each.day, each.ref))

    async def due(self, now: datetime) -> list[CaseId]:
        """The closed cases about whose end something is to be done (`handlers.keeping`)."""
        return [case.id for case in await self.endings() if keeping.is_due(case, now)]

    async def settle_departures(self, now: datetime, least: int = 1) -> int:
        """End the subscriptions of those who left, if somebody is unlocked and at least so many notes of it wait.

        Returns how many there were.
        """
        async with self._engine.begin() as connection:
            if await readers.noted(connection) < least:
                return 0
            await pool.open_for_all(connection, self._scribe, self._sessions, now)
        with suppress(Locked), pool.open_seeds(self._sessions, now) as seeds:
            return await readers.settle(self._engine, self._scribe, seeds)
        return 0

    async def settle_some_departures(self, now: datetime) -> int:
        """The same, but while an advisory goes out only when many wait: each delivery that fails leaves one. Those who
        have left are passed over all the same.
        """
        async with self._engine.begin() as connection:
            busy = await advisories.running(connection)
        return await self.settle_departures(now, readers.MANY if busy else 1)

    async def files(self) -> set[BlobId]:
        """Every sealed file that an event, a draft or a case refers to. Raises UnknownRecord."""
        return await references.of_files(self._engine, self._scribe)

    async def end_months(self, now: datetime) -> bool:
        """Seal what is kept of past months under the present one's key, and destroy theirs; whether there were any.

        Cut short anywhere, it is done again from the start: no key goes before everything was carried over.
        """
        ring = self._scribe.vault.ring
        present = min((now - SETTLED).date(), self._scribe.vault.today())
        if not ring.holds_before(present):
            return False
        await renewal.carry_over(self._engine, self._scribe, kid_of(present))
        await self.forget_copies()
        ring.destroy(present)
        await self.checkpoint()
        return True

    async def forget_copies(self, before: datetime | None = None) -> None:
        """The copies from before upgrades, those made before then or all: what is erased here still stands in them."""
        if file := file_of(self._engine.url):
            await asyncio.to_thread(wayback.forget, file, before)

    async def checkpoint(self) -> None:
        """Empty SQLite's write-ahead log, deleted rows with it; nothing on PostgreSQL. Raises NotEmptied."""
        if self._engine.dialect.name != "sqlite":
            return
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            async with driver.execute("PRAGMA wal_checkpoint(TRUNCATE)") as answer:
                busy, _, _ = await answer.fetchone()
        if busy:
            raise NotEmptied

    async def _all(self, step: Any, now: datetime, told: Callable[[int], None] = lambda count: None) -> int:
        total, done = 0, CHUNK
        while done == CHUNK:
            done = await step(now)
            told(done)
            total += done
        return total

    async def _once(self, purge: Any, when: datetime) -> int:
        async with self._engine.begin() as connection:
            return int(await purge(connection, when))

    async def _forget_chats(self, now: datetime) -> int:
        clock = self._scribe.serial.clock(now)
        async with self._engine.begin() as connection:
            found = await chats.idle(connection, now - SILENCE, clock, CHUNK)
            if found:
                await chats.forget(connection, [chat for chat, _, _ in found], clock)
                await self._discard(connection, [blob for row in found for blob in self._drafted(*row)], now)
        return len(found)

    async def _forget_messages(self, now: datetime) -> int:
        async with self._engine.begin() as connection:
            group = await BOARD.current(connection, self._scribe)
            chat = self._scribe.chat(group.address) if group else None
            return await chats.purge_messages(connection, now - MARKS, now - SILENCE, chat)

    async def _forget_cases(self, now: datetime) -> int:
        async with self._engine.begin() as connection:
            found = await cases.past_retention(connection, days(now), CHUNK)
            if found:
                await figures.keep(connection, self._scribe, found, now)
                known = await cases.there(connection, self._scribe, map(CaseId, found))
                await self._discard(connection, await cases.erase(connection, self._scribe, found), now)
                entries = [_purged(CaseId(id_), known) for id_ in found]
                await chain.append(connection, self._scribe, entries, now)
        return len(found)

    async def _empty_entries(self, now: datetime) -> int:
        async with self._engine.begin() as connection:
            return await chain.empty(connection, self._scribe, now - chain.KEPT, CHUNK)

    async def _discard(self, connection: Any, blobs: Any, now: datetime) -> None:
        if blobs:
            await outbox.put(connection, [ledger.discard(self._scribe, tuple(blobs), now)])
            self._outgoing.set()

    def _drafted(self, chat: bytes, body: bytes | None, revision: int) -> list[BlobId]:
        try:
            draft = chats.conversation(self._scribe, chat, body, revision).draft
        except (VaultError, UnknownRecord):
            return []
        return [file.blob for file in draft.files] if draft else []


def _purged(case: CaseId, known: Mapping[CaseId, Case]) -> Entry:
    return Entry("purge", SYSTEM, case, hidden_from=known[case].hidden_from if case in known else ())
