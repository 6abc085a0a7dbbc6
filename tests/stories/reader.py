"""Somebody who can read one language and knows nothing of ours: says which texts of a catalogue a message is made of.

What can't be read is a fault: a leftover of another language, an id, a placeholder.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from bot.i18n import Catalogue, catalogues
from bot.languages import LANGUAGES
from bot.markup import Hole, Literal, parse
from bot.sandbox import ChatMessage
from tests.stories.witness import IDS

OWN_NAMES = frozenset(language.name for language in LANGUAGES)
CHOSEN = "✓ "
"""Before a chosen option."""
TIME = re.compile(r"\d\d:\d\d")
"""What a clock shows: the same in every language."""
COUNTS = (1, 2, 5)
"""Numbers that between them need every plural form of the seven languages."""


class Unread(AssertionError):
    """A message that is not made of texts of the reader's language. Shows the made-up words of a test."""


@dataclass(frozen=True)
class Reader:
    """Reads one language."""

    catalogue: Catalogue

    def ids(self, message: ChatMessage) -> list[str]:
        """The texts that a message is made of, in order. Raises Unread."""
        found = self._read(message.text)
        if found is None:
            raise Unread(f"{self.catalogue.code} can't read: {message.text!r}")
        return found

    def check_buttons(self, message: ChatMessage) -> None:
        """Each label is one of this language's. Raises Unread."""
        for label in (button.text for row in message.buttons for button in row):
            known = label.removeprefix(CHOSEN) in OWN_NAMES | self._countries or TIME.fullmatch(label)
            if not known and not any(pattern.fullmatch(label) for pattern in self._labels):
                raise Unread(f"{self.catalogue.code} can't read the button {label!r}")

    def label(self, id: str) -> str:
        """What a button is called here."""
        return self.catalogue.text(id)

    @cache  # noqa: B019 - readers live as long as the tests
    def _read(self, text: str) -> list[str] | None:
        """The longest texts first; a text ends where a line ends."""
        if not text:
            return []
        for id, pattern in self._shapes:
            for end in _ends(pattern, text):
                rest = self._read(text[end + 1 :])
                if rest is not None:
                    return [id, *rest]
        return None

    @cached_property
    def _shapes(self) -> list[tuple[str, re.Pattern[str]]]:
        every = {(id, text) for id in IDS for text in self._texts(id)}
        ordered = sorted(every, key=lambda each: -len(_literal(each[1])))
        return [(id, re.compile(_pattern(text))) for id, text in ordered if _literal(text).strip()]

    @cached_property
    def _countries(self) -> frozenset[str]:
        """Every country that this language has a name for."""
        codes = (code for code in self.catalogue.locale.territories if len(code) == 2 and code.isalpha())
        return frozenset(self.catalogue.country(code) for code in codes)

    @cached_property
    def _labels(self) -> list[re.Pattern[str]]:
        ids = [id for id in IDS if id.startswith(("button.", "option.", "category.")) or id.endswith(".short")]
        return [re.compile(_pattern(text)) for id in ids for text in self._texts(id)]

    def _texts(self, id: str) -> set[str]:
        return {self.catalogue.text(id), *(self.catalogue.text(id, count) for count in COUNTS)}


def _ends(pattern: re.Pattern[str], text: str) -> Iterator[int]:
    """Where the text may end: at the end of any line, the nearest first."""
    for match in re.finditer(r"$", text, re.MULTILINE):
        if pattern.fullmatch(text, 0, match.start()):
            yield match.start()


def _literal(text: str) -> str:
    return "".join(piece.text for piece in parse(text) if isinstance(piece, Literal))


def _pattern(text: str) -> str:
    pieces = (piece for piece in parse(text) if isinstance(piece, Literal | Hole))
    return "".join(re.escape(piece.text) if isinstance(piece, Literal) else "(.+?)" for piece in pieces)


@cache
def reader(code: str) -> Reader:
    """Who reads this language."""
    return Reader(catalogues()[code])
