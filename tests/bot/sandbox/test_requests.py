"""Parameters arrive by query string, form, JSON and multipart; by GET and by POST."""

import json

import aiohttp
import pytest

from bot.sandbox import Phone

MENU = {"inline_keyboard": [[{"text": "Да", "callback_data": "y"}]]}


@pytest.mark.parametrize("shape", ["query", "form", "json", "multipart", "query and json"])
async def test_a_message_in_every_shape(http: aiohttp.ClientSession, phone: Phone, token: str, shape: str) -> None:
    await phone.start()
    values = {"chat_id": str(phone.id), "text": "a & b = ü", "reply_markup": json.dumps(MENU)}
    rest = {"text": values["text"], "reply_markup": MENU}
    multipart = aiohttp.FormData(values, default_to_multipart=True)
    address = f"/bot{token}/sendMessage"
    request = {
        "query": lambda: http.get(address, params=values),
        "form": lambda: http.post(address, data=values),
        "json": lambda: http.post(address, json={**values, "chat_id": phone.id, "reply_markup": MENU}),
        "multipart": lambda: http.post(address, data=multipart),
        "query and json": lambda: http.post(address, params={"chat_id": phone.id}, json=rest),
    }[shape]
    async with request() as response:
        assert response.status == 200
        assert response.content_type == "application/json"
    seen = phone.chat()[-1]
    assert (seen.text, seen.buttons[0][0].text) == ("a & b = ü", "Да")


@pytest.mark.parametrize("body", [b"[]", b"{", b"nonsense"])
async def test_a_body_that_is_no_object_is_refused(http: aiohttp.ClientSession, token: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with http.post(f"/bot{token}/getMe", data=body, headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["description"] == "Bad Request: can't parse JSON object"


async def test_an_upload_may_lie_beside_its_parameter(http: aiohttp.ClientSession, phone: Phone, token: str) -> None:
    await phone.start()
    form = aiohttp.FormData({"chat_id": str(phone.id), "document": "attach://the_file"})
    form.add_field("the_file", b"%PDF", filename="report.pdf", content_type="application/pdf")
    async with http.post(f"/bot{token}/sendDocument", data=form) as response:
        document = (await response.json())["result"]["document"]
    assert (document["file_name"], document["mime_type"], document["file_size"]) == (
        "report.pdf",
        "application/pdf",
        4,
    )
    assert phone.file(phone.chat()[-1]) == b"%PDF"
