"""Who takes somebody's phone: what the messenger still shows after each way of leaving nothing behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sandbox import Phone
from tests.stories.reader import reader
from tests.stories.rehearsal import BOT, Rehearsal, rehearsal

STORY = "they stood by the bridge"
TWO_DAYS_AND_MORE = 49 * 3600
SAYS = reader("en")


@pytest_asyncio.fixture
async def play(tmp_path: Path) -> AsyncIterator[Rehearsal]:
    """A desk that is open, so that reports can be sent."""
    async with rehearsal(tmp_path) as running:
        await running.enrol(running.phone("Ada"), running.secret)
        yield running


async def writing(play: Rehearsal, danger: str = "not_now") -> Phone:
    """A person in the middle of the form, with words, a warning about them, and a refusal in the chat."""
    phone = play.phone("Zarina")
    await phone.start(BOT)
    await play.quiet()
    for verb, arg in (("lang", "en"), ("agree", ""), ("a", danger)):
        await play.press(phone, verb, arg)
    for text in (f"{STORY} +998 90 123 45 67", "/nonsense"):
        await play.say(phone, text)
    return phone


async def sent(play: Rehearsal, phone: Phone) -> None:
    """The rest is skipped, and the report goes out."""
    for verb, arg in (("a", "threat"), ("skip", ""), ("skip", ""), ("skip", ""), ("done", ""), ("send", "")):
        await play.press(phone, verb, arg)


def shown(phone: Phone) -> list[list[str]]:
    """What each message of the chat is made of; a message of the person's own is one text."""
    return [SAYS.ids(each) if each.from_bot else [each.text] for each in phone.chat(BOT)]


async def test_given_a_half_written_report_when_the_chat_is_cleared_then_only_the_menu_is_left_and_says_what_stays(
    play: Rehearsal,
) -> None:
    phone = await writing(play)
    await play.say(phone, "/clear")
    assert shown(phone) == [["clear.done"]]
    assert "48" in phone.chat(BOT)[0].text


@pytest.mark.parametrize("danger", ["now", "not_now"])
async def test_given_a_half_written_report_when_x_is_typed_then_one_harmless_line_is_left_and_start_tells_nothing(
    play: Rehearsal, danger: str
) -> None:
    phone = await writing(play, danger)
    await play.say(phone, "/x")
    assert shown(phone) == [["exit.done"]]
    assert not phone.chat(BOT)[0].buttons
    await play.say(phone, "/start")
    assert shown(phone) == [["exit.done"], ["/start"], ["language.ask"]]


@pytest.mark.parametrize("danger", ["now", "not_now"])
async def test_given_danger_or_not_when_everything_is_erased_then_one_line_is_left(
    play: Rehearsal, danger: str
) -> None:
    phone = await writing(play, danger)
    await play.say(phone, "/erase")
    await play.press(phone, "erased")
    assert [said[0] for said in shown(phone)] == ["erase.done"]


async def test_given_a_chat_that_is_kept_clean_when_a_report_is_sent_then_nothing_of_the_way_there_is_left(
    play: Rehearsal,
) -> None:
    phone = await writing(play)
    await play.say(phone, "/cancel")
    await play.press(phone, "tidy")
    await play.press(phone, "new")
    await play.press(phone, "a", "not_now")
    await play.say(phone, STORY)
    await sent(play, phone)
    heads = [said[0] for said in shown(phone)]
    assert heads[0] == "sent.done"
    assert heads[-1] == "sent.code"
    assert STORY not in "".join(each.text for each in phone.chat(BOT))


async def test_given_messages_older_than_the_messenger_lets_go_when_cleared_then_only_those_stay(
    play: Rehearsal,
) -> None:
    phone = await writing(play)
    old = phone.chat(BOT)
    play.sandbox.world.advance(TWO_DAYS_AND_MORE)
    await play.say(phone, "a newer word")
    await play.say(phone, "/clear")
    assert phone.chat(BOT)[:-1] == old
    assert shown(phone)[-1] == ["clear.done"]
