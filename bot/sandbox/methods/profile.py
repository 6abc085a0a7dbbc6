"""The bot's face in each language: menu of commands, name, descriptions."""

import re
from collections.abc import Callable
from typing import Any

from bot.sandbox import limits, parameters
from bot.sandbox.bots import BotAccount, Menu, MenuKey
from bot.sandbox.methods.table import Call, method
from bot.sandbox.parameters import Parameter
from bot.sandbox.refusals import bad_request
from bot.sandbox.spans import utf16_length

LANGUAGE = Parameter("language_code", parameters.text)
SCOPE = Parameter("scope", parameters.thing)
WHOLE_SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
COMMAND = re.compile(rf"[a-z0-9_]{{1,{limits.COMMAND}}}")
TWO_LETTERS = re.compile(r"[a-z]{2}")

ByLanguage = Callable[[BotAccount], dict[str, str]]


@method("setMyCommands", Parameter("commands", parameters.array, "can't parse commands JSON object"), SCOPE, LANGUAGE)
def set_my_commands(call: Call) -> bool:
    """The menu of one scope in one language; an empty list takes it away."""
    menu = [_command(entry) for entry in call.get("commands")]
    if len(menu) > limits.COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    if menu:
        call.bot.menus[_menu_key(call)] = menu
    else:
        call.bot.menus.pop(_menu_key(call), None)
    return True


@method("getMyCommands", SCOPE, LANGUAGE)
def get_my_commands(call: Call) -> Menu:
    """The menu of exactly this scope and language."""
    return call.bot.menus.get(_menu_key(call), [])


@method("deleteMyCommands", SCOPE, LANGUAGE)
def delete_my_commands(call: Call) -> bool:
    """Fall back to a wider scope."""
    call.bot.menus.pop(_menu_key(call), None)
    return True


def menu_for(bot: BotAccount, chat_id: int, language: str) -> Menu:
    """What a person sees: the narrowest scope that has a menu, in their language before the one for all.

    Order of the Bot API manual for private chats: chat, all_private_chats, default; each with, then without language.
    """
    for scope, chat in (("chat", chat_id), ("all_private_chats", 0), ("default", 0)):
        for code in (language[:2], ""):
            if (scope, chat, code) in bot.menus:
                return bot.menus[scope, chat, code]
    return []


def _command(entry: Any) -> dict[str, str]:
    if not isinstance(entry, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    command, description = entry.get("command"), entry.get("description")
    if not isinstance(command, str) or not isinstance(description, str):
        raise bad_request('can\'t parse BotCommand: Can\'t find field "command" or "description"')
    command = command.removeprefix("/")
    if not COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= utf16_length(description) <= limits.COMMAND_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": command, "description": description}


def _menu_key(call: Call) -> MenuKey:
    scope = call.get("scope", {"type": "default"})
    kind = scope.get("type")
    if kind in WHOLE_SCOPES:
        return kind, 0, _language(call)
    if kind != "chat":
        # Administrators and members of groups have scopes of their own; the sandbox has no groups.
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat_id = parameters.chat("chat_id", scope.get("chat_id", ""))
    if chat_id not in call.bot.chats:
        raise bad_request("chat not found")
    return kind, chat_id, _language(call)


def _language(call: Call) -> str:
    code: str = call.get("language_code", "")
    if code and not TWO_LETTERS.fullmatch(code):
        raise bad_request("invalid language code specified")
    return code


def _face(what: str, limit: int, texts: ByLanguage, refusal: str) -> None:
    """Enter `setMy<what>` and `getMy<what>` into the table; the two differ from text to text in nothing else."""
    field = "".join(f"_{c.lower()}" if c.isupper() else c for c in what).lstrip("_")

    def set_it(call: Call) -> bool:
        text: str = call.get(field, "")
        if utf16_length(text) > limit:
            raise bad_request(refusal)
        texts(call.bot)[_language(call)] = text
        return True

    def get_it(call: Call) -> dict[str, str]:
        return {field: in_language(texts(call.bot), _language(call))}

    method(f"setMy{what}", Parameter(field, parameters.text), LANGUAGE)(set_it)
    method(f"getMy{what}", LANGUAGE)(get_it)


def in_language(texts: dict[str, str], language: str) -> str:
    """The text in this language, else the one for everybody."""
    return texts.get(language[:2]) or texts.get("", "")


_face("Name", limits.BOT_NAME, lambda bot: bot.names, "BOT_TITLE_INVALID")
_face("Description", limits.BOT_DESCRIPTION, lambda bot: bot.descriptions, "BOT_DESCRIPTION_INVALID")
_face("ShortDescription", limits.BOT_SHORT_DESCRIPTION, lambda bot: bot.short_descriptions, "BOT_ABOUT_INVALID")
