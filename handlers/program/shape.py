"""What a program consists of. Every text is a message id that follows from an id here."""

from datetime import date
from enum import StrEnum
from itertools import chain
from typing import Literal

from msgspec import Struct, field

from handlers.program.facts import is_country

LevelName = Literal["P1", "P2", "P3", "P4"]
"""The name of a `handlers.model.Level`; the model imports this package, so the name stands for it here."""


class Kind(StrEnum):
    """How a question is answered."""

    CHOICE = "choice"
    MULTI = "multi"
    COUNTRY = "country"
    WORDS = "words"
    """Own words, as many messages as the person likes."""


class Question(Struct, frozen=True):
    """One question. `options` are the values of its buttons, in the order shown.

    `source` names the list of the taxonomy that its options begin with. `alone` are the options of a multiple choice
    that exclude all others; `most` limits how many may be chosen (0: no limit).
    """

    id: str
    kind: Kind
    options: tuple[str, ...] = ()
    source: Literal["", "categories", "origins", "hosts"] = ""
    skippable: bool = True
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)
    alone: tuple[str, ...] = ()
    most: int = 0

    def label_id(self, value: str) -> str:
        """The message id of an option's label; a country is named by the message `country` and its code."""
        if is_country(value):
            return "country"
        return f"category.{value}" if self.source == "categories" else f"option.{self.id}.{value}"

    def messages(self) -> tuple[str, ...]:
        own = (f"question.{self.id}", f"question.{self.id}.why", f"question.{self.id}.short")
        return (*own, *(self.label_id(option) for option in self.options))


class Floor(Struct, frozen=True):
    """A case is at least this urgent when `when` holds, or when fewer than `fewer` of the conditions in `of` hold."""

    rule: str
    level: LevelName
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fewer: int = 0
    of: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Circle(StrEnum):
    """Who hears of a case that waits. Each is called in addition to those before."""

    HOLDER = "holder"
    """Its holder; everybody on duty when nobody holds it."""
    SECOND = "second"
    """One more of those on duty."""
    DUTY = "duty"
    ADMINS = "admins"


class Clock(Struct, frozen=True):
    """How long a case of a level may wait, in minutes: for an answer (`reply`), and what follows while there is none.

    `remind` calls its holder or those on duty, as often as it has numbers; `second`, `duty` and `admins` each call one
    circle more (0: never). `idle`: how long its holder may do nothing once it is answered.
    """

    reply: int
    idle: int
    admins: int
    remind: tuple[int, ...] = ()
    second: int = 0
    duty: int = 0

    def steps(self) -> tuple[tuple[int, Circle], ...]:
        """Minutes after it began to wait, and whom that step calls."""
        once = ((self.second, Circle.SECOND), (self.duty, Circle.DUTY), (self.admins, Circle.ADMINS))
        return tuple(sorted((*((at, Circle.HOLDER) for at in self.remind), *(step for step in once if step[0]))))


class Bullet(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of guidance. One that is shown only when `emergency` is "yes" may name the host's numbers."""

    id: str
    when: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def names_numbers(self) -> bool:
        return self.when.get("emergency") == ("yes",)


class Block(Struct, frozen=True):
    """What may be told before a human answers, who stands for it and until when. `sources` are shown to the reader."""

    id: str
    when: dict[str, tuple[str, ...]]
    bullets: tuple[Bullet, ...]
    sources: tuple[str, ...]
    authority: str
    reviewed_on: date
    expires: date

    def messages(self) -> tuple[str, ...]:
        return (f"guidance.{self.id}", *(f"guidance.{self.id}.{bullet.id}" for bullet in self.bullets))

    def naming_numbers(self) -> tuple[str, ...]:
        """The ids of its lines that may name emergency numbers: the only ones with parameters."""
        return tuple(f"guidance.{self.id}.{bullet.id}" for bullet in self.bullets if bullet.names_numbers)


READ = "read"
"""The ready answer that says no more than that a person has read the report."""


class Answer(Struct, frozen=True):
    """An answer that need not be written. Without categories it fits every report; `sources` stand for its facts."""

    id: str
    categories: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def fits(self, category: str) -> bool:
        return not self.categories or category in self.categories

    def messages(self) -> tuple[str, str]:
        return f"ready.{self.id}", f"button.ready.{self.id}"


class Program(Struct, frozen=True):
    """One whole program.

    `topics` are what advisories are about, `hosts` are offered as buttons, `countries` are all that may be typed,
    `groups` are lists of countries that decide rules (`cooperating`, `rule39`), `emergency` are the numbers of each
    country; `answers` are those that the desk need not write. `facts` is what triage knows of, `points` is fact ->
    value -> points, `bands` is level -> its lowest score.
    """

    version: str
    questions: tuple[Question, ...]
    categories: tuple[str, ...]
    topics: tuple[str, ...]
    origins: tuple[str, ...]
    hosts: tuple[str, ...]
    countries: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    facts: dict[str, tuple[str, ...]]
    floors: tuple[Floor, ...]
    points: dict[str, dict[str, int]]
    bands: dict[LevelName, int]
    clocks: dict[LevelName, Clock]
    guidance: tuple[Block, ...]
    emergency: dict[str, tuple[str, ...]]
    answers: tuple[Answer, ...]
    checklists: dict[str, tuple[str, ...]]

    @property
    def lists(self) -> dict[str, tuple[str, ...]]:
        """The lists of countries that are facts about the host: each group, and where `emergency` numbers are known."""
        return {**self.groups, "emergency": tuple(self.emergency)}

    @property
    def cooperating(self) -> tuple[str, ...]:
        """Hosts whose authorities are known to act for the origin states: tightens rules, is never shown to anybody."""
        return self.groups.get("cooperating", ())

    def question(self, id: str) -> Question | None:
        """The question of that id, if this program has it."""
        return next((question for question in self.questions if question.id == id), None)

    def rules(self) -> tuple[str, ...]:
        """Every rule id that a triage can name: floors as they are, facts that add points as "+fact"."""
        return (*dict.fromkeys(floor.rule for floor in self.floors), *(f"+{fact}" for fact in self.points))

    def messages(self) -> frozenset[str]:
        """Every message id that this program can utter."""
        own = ("guidance.source", "guidance.care", "refusal.choose", "refusal.empty", "refusal.long", "refusal.many")
        return frozenset(
            chain(
                own,
                (f"category.{category}" for category in self.categories),
                (f"option.topic.{topic}" for topic in self.topics),
                chain.from_iterable(question.messages() for question in self.questions),
                (f"level.{level}" for level in self.clocks),
                (f"rule.{rule}" for rule in self.rules()),
                chain.from_iterable(block.messages() for block in self.guidance),
                chain.from_iterable(answer.messages() for answer in self.answers),
                (f"check.{category}.{line}" for category, lines in self.checklists.items() for line in lines),
            )
        )
