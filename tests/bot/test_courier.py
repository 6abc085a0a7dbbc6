"""The courier: never more than the window unsettled, each fault in its own way, nobody waits for somebody else."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace

import pytest

from bot.courier import TRIES_AFTER_BUG, WINDOW, Courier
from bot.messenger import Rejected, RetryLater, TooFast, Unreachable
from bot.pace import Pace
from handlers.model import Address, Message, Send
from storage.dispatch import Done, Failed, Later
from storage.outbox import LEASE, Errand
from storage.tables import Lane

NOW = datetime(2026, 11, 23, tzinfo=UTC)


class Outbox:
    """Hands errands out once and remembers what became of them."""

    def __init__(self, count: int, attempts: int = 1) -> None:
        effect = Send(to=Address("t:1"), message=Message("x"))
        self.waiting = [Errand(n, b"", Address(f"t:{n}"), effect, "en", attempts) for n in range(count)]
        self.out: set[int] = set()
        self.most_out = 0
        self.results: list[Done | Later | Failed] = []
        self.finished, self.ring = asyncio.Event(), asyncio.Event()
        self.renewed: list[datetime] = []
        self.asked: list[tuple[int, bool]] = []
        self.total = count

    async def lease(
        self, lane: Lane, limit: int, now: datetime, results: Sequence[Done | Later | Failed] = (), bulk: bool = True
    ) -> list[Errand]:
        await asyncio.sleep(0)
        self.asked.append((limit, bulk))
        self._settle(results)
        taken, self.waiting = self.waiting[:limit], self.waiting[limit:]
        self.out |= {errand.id for errand in taken}
        self.most_out = max(self.most_out, len(self.out))
        return taken

    async def renew(self, now: datetime) -> None:
        self.renewed.append(now)

    def _settle(self, results: Sequence[Done | Later | Failed]) -> None:
        self.out -= {result.id for result in results}
        self.results.extend(results)
        if len(self.results) == self.total:
            self.finished.set()


async def _deliver(
    outbox: Outbox,
    carry_out: Callable[[Errand], Awaitable[Done | Later]],
    pace: Pace | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    tick: Callable[[], float] = NOW.timestamp,
) -> list[Done | Later | Failed]:
    database = SimpleNamespace(dispatch=outbox, outgoing={Lane.WORDS: outbox.ring})
    courier = Courier(database, Lane.WORDS, carry_out, clock, pace, tick)  # type: ignore[arg-type]
    running = asyncio.create_task(courier.run())
    await asyncio.wait_for(outbox.finished.wait(), 60)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return sorted(outbox.results, key=lambda result: result.id)


async def test_given_many_messages_when_delivered_then_no_more_than_the_window_is_ever_unsettled():
    outbox = Outbox(100)

    async def slowly(errand: Errand) -> Done:
        await asyncio.sleep(0.001 * (errand.id % 5))
        return Done(errand.id)

    results = await _deliver(outbox, slowly)
    assert [result.id for result in results] == list(range(100))
    assert outbox.most_out <= WINDOW <= 10


async def test_given_one_that_never_ends_when_others_wait_then_they_go_on():
    outbox = Outbox(50)
    outbox.total = 49

    async def one_hangs(errand: Errand) -> Done:
        if errand.id == 3:
            await asyncio.Event().wait()
        return Done(errand.id)

    results = await _deliver(outbox, one_hangs)
    assert len(results) == 49


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (Unreachable(), Failed(0, "blocked")),
        (Rejected("long"), Failed(0, "rejected")),
        (RetryLater(7), Later(0, NOW.replace(second=7))),
    ],
)
async def test_given_a_fault_of_the_messenger_when_it_is_raised_then_it_is_settled_as_what_it_means(raised, expected):
    async def fails(errand: Errand) -> Done:
        raise raised

    assert await _deliver(Outbox(1), fails) == [expected]


async def test_given_a_bug_of_ours_when_it_stays_then_it_is_given_up_and_nobody_is_blocked_for_ever():
    async def breaks(errand: Errand) -> Done:
        raise ValueError("ours")

    assert isinstance((await _deliver(Outbox(1), breaks))[0], Later)
    assert await _deliver(Outbox(1, attempts=TRIES_AFTER_BUG), breaks) == [Failed(0, "rejected")]


@pytest.mark.parametrize("by", [LEASE / 2, -10 * LEASE])
async def test_given_an_errand_that_takes_long_when_time_goes_by_or_back_then_its_lease_is_renewed_again_and_again(by):
    outbox = Outbox(1)
    now = [NOW]
    begun, over = asyncio.Event(), asyncio.Event()

    async def slowly(errand: Errand) -> Done:
        begun.set()
        await over.wait()
        return Done(errand.id)

    async def watch() -> None:
        await begun.wait()
        for renewed in range(3):
            now[0] += by
            outbox.ring.set()
            while len(outbox.renewed) == renewed:  # noqa: ASYNC110 - the courier rings nobody
                await asyncio.sleep(0.001)
        over.set()

    async with asyncio.timeout(60):
        await asyncio.gather(_deliver(outbox, slowly, clock=lambda: now[0]), watch())
    assert all(later - earlier < LEASE for earlier, later in pairwise(outbox.renewed))


async def test_given_a_chat_over_its_pace_when_its_turn_comes_then_it_goes_back_to_the_outbox():
    async def sends(errand: Errand) -> Done:
        return Done(errand.id)

    pace = Pace(per_second=1000, per_chat_second=0.1)
    while pace.wait("t:0", NOW.timestamp()) == 0.0:
        pass
    (result,) = await _deliver(Outbox(1), sends, pace)
    assert isinstance(result, Later) and not result.tried, "or the next fault would cost it minutes"


async def test_given_a_messenger_that_says_too_fast_then_the_pace_is_told_for_how_long():
    async def refused(errand: Errand) -> Done:
        raise TooFast(7)

    pace = Pace(per_second=1000, per_chat_second=1)
    assert await _deliver(Outbox(1), refused, pace, tick=lambda: 100.0) == [Later(0, NOW.replace(second=7))]
    assert pace.pause(100.0, bulk=True) == 7.0


async def test_given_a_time_in_which_nothing_may_go_when_it_is_over_then_everything_goes_and_nothing_was_taken_before():
    outbox, at = Outbox(3), [100.0]
    pace = Pace(per_second=1000, per_chat_second=1)
    pace.refused("t:98", 7, at[0])
    pace.refused("t:99", 7, at[0])
    running = asyncio.create_task(_deliver(outbox, _well, pace, tick=lambda: at[0]))
    await asyncio.sleep(0.05)
    assert set(outbox.asked) == {(0, False)}
    at[0] += 7.1
    outbox.ring.set()
    assert len(await running) == 3
    assert outbox.asked[-1] == (WINDOW, True)


async def test_given_one_chat_that_is_refused_when_others_wait_then_only_advisories_are_left_where_they_are():
    outbox = Outbox(3)
    pace = Pace(per_second=1000, per_chat_second=1)
    pace.refused("t:99", 60, at=100.0)
    await _deliver(outbox, _well, pace, tick=lambda: 100.0)
    assert outbox.asked[0] == (WINDOW, False)


async def _well(errand: Errand) -> Done:
    return Done(errand.id)
