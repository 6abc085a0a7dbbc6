"""Raw updates become events of ours; nothing that names a person comes through, and nothing raises."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.updates import number, press_id, translate
from handlers.model import (
    Attachment,
    Choice,
    Command,
    Edited,
    Event,
    FileKind,
    Location,
    Text,
    Unreadable,
)
from storage.records import Arrival, dump, load

PERSON = {"id": 77, "is_bot": False, "first_name": "Shirin", "username": "shirin_k", "language_code": "tg"}
CHAT = {"id": 77, "type": "private", "first_name": "Shirin", "username": "shirin_k"}


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 5, "date": 1, "from": PERSON, "chat": CHAT, **fields}


def event_of(kind: str, body: Any) -> Event | None:
    arrival = translate({"update_id": 9001, kind: body}, "telegram")
    return arrival.event if arrival else None


def command(text: str, length: int) -> dict[str, Any]:
    return message(text=text, entities=[{"type": "bot_command", "offset": 0, "length": length}])


FILE = {"file_id": "F", "file_unique_id": "u", "file_size": 9, "file_name": "a.pdf", "mime_type": "application/pdf"}
CLIP = {"file_id": "F", "file_size": 9, "mime_type": "video/mp4"}
SIZES = [
    {"file_id": "small", "width": 90, "height": 90},
    {"file_id": "big", "width": 900, "height": 900, "file_size": 7},
]
KEYBOARD = {
    "inline_keyboard": [[{"text": "?", "url": "https://x.test"}], [{"text": "+", "callback_data": "add:TOKEN:"}]]
}

SPOKEN = [
    (message(text="by the bridge"), Text("by the bridge", "5")),
    (message(text="/etc/passwd"), Text("/etc/passwd", "5")),
    (command("/start abc-DEF_1", 6), Command("start", "abc-DEF_1", "5", tongue="tg")),
    (command("/CLAIM@Panah_bot  K7 Q2\n", 16), Command("claim", "K7 Q2", "5")),
    (command("/note", 5), Command("note", "", "5")),
    (message(text="／Queue@Panah_bot unclaimed ru"), Command("queue", "unclaimed ru", "5")),
    (message(text="⁄claim K7Q2XX"), Command("claim", "K7Q2XX", "5")),
    (message(text="∕next"), Command("next", "", "5")),
    (message(text="⧸help\nclaim"), Command("help", "claim", "5")),
    (message(text="⁄2 of it is gone"), Text("⁄2 of it is gone", "5")),
    (message(text="∕очередь"), Text("∕очередь", "5")),
    (message(text="it was ／queue"), Text("it was ／queue", "5")),
    (message(text="see /help", entities=[{"type": "bot_command", "offset": 4, "length": 5}]), Text("see /help", "5")),
    (message(text="yes", reply_to_message={"reply_markup": KEYBOARD}), Text("yes", "5", "TOKEN")),
    (message(text="copied", forward_origin={"type": "user", "sender_user": PERSON}), Text("copied", "5")),
    (message(photo=SIZES, caption="here"), Attachment(FileKind.PHOTO, "big", 7, "", "image/jpeg", "here", "5")),
    (message(document=FILE), Attachment(FileKind.DOCUMENT, "F", 9, "a.pdf", "application/pdf", "", "5")),
    (message(voice={"file_id": "F"}), Attachment(FileKind.VOICE, "F", message="5")),
    (message(audio={"file_id": "F"}), Attachment(FileKind.AUDIO, "F", message="5")),
    (message(video=CLIP), Attachment(FileKind.VIDEO, "F", 9, "", "video/mp4", "", "5")),
    (message(video_note={"file_id": "F"}), Attachment(FileKind.VIDEO, "F", message="5")),
    (message(animation=CLIP, document=CLIP), Attachment(FileKind.VIDEO, "F", 9, "", "video/mp4", "", "5")),
    (message(animation={"file_id": "G", "mime_type": "image/gif"}),
     Attachment(FileKind.DOCUMENT, "G", 0, "", "image/gif", "", "5")),
    (message(document={"file_id": "F", "file_size": 1 << 70}), Attachment(FileKind.DOCUMENT, "F", message="5")),
    (message(location={"latitude": 41.3, "longitude": 69.2}), Location("5", ("UZ",), "41.300000, 69.200000")),
    (message(location={"latitude": 30, "longitude": -40, "live_period": 60}),
     Location("5", (), "30.000000, -40.000000", True)),
    (message(location={"latitude": 91, "longitude": 0}), Unreadable("update")),
    (message(location={"latitude": "41", "longitude": 0}), Unreadable("update")),
    (message(venue={"title": "x"}, location={"latitude": 41.3, "longitude": 69.2}),
     Location("5", ("UZ",), "41.300000, 69.200000")),
    (message(sticker={"file_id": "F"}), Unreadable("sticker", "5")),
    (message(contact={"phone_number": "+1"}), Unreadable("contact", "5")),
    (message(hologram={"file_id": "F"}), Unreadable("message", "5")),
    (message(text=["not", "text"]), Unreadable("update")),
    (message(message_id="five", text="x"), Unreadable("update")),
    (message(text="half \ud83d a pair"), Text("half \ufffd a pair", "5")),
]  # fmt: skip


@pytest.mark.parametrize(("body", "event"), SPOKEN)
def test_a_message_becomes_an_event(body: dict[str, Any], event: Event) -> None:
    assert event_of("message", body) == event


IGNORED = [
    message(pinned_message={"message_id": 3}),
    message(message_auto_delete_timer_changed={"message_auto_delete_time": 86400}),
    {**message(text="hello all"), "chat": {"id": -100, "type": "supergroup"}},
    {**message(text="beep"), "from": {"id": 8, "is_bot": True}},
    {"text": "from nowhere"},
    "nonsense",
]


@pytest.mark.parametrize("body", IGNORED)
def test_what_no_person_said_to_us_is_passed_over(body: Any) -> None:
    assert event_of("message", body) is None


EDITS = [
    (message(text="on Tuesday"), Edited("on Tuesday", "5")),
    (message(photo=SIZES, caption="other"), Edited("other", "5")),
    (message(photo=SIZES), Unreadable("edit", "5")),
    (message(location={"latitude": 1, "longitude": 2}), None),
]


@pytest.mark.parametrize(("body", "event"), EDITS)
def test_an_edit_brings_the_new_words(body: dict[str, Any], event: Event | None) -> None:
    assert event_of("edited_message", body) == event


def press(data: Any, **carrier: Any) -> dict[str, Any]:
    own = {"id": 1, "is_bot": True, "first_name": "Panah"}
    return {
        "id": "Q1",
        "from": PERSON,
        "message": {"message_id": 6, "chat": CHAT, "from": own, **carrier},
        "data": data,
    }


PRESSES = [
    (press("go:back:p1"), Choice("go", "back", "p1", "6")),
    (press("go:back:p1", date=0), Choice("go", "back", "p1", "6")),
    (press("something else"), Unreadable("button", "6")),
    (press(7), Unreadable("update")),
    ({"id": "Q1", "from": PERSON, "inline_message_id": "I", "data": "go:back:p1"}, None),
]


@pytest.mark.parametrize(("body", "event"), PRESSES)
def test_a_press_becomes_a_choice(body: dict[str, Any], event: Event | None) -> None:
    assert event_of("callback_query", body) == event


def test_a_press_can_be_answered_even_when_it_means_nothing() -> None:
    assert press_id({"update_id": 1, "callback_query": {"id": "Q1"}}) == "Q1"
    assert press_id({"update_id": 1, "callback_query": {"id": 5}}) == ""
    assert press_id({"update_id": 1, "message": message(text="x")}) == ""


def test_two_bots_never_share_a_mark_or_an_address() -> None:
    update = {"update_id": 9001, "message": message(text="x")}
    front, desk = translate(update, "telegram"), translate(update, "desk")
    assert front and desk
    assert (front.mark, front.address) == ("telegram:9001", "telegram:77")
    assert (desk.mark, desk.address) == ("desk:9001", "desk:77")


def test_names_and_language_stay_outside() -> None:
    update = {"update_id": 1, "message": message(text="words", contact={"phone_number": "+998"})}
    arrival = translate(update, "telegram")
    assert arrival
    record = dump(arrival)
    assert b"words" in record
    for private in (b"Shirin", b"shirin_k", b"tg", b"+998"):
        assert private not in record.replace(b"telegram", b"")


def test_given_a_location_then_it_never_lies_readable_on_the_disk_and_nothing_else_of_the_place_comes_in() -> None:
    place = {"latitude": 41.3, "longitude": 69.2, "horizontal_accuracy": 7.5, "heading": 181}
    arrival = translate(
        {"update_id": 1, "message": message(location=place, venue={"address": "7 Rose St"})}, "telegram"
    )
    assert arrival and arrival.fleeting
    assert b"Rose" not in dump(arrival) and b"181" not in dump(arrival)


NAMES = st.sampled_from(
    ["update_id", "message", "edited_message", "callback_query", "chat", "from", "id", "type", "text", "message_id",
     "entities", "offset", "length", "photo", "file_id", "file_size", "document", "reply_to_message", "reply_markup",
     "inline_keyboard", "callback_data", "data", "caption", "location", "is_bot", "width"]
)  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.just(1 << 80)
    | st.text(st.characters(exclude_categories=())) | st.sampled_from(["private", "bot_command", "a:b:c"])
)  # fmt: skip
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=25
)


@given(ANYTHING)
def test_no_json_value_ever_raises(value: Any) -> None:
    assert translate(value, "telegram") is None or number(value) is not None
    press_id(value)


@given(st.sampled_from(["message", "edited_message", "callback_query"]), st.dictionaries(NAMES, ANYTHING, max_size=6))
def test_whatever_a_known_chat_sends_can_be_stored(kind: str, fields: dict[str, Any]) -> None:
    body = {**fields, "chat": CHAT, "from": PERSON}
    body = {**fields, "message": body, "from": PERSON} if kind == "callback_query" else body
    arrival = translate({"update_id": 1, kind: body}, "telegram")
    if arrival:
        assert load(Arrival, dump(arrival)) == arrival


@given(st.text(st.characters(exclude_categories=())))
def test_every_text_survives_the_way_through_json(text: str) -> None:
    update = json.loads(json.dumps({"update_id": 1, "message": message(text=text)}))
    arrival = translate(update, "telegram")
    assert arrival
    assert isinstance(arrival.event, Text)
    dump(arrival)
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert arrival.event.text == text
