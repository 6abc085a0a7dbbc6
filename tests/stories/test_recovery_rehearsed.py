"""All passphrases are lost. The holder of the recovery key lets somebody in, beside the running bot."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import main
from bot.recovering import Nobody, OtherRecoveryKey, OtherWords, Recovery, recovering
from bot.sandbox import Phone
from storage.errors import WrongPassphrase
from storage.pairs import new_pair, spoken
from storage.recovery import parse_identity
from tests.seized import seized
from tests.stories.rehearsal import BOT, TOKEN, Rehearsal, rehearsal

STORY = "They waited by the bridge."


def _keeper(play: Rehearsal):
    """A command at the server, with the paper in hand."""
    settings = play.app.settings
    return recovering(settings.state_dir, settings.database, parse_identity(play.recovery), play.watch())


async def _joined(play: Rehearsal, phone: Phone, secret: str) -> str:
    """As far as the newcomer comes alone: a passphrase that is noted."""
    await phone.start(BOT, secret)
    await play.quiet()
    if phone.chat(BOT)[-1].text.startswith("Choose a language"):  # a chat that has one is not asked
        await play.press(phone, "lang", "en")
    shown = await phone.wait_for_text("shown only now")
    await play.press(phone, "noted")
    return shown.text.split("\n")[1]


async def _let_in(play: Rehearsal, recovery: Recovery) -> None:
    (newcomer,) = await recovery.waiting()
    with pytest.raises(OtherWords):
        await recovery.approve(newcomer, "abandon ability able about")
    await recovery.approve(newcomer, f" {spoken(newcomer.public).upper()} ")


def _said(phone: Phone) -> str:
    return "\n".join(message.text for message in phone.chat(BOT))


def _files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def _reads(play: Rehearsal, phone: Phone) -> None:
    await play.say(phone, "/queue")
    for verb in ("claim", "open"):
        await play.press(phone, verb)
    assert STORY in _said(phone)


async def test_given_a_desk_whose_only_admin_has_lost_everything_then_a_new_one_is_let_in_and_reads_its_reports(
    tmp_path: Path,
):
    async with rehearsal(tmp_path) as play:
        lost, newcomer = play.phone("Amina"), play.phone("Bee")
        await play.enrol(lost, play.secret)
        await play.say(lost, "/lock")
        await play.report(play.phone("Reporter"), STORY)
        async with _keeper(play) as recovery:
            secret = await recovery.invite("Recovered admin")
            assert await recovery.waiting() == ()
        passphrase = await _joined(play, newcomer, secret)
        await play.unlock(newcomer, passphrase)
        assert "Your keys are open" not in _said(newcomer), "nobody has compared the words"
        async with _keeper(play) as recovery:
            await _let_in(play, recovery)
            assert await recovery.waiting() == ()
        await play.quiet()
        assert "You are approved" in _said(newcomer)
        for heard in (
            "with the recovery key. For: Recovered admin",
            "was approved by recovery key",
            "given the desk’s key",
        ):
            assert heard in _said(lost)
        await play.unlock(newcomer, passphrase)
        await _reads(play, newcomer)
        async with seized(play.app.settings.state_dir, play.app.settings.database) as opened:
            entries = [(entry.action, entry.actor) for entry in await opened.entries()]
            assert ("recover", "recovery") in entries and ("approve", "recovery") in entries
            assert (await opened.audited()).ok
        await play.say(newcomer, "/audit")
        assert "Made a way in at the server" in _said(newcomer)
        seed = bytes(parse_identity(play.recovery))
        assert not [content for content in _files(tmp_path) if seed in content or play.recovery.encode() in content]


async def _panah(play: Rehearsal, *words: str, typed: str = "") -> str:
    """A command at the server while the bot runs, with the key in a file."""
    settings = play.app.settings
    paper = settings.state_dir.parent / "recovery"
    paper.write_text(play.recovery)
    environment = {"PANAH_STATE_DIR": str(settings.state_dir), "PANAH_TELEGRAM_TOKEN": TOKEN, "PANAH_ORGANISATION": "x"}
    run = partial(CliRunner().invoke, main, ["recover", *words, "--identity", str(paper)], typed, environment)
    told = await asyncio.to_thread(run)
    assert told.exit_code == 0, told.output
    return told.output


@pytest.mark.slow
async def test_given_an_admin_without_passphrase_then_the_same_membership_gets_a_new_key_and_the_old_one_opens_nothing(
    tmp_path: Path,
):
    async with rehearsal(tmp_path) as play:
        admin = play.phone("Amina")
        old = await play.enrol(admin, play.secret)
        await play.say(admin, "/lock")
        await play.report(play.phone("Reporter"), STORY)
        async with _keeper(play) as recovery:
            with pytest.raises(Nobody):
                await recovery.invite("Nobody of this name", again=True)
        told = await _panah(play, "invite", "--member", "First admin")
        await play.quiet()
        passphrase = await _joined(play, admin, told.split("/join ")[1].split()[0])
        async with _keeper(play) as recovery:
            (newcomer,) = await recovery.waiting()
        assert "First admin has the desk's key" in await _panah(play, "approve", typed=spoken(newcomer.public) + "\n")
        await play.quiet()
        people = (await play.app.database.people()).everybody()
        assert [member.name for member in people] == ["First admin"]
        await play.unlock(admin, passphrase)
        await _reads(play, admin)
        async with seized(play.app.settings.state_dir, play.app.settings.database) as opened:
            with pytest.raises(WrongPassphrase):
                await opened.unlocked(old)


async def test_given_another_recovery_key_then_it_does_nothing(tmp_path: Path):
    async with rehearsal(tmp_path) as play:
        await play.enrol(play.phone("Amina"), play.secret)
        settings = play.app.settings
        with new_pair() as pair, pytest.raises(OtherRecoveryKey):
            async with recovering(settings.state_dir, settings.database, pair.seed, play.watch()):
                raise AssertionError("it was taken")
