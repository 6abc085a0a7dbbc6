"""What comes in from groups, and what is dropped there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.calls import chat_id, destination
from bot.telegram.groups import is_group
from bot.telegram.updates import translate
from handlers.model import Event, InGroup, Moved, Undelivered
from storage.records import dump

PERSON = {"id": 77, "is_bot": False, "first_name": "Shirin", "username": "shirin_k"}
GROUP = {"id": -100, "type": "supergroup", "title": "The team"}
HOME = "telegram:-100"


def message(text: str = "", length: int = 0, **fields: Any) -> dict[str, Any]:
    entities = [{"type": "bot_command", "offset": 0, "length": length or len(text.partition(" ")[0])}]
    shown = {"message_id": 5, "date": 1, "from": PERSON, "chat": GROUP, "text": text}
    return {**shown, **({"entities": entities} if text.startswith("/") else {}), **fields}


def heard(kind: str, body: Any) -> tuple[str, Event] | None:
    arrival = translate({"update_id": 9001, kind: body}, "telegram")
    return (arrival.address, arrival.event) if arrival else None


def said(name: str, arg: str = "", place: str = HOME) -> tuple[str, Event]:
    return "telegram:77", InGroup(name, arg, place, HOME, "5")


TOPIC = {"is_topic_message": True, "message_thread_id": 7}


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (message("/desk here"), said("desk", "here")),
        (message("/desk@panah_bot HERE"), said("desk", "here")),
        (message("/desk"), said("desk")),
        (message("/desk Rustam was here"), said("desk")),
        (message("/start@panah_bot here"), said("desk", "here")),
        (message("/desk here", **TOPIC), said("desk", "here", f"{HOME}/7")),
        (message("/desk here", message_thread_id=7), said("desk", "here")),
        (message("/unlock river stone lamp"), said("unlock")),
    ],
)
def test_a_command_meant_for_us_comes_from_its_writers_own_chat(body: dict[str, Any], event: Any) -> None:
    assert heard("message", body) == event


ANONYMOUS = {"from": {"id": 1087968824, "is_bot": True}, "sender_chat": GROUP}


def test_what_is_asked_in_the_groups_name_comes_from_the_group_for_nobody_knows_who_it_was() -> None:
    asked = message("/desk here", **ANONYMOUS, **TOPIC)
    assert heard("message", asked) == (HOME, InGroup("anonymous", "", f"{HOME}/7", HOME))
    for other in ("/desk", "/unlock river stone lamp", "/queue", "hello"):
        assert heard("message", message(other, **ANONYMOUS)) is None
    channel = {**ANONYMOUS, "sender_chat": {"id": -200, "type": "channel"}}
    assert heard("message", message("/desk here", **channel)) is None


def test_a_passphrase_that_comes_by_an_edit_is_noticed_and_nothing_else_of_edits() -> None:
    assert heard("edited_message", message("/unlock river stone")) == said("unlock")
    assert heard("edited_message", message("/desk here")) is None


@pytest.mark.parametrize(
    "body",
    [
        message("hello, Rustam was named"),
        message("/queue"),
        message("/start"),
        message("/unlock"),
        message("/case ABCDEF"),
        message("", photo=[{"file_id": "F"}], caption="a face"),
        message("/desk here", **{"from": {"id": 8, "is_bot": True}}),
        message("/desk here", chat={"id": -5, "type": "channel"}),
        message("", forum_topic_closed={}),
        message("", new_chat_title="Rustam"),
        {"chat": GROUP},
        {**message("/desk here"), "from": {"id": 1 << 70}},
    ],
)
def test_everything_else_that_is_said_in_a_group_is_dropped(body: dict[str, Any]) -> None:
    assert heard("message", body) is None


def test_no_word_of_anybody_comes_through() -> None:
    arrivals = [
        translate({"update_id": 1, "message": body}, "telegram")
        for body in (message("/desk Rustam"), message("/unlock river stone lamp"))
    ]
    stored = b"".join(dump(arrival) for arrival in arrivals if arrival)
    assert not any(word in stored for word in (b"Rustam", b"river", b"Shirin", b"shirin_k", b"The team"))


@pytest.mark.parametrize(
    ("data", "event"),
    [
        ("claim:abc:", said("claim", "abc")),
        ("open:abc:", None),
        ("erase:abc:", None),
        ("lang:ru:", None),
        ("nonsense", None),
    ],
)
def test_of_presses_in_a_group_only_claims_count(data: str, event: Any) -> None:
    assert heard("callback_query", {"id": "1", "from": PERSON, "message": message("card"), "data": data}) == event


@pytest.mark.parametrize(
    ("standing", "event"),
    [
        ({"status": "kicked"}, Undelivered("removed")),
        ({"status": "left"}, Undelivered("removed")),
        ({"status": "restricted", "can_send_messages": False}, Undelivered("removed")),
        ({"status": "restricted", "can_send_messages": True}, None),
        ({"status": "member"}, None),
        ({"status": "administrator"}, None),
    ],
)
def test_being_put_out_is_told_and_coming_in_is_not(standing: dict[str, Any], event: Any) -> None:
    body = {"chat": GROUP, "from": PERSON, "new_chat_member": standing}
    assert heard("my_chat_member", body) == (event and (HOME, event))
    assert heard("my_chat_member", {**body, "chat": {"id": 77, "type": "private"}}) is None


def test_a_group_that_moves_and_a_topic_that_closes_are_told() -> None:
    assert heard("message", message(migrate_to_chat_id=-200)) == (HOME, Moved("telegram:-200"))
    assert heard("message", message(forum_topic_closed={}, **TOPIC)) == (f"{HOME}/7", Undelivered("closed"))


def test_an_address_of_a_topic_leads_into_it() -> None:
    assert destination("telegram:-100/7", "telegram") == {"chat_id": -100, "message_thread_id": 7}
    assert destination("telegram:-100", "telegram") == {"chat_id": -100}
    assert chat_id("telegram:-100/7", "telegram") == -100
    assert [is_group(each) for each in ("telegram:-100/7", "telegram:77", "case:-x", "desk:-1")] == [
        True,
        False,
        True,
        True,
    ]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["supergroup", "/unlock x", "claim:a:b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member"]),
    st.dictionaries(st.sampled_from(["message", "from", "data", "new_chat_member", "text", "entities"]), ANYTHING),
)
def test_nothing_of_a_group_raises(kind: str, fields: dict[str, Any]) -> None:
    translate({"update_id": 1, kind: {"message_id": 5, "chat": GROUP, "from": PERSON, **fields}}, "telegram")
