"""Files in both directions."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest
from telegram import Bot
from telegram.error import BadRequest

from bot.sandbox import Phone, Sandbox, limits
from bot.sandbox.attachments import ATTACHABLE
from bot.sandbox.faults import Faults


@pytest.mark.parametrize("kind", ATTACHABLE)
async def test_everything_that_a_phone_attaches_can_be_read_by_ptb(bot: Bot, phone: Phone, kind: str) -> None:
    await phone.start()
    await phone.attach(kind, b"some bytes")
    *_, update = await bot.get_updates()
    assert getattr(update.message, kind)
    assert update.message.text is None


async def test_a_file_arrives_whole_with_name_type_and_caption(bot: Bot, phone: Phone) -> None:
    await phone.start()
    data = bytes(range(256)) * 1000
    await phone.attach("document", data, name="../../etc/письмо.pdf", mime="application/pdf", caption="the letter")
    *_, update = await bot.get_updates()
    document = update.message.document
    assert (document.file_name, document.mime_type, update.message.caption) == (
        "../../etc/письмо.pdf",
        "application/pdf",
        "the letter",
    )
    file = await document.get_file()
    assert ".." not in file.file_path
    assert bytes(await file.download_as_bytearray()) == data


async def test_what_the_bot_sends_is_on_the_phone(sandbox: Sandbox, bot: Bot, phone: Phone) -> None:
    await phone.start()
    for kind in ("photo", "document", "voice", "video", "audio"):
        sent = await getattr(bot, f"send_{kind}")(phone.id, b"bytes of " + kind.encode(), caption=kind)
        seen = phone.chat()[-1]
        assert (seen.message_id, seen.text, seen.file.kind) == (sent.message_id, kind, kind)
        assert phone.file(seen) == b"bytes of " + kind.encode()
    assert sandbox.faults_of_ours == []
    edited = await bot.edit_message_caption(phone.id, sent.message_id, caption="better")
    assert (edited.caption, phone.chat()[-1].edited) == ("better", True)


async def test_an_uploaded_file_can_be_sent_again_by_its_id_as_the_same_kind(bot: Bot, phone: Phone) -> None:
    await phone.start()
    sent = await bot.send_document(phone.id, b"once", filename="guide.txt")
    await bot.send_document(phone.id, sent.document.file_id)
    assert phone.file(phone.chat()[-1]) == b"once"
    with pytest.raises(BadRequest, match="of type document as photo"):
        await bot.send_photo(phone.id, sent.document.file_id)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "there is no photo in the request"),
        ({"photo": "nonsense"}, "wrong file identifier/HTTP URL specified"),
        ({"photo": "https://example.org/a.jpg"}, "failed to get HTTP URL content"),
        ({"photo": "attach://nowhere"}, "wrong file identifier/HTTP URL specified"),
        ({"photo": "nonsense", "caption": "x" * 1025}, "message caption is too long"),
    ],
)
async def test_files_that_telegram_refuses(ask: Callable, phone: Phone, values: dict[str, str], why: str) -> None:
    await phone.start()
    assert (await ask("sendPhoto", chat_id=phone.id, **values))["description"] == f"Bad Request: {why}"


async def test_a_file_over_20_megabytes_cannot_be_fetched(ask: Callable, bot: Bot, phone: Phone) -> None:
    await phone.start()
    await phone.attach("video", bytes(limits.DOWNLOAD_BYTES + 1))
    *_, update = await bot.get_updates()
    too_big = await ask("getFile", file_id=update.message.video.file_id)
    assert too_big["description"] == "Bad Request: file is too big"
    unknown = await ask("getFile", file_id="nonsense")
    assert unknown["description"] == "Bad Request: wrong file_id or the file is temporarily unavailable"


async def test_a_download_can_be_slow_or_break_off_without_touching_other_calls(
    sandbox: Sandbox, http: aiohttp.ClientSession, token: str, ask: Callable, phone: Phone
) -> None:
    await phone.start()
    await phone.attach("document", bytes(500_000))
    *_, update = (await ask("getUpdates"))["result"]
    path = (await ask("getFile", file_id=update["message"]["document"]["file_id"]))["result"]["file_path"]
    sandbox.faults = Faults(methods=["download"], latency_ms=1000, drop=1, drop_when="after")
    download = asyncio.create_task(http.get(f"/file/bot{token}/{path}"))
    assert (await ask("getMe"))["ok"]
    assert not download.done()
    with pytest.raises(aiohttp.ClientError):
        await (await download).read()
    async with http.get(f"/file/bot{token}/{path}") as response:
        assert len(await response.read()) == 500_000


async def test_a_download_needs_the_token_and_the_path(http: aiohttp.ClientSession, token: str) -> None:
    async with http.get(f"/bot{token}") as response:
        assert await response.json() == {"ok": False, "error_code": 404, "description": "Not Found"}
    async with http.get(f"/file/bot{token}/documents/file_99.bin") as response:
        assert response.status == 404
    async with http.get("/file/bot1:NOBODY/documents/file_0.bin") as response:
        assert response.status == 401
