"""The sandbox's page in a real browser: what a newcomer does by hand."""

import asyncio
import re
from typing import Any

import pytest

from bot.sandbox import Sandbox

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
LINK = "https://t.me/toy_bot?start=inv_4f-9"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'


async def visible(locator: Any, text: str) -> Any:
    """The one part of the page with this text, once it is there."""
    found = locator.get_by_text(text, exact=True)
    await found.wait_for()
    return found


async def overflows(page: Any, selector: str) -> bool:
    """Whether anything sticks out sideways."""
    return await page.locator(selector).evaluate_all("all => all.some(e => e.scrollWidth > e.clientWidth + 1)")


async def attach(stage: Any, name: str, kind: str, file: dict[str, Any], caption: str = "") -> None:
    """Choose a kind in the attach menu, a file in the browser's dialogue, and send it."""
    phone = stage.phone(name)
    await phone.locator("[data-action=attach]").click()
    async with stage.page.expect_file_chooser() as chooser:
        await stage.page.locator(f".menu [data-kind={kind}]").click()
    await (await chooser.value).set_files(file)
    await phone.locator("textarea").fill(caption)
    await phone.locator("[data-action=send]").click()


# What is on the table


async def test_three_phones_stand_side_by_side_and_the_page_does_not_scroll(stage: Any) -> None:
    boxes = [await stage.phone(name).bounding_box() for name in ("reporter", "responder", "admin")]
    assert boxes[0]["x"] < boxes[1]["x"] < boxes[2]["x"]
    assert len({box["y"] for box in boxes}) == 1
    assert all(box["y"] + box["height"] <= 800 for box in boxes)
    assert await stage.page.evaluate("document.documentElement.scrollHeight") == 800
    assert "Nothing leaves this computer" in await stage.page.locator("header.top").inner_text()


async def test_given_a_narrow_window_then_the_phones_stand_one_under_the_other(stage: Any) -> None:
    await stage.page.set_viewport_size({"width": 400, "height": 800})
    boxes = [await stage.phone(name).bounding_box() for name in ("reporter", "responder", "admin")]
    assert boxes[0]["y"] < boxes[1]["y"] < boxes[2]["y"]
    assert await stage.page.evaluate("document.documentElement.scrollWidth") == 400


async def test_given_a_phone_added_later_when_it_speaks_then_it_joins_the_others(stage: Any) -> None:
    await stage.sandbox.phone(name="Second Responder").start("toy_bot")
    await stage.phone("second responder").get_by_text("Welcome").wait_for()


# A conversation


async def test_when_start_and_a_button_are_pressed_then_the_answer_is_edited_in_place(stage: Any) -> None:
    await stage.started("reporter")
    reporter = stage.phone("reporter")
    greeting = reporter.locator("[data-from=bot]")
    message_id = await greeting.get_attribute("data-message-id")

    await reporter.locator('[data-data="yes"]').click()

    await visible(reporter, "Chose yes")
    assert await greeting.count() == 1
    assert await greeting.get_attribute("data-message-id") == message_id
    assert "edited" in await greeting.locator("footer").inner_text()
    assert await greeting.locator("[data-data]").count() == 0
    await visible(reporter.get_by_role("status"), "Noted")
    assert await stage.phone("responder").locator("[data-message-id]").count() == 0


async def test_start_and_buttons_work_from_the_keyboard_alone(stage: Any) -> None:
    reporter = stage.phone("reporter")
    await reporter.locator("[data-action=start]").focus()
    await stage.page.keyboard.press("Enter")
    await reporter.locator("[data-data=no]").focus()
    await stage.page.keyboard.press("Space")
    await visible(reporter, "Chose no")
    focused = await stage.page.evaluate("document.activeElement.closest('[data-message-id]') !== null")
    assert focused, "the focus stays with the message that was edited under it"


async def test_given_two_quick_messages_and_a_slow_road_then_they_arrive_in_order(stage: Any) -> None:
    async def slow_for_the_first(route: Any) -> None:
        await asyncio.sleep(0.3 if "one" in route.request.post_data else 0)
        await route.continue_()

    await stage.started("reporter")
    await stage.page.route("**/say", slow_for_the_first)
    box = stage.phone("reporter").locator("textarea")
    await box.fill("one")
    await box.press("Shift+Enter")
    await box.press_sequentially("more")
    await box.press("Enter")
    await stage.type("reporter", "two")
    await stage.phones["reporter"].wait_for_text("Heard: two")
    said = [message.text for message in stage.phones["reporter"].chat() if not message.from_bot]
    assert said == ["/start", "one\nmore", "two"]


async def test_when_the_bot_deletes_then_the_message_vanishes(stage: Any) -> None:
    await stage.started("reporter")
    sent = await stage.tell("reporter", "for a moment")
    await stage.bot.call("deleteMessage", chat_id=stage.phones["reporter"].id, message_id=sent["message_id"])
    await stage.message("reporter", sent["message_id"]).wait_for(state="detached")


async def test_when_a_message_is_clicked_then_the_next_one_replies_to_it(stage: Any) -> None:
    await stage.started("reporter")
    sent = await stage.tell("reporter", "How are you?")
    await stage.message("reporter", sent["message_id"]).locator(".bubble footer").click()
    await visible(stage.phone("reporter").locator(".purpose"), "How are you?")
    await stage.type("reporter", "Safe")
    await stage.phones["reporter"].wait_for_text("Heard: Safe")
    assert stage.bot.heard[-1]["message"]["reply_to_message"]["message_id"] == sent["message_id"]
    quotes = stage.phone("reporter").locator(".quote")
    assert await quotes.all_inner_texts() == ["How are you?", "Safe"]


async def test_own_messages_can_be_edited_and_deleted_by_their_menu(stage: Any) -> None:
    await stage.started("reporter")
    await stage.type("reporter", "frist")
    echo = await stage.phones["reporter"].wait_for_text("Heard: frist")
    own = echo.reply_to

    await stage.choose("reporter", own, "edit")
    box = stage.phone("reporter").locator("textarea")
    assert await box.input_value() == "frist"
    await stage.type("reporter", "first")
    await visible(stage.message("reporter", own), "first")
    assert "edited" in await stage.message("reporter", own).locator("footer").inner_text()

    await stage.choose("reporter", own, "delete")
    await stage.message("reporter", own).wait_for(state="detached")
    await stage.message("reporter", echo.message_id).locator("[data-action=menu]").focus()
    await stage.page.keyboard.press("Enter")
    assert await stage.page.locator(".menu [data-choice=delete]").count() == 0, "the bot's words are not the person's"
    await stage.page.keyboard.press("Escape")
    await stage.page.locator(".menu").wait_for(state="detached")


async def test_the_command_menu_lists_what_the_bot_set_and_sends_what_is_chosen(stage: Any) -> None:
    await stage.bot.call("setMyCommands", commands=[{"command": "start", "description": "Начать"}], language_code="ru")
    await stage.phone("reporter").locator("[data-action=commands]").click()
    assert await stage.page.locator(".menu").inner_text() == "/start\nНачать"
    await stage.page.locator(".menu [data-command=start]").click()
    await visible(stage.phone("reporter"), "Welcome")


async def test_a_reply_keyboard_speaks_for_the_person_until_it_is_taken_away(stage: Any) -> None:
    await stage.started("reporter")
    await stage.tell("reporter", "Choose", reply_markup={"keyboard": [["Left", "Right"]]})
    keys = stage.phone("reporter").locator(".keyboard")
    await keys.get_by_role("button", name="Right").click()
    await visible(stage.phone("reporter"), "Heard: Right")
    await stage.tell("reporter", "Thank you", reply_markup={"remove_keyboard": True})
    await keys.wait_for(state="hidden")


async def test_while_the_bot_writes_the_phone_says_so(stage: Any) -> None:
    await stage.started("reporter")
    await stage.bot.call("sendChatAction", chat_id=stage.phones["reporter"].id, action="typing")
    await stage.phone("reporter").locator(".typing").wait_for()
    await stage.tell("reporter", "Here I am")
    await stage.phone("reporter").locator(".typing").wait_for(state="hidden")


async def test_when_the_person_blocks_the_bot_then_it_is_refused_until_they_relent(stage: Any) -> None:
    await stage.started("reporter")
    reporter = stage.phone("reporter")
    await reporter.locator("[data-action=phone-menu]").click()
    await stage.page.locator(".menu [data-choice=block]").click()
    await reporter.locator(".notice").get_by_text("Blocked.").wait_for()
    with pytest.raises(AssertionError, match="bot was blocked by the user"):
        await stage.tell("reporter", "Are you there?")

    await reporter.locator("[data-action=phone-menu]").click()
    await stage.page.locator(".menu [data-choice=unblock]").click()
    await reporter.locator(".notice").get_by_text("Unblocked.").wait_for()
    await stage.tell("reporter", "Are you there?")


async def test_given_two_bots_then_a_link_turns_to_the_other_chat_and_news_mark_the_hidden_one(stage: Any) -> None:
    stage.sandbox.add_bot(token="1000002:TOY", username="desk_bot", name="Desk")
    await stage.open()
    responder = stage.phone("responder")
    await stage.started("responder")
    await responder.locator("textarea").fill("https://t.me/desk_bot?start=inv_1")
    await responder.locator(".offer").get_by_role("link").click()
    await visible(responder.locator("[data-bot=desk_bot]"), "/start inv_1")
    assert await responder.locator("[data-bot=toy_bot]").is_hidden()

    await stage.bot.call("sendMessage", chat_id=stage.phones["responder"].id, text="news")
    await responder.locator("[data-tab=toy_bot][data-unread]").click()
    await visible(responder.locator("[data-bot=toy_bot]"), "news")
    assert await responder.locator("[data-unread]").count() == 0


async def test_a_refusal_is_shown_and_the_words_stay_in_the_box(stage: Any) -> None:
    await stage.type("reporter", "too early")
    await stage.phone("reporter").locator(".notice").wait_for()
    assert await stage.phone("reporter").locator("textarea").input_value() == "too early"


# Files


async def test_photos_are_seen_and_files_are_rows(stage: Any) -> None:
    await stage.started("reporter")
    await attach(stage, "reporter", "photo", {"name": "p.png", "mimeType": "image/png", "buffer": PIXEL}, "the bridge")
    picture = stage.phone("reporter").locator("[data-from=me] img")
    await picture.wait_for()
    await visible(stage.phone("reporter"), "the bridge")
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1

    page = {"name": "evil.html", "mimeType": "text/html", "buffer": HOSTILE.encode()}
    await attach(stage, "reporter", "document", page)
    row = stage.phone("reporter").locator("[data-from=me] a.file")
    assert re.fullmatch(r"evil\.html\s+\d+ B", await row.inner_text())
    async with stage.page.expect_download() as download:
        await row.click()
    assert (await download.value).suggested_filename == "evil.html"
    messages = [update["message"] for update in stage.bot.heard[-2:]]
    assert messages[0]["caption"] == "the bridge"
    assert messages[0]["photo"]
    assert messages[1]["document"]["file_name"] == "evil.html"


async def test_a_location_needs_no_file(stage: Any) -> None:
    await stage.started("reporter")
    await stage.phone("reporter").locator("[data-action=attach]").click()
    await stage.page.locator(".menu [data-kind=location]").click()
    await stage.phone("reporter").locator("[data-action=send]").click()
    await visible(stage.phone("reporter").locator("[data-from=me]"), "Location")


# Links


async def test_a_start_link_acts_on_the_phone_where_it_is_clicked(stage: Any) -> None:
    await stage.started("admin")
    await stage.tell("admin", f"Invitation: {LINK} for a day")
    await stage.phone("admin").get_by_role("link", name=LINK).click()
    await visible(stage.phone("admin"), "Welcome inv_4f-9")
    assert stage.page.url.rstrip("/") == stage.sandbox.url


async def test_a_pasted_start_link_is_offered_and_opens_from_the_keyboard(stage: Any) -> None:
    responder = stage.phone("responder")
    await responder.locator("textarea").fill(LINK)
    await responder.locator(".offer").get_by_role("link").focus()
    await stage.page.keyboard.press("Enter")
    await visible(responder, "Welcome inv_4f-9")
    assert await responder.locator("textarea").input_value() == ""


async def test_a_link_can_be_carried_to_the_phone_beside(stage: Any) -> None:
    await stage.started("admin")
    entities = [{"type": "text_link", "offset": 0, "length": 10, "url": LINK}]
    sent = await stage.tell("admin", "Invitation", entities=entities)
    await stage.message("admin", sent["message_id"]).locator(".bubble").click(button="right")
    await stage.page.get_by_role("menuitem", name="Responder").click()
    await visible(stage.phone("responder"), "Welcome inv_4f-9")


async def test_given_a_hint_then_it_stands_above_the_chat_with_its_link_alive(stage: Any) -> None:
    async def with_hint(route: Any) -> None:
        people = await (await route.fetch()).json()
        await route.fulfill(json=[{**person, "hint": f"Begin here: {LINK}"} for person in people])

    await stage.page.route("**/world/phones", with_hint)
    await stage.open()
    await stage.phone("admin").locator(".hint").get_by_role("link").click()
    await visible(stage.phone("admin"), "Welcome inv_4f-9")


async def test_no_other_address_can_be_followed(stage: Any) -> None:
    await stage.started("reporter")
    words = "https://example.org/ https://t.me/toy_bot elsewhere"
    entities = [{"type": "text_link", "offset": 42, "length": 9, "url": "https://example.org/"}]
    keys = {"inline_keyboard": [[{"text": "Site", "url": "https://example.org/"}]]}
    sent = await stage.tell("reporter", words, entities=entities, reply_markup=keys)
    shown = stage.message("reporter", sent["message_id"])
    assert await shown.locator("a, [role=link]").count() == 0
    await shown.get_by_role("button", name="Site").click()
    assert "nothing leaves" in await stage.phone("reporter").locator(".notice").inner_text()


# What people write is only ever text


async def test_hostile_words_and_names_are_text_and_never_script(stage: Any) -> None:
    await stage.sandbox.phone(name=HOSTILE).start("toy_bot")
    await stage.phones["reporter"].start("toy_bot")
    keys = {"inline_keyboard": [[{"text": HOSTILE, "callback_data": '"]<b>'}]]}
    entities = [{"type": "text_link", "offset": 0, "length": 4, "url": "javascript:window.hacked=1"}]
    sent = await stage.tell("reporter", HOSTILE, reply_markup=keys, entities=entities)
    file = {"name": HOSTILE[:30], "mimeType": "text/html", "buffer": HOSTILE.encode()}
    await attach(stage, "reporter", "document", file, HOSTILE)

    shown = stage.message("reporter", sent["message_id"])
    assert await shown.locator(".text").inner_text() == HOSTILE
    await shown.locator(".text").click()
    await stage.page.get_by_role("heading", name=HOSTILE).wait_for()
    await stage.phone("reporter").locator("a.file").wait_for()
    assert await stage.page.locator("main img, main script").count() == 0
    assert await stage.page.evaluate("window.hacked") is None


async def test_the_page_itself_forbids_markup_inline_script_and_foreign_addresses(stage: Any) -> None:
    markup = "try { document.body.innerHTML = '<b>x</b>'; 'done' } catch { 'refused' }"
    assert await stage.page.evaluate(markup) == "refused"
    policy = await stage.page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    blocked = "new Promise(r => { document.addEventListener('securitypolicyviolation', e => r(e.effectiveDirective));"
    inline = " const s = document.createElement('a'); s.setAttribute('style', 'color:red'); document.body.append(s); })"
    assert await stage.page.evaluate(blocked + inline) == "style-src-attr"


async def test_protected_words_are_marked_and_can_not_be_selected_or_copied(stage: Any) -> None:
    await stage.started("responder")
    sent = await stage.tell("responder", f"A story {LINK}", protect_content=True)
    shown = stage.message("responder", sent["message_id"])
    await shown.get_by_role("img", name="Protected content").wait_for()
    assert await shown.locator(".text").evaluate("e => getComputedStyle(e).userSelect") == "none"
    await shown.locator(".bubble").click(button="right")
    assert await stage.page.locator(".menu").inner_text() == "Reply"


async def test_a_protected_file_is_named_but_can_not_be_saved(stage: Any) -> None:
    await stage.started("responder")
    await stage.phones["responder"].attach("document", b"evidence", name="letter.txt", mime="text/plain")
    await stage.type("responder", "done")
    await visible(stage.phone("responder"), "Heard: done")
    file_id = next(u["message"]["document"]["file_id"] for u in stage.bot.heard if "document" in u["message"])
    await stage.bot.call("sendDocument", chat_id=stage.phones["responder"].id, document=file_id, protect_content=True)
    row = stage.phone("responder").locator("[data-protected] .file")
    await visible(row, "letter.txt")
    assert await row.evaluate("e => e.tagName") == "SPAN"


# Long and foreign


async def test_long_words_wrap_and_the_newest_message_is_in_sight(stage: Any) -> None:
    await stage.started("reporter")
    for text in ("Ж" * 4096, "слово " * 680, "שלום \u202eevil\u202c\u200f مرحبا", "👩‍👩‍👧‍👦" * 300):
        await stage.tell("reporter", text)
    last = await stage.tell("reporter", "the end")
    box = await stage.message("reporter", last["message_id"]).bounding_box()
    frame = await stage.phone("reporter").locator(".scroller").bounding_box()
    assert frame["y"] <= box["y"]
    assert box["y"] + box["height"] <= frame["y"] + frame["height"] + 1
    assert not await overflows(stage.page, ".scroller, .bubble, .phone, main, html")


async def test_given_a_burst_of_messages_then_a_reader_at_the_end_stays_at_the_end(stage: Any) -> None:
    await stage.started("reporter")
    chat_id = stage.phones["reporter"].id
    burst = (stage.bot.call("sendMessage", chat_id=chat_id, text=f"{n}\n" * 6) for n in range(30))
    await asyncio.gather(*burst)
    await stage.tell("reporter", "the end")
    assert await stage.phone("reporter").locator(".newest").is_hidden()


async def test_given_a_reader_who_scrolled_up_then_new_messages_do_not_move_them(stage: Any) -> None:
    await stage.started("reporter")
    await stage.tell("reporter", "line\n" * 200)
    scroller = stage.phone("reporter").locator(".scroller")
    await scroller.hover()
    await stage.page.mouse.wheel(0, -1500)
    await stage.phone("reporter").locator(".newest").wait_for()
    before = await scroller.evaluate("e => e.scrollTop")
    last = await stage.tell("reporter", "news")
    assert await scroller.evaluate("e => e.scrollTop") == before
    await stage.phone("reporter").get_by_role("button", name="Newest messages").click()
    await stage.phone("reporter").locator(".newest").wait_for(state="hidden")
    frame, box = (
        await scroller.bounding_box(),
        await stage.message("reporter", last["message_id"]).bounding_box(),
    )
    assert box["y"] < frame["y"] + frame["height"]


async def test_given_more_than_telegram_takes_then_the_phone_sends_several_messages(stage: Any) -> None:
    await stage.started("reporter")
    words = " ".join(f"слово{n}" for n in range(900))
    await stage.type("reporter", words)
    await stage.phones["reporter"].wait_for(lambda chat: sum(not message.from_bot for message in chat) == 3)
    parts = [message.text for message in stage.phones["reporter"].chat() if not message.from_bot][1:]
    assert " ".join(parts) == words


async def test_entities_are_dressed_by_utf16_offsets(stage: Any) -> None:
    await stage.started("reporter")
    spans = [("bold", 3, 11), ("underline", 3, 5), ("italic", 8, 6), ("code", 15, 4)]
    entities = [{"type": kind, "offset": offset, "length": length} for kind, offset, length in spans]
    sent = await stage.tell("reporter", "👋 паноҳ means code", entities=entities)
    shown = stage.message("reporter", sent["message_id"])
    assert await shown.locator("strong").inner_text() == "паноҳ means"
    assert await shown.locator("strong u").inner_text() == "паноҳ"
    assert await shown.locator("strong em").inner_text() == " means"
    assert await shown.locator("code").inner_text() == "code"


# When the sandbox goes away


async def test_given_a_lost_connection_when_it_is_back_then_the_chats_are_read_again(stage: Any) -> None:
    await stage.started("reporter")
    port = int(stage.sandbox.url.rpartition(":")[2])
    await stage.sandbox.__aexit__()
    connection = stage.page.locator(".connection")
    await visible(connection.locator("xpath=.."), "The connection to the sandbox is lost. Trying again…")

    async with Sandbox(port=port) as again:
        again.add_bot(token="1000002:TOY", username="other_bot", name="Other")
        await again.phone(name="Reporter").start("other_bot")
        await asyncio.wait_for(stage.page.wait_for_selector("[data-connection=open]"), 10)
        reporter = stage.phone("reporter").locator("[data-bot=other_bot]")
        await visible(reporter, "/start")
        assert await stage.page.locator(".phone").count() == 1
