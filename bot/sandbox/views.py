"""What a person sees on the screen. The same shape in this process and, as JSON, over HTTP."""

from typing import Any, Literal

import msgspec

from bot.sandbox.markup import Markup, is_inline
from bot.sandbox.messages import Media, Message


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button under a message: it sends `data` back or opens `url`."""

    text: str
    data: str | None = None
    url: str | None = None


class FileView(msgspec.Struct, frozen=True):
    """A file (or location, contact, poll, dice: size 0, no address) in a message. `url` is a path on this server."""

    kind: str
    name: str
    mime: str
    size: int
    url: str | None


class ChatMessage(msgspec.Struct, frozen=True):
    """A visible message. `text` is the caption of a file. Deleted messages are not there at all.

    `keyboard`: None when the message says nothing about the person's keyboard, empty when it takes it away.
    """

    message_id: int
    sender: Literal["bot", "me"] = msgspec.field(name="from")
    text: str
    entities: list[dict[str, Any]]
    date: int
    edited: bool
    protected: bool
    reply_to: int | None
    buttons: list[list[Button]]
    keyboard: list[list[str]] | None
    file: FileView | None

    @property
    def from_bot(self) -> bool:
        """Whether the bot wrote it."""
        return self.sender == "bot"

    def button(self, label_or_data: str) -> Button | None:
        """The button with this callback data, or else with this label."""
        every = [button for row in self.buttons for button in row]
        by_data = (button for button in every if button.data == label_or_data)
        return next(by_data, None) or next((button for button in every if button.text == label_or_data), None)


def view(message: Message) -> ChatMessage:
    """The message as the person sees it."""
    return ChatMessage(
        message_id=message.message_id,
        sender="bot" if message.from_bot else "me",
        text=message.text,
        entities=message.entities,
        date=message.date,
        edited=message.edit_date is not None,
        protected=message.protected,
        reply_to=message.reply_to.message_id if message.reply_to else None,
        buttons=_buttons(message.markup),
        keyboard=_keyboard(message.markup),
        file=_file(message.media),
    )


def picture(messages: list[ChatMessage]) -> str:
    """A chat drawn in plain text, for the failure of a test."""
    return "\n".join(_drawn(message) for message in messages) or "(an empty chat)"


def _buttons(markup: Markup | None) -> list[list[Button]]:
    if markup is None or not is_inline(markup):
        return []
    return [
        [Button(button["text"], button.get("callback_data"), button.get("url")) for button in row]
        for row in markup["inline_keyboard"]
    ]


def _keyboard(markup: Markup | None) -> list[list[str]] | None:
    if markup is None or is_inline(markup) or markup.get("force_reply"):
        return None
    return [[key["text"] for key in row] for row in markup.get("keyboard", [])]


def _file(media: Media | None) -> FileView | None:
    if media is None:
        return None
    if media.file is None:
        return FileView(media.kind, "", "", 0, None)
    file = media.file
    return FileView(file.kind, file.name, file.mime, file.size, f"/world/files/{file.file_id}")


def _drawn(message: ChatMessage) -> str:
    lines = [f"{message.message_id:>5} {message.sender:>3}: {message.text}{' (edited)' if message.edited else ''}"]
    if message.file:
        lines.append(f"           <{message.file.kind} {message.file.name} {message.file.size} B>")
    lines.extend("           " + " ".join(f"[{b.text} | {b.data or b.url}]" for b in row) for row in message.buttons)
    return "\n".join(lines)
