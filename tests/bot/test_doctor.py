"""`panah doctor`: a broken house for each finding, and the running bot beside it."""

import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot import pulse
from bot.checking import Finding, Grade, everything, machine, reach, work
from bot.console import SOCKET, Ask, Health, ask
from bot.founding import found
from bot.sandbox import Sandbox
from bot.settings import FixedSettings
from bot.telegram import Account
from storage import vitals, witness
from storage.durable import is_private
from storage.vitals import Backlog, Desk, Team, Vitals
from tests.stories.rehearsal import Rehearsal, rehearsal

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WELL = Vitals(kind="sqlite", version="3.51.3", team=Team(admins=2, members=4, on_duty=3))
ROOT = Path(__file__).parents[2]


def _named(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def _grade(wrong: object) -> str:
    return getattr(wrong, "grade", Grade.OK)


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[FixedSettings]:
    """A house that was founded and stands still, beside a Bot API server."""
    async with Sandbox() as sandbox:
        sandbox.add_bot("1000001:made-up", "panah_doctor_bot", "Panah")
        given = {"telegram_token": "1000001:made-up", "telegram_api": sandbox.url, "state_dir": tmp_path / "state"}
        made = FixedSettings.model_validate(given | {"organisation": "the ward"})
        await found(made.state_dir, made.database)
        yield made


async def _looked(settings: FixedSettings, env: Path = Path("no-such-file")) -> dict[str, Finding]:
    return _named(await everything(settings, env))


async def test_given_a_founded_house_without_a_bot_then_only_that_is_a_fault(settings):
    found = await _looked(settings)
    assert {name for name, finding in found.items() if finding.grade is Grade.FAULT} == {"bot"}
    assert "panah run" in found["bot"].says
    assert found["team"].grade is Grade.WARN and "admins: 0" in found["team"].says
    assert found["backup"].grade is Grade.WARN


async def test_given_a_file_that_others_may_read_then_it_is_named_with_its_remedy(settings):
    (settings.state_dir / "ring.sealed").chmod(0o640)
    found = (await _looked(settings))["files"]
    assert found.grade is Grade.FAULT and "ring.sealed" in found.says and "chmod go=" in found.says


async def test_given_a_file_of_somebody_else_then_it_is_not_ours(tmp_path):
    mine = tmp_path / "mine"
    mine.touch(0o600)
    assert is_private(mine)
    os.chmod(mine, 0o604)
    assert not is_private(mine)


async def test_given_settings_that_others_may_read_then_that_is_a_fault(settings, tmp_path):
    (tmp_path / "env").touch(0o644)
    assert (await _looked(settings, tmp_path / "env"))["env"].grade is Grade.FAULT
    (tmp_path / "env").chmod(0o600)
    assert (await _looked(settings, tmp_path / "env"))["env"].grade is Grade.OK


async def test_given_partners_or_words_that_others_may_change_then_that_is_a_fault(settings, tmp_path):
    partners, program = tmp_path / "list" / "partners.toml", tmp_path / "own" / "program" / "locales"
    program.mkdir(parents=True)
    partners.parent.mkdir()
    partners.touch(0o644)
    named = settings.model_copy(update={"partners": partners, "program_dir": program.parent})
    assert await machine.words(named) is None, "others may read them"
    for each in (partners, partners.parent, program, program.parent.parent):
        mode = each.stat().st_mode
        each.chmod(mode | 0o020)
        wrong = await machine.words(named)
        assert wrong and each.name in wrong.says and "go-w" in wrong.says
        each.chmod(mode)
    assert await machine.words(settings) is None, "nothing of one's own"


async def test_given_no_keys_then_that_is_a_fault_and_the_rest_is_looked_at_all_the_same(settings):
    (settings.state_dir / "root.key").rename(settings.state_dir.parent / "root.key")
    found = await _looked(settings)
    assert found["keys"].grade is found["database"].grade is Grade.FAULT
    assert found["program"].grade is Grade.OK and "cases" not in found


async def test_given_a_token_that_is_refused_or_no_server_then_that_is_a_fault_and_no_token_is_shown(settings):
    wrong = settings.model_copy(update={"telegram_token": type(settings.telegram_token)("999:wrong-token")})
    found = await _looked(wrong)
    assert found["token"].grade is Grade.FAULT and "wrong-token" not in str(found)
    away = settings.model_copy(update={"telegram_api": "http://127.0.0.1:9"})
    assert (await _looked(away))["token"].grade is Grade.FAULT


async def test_given_a_chain_that_was_rolled_back_behind_what_admins_were_sent_then_that_is_a_fault(settings):
    witness.remember(settings.state_dir, "7:0123456789abcdef", datetime.now(UTC))
    found = (await _looked(settings))["audit"]
    assert found.grade is Grade.FAULT and "panah audit verify --witness" in found.says


async def test_given_a_damaged_file_of_sqlite_then_it_is_found_without_writing_to_it(settings):
    path = settings.state_dir / "panah.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    whole = bytearray(path.read_bytes())
    assert vitals.unsound(path) is False
    page = int.from_bytes(whole[16:18], "big")
    for start in range(page, len(whole), page):
        whole[start : start + 200] = os.urandom(200)
    path.write_bytes(whole)
    assert (await _looked(settings))["sqlite"].grade is Grade.FAULT
    assert path.read_bytes() == bytes(whole)


def test_given_a_file_too_large_for_the_time_then_nothing_is_said_of_it(tmp_path):
    path = tmp_path / "large.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.executemany("INSERT INTO t VALUES (?)", [(os.urandom(500),) for _ in range(5000)])
    connection.commit()
    connection.close()
    assert vitals.unsound(path, patience=-1) is None


async def test_given_an_old_sqlite_then_it_is_warned_of(settings, monkeypatch):
    monkeypatch.setattr("bot.checking.house.sqlite_is_old", lambda: True)
    assert (await _looked(settings))["sqlite"].grade is Grade.WARN
    monkeypatch.setattr("bot.checking.house.sqlite_is_old", lambda: False)
    assert (await _looked(settings))["sqlite"].grade is Grade.OK


@pytest.mark.parametrize(
    ("free", "grade"), [(machine.LOW_DISK, "ok"), (machine.LOW_DISK - 1, "WARN"), (machine.FULL_DISK - 1, "FAULT")]
)
async def test_the_less_room_there_is_the_graver_it_is(settings, monkeypatch, free, grade):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": free}))
    assert _grade(await machine.disk(settings)) == grade


async def test_swap_on_a_disk_is_warned_of_and_compressed_memory_is_not(tmp_path):
    table = tmp_path / "swaps"
    head = "Filename Type Size Used Priority\n"
    for line, grade in (("", "ok"), ("/dev/zram0 partition 1 0 100\n", "ok"), ("/dev/sda2 partition 1 0 -2\n", "WARN")):
        table.write_text(head + line)
        assert _grade(await machine.swap(table)) == grade


async def test_a_collector_of_core_dumps_is_warned_of(tmp_path):
    pattern = tmp_path / "core_pattern"
    for text, grade in (("core\n", "ok"), ("|/usr/lib/systemd/systemd-coredump %P\n", "WARN")):
        pattern.write_text(text)
        assert _grade(await machine.cores(pattern)) == grade


async def test_a_process_that_cannot_be_hardened_is_warned_of(monkeypatch):
    monkeypatch.setattr("bot.checking.machine.harden", lambda: False)
    assert _grade(await machine.cores()) == "WARN"


async def test_little_memory_is_warned_of(tmp_path):
    table = tmp_path / "meminfo"
    for kib, grade in ((600 << 10, "ok"), (500 << 10, "WARN")):
        table.write_text(f"MemTotal: 1 kB\nMemAvailable: {kib} kB\n")
        assert _grade(await machine.memory(table)) == grade


async def test_a_clock_that_nobody_sets_is_warned_of(monkeypatch):
    for state, grade in ((0, "ok"), (5, "WARN")):
        libc = type("Libc", (), {"adjtimex": lambda _, state=state: state})
        monkeypatch.setattr("ctypes.CDLL", lambda *_, libc=libc, **__: libc)
        assert _grade(await machine.clock()) == grade


def test_the_file_system_under_a_path_is_the_innermost_one(tmp_path):
    table = [
        "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
        f"22 21 0:50 / {tmp_path} rw shared:1 - nfs4 server:/x rw",
        "23 21 254:0 / /somewhere\\040else rw - xfs /dev/mapper/x rw",
    ]
    assert machine.mounted(tmp_path / "state", table) == ("nfs4", "0:50")
    assert machine.mounted(Path("/"), table) == ("ext4", "8:1")


async def test_a_network_share_is_a_fault(settings, monkeypatch):
    monkeypatch.setattr("bot.checking.machine.mounted", lambda *_: ("nfs4", "0:50"))
    assert _grade(await machine.volume(settings)) == "FAULT"


def test_a_volume_is_encrypted_when_it_or_what_it_stands_on_is(tmp_path):
    plain, crypt, logical = tmp_path / "8:1", tmp_path / "254:0", tmp_path / "254:1"
    plain.mkdir()
    (crypt / "dm").mkdir(parents=True)
    (crypt / "dm" / "uuid").write_text("CRYPT-LUKS2-0123\n")
    (logical / "slaves").mkdir(parents=True)
    (logical / "slaves" / "dm-0").symlink_to(crypt)
    found = [machine.encrypted(device) for device in (plain, crypt, logical, tmp_path / "none")]
    assert found == [False, True, True, None]


async def test_a_volume_in_the_clear_is_warned_of(settings, monkeypatch):
    monkeypatch.setattr("bot.checking.machine.encrypted", lambda device: False)
    assert _grade(await machine.volume(settings)) == "WARN"


ACCOUNT = Account("", 0, datetime.fromtimestamp(0, UTC), reads_groups=False, joins_groups=False)
HOOKED = "https://bot.example.org"


@pytest.mark.parametrize(
    ("account", "hook", "grade"),
    [
        (ACCOUNT, None, "ok"),
        (replace(ACCOUNT, webhook=f"{HOOKED}/path"), HOOKED, "ok"),
        (replace(ACCOUNT, webhook="https://elsewhere.example.org/"), HOOKED, "FAULT"),
        (replace(ACCOUNT, webhook=f"{HOOKED}/path"), None, "FAULT"),
        (ACCOUNT, HOOKED, "FAULT"),
        (replace(ACCOUNT, waiting=1001), None, "WARN"),
        (replace(ACCOUNT, refused=NOW - timedelta(minutes=5)), None, "WARN"),
    ],
)
def test_how_updates_come_is_compared_with_the_settings(account, hook, grade):
    settings = FixedSettings.model_construct(webhook_url=hook)
    assert [wrong.grade for wrong in reach.delivered(account, settings, NOW)] == ([] if grade == "ok" else [grade])


def test_rights_beyond_need_are_warned_of_and_a_desk_in_a_group_may_be_joined():
    assert len(list(reach.allowed(replace(ACCOUNT, reads_groups=True, joins_groups=True), group=False))) == 2
    assert not list(reach.allowed(replace(ACCOUNT, joins_groups=True), group=True))


def test_a_clock_apart_from_telegrams_is_a_fault():
    assert reach.apart("Mon, 23 Nov 2026 12:00:20 GMT", NOW) is None
    assert _grade(reach.apart("Mon, 23 Nov 2026 12:02:00 GMT", NOW)) == "FAULT"
    assert reach.apart("nonsense", NOW) is None


def _work(found: Vitals) -> dict[str, str]:
    judged = {
        "database": work.durable(found),
        "inbox": work.inbox(found.inbox),
        "outbox": work.outbox(found.words, found.errands),
        "aside": work.aside(found.aside),
        "cases": work.cases(found.desk),
        "team": work.team(found.team),
        "desk": work.desk_key(found.team),
    }
    return {name: str(wrong.grade) for name, wrong in judged.items() if wrong}


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ({}, {}),
        ({"unsafe": ("fsync",)}, {"database": "FAULT"}),
        ({"inbox": Backlog(5, 61)}, {"inbox": "WARN"}),
        ({"inbox": Backlog(5, 601)}, {"inbox": "FAULT"}),
        ({"words": Backlog(9, 601)}, {"outbox": "WARN"}),
        ({"words": Backlog(9, 3601)}, {"outbox": "FAULT"}),
        ({"errands": Backlog(1, 25 * 3600)}, {"outbox": "WARN"}),
        ({"aside": 1}, {"aside": "WARN"}),
        ({"desk": Desk(open=4, unclaimed=2, oldest=90_000)}, {}),
        ({"desk": Desk(open=4, unclaimed=2, overdue=1, oldest=90_000)}, {"cases": "WARN"}),
        ({"team": Team(admins=1, members=4, on_duty=3)}, {"team": "WARN"}),
        ({"team": Team(admins=2, members=4, on_duty=0)}, {"team": "WARN"}),
        ({"team": Team(admins=2, members=4, on_duty=1, damaged=1)}, {"team": "WARN"}),
        ({"team": Team(admins=2, members=4, on_duty=1, unproven=1)}, {"team": "WARN"}),
        ({"team": Team(admins=2, members=4, on_duty=1, ungranted=1)}, {"team": "WARN"}),
        ({"team": Team(admins=2, members=4, on_duty=1, strangers=1)}, {"desk": "FAULT"}),
    ],
)
def test_what_waits_too_long_and_who_is_missing_is_said(broken, found):
    assert _work(replace(WELL, **broken)) == found


@pytest.mark.parametrize(
    ("days", "kept", "grade"), [(1, 30, "ok"), (3, 30, "WARN"), (31, 30, "FAULT"), (99, 0, "ok"), (None, 30, "WARN")]
)
def test_backups_grow_old(days, kept, grade):
    made = None if days is None else NOW - timedelta(days=days)
    assert _grade(work.backup(made, kept, NOW)) == grade


@pytest.mark.parametrize(
    ("unbroken", "days", "admins", "grade"),
    [(True, 1, 2, "ok"), (True, 3, 2, "WARN"), (True, None, 2, "WARN"), (True, None, 0, "ok"), (False, 1, 2, "FAULT")],
)
def test_the_head_that_admins_were_sent_must_still_be_there(unbroken, days, admins, grade):
    sent = None if days is None else NOW - timedelta(days=days)
    assert _grade(work.audit(unbroken, sent, admins, NOW)) == grade


async def test_given_a_running_bot_then_it_tells_of_itself_and_is_not_disturbed(tmp_path: Path):
    async with rehearsal(tmp_path) as house:
        amina = house.phone("Amina")
        await house.enrol(amina, house.secret)
        await house.report(house.phone("Rustam"), "by the bridge", "now")
        found = _named(await everything(house.app.settings, Path("no-such-file")))
        assert found["bot"].grade is found["database"].grade is found["inbox"].grade is Grade.OK
        assert found["team"].says.startswith("admins: 1")
        assert found["files"].grade is Grade.OK, "the socket and the log of the running bot are private too"
        told = (await _health(house)).vitals
        assert (told.desk.open, told.desk.unclaimed, told.team.on_duty) == (1, 1, 1)
        assert (told.team.ungranted, told.team.unproven, told.team.strangers) == (0, 0, 0)
        said = " ".join(map(str, found.values()))
        assert not [word for word in ("bridge", "Amina", "Rustam", "walking desk", "telegram:") if word in said]
        await house.say(amina, "/queue")


async def test_given_the_head_that_admins_were_sent_when_the_chain_has_another_then_the_running_bot_says_so(
    tmp_path: Path,
):
    async with rehearsal(tmp_path) as house:
        amina = house.phone("Amina")
        await house.enrol(amina, house.secret)
        head = await house.app.database.audit_head()
        witness.remember(tmp_path / "state", head, datetime.now(UTC))
        await house.invite(amina)
        assert (await _health(house)).unbroken
        witness.remember(tmp_path / "state", f"{head.partition(':')[0]}:{'0' * 16}", datetime.now(UTC))
        assert not (await _health(house)).unbroken


async def test_given_a_bot_whose_worker_stands_still_then_that_is_a_fault(tmp_path: Path, monkeypatch):
    async with rehearsal(tmp_path) as house:
        await _socket(house)
        monkeypatch.setitem(pulse.LIMITS, "worker", -1.0)
        found = _named(await everything(house.app.settings, Path("no-such-file")))
        assert found["bot"].grade is Grade.FAULT and "worker" in found["bot"].says


async def test_given_a_bot_that_hangs_then_that_is_a_fault_and_its_database_is_left_alone(settings, monkeypatch):
    monkeypatch.setattr("bot.checking.looks.PATIENCE", timedelta(seconds=0.2))
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(settings.state_dir / SOCKET))
        door.listen()
        found = await _looked(settings)
    assert found["bot"].grade is Grade.FAULT and "does not answer" in found["bot"].says
    assert "database" not in found


async def _socket(house: Rehearsal) -> None:
    while not (house.app.settings.state_dir / SOCKET).exists():  # noqa: ASYNC110 - a file rings nobody
        await asyncio.sleep(0.01)


async def _health(house: Rehearsal) -> Health:
    return (await asyncio.to_thread(ask, house.app.settings.state_dir, Ask(looked_at=True))).health  # type: ignore[return-value]


def test_the_exit_code_is_for_monitors_and_json_for_programs(tmp_path: Path):
    env = {"PATH": os.environ["PATH"], "PANAH_TELEGRAM_API": "http://127.0.0.1:9", "PANAH_STATE_DIR": str(tmp_path)}
    wrong = _panah(tmp_path, env, "doctor")
    assert wrong.returncode == 2 and "PANAH_TELEGRAM_TOKEN" in wrong.stderr
    given = env | {"PANAH_TELEGRAM_TOKEN": "1:a", "PANAH_ORGANISATION": "x"}
    done = _panah(tmp_path, given, "doctor", "--json", "--quiet")
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert {each["grade"] for each in found} <= {"WARN", "FAULT"} and all(each["says"] for each in found)
    assert {"keys", "token", "bot"} <= {each["name"] for each in found if each["grade"] == "FAULT"}


def _panah(folder: Path, env: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *words]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
