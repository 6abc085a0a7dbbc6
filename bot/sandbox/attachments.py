"""What a phone can attach."""

from collections.abc import Callable
from typing import Any

from bot.sandbox.chats import Person
from bot.sandbox.files import Files
from bot.sandbox.messages import Media

FILES = ("photo", "document", "voice", "video", "audio", "sticker", "animation", "video_note")
THINGS: dict[str, Callable[[Person], dict[str, Any]]] = {
    "location": lambda person: {"latitude": 52.52, "longitude": 13.405},
    "contact": lambda person: {"phone_number": "+10000000000", "first_name": person.first_name, "user_id": person.id},
    "poll": lambda person: {
        "id": "5000000000000000001",
        "question": "?",
        "options": [{"text": word, "voter_count": 0, "persistent_id": word} for word in ("+", "-")],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": True,
        "members_only": False,
    },
    "dice": lambda person: {"emoji": "🎲", "value": 4},
}
ATTACHABLE = (*FILES, *THINGS)


def attachment(files: Files, kind: str, data: bytes, name: str, mime: str, person: Person) -> Media:
    """The media part of a message: a stored file, or a made-up place, contact, poll or throw."""
    if kind in THINGS:
        return Media(kind, THINGS[kind](person))
    stored = files.store(kind, data, name, mime)
    return Media(kind, stored.payload(), stored)
