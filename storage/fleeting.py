"""Which events carry a passphrase or a code, and so must not be readable on disk once this process has ended."""

import re
from collections.abc import Mapping

from handlers import codes
from handlers.model import Command, Edited, Enrolled, Event, Rewrapped, Text
from storage.passphrase import WORDS, is_word

_LONGEST = 120
"""Characters: six of the longest words are 59."""
_NEARLY = 2
"""Words that may be wrong, missing or too many: a slip of the thumb still gives nearly everything away."""
_SIX_WORDS = re.compile(r"\s*(?:/unlock\s+)?[a-z-]+(?:\s+[a-z-]+){5}\s*", re.ASCII | re.IGNORECASE)


def holds_passphrase(event: Event) -> bool:
    """A new passphrase of our own making."""
    return isinstance(event, Enrolled | Rewrapped)


def may_hold_passphrase(event: Event) -> bool:
    """What is a passphrase, should a member have said it: `/unlock …`, six words and nothing else, or nearly that.

    In a reporter's chat six words are just six words: ask only about members.
    """
    match event:
        case Command(name="unlock", args=args):
            return bool(args)
        case Command(args=text) | Text(text=text) | Edited(text=text):
            return len(text) <= _LONGEST and (_SIX_WORDS.fullmatch(text) is not None or _nearly(text))
        case _:
            return False


def holds_code(event: Event, words: Mapping[str, tuple[str, ...]]) -> bool:
    """A reporter's code, typed, by the lists that codes are spelled with; all eight words of a list are enough.

    Not what only nearly is a code: in a reporter's chat that may be the sentence of a report, and must not be lost.
    """
    match event:
        case Command(name="code", args=text) | Text(text=text) | Edited(text=text):
            return isinstance(found := codes.read(text, words), str) or found == codes.Mistyped()
        case _:
            return False


def _nearly(text: str) -> bool:
    if abs(text.count(" ") + 1 - WORDS) > _NEARLY:
        return False
    typed = [word.strip("/.,;:!?\"'()") for word in text.casefold().split()]
    right = sum(map(is_word, typed))
    return right >= WORDS - _NEARLY
