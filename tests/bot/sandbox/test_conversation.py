"""python-telegram-bot, unchanged, talks with a phone."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.error import BadRequest

from bot.sandbox import Phone, Sandbox

MENU = InlineKeyboardMarkup(
    [[InlineKeyboardButton("Yes", callback_data="y"), InlineKeyboardButton("No", callback_data="n")]]
)


async def test_given_a_person_who_pressed_start_when_the_bot_answers_then_both_see_the_same(
    sandbox: Sandbox, bot: Bot, phone: Phone
) -> None:
    await phone.start("panah_demo_bot", payload="abc-1")
    (update,) = await bot.get_updates(timeout=5)
    assert update.message.text == "/start abc-1"
    assert update.message.entities[0].type == "bot_command"
    assert update.message.from_user.language_code == "ru"

    sent = await bot.send_message(update.message.chat_id, "Welcome", reply_markup=MENU, protect_content=True)

    seen = phone.chat()[-1]
    assert (seen.message_id, seen.text, seen.from_bot, seen.protected) == (sent.message_id, "Welcome", True, True)
    assert [button.data for button in seen.buttons[0]] == ["y", "n"]
    assert sandbox.faults_of_ours == []


async def test_given_a_button_when_pressed_then_the_bot_can_edit_answer_and_delete(bot: Bot, phone: Phone) -> None:
    await phone.start()
    sent = await bot.send_message(phone.id, "Danger now?", reply_markup=MENU)
    await phone.press("Yes")
    assert len(phone.unanswered()) == 1

    *_, update = await bot.get_updates(timeout=5)
    assert update.callback_query.data == "y"
    assert update.callback_query.message.message_id == sent.message_id
    await update.callback_query.answer("Noted")
    await update.callback_query.edit_message_text("You said yes")

    assert phone.unanswered() == []
    assert (phone.chat()[-1].text, phone.chat()[-1].edited, phone.chat()[-1].buttons) == ("You said yes", True, [])
    await bot.delete_message(phone.id, sent.message_id)
    assert [message.text for message in phone.chat()] == ["/start"]


async def test_a_reply_carries_the_bots_message_with_its_keyboard(bot: Bot, phone: Phone) -> None:
    await phone.start()
    sent = await bot.send_message(phone.id, "Your report", reply_markup=MENU)
    await phone.say("one more thing", reply_to=sent.message_id)

    *_, update = await bot.get_updates()

    assert update.message.reply_to_message.reply_markup == MENU
    answer = await bot.send_message(phone.id, "Thanks", reply_parameters=ReplyParameters(update.message.message_id))
    assert answer.reply_to_message.text == "one more thing"


async def test_a_phone_waits_for_what_the_bot_says_and_shows_the_chat_when_it_never_comes(
    bot: Bot, phone: Phone
) -> None:
    await phone.start()
    await bot.send_message(phone.id, "Hello there")
    assert (await phone.wait_for_text("Hello")).text == "Hello there"
    with pytest.raises(TimeoutError, match="Hello there"):
        await phone.wait_for(lambda chat: len(chat) > 5, timeout=0.05)


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, phone: Phone) -> None:
    await phone.start()
    sent = await bot.send_message(phone.id, "same")
    with pytest.raises(BadRequest, match="exactly the same"):
        await bot.edit_message_text("same", phone.id, sent.message_id)
