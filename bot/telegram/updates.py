"""Telegram's updates in our words: raw JSON in, an `Arrival` or None out. Pure, and it never raises.

Names, user names and language guesses stop here; a location comes in with its country, and never onto the disk.
Structures are checked by msgspec; what does not fit them becomes `Unreadable` when the chat is known, so that no
update can block the door.
Fields and kinds: core.telegram.org/bots/api, "Update", "Message" and "CallbackQuery".
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from bot.languages import normalise
from bot.messenger import pressed
from bot.places import countries
from bot.telegram.groups import heard
from bot.telegram.shapes import File, From, InChat, Message, Numbered, Place, Press, UnderMessage, WithPress
from handlers.model import (
    TOKEN_VERBS,
    Address,
    Attachment,
    Command,
    Edited,
    Event,
    FileKind,
    FileRef,
    Location,
    MessageRef,
    Text,
    Token,
    Unreadable,
)
from storage.records import Arrival

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update that we ask for; the others never leave Telegram."""

STRANGE = frozenset(
    {"sticker", "contact", "poll", "dice", "story", "game", "checklist", "paid_media", "live_photo", "invoice"}
)
"""What a person may send and we can't take. The kind is told to them, so the set is fixed."""

SERVICE = frozenset(
    {
        "pinned_message",
        "message_auto_delete_timer_changed",
        "write_access_allowed",
        "connected_website",
        "chat_background_set",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "proximity_alert_triggered",
        "successful_payment",
        "refunded_payment",
        "users_shared",
        "chat_shared",
        "passport_data",
        "web_app_data",
        "gift",
        "unique_gift",
        "checklist_tasks_done",
        "checklist_tasks_added",
        "boost_added",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
    }
)
"""What Telegram itself says in a private chat. Nobody spoke: passed over."""

OPENING = frozenset({"start", "danger"})
"""Commands that may be the first: with them a guess of the language is passed on, and with nothing else."""

_FOREIGN = re.compile(r"[／⁄∕⧸][A-Za-z]\w{0,31}(?:@\w+)?(?!\S)", re.ASCII)
"""A command behind a slash of another keyboard: full width, of fractions, of division, large. Names as in Telegram."""

MOST_BYTES = 1 << 53
"""A claimed file size above it is taken as unknown; every record can hold numbers up to it."""

T = TypeVar("T")


def number(update: object) -> int | None:
    """The update's id; None when it has none that could be acknowledged."""
    found = _fit(update, Numbered)
    return found.update_id if found else None


def press_id(update: object) -> str:
    """The id under which a press of a button wants to be answered; empty for any other update."""
    found = _fit(update, WithPress)
    return found.callback_query.id if found else ""


def translate(update: object, name: str) -> Arrival | None:
    """One update for the adapter `name`, or None when it holds nothing for us (a bot, a service line, talk)."""
    seen = number(update)
    if seen is None or not isinstance(update, Mapping):
        return None
    for kind, (envelope, read) in _READERS.items():
        if kind in update:
            chat = _private_chat(update[kind], envelope)
            event = _read(read, update[kind]) if chat is not None else None
            if event is None:
                break
            return Arrival(f"{name}:{seen}", Address(f"{name}:{chat}"), _sound(event), isinstance(event, Location))
    return _of_group(update, seen, name)


def _of_group(update: Mapping[str, object], seen: int, name: str) -> Arrival | None:
    kind = next((kind for kind in ALLOWED if kind in update), "")
    found = heard(kind, update.get(kind), name)
    return Arrival(f"{name}:{seen}", found[0], _sound(found[1])) if found else None


def _private_chat(body: object, envelope: type[InChat] | type[UnderMessage]) -> int | None:
    """The chat's id, when one person speaks to us alone. Other bots are left alone: two of them never stop talking."""
    found = _fit(body, envelope)
    by = _fit(body, From)
    if found is None or found.where.type != "private" or (by and by.sender.is_bot):
        return None
    return found.where.id


def _read(read: Callable[[Any], Event | None], body: object) -> Event | None:
    try:
        return read(body)
    except msgspec.ValidationError:
        return Unreadable("update")


def _message(body: Any) -> Event | None:
    message = msgspec.convert(body, Message)
    ref = MessageRef(str(message.message_id))
    if message.text is not None:
        return _words(message, message.text, ref)
    if file := _attached(message):
        return msgspec.structs.replace(file, caption=message.caption, message=ref, reply=_token(message))
    if message.location:
        return _place(message.location, ref)
    if SERVICE.intersection(body):
        return None
    return Unreadable(min(STRANGE.intersection(body), default="message"), ref)


def _place(place: Place, ref: MessageRef) -> Location:
    """Six decimals of a degree are ten centimetres: all that a telephone knows."""
    point = f"{place.latitude:.6f}, {place.longitude:.6f}"
    return Location(ref, countries(place.latitude, place.longitude), point, place.live_period > 0)


def _words(message: Message, text: str, ref: MessageRef) -> Event:
    length = _command_length(message, text)
    if length == 0:
        return Text(text, ref, _token(message))
    name = text[1:length].partition("@")[0].lower()
    tongue = normalise(message.sender.language_code) if name in OPENING else ""
    return Command(name, text[length:].strip(), ref, _token(message), tongue or "")


def _command_length(message: Message, text: str) -> int:
    """Characters of the command that a text begins with; 0 for mere words. Telegram knows only its own slash."""
    command = next((e for e in message.entities if e.type == "bot_command" and e.offset == 0), None)
    if command is not None and text.startswith("/"):
        return max(command.length, 1)
    foreign = _FOREIGN.match(text)
    return foreign.end() if foreign else 0


def _attached(message: Message) -> Attachment | None:
    """The file of a message. An animation comes with a `document` of the same file, so it is looked at first."""
    if message.photo:
        biggest = max(message.photo, key=lambda size: size.width * size.height)
        return Attachment(FileKind.PHOTO, FileRef(biggest.file_id), _bytes(biggest.file_size), mime="image/jpeg")
    if message.animation:
        moving = message.animation.mime_type.startswith("video/")
        return _waiting(FileKind.VIDEO if moving else FileKind.DOCUMENT, message.animation)
    files = (
        (FileKind.DOCUMENT, message.document),
        (FileKind.VOICE, message.voice),
        (FileKind.VIDEO, message.video or message.video_note),
        (FileKind.AUDIO, message.audio),
    )
    return next((_waiting(kind, file) for kind, file in files if file), None)


def _waiting(kind: FileKind, file: File) -> Attachment:
    return Attachment(kind, FileRef(file.file_id), _bytes(file.file_size), file.file_name, file.mime_type)


def _bytes(claimed: int) -> int:
    return claimed if 0 <= claimed <= MOST_BYTES else 0


def _token(message: Message) -> Token:
    """The token in the keyboard of the message that this one answers."""
    for row in message.reply_to_message.reply_markup.inline_keyboard:
        for button in row:
            choice = pressed(button.callback_data, MessageRef(""))
            if choice and choice.verb in TOKEN_VERBS:
                return Token(choice.arg)
    return Token("")


def _edited(body: Any) -> Event | None:
    """Changed words. A live location moves by edits, and nobody said anything then."""
    message = msgspec.convert(body, Message)
    ref = MessageRef(str(message.message_id))
    words = message.text or message.caption
    if words:
        return Edited(words, ref)
    return None if "location" in body else Unreadable("edit", ref)


def _press(body: Any) -> Event | None:
    press = msgspec.convert(body, Press)
    ref = MessageRef(str(press.message.message_id))
    return pressed(press.data, ref) or Unreadable("button", ref)


_READERS: Mapping[str, tuple[type[InChat] | type[UnderMessage], Callable[[Any], Event | None]]] = {
    "message": (InChat, _message),
    "edited_message": (InChat, _edited),
    "callback_query": (UnderMessage, _press),
}


def _fit(value: object, kind: type[T]) -> T | None:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None


def _sound(event: Event) -> Event:
    """The event with every text encodable: JSON can smuggle half a surrogate pair in, which no record can hold."""
    texts = {field: getattr(event, field) for field in event.__struct_fields__}
    mended = {f: _mended(t) for f, t in texts.items() if isinstance(t, str) and not t.isascii()}
    return msgspec.structs.replace(event, **mended) if mended else event


def _mended(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
