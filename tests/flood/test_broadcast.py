"""One advisory to fifty thousand, while the server is killed, Telegram refuses, and others need to be heard.

The sandbox keeps the order of what arrived: nobody is missed, little comes twice, and whoever is in danger goes first.
"""

import asyncio
import math
import os
import secrets
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import create_async_engine

from bot.sandbox import Sandbox
from bot.sandbox.faults import Faults
from bot.sandbox.mischief import Mischief
from bot.sandbox.refusals import too_many_requests
from handlers.approved import bound
from handlers.model import (
    Address,
    Advise,
    Advisory,
    AdvisoryId,
    Desk,
    Outcome,
    Subscribe,
    Text,
    Token,
    Wanted,
)
from storage import pool, readers
from storage.database import Database
from storage.house import House
from storage.keyring import Keyring
from storage.records import Arrival
from storage.sessions import Sessions
from storage.tables import advisories, outbox, subscriptions
from storage.vault import Vault
from tests.crash.processes import BOT, TOKEN, Server
from tests.flood.test_flood import _has, _now, _press, shipped
from tests.short import SHIPPED

pytestmark = pytest.mark.slow

READERS = int(os.environ.get("PANAH_BROADCAST_READERS", 50_000))
PAID = 300
"""A second: as much as this test has time for, and the server can."""
KILLS = 5
REPEATS_PER_KILL = 10
BLOCKED, LOST = 25, 40
"""One reader in so many has blocked the bot, and one is no account any more."""
NOBODY = 9_000_000_000
"""From here on ids are nobody's."""
SOON = 2
"""Seconds of full pace that may go before somebody in danger and their page."""
REFUSING = 2
"""Seconds for which Telegram refuses everything."""
JITTER = 1.15
"""How much more than the limit may arrive within a second: not all calls take equally long."""
MEMORY = 500 << 10
"""kB of the server, at most: half of it are the 256 MB that a passphrase takes for a second."""
WAITING = 3500
"""Rows of the outbox, at most."""
PATIENCE = 120.0


class Tally(Mischief):
    """Notes who was sent something and when; refuses everybody for a while when it is told to."""

    def __init__(self) -> None:
        super().__init__(Faults(), time.monotonic)
        self.to: list[int] = []
        self.at: list[float] = []
        self.refused: list[float] = []
        self._closed = 0.0

    def close(self, seconds: float) -> None:
        """From now on nobody is let through."""
        self._closed = time.monotonic() + seconds

    def pace(self, bot: int, chat: int) -> None:
        """A message is about to be put into a chat."""
        left = self._closed - time.monotonic()
        if left > 0:
            self.refused.append(time.monotonic())
            raise too_many_requests(math.ceil(left))
        self.to.append(chat)
        self.at.append(time.monotonic())

    async def reach(self, count: int) -> None:
        """Wait until so many were sent."""
        async with asyncio.timeout(PATIENCE):
            while len(self.to) < count:  # noqa: ASYNC110 - what it waits for is counted thousands of times
                await asyncio.sleep(0.02)

    async def reach_chat(self, chat: int, before: int) -> None:
        """Wait until this chat was sent something, after so many."""
        while chat not in self.to[before:]:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)


class Broadcast:
    """A server with one admin, many readers, and an advisory that was approved. `rate`: messages a second, at most."""

    def __init__(
        self, sandbox: Sandbox, server: Server, tally: Tally, readers: int = READERS, rate: int = PAID
    ) -> None:
        self.sandbox, self.server, self.tally, self.rate = sandbox, server, tally, rate
        self.admin = sandbox.phone("Admin")
        self.kills, self.memory, self.waiting = 0, 0, 0
        self._passphrase = ""
        bot = sandbox.world.bots[TOKEN]
        lost = range(NOBODY, NOBODY + readers // LOST)
        people = [sandbox.world.add_person(f"Reader {number}", "en") for number in range(readers - len(lost))]
        for number, person in enumerate(people):
            chat = bot.chat_with(person)
            chat.started, chat.blocked = True, number % BLOCKED == 0
        self.readers = [*(person.id for person in people), *lost]
        self.deaf = {*(person.id for person in people[::BLOCKED]), *lost}

    async def open(self) -> None:
        """Found the desk; seal its readers to it as if they had subscribed over the years; let an admin send."""
        invitation = await self.server.found()
        await self.server.start()
        await self.admin.start(BOT, invitation)
        await _press(self.admin, "lang", "en")
        shown = await self.admin.wait_for_text("shown only now", PATIENCE)
        self._passphrase = shown.text.split("\n")[1]
        await _press(self.admin, "noted", "")
        await self.admin.wait_for_text("The desk is open", PATIENCE)
        await self.server.stop()
        async with self._database() as database:
            await self._subscribe(database)
            author = next(iter((await database.people()).everybody())).id
            self.advisory = bound(Advisory(AdvisoryId(""), 1, {"en": "beware"}, author, _now()))
            await _advise(database, self._address, self.advisory)

    async def plant(self, advisory: Advisory) -> None:
        """As if it had been approved; while no server runs."""
        async with self._database() as database:
            await _advise(database, self._address, advisory)

    @property
    def _address(self) -> Address:
        return Address(f"telegram:{self.admin.person.id}")

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        vault = Vault(Keyring.open(self.server.state))
        database = await Database.open(self.server.database_url, vault, Sessions(vault), process="test")
        yield database
        await database.close()

    async def _subscribe(self, database: Database) -> None:
        scribe = database._scribe
        async with database._engine.begin() as connection:
            desk = await pool.current(connection, scribe)
            assert desk is not None
            for start in range(0, len(self.readers), 1000):
                rows = [
                    readers.subscription(
                        scribe,
                        desk,
                        Subscribe(Address(f"telegram:{each}"), "en", Token(secrets.token_urlsafe(16))),
                        _now(),
                    )
                    for each in self.readers[start : start + 1000]
                ]
                await connection.execute(insert(subscriptions), rows)

    async def begin(self) -> None:
        """A new life of the server, unlocked by the admin."""
        await self.server.start()
        asked = await self.admin.say("/unlock")
        await self.admin.wait_for_text("Send your passphrase", PATIENCE, after=asked)
        given = await self.admin.say(self._passphrase)
        await self.admin.wait_for_text("Your keys are open", PATIENCE, after=given)

    async def kill(self) -> None:
        """Look at it once more, and end it in the middle of whatever it does."""
        await self._look()
        await self.server.kill()
        self.kills += 1
        await self.begin()

    async def finish(self, of: AdvisoryId) -> None:
        """Until everybody has it."""
        async with asyncio.timeout(240):
            while (await self.counters(of))[0] != "done":
                await self._look()
                await asyncio.sleep(0.5)

    async def judge(self, begun: int) -> None:
        """Nobody missed, little repeated, everything counted, never too fast, and never much in memory."""
        got = Counter(self.tally.to[begun:])
        heard = [each for each in self.readers if each not in self.deaf]
        assert [each for each in heard if not got[each]] == []
        repeats = sum(got[each] - 1 for each in heard)
        fastest = most_in_a_second(self.tally.at)
        print(f"{self.kills} kills, {repeats} repeats, {len(self.tally.refused)} refusals, {fastest} in a second")
        print(f"{self.memory >> 10} MB at most, {self.waiting} rows in the outbox at most")
        assert repeats <= REPEATS_PER_KILL * self.kills
        assert await self.counters(self.advisory.id) == ("done", len(heard), len(self.deaf), len(self.deaf))
        assert await self.subscribed() == len(self.readers)
        assert fastest <= self.rate * JITTER
        assert (self.memory <= MEMORY, self.waiting <= WAITING) == (True, True)

    async def counters(self, of: AdvisoryId) -> Any:
        """State, sent, failed, and of these blocked."""
        counted = select(advisories.c["state", "sent", "failed", "blocked"])
        return await self._ask(counted.where(advisories.c.id == of))

    async def subscribed(self) -> int:
        return int((await self._ask(select(func.count()).select_from(subscriptions)))[0])

    async def _look(self) -> None:
        self.memory = max(self.memory, _memory(self.server.pid))
        self.waiting = max(self.waiting, (await self._ask(select(func.count()).select_from(outbox)))[0])

    async def _ask(self, query: Any) -> tuple[Any, ...]:
        engine = create_async_engine(self.server.database_url)
        async with engine.connect() as connection:
            (row,) = await connection.execute(query)
        await engine.dispose()
        return tuple(row)


def _memory(pid: int) -> int:
    """kB that a process takes now."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])


@asynccontextmanager
async def _broadcast(folder: Path) -> AsyncIterator[Broadcast]:
    async with Sandbox(keep=20) as sandbox:
        tally = sandbox.world.mischief = Tally()
        sandbox.add_bot(TOKEN, BOT, "Panah")
        settings = {"PANAH_SENDS_PER_SECOND": "30", "PANAH_CHAT_SENDS_PER_SECOND": "1"}
        settings |= {"PANAH_PAID_SENDS_PER_SECOND": str(PAID), "PANAH_PROGRAM_DIR": str(SHIPPED)}
        server = Server(folder, sandbox.url, f"sqlite+aiosqlite:///{folder}/state/panah.db", **settings)
        try:
            yield Broadcast(sandbox, server, tally)
        finally:
            await server.close()


async def _advise(database: Database, author: Address, advisory: Advisory) -> None:
    """An advisory that another admin has approved."""
    house = House(Desk("x", ("en",)), shipped(), lambda: "0" * 22)
    await database.accept([Arrival(f"advise:{advisory.id}", author, Text("x"))], _now())
    async with database.batch(_now(), 1) as batch:
        await batch.load(lambda *_: Wanted(), house)
        for unit in batch:
            batch.save(unit, Outcome(batch.context(unit).conversation, (Advise(advisory),)))


async def _report(broadcast: Broadcast) -> tuple[int, int]:
    """Somebody in danger reports; how many messages went before the answer to them, and before the page of the desk."""
    phone, tally = broadcast.sandbox.phone("In danger"), broadcast.tally
    await phone.start(BOT)
    for verb, arg in (("lang", "en"), ("agree", ""), ("a", "now")):
        await _press(phone, verb, arg)
    await phone.wait_for(lambda chat: _has(chat, "skip"), PATIENCE, BOT)
    await phone.say("they are at the door")
    await phone.wait_for(lambda chat: _has(chat, "send"), PATIENCE, BOT)
    before = len(tally.to)
    await _press(phone, "send", "")
    await phone.wait_for(lambda chat: _has(chat, "status"), PATIENCE, BOT)
    async with asyncio.timeout(PATIENCE):
        await tally.reach_chat(broadcast.admin.person.id, before)
    since = tally.to[before:]
    return since.index(phone.person.id), since.index(broadcast.admin.person.id)


def most_in_a_second(times: Sequence[float]) -> int:
    """The most of these that fall into any one second."""
    return max(bisect_left(times, at + 1.0) - place for place, at in enumerate(times))


async def test_given_fifty_thousand_readers_when_the_server_is_killed_and_telegram_refuses_then_nobody_is_missed(
    tmp_path: Path,
) -> None:
    async with _broadcast(tmp_path) as broadcast:
        tally = broadcast.tally
        await broadcast.open()
        begun = len(tally.to)
        await broadcast.begin()
        positions = []
        for part in range(1, KILLS + 1):
            await tally.reach(begun + (2 * part - 1) * READERS // (2 * KILLS + 1))
            tally.close(REFUSING)
            await asyncio.sleep(REFUSING)
            positions.append(await _report(broadcast))
            await tally.reach(begun + 2 * part * READERS // (2 * KILLS + 1))
            await broadcast.kill()
        await broadcast.finish(broadcast.advisory.id)
        took = tally.at[-1] - tally.at[begun]
        await broadcast.judge(begun)
        print(f"{len(tally.to) - begun} messages in {took:.0f} s; before answer and page went {positions}")
        assert all(max(each) <= SOON * PAID for each in positions)
        assert broadcast.sandbox.faults_of_ours == []
