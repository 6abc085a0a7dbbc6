"""Whatever a bot sends, the sandbox answers or refuses; and it stands alone."""

import subprocess
import sys
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Phone, Sandbox
from bot.sandbox.methods import METHODS
from bot.sandbox.refusals import Refusal

HOSTILE: list[Any] = [
    *(None, True, 0, -1, 1.5, 2**70, float("nan"), "", " ", "x", "@x", "\0", "1" * 30, "🏠" * 5000, "HTML"),
    *("null", "{", "[]", "[1]", "[{}]", '{"a":1}', "attach://", "attach://x", "https://a.org/x", "<b", "<a href>x</a>"),
    *([], [[]], [[1]], [{}], [None], {}, {"type": []}, {"type": "chat"}, {"type": "chat", "chat_id": {}}),
    *({"inline_keyboard": None}, {"keyboard": [[{}]]}, {"message_id": []}, {"message_id": "x"}),
    {"inline_keyboard": [[{"text": "x", "callback_data": {}}]]},
    {"inline_keyboard": [[{"text": {}, "url": []}]]},
    [{"type": "bold", "offset": -1, "length": 2}],
    [{"type": {}, "offset": 0, "length": 1}],
    [{"type": "bold", "offset": 1e3, "length": "x"}],
    [{"command": 1, "description": 2}],
]
AWAITED = {"getupdates", "setwebhook", "deletewebhook"}


@pytest.mark.parametrize("name", sorted(METHODS.keys() - AWAITED))
async def test_no_value_breaks_a_method(sandbox: Sandbox, phone: Phone, name: str) -> None:
    (account,) = sandbox.world.bots.values()
    await phone.start()
    file_id = sandbox.world.files.store(name.removeprefix("send"), b"bytes").file_id
    sound: dict[str, Any] = {"chat_id": phone.id, "text": "x", "message_id": 1, "message_ids": [1], "commands": []}
    sound |= dict.fromkeys(("photo", "document", "voice", "video", "audio", "file_id"), file_id)
    method = METHODS[name]
    for parameter in method.parameters:
        for value in HOSTILE:
            with suppress(Refusal):
                method.call(sandbox.world, account, {**sound, "parse_mode": "", parameter: value})
            with suppress(Refusal):
                method.call(sandbox.world, account, {**sound, "parse_mode": "HTML", parameter: value})


NOT_UTF8 = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"text=\xff\xfe"),
        ("application/json", b'{"text": "\xff"}'),
        ("application/json", b'{"text": "\\ud800"}'),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="t"\r\n\r\n\xff\r\n--x--\r\n',
        ),
        ("multipart/form-data; boundary=x", b"nothing of the kind"),
        ("multipart/form-data", b"x"),
        ("text/plain", b"a=1"),
    ],
)
async def test_no_body_breaks_the_server(http: aiohttp.ClientSession, token: str, kind: str, body: bytes) -> None:
    async with http.post(f"/bot{token}/sendMessage", data=body, headers={"Content-Type": kind}) as response:
        assert response.status == 400
        assert (await response.json())["ok"] is False


def test_the_sandbox_needs_nothing_of_the_rest_of_panah() -> None:
    program = (
        "import sys, bot.sandbox, bot.sandbox.remote, bot.sandbox.__main__;"
        "ours = ('bot.', 'handlers', 'storage', 'telegram', 'sqlalchemy');"
        "print([m for m in sys.modules if m.startswith(ours) and not m.startswith('bot.sandbox')])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
