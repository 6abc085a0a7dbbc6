"""The team's group through the real bot: several members, a stranger, and nothing there that a group may not learn."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from bot.i18n import catalogues
from bot.sandbox import Group, Phone
from tests.stories.rehearsal import BOT, TOKEN, Rehearsal, rehearsal

STORY, REPLY = "Rustam waits by the bridge.", "Can you go to a friend?"
GREETING = catalogues()["en"].text("group.hello")
CARD = re.compile(
    r"[2-9A-Z]{6} · P[1-4] · [a-z]+\n(Open|Taken|Closed)\n((Answer due|Overdue): [0-9A-Za-z :.,-]+\n)?"
    r"Read and answer in your private chat with the bot\."
)
"""All that may stand on a card: whatever else there is of a case would not fit."""
BUTTON = re.compile(r"claim:[A-Za-z0-9_-]{22}:")
PARAMETERS = {
    "sendMessage": {"chat_id", "text", "link_preview_options", "reply_markup", "entities", "message_thread_id"},
    "editMessageText": {"chat_id", "text", "link_preview_options", "reply_markup", "entities", "message_id"},
    "deleteMessages": {"chat_id", "message_ids"},
}


async def _founded(play: Rehearsal, topic: int | None = None, **how: bool) -> tuple[Phone, Phone, Group]:
    """A desk of two, and their group."""
    admin, falcon = play.phone("Amina"), play.phone("Falcon")
    await play.enrol(admin, play.secret)
    await play.enrol(falcon, await play.invite(admin), admin)
    group = play.sandbox.group(play.sandbox.world.bots[TOKEN], "Team", **how)
    group.say(admin, "/desk here", topic)
    await play.quiet()
    await play.press(admin, "boardyes")
    return admin, falcon, group


def _texts(group: Group) -> list[str]:
    return [message.text for message in group.messages() if message.from_bot]


def _private(phone: Phone) -> str:
    return "\n".join(message.text for message in phone.chat(BOT))


def _more_than_allowed(group: Group) -> list[object]:
    """Calls to the group that say anything but the greeting, a card, or that messages shall go."""
    return [call for call in group.calls if not _is_allowed(*call)]


def _is_allowed(method: str, asked: dict[str, Any]) -> bool:
    keys = [key for row in asked.get("reply_markup", {}).get("inline_keyboard", ()) for key in row]
    fine = all(key["text"] == "Claim" and BUTTON.fullmatch(key["callback_data"]) for key in keys)
    text = asked.get("text", GREETING)
    return fine and set(asked) <= PARAMETERS[method] and (text == GREETING or CARD.fullmatch(text) is not None)


async def test_given_a_whole_case_when_every_call_to_the_group_is_read_then_nothing_of_it_went_there(
    tmp_path: Path,
) -> None:
    async with rehearsal(tmp_path) as play:
        admin, falcon, group = await _founded(play)
        reporter, stranger = play.phone("Reporter"), play.phone("Stranger")
        await play.report(reporter, STORY)
        assert "Open" in _texts(group)[-1]

        query = group.press(stranger, "Claim")
        await play.quiet()
        assert (query.answer, "Open" in _texts(group)[-1]) == ("", True)
        assert stranger.id not in play.sandbox.world.bots[TOKEN].chats

        group.say(falcon, "Who takes it? Rustam was named before.")
        group.say(reporter, STORY)
        group.press(falcon, "Claim")
        await play.quiet()
        assert "Taken" in _texts(group)[-1]
        assert "is yours" in falcon.chat(BOT)[-1].text
        await play.press(falcon, "open")
        assert STORY in _private(falcon)
        await play.press(falcon, "reply")
        await play.say(falcon, REPLY)
        await play.press(falcon, "relay")
        await play.say(falcon, "/release")
        assert "Open" in _texts(group)[-1]
        await play.say(admin, "/queue")
        await play.press(admin, "claim")
        await play.say(admin, "/restrict")
        assert len(_texts(group)) == 1, "only the greeting is left"
        await play.say(admin, "/widen")
        await play.press(reporter, "erase")
        await play.press(reporter, "erased")
        assert len(_texts(group)) == 1
        assert len(group.calls) > 6
        assert _more_than_allowed(group) == []
        assert STORY not in str(group.calls)
        assert not play.sandbox.faults_of_ours


async def test_given_a_passphrase_typed_there_then_the_message_goes_and_its_words_are_nowhere(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as play:
        _, falcon, group = await _founded(play)
        group.say(falcon, "/unlock river stone lamp cloud tiger seven")
        await play.quiet()
        assert not any("river" in message.text for message in group.messages())
        assert "shown in a group" in falcon.chat(BOT)[-1].text
        typed = group.say(falcon, "good morning")
        group.edit(falcon, typed, "/unlock river stone lamp cloud tiger seven")
        await play.quiet()
        assert not any("river" in message.text for message in group.messages())


async def test_given_a_bot_that_may_not_delete_there_then_its_member_is_told_all_the_same(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as play:
        _, falcon, group = await _founded(play, admin=False)
        group.say(falcon, "/unlock river stone lamp cloud tiger seven")
        await play.quiet()
        assert any("river" in message.text for message in group.messages())
        assert "by hand" in falcon.chat(BOT)[-1].text


@pytest.mark.slow
async def test_given_a_topic_of_a_forum_then_the_cards_stand_in_it_until_it_is_closed(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as play:
        admin, falcon, group = await _founded(play, topic=7)
        await play.report(play.phone("Reporter"), STORY)
        said = [asked for method, asked in group.calls if method == "sendMessage"]
        assert len(said) == 2
        assert all(asked["message_thread_id"] == 7 for asked in said)
        group.press(falcon, "Claim")
        await play.quiet()
        assert "Taken" in _texts(group)[-1]
        group.close(admin, 7)
        await play.quiet()
        assert "can’t write" in admin.chat(BOT)[-1].text


@pytest.mark.slow
async def test_given_a_bot_that_is_put_out_then_the_desk_of_that_group_ends_and_private_chats_go_on(
    tmp_path: Path,
) -> None:
    async with rehearsal(tmp_path) as play:
        admin, falcon, group = await _founded(play)
        group.put_out(falcon)
        await play.quiet()
        assert "can’t write" in admin.chat(BOT)[-1].text
        calls = len(group.calls)
        await play.report(play.phone("Reporter"), STORY)
        assert len(group.calls) == calls
        await play.press(falcon, "claim")
        assert "is yours" in falcon.chat(BOT)[-1].text


@pytest.mark.slow
async def test_given_a_group_that_becomes_a_supergroup_then_the_cards_stand_in_the_new_one(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as play:
        admin, falcon, group = await _founded(play)
        await play.report(play.phone("Reporter"), STORY)
        after = group.migrate(admin)
        await play.quiet()
        assert "Open" in _texts(after)[-1]
        after.press(falcon, "Claim")
        await play.quiet()
        assert "Taken" in _texts(after)[-1]


async def test_given_presses_in_the_group_and_on_a_private_card_at_once_then_one_member_has_the_case(
    tmp_path: Path,
) -> None:
    async with rehearsal(tmp_path) as play:
        admin, falcon, group = await _founded(play)
        await play.report(play.phone("Reporter"), STORY)
        card = next(each for each in reversed(admin.chat(BOT)) if each.button("Claim"))
        for _ in range(10):
            group.press(falcon, "Claim")
        await asyncio.gather(*(admin.press("Claim", card.message_id) for _ in range(10)))
        await play.quiet()
        won = [phone for phone in (admin, falcon) if "is yours.\n" in _private(phone) + "\n"]
        assert len(won) == 1
        assert [text.count("Taken") for text in _texts(group)] == [0, 1]


async def test_given_another_group_when_people_talk_and_command_there_then_the_bot_says_nothing(tmp_path: Path) -> None:
    async with rehearsal(tmp_path) as play:
        admin, falcon, _ = await _founded(play)
        other = play.sandbox.group(play.sandbox.world.bots[TOKEN], "Another")
        before = [len(phone.chat(BOT)) for phone in (admin, falcon)]
        for words in ("here", "Rustam", "/help", "/queue", "/unlock"):
            other.say(admin, words)
        for words in ("/start", "/help", "/queue", "/claim ABCDEF", "/desk here", "hello", "/danger", "/case ABCDEF"):
            other.say(falcon, words)
            other.say(play.phone("Somebody"), words)
        await play.quiet()
        assert other.calls == []
        assert [len(phone.chat(BOT)) for phone in (admin, falcon)] == before
