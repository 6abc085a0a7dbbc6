"""What comes instead of an event that could not be carried out."""

from bot.worker import OURS, _amends
from handlers.model import Address, Conversation, Text, Timer
from storage.transaction import Unit

CHAT = Address("case:1")


def test_given_a_timer_that_failed_too_often_then_it_comes_again_in_an_hour_and_nobody_is_told() -> None:
    (again,) = _amends(Unit(7, b"", CHAT, Timer("wait", "1"), Conversation(), 1, urgent=False, banned=False))
    assert (again.event, again.address, again.turn.after) == (Timer("wait", "1"), CHAT, 3600)


def test_given_words_that_failed_too_often_then_their_writer_is_told_at_once_and_only_once() -> None:
    (told,) = _amends(Unit(7, b"", CHAT, Text("help"), Conversation(), 1, urgent=False, banned=False))
    assert (told.event, told.turn.after) == (OURS, 0)
    assert _amends(Unit(8, b"", CHAT, OURS, Conversation(), 1, urgent=False, banned=False)) == []
