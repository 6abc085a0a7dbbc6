"""Upgrading the schema with a way back, by a second migration that is made up here."""

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

import storage
from storage import migrate as migrating
from storage import wayback
from storage.engine import file_of
from storage.migrate import BackupFirst, NewerDatabase, UpgradeFailed, migrate
from storage.wayback import NoCopy, NotPutBack, NoWayBack
from tests.postgres import new_database
from tests.storage.database.conftest import NOW, World
from tests.storage.database.test_migrations import in_database

STEP = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None


def upgrade() -> None:
    op.create_table("novelty", sa.Column("id", sa.Integer(), primary_key=True))
    op.execute("DELETE FROM meta")
"""
FAILS = STEP + '    raise RuntimeError("canary-77aa")\n'


def program(folder: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this program has a second migration."""
    scripts = folder / "migrations"
    shutil.copytree(Path(storage.__file__).parent / "migrations", scripts, dirs_exist_ok=True)
    (scripts / "versions" / "0002_a_novelty.py").write_text(step)
    monkeypatch.setattr(migrating, "_SCRIPTS", str(scripts))


def older_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "_SCRIPTS", "storage:migrations")


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, STEP, monkeypatch)


@pytest.fixture
def file(migrated_sqlite: str) -> Path:
    return file_of(migrated_sqlite)


@pytest.fixture
def migrated_sqlite(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "panah.db")
    return f"sqlite+aiosqlite:///{tmp_path}/panah.db"


def asked(file: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def copies(file: Path) -> list[str]:
    return sorted(path.name for path in file.parent.glob("panah.before-*"))


async def test_given_a_new_database_then_no_copy_is_made(tmp_path: Path, newer: None) -> None:
    assert await migrate(f"sqlite+aiosqlite:///{tmp_path}/panah.db") == ""
    assert copies(tmp_path / "panah.db") == []


async def test_given_an_older_schema_when_upgraded_then_a_private_copy_of_what_was_lies_beside(
    migrated_sqlite: str, file: Path, newer: None
) -> None:
    before = asked(file, "SELECT * FROM meta")
    assert await migrate(migrated_sqlite) == "0001"
    assert copies(file) == ["panah.before-0001.db"]
    copy = wayback.find(file)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert before and asked(copy, "SELECT * FROM meta") == before and asked(file, "SELECT * FROM meta") == []
    assert asked(copy, "PRAGMA integrity_check") == [("ok",)]
    assert (wayback.schema(copy), wayback.schema(file)) == ("0001", "0002")


async def test_given_an_upgraded_database_when_started_again_then_nothing_happens(
    migrated_sqlite: str, file: Path, newer: None
) -> None:
    await migrate(migrated_sqlite)
    made = wayback.made(wayback.find(file))
    assert await migrate(migrated_sqlite) == "0002"
    assert wayback.made(wayback.find(file)) == made


async def test_given_several_starts_at_once_then_the_copy_is_of_before_and_one_migrates(
    migrated_sqlite: str, file: Path, newer: None
) -> None:
    found = await asyncio.gather(*(migrate(migrated_sqlite) for _ in range(4)))
    assert sorted(found) == ["0001", "0002", "0002", "0002"]
    assert wayback.schema(wayback.find(file)) == "0001"


async def test_given_a_step_that_fails_then_the_database_is_as_it_was_and_nothing_is_quoted(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, FAILS, monkeypatch)
    with pytest.raises(UpgradeFailed) as caught:
        await migrate(migrated_url, saved=True)
    assert "canary" not in str(caught.value) and caught.value.__suppress_context__
    older_program(monkeypatch)
    assert await migrate(migrated_url) == "0001"
    assert await in_database(migrated_url, lambda c: c.execute(text("SELECT key FROM meta")).all()) == [("audit",)]


async def test_given_a_process_that_is_killed_in_a_step_then_the_next_one_finds_all_as_it_was_and_upgrades(
    migrated_sqlite: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, STEP + "    import os\n\n    os.kill(os.getpid(), 9)\n", monkeypatch)
    words = f"from storage import migrate as m; m._SCRIPTS = {str(tmp_path / 'migrations')!r}; import asyncio; "
    call = [sys.executable, "-c", f"{words}asyncio.run(m.migrate({migrated_sqlite!r}))"]
    assert (await asyncio.to_thread(subprocess.run, call, check=False)).returncode == -signal.SIGKILL
    assert wayback.schema(file) == "0001" and len(asked(file, "SELECT * FROM meta")) == 1
    program(tmp_path, STEP, monkeypatch)
    assert await migrate(migrated_sqlite) == "0001"


async def test_given_a_copy_that_can_not_be_made_then_nothing_is_changed_and_no_part_is_left(
    migrated_sqlite: str, file: Path, newer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NoCopy):
        await migrate(migrated_sqlite)
    monkeypatch.undo()
    assert copies(file) == [] and wayback.schema(file) == "0001"


async def test_given_an_upgraded_database_then_the_older_program_refuses_it_and_says_the_way_back(
    migrated_sqlite: str, newer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(migrated_sqlite)
    older_program(monkeypatch)
    with pytest.raises(NewerDatabase, match="upgrade --back"):
        await migrate(migrated_sqlite)


async def test_given_the_way_back_when_taken_then_the_older_program_finds_its_database_and_no_copy_is_left(
    migrated_sqlite: str, file: Path, newer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = asked(file, "SELECT * FROM meta")
    await migrate(migrated_sqlite)
    await in_database(migrated_sqlite, lambda c: c.execute(text("INSERT INTO novelty VALUES (1)")))
    wayback.go_back(file, wayback.find(file))
    older_program(monkeypatch)
    assert await migrate(migrated_sqlite) == "0001"
    assert asked(file, "SELECT * FROM meta") == before
    assert asked(file, "PRAGMA integrity_check") == [("ok",)]
    assert copies(file) == []
    with pytest.raises(NoWayBack):
        wayback.find(file)


async def test_given_something_that_uses_the_database_then_going_back_changes_nothing(
    migrated_sqlite: str, file: Path, newer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wayback, "_WAIT_SECONDS", 0)
    await migrate(migrated_sqlite)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotPutBack):
            wayback.go_back(file, wayback.find(file))
    assert wayback.schema(file) == "0002" and copies(file)


async def test_given_an_upgrade_that_failed_then_its_copy_is_no_way_back(
    migrated_sqlite: str, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, FAILS, monkeypatch)
    with pytest.raises(UpgradeFailed):
        await migrate(migrated_sqlite)
    with pytest.raises(NoWayBack):
        wayback.find(file)


@pytest.mark.postgres
async def test_given_postgresql_then_it_is_upgraded_only_after_a_backup(
    postgres_server: str, postgres_template: str, newer: None
) -> None:
    url = await asyncio.to_thread(new_database, postgres_server, postgres_template)
    with pytest.raises(BackupFirst):
        await migrate(url)
    assert await migrate(url, saved=True) == "0001"
    assert await migrate(url) == "0002"


def aged(world: World, days: float) -> Path | None:
    """A copy beside the world's database, made so many days ago."""
    file = file_of(world.url)
    if file is None:
        return None
    copy = file.with_name(f"{file.stem}.before-0000.db")
    copy.write_bytes(b"as it was")
    then = (NOW - timedelta(days=days)).timestamp()
    os.utime(copy, (then, then))
    return copy


@pytest.mark.parametrize(("days", "left"), [(1.9, True), (2.1, False)])
async def test_given_a_copy_when_swept_then_it_is_destroyed_after_two_days(
    world: World, days: float, left: bool
) -> None:
    copy = aged(world, days)
    await world.database.retention.sweep(NOW)
    assert copy is None or copy.exists() == left


async def test_given_a_copy_when_the_keys_of_past_months_go_then_it_goes_before_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = aged(world, 0)

    def destroy(_: date) -> None:
        assert copy is None or not copy.exists()
        destroyed.append(True)

    destroyed: list[bool] = []
    monkeypatch.setattr(world.vault.ring, "destroy", destroy)
    assert await world.database.retention.end_months(world.later(days=20))
    assert destroyed
