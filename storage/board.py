"""Which group the team shares: one sealed value in `meta`, or none."""

from contextlib import suppress

from msgspec import Struct
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Board, PutBoard
from storage.errors import VaultError
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.tables import meta

KEY = "board"
"""Its row in `meta`."""
_VALUE = place(meta.c.value)
_CURRENT = select(meta.c.value).where(meta.c.key == KEY)


class Kept(Struct, frozen=True):
    """What is sealed."""

    board: Board


async def current(connection: AsyncConnection, scribe: Scribe) -> Board | None:
    """The group; None without one, or when the row can't be opened: then admins make it anew."""
    value = await connection.scalar(_CURRENT)
    if value is not None:
        with suppress(VaultError, UnknownRecord):
            return scribe.open(Kept, _VALUE, KEY, value).board
    return None


async def put(connection: AsyncConnection, scribe: Scribe, effect: PutBoard) -> None:
    await connection.execute(delete(meta).where(meta.c.key == KEY))
    if effect.board is not None:
        sealed = scribe.seal(_VALUE, KEY, Kept(effect.board))
        await connection.execute(insert(meta), {"key": KEY, "value": sealed})
