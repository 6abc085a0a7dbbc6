"""Command menus and descriptions, by language: only what differs is set, because setting them is strictly limited.

Telegram takes two-letter languages here; any other catalogue (uz_Cyrl) is served chat by chat.
Source: core.telegram.org/bots/api, "BotCommandScope", "setMyDescription" and "setMyShortDescription".
"""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from bot import logs
from bot.messenger import Menu, MessengerError
from bot.telegram.calls import OutOfReach

Call = Callable[..., Awaitable[Any]]
"""Calls a method with parameters. Raises `MessengerError`."""

SCOPES = ("default", "all_private_chats")
FALLBACK = "en"
"""The language that people without one of ours see."""


async def publish(call: Call, menus: Mapping[str, Menu], about: Mapping[str, tuple[str, str]]) -> int:
    """Set what differs; what Telegram refuses or postpones now waits for the next start. Gives how many were set."""
    changed = 0
    for part in [*_menus(menus), *_descriptions(about)]:
        try:
            changed += await _set(call, *part)
        except OutOfReach:
            logs.event("telegram.menus_left_out", level=logging.WARNING, why="out_of_reach")
            break
        except MessengerError as fault:
            logs.failure("telegram.menu_left_out", fault, level=logging.WARNING)
    return changed


def menu_commands(menu: Menu) -> list[dict[str, str]]:
    """A menu as a list of BotCommand."""
    return [{"command": command, "description": description} for command, description in menu]


_Part = tuple[str, dict[str, Any], Any, str]
"""What is set ("MyCommands"), for whom, to what, and under which key it is set and read."""


def _menus(menus: Mapping[str, Menu]) -> Iterator[_Part]:
    for language, menu in _by_code(menus):
        for scope in SCOPES:
            whom = {"scope": {"type": scope}, "language_code": language}
            yield "MyCommands", whom, menu_commands(menu), "commands"


def _descriptions(about: Mapping[str, tuple[str, str]]) -> Iterator[_Part]:
    for language, (short, long) in _by_code(about):
        yield "MyShortDescription", {"language_code": language}, short, "short_description"
        yield "MyDescription", {"language_code": language}, long, "description"


def _by_code(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values by two-letter code, and the fallback under the empty code."""
    if FALLBACK in values:
        yield "", values[FALLBACK]
    yield from ((code, value) for code, value in values.items() if len(code) == 2)


async def _set(call: Call, what: str, whom: dict[str, Any], wanted: Any, key: str) -> bool:
    found = await call(f"get{what}", **whom)
    if (found if what == "MyCommands" else found.get(key)) == wanted:
        return False
    await call(f"set{what}", **whom, **{key: wanted})
    return True
