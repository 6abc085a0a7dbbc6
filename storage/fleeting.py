"""Which events carry a passphrase, and so must not be readable on disk once this process has ended."""

import re

from handlers.model import Command, Enrolled, Event, Text

_SIX_WORDS = re.compile(r"\s*(?:/unlock\s+)?[a-z-]+(?:\s+[a-z-]+){5}\s*", re.ASCII | re.IGNORECASE)


def holds_passphrase(event: Event) -> bool:
    """A new passphrase of our own making."""
    return isinstance(event, Enrolled)


def may_hold_passphrase(event: Event) -> bool:
    """What is a passphrase, should a member have said it: `/unlock …`, or six words and nothing else.

    In a reporter's chat six words are just six words: ask only about members.
    """
    match event:
        case Command(name="unlock", args=args):
            return bool(args)
        case Text(text=text):
            return bool(_SIX_WORDS.fullmatch(text))
        case _:
            return False
