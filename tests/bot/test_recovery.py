"""`panah recover`, as the holder of the recovery key meets it. The story of it is in `tests/stories`."""

import asyncio
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import main
from bot.founding import found
from storage.pairs import new_pair
from storage.recovery import identity_text


@pytest.fixture
def recovery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The recovery key of a state that was founded and that nobody has joined."""
    for name in [name for name in os.environ if name.startswith("PANAH_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PANAH_TELEGRAM_TOKEN", "1000001:made-up-for-a-recovery")
    monkeypatch.setenv("PANAH_ORGANISATION", "Test House")
    return asyncio.run(found(tmp_path / "state", f"sqlite+aiosqlite:///{tmp_path}/state/panah.db")).recovery


def _panah(*words: str, typed: str = ""):
    return CliRunner().invoke(main, ["recover", *words], input=typed)


@pytest.mark.parametrize("command", ["invite", "approve"])
def test_given_a_desk_that_was_never_opened_then_the_first_admin_joins_by_the_first_invitation(recovery, command: str):
    told = _panah(command, typed=f"{recovery}\n")
    assert told.exit_code == 1
    assert "There is no desk yet" in told.output
    assert recovery not in told.output


@pytest.mark.parametrize("command", ["invite", "approve"])
def test_given_another_key_then_it_is_said_and_nothing_happens(recovery, command: str):
    with new_pair() as pair:
        told = _panah(command, typed=f"{identity_text(pair.seed)}\n")
    assert told.exit_code == 1
    assert "not the one of this server" in told.output


@pytest.mark.parametrize("typed", ["", "AGE-SECRET-KEY-PQ-1", "six words of a passphrase"])
def test_given_what_is_no_key_then_the_call_is_wrong(recovery, typed: str):
    told = _panah("invite", typed=f"{typed}\n")
    assert told.exit_code != 0
    assert "Traceback" not in told.output
