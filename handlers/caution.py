"""What somebody may not have meant to write: numbers and addresses by which a person can be found.

Looked for so that its writer can be warned once, and for nothing else: the level of a report never depends on words.
The rules are coarse on purpose. A warning too many costs a glance; it never blocks and never names what it found.
"""

import re
from enum import StrEnum


class Trace(StrEnum):
    """The kinds of traces that are noticed."""

    MAIL = "mail"
    PHONE = "phone"
    PAPER = "paper"


# Begun only where a name begins, and bounded: else a message of 4,096 letters would take a third of a second.
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.\w[\w.-]{0,255}")
# Nine digits or more, as they are written: +998 90 123-45-67, (8) 701 123 45 67. Shorter ones are dates and sums.
_PHONE = re.compile(r"\+?\(?\d(?:[\s().-]{0,2}\d){8,14}")
# One to three capitals and six to nine digits, or the reverse: the passports of all five states and most others.
_PAPER = re.compile(r"\b[A-ZА-ЯЁ]{1,3}[\s№-]{0,2}\d{6,9}\b|\b\d{2}[\s-]?\d{2}[\s-]?\d{6}\b")

_RULES = ((Trace.MAIL, _MAIL), (Trace.PAPER, _PAPER), (Trace.PHONE, _PHONE))


def traces(text: str) -> tuple[Trace, ...]:
    """Which kinds stand in a text, each once; what one rule took is not looked at by the next."""
    found = []
    for kind, rule in _RULES:
        text, hits = rule.subn(" ", text)
        if hits:
            found.append(kind)
    return tuple(found)
