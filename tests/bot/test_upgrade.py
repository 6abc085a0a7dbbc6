"""`panah upgrade`, as an operator meets it. What it does to databases: `tests/storage/database/test_wayback.py`."""

import asyncio
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import LOCK
from bot.cli import main
from bot.founding import found
from storage import wayback
from storage.durable import only_holder
from tests.storage.database.test_wayback import STEP, copies, program


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The database of a state that was founded by the version before."""
    for name in [name for name in os.environ if name.startswith("PANAH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANAH_TELEGRAM_TOKEN", "1000001:made-up-for-an-upgrade")
    monkeypatch.setenv("PANAH_ORGANISATION", "Test House")
    asyncio.run(found(tmp_path / "state", f"sqlite+aiosqlite:///{tmp_path}/state/panah.db"))
    program(tmp_path, STEP.replace("    op.execute", "    # op.execute"), monkeypatch)
    return tmp_path / "state" / "panah.db"


def panah(*words: str, typed: str = ""):
    return CliRunner().invoke(main, words, input=typed)


def test_given_an_older_database_when_upgraded_then_it_says_so_and_once_only(file: Path):
    told = panah("upgrade")
    assert told.exit_code == 0, told.output
    assert "from 0001 to 0002" in told.output and "upgrade --back" in told.output
    assert "already: 0002" in panah("upgrade").output


def test_given_the_way_back_then_it_is_taken_only_by_the_word_and_says_what_is_lost(file: Path):
    panah("upgrade")
    told = panah("upgrade", "--back", typed="yes\n")
    assert told.exit_code == 1 and "Lost for ever" in told.output and wayback.schema(file) == "0002"
    told = panah("upgrade", "--back", typed="back\n")
    assert told.exit_code == 0, told.output
    assert wayback.schema(file) == "0001" and copies(file) == []
    told = panah("upgrade", "--back", "--yes")
    assert told.exit_code == 1 and "No copy from before an upgrade" in told.output


@pytest.mark.parametrize("words", [[], ["--back", "--yes"]])
def test_given_a_bot_that_serves_then_nothing_is_done(file: Path, words: list[str]):
    panah("upgrade") if words else None
    before = wayback.schema(file)
    with only_holder(file.parent / LOCK):
        told = panah("upgrade", *words)
    assert told.exit_code == 1 and "Another process serves" in told.output
    assert wayback.schema(file) == before


@pytest.mark.parametrize("words", [["purge"], ["panic", "--state-dir", "state", "--yes"]])
def test_given_a_copy_when_purged_or_in_panic_then_it_is_destroyed(file: Path, words: list[str]):
    panah("upgrade")
    assert copies(file)
    told = panah(*words)
    assert told.exit_code == 0, told.output
    assert copies(file) == []


def test_given_a_copy_when_a_purge_is_only_looked_at_then_it_stays(file: Path):
    panah("upgrade")
    panah("purge", "--dry-run")
    assert copies(file)


BESIDE = [
    ["check"],
    ["stats", "--format", "csv"],
    ["audit", "verify"],
    ["release", "--quarter", "2026Q1"],
    ["purge", "--dry-run"],
]


@pytest.mark.parametrize("words", BESIDE, ids=lambda words: words[0])
def test_given_an_older_database_when_a_command_looks_in_then_it_changes_nothing_and_says_what_to_do(
    file: Path, words: list[str]
):
    told = panah(*words)
    assert told.exit_code != 0 and "panah upgrade" in told.output, told.output
    assert wayback.schema(file) == "0001" and copies(file) == []
