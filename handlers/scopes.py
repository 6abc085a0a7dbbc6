"""Whom an advisory concerns: the parts of a scope, what can be chosen in each, and how that reads.

Readers who say what they want and admins who say whom they tell choose from the same lists, and meet in one rule.
"""

from msgspec.structs import replace

from handlers import cards
from handlers.model import Button, Message, Scope
from handlers.program import Program
from handlers.speech import Rows, grid

PARTS = ("host", "origin", "topic")
"""In the order of asking."""
OTHER = "other"
"""A home state that has no button."""
WIDTH = {"host": 3, "origin": 2, "topic": 1}
"""Buttons in a row."""


def meet(one: Scope, other: Scope) -> bool:
    """Whether both have something in common in every part that neither leaves open."""
    pairs = ((values(one, part), values(other, part)) for part in PARTS)
    return all(not mine or not theirs or not set(mine).isdisjoint(theirs) for mine, theirs in pairs)


def values(scope: Scope, part: str) -> tuple[str, ...]:
    """What is chosen in a part; nothing stands for everything."""
    chosen: tuple[str, ...] = getattr(scope, part)
    return chosen


def put(scope: Scope, part: str, *chosen: str) -> Scope:
    """The scope with exactly this chosen in a part."""
    return replace(scope, **{part: chosen})


def toggled(scope: Scope, part: str, value: str) -> Scope:
    """One value more, or one less."""
    chosen = values(scope, part)
    rest = tuple(other for other in chosen if other != value)
    return put(scope, part, *(rest if value in chosen else (*chosen, value)))


def knows(program: Program, part: str, value: str) -> bool:
    """Whether this can be chosen in a part: any country, offered as a button or not."""
    return value in (program.countries if part == "host" else offered(program, part))


def offered(program: Program, part: str) -> tuple[str, ...]:
    """What has a button, likeliest first."""
    lists = {"host": program.hosts, "origin": (*program.origins, OTHER), "topic": program.topics}
    return lists[part]


def options(program: Program, scope: Scope, part: str, verb: str) -> Rows:
    """A button for everything that is offered or chosen; what is chosen is marked."""
    chosen = values(scope, part)
    every = dict.fromkeys((*offered(program, part), *chosen))
    return grid(tuple(_option(part, value, value in chosen, verb) for value in every), WIDTH[part])


def _option(part: str, value: str, marked: bool, verb: str) -> Button:
    label = cards.chosen(part, value)
    return Button(Message("option.marked", {"option": label}) if marked else label, verb, value)


def lines(scope: Scope) -> tuple[Message, ...]:
    """The whole scope, one part on a line."""
    return tuple(_line(part, values(scope, part)) for part in PARTS)


def _line(part: str, chosen: tuple[str, ...]) -> Message:
    said = cards.joined(tuple(cards.chosen(part, value) for value in chosen)) if chosen else Message("scope.any")
    return Message("answer.line", {"question": Message(f"scope.{part}"), "answer": said})
