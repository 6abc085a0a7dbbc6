"""How urgent a report is: floors and a score, both from the program. Pure, explainable, and blind to anybody's words.

The level is the most urgent of all floors that fire and of the score's band (the rules and their reasons are in
handlers/data/triage.toml). What is not known scores as middle, never as safe.
"""

from collections.abc import Iterator, Mapping

from handlers.model import Answers, Level, Value
from handlers.program import UNANSWERED, Facts, Floor, Program, facts, holds


class Triage(Value, frozen=True):
    """A level and why. `rules`: the floors that fired, most urgent first, then "+fact" for each that added points."""

    level: Level
    score: int
    rules: tuple[str, ...]


def triage(answers: Answers, program: Program) -> Triage:
    """The level of a report by its answers; how each is explained is the message `rule.<id>`."""
    known = facts(answers, program.lists)
    floors = sorted(_fired(program, known), key=lambda floor: Level[floor.level])
    points = {fact: _points(table, known.get(fact, ())) for fact, table in program.points.items()}
    score = sum(points.values())
    level = min([_band(program, score), *(Level[floor.level] for floor in floors)])
    return Triage(level, score, (*dict.fromkeys(floor.rule for floor in floors), *_added(points)))


def _fired(program: Program, known: Facts) -> Iterator[Floor]:
    return (floor for floor in program.floors if _fires(floor, known))


def _fires(floor: Floor, known: Facts) -> bool:
    if not floor.of:
        return holds(floor.when, known)
    return sum(holds({fact: wanted}, known) for fact, wanted in floor.of.items()) < floor.fewer


def _points(table: Mapping[str, int], values: tuple[str, ...]) -> int:
    return max(table.get(value, 0) for value in values or (UNANSWERED,))


def _added(points: Mapping[str, int]) -> Iterator[str]:
    return (f"+{fact}" for fact, added in points.items() if added)


def _band(program: Program, score: int) -> Level:
    reached = (Level[level] for level, lowest in program.bands.items() if score >= lowest)
    return min(reached, default=Level.P4)
