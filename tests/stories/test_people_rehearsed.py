"""The people of the desk through the real bot: a new passphrase, a suspension, a removal, a lost account."""

from pathlib import Path

import pytest

from bot.sandbox import Phone
from storage.errors import WrongPassphrase
from tests.seized import seized
from tests.stories.rehearsal import BOT, Rehearsal, rehearsal

STORY = "They waited by the bridge."


async def _take(play: Rehearsal, admin: Phone, number: int, measure: str) -> None:
    """From the team's screen to the measure about the member with this number."""
    await play.say(admin, "/team")
    shown = next(message for message in reversed(admin.chat(BOT)) if message.buttons)
    buttons = [button for row in shown.buttons for button in row]
    await admin.press(buttons[number].data or "", shown.message_id)
    await play.quiet()
    await play.press(admin, measure)
    await play.press(admin, f"{measure}.yes")


async def _helped(play: Rehearsal, phone: Phone) -> str:
    await play.say(phone, "/help")
    return phone.chat(BOT)[-1].text


def _texts(phone: Phone) -> str:
    return "\n".join(message.text for message in phone.chat(BOT))


async def test_given_a_desk_when_its_people_change_then_each_keeps_exactly_what_is_theirs(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as play:
        admin, bee = play.phone("Amina"), play.phone("Bee")
        first = await play.enrol(admin, play.secret)
        old = await play.enrol(bee, await play.invite(admin), admin)
        await play.report(play.phone("Reporter"), STORY)
        for verb in ("claim", "open"):
            await play.press(bee, verb)
        assert STORY in _texts(bee)

        await play.say(bee, "/passphrase")
        await play.press(bee, "rewrap")
        shown = await bee.wait_for_text("Your new passphrase")
        new = shown.text.split("\n")[1]
        await play.press(bee, "noted")
        await play.say(bee, "/lock")
        await play.unlock(bee, old)
        assert "not your passphrase" in _texts(bee)
        await play.say(bee, new)
        assert "Your keys are open" in await _helped(play, bee)

        await _take(play, admin, 1, "suspend")
        assert STORY not in _texts(bee), "the chat was cleared"
        await play.say(bee, "/queue")
        assert "suspended you" in bee.chat(BOT)[-1].text
        await _take(play, admin, 1, "reinstate")
        await play.unlock(bee, new)
        assert "Your keys are open" in await _helped(play, bee)

        await _take(play, admin, 1, "readmit")
        secret = (await admin.wait_for_text("?start=")).text.split("?start=")[-1].split()[0]
        phone = play.phone("Bee's other phone")
        latest = await play.enrol(phone, secret, admin)
        await play.press(phone, "open")
        assert STORY in _texts(phone), "the case stayed with the member"

        await _take(play, admin, 1, "revoke")
        for text in ("What “", "was removed from the team by"):
            assert text in _texts(admin)
        assert STORY not in _texts(phone)
        await play.press(admin, "claim")
        await play.press(admin, "open")
        assert STORY in _texts(admin)
        async with seized(play.app.settings.state_dir, play.app.settings.database) as state:
            for passphrase in (old, new, latest):
                with pytest.raises(WrongPassphrase):
                    await state.unlocked(passphrase)
            assert len(await state.unlocked(first)) == 1
