"""getUpdates: offsets, waiting, conflicts, wishes and ages."""

import asyncio
from collections.abc import Callable

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes, MessageHandler, filters

from bot.sandbox import Phone, Sandbox


def texts(answer: dict) -> list[str]:
    return [update["message"]["text"] for update in answer["result"]]


async def test_updates_come_again_until_a_higher_offset_confirms_them(ask: Callable, phone: Phone) -> None:
    await phone.start()
    await phone.say("one")
    await phone.say("two")
    first = await ask("getUpdates", limit=2)
    assert texts(first) == ["/start", "one"] == texts(await ask("getUpdates", limit=2))
    ids = [update["update_id"] for update in first["result"]]
    assert ids[1] == ids[0] + 1
    assert texts(await ask("getUpdates", offset=ids[1])) == ["one", "two"]
    assert texts(await ask("getUpdates")) == ["one", "two"]


async def test_a_negative_offset_keeps_only_the_last_ones(ask: Callable, phone: Phone) -> None:
    await phone.start()
    await phone.say("one")
    await phone.say("two")
    assert texts(await ask("getUpdates", offset=-1)) == ["two"]
    assert texts(await ask("getUpdates")) == ["two"]


async def test_a_long_poll_wakes_when_somebody_writes(waiting_poll: Callable, phone: Phone) -> None:
    poll = await waiting_poll()
    assert not poll.done()
    await phone.start()
    assert texts(await poll) == ["/start"]


async def test_the_second_poller_ends_the_first_ones_wait(ask: Callable, waiting_poll: Callable, phone: Phone) -> None:
    first = await waiting_poll()
    second = asyncio.create_task(ask("getUpdates", timeout=10))
    lost = await first
    assert (lost["error_code"], lost["description"]) == (
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )
    await phone.start()
    assert texts(await second) == ["/start"]


async def test_unwanted_kinds_are_not_kept(ask: Callable, phone: Phone) -> None:
    await ask("getUpdates", allowed_updates=["message"])
    said = await phone.start()
    await phone.edit(said, "/start again")
    phone.block()
    assert len((await ask("getUpdates"))["result"]) == 1
    await ask("getUpdates", allowed_updates=[])
    phone.unblock()
    assert "my_chat_member" in (await ask("getUpdates"))["result"][-1]


async def test_messages_wait_a_day_and_presses_150_seconds(sandbox: Sandbox, ask: Callable, phone: Phone) -> None:
    await phone.start()
    markup = {"inline_keyboard": [[{"text": "Go", "callback_data": "a"}]]}
    await ask("sendMessage", chat_id=phone.id, text="x", reply_markup=markup)
    await phone.press("Go")
    assert len((await ask("getUpdates"))["result"]) == 2
    sandbox.advance(151)
    assert texts(await ask("getUpdates")) == ["/start"]
    sandbox.advance(24 * 3600)
    assert (await ask("getUpdates"))["result"] == []


async def test_given_ptbs_own_polling_when_many_people_write_then_everybody_is_answered(
    sandbox: Sandbox, token: str
) -> None:
    async def welcome(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.message.reply_text(f"Welcome {context.args}")

    async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.message.reply_text(f"You said {update.message.text}")

    builder = Application.builder().token(token).base_url(f"{sandbox.url}/bot").base_file_url(f"{sandbox.url}/file/bot")
    application = builder.build()
    application.add_handlers([CommandHandler("start", welcome), MessageHandler(filters.TEXT, echo)])
    phones = [sandbox.phone() for _ in range(5)]
    async with application:
        await application.updater.start_polling(timeout=5)
        await application.start()
        for phone in phones:
            await phone.start(payload="invite")
            await phone.say("hello")
        for phone in phones:
            await phone.wait_for_text("You said hello")
            await phone.wait_for_text("Welcome ['invite']")
        await application.updater.stop()
        await application.stop()
    assert sandbox.faults_of_ours == []
