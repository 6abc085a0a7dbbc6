"""`panah backup` and `restore`, as an operator meets them."""

import asyncio
import contextlib
import io
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import backups, clock
from bot.cli import main
from bot.founding import found
from bot.settings import FixedSettings
from handlers.model import Address, Text
from storage import age, snapshot
from storage.archive import unpack
from storage.backup import last_backup, only_backup
from storage.database import Database
from storage.errors import Tampered
from storage.keyring import ROOT_FILE, Keyring
from storage.pairs import SEED_BYTES, new_pair
from storage.records import Arrival
from storage.recovery import identity_text, parse_identity, recipient_text
from storage.sessions import Sessions
from storage.tables import metadata
from storage.vault import Vault

TOKEN = "1000001:made-up-for-a-backup"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a founded state and its recovery key, and nothing that serves it."""
    for name in [name for name in os.environ if name.startswith("PANAH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANAH_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("PANAH_ORGANISATION", "Test House")
    monkeypatch.setenv("PANAH_TELEGRAM_API", "http://127.0.0.1:1")
    founded = asyncio.run(found(tmp_path / "state", f"sqlite+aiosqlite:///{tmp_path}/state/panah.db"))
    (tmp_path / "recovery").write_text(founded.recovery + "\n")
    return tmp_path


def _panah(*words: str, typed: str = ""):
    return CliRunner().invoke(main, list(words), input=typed)


def _made(house: Path) -> Path:
    told = _panah("backup")
    assert told.exit_code == 0, told.output
    return backups.file_of(house / "backups", clock.now().date())


def test_given_a_backup_when_the_state_is_lost_then_the_recovery_key_alone_brings_it_back(house: Path):
    made = _made(house)
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    before = last_backup(house / "state")
    assert before is not None and clock.now() - before < timedelta(minutes=1)
    shutil.rmtree(house / "state")
    told = _panah("restore", str(made), typed=(house / "recovery").read_text())
    assert told.exit_code == 0, told.output
    assert "AGE-SECRET-KEY" not in told.output
    assert stat.S_IMODE((house / "state" / ROOT_FILE).stat().st_mode) == 0o400
    settings = (house / "state" / "restored" / "settings.env").read_text()
    assert "PANAH_ORGANISATION='Test House'" in settings
    assert TOKEN not in settings
    assert "FAULT database" not in _panah("check").output
    assert _panah("audit", "verify").exit_code == 0
    assert "lines, unbroken" in _panah("audit", "verify").output


def test_given_a_program_of_ones_own_then_it_is_in_the_backup(house: Path, monkeypatch: pytest.MonkeyPatch):
    shutil.copytree(REPOSITORY / "handlers" / "data", house / "mine")
    monkeypatch.setenv("PANAH_PROGRAM_DIR", str(house / "mine"))
    made = _made(house)
    told = _panah("restore", str(made), "--identity", "recovery", "--state-dir", "other")
    assert told.exit_code == 0, told.output
    kept = house / "other" / "restored" / "program"
    assert {path.name for path in kept.iterdir()} >= {"form.toml", "triage.toml"}
    assert (kept / "form.toml").read_bytes() == (house / "mine" / "form.toml").read_bytes()


def test_given_partners_then_their_keys_are_in_the_backup_for_they_were_compared_by_voice(house: Path, monkeypatch):
    with new_pair() as pair:
        key = recipient_text(pair.public)
    named = f'[lighthouse]\nname = "Lighthouse Foundation"\nlanguage = "en"\nkey = "{key}"\n'
    (house / "mine.toml").write_text(named)
    monkeypatch.setenv("PANAH_PARTNERS", str(house / "mine.toml"))
    made = _made(house)
    (house / "mine.toml").unlink()
    monkeypatch.delenv("PANAH_PARTNERS")
    told = _panah("restore", str(made), "--identity", "recovery", "--state-dir", "other")
    assert told.exit_code == 0, told.output
    kept = house / "other" / "restored"
    assert (kept / "partners.toml").read_text() == named
    assert "PARTNERS" not in (kept / "settings.env").read_text(), "where it lies is the machine's business"


def test_given_everything_that_the_server_holds_when_it_tries_then_its_own_backup_does_not_open(house: Path):
    made = _made(house).read_bytes()
    ring = Keyring.open(house / "state")
    root = (house / "state" / ROOT_FILE).read_bytes()
    keys = [root, ring._ring.static, ring.pepper, ring.audit_key, ring.code_salt, *ring._ring.data.values()]
    for key in keys:
        with pytest.raises(Tampered):
            age.opened(io.BytesIO(made), key[:SEED_BYTES])
    for secret in (*keys, b"Test House", TOKEN.encode()):
        assert secret not in made


def _strange(house: Path, made: Path) -> Path:
    with new_pair() as pair:
        (house / "strange").write_text(identity_text(pair.seed))
    return house / "strange"


def _cut(house: Path, made: Path) -> Path:
    made.write_bytes(made.read_bytes()[:-100])
    return house / "recovery"


def _damaged(house: Path, made: Path) -> Path:
    data = bytearray(made.read_bytes())
    data[len(data) // 2] ^= 1
    made.write_bytes(data)
    return house / "recovery"


def _junk(house: Path, made: Path) -> Path:
    made.write_bytes(b"PK\x03\x04" * 999)
    return house / "recovery"


def _forged(house: Path, made: Path) -> Path:
    with made.open("wb") as out, age.sealed(out, Keyring.open(house / "state").recovery_public) as file:
        file.write(b"x" * 5000)
    return house / "recovery"


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (_strange, "This key does not open this file"),
        (_junk, "This key does not open this file"),
        (_cut, "damaged or cut short; nothing was restored"),
        (_damaged, "damaged or cut short; nothing was restored"),
        (_forged, "not as Panah writes it. Nothing was restored"),
    ],
)
def test_given_a_wrong_key_or_file_then_it_is_said_which_and_nothing_is_left(house: Path, harm, words: str):
    made = _made(house)
    key = harm(house, made)
    before = set(house.iterdir())
    told = _panah("restore", str(made), "--identity", str(key), "--state-dir", "new")
    assert told.exit_code == 1
    assert words in told.output
    assert set(house.iterdir()) == before


def test_given_a_restore_that_was_killed_when_it_is_done_again_then_nothing_of_the_first_is_left(house: Path):
    made = _made(house)
    left = house / "new.restoring"
    (left / "keys").mkdir(parents=True)
    (left / "keys" / ROOT_FILE).write_bytes(b"a key of then")
    assert _panah("restore", str(made), "--identity", "recovery", "--state-dir", "new").exit_code == 0
    assert not left.exists()
    assert (house / "new" / ROOT_FILE).read_bytes() == (house / "state" / ROOT_FILE).read_bytes()


def test_given_a_state_that_stands_then_it_is_not_touched(house: Path):
    made = _made(house)
    before = {path: path.read_bytes() for path in (house / "state").iterdir() if path.is_file()}
    told = _panah("restore", str(made), "--identity", "recovery")
    assert told.exit_code == 2
    assert "restored to an empty place only" in told.output
    assert all(path.read_bytes() == data for path, data in before.items())


def test_given_a_database_that_is_somebodys_then_nothing_is_restored_into_it(house: Path, monkeypatch):
    made = _made(house)
    monkeypatch.setenv("PANAH_DATABASE_URL", f"sqlite+aiosqlite:///{house}/state/panah.db")
    told = _panah("restore", str(made), "--identity", "recovery", "--state-dir", "new")
    assert told.exit_code == 1
    assert "belongs to another state folder" in told.output
    assert not (house / "new").exists()


def test_given_another_schema_then_it_is_named(house: Path, monkeypatch: pytest.MonkeyPatch):
    made = _made(house)
    monkeypatch.setattr("storage.restore.newest", lambda: "9999")
    told = _panah("restore", str(made), "--identity", "recovery", "--state-dir", "new")
    assert told.exit_code == 1
    assert "Restore it with that version, then upgrade" in told.output


@pytest.mark.parametrize("identity", ["no-such-file", "state"])
def test_given_no_readable_key_then_it_is_said(house: Path, identity: str):
    assert _panah("restore", str(_made(house)), "--identity", identity).exit_code == 2


def test_given_old_backups_then_those_go_whose_days_are_over_and_nothing_else(house: Path):
    today = clock.now().date()
    folder = house / "backups"
    folder.mkdir()
    ages = {days: backups.file_of(folder, today - timedelta(days)) for days in (1, 30, 31, 400)}
    others = [folder / "panah-2020-01-01.age.copy", folder / "notes-2020-01-01.age", folder / "panah-2020-99-99.age"]
    left = folder / "panah-2026-01-01.age.part"
    for path in (*ages.values(), *others, left):
        path.touch()
    made = _made(house)
    assert {path.name for path in folder.iterdir()} == {path.name for path in (made, ages[1], ages[30], *others)}


def test_given_a_pipe_then_the_backup_goes_through_it_and_stays_nowhere(house: Path):
    before = {path.name for path in (house / "state").iterdir()}
    told = _panah("backup", "--stdout")
    assert told.exit_code == 0
    assert told.stdout_bytes.startswith(b"age-encryption.org/v1\n")
    assert {path.name for path in (house / "state").iterdir()} - before <= {"last.backup", "backup.lock", "blobs"}
    (house / "piped").write_bytes(told.stdout_bytes)
    assert _panah("restore", "piped", "--identity", "recovery", "--state-dir", "new").exit_code == 0


def test_given_a_backup_that_is_being_made_then_another_is_refused(house: Path):
    with only_backup(house / "state"):
        told = _panah("backup")
    assert told.exit_code == 1
    assert "Another backup" in told.output


def test_given_a_disk_that_is_full_then_no_half_file_stays_and_none_is_remembered(house: Path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bot.backups.os.fsync", full)
    told = _panah("backup")
    assert told.exit_code == 1
    assert "No space left on device" in told.output
    assert list((house / "backups").iterdir()) == []
    assert last_backup(house / "state") is None


@pytest.mark.slow
def test_given_a_kill_in_the_middle_of_a_backup_then_no_half_file_has_its_name_and_the_next_one_is_whole(house: Path):
    (house / "state" / "blobs").mkdir()
    for number in range(80):
        (house / "state" / "blobs" / f"{number:032x}").write_bytes(os.urandom(1 << 20))
    command = [sys.executable, "-m", "bot", "backup", "--env", str(house / "none"), "--out", str(house / "backups")]
    environment = os.environ | {"PANAH_STATE_DIR": str(house / "state")}
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment)
    part = house / "backups" / f"panah-{clock.now():%Y-%m-%d}.age.part"
    _until(lambda: part.exists() and part.stat().st_size > 1 << 20)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert [path.name for path in (house / "backups").iterdir()] == [part.name]
    shutil.rmtree(house / "state" / "blobs")
    made = _made(house)
    assert [path.name for path in (house / "backups").iterdir()] == [made.name]


def _until(true, patience: float = 30.0) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.005)


@contextlib.contextmanager
def _opened(house: Path) -> Iterator[Path]:
    folder = house / "opened"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


async def test_given_writers_who_never_rest_then_each_backup_is_of_one_moment_and_no_writer_waits_long(house: Path):
    """Each writer's event has a chat of its own: in every backup there are exactly as many chats as events."""
    vault = Vault(Keyring.open(house / "state"))
    url = f"sqlite+aiosqlite:///{house}/state/panah.db"
    database = await Database.open(url, vault, Sessions(vault), process="test")
    written, longest = 0, 0.0

    async def write() -> None:
        nonlocal written, longest
        while True:
            begun = time.monotonic()
            names = [f"{written}:{number}" for number in range(20)]
            await database.accept([Arrival(name, Address(f"test:{name}"), Text("x")) for name in names], clock.now())
            written, longest = written + 1, max(longest, time.monotonic() - begun)

    writing = asyncio.create_task(write())
    seed = parse_identity((house / "recovery").read_text())
    settings = _settings(house)
    try:
        for _ in range(3):
            await asyncio.sleep(0.3)
            made = await asyncio.to_thread(asyncio.run, backups.to_folder(settings, house / "b", clock.now(), _nobody))
            with _opened(house) as folder, made.open("rb") as source:
                rows = unpack(age.opened(source, seed), folder).rows
            assert rows["inbox"] == rows["conversations"] >= 20
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await database.close()
    assert longest < 5


def _nobody(_: int) -> None:
    """Looks at no progress."""


def _settings(house: Path) -> FixedSettings:
    return FixedSettings.model_validate(
        {"telegram_token": TOKEN, "organisation": "Test House", "state_dir": house / "state"}
    )


def test_every_table_is_in_a_backup():
    assert set(snapshot.TABLES) == set(metadata.tables)


def test_given_no_backup_yet_then_there_is_no_last_one(tmp_path: Path):
    assert last_backup(tmp_path) is None


def test_given_a_day_then_its_backup_is_named_by_it_alone():
    assert backups.file_of(Path("x"), date(2026, 11, 23)) == Path("x/panah-2026-11-23.age")
