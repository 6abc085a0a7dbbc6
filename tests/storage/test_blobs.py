"""Attachments: verified to the end before a byte is given out, and never half there."""

import asyncio
import hashlib
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from storage import box
from storage.blobs import Blobs, Stored
from storage.errors import BlobMissing, Tampered, TooLarge, UnknownFormat, VaultError
from storage.framing import frame

STORY = b"a photograph of the door " * 40_000


async def stream(content: bytes, step: int = 8192) -> AsyncIterator[bytes]:
    for start in range(0, len(content), step):
        yield content[start : start + step]


async def collect(blobs: Blobs, stored: Stored) -> bytes:
    return b"".join([piece async for piece in blobs.read(stored)])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(folder: Path) -> Blobs:
    return Blobs(folder, limit=2_000_000)


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 16384, 262_144, 262_145, 1_000_000])
async def test_given_a_stored_stream_when_read_then_it_comes_back(blobs: Blobs, size: int):
    content = os.urandom(size)
    stored = await blobs.write(stream(content))
    assert (stored.size, stored.sha256) == (size, hashlib.sha256(content).digest())
    assert await collect(blobs, stored) == content


async def test_the_file_shows_no_content_no_name_and_a_whole_number_of_blocks(blobs: Blobs, folder: Path):
    first, second = await blobs.write(stream(b"a")), await blobs.write(stream(b"b" * 4000))
    files = [folder / stored.blob for stored in (first, second)]
    assert len({path.stat().st_size for path in files}) == 1
    assert all(mode(path) == 0o600 and path.read_bytes()[0] == 0x31 for path in files)
    assert mode(folder) == 0o700
    assert b"bbbb" not in files[1].read_bytes() and first.blob not in repr(first) and str(first.key) not in repr(first)


async def given_out(blobs: Blobs, stored: Stored) -> tuple[bytes, type[Exception] | None]:
    """What a reader got before the refusal."""
    got = b""
    try:
        async for piece in blobs.read(stored):
            got += piece
    except VaultError as error:
        return got, type(error)
    return got, None


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file[:-1],
        lambda file: file + b"\0",
        lambda file: file[:57],
        lambda file: file[:1],
        lambda file: file[: 1 + 56 + 16400],
        lambda file: file[:-20] + bytes([file[-20] ^ 1]) + file[-19:],
        lambda file: file[:100] + bytes([file[100] ^ 1]) + file[101:],
        lambda file: file[:57] + file[57 + 16400 : 57 + 32800] + file[57 : 57 + 16400] + file[57 + 32800 :],
    ],
    ids=["cut", "extended", "cut to header", "emptied", "cut at a chunk", "last", "first", "chunks swapped"],
)
async def test_given_a_damaged_file_then_not_a_byte_of_it_is_given_out(blobs: Blobs, folder: Path, damage):
    stored = await blobs.write(stream(STORY))
    path = folder / stored.blob
    path.write_bytes(damage(path.read_bytes()))
    assert await given_out(blobs, stored) == (b"", Tampered)


async def test_given_two_attachments_when_their_files_are_swapped_then_both_are_refused(blobs: Blobs, folder: Path):
    one, two = await blobs.write(stream(STORY)), await blobs.write(stream(STORY))
    (folder / one.blob).rename(folder / "x")
    (folder / two.blob).rename(folder / one.blob)
    assert await given_out(blobs, one) == (b"", Tampered)
    assert await given_out(blobs, replace(two, blob=one.blob)) == (b"", Tampered)


async def test_given_a_wrong_key_digest_or_size_then_nothing_is_given_out(blobs: Blobs):
    stored = await blobs.write(stream(STORY))
    for wrong in (
        replace(stored, key=bytes(32)),
        replace(stored, sha256=bytes(32)),
        replace(stored, size=stored.size - 1),
        replace(stored, size=stored.size + 1),
        replace(stored, size=stored.size + 5000),
    ):
        assert await given_out(blobs, wrong) == (b"", Tampered)


@pytest.mark.parametrize("fill", [b"hidden".ljust(4096 - 5, b"\0"), bytes(4096 - 5 + 4096), bytes(100), b""])
async def test_given_a_file_whose_fill_is_not_ours_then_it_is_refused_although_its_seal_is_right(
    blobs: Blobs, folder: Path, fill: bytes
):
    stored = Stored("0" * 32, b"k" * 32, 5, hashlib.sha256(b"photo").digest())
    (folder / stored.blob).write_bytes(
        b"\x31" + box.seal(stored.key, frame("panah", "blob", stored.blob), b"photo" + fill)
    )
    with pytest.raises(Tampered):
        await collect(blobs, stored)


async def test_an_unknown_first_byte_is_refused(blobs: Blobs, folder: Path):
    stored = await blobs.write(stream(STORY))
    path = folder / stored.blob
    path.write_bytes(b"\x32" + path.read_bytes()[1:])
    assert await given_out(blobs, stored) == (b"", UnknownFormat)


@pytest.mark.parametrize("name", ["../ring.sealed", "", "/etc/hostname", "ABCDEF" * 6, "0" * 31, "0" * 32 + "\n"])
async def test_a_name_that_leads_out_of_the_folder_is_refused(blobs: Blobs, name: str):
    stored = Stored(name, bytes(32), 0, bytes(32))
    with pytest.raises(BlobMissing):
        await collect(blobs, stored)
    with pytest.raises(BlobMissing):
        await blobs.delete(name)


async def test_given_too_large_a_stream_then_it_is_refused_before_it_ends_and_nothing_is_left(tmp_path: Path):
    taken = 0

    async def long() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 3_000_000:
            taken += 1000
            yield bytes(1000)

    with pytest.raises(TooLarge):
        await Blobs(tmp_path / "blobs", limit=300_000).write(long())
    assert taken < 900_000
    assert names(tmp_path / "blobs") == []


async def test_given_a_download_that_breaks_then_nothing_is_left(blobs: Blobs, folder: Path):
    async def breaking() -> AsyncIterator[bytes]:
        yield bytes(600_000)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await blobs.write(breaking())
    assert names(folder) == []


async def test_given_a_cancelled_write_then_nothing_is_left(blobs: Blobs, folder: Path):
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield bytes(600_000)
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(blobs.write(slow()))
    await begun.wait()
    assert [name[32:] for name in names(folder)] == [".part"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert names(folder) == []


async def test_given_a_crash_then_only_a_part_is_left_and_the_sweep_takes_it_but_nothing_at_work(
    blobs: Blobs, folder: Path
):
    whole = await blobs.write(stream(STORY))
    (folder / ("0" * 32 + ".part")).write_bytes(b"\x31 half")
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield bytes(600_000)
        begun.set()
        await go_on.wait()

    task = asyncio.create_task(blobs.write(slow()))
    await begun.wait()
    assert await blobs.sweep() == 1
    go_on.set()
    late = await task
    assert await blobs.ids() == {whole.blob, late.blob}


async def test_given_a_deleted_attachment_then_it_is_gone_and_deleting_again_is_no_error(blobs: Blobs):
    stored = await blobs.write(stream(STORY))
    await blobs.delete(stored.blob)
    await blobs.delete(stored.blob)
    assert await blobs.ids() == set()
    assert await given_out(blobs, stored) == (b"", BlobMissing)


async def test_given_a_file_changed_while_it_is_read_then_no_changed_byte_is_given_out(blobs: Blobs, folder: Path):
    stored = await blobs.write(stream(STORY))
    path, got = folder / stored.blob, b""
    with pytest.raises(Tampered):
        async for piece in blobs.read(stored):
            got += piece
            with path.open("r+b") as file:
                file.seek(-5000, os.SEEK_END)
                file.write(bytes(5000))
    assert STORY.startswith(got)
