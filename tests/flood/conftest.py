"""On a disk, as a server has one: here it is measured how long things take."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with TemporaryDirectory(prefix="panah-flood-") as folder:
        yield Path(folder)
