"""Texts and files from the bot, and the small signs beside them."""

from typing import Any

from bot.sandbox.changes import Change
from bot.sandbox.methods.content import CHAT, MESSAGE_ID, SENDING, TEXT, deliver, text_of
from bot.sandbox.methods.table import Call, method
from bot.sandbox.parameters import Parameter, accepted, array, boolean, text
from bot.sandbox.refusals import bad_request

ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "record_audio",
        "upload_audio",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


@method("sendMessage", *SENDING, *TEXT)
def send_message(call: Call) -> Any:
    """A text."""
    return deliver(call, *text_of(call))


@method(
    "sendChatAction",
    CHAT,
    Parameter("action", text, "wrong parameter action in request"),
    *accepted("message_thread_id", "business_connection_id"),
)
def send_chat_action(call: Call) -> bool:
    """The bot is typing."""
    if call.get("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.world.changes.publish(Change(call.open_chat(), "typing"))
    return True


@method("setMessageReaction", CHAT, MESSAGE_ID, Parameter("reaction", array), Parameter("is_big", boolean))
def set_message_reaction(call: Call) -> bool:
    """A sign on a message. It is checked and then forgotten: phones do not show it."""
    for reaction in call.get("reaction", []):
        if not isinstance(reaction, dict) or reaction.get("type") not in ("emoji", "custom_emoji"):
            raise bad_request("can't parse ReactionType: invalid reaction type specified")
    if call.get("message_id") not in call.known_chat().messages:
        raise bad_request("message to react not found")
    return True
