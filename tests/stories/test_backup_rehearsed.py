"""A server is lost. On a bare machine it stands again, out of a backup and the recovery key alone."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import backups
from bot.founding import Founded
from bot.sandbox import Phone
from bot.settings import FixedSettings
from handlers.model import File
from storage.blobs import Blobs, Stored
from storage.recovery import parse_identity
from storage.restore import restore
from tests.postgres import new_database
from tests.seized import seized
from tests.stories.rehearsal import BOT, Rehearsal, life, rehearsal

STORY, CONTENT, ANSWER = "They waited by the bridge.", b"what I saw " * 9999, "Stay with friends tonight."
MOVES = [
    "sqlite to sqlite",
    pytest.param("sqlite to postgres", marks=pytest.mark.postgres),
    pytest.param("postgres to sqlite", marks=pytest.mark.postgres),
]


@pytest.fixture(params=MOVES)
def databases(request: pytest.FixtureRequest) -> list[str | None]:
    """The address of the old and of the new one; None: inside the state folder."""
    kinds = request.param.split(" to ")
    return [new_database(request.getfixturevalue("postgres_server")) if kind == "postgres" else None for kind in kinds]


async def _report(play: Rehearsal, phone: Phone) -> str:
    """With a file; the code that leads back."""
    await phone.start(BOT)
    await play.quiet()
    for verb, arg in (("lang", "en"), ("agree", ""), ("a", "not_now"), ("a", "threat"), ("a", "week"), ("a", "UZ")):
        await play.press(phone, verb, arg)
    await play.press(phone, "done")
    await play.press(phone, "a", "DE")
    await play.say(phone, STORY)
    await phone.attach("document", CONTENT, name="seen.txt", mime="text/plain")
    await play.quiet()
    for verb in ("done", "send"):
        await play.press(phone, verb)
    return (await phone.wait_for_text("Your code: ")).text.split("Your code: ")[1].split("\n")[0]


async def _back_up(play: Rehearsal, folder: Path) -> Path:
    made = await backups.to_folder(play.app.settings, folder, datetime.now(UTC), lambda _: None)
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert os.listdir(folder) == [made.name]
    return made


def _moved(play: Rehearsal, state: Path, url: str | None) -> FixedSettings:
    given = play.app.settings.model_dump(exclude_unset=True)
    return FixedSettings.model_validate(given | {"state_dir": state, "database_url": url})


def _said(phone: Phone) -> str:
    return "\n".join(message.text for message in phone.chat(BOT))


async def test_given_a_lost_server_when_it_is_restored_then_passphrases_reports_files_and_codes_are_as_they_were(
    tmp_path: Path, databases: list[str | None]
):
    async with rehearsal(tmp_path / "old", databases[0]) as play:
        admin, bee = play.phone("Amina"), play.phone("Bee")
        await play.enrol(admin, play.secret)
        passphrase = await play.enrol(bee, await play.invite(admin), admin)
        reporter = play.phone("Reporter")
        code = await _report(play, reporter)
        head = await play.app.database.audit_head()
        backup = await _back_up(play, tmp_path / "backups")
        await _report(play, play.phone("Too Late"))
        await play.stop()

        seed, state = parse_identity(play.recovery), tmp_path / "new" / "state"
        (tmp_path / "old" / "state").rename(tmp_path / "in strange hands")
        with backup.open("rb") as source:
            found = await restore(source, seed, state, databases[1], play.watch())
        assert (found.manifest.head, found.audit.ok) == (head, True)
        assert [path.name for path in state.parent.iterdir()] == ["state"]
        assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in state.rglob("*"))

        settings = _moved(play, state, databases[1])
        async with life(play.sandbox, settings, Founded("", ""), play.watch) as again:
            await again.quiet()
            assert "restored from a backup" in _said(bee)
            await again.unlock(bee, passphrase)
            await again.say(bee, "/queue")
            for verb in ("claim", "open"):
                await again.press(bee, verb)
            assert STORY in _said(bee)
            await again.press(bee, "reply")
            await again.say(bee, ANSWER)
            await again.press(bee, "relay")
            elsewhere = again.phone("The reporter, from another chat")
            await elsewhere.start(BOT)
            await again.quiet()
            await again.press(elsewhere, "lang", "en")
            await again.say(elsewhere, f"/code {code}")
            async with seized(state, settings.database) as opened:
                (told,) = (await opened.unlocked(passphrase)).values()
                entries = [entry.action for entry in await opened.entries()]
                assert "restore" in entries
                assert (await opened.audited()).ok
            (file,) = (body.file for body in told.of(File))
            stored = Stored(file.blob, file.key, file.size, file.digest)
            assert b"".join([piece async for piece in Blobs(state / "blobs").read(stored)]) == CONTENT
            assert ANSWER in _said(reporter), "the sealed address is still theirs"
            assert "Found. Answers to this report come to this chat" in _said(elsewhere)
