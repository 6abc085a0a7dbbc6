"""Many people report at once while the server is killed again and again; then everything is counted."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import Any

from bot.sandbox import ChatMessage
from bot.sandbox.remote import RemoteSandbox
from handlers.model import CaseState, Said
from storage.tables import Delivery, Waiting
from tests.crash.people import Census, Founder, Reporter, bundled, by_case
from tests.crash.processes import Server
from tests.seized import Told, seized

LANGUAGES = ("en", "ru")
REPEATS_PER_KILL = 10
"""The courier's window: what was under way at a kill may be said once more, and nothing else may."""
SOON = 0.3
"""Seconds: a kill comes within this time after the deed that called for it."""


@dataclass
class Storm:
    """Everything that a crash test holds."""

    server: Server
    sandbox: RemoteSandbox
    seed: int

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.census = Census()
        self.reporters: list[Reporter] = []
        self.kills = 0

    async def open(self) -> None:
        """Found the desk and let the first admin in, in quiet weather."""
        invitation = await self.server.found()
        await self.server.start()
        self.founder = Founder(await self.sandbox.phone("Admin", role="admin"), self.census, self.chance, 0)
        self.passphrase = await self.founder.join(invitation)

    async def reporter(self, haste: float = 0.4) -> Reporter:
        number = len(self.reporters)
        language = LANGUAGES[number % len(LANGUAGES)]
        phone = await self.sandbox.phone(f"Person {number}", language)
        self.reporters.append(Reporter(number, language, phone, self.census, self.chance, haste))
        return self.reporters[-1]

    async def calm(self) -> None:
        """One report in each language while nothing goes wrong: what a chat should look like."""
        for _ in LANGUAGES:
            await (await self.reporter(haste=0)).report()
        self._model = {each.language: each.wordless(await each.heard()) for each in self.reporters}

    async def rage(self, people: int, kills: int) -> None:
        """These many people report, and the server dies this often, at random moments among their deeds."""
        many = [await self.reporter() for _ in range(people)]
        async with asyncio.TaskGroup() as group:
            for each in many:
                group.create_task(each.report())
            group.create_task(self._kill(sorted(self._moments(people, kills))))

    def _moments(self, people: int, kills: int) -> list[int]:
        """After how many deeds of everybody, the calm ones included, each kill comes."""
        before, each = self.census.deeds, self.census.deeds // (len(self.reporters) - people)
        return self.chance.sample(range(before + people, before + int(people * each * 0.95)), kills)

    async def _kill(self, moments: Sequence[int]) -> None:
        for number, moment in enumerate(moments):
            answered = self.census.answers
            if number % 4:  # every fourth comes whether or not the last life has said a word
                await self.census.until(lambda census, seen=answered: census.answers > seen)
            await self.census.until(lambda census, due=moment: census.deeds >= due)
            await asyncio.sleep(self.chance.uniform(0, SOON))
            await self.server.kill()
            self.kills += 1
            await self.server.start()

    async def settle(self) -> None:
        """Until the team has been told of everything."""
        await self.founder.until(self._all_told)

    def _all_told(self, chat: list[ChatMessage]) -> bool:
        """Of each case a card and a notice of the later words; a card that came with many others is only counted."""
        told = [set(messages) for messages in by_case(chat).values()]
        return len(told) == len(self.reporters) and sum(len(each) < 2 for each in told) <= bundled(chat)

    async def judge_chats(self) -> int:
        """Nothing lost, all in order, in every chat; how many messages came more than once."""
        repeated = 0
        for each in self.reporters:
            heard = each.wordless(await each.heard())
            lost = missing(self._model[each.language], heard)
            assert not lost, f"{lost} is not in {heard}"
            repeated += len(heard) - len(self._model[each.language])
        return repeated + await self._judge_cards()

    async def _judge_cards(self) -> int:
        """Of each case a card and a notice of the later words; how many of them came more than once."""
        heard = await self.founder.heard()
        assert self._all_told(heard), heard
        return sum(max(0, len(told) - 2) for told in by_case(heard).values())

    async def judge_record(self) -> None:
        """Every press was answered, and nothing was asked of Telegram that it does not know."""
        record = await self.sandbox.record()
        assert record["faults_of_ours"] == []
        assert record["unanswered_callbacks"] == 0, record

    async def judge_state(self) -> None:
        """With the passphrase: every report once, every passage in its place. Without: nothing was left lying."""
        async with seized(self.server.state, self.server.database_url) as opened:
            told = await opened.unlocked(self.passphrase)
            assert (await opened.audited()).ok
            inbox, outbox, cases = [await opened.rows(table) for table in ("inbox", "outbox", "cases")]
        assert [row.id for row in inbox if _waits(row)] == []
        assert [row.id for row in outbox if row.state == Delivery.ASIDE] == []
        assert len(cases) == len(told) == len(self.reporters)
        self._judge_stories(list(told.values()))

    def _judge_stories(self, told: list[Told]) -> None:
        by_address = {each.contact.address: each for each in told}
        assert len(by_address) == len(self.reporters)
        for person in self.reporters:
            report = by_address[person.address]
            assert report.story.words == person.passages
            assert report.story.answers["origin"] == ("UZ", "TJ")
            assert report.story.answers["when"] == ("day",)
            assert [said.text for said in report.of(Said)] == [person.later]
            assert report.case.state is CaseState.OPEN


def _waits(row: Any) -> bool:
    """An event that nobody decided on, though its time has come."""
    return row.state == Waiting.ASIDE or (row.state == Waiting.READY and row.due < time.time() * 1000)


def missing(wanted: Sequence[str], found: Sequence[str]) -> list[str]:
    """What does not come in this order among what was found, from the first such one on."""
    rest = iter(found)
    return list(dropwhile(lambda each: each in rest, wanted))
