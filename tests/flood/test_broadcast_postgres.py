"""The same on PostgreSQL, where a second machine could serve the same desk: one of them sends, and the other goes on
when the first dies. Then the advisory is corrected where it stands, with a kill in the middle of that."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox import Sandbox
from handlers.approved import bound
from handlers.model import Advisory, AdvisoryId
from tests.crash.processes import BOT, TOKEN, Server
from tests.flood.test_broadcast import PATIENCE, Broadcast, Tally
from tests.flood.test_flood import _now
from tests.postgres import new_database
from tests.short import SHIPPED

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

READERS, RATE = 3000, 100
OLD, NEW = "beware", "beware of this"


@pytest.fixture
def url(postgres_server: str) -> str:
    return new_database(postgres_server)


@asynccontextmanager
async def _machines(folder: Path, url: str) -> AsyncIterator[tuple[Broadcast, Server]]:
    """A broadcast on one machine, and another one for the same database."""
    async with Sandbox(keep=20) as sandbox:
        tally = sandbox.world.mischief = Tally()
        sandbox.add_bot(TOKEN, BOT, "Panah")
        settings = {"PANAH_SENDS_PER_SECOND": str(RATE), "PANAH_CHAT_SENDS_PER_SECOND": "1"}
        settings |= {"PANAH_PROGRAM_DIR": str(SHIPPED)}
        one, two = (Server(folder / name, sandbox.url, url, **settings) for name in ("one", "two"))
        try:
            yield Broadcast(sandbox, one, tally, READERS, RATE), two
        finally:
            await one.close()
            await two.close()


def _reads(broadcast: Broadcast, reader: int) -> list[str]:
    """What stands in a reader's chat."""
    bot = broadcast.sandbox.world.bots[TOKEN]
    person = broadcast.sandbox.world.people[reader]
    return [message.text for message in bot.chat_with(person).messages.values() if message.from_bot]


async def test_given_two_machines_when_one_sends_and_is_killed_then_the_other_goes_on_and_a_correction_reaches_all(
    tmp_path: Path, url: str
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with _machines(tmp_path, url) as (broadcast, second):
        tally = broadcast.tally
        await broadcast.open()
        shutil.copytree(broadcast.server.state, second.state)
        begun = len(tally.to)
        await broadcast.begin()
        await tally.reach(begun + READERS // 5)
        await second.start()
        assert await second.ended(PATIENCE) != 0, "only one may send: its pace is all that the token ever sends"
        tally.close(1)
        await asyncio.sleep(1)
        await broadcast.server.kill()
        broadcast.server, broadcast.kills = second, broadcast.kills + 1
        await broadcast.begin()
        await tally.reach(begun + 3 * READERS // 5)
        await _kill_in_the_middle(broadcast, broadcast.advisory)
        await broadcast.finish(broadcast.advisory.id)
        await broadcast.judge(begun)
        await _correct(broadcast)
        assert broadcast.sandbox.faults_of_ours == []


async def _kill_in_the_middle(broadcast: Broadcast, advisory: Advisory) -> None:
    assert (await broadcast.counters(advisory.id))[0] == "running"
    await broadcast.kill()


async def _correct(broadcast: Broadcast) -> None:
    """New words in the place of the old ones, with a kill in the middle."""
    first = broadcast.advisory
    words = Advisory(AdvisoryId(""), 1, {"en": NEW}, first.author, _now(), of=first.id, first=first.day, turn=1)
    correction = bound(words)
    await broadcast.server.stop()
    await broadcast.plant(correction)
    await broadcast.begin()
    heard = [each for each in broadcast.readers if each not in broadcast.deaf]
    async with asyncio.timeout(PATIENCE):
        while (await broadcast.counters(correction.id))[1] < len(heard) // 2:  # noqa: ASYNC110 - in the database
            await asyncio.sleep(0.1)
    await _kill_in_the_middle(broadcast, correction)
    await broadcast.finish(correction.id)
    assert await broadcast.counters(correction.id) == ("done", len(heard), 0, 0)
    texts = {reader: _reads(broadcast, reader) for reader in heard}
    assert [
        reader for reader, read in texts.items() if not any(NEW in each and "Corrected" in each for each in read)
    ] == []
    old = sum(1 for read in texts.values() for each in read if each.endswith(OLD))
    assert old <= 10 * broadcast.kills, "only what came twice because of a kill"
