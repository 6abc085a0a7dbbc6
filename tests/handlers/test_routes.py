"""The table of routes as a whole: whatever anybody does, at whatever step, some row answers."""

import pytest

from handlers.decision import find
from handlers.model import (
    Address,
    Attachment,
    Choice,
    Command,
    Conversation,
    FileKind,
    FileRef,
    Location,
    MessageRef,
    Person,
    Role,
    Step,
    Text,
    Unreadable,
)
from handlers.routes.members import SPOKEN

SAID = (
    Command("nonsense"),
    Choice("nonsense"),
    Text("words"),
    Attachment(FileKind.PHOTO, FileRef("f")),
    Location(MessageRef("1")),
    Unreadable("contact"),
)


def test_what_is_said_here_is_everything_that_waits_for_an_answer():
    assert {type(event) for event in SAID} == set(SPOKEN)


@pytest.mark.parametrize("language", ["", "tg"])
@pytest.mark.parametrize("role", Role)
def test_given_anybody_at_any_step_when_they_do_anything_then_some_row_answers(role: Role, language: str):
    person = Person(Address("telegram:1"), role=role)
    met = ((event, Conversation(step=step, language=language)) for event in SAID for step in Step)
    assert [(event, chat.step) for event, chat in met if find(event, person, chat) is None] == []
