"""What is sent looks as it should, and every refusal becomes one of our words."""

from typing import Any

import pytest
from aiohttp import web

from bot.messenger import HasMenus, Key, MessengerError, Rejected, RetryLater, Screen, Span, Unreachable
from bot.sandbox import Phone, Sandbox
from bot.sandbox.faults import Faults
from bot.telegram import Telegram
from bot.telegram.calls import OutOfReach, TokenRefused
from handlers.model import Address, MessageRef

TEXT = "Код: 7F 🕊 bold"
SPANS = (Span("code", 5, 2), Span("bold", 11, 4))
ROWS = ((Key("Add", "add:TOKEN:"), Key("Guide", url="https://example.org/")),)


async def test_given_a_screen_when_sent_then_the_phone_shows_text_styles_and_buttons(
    bot: Telegram, phone: Phone, address: Address
) -> None:
    ref = await bot.send(address, Screen(TEXT, SPANS, ROWS, protect=True))
    shown = phone.chat()[-1]
    assert (str(shown.message_id), shown.text, shown.protected) == (ref, TEXT, True)
    assert [(e["type"], e["offset"], e["length"]) for e in shown.entities] == [("code", 5, 2), ("bold", 11, 4)]
    assert [(b.text, b.data, b.url) for b in shown.buttons[0]] == [
        ("Add", "add:TOKEN:", None),
        ("Guide", None, "https://example.org/"),
    ]


async def test_given_an_answer_to_a_message_with_a_token_then_the_token_comes_along(
    bot: Telegram, phone: Phone, address: Address, inbox: Any, listen: Any
) -> None:
    ref = await bot.send(address, Screen("Any news?", rows=ROWS))
    await phone.say("Yes", reply_to=int(ref))
    async with listen(bot, inbox):
        events = await inbox.holds(2)
    assert (events[1].text, events[1].reply) == ("Yes", "TOKEN")


async def test_given_a_message_when_edited_twice_alike_then_it_is_changed_and_the_keyboard_gone(
    bot: Telegram, phone: Phone, address: Address
) -> None:
    ref = await bot.send(address, Screen("Which?", rows=ROWS))
    await bot.edit(address, ref, Screen("Chosen"))
    await bot.edit(address, ref, Screen("Chosen"))
    assert (phone.chat()[-1].text, phone.chat()[-1].buttons) == ("Chosen", [])


async def test_given_a_message_that_is_gone_when_edited_then_it_is_rejected_as_gone(
    bot: Telegram, address: Address
) -> None:
    ref = await bot.send(address, Screen("Now"))
    await bot.delete(address, [ref])
    with pytest.raises(Rejected, match=r"^gone$"):
        await bot.edit(address, ref, Screen("Later"))


async def test_given_many_messages_when_deleted_then_all_go_in_batches_and_lost_ones_are_passed_over(
    sandbox: Sandbox, bot: Telegram, phone: Phone, address: Address
) -> None:
    refs = [await bot.send(address, Screen(str(number))) for number in range(120)]
    await bot.delete(address, [*refs, MessageRef("999999")])
    assert not [message for message in phone.chat() if message.from_bot]
    assert sandbox.record.calls["deleteMessages"] == 2


async def test_given_messages_too_old_to_delete_then_the_others_still_go(
    sandbox: Sandbox, bot: Telegram, phone: Phone, address: Address
) -> None:
    old = await bot.send(address, Screen("old"))
    sandbox.advance(49 * 3600)
    new = await bot.send(address, Screen("new"))
    await bot.delete(address, [old, new])
    assert [message.text for message in phone.chat() if message.from_bot] == ["old"]


async def test_given_a_bot_that_was_blocked_then_the_chat_is_unreachable(
    bot: Telegram, phone: Phone, address: Address
) -> None:
    phone.block()
    with pytest.raises(Unreachable):
        await bot.send(address, Screen("Hello"))


async def test_given_a_chat_that_never_started_then_it_is_unreachable(bot: Telegram, sandbox: Sandbox) -> None:
    with pytest.raises(Unreachable):
        await bot.send(Address(f"telegram:{sandbox.phone().id}"), Screen("Hello"))


@pytest.mark.parametrize("address", ["signal:77", "telegram:abc", "telegram", "desk:77"])
async def test_given_an_address_of_another_adapter_then_nothing_is_sent(
    bot: Telegram, sandbox: Sandbox, address: str
) -> None:
    with pytest.raises(Rejected, match=r"^address$"):
        await bot.send(Address(address), Screen("Hello"))
    assert sandbox.record.calls["sendMessage"] == 0


@pytest.mark.parametrize(
    ("screen", "reason"),
    [
        (Screen("x" * 4097), "long"),
        (Screen("  "), "empty"),
        (Screen("x", rows=((Key("a", "b" * 65),),)), "button"),
        (Screen("half a pair \ud83d"), "encoding"),
    ],
)
async def test_given_what_telegram_refuses_then_the_reason_is_a_code(
    bot: Telegram, address: Address, screen: Screen, reason: str
) -> None:
    with pytest.raises(Rejected) as refused:
        await bot.send(address, screen)
    assert refused.value.reason == reason


async def test_given_a_flood_limit_then_it_says_how_long_to_wait(
    sandbox: Sandbox, bot: Telegram, address: Address
) -> None:
    sandbox.faults = Faults(fail_429=1, retry_after=7)
    with pytest.raises(RetryLater) as later:
        await bot.send(address, Screen("Hello"))
    assert later.value.seconds == 7
    assert not isinstance(later.value, OutOfReach)


def failing(code: int, body: str) -> Any:
    return lambda method: web.Response(status=code, text=body)


DESCRIBED = '{"ok":false,"error_code":%d,"description":"%s"}'
ANSWERS = [
    (400, DESCRIBED % (400, "Bad Request: chat not found"), Unreachable, ""),
    (400, DESCRIBED % (400, "Bad Request: PEER_ID_INVALID"), Unreachable, ""),
    (400, DESCRIBED % (400, "Bad Request: quoting the story in the refusal"), Rejected, "refused"),
    (400, "not json at all", Rejected, "refused"),
    (401, DESCRIBED % (401, "Unauthorized"), TokenRefused, "token"),
    (403, DESCRIBED % (403, "Forbidden: user is deactivated"), Unreachable, ""),
    (404, DESCRIBED % (404, "Not Found"), TokenRefused, "token"),
    (409, DESCRIBED % (409, "Conflict: terminated by other getUpdates request"), OutOfReach, "5 s"),
    (413, DESCRIBED % (413, "Request Entity Too Large"), Rejected, "large"),
    (429, "{}", OutOfReach, "3 s"),
    (429, DESCRIBED.replace("}", ',"parameters":{"retry_after":"soon"}}') % (429, "x"), OutOfReach, "3 s"),
    (429, DESCRIBED.replace("}", ',"parameters":{"retry_after":1e300}}') % (429, "x"), OutOfReach, "3 s"),
    (429, DESCRIBED.replace("}", ',"parameters":{"retry_after":99999999999}}') % (429, "x"), RetryLater, "3600 s"),
    (429, DESCRIBED.replace("}", ',"parameters":{"retry_after":-5}}') % (429, "x"), RetryLater, "0 s"),
    (500, "[]", OutOfReach, "3 s"),
    (502, "<html>Bad Gateway</html>", OutOfReach, "3 s"),
    (302, "", OutOfReach, "3 s"),
    (200, "not json at all", OutOfReach, "3 s"),
    (200, '"a string"', OutOfReach, "3 s"),
    (200, '{"ok":false}', OutOfReach, "3 s"),
    (200, '{"ok":true,"result":true}', OutOfReach, "3 s"),
]


@pytest.mark.parametrize(("code", "body", "kind", "words"), ANSWERS)
async def test_given_any_answer_then_the_error_is_one_of_ours_and_quotes_nothing(
    scripted: Any, code: int, body: str, kind: type[MessengerError], words: str
) -> None:
    bot = await scripted(failing(code, body))
    with pytest.raises(kind) as caught:
        await bot.send(Address("telegram:77"), Screen("a story"))
    assert words in str(caught.value)
    assert "story" not in str(caught.value)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_given_a_connection_that_breaks_then_it_is_tried_later(
    sandbox: Sandbox, bot: Telegram, address: Address, moment: Any
) -> None:
    sandbox.faults = Faults(drop=1, drop_when=moment)
    with pytest.raises(OutOfReach):
        await bot.send(address, Screen("Hello"))
    await bot.send(address, Screen("Hello"))


async def test_given_no_network_then_the_start_says_out_of_reach(token: str) -> None:
    with pytest.raises(OutOfReach):
        await Telegram(token, "http://127.0.0.1:9").start()


async def test_given_menus_when_published_twice_then_only_the_first_sets_them(sandbox: Sandbox, bot: Telegram) -> None:
    menus = {"en": [("start", "Begin")], "ru": [("start", "Начать")], "uz_Cyrl": [("start", "Бошлаш")]}
    about = {"en": ("A shelter", "A shelter in a chat"), "ru": ("Приют", "Приют в чате")}
    assert isinstance(bot, HasMenus)
    await bot.publish(menus, about)
    assert bot.counts["published"] == 10
    await bot.publish(menus, about)
    assert bot.counts["published"] == 10
    assert sandbox.faults_of_ours == []


async def test_given_a_flood_limit_when_publishing_then_the_rest_is_still_set(sandbox: Sandbox, bot: Telegram) -> None:
    sandbox.faults = Faults(fail_429=1, methods=["setMyCommands"])
    await bot.publish({"en": [("start", "Begin")]}, {"en": ("A shelter", "A shelter in a chat")})
    assert bot.counts["published"] == 5


async def test_given_a_member_when_a_menu_is_shown_then_only_their_chat_has_it(
    sandbox: Sandbox, bot: Telegram, phone: Phone, address: Address
) -> None:
    await bot.show_menu(address, [("queue", "Waiting cases")])
    await bot.show_menu(address, [])
    assert (sandbox.record.calls["setMyCommands"], sandbox.record.calls["deleteMyCommands"]) == (1, 1)
    assert sandbox.faults_of_ours == []


@pytest.mark.parametrize(
    ("screen", "parameter"),
    [(Screen("quiet", silent=True), "disable_notification"), (Screen("fast", paid=True), "allow_paid_broadcast")],
)
async def test_given_a_silent_or_a_paid_screen_then_the_messenger_is_told_so_and_of_no_other(
    bot: Telegram, address: Address, monkeypatch: pytest.MonkeyPatch, screen: Screen, parameter: str
) -> None:
    asked: list[dict[str, object]] = []

    async def call(method: str, **parameters: object) -> dict[str, int]:
        asked.append(parameters)
        return {"message_id": 1}

    monkeypatch.setattr(bot, "_call", call)
    await bot.send(address, screen)
    await bot.send(address, Screen("loud"))
    assert [each.get(parameter) for each in asked] == [True, None]
