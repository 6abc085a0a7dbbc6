"""The same ciphertexts, opened by JavaScript libraries that share no code with ours: we stored what we documented."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.vectors import make

HERE = Path(__file__).parent
pytestmark = pytest.mark.independent


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reader with its pinned packages. Without node this is skipped by hand, and fails in CI."""
    if not (shutil.which("node") and shutil.which("npm")):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs node 20.19 or newer, and npm")
    folder = tmp_path_factory.mktemp("reader")
    for file in (*HERE.glob("*.mjs"), *HERE.glob("*.json")):
        shutil.copy(file, folder)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    return folder


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_given_the_frozen_vectors_then_javascript_opens_them_and_refuses_every_damaged_one(reader: Path):
    assert run("node", "read.mjs", str(HERE.parent / "vectors"), folder=reader) == "opened 15, refused 82"


def test_given_ciphertexts_made_today_then_javascript_opens_them_and_refuses_every_damaged_one(
    reader: Path, tmp_path: Path
):
    make.write(tmp_path)
    assert run("node", "read.mjs", str(tmp_path), folder=reader) == "opened 15, refused 82"
