"""Files, at the messenger and sealed here."""

from enum import StrEnum

from handlers.model.ids import BlobId, Value


class FileKind(StrEnum):
    PHOTO = "photo"
    DOCUMENT = "document"
    VOICE = "voice"
    VIDEO = "video"
    AUDIO = "audio"


class StoredFile(Value, frozen=True):
    """A sealed file: `key` opens the blob. Size in bytes, digest is SHA-256 of the content."""

    blob: BlobId
    key: bytes
    kind: FileKind
    size: int
    digest: bytes
    name: str = ""
    mime: str = ""
