"""What a person is told at once, before a human answers: the blocks of the program that fit the answers.

One message for each block: a heading, at most five lines, a line of care, and the source with its day of review.
"""

from datetime import UTC, date, datetime, time

from handlers.model import Answers, Country, Day, Message, Param
from handlers.program import Block, Bullet, Facts, Program, facts, holds


def guidance_for(program: Program, answers: Answers) -> tuple[Message, ...]:
    """The guidance for these answers, in the program's order: danger first, then the categories that were named."""
    known = facts(answers, program.lists)
    numbers = _numbers(program, answers.get("host", ()))
    return tuple(_message(block, known, numbers) for block in program.guidance if holds(block.when, known))


def expired(program: Program, today: date) -> tuple[str, ...]:
    """The blocks that should have been reviewed again before today."""
    return tuple(block.id for block in program.guidance if block.expires <= today)


def _numbers(program: Program, hosts: tuple[str, ...]) -> dict[str, Param]:
    """What a line about emergency numbers needs, when they are known for the host."""
    host = next((code for code in hosts if code in program.emergency), None)
    return {"numbers": ", ".join(program.emergency[host]), "country": Country(host)} if host else {}


def _message(block: Block, known: Facts, numbers: dict[str, Param]) -> Message:
    shown = (bullet for bullet in block.bullets if holds(bullet.when, known))
    lines = (_line(block, bullet, numbers) for bullet in shown)
    return Message(f"guidance.{block.id}", lines=(*lines, Message("guidance.care"), _source(block)))


def _line(block: Block, bullet: Bullet, numbers: dict[str, Param]) -> Message:
    return Message(f"guidance.{block.id}.{bullet.id}", numbers if bullet.names_numbers else {})


def _source(block: Block) -> Message:
    reviewed = datetime.combine(block.reviewed_on, time(), UTC)
    return Message("guidance.source", {"sources": "; ".join(block.sources), "day": Day(reviewed)})
