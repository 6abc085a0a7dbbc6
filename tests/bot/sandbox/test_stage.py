"""People over HTTP: the protocol of the web page, the remote phones, and the sandbox as its own process."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from telegram import Bot, BotCommand

from bot.sandbox import PhoneError, Sandbox
from bot.sandbox.faults import Faults
from bot.sandbox.remote import RemoteSandbox

BOT = "panah_demo_bot"
YES = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}


async def test_the_page_finds_bots_phones_chats_and_menus(http: aiohttp.ClientSession, bot: Bot, ask: Callable) -> None:
    made = await http.post("/world/phones", json={"name": "Reporter", "language_code": "ru", "role": "reporter"})
    number = (await made.json())["id"]
    await bot.set_my_description("A shelter")
    await bot.set_my_commands([BotCommand("start", "Begin")])
    said = await http.post(f"/world/phones/{number}/say", json={"bot": BOT, "text": "/start"})
    assert await said.json() == {"ok": True, "message_id": 1}
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "Map", "url": "https://a.org"}]]}
    await ask("sendMessage", chat_id=number, text="Welcome", reply_markup=markup, protect_content=True)

    async def get(path: str) -> object:
        async with http.get(path) as response:
            return await response.json()

    assert await get("/world/bots") == [
        {"username": BOT, "name": "Panah", "description": "A shelter", "short_description": ""}
    ]
    assert await get("/world/phones") == [
        {"id": number, "name": "Reporter", "role": "reporter", "language_code": "ru", "hint": ""}
    ]
    assert await get(f"/world/phones/{number}/commands?bot={BOT}") == [{"command": "start", "description": "Begin"}]
    ((chat),) = await get(f"/world/phones/{number}/chats")
    assert chat["bot"] == BOT
    shown = chat["messages"][1]
    assert isinstance(shown.pop("date"), int)
    assert shown == {
        "message_id": 2,
        "from": "bot",
        "text": "Welcome",
        "entities": [],
        "edited": False,
        "protected": True,
        "reply_to": None,
        "buttons": [[{"text": "Yes", "data": "y"}, {"text": "Map", "url": "https://a.org"}]],
        "keyboard": None,
        "file": None,
    }


async def test_the_stream_tells_every_kind_of_change(http: aiohttp.ClientSession, sandbox: Sandbox, bot: Bot) -> None:
    phone = sandbox.phone()
    async with http.get("/world/stream") as stream:
        assert stream.content_type == "text/event-stream"
        await phone.start()
        sent = await bot.send_message(phone.id, "Hi", reply_markup=YES)
        await phone.press("y")
        await bot.send_chat_action(phone.id, "typing")
        await bot.answer_callback_query(phone.unanswered()[0].query_id, "Noted")
        await bot.edit_message_text("Ho", phone.id, sent.message_id)
        await bot.delete_message(phone.id, sent.message_id)
        seen = []
        while len(seen) < 6:
            line = await asyncio.wait_for(stream.content.readline(), 60)
            if line.startswith(b"data: "):
                seen.append(json.loads(line.removeprefix(b"data: ")))
    assert [event["kind"] for event in seen] == ["message", "message", "typing", "callback_answer", "edit", "delete"]
    assert {(event["phone"], event["bot"]) for event in seen} == {(phone.id, BOT)}
    assert seen[4]["message"]["text"] == "Ho"


async def test_what_a_person_cannot_do_is_said_in_words(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    phone = sandbox.phone()
    async with http.post(f"/world/phones/{phone.id}/say", json={"bot": BOT, "text": "hi"}) as response:
        assert (response.status, await response.json()) == (400, {"ok": False, "error": "press Start first"})
    async with http.post(f"/world/phones/{phone.id}/say", json={"bot": BOT}) as response:
        assert (await response.json())["error"] == "the field 'text' is missing"
    async with http.post("/world/phones/1/say", json={"bot": BOT, "text": "hi"}) as response:
        assert response.status == 404
    async with http.post("/world/faults", json={"latency": 5}) as response:
        assert response.status == 400


@pytest.mark.parametrize("path", ["/page/..%2F__init__.py", "/page/.%2e/__init__.py", "/page/nothing.js", "/page/"])
async def test_the_page_serves_nothing_but_its_own_folder(http: aiohttp.ClientSession, path: str) -> None:
    async with http.get(path) as response:
        assert response.status == 404


async def test_a_file_from_a_chat_cannot_run_in_the_page(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    phone = sandbox.phone()
    await phone.start()
    await phone.attach("document", b"<script>", name="a.html", mime="text/html")
    async with http.get(phone.chat()[-1].file.url) as response:
        assert await response.read() == b"<script>"
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Security-Policy"] == "sandbox"


@pytest.fixture
async def remote(sandbox: Sandbox) -> AsyncIterator[RemoteSandbox]:
    async with RemoteSandbox(sandbox.url) as remote:
        yield remote


async def test_remote_phones_do_what_phones_do(remote: RemoteSandbox, sandbox: Sandbox, bot: Bot) -> None:
    phone = await remote.phone("Reporter", "ru")
    await phone.start(BOT, payload="abc")
    waiting = asyncio.create_task(phone.wait_for_text("Welcome"))
    sent = await bot.send_message(
        phone.id, "Welcome", reply_markup={"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    )
    assert (await waiting).message_id == sent.message_id
    await phone.press("Yes")
    said = await phone.say("hello", reply_to=sent.message_id)
    await phone.edit(said, "hello!")
    await phone.attach("document", b"%PDF", name="a.pdf", mime="application/pdf", caption="see")
    chat = await phone.chat()
    assert [message.text for message in chat] == ["/start abc", "Welcome", "hello!", "see"]
    assert (chat[2].reply_to, chat[2].edited, chat[3].file.mime) == (sent.message_id, True, "application/pdf")
    await phone.delete(said)
    await phone.block()
    with pytest.raises(PhoneError, match="blocked"):
        await phone.say("x")
    await phone.unblock()
    assert (await phone.wait_for(len)) == 3
    with pytest.raises(TimeoutError, match="Welcome"):
        await phone.wait_for(lambda chat: False, patience=0.05)
    kinds = [update.to_dict().keys() - {"update_id"} for update in await bot.get_updates()]
    assert [kind.pop() for kind in kinds] == [
        "message",
        "callback_query",
        "message",
        "edited_message",
        "message",
        "my_chat_member",
        "my_chat_member",
    ]


async def test_faults_clock_and_record_from_outside(remote: RemoteSandbox, ask: Callable, sandbox: Sandbox) -> None:
    await remote.set_faults(Faults(fail_429=1, retry_after=3))
    assert (await ask("getMe"))["parameters"] == {"retry_after": 3}
    await ask("getMe", nonsense=1)
    before = sandbox.world.now()
    await remote.advance(1000)
    assert sandbox.world.now() - before >= 1000
    record = await remote.record()
    assert (record["calls"], record["faults_of_ours"]) == ({"getMe": 2}, [["getMe", "nonsense"]])
    assert record["refusals"] == [["getMe", "Too Many Requests: retry after 3", 1]]


async def test_given_its_own_process_when_told_to_end_then_it_ends_well() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.sandbox", "--token", "1000003:OWN", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    url = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
    async with Bot("1000003:OWN", base_url=f"{url}/bot") as bot, RemoteSandbox(url) as remote:
        phone = await remote.phone()
        await phone.start("panah_demo_bot")
        await bot.send_message(phone.id, "Hello from another process")
        await phone.wait_for_text("Hello from")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0
