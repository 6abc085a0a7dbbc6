"""What a backup holds: named members, one after the other, and at the end a manifest with the digest of each.

The layout is POSIX ustar, so that `age -d … | tar x` opens it without Panah. It is written and read block by block
here: whoever has the recovery key's public half can seal a file to it, so what is read is judged before it is believed.
Only plain members with the names that Panah gives are taken; links, folders, devices, extensions, second members of the
same name and anything after the end are refused.
"""

import hashlib
import os
import re
import tarfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from storage import durable
from storage.errors import Damaged

FORMAT = 1
MANIFEST, PARTNERS = "manifest.json", "partners.toml"
_BLOCK = tarfile.BLOCKSIZE
_STEP = 256 * 1024
_END = bytes(2 * _BLOCK)
_MANIFEST_LIMIT = 1 << 28
"""Bytes; some two million members."""
_WORD = "[A-Za-z0-9_-]+"
LIMITS = {
    re.compile(r"keys/(root\.key|ring\.sealed)"): 1 << 24,
    re.compile(r"rows/[a-z_]{1,32}/\d{6}"): 1 << 28,
    re.compile(r"blobs/[0-9a-f]{32}"): 1 << 32,
    re.compile(rf"program/({_WORD}/){{0,3}}{_WORD}(\.{_WORD})*\.(toml|po)"): 1 << 24,
    re.compile(r"settings\.env"): 1 << 20,
    re.compile(re.escape(PARTNERS)): 1 << 20,
    re.compile(re.escape(MANIFEST)): _MANIFEST_LIMIT,
}
"""Every name that there can be, and the most bytes under it."""
Advance = Callable[[int], object]
"""Is told of each step: bytes since the last one."""


class BrokenBackup(Damaged):
    """This is a backup that was opened, but its content is not as Panah writes it. Nothing was restored: take another.

    If none is whole, keep this file and ask whoever maintains Panah.
    """


class Content(Struct, frozen=True):
    """One member: bytes, and SHA-256 as hex."""

    size: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the backup is. `schema`: the database's revision. `head`: the audit chain's, or empty; `rows`: by table."""

    format: int = FORMAT
    made: datetime
    schema: str
    deployment: str
    head: str
    rows: dict[str, int]
    members: dict[str, Content]


class Packer:
    """Writes members to `out`; at the end `finish` writes the manifest that the caller makes of `contents`."""

    def __init__(self, out: BinaryIO, advance: Advance) -> None:
        self._out, self._advance = out, advance
        self.contents: dict[str, Content] = {}

    def add(self, name: str, data: bytes) -> None:
        self.stream(name, len(data), (data,))

    def stream(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """A member of exactly this size. Raises OSError when the pieces give another."""
        head = tarfile.TarInfo(name)
        head.size, head.mode = size, 0o600
        self._out.write(head.tobuf(tarfile.USTAR_FORMAT))
        digest, written = hashlib.sha256(), 0
        for piece in pieces:
            digest.update(piece)
            self._out.write(piece)
            self._advance(len(piece))
            written += len(piece)
        if written != size:
            raise OSError("a file changed its size while it was read")
        self._out.write(bytes(-size % _BLOCK))
        self.contents[name] = Content(size, digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        self.add(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        self._out.write(_END)


def pieces(file: BinaryIO) -> Iterable[bytes]:
    """A file in steps."""
    return iter(lambda: file.read(_STEP), b"")


def unpack(source: BinaryIO, folder: Path) -> Manifest:
    """All members as private files of this folder, on the disk, when each is what the manifest says.

    Raises BrokenBackup; UnknownFormat, Tampered, OSError from the source.
    """
    found: dict[str, Content] = {}
    while (block := _exactly(source, _BLOCK)).strip(b"\0"):
        name, size = _head(block)
        if name in found or MANIFEST in found:
            raise BrokenBackup
        found[name] = _keep(source, size, folder / name)
    if _exactly(source, _BLOCK).strip(b"\0") or source.read(1):
        raise BrokenBackup
    return _judged(folder / MANIFEST, found)


def _head(block: bytes) -> tuple[str, int]:
    try:
        head = tarfile.TarInfo.frombuf(block, "ascii", "strict")
    except (tarfile.HeaderError, UnicodeDecodeError):
        raise BrokenBackup from None
    limit = next((limit for name, limit in LIMITS.items() if name.fullmatch(head.name)), -1)
    if head.type != tarfile.REGTYPE or not 0 <= head.size <= limit:
        raise BrokenBackup
    return head.name, head.size


def _keep(source: BinaryIO, size: int, path: Path) -> Content:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), size
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while left:
            piece = _exactly(source, min(left, _STEP))
            digest.update(piece)
            file.write(piece)
            left -= len(piece)
        file.flush()
        os.fsync(file.fileno())
    durable.sync_folder(path.parent)
    if _exactly(source, -size % _BLOCK).strip(b"\0"):
        raise BrokenBackup
    return Content(size, digest.hexdigest())


def _judged(path: Path, found: dict[str, Content]) -> Manifest:
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError):
        raise BrokenBackup from None
    if manifest.format != FORMAT or manifest.members != {
        name: each for name, each in found.items() if name != MANIFEST
    }:
        raise BrokenBackup
    return manifest


def _exactly(source: BinaryIO, count: int) -> bytes:
    data = source.read(count) if count else b""
    if len(data) != count:
        raise BrokenBackup
    return data
