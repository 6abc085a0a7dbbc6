"""The outside: whatever happens inside, an answer comes in time, and nothing is left running."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.cleaning import cleaner
from bot.cleaning.cleaner import CantClean, Cleaner, CleaningLimits
from bot.cleaning.content import Family, claims
from handlers.model import BlobId, FileKind, StoredFile, Uncleanable
from tests.bot.cleaning.samples import chunks, jpeg, png_that_claims

HANGS = "import subprocess, sys, time; subprocess.Popen(['sleep', '77']); time.sleep(77)"
BABBLES = "print('clean jpg image/jpeg')\nwhile True: print('x' * 9999)"
SPINS = (
    "import sys; sys.path.append(sys.argv[1]); from bot.cleaning import jail; jail.enter(1 << 28, 1); any(iter(int, 1))"
)
NOTHING: frozenset[Family] = frozenset()


async def why_not(data: bytes, limits: CleaningLimits) -> Uncleanable:
    with pytest.raises(CantClean) as refused:
        await Cleaner(limits).clean(chunks(data), NOTHING)
    return refused.value.reason


def runs(command: str) -> bool:
    """Whether any process has this in its command line."""
    lines = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(each.read_text().replace("\0", " "))
        except OSError:
            continue
    return any(command in line for line in lines)


async def test_given_an_inside_that_hangs_when_its_time_is_over_then_it_is_ended_with_all_that_it_started(monkeypatch):
    monkeypatch.setattr(cleaner, "_BOOT", HANGS)
    async with asyncio.timeout(60):
        assert await why_not(jpeg(), CleaningLimits(seconds=2.0)) is Uncleanable.HEAVY
    assert not runs("sleep 77")


async def test_given_an_inside_that_babbles_when_it_has_said_enough_then_it_is_ended(monkeypatch):
    monkeypatch.setattr(
        cleaner, "_BOOT", "import sys\nsys.stdout.write('clean jpg image/jpeg\\n')\nwhile 1: print('x' * 9999)"
    )
    assert await why_not(jpeg(), CleaningLimits(copy=1 << 20)) is Uncleanable.HEAVY


@pytest.mark.parametrize(
    "last", ["clean", "clean jpg image/jpeg", "clean ../../x image/jpeg extra\\nx", "nonsense", "\\xff\\xfe", ""]
)
async def test_given_an_inside_that_was_taken_over_then_its_nonsense_is_no_copy(monkeypatch, last):
    monkeypatch.setattr(cleaner, "_BOOT", f"import sys; sys.stdin.buffer.read(); sys.stdout.write('{last}')")
    assert await why_not(jpeg(), CleaningLimits()) is Uncleanable.BROKEN


async def test_given_a_picture_that_takes_too_much_memory_then_that_is_the_reason():
    image = png_that_claims(8_000, 8_000)  # under the limit of pixels, 256 MB in memory
    assert await why_not(image, CleaningLimits(memory=300 << 20)) is Uncleanable.HEAVY


async def test_given_an_inside_that_spins_then_the_processor_is_taken_away(monkeypatch):
    monkeypatch.setattr(cleaner, "_BOOT", SPINS)
    assert await why_not(jpeg(), CleaningLimits()) is Uncleanable.HEAVY


async def test_given_a_copy_larger_than_the_messenger_takes_then_that_is_the_reason():
    assert await why_not(jpeg(), CleaningLimits(copy=100)) is Uncleanable.HEAVY


async def test_given_content_that_fails_on_the_way_when_it_is_read_then_its_own_error_comes_out():
    async def torn() -> AsyncIterator[bytes]:
        yield jpeg()[:100]
        raise ConnectionAbortedError

    with pytest.raises(ConnectionAbortedError):
        await Cleaner().clean(torn(), NOTHING)


async def test_given_more_files_than_places_then_the_others_wait_and_all_are_cleaned():
    two = Cleaner(at_once=1)
    first = asyncio.create_task(two.clean(chunks(jpeg()), NOTHING))
    second = asyncio.create_task(two.clean(chunks(jpeg()), NOTHING))
    await asyncio.sleep(0.05)
    assert two.busy
    assert [copy.ending for copy in await asyncio.gather(first, second)] == ["jpg", "jpg"]
    assert not two.busy


async def test_the_inside_gets_no_environment_and_no_open_file_of_ours(monkeypatch, tmp_path):
    monkeypatch.setenv("PANAH_TELEGRAM_TOKEN", "1:secret")
    environment = "print('clean', len(os.environ.keys() - {'LC_CTYPE'}), os.getcwd())"
    told = f"import os, sys; {environment}; print(os.listdir('/proc/self/fd'))"
    monkeypatch.setattr(cleaner, "_BOOT", told)
    with (tmp_path / "ours").open("wb"):
        copy = await Cleaner().clean(chunks(jpeg()), NOTHING)
    assert (copy.ending, copy.mime) == ("0", "/")
    assert copy.data.strip() == b"['0', '1', '2', '3']"  # the last one is the listing itself


@pytest.mark.parametrize(
    ("kind", "name", "mime", "families"),
    [
        (FileKind.PHOTO, "", "image/jpeg", {Family.IMAGE}),
        (FileKind.DOCUMENT, "IMG_1.HEIC", "application/octet-stream", {Family.IMAGE}),
        (FileKind.DOCUMENT, "report.pdf", "image/png", {Family.IMAGE, Family.PDF}),
        (FileKind.DOCUMENT, "a.docx", "", {Family.OFFICE}),
        (FileKind.VOICE, "", "audio/ogg", {Family.RECORDING}),
        (FileKind.DOCUMENT, "notes", "", set()),
    ],
)
def test_what_a_sender_claims_is_told_by_messenger_type_and_name(kind, name, mime, families):
    assert claims(StoredFile(BlobId("b"), b"k", kind, 1, b"d", name, mime)) == families
