"""Telling whoever watches a phone that something changed on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.chats import Chat
from bot.sandbox.messages import Message

Kind = Literal["message", "edit", "delete", "typing", "callback_answer"]


@dataclass(frozen=True, slots=True)
class Change:
    """One change in one chat. `note` is the text of a callback answer."""

    chat: Chat
    kind: Kind
    message: Message | None = None
    note: str = ""


Listener = Callable[[Change], None]


class Changes:
    """Listeners by phone; with none, publishing costs next to nothing."""

    def __init__(self) -> None:
        self._listeners: dict[int, list[Listener]] = {}

    def publish(self, change: Change) -> None:
        """Tell those who watch this phone, and those who watch all."""
        if self._listeners:
            for listener in (*self._listeners.get(change.chat.person.id, ()), *self._listeners.get(EVERYBODY, ())):
                listener(change)

    @contextmanager
    def heard_by(self, listener: Listener, phone: int) -> Iterator[None]:
        """Call `listener` for every change on `phone` (or `EVERYBODY`) while the block runs."""
        self._listeners.setdefault(phone, []).append(listener)
        try:
            yield
        finally:
            self._listeners[phone].remove(listener)
            if not self._listeners[phone]:
                del self._listeners[phone]


EVERYBODY = 0
"""No person has this id."""
