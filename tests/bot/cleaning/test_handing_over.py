"""From a reporter's phone to a responder's: what arrives there, what stays behind, and what never lies on a disk."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from itertools import repeat
from pathlib import Path

import pytest
from PIL import Image

from bot.cleaning.cleaner import Cleaner
from bot.copies import Copies
from bot.messenger import Rejected, Upload
from bot.sandbox import ChatMessage, Phone
from handlers.model import (
    Address,
    BlobId,
    CaseId,
    FileKind,
    Member,
    MemberId,
    MessageRef,
    PartId,
    Role,
    SendFile,
    StoredFile,
    Uncleanable,
    Uncleaned,
)
from storage.blobs import Blobs
from storage.dispatch import Done, Later
from storage.members import People
from storage.outbox import Errand
from tests.bot.cleaning.needs import needs, needs_namespaces
from tests.bot.cleaning.samples import BLUE, CANARY, MAKE, RED, chunks, docx, encoded, jpeg, pdf, tagged, two_halves
from tests.stories.rehearsal import BOT, Rehearsal, rehearsal

NOW = datetime(2026, 11, 23, tzinfo=UTC)
SHARED = (Path("/dev/shm"), Path("/tmp"), Path("/var/tmp"))


class Post:
    """A messenger that keeps what it gets, or refuses everything."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal, self.uploads, self.contents = refusal, list[Upload](), list[bytes]()
        self.deleted: tuple[MessageRef, ...] = ()

    async def send_file(self, to: Address, upload: Upload, protect: bool) -> MessageRef:
        if self.refusal:
            raise Rejected(self.refusal)
        assert protect
        self.uploads.append(upload)
        self.contents.append(b"".join([chunk async for chunk in upload.chunks()]))
        return MessageRef("1")

    async def delete(self, to: Address, messages: tuple[MessageRef, ...]) -> None:
        self.deleted += messages


@dataclass
class Desk:
    """Sends one file at a time."""

    blobs: Blobs
    post: Post
    cleaner: Cleaner
    here: Iterator[bool] = field(default_factory=lambda: repeat(True))
    """Whether its reader is on the team, each time that this is looked at."""

    async def people(self) -> People:
        reader = Member(MemberId("m"), Address("t:1"), Role.RESPONDER, "Bee", active=next(self.here))
        return People({reader.id: reader})

    async def hand_over(self, data: bytes, kind: FileKind, name: str = "", cleaned: bool = True) -> Done | Later:
        stored = await self.blobs.write(chunks(data))
        file = StoredFile(BlobId(stored.blob), stored.key, kind, stored.size, stored.sha256, name)
        return await self.send(file, cleaned)

    async def send(self, file: StoredFile, cleaned: bool = True) -> Done | Later:
        effect = SendFile(Address("t:1"), file, CaseId("case"), PartId("part"), "REF234-1", cleaned)
        copies = Copies(self, {"t": self.post}, self.blobs, self.cleaner, lambda: NOW)  # type: ignore[arg-type, dict-item]
        return await copies.send(Errand(7, b"", Address("t:1"), effect, "en", 1), effect)


@pytest.fixture
def desk(tmp_path):
    return Desk(Blobs(tmp_path / "blobs"), Post(), Cleaner())


def told(reason: Uncleanable) -> Done:
    return Done(7, event=Uncleaned(CaseId("case"), PartId("part"), reason))


@pytest.mark.parametrize(
    ("data", "kind", "name", "shown"),
    [
        (jpeg(), FileKind.PHOTO, "REF234-1.jpg", FileKind.PHOTO),
        (jpeg(), FileKind.DOCUMENT, "REF234-1.jpg", FileKind.DOCUMENT),
        (pdf(), FileKind.DOCUMENT, "REF234-1.pdf", FileKind.DOCUMENT),
    ],
    ids=["photo", "picture as a file", "pdf"],
)
async def test_given_a_file_then_its_copy_is_called_after_the_case_and_shown_as_it_came(desk, data, kind, name, shown):
    done = await desk.hand_over(data, kind, "Dilnoza at home")
    (upload,) = desk.post.uploads
    assert done == Done(7, (MessageRef("1"),))
    assert (upload.name, upload.kind, upload.size) == (name, shown, len(desk.post.contents[0]))


async def test_given_the_original_is_asked_for_then_it_comes_to_the_byte_as_a_document_of_no_stated_type(desk):
    await desk.hand_over(jpeg(), FileKind.PHOTO, "Dilnoza.jpg", cleaned=False)
    (upload,) = desk.post.uploads
    assert (upload.name, upload.kind, upload.mime) == ("REF234-1.jpeg", FileKind.DOCUMENT, "")
    assert desk.post.contents == [jpeg()]


async def test_given_a_file_that_lies_about_itself_then_nothing_is_sent_and_the_reason_comes_back(desk):
    assert await desk.hand_over(pdf(), FileKind.DOCUMENT, "holiday.jpg") == told(Uncleanable.DISGUISED)
    assert not desk.post.uploads


@pytest.mark.parametrize("cleaned", [True, False])
async def test_given_a_file_that_is_gone_or_damaged_then_that_comes_back(desk, cleaned, tmp_path):
    stored = await desk.blobs.write(chunks(jpeg()))
    file = StoredFile(BlobId(stored.blob), stored.key, FileKind.PHOTO, stored.size, stored.sha256)
    (blob,) = (tmp_path / "blobs").iterdir()
    sealed = blob.read_bytes()
    blob.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    assert await desk.send(file, cleaned) == told(Uncleanable.GONE)
    blob.unlink()
    assert await desk.send(file, cleaned) == told(Uncleanable.GONE)


@pytest.mark.parametrize("cleaned", [True, False])
async def test_given_a_reader_who_is_removed_while_a_file_is_made_ready_then_it_never_reaches_their_chat(desk, cleaned):
    desk.here = iter([False])
    assert await desk.hand_over(jpeg(), FileKind.PHOTO, cleaned=cleaned) == Done(7)
    assert not desk.post.uploads


async def test_given_a_reader_who_is_removed_while_a_file_is_sent_then_it_is_taken_back(desk):
    desk.here = iter([True, False])
    assert await desk.hand_over(jpeg(), FileKind.PHOTO) == Done(7)
    assert desk.post.deleted == (MessageRef("1"),)


async def test_given_a_messenger_that_refuses_the_copy_then_that_comes_back(desk):
    desk.post.refusal = "large"
    assert await desk.hand_over(jpeg(), FileKind.PHOTO) == told(Uncleanable.REFUSED)


async def test_given_all_places_taken_then_a_file_waits_in_the_outbox_and_not_in_the_way_of_downloads(desk):
    desk.cleaner = Cleaner(at_once=1)
    under_way = asyncio.create_task(desk.hand_over(jpeg(), FileKind.PHOTO))
    async with asyncio.timeout(60):
        while not desk.cleaner.busy:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
    assert isinstance(await desk.hand_over(jpeg(), FileKind.PHOTO), Later)
    assert isinstance(await desk.hand_over(jpeg(), FileKind.PHOTO, cleaned=False), Done)
    assert isinstance(await under_way, Done)


@asynccontextmanager
async def case_with(folder: Path, data: bytes, name: str, mime: str) -> AsyncIterator[tuple[Rehearsal, Phone]]:
    """A responder has opened a report that came with this file."""
    async with rehearsal(folder) as house:
        admin, reporter = house.phone("Admin"), house.phone("Reporter")
        await house.enrol(admin, house.secret)
        await reporter.start(BOT)
        await house.quiet()
        await house.press(reporter, "lang", "en")
        while (verb := next_press(reporter)) != "send":
            await house.press(reporter, verb)
        await reporter.attach("document", data, name=name, mime=mime)
        await house.quiet()
        await house.press(reporter, "send")
        await house.press(admin, "claim")
        await house.press(admin, "open")
        yield house, admin


def next_press(phone: Phone) -> str:
    """The shortest way through the form: leave out what can be, take the first answer otherwise."""
    shown = next(message for message in reversed(phone.chat(BOT)) if message.buttons)
    verbs = {(button.data or "").partition(":")[0] for row in shown.buttons for button in row}
    return next(verb for verb in ("send", "agree", "skip", "a", "done") if verb in verbs)


def received(phone: Phone) -> list[ChatMessage]:
    return [message for message in phone.chat(BOT) if message.from_bot and message.file]


def lies(needle: bytes, *folders: Path) -> list[Path]:
    """The files below these folders that hold these bytes."""
    return [path for folder in folders for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


async def test_given_a_reporters_jpeg_with_gps_then_the_responder_gets_its_pixels_and_the_original_stays(tmp_path):
    camera = secrets.token_hex(16)
    exif = tagged(orientation=6)
    exif[MAKE] = camera
    original = encoded(two_halves(), "JPEG", quality=95, exif=exif)
    async with case_with(tmp_path, original, "home.jpg", "image/jpeg") as (house, responder):
        await house.press(responder, "file")
        (message,) = received(responder)
        copy = responder.file(message)
        picture = Image.open(BytesIO(copy))
        kept = house.app._tools.blobs
    assert message.protected and message.file and message.file.name.endswith("-1.jpg")
    assert "home" not in message.file.name
    assert CANARY not in copy and camera.encode() not in copy and not picture.getexif()
    assert picture.size == (40, 80)
    assert all(abs(a - b) < 12 for a, b in zip(picture.getpixel((20, 10)), RED, strict=True))
    assert all(abs(a - b) < 12 for a, b in zip(picture.getpixel((20, 70)), BLUE, strict=True))
    assert len(await kept.ids()) == 1
    assert not lies(camera.encode(), tmp_path) and not lies(copy[-200:], tmp_path)


async def test_given_a_file_in_disguise_then_the_responder_is_warned_and_gets_the_original_only_when_asking(tmp_path):
    original = b"MZ" + secrets.token_bytes(5_000)
    async with case_with(tmp_path, original, "photo.jpg", "image/jpeg") as (house, responder):
        await house.press(responder, "file")
        assert not received(responder)
        assert "its content is not what its name or type says" in responder.chat(BOT)[-1].text
        colleague = house.phone("Colleague")
        await house.enrol(colleague, await house.invite(responder), responder)
        await house.press(responder, "original")
        assert not received(responder)
        await house.press(colleague, "vouch")
        await house.press(responder, "original")
        (message,) = received(responder)
        sent = responder.file(message)
    assert hashlib.sha256(sent).digest() == hashlib.sha256(original).digest()
    assert message.file and message.file.name.endswith("-1.bin")


@contextmanager
def watched() -> Iterator[set[Path]]:
    """What appears in the folders that everybody may write to."""
    before = {path for folder in SHARED for path in folder.iterdir()}
    appeared: set[Path] = set()

    async def look() -> None:
        while True:
            appeared.update(path for folder in SHARED for path in folder.iterdir() if path not in before)
            await asyncio.sleep(0.005)

    looking = asyncio.create_task(look())
    try:
        yield appeared
    finally:
        looking.cancel()


def holds(path: Path, needle: bytes) -> bool:
    try:
        files = [path, *path.rglob("*")] if path.is_dir() else [path]
        ours = (file for file in files if file.is_file() and file.stat().st_uid == os.getuid())
        return any(needle in file.read_bytes() for file in ours)
    except OSError:
        return False


@pytest.mark.slow
@needs_namespaces
@needs("mat2")
async def test_given_a_document_that_a_program_cleans_then_it_is_never_seen_outside(desk):
    word = secrets.token_bytes(4_000)
    with watched() as appeared:
        done = await desk.hand_over(docx(("word/media/x.bin", word)), FileKind.DOCUMENT, "a.docx")
        assert not [path for path in appeared if path.name == "file.docx" or holds(path, word[:64])]
    assert done == Done(7, (MessageRef("1"),))
