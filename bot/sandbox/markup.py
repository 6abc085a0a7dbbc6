"""Keyboards under messages, checked as Telegram checks them."""

from collections.abc import Callable
from typing import Any

from bot.sandbox import limits
from bot.sandbox.refusals import bad_request

Markup = dict[str, Any]

ACTIONS = frozenset(
    [
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    ]
)


def checked_markup(value: Any) -> Markup | None:
    """The markup if Telegram would take it, else None for an empty one.

    Raises:
        Refusal: it is no markup, too large, or has a button that Telegram refuses.
    """
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in value:
        return _inline(value["inline_keyboard"])
    if "keyboard" in value:
        return {**value, "keyboard": _rows("keyboard", value["keyboard"], _key)}
    if value.get("remove_keyboard") or value.get("force_reply"):
        return value
    return None


def is_inline(markup: Markup | None) -> bool:
    """Whether the markup is a part of the message itself (others only steer the person's keyboard)."""
    return markup is not None and "inline_keyboard" in markup


def _inline(rows: Any) -> Markup | None:
    checked = _rows("inline_keyboard", rows, _button)
    return {"inline_keyboard": checked} if checked else None


def _rows(field: str, rows: Any, check: Callable[[Any], Any]) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'can\'t parse reply keyboard markup: Field "{field}" must be an Array of Arrays')
    checked = [[check(button) for button in row] for row in rows if row]
    if sum(map(len, checked)) > limits.BUTTONS or any(len(row) > limits.BUTTONS_IN_A_ROW for row in checked):
        raise bad_request("reply markup is too long")
    return checked


def _key(button: Any) -> dict[str, Any]:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object")
    return _with_text(button)


def _button(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    _with_text(button)
    if not ACTIONS & button.keys():
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if "callback_data" in button:
        _check_data(button["callback_data"])
    if "url" in button and not str(button["url"]).startswith(("http://", "https://", "tg://", "t.me/")):
        raise bad_request("inline keyboard button URL is invalid: Wrong HTTP URL")
    return button


def _check_data(data: Any) -> None:
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= limits.CALLBACK_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _with_text(button: dict[str, Any]) -> dict[str, Any]:
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request('can\'t parse button: Field "text" must be of type String')
    if not text.strip():
        raise bad_request("keyboard button text must not be empty")
    return button
