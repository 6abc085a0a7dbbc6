"""A correction through the real bot: the same message, in the reader's chat, says something else."""

from pathlib import Path

import pytest

from bot.sandbox import Phone, Sandbox
from bot.settings import FixedSettings
from handlers.model import Role
from tests.stories.planted import Colleague, Planter
from tests.stories.rehearsal import BOT, Rehearsal, rehearsal

SAFE_WORD = "pomegranate"
OLD, NEW = "Call +48 111.", "Call +48 222."


async def _subscribe(play: Rehearsal, reader: Phone) -> None:
    await reader.start(BOT)
    await play.quiet()
    for verb, arg in (("lang", "en"), ("agree", "")):
        await play.press(reader, verb, arg)
    await play.say(reader, "/help")
    await play.press(reader, "safe")
    await play.say(reader, SAFE_WORD)
    await play.say(reader, "/subscribe")
    for _ in range(3):
        await play.press(reader, "skip")


async def _advise(play: Rehearsal, author: Phone, second: Phone, text: str) -> None:
    """From the choice of a language to the other admin's yes."""
    await play.press(author, "advlang", "en")
    await play.say(author, text)
    await play.press(author, "preview")
    await play.press(author, "advsend")
    await play.press(second, "advyes")


@pytest.mark.slow
async def test_given_a_wrong_number_when_it_is_corrected_then_the_readers_own_message_says_the_right_one(
    tmp_path: Path,
) -> None:
    admins: list[Colleague] = []

    async def plant(sandbox: Sandbox, settings: FixedSettings) -> None:
        planter = Planter(sandbox, settings)
        admins.extend(planter.colleague(name, Role.ADMIN) for name in ("Author", "Second"))
        await planter.plant(admins[0], [admins[1].member], [])

    async with rehearsal(tmp_path, plant=plant) as play:
        author, second = (each.phone for each in admins)
        for each in admins:
            each.unlock(play.app.sessions, play.watch())
        reader, tidy = play.phone("Reader"), play.phone("Tidy")
        for each in (reader, tidy):
            await _subscribe(play, each)
        await play.say(author, "/advise")
        await _advise(play, author, second, OLD)
        sent = await reader.wait_for_text(f"◆ {SAFE_WORD}\nSafety advisory 1")
        gone = await tidy.wait_for_text(OLD)
        await second.wait_for_text("finished: sent 2")
        await tidy.delete(gone.message_id, BOT)
        await play.press(author, "advfix")
        await _advise(play, author, second, NEW)
        await author.wait_for_text("corrected in the chats: changed 1, failed 1")
        (now,) = [each for each in reader.chat(BOT) if each.message_id == sent.message_id]
        assert OLD not in now.text and now.text.replace(NEW, OLD).startswith(sent.text)
        assert now.text.startswith(f"◆ {SAFE_WORD}\nSafety advisory 1") and "\nCorrected: " in now.text
        assert [(each.data or "").partition(":")[0] for row in now.buttons for each in row] == ["unsub"]
        has_it = [sum("Safety advisory 1" in each.text for each in phone.chat(BOT)) for phone in (reader, tidy)]
        assert has_it == [1, 0], "who has deleted it is left in peace"
