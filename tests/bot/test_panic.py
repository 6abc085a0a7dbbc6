"""`panah panic` and `rotate`: nothing without the word, everything with it, and clear words afterwards."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import LOCK
from bot.cli import main
from storage import durable
from storage.errors import Destroyed
from storage.keyring import DESTROYED, RING_FILE, ROOT_FILE, Keyring


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    Keyring.create(folder, date(2026, 11, 23))
    return folder


def panic(*words: str, typed: str = ""):
    return CliRunner().invoke(main, ["panic", *words], input=typed)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_given_another_word_then_nothing_is_done(state: Path):
    told = panic("--state-dir", str(state), typed="yes\n")
    assert told.exit_code == 1 and "Nothing was done" in told.output
    assert names(state) == {ROOT_FILE, RING_FILE}
    Keyring.open(state)


def test_given_the_word_then_the_keys_are_gone_without_any_settings(state: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(state.parent)  # no file of settings is here
    told = panic("--state-dir", str(state), typed="destroy\n")
    assert told.exit_code == 0, told.output
    assert names(state) == {DESTROYED}


def test_given_a_destroyed_server_then_opening_and_founding_say_what_happened_and_what_to_do(state: Path):
    panic("--state-dir", str(state), "--yes")
    with pytest.raises(Destroyed, match="Restore a backup into an empty folder"):
        Keyring.open(state)
    with pytest.raises(Destroyed):
        Keyring.create(state, date(2026, 11, 23))


def test_given_a_panic_that_was_cut_short_when_said_again_then_it_is_finished(state: Path):
    durable.shred(state / ROOT_FILE)
    assert panic("--state-dir", str(state), "--yes").exit_code == 0
    assert names(state) == {DESTROYED}


def test_given_no_such_folder_then_it_says_so(tmp_path: Path):
    told = panic("--state-dir", str(tmp_path / "nowhere"), "--yes")
    assert told.exit_code == 2 and "no folder" in told.output


def test_given_what_cannot_be_destroyed_then_it_is_named_and_that_is_a_failure(
    state: Path, monkeypatch: pytest.MonkeyPatch
):
    def read_only(self: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", read_only)
    told = panic("--state-dir", str(state), "--yes")
    assert told.exit_code == 1 and "Could NOT be destroyed" in told.output and ROOT_FILE in told.output


@pytest.fixture
def settings(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TELEGRAM_TOKEN": "1:a", "ORGANISATION": "x", "STATE_DIR": str(state)}.items():
        monkeypatch.setenv(f"PANAH_{name}", value)
    monkeypatch.chdir(state.parent)


def test_given_a_stopped_bot_when_rotated_then_another_root_opens_the_same_ring(state: Path, settings: None):
    before, deployment = (state / ROOT_FILE).read_bytes(), Keyring.open(state).deployment
    told = CliRunner().invoke(main, ["rotate"])
    assert told.exit_code == 0, told.output
    assert (state / ROOT_FILE).read_bytes() != before and Keyring.open(state).deployment == deployment


def test_given_a_bot_that_serves_when_rotated_then_nothing_is_done(state: Path, settings: None):
    before = (state / ROOT_FILE).read_bytes()
    with durable.only_holder(state / LOCK):
        told = CliRunner().invoke(main, ["rotate"])
    assert told.exit_code == 1 and "Another process serves" in told.output
    assert (state / ROOT_FILE).read_bytes() == before
