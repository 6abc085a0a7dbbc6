"""python-telegram-bot, unchanged, talks with a phone."""

import pytest
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyKeyboardMarkup, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, Forbidden

from bot.sandbox import Phone, PhoneError, Sandbox

YES, NO = InlineKeyboardButton("Yes", callback_data="y"), InlineKeyboardButton("No", callback_data="n")
MENU = InlineKeyboardMarkup([[YES, NO]])


async def test_given_a_person_who_pressed_start_when_the_bot_answers_then_both_see_the_same(
    sandbox: Sandbox, bot: Bot, phone: Phone
) -> None:
    await phone.start("panah_demo_bot", payload="abc-1")
    (update,) = await bot.get_updates(timeout=5)
    assert update.message.text == "/start abc-1"
    assert update.message.entities[0].type == "bot_command"
    assert (update.message.from_user.language_code, update.message.chat.type) == ("ru", "private")

    sent = await bot.send_message(update.message.chat_id, "Welcome", reply_markup=MENU, protect_content=True)

    seen = phone.chat()[-1]
    assert (seen.message_id, seen.text, seen.from_bot, seen.protected) == (sent.message_id, "Welcome", True, True)
    assert [button.data for button in seen.buttons[0]] == ["y", "n"]
    assert sandbox.faults_of_ours == []


async def test_given_a_button_when_pressed_then_the_bot_can_answer_edit_and_delete(bot: Bot, phone: Phone) -> None:
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


async def test_keys_of_the_keyboard_below_write_their_label(bot: Bot, phone: Phone) -> None:
    await phone.start()
    await bot.send_message(phone.id, "Which?", reply_markup=ReplyKeyboardMarkup([["Berlin"], ["Oslo"]]))
    assert phone.chat()[-1].keyboard == [["Berlin"], ["Oslo"]]
    await phone.press("Oslo")
    *_, update = await bot.get_updates()
    assert update.message.text == "Oslo"


async def test_html_becomes_entities_counted_in_utf16(bot: Bot, phone: Phone) -> None:
    await phone.start()
    sent = await bot.send_message(phone.id, "🏠 <b>Panah</b> &amp; you", parse_mode=ParseMode.HTML)
    assert sent.text == "🏠 Panah & you"
    assert [(entity.type, entity.offset, entity.length) for entity in sent.entities] == [("bold", 3, 5)]
    assert sent.parse_entity(sent.entities[0]) == "Panah"


async def test_an_edited_message_of_a_person_reaches_the_bot_and_a_deleted_one_does_not(bot: Bot, phone: Phone) -> None:
    await phone.start()
    said = await phone.say("I live in Berlim")
    await phone.edit(said, "I live in Berlin")
    await phone.delete(said)

    updates = await bot.get_updates()

    assert [update.to_dict().keys() - {"update_id"} for update in updates] == [
        {"message"},
        {"message"},
        {"edited_message"},
    ]
    assert updates[-1].edited_message.text == "I live in Berlin"
    assert [message.text for message in phone.chat()] == ["/start"]
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await bot.delete_message(phone.id, said)


async def test_given_a_person_who_blocks_when_the_bot_writes_then_it_is_forbidden_until_unblocked(
    bot: Bot, phone: Phone
) -> None:
    await phone.start()
    phone.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(phone.id, "Are you there?")
    with pytest.raises(PhoneError, match="blocked"):
        await phone.say("no")
    phone.unblock()
    await bot.send_message(phone.id, "Are you there?")
    *_, blocked, unblocked = await bot.get_updates()
    assert (blocked.my_chat_member.new_chat_member.status, unblocked.my_chat_member.new_chat_member.status) == (
        "kicked",
        "member",
    )


async def test_two_bots_do_not_share_a_chat(sandbox: Sandbox, bot: Bot, phone: Phone) -> None:
    desk = sandbox.add_bot(token="1000002:TEST-desk", username="panah_desk_bot", name="Desk")
    await phone.start("panah_desk_bot")
    await phone.say("/unlock")
    assert await bot.get_updates() == ()
    assert [update.payload["text"] for update in desk.updates.pending()] == ["/start", "/unlock"]
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(phone.id, "Hello")


async def test_a_phone_waits_for_the_bot_and_shows_the_chat_when_nothing_comes(bot: Bot, phone: Phone) -> None:
    await phone.start()
    await bot.send_message(phone.id, "Hello there")
    assert (await phone.wait_for_text("Hello")).text == "Hello there"
    with pytest.raises(TimeoutError, match="Hello there"):
        await phone.wait_for(lambda chat: len(chat) > 5, timeout=0.05)


async def test_given_an_update_that_ptb_cannot_parse_when_polled_raw_then_it_is_there(
    sandbox: Sandbox, phone: Phone
) -> None:
    await phone.start()
    await phone.send_strange({"message_id": "no number"})
    await phone.send_strange({"wave": 1}, kind="gesture")
    (bot,) = sandbox.world.bots.values()
    assert [update.kind for update in bot.updates.pending()] == ["message", "message", "gesture"]


async def test_given_a_bound_when_a_chat_grows_then_the_oldest_messages_go() -> None:
    async with Sandbox(keep=3) as sandbox:
        sandbox.add_bot(token="1000001:T", username="small_bot")
        phone = sandbox.phone()
        await phone.start()
        for number in range(5):
            await phone.say(str(number))
        assert [message.text for message in phone.chat()] == ["2", "3", "4"]


async def test_a_person_can_only_do_what_a_phone_can_do(bot: Bot, phone: Phone) -> None:
    with pytest.raises(PhoneError, match="press Start"):
        await phone.say("hello")
    with pytest.raises(PhoneError, match="start payload"):
        await phone.start(payload="with space")
    await phone.start()
    with pytest.raises(PhoneError, match="4096"):
        await phone.say("x" * 4097)
    with pytest.raises(PhoneError, match="no such button"):
        await phone.press("Yes")
    with pytest.raises(PhoneError, match="no such bot"):
        await phone.say("hello", bot="somebody_elses_bot")
    sent = await bot.send_message(phone.id, "mine")
    with pytest.raises(PhoneError, match="own messages"):
        await phone.edit(sent.message_id, "yours")
