"""The outbox as the courier uses it: lease, do, settle.

What is settled together commits together: delivered rows are gone, their messages are known, and what came of an errand
stands in the inbox. After a crash between doing and settling, a group is done again: at least once, never lost.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.model import (
    Address,
    CaseId,
    Event,
    MessageRef,
    Send,
    SendBundle,
    SendExport,
    SendFile,
    Undelivered,
)
from storage import advisories, chats, inbox, leasing, outbox, pool, readers, recall, wording
from storage.errors import VaultError
from storage.fleeting import holds_passphrase
from storage.leasing import Leased
from storage.outbox import Errand
from storage.readers import Fate
from storage.records import UnknownRecord
from storage.scribe import Scribe
from storage.tables import Lane
from storage.wording import Wording

LONGEST = timedelta(hours=1)
"""Until something is tried again: nobody asks for more (`bot.courier`, `bot.telegram.calls`)."""
OUT_OF_REACH = frozenset({"blocked", "gone"})
"""Reasons of which too many in a row end a subscription (`storage.readers`)."""


class Done(Struct, frozen=True):
    """Carried out. `messages` stand in the chat now, in the effect's slot; `gone` no longer do.

    `event` is what came of an errand: it goes into the inbox of the same chat, in the same transaction.
    """

    id: int
    messages: tuple[MessageRef, ...] = ()
    gone: tuple[MessageRef, ...] = ()
    event: Event | None = None


class Partly(Struct, frozen=True):
    """One page of a long message is out, as `message` (None: in the place of an older one); the next one follows."""

    id: int
    message: MessageRef | None = None


class Later(Struct, frozen=True):
    """Not now: to be tried again at a time. `tried`: it was, and that counts."""

    id: int
    at: datetime
    tried: bool = True


class Failed(Struct, frozen=True):
    """Not possible, for good. `reason`: blocked, gone or rejected."""

    id: int
    reason: str


Result = Done | Partly | Later | Failed


class Dispatch:
    """Made by `Database`. `holder` is one life of one process: the name on its leases."""

    def __init__(self, engine: AsyncEngine, scribe: Scribe, holder: str, arrived: asyncio.Event) -> None:
        self._engine, self._scribe = engine, scribe
        self._holder, self._arrived = holder, arrived
        self._held: dict[int, Errand] = {}
        self._turn = 0

    async def lease(
        self, lane: Lane, limit: int, now: datetime, results: Sequence[Result] = (), bulk: bool = True
    ) -> list[Errand]:
        """Take the next errand of each of up to `limit` chats, urgent ones first. The lease lasts `outbox.LEASE`.
        Without `bulk`, advisories wait.

        `results` are settled before, in the same transaction: what they held up can be taken at once. What only an
        earlier process could read is taken out, and its chat is told (`inbox.LOST`).
        """
        async with self._engine.begin() as connection:
            news = await self._settle(connection, results, now)
            leased = []
            if limit:
                clock = self._scribe.serial.clock(now)
                leased = await leasing.lease(connection, lane, limit, clock, self._holder, self._turn, bulk)
            errands = await self._opened(connection, leased, now)
        if news or len(errands) < len(leased):
            self._arrived.set()
        self._turn += len(leased)
        self._let_go(results)
        self._held |= {errand.id: errand for errand in errands}
        return errands

    async def settle(self, results: Sequence[Result], now: datetime) -> None:
        """Write down what became of leased errands, in one transaction. Lost leases are passed over."""
        await self.lease(Lane.WORDS, 0, now, results)

    async def slot(self, chat: Address, slot: str) -> MessageRef | None:
        """The message of a chat that has this name."""
        async with self._engine.begin() as connection:
            return await chats.in_slot(connection, self._scribe, chat, slot)

    async def named(self, chat: Address, slot: str) -> list[MessageRef]:
        """Every message of a chat that has this name, oldest first."""
        async with self._engine.begin() as connection:
            return await chats.named(connection, self._scribe, chat, slot)

    async def known(self, chat: Address) -> list[MessageRef]:
        """Every message of a chat that we could take away, oldest first."""
        async with self._engine.begin() as connection:
            return await chats.known(connection, self._scribe, chat)

    async def release_leases(self, now: datetime) -> int:
        """At the start: free what no living process holds; on SQLite everything, for nobody else can hold it."""
        alone = self._engine.dialect.name == "sqlite"
        async with self._engine.begin() as connection:
            return await outbox.release(connection, None if alone else self._scribe.serial.clock(now))

    async def renew(self, now: datetime) -> None:
        """Keep what this process has leased, however long it takes."""
        async with self._engine.begin() as connection:
            await outbox.renew(connection, self._scribe.serial.clock(now), self._holder)

    async def reclaim(self, now: datetime) -> int:
        """Free the leases that ran out, and those of processes that have died."""
        async with self._engine.begin() as connection:
            return await outbox.release(connection, self._scribe.serial.clock(now))

    async def _opened(self, connection: AsyncConnection, leased: list[Leased], now: datetime) -> list[Errand]:
        errands, lost, broken, unsaid = [], [], [], []
        wordings = await wording.load(connection, self._scribe, {row.advisory for row in leased if row.advisory})
        for row in await self._going(connection, leased, wordings):
            try:
                opened = leasing.opened(self._scribe, row, wordings)
            except (VaultError, UnknownRecord):
                broken.append(row.id)
                continue
            if isinstance(opened, Errand):
                errands.append(await leasing.gather(connection, self._scribe, row, opened))
            elif opened is None:
                unsaid.append(row.id)
            else:
                lost.append((row.id, opened))
        await outbox.set_aside(connection, broken)
        await outbox.remove(connection, [*unsaid, *(id_ for id_, _ in lost)], self._holder)
        # one word for each chat, however many pieces of an opened case were on their way to it
        tidings = [self._tidings("lost", f"{self._holder} {to}", to, inbox.LOST, now) for _, to in lost]
        await inbox.put(connection, tidings, now)
        return errands

    async def _going(
        self, connection: AsyncConnection, leased: list[Leased], wordings: Mapping[str, Wording]
    ) -> list[Leased]:
        """Those of which nobody has paused or stopped the advisory: a row may have been under way then, and come back
        because the messenger was busy.
        """
        still = [row for row in leased if row.advisory and not wordings[row.advisory].goes]
        held = [row.id for row in still if row.advisory and wordings[row.advisory].state == advisories.HELD]
        await outbox.hold_back(connection, held, self._holder)
        await outbox.remove(connection, [row.id for row in still if row.id not in held], self._holder)
        return [row for row in leased if row not in still]

    async def _settle(self, connection: AsyncConnection, results: Sequence[Result], now: datetime) -> bool:
        """True when something went into the inbox."""
        if not results:
            return False
        pairs = [(self._held[result.id], result) for result in results if result.id in self._held]
        later = [(errand.id, result) for errand, result in pairs if isinstance(result, Later)]
        due = [(id_, self._due(result.at, now), result.tried) for id_, result in later]
        await outbox.postpone(connection, due, self._holder)
        turned = [(errand, result) for errand, result in pairs if isinstance(result, Partly)]
        await outbox.turn_page(connection, [errand.id for errand, _ in turned], self._holder)
        over = [errand.id for errand, result in pairs if isinstance(result, Done | Failed)]
        mine = await outbox.remove(connection, over, self._holder)
        done = [(errand, result) for errand, result in pairs if isinstance(result, Done) and errand.id in mine]
        failed = [(errand, result) for errand, result in pairs if isinstance(result, Failed) and errand.id in mine]
        await self._settle_messages(connection, done, turned, now)
        await self._settle_advisories(connection, done, failed, now)
        return await self._settle_tidings(connection, done, failed, now)

    def _due(self, at: datetime, now: datetime) -> int:
        """When to try again; `at` may be a time of before the clock was set back."""
        return self._scribe.serial.later(min(at, now + LONGEST), now)

    def _let_go(self, results: Sequence[Result]) -> None:
        for result in results:
            self._held.pop(result.id, None)

    async def _settle_messages(
        self,
        connection: AsyncConnection,
        done: list[tuple[Errand, Done]],
        turned: list[tuple[Errand, Partly]],
        now: datetime,
    ) -> None:
        pages = [(errand, result.message) for errand, result in turned if result.message]
        pages += [(errand, message) for errand, result in done for message in result.messages]
        rows = [
            chats.message_row(self._scribe, errand.address, message, now, _slot(errand)) for errand, message in pages
        ]
        await chats.remember(connection, rows)
        gone = [chats.ref_of(self._scribe, errand.address, ref) for errand, result in done for ref in result.gone]
        await chats.gone(connection, gone)

    async def _settle_tidings(
        self,
        connection: AsyncConnection,
        done: list[tuple[Errand, Done]],
        failed: list[tuple[Errand, Failed]],
        now: datetime,
    ) -> bool:
        came = [(errand, result.event) for errand, result in done if result.event is not None]
        came += [
            (errand, Undelivered(result.reason, _about(errand)))
            for errand, result in failed
            if isinstance(errand.effect, Send) and not errand.advisory
        ]
        rows = [self._tidings("errand", str(errand.id), errand.address, event, now) for errand, event in came]
        return await inbox.put(connection, rows, now) > 0

    async def _settle_advisories(
        self,
        connection: AsyncConnection,
        done: list[tuple[Errand, Done]],
        failed: list[tuple[Errand, Failed]],
        now: datetime,
    ) -> None:
        totals: dict[str, Counter[str]] = defaultdict(Counter)
        notes: list[tuple[Address, Fate]] = []
        for errand, _ in done:
            if errand.advisory:
                totals[errand.advisory]["sent"] += 1
                notes += [(errand.address, Fate.REACHED)] if errand.copy and errand.copy.doubted else []
        for errand, result in failed:
            if errand.advisory:
                away = result.reason in OUT_OF_REACH
                totals[errand.advisory].update({"failed": 1, "blocked": away})
                notes += [(errand.address, Fate.REFUSED)] if away and isinstance(errand.effect, Send) else []
        await advisories.count(connection, totals)
        await self._note_delivered(connection, done, now)
        desk = await pool.current(connection, self._scribe) if notes else None
        if desk is not None:
            rows = [readers.departure(self._scribe, desk, address, now, fate) for address, fate in notes]
            await readers.put_departures(connection, rows)

    async def _note_delivered(
        self, connection: AsyncConnection, done: list[tuple[Errand, Done]], now: datetime
    ) -> None:
        """Where an advisory stands now, sealed to the desk, so that it can be corrected or taken back."""
        sent = [(errand, note) for errand, result in done if (note := _note(errand, result))]
        desk = await pool.current(connection, self._scribe) if sent else None
        if desk is None:
            return
        rows = [recall.row(self._scribe, desk, errand.advisory, note, errand.turn, now) for errand, note in sent]
        await recall.put(connection, rows)

    def _tidings(self, kind: str, name: str, address: Address, event: Event, now: datetime) -> dict[str, object]:
        mark = self._scribe.blind(kind, name)
        return inbox.row(self._scribe, mark, address, event, now, fleeting=holds_passphrase(event))


def _note(errand: Errand, done: Done) -> recall.Delivered | None:
    """That a reader has a copy of an advisory now; None when that is nothing new."""
    if errand.copy is None or not isinstance(errand.effect, Send) or not done.messages:
        return None
    return recall.Delivered(errand.address, done.messages, errand.language, errand.copy.token, errand.copy.safe_word)


def _about(errand: Errand) -> CaseId:
    return errand.effect.about if isinstance(errand.effect, Send) else CaseId("")


def _slot(errand: Errand) -> str:
    return errand.effect.slot if isinstance(errand.effect, Send | SendFile | SendBundle | SendExport) else ""
