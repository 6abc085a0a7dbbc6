"""docs/threat-model.md, read: its claims with their tests, and the breaks that show that a test sees a claim fail."""

import re
import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
HELD = "## What is held, and by which test"
_CLAIM = re.compile(r"^- (?:\[([a-z]+(?:-[a-z]+)*)\] )?", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py::\w+)`")
_DRAWN = re.compile(r"```mermaid.*?```", re.DOTALL)


class Break(NamedTuple):
    """In `file` stands `was` at least once; with `instead` in its place everywhere the claim is false."""

    claim: str
    file: str
    was: str
    instead: str
    test: str


def before_the_claims() -> str:
    """Weaknesses, boundaries, inputs and compromises, without the drawing."""
    return _DRAWN.sub("", PAGE.read_text("utf-8").split(HELD)[0])


def claims() -> list[tuple[str, list[str]]]:
    """Name ("" where it is missing) -> tests of each claim, in their order."""
    _, *found = _CLAIM.split(PAGE.read_text("utf-8").split(f"\n{HELD}\n")[1])
    return [(name or "", _TEST.findall(text)) for name, text in zip(found[::2], found[1::2], strict=True)]


def breaks() -> list[Break]:
    text = Path(__file__).with_name("breaks.toml").read_text("utf-8")
    return [Break(**each) for each in tomllib.loads(text)["break"]]
