"""What to say, before it has a language."""

from datetime import datetime

from msgspec import field

from handlers.model.ids import PromptId, Tagged, Value


class Country(Tagged, frozen=True):
    """A country by its ISO 3166-1 alpha-2 code; shown by its name in the reader's language."""

    code: str


class Moment(Tagged, frozen=True):
    """A time, shown by the reader's own clock where their time zone is known (`Member.zone`), else in UTC.

    `bare`: in a list whose head says by which clock.
    """

    at: datetime
    bare: bool = False


class Day(Tagged, frozen=True):
    """The day of a time, shown in the reader's language."""

    at: datetime


class Zone(Tagged, frozen=True):
    """A time zone (`handlers.model.Hours`), shown by its city in the reader's language."""

    name: str


class Span(Tagged, frozen=True):
    """A length of time in minutes, shown in the coarsest unit that fits."""

    minutes: int


class Message(Tagged, frozen=True):
    """What to say: a catalogue id, its parameters, lines below it, and buttons.

    A `str` parameter is somebody's own text and is shown to the letter, never read as markup.
    `count` picks the plural form. `protect` asks the messenger to refuse forwarding and saving.
    """

    id: str
    params: "dict[str, Param]" = field(default_factory=dict)
    lines: "tuple[Message, ...]" = ()
    choices: "tuple[tuple[Button, ...], ...]" = ()
    count: int | None = None
    protect: bool = False


Param = str | int | Country | Moment | Day | Zone | Span | Message


class Button(Value, frozen=True):
    """A press comes back as `Choice(verb, arg, prompt)`. A verb has at most 12 ASCII characters, an arg 22."""

    label: Message
    verb: str
    arg: str = ""
    prompt: PromptId = PromptId("")


TOKEN_VERBS = frozenset({"add", "status", "erase"})
"""Verbs whose arg is the `Token` of a case: an adapter finds them under a message that is replied to."""
