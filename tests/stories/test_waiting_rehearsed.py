"""A case that waits, through the real bot: hours that are set by buttons, and a page that comes by itself."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.sandbox import Phone
from tests.stories.rehearsal import BOT, Rehearsal, rehearsal


async def _later(play: Rehearsal, **time: float) -> None:
    play.watch.advance(timedelta(**time))
    await play.quiet()


def _cards(phone: Phone) -> list[str]:
    return [message.text for message in phone.chat(BOT) if "Answer due" in message.text or "Overdue" in message.text]


@pytest.mark.slow
async def test_given_danger_that_nobody_claims_then_pages_come_by_themselves_until_it_is_claimed(
    tmp_path: Path,
) -> None:
    async with rehearsal(tmp_path) as play:
        admin, falcon, reporter = play.phone("Amina"), play.phone("Falcon"), play.phone("Reporter")
        await play.enrol(admin, play.secret)
        await play.enrol(falcon, await play.invite(admin), admin)
        await play.say(falcon, "/roster")
        await play.press(falcon, "rzone", "Asia/Tashkent")
        assert "Tashkent" in falcon.chat(BOT)[-1].text
        await play.say(falcon, "/oncall on")
        await play.report(reporter, "They stand at the door.", danger="now")
        assert (len(_cards(falcon)), len(_cards(admin))) == (1, 1)
        await _later(play, minutes=10)
        await play.press(admin, "seen")
        await _later(play, minutes=10)
        assert (len(_cards(falcon)), len(_cards(admin))) == (3, 2)
        await _later(play, minutes=10)
        assert "Overdue" in _cards(falcon)[-1]
        await play.press(falcon, "claim")
        await _later(play, minutes=25)
        assert "Your answer is awaited" not in falcon.chat(BOT)[-1].text
        await _later(play, minutes=10)
        assert "Your answer is awaited" in falcon.chat(BOT)[-1].text
        assert "Held by" in admin.chat(BOT)[-1].text
