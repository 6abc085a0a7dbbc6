"""A ring, a vault and a fixed day for the storage tests."""

from datetime import date
from pathlib import Path

import pytest

from storage.keyring import Keyring
from storage.passphrase import FLOOR
from storage.vault import Vault

TODAY = date(2026, 11, 23)


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keyring.create(tmp_path / "state", TODAY)


@pytest.fixture
def vault(ring: Keyring) -> Vault:
    return Vault(ring, FLOOR, today=lambda: TODAY)
