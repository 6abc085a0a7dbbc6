"""A reporter's code: eight words that lead back to a case from any chat.

80 random bits and 8 check bits, as eight words of a list of 2,048 (BIP 39's English and Russian lists). The words are
a spelling: what leads to the case is the number behind them, so a code can be read back in whichever list it was given.
Nobody can guess 80 bits; the check tells a mistyped code from an unknown one, and a word in no list is named.
"""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

ENTROPY_BYTES = 10
WORDS = 8
BITS_PER_WORD = 11
LONGEST = 200
"""Characters: eight of the longest words are 71, and whatever stands between them."""
PREFIX = 4
"""In each list, four letters tell any two words apart: more than that may be left out."""


class Mistyped(Struct, frozen=True):
    """Looks like a code, but is none: `word` is in no list; empty when all are and the check still fails."""

    word: str = ""


def new_code(fresh: str) -> str:
    """The canonical code (hex) in 128 fresh random bits, given as 22 URL-safe characters."""
    return urlsafe_b64decode(fresh + "==")[:ENTROPY_BYTES].hex()


def spell(code: str, words: tuple[str, ...]) -> str:
    """The code in words of one list."""
    entropy = bytes.fromhex(code)
    number = int.from_bytes(entropy + _check(entropy), "big")
    shifts = range(BITS_PER_WORD * (WORDS - 1), -1, -BITS_PER_WORD)
    return " ".join(words[number >> shift & (2**BITS_PER_WORD - 1)] for shift in shifts)


def read(text: str, lists: Mapping[str, tuple[str, ...]]) -> str | Mistyped | None:
    """The canonical code in what somebody typed; None when it doesn't look like one at all."""
    typed = _normalise(text).split() if len(text) <= LONGEST else []
    if len(typed) != WORDS:
        return None
    best = max((_indices(typed, words) for words in dict.fromkeys(lists.values())), key=_known, default=[])
    known = _known(best)
    if known < WORDS // 2:
        return None
    if known < WORDS:
        return Mistyped(next(word for word, index in zip(typed, best, strict=True) if index is None))
    return _decode([index for index in best if index is not None])


def _check(entropy: bytes) -> bytes:
    return hashlib.sha256(b"panah code" + entropy).digest()[:1]


def _normalise(text: str) -> str:
    cleaned = "".join(letter if letter.isalpha() else " " for letter in text.casefold())
    return cleaned.replace("ё", "е")


def _indices(typed: list[str], words: tuple[str, ...]) -> list[int | None]:
    return [_index(word, words, _prefixes(words)) for word in typed]


@lru_cache(maxsize=8)
def _prefixes(words: tuple[str, ...]) -> dict[str, int]:
    return {_normalise(word)[:PREFIX]: index for index, word in enumerate(words)}


def _index(word: str, words: tuple[str, ...], prefixes: dict[str, int]) -> int | None:
    index = prefixes.get(word[:PREFIX])
    return index if index is not None and _normalise(words[index]).startswith(word) else None


def _known(indices: list[int | None]) -> int:
    return sum(index is not None for index in indices)


def _decode(indices: list[int]) -> str | Mistyped:
    number = 0
    for index in indices:
        number = number << BITS_PER_WORD | index
    raw = number.to_bytes(ENTROPY_BYTES + 1, "big")
    entropy, check = raw[:ENTROPY_BYTES], raw[ENTROPY_BYTES:]
    return entropy.hex() if check == _check(entropy) else Mistyped()
