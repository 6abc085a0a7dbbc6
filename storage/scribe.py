"""The scribe: values to sealed columns and back, each bound to its place; and the blind indexes that find them again.

Sealing is explicit, here and nowhere else: a column type could not see the row that it seals for.
"""

from typing import Any, NamedTuple, TypeVar

from msgspec import Struct
from sqlalchemy import Column

from handlers.model import Address
from storage.records import dump, load
from storage.serial import Serial
from storage.vault import Vault
from storage.volatile import VolatileKey

T = TypeVar("T")


class Place(NamedTuple):
    """A sealed column: part of the context of every seal in it."""

    table: str
    column: str


def place(column: Column[Any]) -> Place:
    """The place that a column is."""
    return Place(column.table.name, column.name)


class Scribe:
    """Writes and reads for one process: `vault` for what lasts, a volatile key for what must not outlast it."""

    def __init__(self, vault: Vault, volatile: VolatileKey, serial: Serial) -> None:
        self.vault, self.serial = vault, serial
        self._volatile = volatile

    def seal(self, place: Place, row: str, value: Struct, revision: int = 0) -> bytes:
        """A value for exactly this place (layer 1)."""
        return self.seal_bytes(place, row, dump(value), revision)

    def open(self, kind: type[T], place: Place, row: str, sealed: bytes, revision: int = 0) -> T:
        """The value of this place. Raises VaultError, UnknownRecord."""
        value: T = load(kind, self.open_bytes(place, row, sealed, revision))
        return value

    def seal_bytes(self, place: Place, row: str, plain: bytes, revision: int = 0) -> bytes:
        return self.vault.seal_row(*place, row, revision, plain)

    def seal_lasting(self, place: Place, row: str, value: Struct) -> bytes:
        """A value that stays as it was sealed, when its month is over too."""
        return self.vault.seal_lasting(*place, row, dump(value))

    def open_bytes(self, place: Place, row: str, sealed: bytes, revision: int = 0) -> bytes:
        """Raises VaultError."""
        return self.vault.open_row(*place, row, revision, sealed)

    def veil(self, place: Place, row: str, value: Struct) -> bytes:
        """A value that nobody can read once this process has ended; goes inside a sealed one."""
        return self._volatile.seal_row(*place, row, 0, dump(value))

    def unveil(self, kind: Any, place: Place, row: str, veiled: bytes) -> Any:
        """A value of a class or a union. Raises Evaporated after a restart."""
        return load(kind, self._volatile.open_row(*place, row, 0, veiled))

    def seal_letter(self, public: bytes, value: Struct, *info: str) -> bytes:
        """A value that only people can read (layer 2). Raises NotAKey."""
        return self.vault.seal_for(public, dump(value), *info)

    def open_letter(self, kind: type[T], seed: bytes | bytearray, letter: bytes, *info: str) -> T:
        """Raises VaultError, UnknownRecord."""
        value: T = load(kind, self.vault.open_with(seed, letter, *info))
        return value

    def blind(self, *parts: str) -> bytes:
        """The 16-byte blind index of these parts."""
        return self.vault.ring.index(*parts)

    def chat(self, address: Address) -> bytes:
        """Under which everything about a chat is kept."""
        return self.blind("chat", address)
