"""The people of the desk through the real bot: a new passphrase, a suspension, a removal, a lost account."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Phone
from bot.sandbox.views import view
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


@pytest.mark.slow
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


def _shown(phone: Phone) -> list[tuple[Any, Any]]:
    """Every button in a chat, with the message that it hangs on: what a thief's phone may have kept."""
    chat = phone._chat(BOT)
    messages = phone._candidates(chat, None)
    return [(message, button) for message in messages for row in view(message).buttons for button in row]


async def _tries(play: Rehearsal, thief: Phone, kept: list[tuple[Any, Any]], passphrase: str) -> str:
    """Everything that whoever holds a lost account can do with it; what they were shown."""
    before = len(thief.chat(BOT))
    for message, button in kept:
        thief._press(thief._chat(BOT), message, button)
        await play.quiet()
    for text in (
        "/queue",
        "/case",
        "/reply x",
        "/release",
        f"/unlock {passphrase}",
        passphrase,
        "/passphrase",
        "/team",
    ):
        await play.say(thief, text)
    return "\n".join(message.text for message in thief.chat(BOT)[before:])


@pytest.mark.slow
async def test_given_a_lost_account_and_then_a_lost_passphrase_then_access_is_lost_and_never_the_cases(
    tmp_path: Path,
) -> None:
    async with rehearsal(tmp_path) as play:
        admin, old = play.phone("Amina"), play.phone("Bee")
        await play.enrol(admin, play.secret)
        passphrase = await play.enrol(old, await play.invite(admin), admin)
        await play.report(play.phone("Reporter"), STORY)
        for verb in ("claim", "open"):
            await play.press(old, verb)
        ref = re.search(r"#?([2-9A-HJ-NP-TV-Z]{6})\b", _texts(old))
        assert ref
        kept = _shown(old)
        assert {"open", "reply", "close"} <= {(button.data or "").split(":")[0] for _, button in kept}

        await _take(play, admin, 1, "readmit")
        secret = (await admin.wait_for_text("?start=")).text.split("?start=")[-1].split()[0]
        assert STORY not in _texts(old), "their chat was cleared"
        told = await _tries(play, old, kept, passphrase)
        assert STORY not in told and ref[1] not in told

        new = play.phone("Bee's other phone")
        passphrase_of_new = await play.enrol(new, secret, admin)
        await play.press(new, "open")
        assert STORY in _texts(new), "the case stayed theirs, through the thief's presses"
        told = await _tries(play, old, kept, passphrase)
        assert STORY not in told and ref[1] not in told
        await old.start(BOT, secret)
        await play.quiet()
        assert "was used already" in old.chat(BOT)[-1].text

        await play.say(new, "/lock")
        await play.say(new, "/passphrase")
        await play.press(new, "newkey")
        shown = await new.wait_for_text("shown only now")
        latest = shown.text.split("\n")[1]
        assert latest != passphrase_of_new
        await play.press(new, "noted")
        await play.say(new, "/queue")
        assert ref[1] not in new.chat(BOT)[-1].text, "nothing before an admin's word"
        await play.press(admin, "approve")
        await play.unlock(new, latest)
        await play.press(new, "open")
        assert STORY in _texts(new)
