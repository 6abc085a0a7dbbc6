"""Passphrases and codes at next to no cost, for tests of everything but their cost.

What is written says the real parameters, so only a process that is as frugal opens it again. The real cost is paid in
tests/storage/test_passphrase.py and test_codes.py, in the vectors, and wherever a process of its own is started.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from storage import codes, passphrase


@asynccontextmanager
async def frugal() -> AsyncIterator[None]:
    """Argon2id with one pass over 8 KiB, the least that it knows, in this process."""
    with patch.object(passphrase, "Argon2id", _cheap), patch.object(codes, "Argon2id", _cheap):
        yield


def _cheap(**given: Any) -> Argon2id:
    return Argon2id(**given | {"iterations": 1, "lanes": 1, "memory_cost": 8})
