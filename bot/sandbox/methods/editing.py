"""Changing and taking back what was sent."""

from typing import Any

from bot.sandbox import limits
from bot.sandbox.changes import Change
from bot.sandbox.chats import Chat
from bot.sandbox.markup import Markup, is_inline
from bot.sandbox.messages import CAPTIONED, Message
from bot.sandbox.methods.content import CAPTION, CHAT, MARKUP, MESSAGE_ID, TEXT, caption_of, text_of
from bot.sandbox.methods.table import Call, method
from bot.sandbox.parameters import Parameter, accepted, array
from bot.sandbox.refusals import bad_request, not_modified
from bot.sandbox.spans import Entity

TARGET = (CHAT, MESSAGE_ID, MARKUP, *accepted("inline_message_id", "business_connection_id"))


@method("editMessageText", *TARGET, *TEXT)
def edit_message_text(call: Call) -> Any:
    """Another text, and another keyboard (or none: leaving it out takes it away)."""
    text, entities = text_of(call)
    message = _editable(call)
    if message.media is not None:
        raise bad_request("there is no text in the message to edit")
    return _apply(call, message, text, entities)


@method("editMessageCaption", *TARGET, *CAPTION)
def edit_message_caption(call: Call) -> Any:
    """Another caption under a file."""
    text, entities = caption_of(call)
    message = _editable(call)
    if message.media is None or message.media.kind not in CAPTIONED:
        raise bad_request("there is no caption in the message to edit")
    return _apply(call, message, text, entities)


@method("editMessageReplyMarkup", *TARGET)
def edit_message_reply_markup(call: Call) -> Any:
    """Another keyboard under the same text."""
    message = _editable(call)
    return _apply(call, message, message.text, message.entities)


def _editable(call: Call) -> Message:
    message = call.known_chat().messages.get(call.get("message_id"))
    if message is None:
        raise bad_request("message to edit not found")
    # A message that steers the person's keyboard can't be edited at Telegram, only one with buttons or none.
    if not message.from_bot or (message.markup is not None and not is_inline(message.markup)):
        raise bad_request("message can't be edited")
    return message


def _apply(call: Call, message: Message, text: str, entities: list[Entity]) -> dict[str, Any]:
    markup: Markup | None = call.get("reply_markup")
    if markup is not None and not is_inline(markup):
        raise bad_request("inline keyboard expected")
    if (message.text, message.entities, message.markup) == (text, entities, markup):
        raise not_modified()
    message.text, message.entities, message.markup = text, entities, markup
    message.edit_date = int(call.world.now())
    call.world.changes.publish(Change(message.chat, "edit", message))
    return message.to_api()


@method("deleteMessage", CHAT, MESSAGE_ID)
def delete_message(call: Call) -> bool:
    """Take one message away on both sides; the person's own too, in a private chat."""
    chat = call.known_chat()
    message = chat.messages.get(call.get("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    _delete(call, chat, [message])
    return True


@method("deleteMessages", CHAT, Parameter("message_ids", array, "message identifiers are not specified"))
def delete_messages(call: Call) -> bool:
    """Take up to 100 messages away; those already gone are skipped."""
    wanted = call.get("message_ids")
    if len(wanted) > limits.DELETE_AT_ONCE:
        raise bad_request("too many message identifiers specified")
    if not wanted:
        raise bad_request("message identifiers are not specified")
    if not all(isinstance(message_id, int) for message_id in wanted):
        raise bad_request("message identifier must be a Number")
    chat = call.known_chat()
    _delete(call, chat, [chat.messages[number] for number in wanted if number in chat.messages])
    return True


def _delete(call: Call, chat: Chat, messages: list[Message]) -> None:
    oldest = call.world.now() - limits.DELETABLE_SECONDS
    if any(message.date < oldest or not chat.deletable(message) for message in messages):
        raise bad_request("message can't be deleted")
    for message in messages:
        chat.messages.pop(message.message_id, None)
        call.world.changes.publish(Change(chat, "delete", message))
