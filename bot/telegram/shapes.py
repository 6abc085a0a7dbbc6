"""What we read of an update, checked by msgspec: whatever is not named here stops at the door.

Fields: core.telegram.org/bots/api, "Update", "Message" and "CallbackQuery".
"""

from typing import Annotated

from msgspec import Meta, Struct

Id = Annotated[int, Meta(ge=-(1 << 63), le=(1 << 63) - 1)]


class Numbered(Struct, frozen=True):
    update_id: Id


class Pressed(Struct, frozen=True):
    id: str


class WithPress(Struct, frozen=True):
    callback_query: Pressed


class Chat(Struct, frozen=True):
    id: Id
    type: str


class Sender(Struct, frozen=True):
    is_bot: bool = False
    language_code: str = ""


class From(Struct, frozen=True, rename={"sender": "from"}):
    sender: Sender


class InChat(Struct, frozen=True):
    chat: Chat

    @property
    def where(self) -> Chat:
        return self.chat


class UnderMessage(Struct, frozen=True):
    message: InChat

    @property
    def where(self) -> Chat:
        return self.message.chat


class Entity(Struct, frozen=True):
    type: str
    offset: int
    length: int


class File(Struct, frozen=True):
    file_id: str
    file_size: int = 0
    file_name: str = ""
    mime_type: str = ""


class Photo(Struct, frozen=True):
    file_id: str
    width: int = 0
    height: int = 0
    file_size: int = 0


class Button(Struct, frozen=True):
    callback_data: str = ""


class Keyboard(Struct, frozen=True):
    inline_keyboard: list[list[Button]] = []


class Answered(Struct, frozen=True):
    reply_markup: Keyboard = Keyboard()


class Place(Struct, frozen=True):
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    live_period: int = 0


class Message(Struct, frozen=True, rename={"sender": "from"}):
    message_id: Id
    sender: Sender = Sender()
    text: str | None = None
    entities: list[Entity] = []
    caption: str = ""
    photo: list[Photo] = []
    animation: File | None = None
    document: File | None = None
    voice: File | None = None
    video: File | None = None
    video_note: File | None = None
    audio: File | None = None
    location: Place | None = None
    reply_to_message: Answered = Answered()


class Below(Struct, frozen=True):
    message_id: Id


class Press(Struct, frozen=True):
    message: Below
    data: str = ""
