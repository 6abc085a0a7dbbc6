"""What our source utters, read once: it takes a second or two."""

from pathlib import Path

import pytest

from bot.catalogues.__main__ import program_ids
from bot.catalogues.extract import Uttered, uttered

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def ours() -> Uttered:
    """By itself, without what the program's data leads to."""
    return uttered(ROOT)


@pytest.fixture(scope="session")
def needed(ours: Uttered) -> Uttered:
    """With what the program that ships leads to."""
    return ours._replace(required=ours.required.union(program_ids(ROOT / "handlers" / "data")))
