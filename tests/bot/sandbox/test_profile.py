"""Menus, names and descriptions by scope and language."""

from collections.abc import Callable

import pytest
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from bot.sandbox import Phone, Sandbox
from bot.sandbox.methods.profile import menu_for


async def test_a_person_sees_the_narrowest_menu_in_their_language(sandbox: Sandbox, bot: Bot, phone: Phone) -> None:
    await phone.start()
    account = sandbox.world.bot_named("panah_demo_bot")
    everybody, private, here = None, BotCommandScopeAllPrivateChats(), BotCommandScopeChat(phone.id)

    def seen() -> list[str]:
        return [entry["description"] for entry in menu_for(account, phone.id, "ru")]

    assert seen() == []
    for scope, language, words in (
        (everybody, None, "default"),
        (everybody, "ru", "default ru"),
        (private, None, "private"),
        (private, "ru", "private ru"),
        (here, None, "here"),
    ):
        await bot.set_my_commands([BotCommand("start", words)], scope=scope, language_code=language)
        assert seen() == [words]
    await bot.delete_my_commands(scope=here)
    assert seen() == ["private ru"]
    assert [command.description for command in await bot.get_my_commands(private, "ru")] == ["private ru"]
    assert await bot.get_my_commands(private, "uz") == ()


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"commands": [{"command": "Start", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "x" * 33, "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "x", "description": "x" * 257}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [{"command": "x", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": ["x"]}, "can't parse BotCommand: expected an Object"),
        ({"commands": [], "language_code": "uz_Latn"}, "invalid language code specified"),
        ({"commands": [], "scope": {"type": "moon"}}, "can't parse BotCommandScope: Unsupported type specified"),
        ({"commands": [], "scope": {"type": "chat", "chat_id": 42}}, "chat not found"),
    ],
)
async def test_menus_that_telegram_refuses(ask: Callable, values: dict, why: str) -> None:
    assert (await ask("setMyCommands", **values))["description"] == f"Bad Request: {why}"


async def test_names_and_descriptions_fall_back_to_the_one_for_everybody(bot: Bot) -> None:
    await bot.set_my_name("Panah")
    await bot.set_my_name("Панах", language_code="ru")
    await bot.set_my_description("A shelter")
    await bot.set_my_short_description("Shelter", language_code="en")
    assert (await bot.get_my_name("ru")).name == "Панах"
    assert (await bot.get_my_name("uz")).name == "Panah"
    assert (await bot.get_my_description("kk")).description == "A shelter"
    assert (await bot.get_my_short_description("ru")).short_description == ""


@pytest.mark.parametrize(
    ("method", "field", "limit"),
    [
        ("setMyName", "name", 64),
        ("setMyDescription", "description", 512),
        ("setMyShortDescription", "short_description", 120),
    ],
)
async def test_the_face_has_limits(ask: Callable, method: str, field: str, limit: int) -> None:
    assert (await ask(method, **{field: "x" * limit}))["ok"]
    assert (await ask(method, **{field: "x" * (limit + 1)}))["error_code"] == 400


async def test_a_bot_knows_itself_and_those_who_started_it(bot: Bot, phone: Phone) -> None:
    await phone.start()
    assert (await bot.get_me()).username == "panah_demo_bot"
    assert (await bot.get_chat(phone.id)).first_name == "Reporter"
    assert await bot.send_chat_action(phone.id, "typing")
