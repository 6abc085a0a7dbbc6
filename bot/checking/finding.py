"""What a look finds."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import NamedTuple


class Grade(StrEnum):
    """`FAULT`: people can't be served like this, or not safely. `WARN`: the rest works without it."""

    OK = "ok"
    WARN = "WARN"
    FAULT = "FAULT"


class Wrong(NamedTuple):
    """What is wrong and what to do about it."""

    says: str
    grade: Grade = Grade.FAULT


class Finding(NamedTuple):
    """What was looked at, and what is wrong with it; `says` is empty when nothing is."""

    name: str
    grade: Grade
    says: str = ""

    def __str__(self) -> str:
        return f"{self.grade:<5} {self.name}: {self.says}" if self.says else f"{self.grade:<5} {self.name}"


Look = Callable[[], Awaitable[Wrong | None]]


def warn(says: str) -> Wrong:
    return Wrong(says, Grade.WARN)


async def found(looks: Mapping[str, Look]) -> list[Finding]:
    """All of them, whatever the first ones say."""
    return [finding_of(name, await _seen(look)) for name, look in looks.items()]


def finding_of(name: str, wrong: Wrong | None) -> Finding:
    return Finding(name, wrong.grade, wrong.says) if wrong else Finding(name, Grade.OK)


async def _seen(look: Look) -> Wrong | None:
    try:
        return await look()
    except Exception as error:  # a finding is what we came for; its text is one of ours, or only its type
        ours = type(error).__module__.partition(".")[0] in {"bot", "storage", "handlers"}
        return Wrong(f"{type(error).__name__}: {error}" if ours else type(error).__name__)
