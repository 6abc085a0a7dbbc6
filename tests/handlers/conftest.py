"""The program that ships with the product, read once; and the same with a short form, for tests of the engine."""

from pathlib import Path

import pytest

import handlers
from handlers.program import Program, parse
from tests.short import short_files

DATA = Path(handlers.__file__).parent / "data"


@pytest.fixture(scope="session")
def files() -> dict[str, str]:
    """Everything as it ships, but a form of six questions."""
    return short_files()


@pytest.fixture(scope="session")
def short(files: dict[str, str]) -> Program:
    return parse(files)


@pytest.fixture(scope="session")
def program() -> Program:
    return parse(_shipped())


def _shipped() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in DATA.glob("*.toml")}
