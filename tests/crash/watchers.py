"""People with a check-in, and reports that wait, while the server dies around the times at which something is due."""

import asyncio
import os
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.sandbox import ChatMessage
from bot.sandbox.remote import RemotePhone, RemoteSandbox
from handlers.model import CaseState, CheckedIn, Plan
from storage.tables import Delivery, Waiting
from tests.crash.people import Census, Founder, Person, bundled
from tests.crash.processes import Server
from tests.seized import Told, seized

SET, FINE, LATE = "The check-in runs.", "The check-in is over, nobody was told", "The desk can see it now"
ENDED, PASSED, CHANGED = "The check-in is ended", "The time of your check-in has passed", "The time was changed"
LONGEST = 30
"""Minutes of the longest check-in."""
RAGE = 60
"""Seconds, about, in which they pass while the server is killed."""
BOOT = 15
"""Seconds that a start may take before the next kill comes all the same."""
OVERDUE = 95
"""Minutes after which every step of a P1's clock has passed (`triage.toml`, clocks)."""
IDLE = 12 * 60 + 5
"""And the first one of an answered P1."""

_REFERENCE = re.compile(r"\b[2-9A-HJKMNP-TV-Z]{6}\b")


class Watcher(Person):
    """Sets a check-in and then does what their `habit` says, half of them soon, the others in time or not: nothing, ok,
    end, later.
    """

    def __init__(self, number: int, habit: str, phone: RemotePhone, census: Census, chance: random.Random) -> None:
        super().__init__(phone, census, chance, haste=0.1)
        self.habit, self.minutes = habit, 10 + number % 20
        self.soon = RAGE / 12 if number % 8 < 4 else RAGE
        self.plan = f"plan of person {number}: call my sister"

    async def watch(self) -> None:
        """From /start to a check-in that was confirmed."""
        await self.start()
        await self.press("lang", "en")
        await self.press("agree")
        await self.press("cancel")
        await self.press("checkin")
        await self.sees("How long from now?")
        await self.say(str(self.minutes))
        await self.sees("Time chosen")
        await self.say(self.plan)
        await self.sees(SET)

    async def act(self) -> None:
        """What the habit says, at a moment of its own, and wait for the answer."""
        await asyncio.sleep(self._chance.uniform(0, self.soon))
        if self.habit == "ok":
            await self.press("ok")
            await self.until(lambda chat: any(FINE in each.text or LATE in each.text for each in chat) or None)
        elif self.habit == "end":
            await self.press("endcheck")
            await self.until(lambda chat: any(ENDED in each.text or PASSED in each.text for each in chat) or None)
        elif self.habit == "later":
            await self.press("later")
            await self.until(lambda chat: any(CHANGED in each.text or PASSED in each.text for each in chat) or None)


@dataclass
class Vigil:
    """A server by a clock that is put forward; those who wait before it."""

    server: Server
    sandbox: RemoteSandbox
    ahead: Path
    seed: int
    minutes: float = 0
    kills: int = 0
    watchers: list[Watcher] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chance, self.census = random.Random(self.seed), Census()
        self.put_forward(0)

    def put_forward(self, minutes: float) -> None:
        """Let so much time have passed, for the next look at the clock."""
        self.minutes += minutes
        fresh = self.ahead.with_suffix(".new")
        fresh.write_text(str(self.minutes * 60))
        os.replace(fresh, self.ahead)

    async def open(self, habits: tuple[str, ...]) -> None:
        """A desk, people with check-ins, and three reports of danger: one unclaimed, one claimed, one answered."""
        invitation = await self.server.found()
        await self.server.start()
        self.founder = Founder(await self.sandbox.phone("Admin", role="admin"), self.census, self.chance, 0)
        self.passphrase = await self.founder.join(invitation)
        for number, habit in enumerate(habits):
            phone = await self.sandbox.phone(f"Person {number}", "en")
            self.watchers.append(Watcher(number, habit, phone, self.census, self.chance))
        async with asyncio.TaskGroup() as group:
            for each in self.watchers:
                group.create_task(each.watch())
        self.unclaimed, self.claimed, self.answered = [await self._report(number) for number in range(3)]
        await self.founder.unlock(self.passphrase)
        await self.founder.say(f"/claim {self.claimed}")
        await self.founder.say(f"/claim {self.answered}")
        await self.founder.say(f"/reply {self.answered} We are here.")
        await self.founder.press("relay")
        await self.founder.sees("your answer is on its way")

    async def _report(self, number: int) -> str:
        """Somebody in danger; the reference of their report, as the desk sees it."""
        known = _references(await self.founder.heard())
        person = Person(await self.sandbox.phone(f"Danger {number}", "en"), self.census, self.chance, 0)
        await person.start()
        for verb, arg in (("lang", "en"), ("agree", ""), ("a", "now"), ("a", "threat"), ("a", "week"), ("a", "UZ")):
            await person.press(verb, arg)
        await person.press("done")
        await person.press("a", "DE")
        await person.say("They stand at the door.")
        await person.press("send")
        return await self.founder.until(lambda chat: next(iter(set(_references(chat)) - set(known)), None))

    async def rage(self, kills: int) -> None:
        """Time goes by in steps, people act, and the server dies this often, at moments around what is due."""
        async with asyncio.TaskGroup() as group:
            for each in self.watchers:
                group.create_task(each.act())
            for _ in range(kills):
                self.put_forward(LONGEST / kills)
                await self._die()
        self.put_forward(OVERDUE)
        await self._die()

    async def _die(self) -> None:
        """A while after it could do something; every fourth time at once, while it still begins."""
        lives = self._lives()
        await asyncio.sleep(self.chance.uniform(0, 2.0))
        await self.server.kill()
        self.kills += 1
        await self.server.start()
        for _ in range(BOOT * 10 if self.kills % 4 else 0):
            if self._lives() > lives:
                return
            await asyncio.sleep(0.1)

    def _lives(self) -> int:
        return self.server.log.read_text().count("event=started")

    async def settle(self) -> None:
        """Until everybody was told what is owed to them; then an answered case is idle, and there is one more kill."""
        for each in self.watchers:
            await each.until(lambda chat: _over(chat) or None)
        await asyncio.sleep(3)  # what waits together is said as a number: the last reminder is to come alone
        self.put_forward(IDLE)
        await self._die()
        await self.founder.until(lambda chat: any("Idle for" in each.text for each in chat) or None)
        await asyncio.sleep(3)

    async def judge(self) -> int:
        """Each timer that was confirmed rang as it was owed; how many messages came more than once."""
        async with seized(self.server.state, self.server.database_url) as opened:
            told = await opened.unlocked(self.passphrase)
            assert (await opened.audited()).ok
            inbox, outbox = [await opened.rows(table) for table in ("inbox", "outbox")]
        assert [row.id for row in outbox if row.state == Delivery.ASIDE] == []
        assert [row.id for row in inbox if row.state == Waiting.ASIDE] == []
        return await self._judge_watchers(told) + await self._judge_pages(told)

    async def _judge_watchers(self, told: dict[str, Told]) -> int:
        in_time = 0
        plans = {plan.text: each for each in told.values() for plan in each.of(Plan)}
        repeated = 0
        for each in self.watchers:
            heard = " ".join(message.text for message in await each.heard())
            repeated += max(0, heard.count(PASSED) - 1)
            case = plans.pop(each.plan, None)
            if FINE in heard or ENDED in heard:
                assert case is None, f"{each.habit}: it was over, and the desk was told"
                in_time += 1
                continue
            assert case is not None, f"{each.habit}: it was confirmed, and is lost"
            assert case.case.state is CaseState.OPEN, f"{each.habit}: its time passed in silence"
            assert bool(case.of(CheckedIn)) == (LATE in heard)
        assert not plans
        assert in_time, "nobody was in time: nothing was tried of what is over"
        return repeated

    async def _judge_pages(self, told: dict[str, Told]) -> int:
        """Every page is of a case that there is, and of each there is one, but for those that were said as a number."""
        heard = await self.founder.heard()
        paged = _references(heard)
        assert set(paged) <= set(told), f"paged, and over: {set(paged) - set(told)}"
        assert len(set(told) - set(paged)) <= bundled(heard), f"not paged: {set(told) - set(paged)}"
        steps = {ref: each.case.wait.steps for ref, each in told.items() if each.case.wait}
        assert steps[self.unclaimed] >= 5
        assert steps[self.claimed] >= 5
        assert told[self.answered].case.wait is not None and told[self.answered].case.wait.idle
        assert any(self.answered in each.text and "Idle for" in each.text for each in heard)
        assert any(self.claimed in each.text and "Your answer is awaited" in each.text for each in heard)
        return 0


def _over(chat: list[ChatMessage]) -> bool:
    return any(word in message.text for message in chat for word in (FINE, ENDED, PASSED, LATE))


def _references(chat: list[ChatMessage]) -> Counter[str]:
    return Counter(found for message in chat for found in _REFERENCE.findall(message.text)[:1])
