"""What Debian's programs clean: Office documents by `mat2`, films and recordings by `ffmpeg`.

They need real files, and get them in a folder in memory that only they see. Where a program isn't installed, or the
kernel gives no such folder, their files can't be cleaned.

mat2 takes away authors, dates, comments, revisions, thumbnails and the metadata of embedded pictures, and leaves out
what it doesn't know, so a copy may look plainer than its original. ffmpeg copies sound and picture as they are coded
into a new file: tags, places, dates, chapters, subtitles, covers and data tracks stay behind; what a camera wrote into
the coded stream itself does not.
"""

import encodings.cp437  # noqa: F401 - what ZipFile would look for when no file can be opened any more
import os
import re
import subprocess
from collections.abc import Iterator
from io import BytesIO
from shutil import which
from zipfile import BadZipFile, ZipFile

from bot.cleaning.jail import SCRATCH, end_with_parent
from bot.cleaning.refusal import Clean, Refusal

UNPACKED = 96 << 20
"""Bytes: the most that an Office document may unpack to; mat2 needs it twice in the folder."""
MEMBERS = 5_000
_PATH = "/usr/bin:/bin"
_NOTHING = os.open(os.devnull, os.O_RDWR)

_OPEN_DOCUMENT = {
    f"application/vnd.oasis.opendocument.{name}": ending
    for name, ending in (("text", "odt"), ("spreadsheet", "ods"), ("presentation", "odp"), ("graphics", "odg"))
}
_OFFICE_OPEN = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_MIMES = {ending: mime for mime, ending in _OPEN_DOCUMENT.items()} | {
    ending: f"application/vnd.openxmlformats-officedocument.{name}"
    for ending, name in (
        ("docx", "wordprocessingml.document"),
        ("xlsx", "spreadsheetml.sheet"),
        ("pptx", "presentationml.presentation"),
    )
}
_ACTIVE = re.compile(r"vbaProject|(^|/)(embeddings|activeX|ctrlProps)/|(^|/)Basic/|(^|/)Scripts/", re.IGNORECASE)
"""Members that hold macros, programs, or whole other files."""
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
_FETCHED = (b'TargetMode="External"', b"/hyperlink")
"""What a document points to outside itself; only hyperlinks wait for a press, the rest is fetched when it is opened."""

_DEMUXERS = {"mp3": "mp3", "flac": "flac", "mp4": "mov", "webm": "matroska", "mkv": "matroska"}
_MUXERS = {"mp3": "mp3", "flac": "flac", "mp4": "mp4", "webm": "webm", "mkv": "matroska"}
_FILM_MIMES = {
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
}
_FFMPEG = ("-nostdin", "-loglevel", "quiet", "-xerror", "-protocol_whitelist", "file")
_STREAMS = ("-map", "0:V?", "-map", "0:a?", "-map_metadata", "-1", "-map_metadata:s", "-1", "-map_chapters", "-1")
_COPYING = ("-c", "copy", "-fflags", "+bitexact", "-flags", "+bitexact")


PROGRAMS = {"mat2": "Office documents", "ffmpeg": "films and recordings"}
"""What they clean, by their names, which are those of Debian's packages."""


def installed(program: str) -> str | None:
    """Where a program lies; None where it isn't installed."""
    return which(program, path=_PATH)


def clean(data: bytes, type: str) -> Clean:
    """The copy of an Office document, a film or a recording. Raises `Refusal`."""
    return _office(data) if type == "zip" else _film(data, type)


def _office(data: bytes) -> Clean:
    ending = _kind_of_office(data)
    path = SCRATCH / f"file.{ending}"
    path.write_bytes(data)
    _run("mat2", "--inplace", "--unknown-members", "omit", str(path))
    copy = path.read_bytes()
    _kind_of_office(copy)
    return Clean(copy, ending, _MIMES[ending])


def _film(data: bytes, type: str) -> Clean:
    path, copy = SCRATCH / "in", SCRATCH / "out"
    path.write_bytes(data)
    given, made = ("-f", _DEMUXERS[type], "-i", str(path)), ("-f", _MUXERS[type], str(copy))
    _run("ffmpeg", *_FFMPEG, *given, *_STREAMS, *_COPYING, *made)
    return Clean(copy.read_bytes(), type, _FILM_MIMES[type])


def _run(program: str, *arguments: str) -> None:
    """Run it to its end. It gets our limits, and the folder in memory as its home."""
    found = installed(program)
    if found is None:
        raise Refusal("untooled")
    environment = {"PATH": _PATH, "HOME": str(SCRATCH), "TMPDIR": str(SCRATCH), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(  # noqa: S603 - the program is Debian's, and no argument comes from outside
        [found, *arguments],
        stdin=_NOTHING,
        stdout=_NOTHING,
        stderr=_NOTHING,
        env=environment,
        check=False,
        preexec_fn=end_with_parent,  # safe: no thread runs here
    )
    if done.returncode:
        raise Refusal("heavy" if done.returncode < 0 else "broken")


def _kind_of_office(data: bytes) -> str:
    """The ending that fits. Raises `Refusal` for what is no document, unpacks to too much, or would act by itself."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS or sum(member.file_size for member in members) > UNPACKED:
                raise Refusal("bomb")
            if any(member.flag_bits & 1 for member in members):
                raise Refusal("encrypted")
            names = {member.filename for member in members}
            if any(map(_ACTIVE.search, names)) or any(_fetches(archive.read(name)) for name in _relations(names)):
                raise Refusal("active")
            return _ending(archive, names)
    except BadZipFile:
        raise Refusal("broken") from None


def _ending(archive: ZipFile, names: set[str]) -> str:
    if "mimetype" in names:
        kind = _OPEN_DOCUMENT.get(archive.read("mimetype").decode("ascii", "replace"))
    else:
        kind = next((ending for main, ending in _OFFICE_OPEN.items() if main in names), None)
    if kind is None:
        raise Refusal("unknown")
    return kind


def _relations(names: set[str]) -> Iterator[str]:
    return (name for name in names if name.endswith(".rels"))


def _fetches(relations: bytes) -> bool:
    outside, pressed = _FETCHED
    return any(outside in found and pressed not in found for found in _RELATION.findall(relations))
