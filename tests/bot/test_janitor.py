"""The janitor: whatever fails, keys are locked, the log is emptied and old things are forgotten."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.clock import Clock
from bot.janitor import Janitor

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Duties:
    """A database that notes what was asked of it, and breaks where it is told to."""

    def __init__(self, broken: str = "") -> None:
        self.done: list[str] = []
        self._broken = broken
        self.dispatch = SimpleNamespace(reclaim=self._duty("reclaim"))
        self.retention = SimpleNamespace(
            checkpoint=self._duty("checkpoint"),
            sweep=self._duty("sweep"),
            settle_some_departures=self._duty("settle"),
            due=self._duty("endings"),
            end_months=self._duty("months"),
        )
        self.people = self._duty("people")
        self.accept = self._duty("accept")

    def _duty(self, name: str) -> Any:
        async def duty(*_: Any) -> Any:
            if name == self._broken:
                raise RuntimeError
            self.done.append(name)
            if name in {"files", "endings"}:
                return set()
            if name == "accept":
                return 0
            swept = SimpleNamespace(chats=0, cases=0, messages=0, everybody=lambda: [], damaged=0)
            return swept

        return duty


def _janitor(database: Duties, clock: Clock = lambda: NOON) -> Janitor:
    sessions = SimpleNamespace(sweep=lambda now: ["somebody"])
    return Janitor(database, sessions, SimpleNamespace(ids=database._duty("files")), clock, Path())  # type: ignore[arg-type]


async def test_given_a_round_then_the_log_is_emptied_each_time_and_the_sweep_has_its_own_pace() -> None:
    database = Duties()
    janitor = _janitor(database)
    await janitor.round()
    await janitor.round()
    assert [database.done.count(duty) for duty in ("checkpoint", "sweep", "files", "months")] == [2, 1, 1, 1]


async def test_given_a_clock_that_is_set_back_a_year_then_forgetting_does_not_wait_for_it() -> None:
    database, times = Duties(), iter([NOON, NOON - timedelta(days=365), NOON - timedelta(days=365)])
    janitor = _janitor(database, lambda: next(times))
    for _ in range(3):
        await janitor.round()
    assert [database.done.count(duty) for duty in ("sweep", "files", "months")] == [2, 2, 2]


async def test_given_a_team_that_cannot_be_read_then_forgetting_goes_on() -> None:
    database = Duties(broken="people")
    await _janitor(database).round()
    assert database.done == ["reclaim", "settle", "checkpoint", "endings", "accept", "sweep", "files", "months"]


async def test_given_a_sweep_that_fails_then_the_log_is_emptied_all_the_same() -> None:
    database = Duties(broken="sweep")
    await _janitor(database).round()
    assert "checkpoint" in database.done
