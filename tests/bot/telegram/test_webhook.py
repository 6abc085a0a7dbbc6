"""The webhook says 200 only after the commit, and nothing at all to strangers."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Phone, Sandbox
from bot.telegram import Telegram
from bot.telegram.webhook import BODY_BYTES, SECRET_HEADER, Webhook, WebhookConfig
from handlers.model import Text
from storage.records import Arrival

SECRET = "webhook-secret-of-a-test"


def config(port: int = 0, url: str = "https://panah.example/hook/") -> WebhookConfig:
    return WebhookConfig(url=url, host="127.0.0.1", port=port, secret=SECRET)


class Door:
    """A mounted webhook with an inbox behind it."""

    def __init__(self, webhook: Webhook, http: aiohttp.ClientSession, inbox: Any) -> None:
        self.webhook, self.http, self.inbox = webhook, http, inbox
        self.path = webhook.config.path("telegram")

    async def post(self, body: bytes, path: str | None = None, secret: str = SECRET) -> tuple[int, bytes]:
        url = f"http://127.0.0.1:{self.webhook.port}/hook/{self.path if path is None else path}"
        async with self.http.post(url, data=io.BytesIO(body), headers={SECRET_HEADER: secret}) as answer:
            return answer.status, await answer.read()


@pytest.fixture
async def door(http: aiohttp.ClientSession, inbox: Any) -> AsyncIterator[Door]:
    webhook = Webhook(config())

    async def take(updates: Any) -> None:
        await inbox.accept([Arrival(f"telegram:{update}", "telegram:77", Text(str(update))) for update in updates])

    async with webhook.mount("telegram", take):
        yield Door(webhook, http, inbox)


async def test_given_both_secrets_when_an_update_comes_then_it_is_200_after_the_commit(door: Door) -> None:
    assert await door.post(b"9001") == (200, b"")
    assert [event.text for event in door.inbox.events] == ["9001"]


async def test_given_an_inbox_that_fails_then_telegram_is_told_to_come_again(door: Door) -> None:
    door.inbox.refuse = 1
    assert await door.post(b"9001") == (503, b"")
    assert await door.post(b"9001") == (200, b"")
    assert len(door.inbox.arrivals) == 1


@pytest.mark.parametrize("secret", ["", SECRET[:-1], SECRET + "x", "пароль"])
async def test_given_a_wrong_secret_then_it_is_403_without_a_word(door: Door, secret: str) -> None:
    assert await door.post(b"9001", secret=secret) == (403, b"")
    assert door.inbox.arrivals == []


@pytest.mark.parametrize("path", ["", "0" * 32, "telegram", "%D0%BF"])
async def test_given_a_wrong_path_then_it_is_the_same_403(door: Door, path: str) -> None:
    assert await door.post(b"9001", path=path) == (403, b"")


async def test_given_another_method_then_it_is_403(door: Door) -> None:
    url = f"http://127.0.0.1:{door.webhook.port}/{door.path}"
    async with door.http.get(url, headers={SECRET_HEADER: SECRET}) as answer:
        assert (answer.status, await answer.read()) == (403, b"")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b" " * (BODY_BYTES + 1)])
async def test_given_a_body_that_will_never_be_an_update_then_it_does_not_come_again(door: Door, body: bytes) -> None:
    assert (await door.post(body))[0] == 200
    assert door.webhook.counts["unparsable"] == 1
    assert door.inbox.arrivals == []


async def test_given_many_updates_at_once_then_they_share_commits(door: Door) -> None:
    slow = door.inbox.accept

    async def take_slowly(arrivals: Any) -> None:
        await asyncio.sleep(0.2)
        await slow(arrivals)

    door.inbox.accept = take_slowly
    answers = await asyncio.gather(*(door.post(str(number).encode()) for number in range(60)))
    assert {status for status, _ in answers} == {200}
    assert len(door.inbox.arrivals) == 60
    assert len(door.inbox.batches) < 20


def test_paths_differ_by_bot_and_by_secret_and_do_not_show_the_secret() -> None:
    one, other = config(), WebhookConfig(url="https://x.test", host="127.0.0.1", port=0, secret=SECRET + "2")
    paths = {one.path("telegram"), one.path("desk"), other.path("telegram")}
    assert len(paths) == 3
    assert not any(SECRET in path for path in paths)


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 characters"):
        WebhookConfig(url="https://x.test", host="127.0.0.1", port=0, secret="")


async def test_given_two_bots_when_people_write_then_each_gets_its_own_through_one_server(
    sandbox: Sandbox, token: str, phone: Phone, inbox: Any, listen: Any, unused_port: int
) -> None:
    sandbox.add_bot(token="2000002:DESK-token", username="panah_desk_bot", name="Desk")
    webhook = Webhook(config(unused_port, f"http://127.0.0.1:{unused_port}/hook"))
    front = Telegram(token, sandbox.url, webhook=webhook, backoff=(0.02, 0.1))
    desk = Telegram("2000002:DESK-token", sandbox.url, name="desk", webhook=webhook, backoff=(0.02, 0.1))
    async with front, desk, listen(front, inbox), listen(desk, inbox):
        await phone.say("to the front", bot="panah_demo_bot")
        await phone.start("panah_desk_bot")
        await inbox.holds(3)
    assert [a.event for a in inbox.arrivals if a.address.startswith("telegram:")][1] == Text("to the front", "2")
    assert [a.mark.partition(":")[0] for a in inbox.arrivals].count("desk") == 1
    assert sandbox.faults_of_ours == []


async def test_given_an_inbox_that_fails_when_telegram_retries_then_nothing_is_lost(
    sandbox: Sandbox, token: str, phone: Phone, inbox: Any, listen: Any, unused_port: int
) -> None:
    inbox.refuse = 1
    webhook = Webhook(config(unused_port, f"http://127.0.0.1:{unused_port}"))
    async with Telegram(token, sandbox.url, webhook=webhook) as bot, listen(bot, inbox):
        assert (await inbox.holds(1))[0].name == "start"
    assert inbox.failures == 1


@pytest.fixture
async def unused_port() -> int:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port
