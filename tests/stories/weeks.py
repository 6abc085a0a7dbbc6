"""A desk over many weeks, behind a clock that is set, sleeps and knows summer time: who was called, and when.

What the rules promise is counted here anew: from the numbers of the program, and from the members' hours by the
machine's own time zones.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from handlers import waits
from handlers.model import (
    Address,
    Case,
    CaseId,
    CaseState,
    Choice,
    Hours,
    Level,
    MemberId,
    Role,
    Send,
    SetTimer,
    Timer,
)
from handlers.program import Circle
from storage.serial import Serial
from tests.stories.conftest import House

TICK = timedelta(minutes=5)
DAY = timedelta(days=1)
EARLY = timedelta(minutes=1)
SLACK = TICK + EARLY
ROUNDED = timedelta(hours=1)
"""A timer that lies in the database for longer than `LONG` is set to a full hour (`handlers.waits`)."""
LONG = timedelta(hours=12)
BEGIN = datetime(2026, 10, 5, tzinfo=UTC)
"""Europe sets its clocks on 25 October, the United States on 1 November."""
SHIFTS = {
    "anna": Hours("Europe/Berlin", (0, 1, 2, 3, 4), 8, 18, (22, 7)),
    "bek": Hours("Asia/Tashkent", (0, 2, 4, 5, 6), 20, 8),
    "carol": Hours("America/New_York", (1, 3, 5, 6), 7, 19, (23, 7)),
    "dora": Hours("Europe/Berlin", (5, 6), 18, 6, (8, 16)),
    "amina": Hours("Asia/Tashkent", (0, 1, 2, 3, 4), 9, 17, (23, 7)),
    "boris": Hours("America/New_York", (0, 1, 2, 3, 4), 9, 17, (22, 6)),
}
ADMINS = {"amina", "boris"}


def offset(zone: str, at: datetime) -> timedelta:
    return at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def on_shift(hours: Hours, at: datetime) -> bool:
    """By the wall clock of a zone, and no rule of ours."""
    local = at.astimezone(ZoneInfo(hours.zone))
    if hours.begin < hours.end:
        return hours.begin <= local.hour < hours.end and local.weekday() in hours.days
    began = local.weekday() if local.hour >= hours.begin else (local.weekday() - 1) % 7
    return (local.hour >= hours.begin or local.hour < hours.end) and began in hours.days


@dataclass
class Silence:
    """What is owed to a case that nobody holds: when it began to wait, and until when somebody must be called."""

    level: Level
    since: datetime
    until: datetime


@dataclass
class Weeks(House):
    """The house and its people. `steady`: the time that went by and every jump forward; nothing sets it back."""

    seed: int = 0
    steady: datetime = BEGIN
    serial: Serial = field(default_factory=Serial)
    rings: dict[tuple[Address, str, str], tuple[int, datetime]] = field(default_factory=dict)
    intents: list[tuple[datetime, int, MemberId, str, CaseId]] = field(default_factory=list)
    silences: dict[CaseId, Silence] = field(default_factory=dict)
    pages: Counter[tuple[MemberId, int]] = field(default_factory=Counter)
    waits_begun: Counter[int] = field(default_factory=Counter)
    calls: int = 0

    def __post_init__(self) -> None:
        self.now, self.offset = BEGIN, offset
        self.chance = random.Random(self.seed)
        for name, hours in SHIFTS.items():
            self.member(name, Role.ADMIN if name in ADMINS else Role.RESPONDER)
            id = MemberId(f"{name:_<22}")
            self.members[id] = replace(self.members[id], hours=hours)

    # --- what happens ---

    def awake(self, days: float) -> None:
        """So much time goes by on a running server: what is due rings, and people do what they have in mind."""
        until = self.steady + timedelta(days=days)
        while self.steady < until:
            self.steady += TICK
            self.now += TICK
            self._ring()
            self._act()
            self._judge_silence()
            for heard in (self.said, self.meant, self.effects):
                heard.clear()  # a phone looks through all of it for its buttons

    def jump(self, span: timedelta) -> None:
        """The machine's clock is set."""
        self.now += span
        self.steady += max(span, timedelta())
        self.serial.clock(self.now)

    def asleep(self, span: timedelta) -> None:
        """The server is off, and starts again."""
        self.now += span
        self.steady += span
        self.restart()
        self._ring()

    def restart(self) -> None:
        """Only the ids in the database remember how late it was."""
        self.serial = Serial(self.serial.next(self.now))

    def arrive(self) -> None:
        """A report, of danger or not."""
        self.serial.next(self.now)
        answers = {"danger": "now"} if self.chance.random() < 0.4 else {"category": self.chance.choice(CATEGORIES)}
        known = set(self.cases)
        self.reporter(f"reporter{self.counter}").report(**answers)
        (id,) = set(self.cases) - known
        self._waits_anew(self.cases[id])
        self._intend(id)

    # --- what people do ---

    def _intend(self, case: CaseId) -> None:
        """Somebody may press something about a case within a while, and some cases nobody ever touches."""
        if self.chance.random() < 0.3:
            return
        at = self.steady + timedelta(minutes=self.chance.expovariate(1 / 240))
        member = self.chance.choice(sorted(self.members))
        self.intents.append((at, len(self.intents), member, self.chance.choice(("claim", "seen")), case))

    def _act(self) -> None:
        due = sorted(each for each in self.intents if each[0] <= self.steady)
        self.intents = [each for each in self.intents if each[0] > self.steady]
        for _, _, member, verb, case in due:
            self._press(member, verb, case)
        if self.chance.random() < 0.012:
            self.arrive()

    def _press(self, member: MemberId, verb: str, case: CaseId) -> None:
        before = self.cases[case]
        self.serial.next(self.now)
        self.bring(self.members[member].address, Choice(verb, case))
        after = self.cases[case]
        if before.holder and not after.holder:
            self._waits_anew(after)
        if after.holder:
            self.silences.pop(case, None)
            follow = self.chance.choices(("release", "settle", "hold", "close", ""), (3, 3, 2, 3, 1))[0]
            at = self.steady + timedelta(minutes=self.chance.expovariate(1 / 900))
            if follow == "close":
                self._close(after)
            elif follow:
                self.intents.append((at, len(self.intents), after.holder, follow, case))
        elif verb != "claim" or after.state is CaseState.OPEN:
            self._intend(case)

    def _close(self, case: Case) -> None:
        address = self.members[case.holder].address
        self.bring(address, Choice("open", case.id))
        self.bring(address, Choice("close", case.id))
        self.bring(address, Choice("outcome", "helped"))

    # --- what time does ---

    def _carry_out(self, address: Address, effect: object) -> None:
        super()._carry_out(address, effect)
        if isinstance(effect, SetTimer):
            ring = (self.serial.later(effect.at, self.now), effect.at)
            self.rings[effect.to or address, effect.name, effect.about] = ring

    def _ring(self) -> None:
        clock = self.serial.clock(self.now)
        due = sorted((ring, key) for key, ring in self.rings.items() if ring[0] <= clock)
        for (_, at), (address, name, about) in due:
            del self.rings[address, name, about]
            if self.timers.pop((address, name, about), None):
                self._come(address, Timer(name, about, at))

    def _come(self, address: Address, timer: Timer) -> None:
        case, first = self.cases.get(CaseId(timer.about)), len(self.said)
        self.bring(address, timer)
        if timer.name != waits.TIMER or case is None:
            return
        for said, reached in zip(self.said[first:], self.meant[first:], strict=True):
            self._judge_call(case, said, {self.members[id].name for id in reached})
            for id in reached:
                self.pages[id, (self.steady - BEGIN).days] += 1

    # --- what was promised ---

    def _waits_anew(self, case: Case) -> None:
        self.silences[case.id] = Silence(case.level, self.steady, self._until(case.level, self.steady))
        self.waits_begun[(self.steady - BEGIN).days] += 1

    def _judge_silence(self) -> None:
        late = min(self.silences.values(), key=lambda each: each.until, default=None)
        assert late is None or self.steady <= late.until, f"{late} was forgotten; it is {self.steady}"

    def _until(self, level: Level, since: datetime) -> datetime:
        """When the next call must have come, after one that came now."""
        interval = self._interval(level, self.steady - since)
        return self.steady + interval + SLACK + (ROUNDED if interval > LONG else timedelta())

    def _interval(self, level: Level, elapsed: timedelta) -> timedelta:
        """How long it may be silent after a call that came so long after it began to wait: by the program's numbers."""
        clock = self.program.clocks[level.name]
        minutes = sorted({0, *clock.remind, clock.second, clock.duty, clock.admins})
        steps = [timedelta(minutes=each) for each in minutes]
        done = sum(each <= elapsed + EARLY for each in steps)
        return steps[done] - steps[done - 1] if done < len(steps) else DAY

    def _judge_call(self, case: Case, said: Any, reached: set[str]) -> None:
        assert isinstance(said, Send)
        self.calls += 1
        assert said.wakes is (case.level is Level.P1), "only danger rings at night"
        now = self.cases[case.id]
        if now.holder:
            assert said.message.id != "card.head", "a page went on after the claim"
        else:
            self._judge_page(now, said, reached)

    def _judge_page(self, case: Case, said: Send, reached: set[str]) -> None:
        """Everybody on duty who has not seen it; admins at any hour once their step has come, or for want of others."""
        silence = self.silences[case.id]
        silence.until = self._until(silence.level, silence.since)
        seen = {self.members[id].name for id in case.wait.seen} if case.wait else set()
        duty = {name for name, hours in SHIFTS.items() if on_shift(hours, self.now)}
        circles = getattr(said.to, "circles", ())
        daily = circles == (Circle.ADMINS,)
        admins = Circle.ADMINS in circles or not duty
        wanted = (set() if daily else duty) | (ADMINS if admins else set())
        assert reached == wanted - (set() if daily else seen), (circles, case.level)

    def judge_load(self) -> tuple[int, int]:
        """Nobody is called more often on a day than the waits of that day and those before allow: most, and bound."""
        bounds = {day: self._bound(day) for _, day in self.pages}
        for (member, day), number in self.pages.items():
            assert number <= bounds[day], (member, day)
        return max(self.pages.values()), max(bounds.values())

    def _bound(self, day: int) -> int:
        """Six calls for each wait that began on that day or the four before, and one for each older one."""
        recent = sum(self.waits_begun[each] for each in range(day - 4, day + 1))
        return 6 * recent + sum(self.waits_begun[each] for each in range(day - 4))


CATEGORIES = ("other", "threat", "hack", "online")
