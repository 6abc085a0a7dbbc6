"""Attachments: sealed files in one folder, each under its own key and a random name.

A file is `31 | Cobblestone-256(file key)`, its content filled with zeros to whole 4 KiB blocks. Key, size and digest
come back from `write` and belong into a sealed part of the case; name and type never come here. Destroying the key
destroys the attachment, wherever copies of the file lie.

A crash leaves nothing but `*.part` files, which `sweep` removes. Nothing read is given out before the whole file has
passed its seal and its digest.
"""

import asyncio
import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from storage import box, durable
from storage.errors import BlobMissing, Tampered, TooLarge
from storage.framing import APP, frame
from storage.padding import blocks

LIMIT = 20 * 1024 * 1024
"""Bytes: the largest file that Telegram's cloud lets a bot download (Bot API, getFile)."""

_STEP = 256 * 1024
_ID_BYTES = 16
_NAME = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, repr=False)
class Stored:
    """What opens an attachment: for a sealed part of its case, nowhere else."""

    blob: str
    key: bytes
    size: int
    sha256: bytes


class Blobs:
    """A folder of sealed attachments, each of up to `limit` bytes.

    Files are touched in threads; the event loop never waits for the disk.
    """

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self._folder, self.limit = folder, limit
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def write(self, chunks: AsyncIterable[bytes]) -> Stored:
        """Seal a stream; on return it is safe on disk. Raises TooLarge; whatever is raised, nothing is left behind."""
        writer = await asyncio.to_thread(_Writer, self._folder, self.limit)
        try:
            async for step in _steps(chunks):
                await asyncio.to_thread(writer.add, step)
            return await asyncio.to_thread(writer.finish)
        except BaseException:
            await asyncio.to_thread(writer.abandon)
            raise

    async def read(self, stored: Stored) -> AsyncIterator[bytes]:
        """The content, in pieces, after all of it was verified. Raises BlobMissing, Tampered, UnknownFormat."""
        file = await asyncio.to_thread(_open, self._path(stored.blob))
        try:
            await asyncio.to_thread(_verify, file, stored)
            pieces = _content(file, stored)
            while piece := await asyncio.to_thread(next, pieces, b""):
                yield piece
        finally:
            file.close()

    async def delete(self, blob: str) -> None:
        """Remove an attachment for good; one that is gone already is no error."""
        await asyncio.to_thread(_delete, self._path(blob))

    async def sweep(self) -> int:
        """Remove what crashes left half-written, and nothing that is being written; returns how many."""
        return await asyncio.to_thread(lambda: sum(map(_sweep, self._folder.glob(f"*{durable.PART}"))))

    async def ids(self, before: datetime | None = None) -> set[str]:
        """All whole attachments here; with a time, those that were whole before it."""
        return await asyncio.to_thread(lambda: {path.name for path in self._folder.iterdir() if _whole(path, before)})

    def _path(self, blob: str) -> Path:
        """Only names that `write` gives: a forged one must not lead out of the folder."""
        if not _NAME.fullmatch(blob):
            raise BlobMissing
        return self._folder / blob


class _Writer:
    """One attachment on its way in; its methods run in threads, one at a time."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._blob, self._key = secrets.token_hex(_ID_BYTES), box.new_key()
        self._path, self._limit, self._size = folder / self._blob, limit, 0
        self._encryptor = Cobblestone256Encryptor(self._key, _context(self._blob))
        self._digest = hashlib.sha256()
        self._lock = Lock()
        part = os.open(durable.part_of(self._path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(part, fcntl.LOCK_EX)  # tells a sweep that somebody is at work here
        self._file = os.fdopen(part, "wb")
        self._file.write(box.Format.BLOB.mark)

    def add(self, data: bytes) -> None:
        with self._lock:
            self._size += len(data)
            if self._size > self._limit:
                raise TooLarge
            self._digest.update(data)
            self._file.write(self._encryptor.update(data))

    def finish(self) -> Stored:
        with self._lock:
            self._file.write(self._encryptor.update(bytes(blocks(self._size) - self._size)))
            self._file.write(self._encryptor.finalize())
            self._file.flush()
            os.fsync(self._file.fileno())
            os.replace(durable.part_of(self._path), self._path)
            durable.sync_folder(self._path.parent)
            self._file.close()
        return Stored(self._blob, self._key, self._size, self._digest.digest())

    def abandon(self) -> None:
        with self._lock:
            durable.part_of(self._path).unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
            self._file.close()


async def _steps(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Gather a network's small chunks, so that each costs no thread of its own."""
    held = bytearray()
    async for chunk in chunks:
        held += chunk
        if len(held) >= _STEP:
            yield bytes(held)
            held.clear()
    yield bytes(held)


def _whole(path: Path, before: datetime | None) -> bool:
    """One that is gone meanwhile counts as never seen."""
    if not _NAME.fullmatch(path.name):
        return False
    try:
        return before is None or path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise BlobMissing from None


def _verify(file: BinaryIO, stored: Stored) -> None:
    digest = hashlib.sha256()
    for piece in _content(file, stored):
        digest.update(piece)
    if digest.digest() != stored.sha256:
        raise Tampered


def _content(file: BinaryIO, stored: Stored) -> Iterator[bytes]:
    """The content without its fill. Raises Tampered at the end, unless size, fill and seal are right."""
    left, total = stored.size, 0
    for clear in _decrypted(file, stored):
        piece, fill = clear[:left], clear[left:]
        if fill.strip(b"\0"):
            raise Tampered
        left, total = left - len(piece), total + len(clear)
        if piece:
            yield piece
    if total != blocks(stored.size):
        raise Tampered


def _decrypted(file: BinaryIO, stored: Stored) -> Iterator[bytes]:
    file.seek(0)
    box.expect(box.Format.BLOB, file.read(1), 1)
    decryptor = Cobblestone256Decryptor(stored.key, _context(stored.blob))
    try:
        while data := file.read(_STEP):
            yield decryptor.update(data)
        yield decryptor.finalize()
    except InvalidTag:
        raise Tampered from None


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    durable.sync_folder(path.parent)


def _sweep(part: Path) -> bool:
    try:
        with part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            part.unlink()
    except (BlockingIOError, FileNotFoundError):  # somebody is at work, or has just finished
        return False
    return True


def _context(blob: str) -> bytes:
    return frame(APP, "blob", blob)
