"""For all tests: machines are shared and noisy, so no property is given up because it was slow once.

And one PostgreSQL for all tests that ask for it; the longest tests first, lest one worker end alone; and their folders
in memory, for a disk takes milliseconds for each commit, and no test cuts the power.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import settings

from bot import zones
from handlers import typed

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

pytest_plugins = ("tests.postgres",)

LONGEST = ("test_walks.py", "test_infiltrator_rehearsed.py", "test_state_folder.py", "test_matrix_rehearsed.py")
"""Files whose tests take many seconds each."""
MEMORY = Path("/dev/shm")
ROOM = 2 * 2**30
"""Bytes that must be free in memory for it: the largest test installs the program twice. What passed is removed."""
NAMES = 2**14
"""More than there are names of countries and of zones in all languages."""


def pytest_configure() -> None:
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: to look through it again and again costs a seventh of all."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def names_once() -> Iterator[None]:
    """Every bot that is assembled compares the same thousands of names anew: most of what its start takes."""
    plain = lru_cache(NAMES)(typed.plain)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typed, "plain", plain)
        patch.setattr(zones, "plain", plain)
        yield
