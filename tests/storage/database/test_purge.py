"""`panah purge` where no bot runs: what is due, what waits and why; and what is due goes, files and all."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from bot.app import LOCK
from bot.cli import main
from handlers import keeping
from handlers.model import (
    BlobId,
    ById,
    Case,
    CaseState,
    File,
    FileKind,
    Outcome,
    Part,
    PartId,
    Seal,
    StoredFile,
    Wanted,
)
from storage.blobs import Blobs
from storage.durable import only_holder

REPORTER = "telegram:77"
DAYS = 90


async def _content() -> AsyncIterator[bytes]:
    yield b"a picture"


@pytest.fixture
def settings(world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the world's state and database, at the world's time."""
    given = {"TELEGRAM_TOKEN": "1:a", "ORGANISATION": "x", "STATE_DIR": f"{tmp_path}/state", "DATABASE_URL": world.url}
    for name, value in given.items():
        monkeypatch.setenv(f"PANAH_{name}", value)
    monkeypatch.setattr("bot.clock.now", lambda: world.now)


async def _panah(world: Any, *words: str) -> Result:
    """Run the command as another process would: nothing else has the database open."""
    await world.database.close()
    result = await asyncio.to_thread(CliRunner().invoke, main, ["purge", *words, "--env", "none"])
    await world.start()
    return result


async def _closed(world: Any, age: int, **how: Any) -> Case:
    """A case that was closed so many days ago, and all who keep it were warned."""
    opening = world.opening()
    await world.effects(REPORTER, opening)
    closed = world.now - timedelta(days=age)
    kept = replace(keeping.begun(closed, DAYS), warned=len(keeping.WARNINGS))
    case = replace(opening.case, state=CaseState.CLOSED, closed=closed, keeping=kept, **how)
    return await _put(world, case)


async def _put(world: Any, case: Case) -> Case:
    await world.tell(REPORTER, lambda context: Outcome(context.conversation, case=case), Wanted(ById(case.id)))
    return case


async def _file_of(world: Any, case: Case, folder: Path) -> BlobId:
    stored = await Blobs(folder / "state" / "blobs").write(_content())
    file = StoredFile(BlobId(stored.blob), stored.key, FileKind.PHOTO, stored.size, stored.sha256)
    part = Part(PartId("p" * 22), world.now, "reporter", File(file))
    await world.tell(REPORTER, lambda context: Outcome(context.conversation, (Seal(case.id, part),)))
    return file.blob


@pytest.mark.usefixtures("settings")
async def test_given_closed_cases_then_a_dry_run_says_how_each_stands_and_a_real_one_erases_what_is_due(
    world: Any, tmp_path: Path
) -> None:
    await world.found()
    due, later = await _closed(world, DAYS + 1), await _closed(world, DAYS - 1)
    unread = await _closed(world, DAYS + 1, unread=1)
    undelivered = await _closed(world, DAYS + 1, unreachable=True)
    held = await _put(world, keeping.held(await _closed(world, 1), world.now + timedelta(days=300), world.now))
    gone, stays = await _file_of(world, due, tmp_path), await Blobs(tmp_path / "state" / "blobs").ids()
    dry = await _panah(world, "--dry-run")
    assert dry.exit_code == 0
    day = f"{world.now - timedelta(days=1):%Y-%m-%d}"
    late = f"{world.now + timedelta(days=29):%Y-%m-%d}"
    for line in (
        f"{due.ref}  due since {day}",
        f"{later.ref}  goes after {world.now + timedelta(days=1):%Y-%m-%d}",
        f"{unread.ref}  waits, unread, since {day}",
        f"{undelivered.ref}  waits for its reporter until {late}",
        f"{held.ref}  held until {world.now + timedelta(days=300):%Y-%m-%d}",
        "Closed cases: 5 (due 1, later 1, held 1, unread 1, undelivered 1, asked 0)",
    ):
        assert line in dry.stdout
    assert "a story" not in dry.output and stays == {gone}
    assert len(await world.database.retention.endings()) == 5, "a dry run changes nothing"
    real = await _panah(world)
    assert (real.exit_code, real.stdout.splitlines()[-1]) == (0, "Erased now: 1")
    assert {case.ref for case in await world.database.retention.endings()} == {
        each.ref for each in (later, unread, undelivered, held)
    }
    assert await Blobs(tmp_path / "state" / "blobs").ids() == set()


@pytest.mark.usefixtures("settings")
async def test_given_a_bot_that_serves_and_does_not_answer_then_nothing_is_touched(world: Any, tmp_path: Path) -> None:
    await world.found()
    await _closed(world, DAYS + 1)
    with only_holder(tmp_path / "state" / LOCK):
        refused = await _panah(world)
    assert refused.exit_code == 1 and "Traceback" not in refused.output
    assert len(await world.database.retention.endings()) == 1
