"""What the program knows about itself, and the database does not: handed to every batch."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from handlers.model import Address, Conversation, Desk, Door, Event, Message, Offset, Person, Wanted
from handlers.program import Program

Wants = Callable[[Event, Person, Conversation], Wanted]
"""Which of the things in a context a route needs (`handlers.wanted`)."""


def either_door(_address: Address) -> Door:
    """With one bot, everybody comes through the same door."""
    return Door.BOTH


@dataclass(frozen=True, slots=True)
class House:
    """`desk`: the settings in force; the state of the shift in it is filled in by the database.

    `label`: how a short message reads in a language. `offset`: how far a time zone is ahead of UTC at a time.
    """

    desk: Desk
    program: Program
    new_id: Callable[[], str]
    door: Callable[[Address], Door] = either_door
    label: Callable[[Message, str], str] = lambda message, language: message.id
    offset: Offset = lambda zone, at: timedelta()
