"""The program that ships with the product, read once."""

from pathlib import Path

import pytest

import handlers
from handlers.program import Program, parse

DATA = Path(handlers.__file__).parent / "data"


@pytest.fixture(scope="session")
def files() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in DATA.glob("*.toml")}


@pytest.fixture(scope="session")
def program(files: dict[str, str]) -> Program:
    return parse(files)
