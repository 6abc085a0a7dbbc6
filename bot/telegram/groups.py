"""What we take of a group: a command meant for us, a press on a card, and that the group moves or we can't write there.

Everything else that is said there is dropped here, unread: the team's talk is none of our business, and neither is who
takes part. A passphrase that somebody types after `/unlock` is not taken along; only that it was, and where. Pure.
Fields: core.telegram.org/bots/api, "Message", "ChatMemberUpdated" and "ChatMemberRestricted".
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from bot.messenger import pressed
from bot.telegram.shapes import Chat, Entity, Id
from handlers.model import Address, Event, InGroup, MessageRef, Moved, Undelivered

GROUPS = frozenset({"group", "supergroup"})
OUT = frozenset({"left", "kicked"})
"""What we are in a group that we were put out of."""
HERE = "here"
"""All that may stand behind `/desk` in a group."""
PRESSABLE = frozenset({"claim"})
"""Verbs of the cards' buttons."""


class _Sender(Struct, frozen=True):
    id: Id
    is_bot: bool = False


class _Message(Struct, frozen=True, rename={"sender": "from"}):
    message_id: Id
    chat: Chat
    sender: _Sender | None = None
    sender_chat: Chat | None = None
    text: str = ""
    entities: list[Entity] = []
    is_topic_message: bool = False
    message_thread_id: Id = 0
    migrate_to_chat_id: Id = 0
    forum_topic_closed: dict[str, Any] | None = None


class _Press(Struct, frozen=True, rename={"sender": "from"}):
    sender: _Sender
    message: _Message
    data: str = ""


class _Status(Struct, frozen=True):
    status: str
    can_send_messages: bool = True


class _Standing(Struct, frozen=True):
    chat: Chat
    new_chat_member: _Status


Heard = tuple[Address, Event]
"""In whose chat, and what."""


def heard(kind: str, body: object, name: str) -> Heard | None:
    """What an update of this kind means to the adapter `name`, when it comes from a group; else None."""
    try:
        return _READERS[kind](body, name) if kind in _READERS else None
    except msgspec.ValidationError:
        return None


def is_group(address: str) -> bool:
    """Whether an address of ours is a group's: its numbers are negative."""
    return address.partition(":")[2].startswith("-")


def _message(body: object, name: str) -> Heard | None:
    message = msgspec.convert(body, _Message)
    if message.chat.type not in GROUPS:
        return None
    if message.migrate_to_chat_id:
        return _group(message.chat, name), Moved(Address(f"{name}:{message.migrate_to_chat_id}"))
    if message.forum_topic_closed is not None and message.is_topic_message:
        return _place(message, name), Undelivered("closed")
    return _command(message, name)


def _command(message: _Message, name: str) -> Heard | None:
    found = next((each for each in message.entities if each.type == "bot_command" and each.offset == 0), None)
    if found is None:
        return None
    command = message.text[1 : found.length].partition("@")[0].lower()
    words = message.text[found.length :].strip().lower()
    arg = HERE if words == HERE else ""
    if arg and command in {"desk", "start"} and message.sender_chat and message.sender_chat.id == message.chat.id:
        return _group(message.chat, name), InGroup("anonymous", "", _place(message, name), _group(message.chat, name))
    if message.sender is None or message.sender.is_bot:
        return None
    match command:
        case "desk":
            return _said(message, message.sender, "desk", arg, name)
        case "start" if arg:  # as Telegram's own link types it
            return _said(message, message.sender, "desk", arg, name)
        case "unlock" if words:
            return _said(message, message.sender, "unlock", "", name)
    return None


def _edited(body: object, name: str) -> Heard | None:
    """A passphrase can come in by an edit too; nothing else counts then."""
    found = _message(body, name)
    return found if found and isinstance(found[1], InGroup) and found[1].name == "unlock" else None


def _press(body: object, name: str) -> Heard | None:
    press = msgspec.convert(body, _Press)
    choice = pressed(press.data, MessageRef(str(press.message.message_id)))
    if press.message.chat.type not in GROUPS or press.sender.is_bot or not choice or choice.verb not in PRESSABLE:
        return None
    return _said(press.message, press.sender, choice.verb, choice.arg, name)


def _standing(body: object, name: str) -> Heard | None:
    standing = msgspec.convert(body, _Standing)
    now = standing.new_chat_member
    mute = now.status == "restricted" and not now.can_send_messages
    if standing.chat.type not in GROUPS or not (mute or now.status in OUT):
        return None
    return _group(standing.chat, name), Undelivered("removed")


def _said(message: _Message, sender: _Sender, what: str, arg: str, name: str) -> Heard:
    """It comes from the private chat of whoever did it: there their number is the chat's."""
    ref = MessageRef(str(message.message_id))
    event = InGroup(what, arg, _place(message, name), _group(message.chat, name), ref)
    return Address(f"{name}:{sender.id}"), event


def _group(chat: Chat, name: str) -> Address:
    return Address(f"{name}:{chat.id}")


def _place(message: _Message, name: str) -> Address:
    """The group, or the topic of it. Without a forum, a thread is only a string of replies."""
    group = _group(message.chat, name)
    return Address(f"{group}/{message.message_thread_id}") if message.is_topic_message else group


_READERS: Mapping[str, Callable[[object, str], Heard | None]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _press,
    "my_chat_member": _standing,
}
