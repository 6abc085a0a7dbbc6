"""Files flow through in chunks, both ways, and stay what they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.payload import AsyncIterablePayload
from msgspec.structs import replace

from bot.messenger import Key, Rejected, Screen, Span, TooSlow, Upload
from bot.sandbox import Phone, Sandbox
from bot.sandbox.faults import Faults
from bot.telegram import Telegram, adapter
from bot.telegram.bodies import timeouts
from bot.telegram.calls import LIMITS, PHOTO_BYTES, OutOfReach, file_call
from handlers.model import Address, FileKind, FileRef

PIECE = bytes(range(256)) * 256  # 64 KiB


def upload(pieces: int, kind: FileKind = FileKind.DOCUMENT, name: str = "a.bin", size: int | None = None) -> Upload:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(pieces):
            yield PIECE

    return Upload(kind, name, "application/pdf", len(PIECE) * pieces if size is None else size, chunks)


@pytest.mark.parametrize("kind", list(FileKind))
async def test_given_a_file_when_sent_then_every_byte_arrives_under_its_kind(
    bot: Telegram, sandbox: Sandbox, phone: Phone, address: Address, kind: FileKind
) -> None:
    ref = await bot.send_file(address, upload(3, kind), protect=True)
    shown = phone.chat()[-1]
    assert (str(shown.message_id), shown.protected) == (ref, True)
    assert shown.file is not None
    assert shown.file.kind == kind.value
    assert phone.file(shown) == PIECE * 3
    assert sandbox.faults_of_ours == []


async def test_given_a_server_that_stops_reading_then_the_file_waits_outside_of_memory(bot: Telegram) -> None:
    made = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal made
        for _ in range(600):
            made += 1
            yield PIECE

    async with deaf_server() as url:
        bot._calls = url
        bot._request._timeouts = (0.1, 0.1, 0.1, 0.1)
        with pytest.raises(OutOfReach):
            whole = Upload(FileKind.DOCUMENT, "a", "", len(PIECE) * 600, chunks)
            await bot._call("sendDocument", write=0.2, read=0.2, chat_id=1, document=whole)
    assert 0 < made < 300


@asynccontextmanager
async def deaf_server() -> AsyncIterator[str]:
    """Takes connections and never reads more than its buffer holds."""
    over = asyncio.Event()

    async def ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.transport.abort()

    server = await asyncio.start_server(ignore, "127.0.0.1", 0, limit=1024)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        over.set()
        await asyncio.sleep(0.05)


async def unreadable() -> AsyncIterator[bytes]:
    yield PIECE
    raise OSError("the seal is broken")


@pytest.mark.parametrize(
    "broken",
    [
        upload(2, size=len(PIECE) * 2 - 1),
        upload(2, size=len(PIECE) * 2 + 1),
        upload(0, size=1),
        Upload(FileKind.DOCUMENT, "a", "", len(PIECE) * 2, unreadable),
    ],
)
async def test_given_a_file_that_is_not_what_was_announced_then_it_is_rejected_for_good(
    bot: Telegram, phone: Phone, address: Address, broken: Upload
) -> None:
    with pytest.raises(Rejected, match="broken"):
        await bot.send_file(address, broken, protect=False)
    assert not [message for message in phone.chat() if message.file]


async def test_given_a_name_that_would_break_out_then_it_is_made_plain(
    bot: Telegram, phone: Phone, address: Address
) -> None:
    await bot.send_file(address, upload(1, name='../../етс/p"w\r\nX-Evil: 1'), protect=False)
    file = phone.chat()[-1].file
    assert file is not None
    assert file.name == ".._.._етс_p_w__X-Evil: 1"


async def test_given_a_file_over_the_limit_then_nothing_is_uploaded(
    bot: Telegram, sandbox: Sandbox, address: Address
) -> None:
    with pytest.raises(Rejected, match="large"):
        await bot.send_file(address, upload(1, size=LIMITS.upload + 1), protect=False)
    assert sandbox.record.calls["sendDocument"] == 0


def test_a_picture_too_large_for_a_photo_goes_as_a_document_and_documents_stay_documents() -> None:
    assert file_call(upload(1, FileKind.PHOTO))[0] == "sendPhoto"
    method, parameters = file_call(upload(1, FileKind.PHOTO, size=PHOTO_BYTES + 1))
    assert method == "sendDocument"
    assert parameters["disable_content_type_detection"] is True


async def test_given_a_file_at_telegram_when_downloaded_then_it_comes_in_chunks(
    bot: Telegram, phone: Phone, inbox: Any, listen: Any
) -> None:
    await phone.attach("document", PIECE * 5, name="letter.pdf", mime="application/pdf")
    async with listen(bot, inbox):
        found = (await inbox.holds(2))[1]
    assert (found.kind, found.name, found.size) == ("document", "letter.pdf", len(PIECE) * 5)
    chunks = [chunk async for chunk in bot.download(found.file)]
    assert b"".join(chunks) == PIECE * 5
    assert max(map(len, chunks)) <= len(PIECE)


async def test_given_a_file_that_telegram_lost_then_it_is_gone(bot: Telegram) -> None:
    with pytest.raises(Rejected, match="gone"):
        await anext(bot.download(FileRef("never-there")))


async def test_given_a_file_over_the_limit_when_asked_for_then_it_is_too_large(
    bot: Telegram, phone: Phone, inbox: Any, listen: Any
) -> None:
    await phone.attach("document", b"x" * (LIMITS.download + 1), name="film.mkv")
    async with listen(bot, inbox):
        found = (await inbox.holds(2))[1]
    with pytest.raises(Rejected, match="large"):
        await anext(bot.download(found.file))


async def test_given_a_broken_line_when_downloading_then_it_is_tried_later(bot: Telegram, sandbox: Sandbox) -> None:
    sandbox.faults = Faults(drop=1, methods=["getFile"])
    with pytest.raises(OutOfReach):
        await anext(bot.download(FileRef("any")))


def file_at(path: Any, body: bytes = b"", status: int = 200) -> Any:
    def answer(method: str) -> web.Response:
        if method == "getFile":
            return web.json_response({"ok": True, "result": {"file_id": "F", "file_path": path}})
        return web.Response(body=body, status=status)

    return answer


@pytest.mark.parametrize(
    ("path", "status", "kind", "words"),
    [
        ("/var/lib/telegram-bot-api/x.jpg", 200, Rejected, "local_server"),
        (None, 200, Rejected, "gone"),
        (5, 200, Rejected, "gone"),
        ("photos/1.jpg", 404, Rejected, "gone"),
        ("photos/1.jpg", 500, OutOfReach, "3 s"),
        ("photos/1.jpg", 302, OutOfReach, "3 s"),
    ],
)
async def test_given_a_file_that_cannot_be_fetched_then_the_error_says_why(
    scripted: Any, path: Any, status: int, kind: type[Exception], words: str
) -> None:
    bot = await scripted(file_at(path, status=status))
    with pytest.raises(kind, match=words):
        await anext(bot.download(FileRef("F")))


async def test_given_a_server_that_sends_more_than_allowed_then_the_download_stops(scripted: Any) -> None:
    bot = await scripted(file_at("films/1.mkv", b"x" * (LIMITS.download + 1)))
    taken = 0
    with pytest.raises(Rejected, match="large"):
        async for chunk in bot.download(FileRef("F")):
            taken += len(chunk)
    assert taken <= LIMITS.download


async def test_given_a_server_of_ones_own_then_a_large_file_is_read_where_it_lies(
    scripted: Any, tmp_path: Path
) -> None:
    (tmp_path / "film.mkv").write_bytes(b"x" * (LIMITS.download + 1))
    bot = await scripted(file_at(str(tmp_path / "film.mkv")), files=tmp_path, largest=2 * LIMITS.download)
    assert sum([len(chunk) async for chunk in bot.download(FileRef("F"))]) == LIMITS.download + 1
    assert (bot.limits.download, bot.limits.upload) == (2 * LIMITS.download, LIMITS.upload)


@pytest.mark.parametrize(
    ("name", "largest", "words"),
    [
        ("kept/film.mkv", 9, "large"),
        ("kept/nothing", 9, "gone"),
        ("kept", 9, "unreadable"),
        ("root.key", 9, "local_server"),
        ("kept/../root.key", 9, "local_server"),
        ("kept/link", 9, "local_server"),
    ],
)
async def test_given_a_path_of_such_a_server_then_nothing_is_read_outside_of_its_folder_and_no_more_than_is_allowed(
    scripted: Any, tmp_path: Path, name: str, largest: int, words: str
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (tmp_path / "root.key").write_bytes(b"a secret")
    (folder / "film.mkv").write_bytes(b"more than 9")
    (folder / "link").symlink_to(tmp_path / "root.key")
    bot = await scripted(file_at(f"{tmp_path}/{name}"), files=folder, largest=largest)
    with pytest.raises(Rejected, match=words) as refused:
        await anext(bot.download(FileRef("F")))
    assert str(tmp_path) not in str(refused.value)


class Dripping(AsyncIterablePayload):
    """A byte now and then: never silent for long, and never done."""

    def __init__(self) -> None:
        super().__init__(self._drops())

    @staticmethod
    async def _drops() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0.01)


async def test_given_a_file_that_drips_then_it_is_broken_off_when_it_has_had_its_time(
    scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "PATIENCE", 0.05)
    answered: list[str] = []

    def drip(method: str) -> Any:
        if method == "getFile":
            return web.json_response({"ok": True, "result": {"file_path": "a", "file_size": 1000}})
        answered.append(method)
        return web.Response(body=Dripping())

    bot = await scripted(drip)
    with pytest.raises(TooSlow):
        async with asyncio.timeout(60):
            async for _ in bot.download(FileRef("F")):
                pass
    assert answered


def test_timeouts_cover_writing_too_and_a_stream_has_its_own_whole() -> None:
    assert timeouts(1.0, 2.0, 3.0, 4.0).total == 10.0
    assert timeouts(1.0, 2.0, 3.0, 4.0, total=9.0).total == 9.0
    assert timeouts(None, None, None, None).sock_read is None


async def test_given_a_picture_with_words_and_buttons_then_all_of_it_arrives_as_one_message(
    bot: Telegram, sandbox: Sandbox, phone: Phone, address: Address
) -> None:
    words = Screen("Bold words", (Span("bold", 0, 4),), ((Key("More", "stats::"),),))
    await bot.send_file(address, replace(upload(1, FileKind.PHOTO, "figures.png"), caption=words), protect=True)
    shown = phone.chat()[-1]
    assert (shown.text, shown.buttons[0][0].data, shown.protected) == ("Bold words", "stats::", True)
    assert shown.file is not None and shown.file.kind == "photo" and sandbox.faults_of_ours == []
