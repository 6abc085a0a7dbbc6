"""What is installed is what was pinned."""

import re

from tests.docs.threat_model import ROOT


def test_every_package_of_a_server_is_pinned_by_hash_and_installed_by_it() -> None:
    for lock in ROOT.glob("*.lock"):
        packages = re.split(r"^(?=[\w.-]+==)", lock.read_text("utf-8"), flags=re.MULTILINE)
        pinned = [each for each in packages if re.match(r"[\w.\[\]-]+==", each)]
        assert pinned and all(re.search(r"--hash=sha256:[0-9a-f]{64}", each) for each in pinned), lock.name
    installs = [line for line in (ROOT / "Makefile").read_text("utf-8").splitlines() if "requirements.lock" in line]
    installs = [line for line in installs if "pip install" in line]
    assert installs and all("--require-hashes" in line for line in installs)
