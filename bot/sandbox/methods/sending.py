"""Texts and files from the bot, and the small signs beside them."""

from typing import Any

from bot.sandbox.changes import Change
from bot.sandbox.methods.content import CHAT, SENDING, TEXT, deliver, text_of
from bot.sandbox.methods.table import Call, method
from bot.sandbox.parameters import Parameter, accepted, text
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
