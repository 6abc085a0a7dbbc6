"""The operator's way: init, check, run's faults, audit verify."""

import asyncio
import os
import stat
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import app
from bot.app import LOCK
from bot.cli import main
from bot.founding import write_private
from bot.sandbox import Sandbox
from storage.durable import only_holder
from storage.engine import NotReached
from storage.keyring import Keyring
from storage.pairs import new_pair
from storage.recovery import parse_identity
from tests.foreign import TEXTS, foreign_files, foreign_program

TOKEN = "1000001:TEST-TOKEN-OF-THE-SANDBOX"


@pytest.fixture
def api() -> Iterator[str]:
    """A Bot API server in a thread of its own, for commands that run a loop of theirs."""
    started, stop = threading.Event(), threading.Event()
    urls: list[str] = []

    async def serve() -> None:
        async with Sandbox() as sandbox:
            sandbox.add_bot(TOKEN, "panah_test_bot", "Panah")
            urls.append(sandbox.url)
            started.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait(10)
    yield urls[0]
    stop.set()
    thread.join(10)


@pytest.fixture
def house(tmp_path: Path, api: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings for a server that stands, and nothing else."""
    for name in [name for name in os.environ if name.startswith("PANAH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANAH_TELEGRAM_API", api)
    monkeypatch.setenv("PANAH_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("PANAH_ORGANISATION", "Test House")
    return tmp_path


def _panah(*words: str, typed: str = ""):
    return CliRunner().invoke(main, list(words), input=typed)


def test_given_nothing_when_init_runs_then_the_state_stands_and_everything_to_hand_over_is_shown_once(house):
    told = _panah("init", "--yes")
    assert told.exit_code == 0, told.output
    assert "https://t.me/panah_test_bot?start=" in told.output
    assert "/join " in told.output
    key = next(word for word in told.output.split() if word.startswith("AGE-SECRET-KEY-PQ-"))
    assert len(parse_identity(key)) == 32
    assert {path.name for path in (house / "state").iterdir()} >= {"root.key", "ring.sealed", "panah.db"}
    for path in (house / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name
        if path.is_file():
            assert key.encode() not in path.read_bytes()


def test_given_a_state_when_init_runs_again_then_nothing_is_overwritten(house):
    _panah("init", "--yes")
    before = {path: path.read_bytes() for path in (house / "state").iterdir() if path.suffix != ".db"}
    told = _panah("init", "--yes")
    assert told.exit_code == 2
    assert "Panah never overwrites one: move the folder away, or set PANAH_STATE_DIR" in told.output
    assert all(path.read_bytes() == content for path, content in before.items() if path.is_file())


def test_given_a_database_in_use_when_init_runs_for_another_folder_then_it_is_refused_and_no_key_is_made(
    house, monkeypatch
):
    monkeypatch.setenv("PANAH_DATABASE_URL", f"sqlite+aiosqlite:///{house}/elsewhere.db")
    _panah("init", "--yes")
    before = (house / "elsewhere.db").read_bytes()
    told = _panah("init", "--yes", "--state-dir", "other")
    assert told.exit_code == 2
    assert "belongs to another state folder" in told.output and "PANAH_DATABASE_URL" in told.output
    assert not (house / "other").exists()
    assert (house / "elsewhere.db").read_bytes() == before


def test_given_the_keys_of_another_server_when_anything_opens_the_database_then_it_is_refused(house, monkeypatch):
    monkeypatch.setenv("PANAH_DATABASE_URL", f"sqlite+aiosqlite:///{house}/elsewhere.db")
    _panah("init", "--yes")
    monkeypatch.setenv("PANAH_STATE_DIR", str(house / "other"))
    Keyring.create(house / "other", date(2026, 11, 23))
    for words in (("run",), ("check",), ("audit", "verify")):
        told = _panah(*words)
        assert told.exit_code == 1
        assert "belongs to another state folder" in told.output, words


@pytest.mark.parametrize(
    "words",
    [
        ("stats",),
        ("audit", "verify"),
        ("rotate", "--desk"),
        ("release", "--quarter", "2026Q1"),
        ("upgrade",),
        ("backup",),
    ],
)
def test_given_a_server_of_the_database_that_is_away_then_it_is_said_in_words_and_never_with_its_password(
    house, monkeypatch, words
):
    with new_pair() as recovery:
        Keyring.create(house / "state", date(2026, 11, 23)).adopt_recovery(recovery.public)
    monkeypatch.setenv("PANAH_DATABASE_URL", "postgresql+asyncpg://panah:CANARY@127.0.0.1:9/panah")
    told = _panah(*words)
    assert told.exit_code == 1 and "can't be reached" in told.output and "PANAH_DATABASE_URL" in told.output
    assert "CANARY" not in told.output


def test_given_recovery_out_when_init_runs_then_the_key_is_in_that_file_alone(house):
    told = _panah("init", "--yes", "--recovery-out", "recovery.txt")
    assert told.exit_code == 0
    assert "AGE-SECRET-KEY-PQ-" not in told.output
    assert stat.S_IMODE((house / "recovery.txt").stat().st_mode) == 0o600
    assert (house / "recovery.txt").read_text().startswith("AGE-SECRET-KEY-PQ-")
    assert _panah("init", "--yes", "--state-dir", "other", "--recovery-out", "recovery.txt").exit_code == 2
    assert not (house / "other").exists()


def test_given_recovery_out_then_the_key_is_on_the_disk_before_anything_hangs_on_it(house, monkeypatch):
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.readlink(f"/proc/self/fd/{handle}")))
    write_private(house / "recovery.txt", "a key")
    assert synced == [str(house / "recovery.txt"), str(house)]


def test_given_a_recovery_file_that_cannot_be_written_then_the_key_is_shown_and_not_lost(house):
    told = _panah("init", "--yes", "--recovery-out", "no-such-folder/recovery.txt")
    assert told.exit_code == 0
    assert "AGE-SECRET-KEY-PQ-" in told.output


def test_given_settings_that_others_may_read_when_a_token_is_added_then_they_may_no_longer(house):
    (house / ".env").touch(0o644)
    assert _panah("init", "--yes", "--token", TOKEN).exit_code == 0
    assert stat.S_IMODE((house / ".env").stat().st_mode) == 0o600


def test_given_a_process_that_serves_when_a_second_is_started_then_it_refuses(house):
    _panah("init", "--yes")
    with only_holder(house / "state" / LOCK):
        told = _panah("run")
    assert told.exit_code == 1
    assert "Another process" in told.output


def test_given_missing_settings_when_init_may_ask_then_it_asks_and_remembers(house, monkeypatch):
    monkeypatch.delenv("PANAH_TELEGRAM_TOKEN")
    monkeypatch.delenv("PANAH_ORGANISATION")
    told = _panah("init", typed=f"{TOKEN}\nAsked House\n")
    assert told.exit_code == 0, told.output
    assert TOKEN not in told.output
    assert stat.S_IMODE((house / ".env").stat().st_mode) == 0o600
    assert _panah("check").exit_code == 0


def test_given_missing_settings_when_run_then_all_are_named_at_once_with_their_remedy(house, monkeypatch):
    monkeypatch.delenv("PANAH_TELEGRAM_TOKEN")
    monkeypatch.delenv("PANAH_ORGANISATION")
    monkeypatch.setenv("PANAH_WEBHOOK_URL", "http://not-https")
    told = _panah("run")
    assert told.exit_code == 2
    for name in ("PANAH_TELEGRAM_TOKEN", "PANAH_ORGANISATION", "PANAH_WEBHOOK_URL"):
        assert name in told.output


def test_given_no_state_when_check_runs_then_it_names_the_fault_and_fails(house):
    told = _panah("check")
    assert told.exit_code == 1
    assert "FAULT keys" in told.output
    assert "ok    program" in told.output


def test_given_a_whole_house_when_checked_then_every_look_is_good(house):
    _panah("init", "--yes")
    told = _panah("check")
    assert told.exit_code == 0, told.output
    assert "FAULT" not in told.output


def test_given_missing_programs_when_checked_then_they_are_warned_of_with_their_remedy(house, monkeypatch):
    _panah("init", "--yes")
    monkeypatch.setattr("bot.checking.house.installed", lambda program: None)
    told = _panah("check")
    assert told.exit_code == 0
    assert "WARN  programs" in told.output and "apt install mat2 ffmpeg" in told.output


def test_given_a_kernel_that_gives_no_namespaces_when_checked_then_it_is_warned_of(house, monkeypatch):
    async def no() -> bool:
        return False

    _panah("init", "--yes")
    monkeypatch.setattr("bot.checking.house.installed", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr("bot.checking.house.has_own_memory", no)
    assert "WARN  programs: Office documents, films" in _panah("check").output


def test_given_a_lost_invitation_when_there_is_no_admin_then_another_is_shown(house):
    _panah("init", "--yes")
    told = _panah("invite-admin")
    assert told.exit_code == 0, told.output
    assert "https://t.me/panah_test_bot?start=" in told.output


def test_given_a_faulty_program_when_checked_or_run_then_every_fault_is_shown_and_nothing_serves(house, monkeypatch):
    _panah("init", "--yes")
    texts = {id: text for id, text in TEXTS.items() if id != "category.arson"}
    broken = foreign_files()["guidance.toml"].replace('category = ["arson"]', 'category = ["other"]')
    monkeypatch.setenv("PANAH_PROGRAM_DIR", str(foreign_program(house / "program", texts, guidance=broken)))
    for words in (("check",), ("run",)):
        told = _panah(*words)
        assert told.exit_code == 1
        assert "the category arson has no guidance" in told.output, words
        assert "category.arson: is missing in ru, uz, uz_Cyrl, tg, az, kk, en" in told.output, words


def test_given_a_token_that_the_server_refuses_when_checked_then_it_is_named_and_never_shown(house, monkeypatch):
    _panah("init", "--yes")
    monkeypatch.setenv("PANAH_TELEGRAM_TOKEN", "999:wrong-token-of-nobody")
    told = _panah("check")
    assert told.exit_code == 1
    assert "FAULT token" in told.output
    assert "wrong-token" not in told.output


def test_given_a_new_state_when_the_audit_is_verified_then_it_is_unbroken_and_a_foreign_witness_is_refused(house):
    _panah("init", "--yes")
    assert _panah("audit", "verify").exit_code == 0
    assert _panah("audit", "verify", "--witness", "7:0123456789abcdef").exit_code == 1


@pytest.mark.parametrize("format", ["csv", "json", "png"])
def test_given_a_house_without_reports_then_stats_writes_its_figures_in_each_format(house, format):
    _panah("init", "--yes")
    told = _panah("stats", "--format", format, "--out", "figures", "--language", "tg")
    assert stat.S_IMODE((house / "figures").stat().st_mode) == 0o600, "small numbers can be people"
    assert told.exit_code == 0, told.output
    begins = {"csv": "\ufeffby,value,label,count".encode(), "json": b'{\n  "total": 0', "png": b"\x89PNG"}
    assert (house / "figures").read_bytes().startswith(begins[format])


@pytest.mark.parametrize("wrong", [("--format", "xls"), ("--since", "2026-13"), ("--by", "name"), ("--language", "fr")])
def test_given_a_wrong_wish_then_stats_says_what_may_be_wished(house, wrong):
    _panah("init", "--yes")
    told = _panah("stats", *wrong)
    assert told.exit_code == 2 and wrong[0] in told.output


async def test_given_a_server_of_the_database_that_comes_late_when_the_bot_starts_then_it_waits(
    monkeypatch: pytest.MonkeyPatch,
):
    opened, answers = object(), iter([NotReached("away"), NotReached("away")])

    async def late(*_: object, **__: object) -> object:
        if (error := next(answers, None)) is not None:
            raise error
        return opened

    monkeypatch.setattr(app.Database, "open", late)
    monkeypatch.setattr(app, "RETRY", 0.01)
    assert await app._reached("postgresql+asyncpg://x", None, None) is opened  # type: ignore[arg-type]
