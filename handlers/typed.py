"""What was typed where a button was expected: labels and countries, in any of our scripts and keyboards."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping

from handlers.model import Button, Message

SHORTEST_PREFIX = 3
"""Letters from which the beginning of a country's name is enough."""
NAME_WORDS = 4
"""The longest name of a country that is looked up: a longer text is a story, not a name."""
MOST_OFFERED = 6
"""Countries offered when several begin like that: one screen of a phone."""

_APOSTROPHES = dict.fromkeys(map(ord, "'`‘’ʻʼ´"), None)
_TURKIC = {ord("İ"): "i", ord("ı"): "i", ord("I"): "i"}
"""Azerbaijani has two letters i; Python's `lower` makes two code points of one of them. Here they count as one."""


def plain(text: str) -> str:
    """A text as it is compared: without case, apostrophes, marks and outer signs."""
    folded = unicodedata.normalize("NFKC", text).translate(_TURKIC).casefold().translate(_APOSTROPHES)
    words = "".join(letter if letter.isalnum() else " " for letter in folded.replace("ё", "е"))
    return " ".join(words.split())


def meant(text: str, buttons: Iterable[Button], label: Callable[[Message], str]) -> Button | None:
    """The button whose label was typed; None when none was, or when two could be meant."""
    wanted = plain(text)
    hits = [each for each in buttons if wanted and plain(label(each.label)) == wanted]
    return hits[0] if len(hits) == 1 else None


def countries(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """The countries that may be meant, by `names` (plain name in any language -> code): one when it is clear."""
    wanted = plain(text)
    if wanted in names:
        return (names[wanted],)
    if len(wanted) < SHORTEST_PREFIX:
        return ()
    found = dict.fromkeys(code for name, code in sorted(names.items()) if name.startswith(wanted))
    return tuple(found)[:MOST_OFFERED]
