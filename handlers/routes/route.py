"""One row of the table, and the two shapes in which rows come in pairs."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from handlers import wants
from handlers.model import Choice, Command, Context, Conversation, Outcome, Person, Step
from handlers.permissions import Action, granted
from handlers.wants import Wants, nothing

Handler = Callable[[Any, Context], Outcome]

ANY = "*"
"""Stands for every name of an event."""


class Route(Struct, frozen=True):
    """One row. `needs` has no default; `wants` says what must be at hand before `handler` is called."""

    event: type
    name: str
    handler: Handler
    needs: Action
    steps: frozenset[Step] = frozenset()
    wants: Wants = nothing

    def fits(self, person: Person, conversation: Conversation) -> bool:
        """Whether this row is for this person at this step."""
        return (not self.steps or conversation.step in self.steps) and granted(person, self.needs)


def at(*steps: Step) -> frozenset[Step]:
    return frozenset(steps)


def both(name: str, handler: Handler, needs: Action, wants: Wants = nothing) -> tuple[Route, Route]:
    """A command, and the button that means the same."""
    return Route(Command, name, handler, needs, wants=wants), Route(Choice, name, handler, needs, wants=wants)


def of_case(
    name: str, handler: Handler, needs: Action, *, parts: bool = False, team: bool = False
) -> tuple[Route, Route]:
    """A command that names a case by its reference, and the button that names it by its id."""
    typed, pressed = (wants.case(find, parts=parts, team=team) for find in (wants.arg_ref, wants.arg_id))
    return Route(Command, name, handler, needs, wants=typed), Route(Choice, name, handler, needs, wants=pressed)
