"""What we say to Telegram: limits, parameters of calls, and what its refusals mean. Pure.

Limits: core.telegram.org/bots/api ("sendMessage", "InlineKeyboardButton", "getFile", "deleteMessages") and
core.telegram.org/bots/faq ("My bot is hitting limits").
"""

from typing import Any

from bot.messenger import Key, Limits, MessengerError, Rejected, RetryLater, Screen, Span, TooFast, Unreachable, Upload
from handlers.model import Address, FileKind

LIMITS = Limits(
    text=4096,
    caption=1024,
    label=64,  # ours: Telegram names no limit, and phones cut longer labels
    buttons=100,
    row=8,
    download=20 << 20,
    upload=50 << 20,
    delete_hours=48,
    delete_batch=100,
    per_second=30.0,
    per_chat_second=1.0,
)

LONGEST_WAIT = 3600.0
"""Seconds: what a server asks for beyond this is not believed. A chat must not fall silent for ever over one number."""

PHOTO_BYTES = 10 << 20
"""A larger picture is refused as a photo and goes as a document ("sendPhoto")."""

Parameters = dict[str, Any]

_METHODS = {
    FileKind.PHOTO: "sendPhoto",
    FileKind.DOCUMENT: "sendDocument",
    FileKind.VOICE: "sendVoice",
    FileKind.VIDEO: "sendVideo",
    FileKind.AUDIO: "sendAudio",
}

_LOST = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated", "user_deactivated")

_REFUSALS = (
    ("message is not modified", "unchanged"),
    ("message to edit not found", "gone"),
    ("message to delete not found", "gone"),
    ("message_id_invalid", "gone"),
    ("message identifier is not specified", "gone"),
    ("message can't be edited", "uneditable"),
    ("message can't be deleted", "undeletable"),
    ("no text in the message to edit", "textless"),
    ("message text is empty", "empty"),
    ("text must be non-empty", "empty"),
    ("file must be non-empty", "empty"),
    ("message is too long", "long"),
    ("message_too_long", "long"),
    ("caption is too long", "long"),
    ("button_", "button"),
    ("inline keyboard", "button"),
    ("request entity too large", "large"),
    ("entit", "entities"),
    ("must be encoded in utf-8", "encoding"),
    ("file is broken", "broken"),
    ("file is too big", "large"),
    ("wrong file", "gone"),
    ("temporarily unavailable", "gone"),
    ("query is too old", "late"),
    ("bot_command_", "menu"),
    ("bad webhook", "webhook"),
)
"""Stretches of Telegram's descriptions (and of our transport's), and our codes for them; a description may quote
content and goes no further."""


class OutOfReach(RetryLater):
    """Telegram can't be reached, or it fails. `code`: timeout, network, answer or conflict."""

    def __init__(self, code: str, seconds: float = 3.0) -> None:
        super().__init__(seconds)
        self.code = code


class TokenRefused(RetryLater):
    """Telegram does not know this bot token: ask @BotFather for the current one, set it anew and restart.

    Also a `RetryLater` (in a minute), so that nothing that waits to be sent is given up meanwhile.
    """

    def __init__(self) -> None:
        super().__init__(60.0)
        self.args = ("the bot token is refused: ask @BotFather for the current one, set it and restart",)


def busy(seconds: float) -> TooFast:
    """What a 429 means."""
    return TooFast(min(max(seconds, 0.0), LONGEST_WAIT))


def refusal(description: str) -> MessengerError:
    """What a 400 means."""
    said = description.lower()
    if any(stretch in said for stretch in _LOST):
        return Unreachable()
    return Rejected(next((code for stretch, code in _REFUSALS if stretch in said), "refused"))


def chat_id(to: Address, name: str) -> int:
    """The chat behind an address of the adapter `name`; of a topic, its group. Raises `Rejected`."""
    adapter, _, place = to.partition(":")
    number = place.partition("/")[0]
    if adapter != name or not number.removeprefix("-").isdecimal():
        raise Rejected("address")
    return int(number)


def destination(to: Address, name: str) -> Parameters:
    """Where something new goes: a chat, or one topic of a group. Raises `Rejected`."""
    topic = to.partition("/")[2]
    return {"chat_id": chat_id(to, name)} | ({"message_thread_id": int(topic)} if topic.isdecimal() else {})


def screen_parameters(screen: Screen) -> Parameters:
    """A screen as parameters for sending and editing. No rows takes the keyboard away when editing."""
    parameters: Parameters = {"text": screen.text, "link_preview_options": {"is_disabled": True}}
    if screen.spans:
        parameters["entities"] = [_entity(span) for span in screen.spans]
    return parameters | _keyboard(screen)


def caption_parameters(screen: Screen) -> Parameters:
    """A screen below a file."""
    parameters: Parameters = {"caption": screen.text}
    if screen.spans:
        parameters["caption_entities"] = [_entity(span) for span in screen.spans]
    return parameters | _keyboard(screen)


def _keyboard(screen: Screen) -> Parameters:
    if not screen.rows:
        return {}
    return {"reply_markup": {"inline_keyboard": [[_button(key) for key in row] for row in screen.rows]}}


def file_call(upload: Upload) -> tuple[str, Parameters]:
    """The method that sends this file, and its parameters. Documents stay documents, to the byte."""
    kind = upload.kind
    if kind is FileKind.PHOTO and upload.size > PHOTO_BYTES:
        kind = FileKind.DOCUMENT
    parameters: Parameters = {kind.value: upload}
    if kind is FileKind.DOCUMENT:
        parameters["disable_content_type_detection"] = True
    if upload.caption:
        parameters |= caption_parameters(upload.caption)
    return _METHODS[kind], parameters


def _entity(span: Span) -> dict[str, str | int]:
    return {"type": span.style, "offset": span.offset, "length": span.length}


def _button(key: Key) -> dict[str, str]:
    return {"text": key.label, "url": key.url} if key.url else {"text": key.label, "callback_data": key.data}
