"""The end of a month: what is still kept of it is sealed anew, and then its key can be destroyed.

From then on nobody opens what was deleted in that month or before, wherever an old copy of it may lie: in a database's
log, its free pages, a snapshot. Rows are sealed anew as they stand, for the same place and revision; a row that
somebody changes meanwhile is left to them, for a change seals it anew as well.

The audit chain commits to its sealed lines, which therefore stay as they are, under a key that lasts.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Column, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import pool, rekeying, single, tables
from storage.box import Format
from storage.errors import VaultError
from storage.scribe import Scribe, place

PAGE = 200


class Sealed(NamedTuple):
    """A column under layer 1, what its row is called in the seal, and whether the seal names its revision too."""

    column: Column[Any]
    name: Callable[[Any], str]
    revised: bool = False


def _text(column: str) -> Callable[[Any], str]:
    return lambda row: str(getattr(row, column))


def _hex(*columns: str) -> Callable[[Any], str]:
    return lambda row: ":".join(getattr(row, column).hex() for column in columns)


SEALED = (
    Sealed(tables.meta.c.value, _text("key")),
    Sealed(tables.conversations.c.body, _hex("chat"), revised=True),
    Sealed(tables.inbox.c.body, _hex("mark")),
    Sealed(tables.messages.c.body, _hex("ref")),
    Sealed(tables.members.c.body, _text("id"), revised=True),
    Sealed(tables.invitations.c.body, _hex("secret")),
    Sealed(tables.cases.c.header, _text("id"), revised=True),
    Sealed(tables.cases.c.public, _text("id")),
    Sealed(tables.parts.c.body, _text("id")),
    Sealed(tables.grants.c.body, _hex("object", "holder")),
    Sealed(tables.subscriptions.c.body, _hex("secret")),
    Sealed(tables.departures.c.body, _text("id")),
    Sealed(tables.statistics.c.body, _text("id")),
    Sealed(tables.advisories.c.body, _text("id")),
    Sealed(tables.delivered.c.body, _text("id")),
    Sealed(tables.outbox.c.body, _text("id")),
)
"""All of them but those under the key that lasts: the audit chain's, and what was said of a quarter."""


async def carry_over(engine: AsyncEngine, scribe: Scribe, before: int) -> int:
    """Seal anew what was sealed in a month before this one (a `kid`); returns how many rows can't be opened."""
    damaged = 0
    for sealed in SEALED:
        skipped, full = 0, True
        while full:
            async with engine.begin() as connection:
                full, missed = await _page(connection, scribe, sealed, before, skipped)
            skipped += missed
        damaged += skipped
    return damaged


async def _page(
    connection: AsyncConnection, scribe: Scribe, sealed: Sealed, before: int, skip: int
) -> tuple[bool, int]:
    """The next page: whether it was a full one, and how many of it could not be opened."""
    table = sealed.column.table
    old = select(table).where(*_of_months(sealed, before)).order_by(*table.primary_key).offset(skip).limit(PAGE)
    rows, missed = (await connection.execute(old)).all(), 0
    for row in rows:
        try:
            anew = _anew(scribe, sealed, row)
        except VaultError:
            missed += 1
            continue
        here = and_(*(column == getattr(row, column.name) for column in table.primary_key))
        as_read = sealed.column == getattr(row, sealed.column.name)
        await connection.execute(update(table).where(here, as_read).values({sealed.column.name: anew}))
    return len(rows) == PAGE, missed


def _of_months(sealed: Sealed, before: int) -> tuple[Any, ...]:
    """Sealed in a month before this one; 0 is no month, but the key that lasts."""
    kid, of_row = func.substr(sealed.column, 2, 2), func.substr(sealed.column, 1, 1) == Format.ROW.mark
    months = (of_row, kid > (0).to_bytes(2, "big"), kid < before.to_bytes(2, "big"))
    ours = tables.meta.c.key.in_((single.BOARD.key, single.EXPORT.key, pool.KEY, rekeying.KEY))
    return (*months, ours) if sealed.column.table is tables.meta else months


def _anew(scribe: Scribe, sealed: Sealed, row: Any) -> bytes:
    where, name, revision = place(sealed.column), sealed.name(row), row.revision if sealed.revised else 0
    plain = scribe.open_bytes(where, name, getattr(row, sealed.column.name), revision)
    return scribe.seal_bytes(where, name, plain, revision)
