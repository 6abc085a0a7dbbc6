"""An answer through the real bot: written, shown, sent, lost because its reader blocked the bot, delivered later."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest_asyncio

from bot.i18n import catalogues
from bot.sandbox import Phone
from tests.stories.rehearsal import BOT, Rehearsal, newest, rehearsal

ANSWER = "Go to your friends by the bridge."


class Desk(NamedTuple):
    play: Rehearsal
    member: Phone
    reporter: Phone


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A member has opened the report of somebody who reads Russian."""
    async with rehearsal(tmp_path) as play:
        member, reporter = play.phone("Ada"), play.phone("Zarina")
        await play.enrol(member, play.secret)
        await reporter.start(BOT)
        await play.quiet()
        for verb, arg in (("lang", "ru"), ("agree", ""), ("a", "not_now"), ("a", "detain")):
            await play.press(reporter, verb, arg)
        for verb in ("skip", "skip", "skip"):
            await play.press(reporter, verb)
        await play.say(reporter, "Меня задержали.")
        for verb in ("done", "send"):
            await play.press(reporter, verb)
        for verb in ("claim", "open"):
            await play.press(member, verb)
        yield Desk(play, member, reporter)


def told(phone: Phone, id: str, language: str = "en") -> bool:
    """Whether the chat shows this text of ours, what it says of the case aside."""
    words = catalogues()[language].text(id).split("{ref}")[-1]
    return any(words in each.text for each in phone.chat(BOT))


async def test_given_a_reader_who_blocked_the_bot_then_the_case_shows_it_and_the_answer_follows_when_they_are_back(
    desk: Desk,
) -> None:
    play, member, reporter = desk
    await play.press(member, "reply")
    await play.say(member, ANSWER)
    assert ANSWER in next(each.text for each in reversed(member.chat(BOT)) if "Пишет дежурный" in each.text)
    reporter.block(BOT)
    await play.press(member, "relay")
    assert told(member, "case.unreachable")
    await play.press(member, "open")
    assert told(member, "case.blocked")
    reporter.unblock(BOT)
    await reporter.start(BOT)
    await play.quiet()
    await play.press(member, "resend")
    assert any(ANSWER in each.text for each in reporter.chat(BOT))


async def test_given_a_ready_answer_and_a_checklist_then_each_is_read_in_its_readers_language(desk: Desk) -> None:
    play, member, reporter = desk
    await play.press(member, "checklist")
    _, first = newest(member.chat(BOT), "tick")
    lawyer = f"{(first.data or '').split(':')[1].partition('.')[0]}.lawyer"
    await play.press(member, "tick", lawyer)
    _, ticked = newest(member.chat(BOT), "tick", lawyer)
    assert ticked.text == "☑ 4"
    await play.press(member, "open")
    await play.press(member, "answers")
    await play.press(member, "answer", "lawyer")
    await play.press(member, "relay")
    assert told(member, "ready.lawyer", "ru") and told(reporter, "ready.lawyer", "ru")
    assert not told(reporter, "ready.lawyer") and not told(reporter, "checklist.head", "ru")
