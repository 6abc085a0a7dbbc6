"""People type what they could have pressed, on whatever keyboard they have."""

import pytest

from handlers.model import Button, Message
from handlers.typed import countries, meant, plain

LABELS = {"a": "Oʻtkazish", "b": "Ha", "c": "İndi"}
BUTTONS = tuple(Button(Message(id), "press", id) for id in LABELS)
NAMES = {
    plain(name): code
    for name, code in {
        "Germany": "DE",
        "Германия": "DE",
        "Deutschland": "DE",
        "Oʻzbekiston": "UZ",
        "Ўзбекистон": "UZ",
        "United States": "US",
        "United Kingdom": "GB",
        "United Arab Emirates": "AE",
    }.items()
}


@pytest.mark.parametrize(
    ("typed", "pressed"),
    [
        ("o'tkazish", "a"),
        ("O‘TKAZISH!", "a"),
        ("ha", "b"),
        ("indi", "c"),
        ("INDI", "c"),
        ("ındı", "c"),
        ("no", None),
        ("", None),
    ],
)
def test_given_a_label_typed_by_hand_when_compared_then_the_button_is_meant(typed, pressed):
    found = meant(typed, BUTTONS, lambda message: LABELS[message.id])
    assert (found.arg if found else None) == pressed


def test_given_two_buttons_that_read_alike_when_typed_then_none_is_guessed():
    twins = (Button(Message("b"), "x"), Button(Message("b"), "y"))
    assert meant("ha", twins, lambda message: LABELS[message.id]) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("germany", ("DE",)),
        ("ГЕРМ", ("DE",)),
        ("o'zbekiston", ("UZ",)),
        ("Ўзб", ("UZ",)),
        ("united", ("AE", "GB", "US")),
        ("un", ()),
        ("Atlantis", ()),
        ("", ()),
    ],
)
def test_given_a_country_typed_when_looked_up_then_the_likely_ones_are_found(typed, found):
    assert countries(typed, NAMES) == found
