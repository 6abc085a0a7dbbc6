"""What was said in a chat, and how a bot reads it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.sandbox.markup import Markup, is_inline
from bot.sandbox.spans import Entity

if TYPE_CHECKING:
    from bot.sandbox.chats import Chat, Person
    from bot.sandbox.files import StoredFile

CAPTIONED = frozenset(("photo", "document", "voice", "video", "audio", "animation"))


@dataclass(slots=True)
class Media:
    """The part of a message that is no text: its kind, the bot's view of it, and the file if it is one."""

    kind: str
    payload: Any
    file: "StoredFile | None" = None


@dataclass(slots=True, eq=False)
class Message:
    """One message. `text` is the caption when there is media. `sender` and `thread` (a topic) are of a group only."""

    message_id: int
    chat: "Chat"
    from_bot: bool
    date: int
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    markup: Markup | None = None
    media: Media | None = None
    reply_to: "Message | None" = None
    protected: bool = False
    edit_date: int | None = None
    sender: "Person | None" = None
    thread: int | None = None

    def to_api(self, *, with_reply: bool = True) -> dict[str, Any]:
        """The message as the Bot API writes it. A replied-to message carries no reply of its own."""
        sender = self.chat.bot.to_api() if self.from_bot else (self.sender or self.chat.person).to_api()
        shown: dict[str, Any] = {
            "message_id": self.message_id,
            "from": sender,
            "chat": self.chat.to_api(),
            "date": self.date,
        }
        self._add_content(shown)
        if self.thread is not None:
            shown |= {"message_thread_id": self.thread, "is_topic_message": True}
        if self.edit_date is not None:
            shown["edit_date"] = self.edit_date
        if self.protected:
            shown["has_protected_content"] = True
        if is_inline(self.markup):
            shown["reply_markup"] = self.markup
        if with_reply and self.reply_to is not None:
            shown["reply_to_message"] = self.reply_to.to_api(with_reply=False)
        return shown

    def _add_content(self, shown: dict[str, Any]) -> None:
        text, entities = "text", "entities"
        if self.media is not None:
            text, entities = "caption", "caption_entities"
            shown[self.media.kind] = self.media.payload
            if self.media.kind == "animation":
                shown["document"] = self.media.payload
        if self.text:
            shown[text] = self.text
        if self.entities:
            shown[entities] = self.entities
