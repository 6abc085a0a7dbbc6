"""What a machine must have for some of these tests."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from bot.cleaning import jail

ROOT = Path(__file__).parents[3]
needs_landlock = pytest.mark.skipif(jail._abi() < 4, reason="needs Linux 6.7 with Landlock")


def _may_unshare() -> bool:
    asked = "import sys; sys.path.append(sys.argv[1]); from bot.cleaning import jail; sys.exit(not jail.own_memory())"
    return subprocess.run([sys.executable, "-I", "-c", asked, str(ROOT)], check=False).returncode == 0


needs_namespaces = pytest.mark.skipif(not _may_unshare(), reason="this kernel lets nobody make namespaces")


def needs(program: str) -> pytest.MarkDecorator:
    """Skips without Debian's program, unless this is the run that must leave nothing out."""
    missing = which(program, path="/usr/bin:/bin") is None and not os.environ.get("CI")
    return pytest.mark.skipif(missing, reason=f"needs Debian's {program}; `make test-all` installs it")
