"""Files, at the messenger and sealed here."""

from enum import StrEnum

from handlers.model.ids import BlobId, Value


class FileKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"
    VIDEO = "video"
    AUDIO = "audio"


class Uncleanable(StrEnum):
    """Why a file has no copy without metadata, or can't be sent at all (`GONE`, `REFUSED`)."""

    EMPTY = "empty"
    UNKNOWN = "unknown"
    """Nobody here knows how to clean this kind of file, or something in it."""
    DISGUISED = "disguised"
    """The content is not what the name or the stated type says."""
    BROKEN = "broken"
    BOMB = "bomb"
    """It unpacks to far more than an honest file would."""
    ENCRYPTED = "encrypted"
    ACTIVE = "active"
    """Macros, programs, other files inside, or something that is fetched on opening."""
    HEAVY = "heavy"
    """It takes more time or memory than one file may have."""
    UNTOOLED = "untooled"
    """The server lacks the program for it."""
    GONE = "gone"
    REFUSED = "refused"
    """The messenger doesn't take it."""


class StoredFile(Value, frozen=True):
    """A sealed file: `key` opens the blob. Size in bytes, digest is SHA-256 of the content."""

    blob: BlobId
    key: bytes
    kind: FileKind
    size: int
    digest: bytes
    name: str = ""
    mime: str = ""
