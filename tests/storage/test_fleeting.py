"""Which words of a member are hidden from the disk: a passphrase, and all that nearly is one."""

import pytest

from handlers.model import Command, Edited, Event, MessageRef, Text
from storage.fleeting import may_hold_passphrase
from storage.passphrase import new_passphrase

PASSPHRASE = new_passphrase()
WORDS = PASSPHRASE.split()


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
