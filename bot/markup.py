"""Templates: a catalogue text taken apart, once, into literals and placeholders with their styles.

Only catalogue texts come here. What a person wrote is a parameter and is never parsed.
"""

import re
from functools import lru_cache
from typing import NamedTuple

TAGS = {"b": "bold", "i": "italic", "code": "code"}
"""The whole markup: tag in a catalogue -> style of a span."""

TAG = re.compile(r"<(/?)(b|i|code)>")
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_PIECE = re.compile(rf"{TAG.pattern}|{PLACEHOLDER.pattern}")


class Literal(NamedTuple):
    """Words of ours, as they stand."""

    text: str


class Hole(NamedTuple):
    """Where a parameter goes."""

    name: str


class Open(NamedTuple):
    """A style begins."""

    style: str


class Close(NamedTuple):
    """The style opened last ends. (Catalogues nest their tags properly: `bot.catalogues` checks it.)"""


Piece = Literal | Hole | Open | Close


@lru_cache(maxsize=8192)
def parse(text: str) -> tuple[Piece, ...]:
    """Take a catalogue text apart. Anything that is neither a known tag nor a placeholder is a literal."""
    pieces: list[Piece] = []
    end = 0
    for match in _PIECE.finditer(text):
        if match.start() > end:
            pieces.append(Literal(text[end : match.start()]))
        pieces.append(_piece(match))
        end = match.end()
    if end < len(text):
        pieces.append(Literal(text[end:]))
    return tuple(pieces)


def _piece(match: re.Match[str]) -> Piece:
    slash, tag, name = match.groups()
    if name:
        return Hole(name)
    return Close() if slash else Open(TAGS[tag])
