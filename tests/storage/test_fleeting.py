"""Which words are hidden from the disk: a passphrase of a member, all that nearly is one, and a reporter's code."""

import pytest

from bot.wordlists import code_words
from handlers.codes import spell
from handlers.model import Command, Edited, Event, MessageRef, Text
from storage.fleeting import holds_code, may_hold_passphrase
from storage.passphrase import new_passphrase

PASSPHRASE = new_passphrase()
WORDS = PASSPHRASE.split()
LISTS = code_words(("en", "ru"))
CODE = spell("00112233445566778899", LISTS["ru"])


@pytest.mark.parametrize(
    "event",
    [
        Text(PASSPHRASE),
        Text(PASSPHRASE.title()),
        Text("\n".join(WORDS)),
        Text(f"{', '.join(WORDS)}."),
        Text(" ".join(WORDS[:5])),
        Text(f"unlock {PASSPHRASE}"),
        Text(" ".join([*WORDS[:5], "зебра"])),
        Edited(PASSPHRASE, MessageRef("1")),
        Command("unlock", "anything"),
        Command("unlok", PASSPHRASE),
    ],
    ids=lambda event: type(event).__name__,
)
def test_given_a_passphrase_or_a_slip_of_the_thumb_then_it_is_hidden(event: Event) -> None:
    assert may_hold_passphrase(event)


@pytest.mark.parametrize(
    "text", ["", "yes", "Thank you, we have received it", "Я позвоню вам завтра в девять", "word " * 4000]
)
def test_given_ordinary_words_then_they_survive_the_process(text: str) -> None:
    assert not may_hold_passphrase(Text(text))


@pytest.mark.parametrize(
    "event", [Text(CODE), Text(CODE.upper()), Command("code", CODE), Edited(CODE, MessageRef("1"))]
)
def test_given_a_reporters_code_then_it_is_hidden(event: Event) -> None:
    assert holds_code(event, LISTS)


def test_given_eight_right_words_in_the_wrong_order_then_they_are_hidden_too() -> None:
    assert holds_code(Text(" ".join(reversed(CODE.split()))), LISTS)


@pytest.mark.parametrize(
    "text", ["", "they took my brother this morning near bridge", "ночью пришли и увезли брата в отдел полиции"]
)
def test_given_a_reporters_sentence_then_it_survives_the_process(text: str) -> None:
    assert not holds_code(Text(text), LISTS)
