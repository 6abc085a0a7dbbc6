"""A key that lives in this process alone: for what may pass through a table but must not outlast the process.

A passphrase on its way through the inbox, or a fresh one in the outbox, is sealed with it. After a restart, a
crash or a seizure the row is there and its content is not.
"""

import secrets

from storage import box
from storage.errors import Evaporated
from storage.framing import APP, frame
from storage.padding import pad, unpad

_LIFE_BYTES = 8
_HEAD = 1 + _LIFE_BYTES


class VolatileKey:
    """Make one for each process, and give it to whoever seals or opens."""

    def __init__(self) -> None:
        self._key = box.new_key()
        self._head = box.Format.VOLATILE.mark + secrets.token_bytes(_LIFE_BYTES)

    def seal_row(self, table: str, column: str, row: str, revision: int, plaintext: bytes) -> bytes:
        """Seal for one place: 02 | life (8) | Cobblestone-256."""
        return self._head + box.seal(self._key, _context(table, column, row, revision), pad(plaintext))

    def open_row(self, table: str, column: str, row: str, revision: int, sealed: bytes) -> bytes:
        """Open what this process sealed. Raises Evaporated for another process's, Tampered, UnknownFormat."""
        box.expect(box.Format.VOLATILE, sealed, _HEAD)
        if sealed[:_HEAD] != self._head:
            raise Evaporated
        return unpad(box.unseal(self._key, _context(table, column, row, revision), sealed[_HEAD:]))


def _context(table: str, column: str, row: str, revision: int) -> bytes:
    return frame(APP, "volatile", table, column, row, str(revision))
