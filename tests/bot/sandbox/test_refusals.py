"""What Telegram refuses is refused, with Telegram's code and description."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.sandbox import Phone, Sandbox


def inline(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Go", **button}]]}


REFUSED_MESSAGES = [
    ({}, "message text is empty"),
    ({"text": "  \n "}, "message text is empty"),
    ({"text": "x" * 4097}, "message is too long"),
    ({"text": "🏠" * 2049}, "message is too long"),
    ({"text": ["no"]}, 'parameter "text" must be a String'),
    ({"text": "x", "protect_content": "perhaps"}, 'parameter "protect_content" must be a Boolean'),
    ({"text": "x", "parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
    (
        {"text": "<b>x", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    (
        {"text": "я<q>x", "parse_mode": "HTML"},
        'can\'t parse entities: Unsupported start tag "q" at byte offset 2',
    ),
    (
        {"text": "x</b>", "parse_mode": "HTML"},
        "can't parse entities: Unexpected end tag at byte offset 1",
    ),
    (
        {"text": "x", "entities": [{"type": "bold", "offset": 0, "length": 2}]},
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 2",
    ),
    ({"text": "x", "entities": "[{"}, "can't parse entities JSON object"),
    ({"text": "x", "reply_markup": "{"}, "can't parse reply markup JSON object"),
    ({"text": "x", "reply_markup": []}, "object expected as reply markup"),
    ({"text": "x", "reply_markup": inline(callback_data="я" * 33)}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "reply_markup": inline(callback_data="")}, "BUTTON_DATA_INVALID"),
    (
        {"text": "x", "reply_markup": inline()},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "x", "reply_markup": inline(url="javascript:1")},
        "inline keyboard button URL is invalid: Wrong HTTP URL",
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}] * 9]}},
        "reply markup is too long",
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]] * 101}},
        "reply markup is too long",
    ),
    (
        {"text": "x", "reply_markup": {"keyboard": ["a"]}},
        'can\'t parse reply keyboard markup: Field "keyboard" must be an Array of Arrays',
    ),
    ({"text": "x", "reply_parameters": {"message_id": 999}}, "message to be replied not found"),
    ({"text": "x", "chat_id": ""}, "chat_id is empty"),
    ({"text": "x", "chat_id": 42}, "chat not found"),
    ({"text": "x", "chat_id": "@somebody"}, "chat not found"),
]


@pytest.mark.parametrize(("values", "why"), REFUSED_MESSAGES)
async def test_a_message_that_telegram_refuses(ask: Callable, phone: Phone, values: dict[str, Any], why: str) -> None:
    await phone.start()
    answer = await ask("sendMessage", **{"chat_id": phone.id, **values})
    assert (answer["error_code"], answer["description"]) == (400, f"Bad Request: {why}")
    assert len(phone.chat()) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"text": "x" * 4096},
        {"text": "🏠" * 2048},
        {"text": "x", "reply_markup": inline(callback_data="я" * 32)},
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "a"}] * 8] * 12}},
        {"text": "x", "reply_markup": '{"inline_keyboard":[]}'},
        {"text": "<b>" + "x" * 4096 + "</b>", "parse_mode": "HTML"},
        {"text": "x", "reply_parameters": {"message_id": 999, "allow_sending_without_reply": True}},
        {"text": "x", "protect_content": "True"},
    ],
)
async def test_a_message_at_the_limit_is_taken(ask: Callable, phone: Phone, values: dict[str, Any]) -> None:
    await phone.start()
    assert (await ask("sendMessage", chat_id=str(phone.id), **values))["ok"]


async def test_a_bot_cannot_begin_a_conversation(ask: Callable, phone: Phone) -> None:
    answer = await ask("sendMessage", chat_id=phone.id, text="Hello")
    assert (answer["error_code"], answer["description"]) == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )


async def test_unknown_tokens_and_methods(ask: Callable) -> None:
    unknown = await ask("getMe", token="1000009:NOBODY")
    assert (unknown["error_code"], unknown["description"]) == (401, "Unauthorized")
    unknown = await ask("sendTelegram")
    assert (unknown["error_code"], unknown["description"]) == (404, "Not Found: method not found")


async def test_methods_are_named_in_any_case(ask: Callable) -> None:
    assert (await ask("GETME"))["result"]["username"] == "panah_demo_bot"


async def test_unknown_parameters_are_taken_and_remembered_as_faults_of_ours(
    sandbox: Sandbox, ask: Callable, phone: Phone
) -> None:
    await phone.start()
    for _ in range(2):
        assert (await ask("sendMessage", chat_id=phone.id, text="x", protect_contents=True))["ok"]
    assert sandbox.faults_of_ours == [("sendMessage", "protect_contents")]


@pytest.mark.parametrize("method", ["editMessageText", "editMessageReplyMarkup", "deleteMessage"])
async def test_a_message_that_is_not_there(ask: Callable, phone: Phone, method: str) -> None:
    await phone.start()
    answer = await ask(method, chat_id=phone.id, message_id=999, text="x")
    act = "delete" if method == "deleteMessage" else "edit"
    assert answer["description"] == f"Bad Request: message to {act} not found"


async def test_the_message_of_a_person_cannot_be_edited(ask: Callable, phone: Phone) -> None:
    said = await phone.start()
    answer = await ask("editMessageText", chat_id=phone.id, message_id=said, text="x")
    assert answer["description"] == "Bad Request: message can't be edited"


async def test_a_message_that_steers_the_keyboard_cannot_be_edited(ask: Callable, phone: Phone) -> None:
    await phone.start()
    sent = await ask("sendMessage", chat_id=phone.id, text="x", reply_markup={"remove_keyboard": True})
    answer = await ask("editMessageText", chat_id=phone.id, message_id=sent["result"]["message_id"], text="y")
    assert answer["description"] == "Bad Request: message can't be edited"


async def test_an_edit_that_changes_nothing(ask: Callable, phone: Phone) -> None:
    await phone.start()
    markup = inline(callback_data="a")
    sent = await ask("sendMessage", chat_id=phone.id, text="x", reply_markup=markup)
    target = {"chat_id": phone.id, "message_id": sent["result"]["message_id"]}
    for method, values in (("editMessageText", {"text": " x "}), ("editMessageReplyMarkup", {})):
        answer = await ask(method, **target, **values, reply_markup=markup)
        assert answer["description"] == (
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same"
            " as a current content and reply markup of the message"
        )


async def test_text_and_caption_are_not_the_same(ask: Callable, phone: Phone) -> None:
    await phone.start()
    await phone.attach("photo", b"jpg", caption="see")
    sent = await ask("sendMessage", chat_id=phone.id, text="x")
    *_, update = (await ask("getUpdates"))["result"]
    picture = await ask("sendPhoto", chat_id=phone.id, photo=update["message"]["photo"][0]["file_id"])
    no_text = await ask("editMessageText", chat_id=phone.id, message_id=picture["result"]["message_id"], text="y")
    no_caption = await ask("editMessageCaption", chat_id=phone.id, message_id=sent["result"]["message_id"], caption="y")
    assert no_text["description"] == "Bad Request: there is no text in the message to edit"
    assert no_caption["description"] == "Bad Request: there is no caption in the message to edit"


async def test_given_48_hours_when_the_bot_deletes_then_it_is_too_late(
    sandbox: Sandbox, ask: Callable, phone: Phone
) -> None:
    said = await phone.start()
    sandbox.advance(48 * 3600 + 1)
    answer = await ask("deleteMessage", chat_id=phone.id, message_id=said)
    assert answer["description"] == "Bad Request: message can't be deleted"
    several = await ask("deleteMessages", chat_id=phone.id, message_ids=[said])
    assert several["description"] == "Bad Request: message can't be deleted"
    assert len(phone.chat()) == 1


async def test_deleting_several_skips_what_is_gone(ask: Callable, phone: Phone) -> None:
    said = [await phone.start(), await phone.say("one"), await phone.say("two")]
    assert (await ask("deleteMessages", chat_id=phone.id, message_ids=[*said[1:], 999]))["ok"]
    assert [message.message_id for message in phone.chat()] == said[:1]
    for wrong, why in (
        ([], "message identifiers are not specified"),
        (list(range(1, 102)), "too many message identifiers specified"),
        (["x"], "message identifier must be a Number"),
    ):
        answer = await ask("deleteMessages", chat_id=phone.id, message_ids=wrong)
        assert answer["description"] == f"Bad Request: {why}"


TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


async def pressed(ask: Callable, phone: Phone) -> str:
    await phone.start()
    await ask("sendMessage", chat_id=phone.id, text="x", reply_markup=inline(callback_data="a"))
    await phone.press("Go")
    updates = (await ask("getUpdates"))["result"]
    return updates[-1]["callback_query"]["id"]


async def test_a_press_can_be_answered_once_and_in_time(sandbox: Sandbox, ask: Callable, phone: Phone) -> None:
    query = await pressed(ask, phone)
    long = await ask("answerCallbackQuery", callback_query_id=query, text="x" * 201)
    assert long["description"] == "Bad Request: MESSAGE_TOO_LONG"
    assert (await ask("answerCallbackQuery", callback_query_id=query))["ok"]
    assert (await ask("answerCallbackQuery", callback_query_id=query))["description"] == TOO_OLD
    assert (await ask("answerCallbackQuery", callback_query_id="1"))["description"] == TOO_OLD
    await phone.press("Go")
    late = phone.unanswered()[0].query_id
    sandbox.advance(151)
    assert (await ask("answerCallbackQuery", callback_query_id=late))["description"] == TOO_OLD


async def test_a_chat_action_must_be_one(ask: Callable, phone: Phone) -> None:
    await phone.start()
    assert (await ask("sendChatAction", chat_id=phone.id, action="typing"))["ok"]
    answer = await ask("sendChatAction", chat_id=phone.id, action="dreaming")
    assert answer["description"] == "Bad Request: wrong parameter action in request"


async def test_a_reaction_must_be_on_a_message(ask: Callable, phone: Phone) -> None:
    said = await phone.start()
    thumb = [{"type": "emoji", "emoji": "👍"}]
    assert (await ask("setMessageReaction", chat_id=phone.id, message_id=said, reaction=thumb))["ok"]
    gone = await ask("setMessageReaction", chat_id=phone.id, message_id=99, reaction=thumb)
    assert gone["description"] == "Bad Request: message to react not found"
