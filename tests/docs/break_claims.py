"""Break the code and see the named test fail: `python -m tests.docs.break_claims [CLAIM …]`, some minutes for all.

It works on a copy of the last commit, and says of each claim whether its test saw the break. Exit code 1: one did not.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.docs.threat_model import ROOT, Break, breaks

FAILED = 1
"""What pytest ends with when a test failed, rather than could not be found or run."""


def main(wanted: list[str]) -> int:
    blind = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        subprocess.run(["git", "clone", "--quiet", "--local", ROOT, copy], check=True)
        for each in breaks():
            if not wanted or each.claim in wanted:
                seen = sees(copy, each)
                blind += not seen
                print(f"{'seen ' if seen else 'BLIND'} {each.claim}: {each.test}", flush=True)
    return int(blind > 0)


def sees(copy: Path, broken: Break) -> bool:
    """Whether the test passes, and fails once the code is broken."""
    file = copy / broken.file
    whole = file.read_text("utf-8")
    sound = _run(copy, broken.test)
    file.write_text(whole.replace(broken.was, broken.instead), "utf-8")
    try:
        return sound == 0 and _run(copy, broken.test) == FAILED
    finally:
        file.write_text(whole, "utf-8")


def _run(copy: Path, test: str) -> int:
    pytest = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "", "-p", "no:cacheprovider", test]
    return subprocess.run(pytest, cwd=copy, capture_output=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
