"""Health and metrics: what they tell, and that they tell of nobody."""

import asyncio
import logging
import os
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import get_args

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot import logs, metrics, notify, pulse
from bot.monitor import Monitor
from bot.settings import Settings, SettingsFaults
from handlers.model import Event
from storage.backup import remember
from tests.stories.rehearsal import Rehearsal, rehearsal

LABELS = {
    "kind": {kind.__name__.lower() for kind in get_args(Event)},
    "lane": {"words", "errands"},
    "result": {"done", "partly", "later", "failed"},
    "queue": {"inbox", "words", "errands", "advisories"},
    "state": {"open", "unclaimed", "overdue", "active", "on_duty", "sent", "failed", "left"},
    "part": set(pulse.LIMITS),
    "le": {"0.001", "0.003", "0.01", "0.03", "0.1", "0.3", "1.0", "3.0", "10.0", "+Inf"},
}
"""Every value that a label may ever have."""


@asynccontextmanager
async def _watched(house: Rehearsal) -> AsyncIterator[str]:
    """The address of the bot's monitor."""
    app = house.app
    monitor = Monitor(app.database, app.sessions, app.settings.state_dir, house.watch)
    running = asyncio.create_task(monitor.run("127.0.0.1", 0))
    while not monitor.port:  # noqa: ASYNC110 - a port rings nobody
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{monitor.port}"
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_given_a_day_at_the_desk_when_metrics_are_read_then_no_label_or_value_tells_of_anybody(tmp_path: Path):
    async with rehearsal(tmp_path) as house:
        amina, rustam = house.phone("Amina", "ru"), house.phone("Rustam")
        await house.enrol(amina, house.secret)
        await house.say(amina, "/unlock wrong words these are")
        await house.report(rustam, "by the bridge", "now")
        remember(house.app.settings.state_dir, house.watch() - timedelta(hours=1))
        async with _watched(house) as url:
            status, text = await _get(f"{url}/metrics")
            assert (await _get(f"{url}/health"))[1] == '{"ok": true, "late": []}'
            assert (await _get(f"{url}/anything"))[0] == 404
    assert status == 200
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert {value for sample in samples for value in sample.labels.items()} <= {
        (label, value) for label, values in LABELS.items() for value in values
    }
    people = {str(phone.person.id) for phone in (amina, rustam)}
    assert not people & set(re.findall(r"\d+", text))
    assert not [word for word in ("Amina", "bridge", "telegram:", "UZ", "threat", "created") if word in text]
    found = {(sample.name, *sample.labels.values()): sample.value for sample in samples}
    assert found["panah_cases", "unclaimed"] == found["panah_unlocked",] == 1
    assert found["panah_events_total", "text"] >= 1
    assert 3600 <= found["panah_backup_age_seconds",] < 3700 and found["panah_advisory_copies", "left"] == 0
    assert found["panah_unclaimed_oldest_seconds",] % metrics.COARSE == 0


async def test_given_a_part_that_stands_still_or_a_database_that_fails_then_health_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def broken(*_: object) -> None:
        raise OSError

    async with rehearsal(tmp_path) as house, _watched(house) as url:
        await house.quiet()
        monkeypatch.setitem(pulse.LIMITS, "janitor", -1.0)
        assert await _get(f"{url}/health") == (503, '{"ok": false, "late": ["janitor"]}')
        monkeypatch.setitem(pulse.LIMITS, "janitor", 600.0)
        monkeypatch.setattr("bot.monitor.FRESH", 0.0)
        monkeypatch.setattr(house.app.database.signs, "read", broken)
        assert await _get(f"{url}/health") == (503, '{"ok": false, "late": ["database"]}')


async def test_given_a_database_that_is_slow_then_health_does_not_wait_and_nothing_piles_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = 0

    async def slow(*_: object) -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.5)

    async with rehearsal(tmp_path) as house, _watched(house) as url:
        monkeypatch.setattr("bot.monitor.PATIENCE", 0.05)
        monkeypatch.setattr(house.app.database.signs, "read", slow)
        for _ in range(3):
            assert (await _get(f"{url}/health"))[0] == 503
    assert asked == 1


async def test_a_port_that_is_taken_keeps_nobody_from_serving(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async with rehearsal(tmp_path) as house:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            app = house.app
            await Monitor(app.database, app.sessions, tmp_path, house.watch).run(*taken.getsockname())
    assert "monitor.failed" in caplog.text


@pytest.mark.parametrize(
    ("listen", "good"), [("127.0.0.1:9464", True), ("[::1]:9464", True), ("0.0.0.0:9464", False), ("x:1", False)]
)
def test_nobody_but_this_machine_may_look_in(listen: str, good: bool, monkeypatch: pytest.MonkeyPatch):
    for name, value in {"TELEGRAM_TOKEN": "1:a", "ORGANISATION": "x", "METRICS_LISTEN": listen}.items():
        monkeypatch.setenv(f"PANAH_{name}", value)
    if good:
        assert Settings.load(None).metrics_address is not None
    else:
        with pytest.raises(SettingsFaults, match="PANAH_METRICS_LISTEN: would let others"):
            Settings.load(None)


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What systemd would hear."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield ear


def _heard(ear: socket.socket) -> list[str]:
    ear.setblocking(False)
    words = []
    try:
        while True:
            words.append(ear.recv(100).decode())
    except BlockingIOError:
        return words


async def test_given_a_service_manager_then_it_hears_that_we_serve_and_only_as_long_as_all_goes_round(
    tmp_path: Path, manager: socket.socket, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WATCHDOG_USEC", "30000")
    async with rehearsal(tmp_path) as house:
        await house.quiet()
        await asyncio.sleep(0.1)
        assert {"READY=1", "WATCHDOG=1"} <= set(_heard(manager))
        monkeypatch.setitem(pulse.LIMITS, "telegram", -1.0)
        await asyncio.sleep(0.05)
        assert "WATCHDOG=1" in _heard(manager), "a messenger out of reach is no reason to start anew"
        monkeypatch.setitem(pulse.LIMITS, "worker", -1.0)
        await asyncio.sleep(0.05)
        _heard(manager)
        await asyncio.sleep(0.1)
        assert _heard(manager) == []


def test_given_no_service_manager_then_nothing_is_said_and_nothing_fails(monkeypatch: pytest.MonkeyPatch):
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
        monkeypatch.delenv(name, raising=False)
    notify.tell(notify.READY)
    assert notify.watchdog_seconds() == 0
    monkeypatch.setenv("NOTIFY_SOCKET", "/no/such/socket")
    notify.tell(notify.READY)
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid() + 1))
    assert notify.watchdog_seconds() == 0


@pytest.mark.parametrize(
    ("level", "mark"), [(logging.DEBUG, 7), (logging.INFO, 6), (logging.WARNING, 4), (logging.ERROR, 3), (50, 2)]
)
def test_the_journal_knows_each_level(level: int, mark: int):
    assert logs._priority(level) == mark
