"""What the house has one of: the team's group, the export that waits. Each is a sealed value in `meta`, or none."""

from contextlib import suppress
from typing import Generic, TypeVar

from msgspec import Struct
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Board, Export
from storage.errors import VaultError
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.tables import meta

_VALUE = place(meta.c.value)
T = TypeVar("T", bound=Struct)


class Single(Generic[T]):
    """One of them, and its row in `meta`."""

    def __init__(self, key: str, kind: type[T]) -> None:
        self.key, self._kind = key, kind

    async def current(self, connection: AsyncConnection, scribe: Scribe) -> T | None:
        """As it is now; None without one, or when the row can't be opened: then admins make it anew."""
        value = await connection.scalar(select(meta.c.value).where(meta.c.key == self.key))
        if value is not None:
            with suppress(VaultError, UnknownRecord):
                return scribe.open(self._kind, _VALUE, self.key, value)
        return None

    async def put(self, connection: AsyncConnection, scribe: Scribe, value: T | None) -> None:
        """In the place of what was there."""
        await connection.execute(delete(meta).where(meta.c.key == self.key))
        if value is not None:
            sealed = scribe.seal(_VALUE, self.key, value)
            await connection.execute(insert(meta), {"key": self.key, "value": sealed})


BOARD = Single("board", Board)
EXPORT = Single("export", Export)
