"""`panah rotate --desk` and `--recovery`: what is asked, what is said, and what holds afterwards."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import main
from storage.keyring import Keyring
from storage.pairs import public_of
from storage.recovery import parse_identity
from tests.frugal import frugal
from tests.seized import seized
from tests.stories.rehearsal import BOT, TOKEN, rehearsal

STORY = "They waited by the bridge."


def _rotate(state: Path, *words: str, typed: str = ""):
    environment = {"PANAH_STATE_DIR": str(state), "PANAH_TELEGRAM_TOKEN": TOKEN, "PANAH_ORGANISATION": "x"}
    return CliRunner().invoke(main, ["rotate", *words, "--env", str(state.parent / "no.env")], typed, environment)


async def test_given_a_bot_that_serves_when_the_desk_gets_a_new_key_then_what_is_stored_moves_to_it_and_all_are_told(
    tmp_path: Path,
):
    async with rehearsal(tmp_path) as play:
        admin, state = play.phone("Amina"), play.app.settings.state_dir
        passphrase = await play.enrol(admin, play.secret)
        await play.report(play.phone("Reporter"), STORY)
        told = await asyncio.to_thread(_rotate, state, "--desk")
        assert told.exit_code == 0 and "The desk has a new key" in told.output
        await play.quiet()
        said = [message.text for message in admin.chat(BOT)]
        assert any("the desk was given a new key; nobody was removed" in text for text in said)
        async with seized(state, play.app.settings.database) as opened:
            (found,) = (await opened.unlocked(passphrase)).values()
            assert await opened._desk() == "pool:2" and found.story.words == (STORY,)
        refused = await asyncio.to_thread(_rotate, state, "--recovery")
        assert refused.exit_code == 1 and "Another process serves" in refused.output


async def test_given_a_stopped_bot_then_only_an_admin_who_wrote_the_new_recovery_key_down_brings_it_into_force(
    tmp_path: Path,
):
    async with rehearsal(tmp_path) as play:
        passphrase = await play.enrol(play.phone("Amina"), play.secret)
        state, old = play.app.settings.state_dir, public_of(parse_identity(play.recovery))
    async with frugal():
        wrong = await asyncio.to_thread(_rotate, state, "--recovery", typed="not the words of anybody\n")
        unread = await asyncio.to_thread(_rotate, state, "--recovery", typed=f"{passphrase}\nABCDEF\n")
    assert (wrong.exit_code, unread.exit_code) == (1, 1)
    assert "AGE-SECRET-KEY-PQ-1" not in wrong.output and "nothing was changed" in unread.output
    assert Keyring.open(state).recovery_public == old
    paper = tmp_path / "paper"
    async with frugal():
        done = await asyncio.to_thread(
            _rotate, state, "--recovery", "--recovery-out", str(paper), typed=f"{passphrase}\n"
        )
    assert done.exit_code == 0, done.output
    assert Keyring.open(state).recovery_public == public_of(parse_identity(paper.read_text())) != old
    assert "Backups from before open with the old key only" in done.output
    assert passphrase not in done.output and paper.read_text().strip() not in done.output


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--desk", "--recovery"), "One after the other"),
        (("--recovery", "--recovery-out", "."), "exists already"),
        (("--recovery-out", "paper"), "belong to --recovery"),
    ],
)
def test_given_a_wrong_call_then_it_is_said_before_anything_is_asked(tmp_path: Path, words: tuple[str, ...], says: str):
    told = _rotate(tmp_path / "state", *words)
    assert told.exit_code == 2 and says in told.output
