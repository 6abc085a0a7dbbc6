"""Neither the token nor a word or an address of anybody reaches a log line or an exception, at any level."""

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web

from bot.messenger import Key, MessengerError, Screen, Upload
from bot.sandbox import Phone, Sandbox
from bot.sandbox.faults import Faults
from bot.telegram import Telegram
from bot.telegram.transport import AiohttpRequest
from bot.telegram.webhook import Webhook, WebhookConfig
from handlers.model import Address, FileKind, FileRef

STORY = "they followed me by the bridge"


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        if name.split(".")[0] in {"telegram", "aiohttp", "panah", "bot"}:
            caplog.set_level(logging.DEBUG, name)


def shown(error: BaseException) -> str:
    """All that a careless log could print of an exception: what it chains to as well, printed or not."""
    chain: list[BaseException] = []
    found: BaseException | None = error
    while found is not None and found not in chain:
        chain.append(found)
        found = found.__cause__ or found.__context__
    return "\n".join(f"{link!r} {link} {link.args} {vars(link)}" for link in chain)


async def one_chunk() -> AsyncIterator[bytes]:
    yield STORY.encode()


CALLS: list[Callable[[Telegram, Address], Any]] = [
    lambda bot, to: bot.send(to, Screen(STORY, rows=((Key("Yes", "go:back:p1"),),))),
    lambda bot, to: bot.edit(to, "1", Screen(STORY)),  # type: ignore[arg-type]
    lambda bot, to: bot.delete(to, ["1"]),  # type: ignore[list-item]
    lambda bot, to: bot.send_file(to, Upload(FileKind.DOCUMENT, STORY, "text/plain", len(STORY), one_chunk), True),
    lambda bot, to: anext(bot.download(FileRef("secret-file-id"))),
    lambda bot, to: bot.show_menu(to, [("queue", "Waiting")]),
]

REFUSALS: list[web.Response | None] = [
    web.json_response({"ok": False, "description": f"Bad Request: {STORY}"}, status=400),
    web.json_response({"ok": False, "description": f"Forbidden: {STORY}"}, status=403),
    web.json_response({"ok": False, "description": f"Unauthorized {STORY}"}, status=401),
    web.json_response({"ok": False, "description": STORY, "parameters": {STORY: STORY}}, status=429),
    web.Response(text=f"<html>{STORY}</html>", status=502),
    web.Response(text=STORY),
    None,
]


@pytest.mark.parametrize("call", range(len(CALLS)))
@pytest.mark.parametrize("refusal", range(len(REFUSALS)))
async def test_given_any_refusal_of_any_call_then_the_error_and_the_log_are_clean(
    scripted: Any, token: str, caplog: pytest.LogCaptureFixture, call: int, refusal: int
) -> None:
    bot = await scripted(lambda method: _copied(REFUSALS[refusal]))
    error = None
    try:
        await CALLS[call](bot, Address("telegram:777000777"))
    except MessengerError as raised:
        error = raised
    for private in (token, STORY, "777000777", "secret-file-id"):
        assert error is None or private not in shown(error)
        assert private not in caplog.text


def _copied(response: web.Response | None) -> web.Response:
    """A response can be sent only once. None is one that breaks the line."""
    if response is None:
        raise ConnectionResetError
    return web.Response(body=response.body, status=response.status)


async def test_given_a_whole_conversation_with_faults_then_no_log_line_holds_token_address_or_words(
    sandbox: Sandbox, bot: Telegram, phone: Phone, address: Address, inbox: Any, listen: Any, token: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    sandbox.faults = Faults(drop=2, fail_5xx=2, methods=["getUpdates"])
    inbox.refuse = 1
    async with listen(bot, inbox):
        await phone.say(STORY)
        await bot.send(address, Screen("An answer", rows=((Key("Yes", "go:back:p1"),),)))
        await phone.press("Yes")
        await inbox.holds(3)
    assert bot.counts["failed"] >= 3
    assert caplog.records
    for private in (token, STORY, str(phone.id), "An answer", "Shirin"):
        assert private not in caplog.text


async def test_given_no_network_then_the_error_does_not_name_the_url(token: str) -> None:
    with pytest.raises(MessengerError) as caught:
        await Telegram(token, "http://127.0.0.1:9").start()
    assert token not in shown(caught.value)


async def test_given_a_webhook_then_its_secrets_and_bodies_are_in_no_log_line(
    inbox: Any, http: Any, caplog: pytest.LogCaptureFixture
) -> None:
    config = WebhookConfig(url="https://panah.example", host="127.0.0.1", port=0, secret="secret-of-the-webhook")
    webhook = Webhook(config)

    async def fail(updates: Any) -> None:
        raise OSError(STORY)

    async with webhook.mount("telegram", fail) as url:
        local = f"http://127.0.0.1:{webhook.port}/{config.path('telegram')}"
        for body in (b'{"text": "%s"}' % STORY.encode(), STORY.encode()):
            async with http.post(
                local, data=body, headers={"X-Telegram-Bot-Api-Secret-Token": config.secret}
            ) as answer:
                await answer.read()
    assert url.endswith(config.path("telegram"))
    assert webhook.counts == {"postponed": 1, "unparsable": 1}
    for private in (config.secret, config.path("telegram"), STORY):
        assert private not in "\n".join(record.getMessage() for record in caplog.records)
        assert private not in str([getattr(record, "fields", "") for record in caplog.records])
        assert private not in str([getattr(record, "trail", "") for record in caplog.records])


async def test_given_a_line_that_breaks_then_the_request_layer_chains_nothing_that_knows_the_url(token: str) -> None:
    request = AiohttpRequest()
    await request.initialize()
    with pytest.raises(Exception, match="ClientConnectorError") as caught:
        await request.post(f"http://127.0.0.1:9/bot{token}/getMe")
    await request.shutdown()
    assert token not in shown(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_given_an_answer_that_cannot_be_read_then_the_error_does_not_quote_it(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Exception, match="unreadable") as caught:
        AiohttpRequest.parse_json_payload(STORY.encode())
    assert STORY not in shown(caught.value)
    assert STORY not in caplog.text
