"""What a file is: by its first bytes, never by its name. And what its sender claims, to tell a disguise from a file."""

from enum import StrEnum
from pathlib import PurePosixPath

from handlers.model import FileKind, StoredFile

HEAD = 64
"""How many bytes of a file tell its type."""


class Family(StrEnum):
    """Types that are cleaned alike."""

    IMAGE = "image"
    PDF = "pdf"
    OFFICE = "office"
    RECORDING = "recording"


FAMILIES = {
    Family.IMAGE: ("jpeg", "png", "gif", "webp", "bmp", "tiff", "heif", "avif"),
    Family.PDF: ("pdf",),
    Family.OFFICE: ("zip",),
    Family.RECORDING: ("ogg", "mp3", "flac", "mp4", "webm", "mkv"),
}
_FAMILY = {type: family for family, types in FAMILIES.items() for type in types}

_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"ID3", "mp3"),
)
"""Beginnings, as libmagic's and the IANA registrations have them."""
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis")
"""Brands of ISO base media files that hold pictures; any other holds a recording."""
_MP3_SYNC = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")

_OFFICE_TYPES = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")
_ENDINGS = {
    Family.IMAGE: ("jpg", "jpeg", "png", "gif", "webp", "bmp", "tif", "tiff", "heic", "heif", "avif"),
    Family.PDF: ("pdf",),
    Family.OFFICE: ("docx", "xlsx", "pptx", "odt", "ods", "odp", "odg"),
    Family.RECORDING: ("ogg", "oga", "opus", "mp3", "flac", "m4a", "mp4", "m4v", "mov", "3gp", "webm", "mkv"),
}
_FAMILY_OF_ENDING = {ending: family for family, endings in _ENDINGS.items() for ending in endings}


def type_of(head: bytes) -> str:
    """The type that these first bytes show, or nothing. A type is a word of `FAMILIES`."""
    if head[4:8] == b"ftyp":
        return ("avif" if b"avi" in head[8:32] else "heif") if head[8:12] in _HEIF else "mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "webm" if b"webm" in head else "mkv"
    if head[:2] in _MP3_SYNC:
        return "mp3"
    return next((type for magic, type in _MAGIC if head.startswith(magic)), "")


def family_of(type: str) -> Family | None:
    """The family of a type that `type_of` gave."""
    return _FAMILY.get(type)


def claims(file: StoredFile) -> frozenset[Family]:
    """The families that the sender's messenger, MIME type and file name speak of; usually one, none for most files."""
    by_kind = {FileKind.PHOTO: Family.IMAGE, FileKind.DOCUMENT: None}.get(file.kind, Family.RECORDING)
    ending = PurePosixPath(file.name.lower()).suffix.removeprefix(".")
    found = (by_kind, _family_of_mime(file.mime.lower()), _FAMILY_OF_ENDING.get(ending))
    return frozenset(family for family in found if family)


def _family_of_mime(mime: str) -> Family | None:
    if mime.startswith("image/"):
        return Family.IMAGE
    if mime.startswith(("audio/", "video/")):
        return Family.RECORDING
    if mime == "application/pdf":
        return Family.PDF
    return Family.OFFICE if mime.startswith(_OFFICE_TYPES) else None
