"""Numbers and addresses are noticed; ordinary stories are not."""

import pytest

from handlers.caution import Trace, traces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("write to me@example.org please", (Trace.MAIL,)),
        ("call +998 90 123-45-67", (Trace.PHONE,)),
        ("мой номер 8 (701) 123 45 67", (Trace.PHONE,)),
        ("passport AA1234567", (Trace.PAPER,)),
        ("паспорт 45 03 123456", (Trace.PAPER,)),
        ("AZE 12345678 and me@example.org", (Trace.MAIL, Trace.PAPER)),
        ("They came on 22.11.2026 at 14:05 and asked for 200 000 roubles", ()),
        ("Two men, a white car, three times this week", ()),
        ("", ()),
    ],
)
def test_given_a_text_when_it_is_looked_at_then_only_traces_of_a_person_are_noticed(text, expected):
    assert traces(text) == expected
