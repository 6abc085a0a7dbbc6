"""What messages are made of: texts with their entities, replies and keyboards, and putting a message into a chat."""

from typing import Any

from bot.sandbox import limits, parameters
from bot.sandbox.changes import Change
from bot.sandbox.chats import Chat
from bot.sandbox.messages import Media, Message
from bot.sandbox.methods.table import Call
from bot.sandbox.parameters import Parameter
from bot.sandbox.refusals import bad_request
from bot.sandbox.spans import Entity, checked_entities, parse_html, trimmed, utf16_length

CHAT = Parameter("chat_id", parameters.chat, "chat_id is empty")
MESSAGE_ID = Parameter("message_id", parameters.integer, "message identifier is not specified")
MARKUP = Parameter("reply_markup", parameters.markup)

TEXT = (
    Parameter("text", parameters.text, "message text is empty"),
    Parameter("parse_mode", parameters.text),
    Parameter("entities", parameters.array),
    Parameter("link_preview_options", parameters.thing),
    Parameter("disable_web_page_preview", parameters.boolean),
)
CAPTION = (
    Parameter("caption", parameters.text),
    Parameter("parse_mode", parameters.text),
    Parameter("caption_entities", parameters.array),
    Parameter("show_caption_above_media", parameters.boolean),
)
SENDING = (
    CHAT,
    MARKUP,
    Parameter("reply_parameters", parameters.thing),
    Parameter("protect_content", parameters.boolean),
    Parameter("disable_notification", parameters.boolean),
    Parameter("allow_paid_broadcast", parameters.boolean),
    Parameter("message_thread_id", parameters.integer),
    *parameters.accepted(
        "business_connection_id", "message_effect_id", "direct_messages_topic_id", "suggested_post_parameters"
    ),
    Parameter("reply_to_message_id", parameters.integer),
    Parameter("allow_sending_without_reply", parameters.boolean),
)


def text_of(call: Call) -> tuple[str, list[Entity]]:
    """The text of a text message.

    Raises:
        Refusal: it is empty or too long, or its entities are wrong.
    """
    text, entities = _formatted(call, call.get("text", ""), call.get("entities"))
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > limits.TEXT:
        raise bad_request("message is too long")
    return text, entities


def caption_of(call: Call) -> tuple[str, list[Entity]]:
    """The caption of a file, which may be empty.

    Raises:
        Refusal: it is too long, or its entities are wrong.
    """
    text, entities = _formatted(call, call.get("caption", ""), call.get("caption_entities"))
    if utf16_length(text) > limits.CAPTION:
        raise bad_request("message caption is too long")
    return text, entities


def _formatted(call: Call, source: str, given: list[Any] | None) -> tuple[str, list[Entity]]:
    mode = call.get("parse_mode", "").lower()
    if mode == "html":
        return trimmed(*parse_html(source))
    if mode not in ("", "none"):
        # Telegram also reads two kinds of Markdown; nothing here writes them.
        raise bad_request("unsupported parse_mode")
    return trimmed(source, checked_entities(source, given) if given else [])


def deliver(call: Call, text: str, entities: list[Entity], media: Media | None = None) -> dict[str, Any]:
    """Put a message of the bot into the chat and show it on the phone.

    Raises:
        Refusal: the chat is not open to this bot, or the replied-to message is not there.
    """
    chat = call.open_chat()
    call.world.mischief.pace(call.bot.id, chat.person.id)
    message = Message(
        message_id=call.bot.next_message_id(),
        chat=chat,
        from_bot=True,
        date=int(call.world.now()),
        text=text,
        entities=entities,
        markup=call.get("reply_markup"),
        media=media,
        reply_to=_replied_to(call, chat),
        protected=call.get("protect_content", False),
        thread=call.get("message_thread_id"),
    )
    chat.add(message, call.world.keep)
    call.world.changes.publish(Change(chat, "message", message))
    return message.to_api()


def _replied_to(call: Call, chat: Chat) -> Message | None:
    reply = call.get("reply_parameters", {})
    wanted = reply.get("message_id", call.get("reply_to_message_id"))
    if wanted is None:
        return None
    found = chat.messages.get(parameters.integer("message_id", wanted))
    forgiving = reply.get("allow_sending_without_reply", call.get("allow_sending_without_reply", False))
    if found is None and not forgiving:
        raise bad_request("message to be replied not found")
    return found
