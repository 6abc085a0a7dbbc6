"""The rows of every table as they were at one moment, in a form that both databases take in again.

A piece is a page of one table, as msgpack: the names of the columns, and the rows. Values stay sealed as they are.
Nothing waits for the reader: SQLite gives it the moment out of its log, PostgreSQL a transaction that sees none later.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Table, delete, func, insert, select, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.archive import BrokenBackup
from storage.errors import Setup
from storage.tables import meta, metadata

PAGE = 256
"""Rows of a piece: of the largest ones some 10 MB."""
_VALUES = frozenset({int, str, bytes, type(None)})
TABLES = tuple(str(table.name) for table in metadata.sorted_tables)
"""Each after those that it refers to."""


class NotEmpty(Setup):
    """The database holds something already, and Panah never overwrites it. Name an empty one in PANAH_DATABASE_URL."""


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    """A piece, decoded."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


class Piece(NamedTuple):
    """Rows of one table, in the order of its primary key."""

    table: str
    rows: int
    data: bytes


async def pieces(connection: AsyncConnection) -> AsyncIterator[Piece]:
    """Everything, each table after those that it refers to."""
    for table in metadata.sorted_tables:
        columns = tuple(map(str, table.columns.keys()))
        async for rows in _pages(connection, table):
            page = Page(columns, [tuple(row) for row in rows])
            yield Piece(str(table.name), len(rows), msgspec.msgpack.encode(page))


async def _pages(connection: AsyncConnection, table: Table) -> AsyncIterator[list[Any]]:
    keys = tuple(table.primary_key)
    page = select(table).order_by(*keys).limit(PAGE)
    rows = list(await connection.execute(page))
    while rows:
        yield rows
        last = tuple(getattr(rows[-1], key.name) for key in keys)
        rows = list(await connection.execute(page.where(tuple_(*keys) > last)))


async def require_empty(connection: AsyncConnection) -> None:
    """Raises NotEmpty, unless there is nothing but what a new schema brings along."""
    for table in metadata.sorted_tables:
        if table is not meta and await connection.scalar(select(func.count()).select_from(table)):
            raise NotEmpty


async def put(connection: AsyncConnection, given: Iterable[tuple[str, bytes]]) -> dict[str, int]:
    """Pieces (table, data) into a new schema, in the order of `TABLES`; how many rows of each. Raises BrokenBackup."""
    counts: dict[str, int] = {}
    await connection.execute(delete(meta))
    for name, data in given:
        rows = _rows(name, data)
        try:
            await connection.execute(insert(metadata.tables[name]), rows)
        except (SQLAlchemyError, OverflowError):  # what it says could quote a row
            raise BrokenBackup from None
        counts[name] = counts.get(name, 0) + len(rows)
    return counts


def _rows(name: str, data: bytes) -> list[dict[str, Any]]:
    try:
        page = msgspec.msgpack.decode(data, type=Page)
        columns = metadata.tables[name].columns.keys()
    except (KeyError, msgspec.DecodeError):
        raise BrokenBackup from None
    known = all(len(row) == len(columns) and _VALUES.issuperset(map(type, row)) for row in page.rows)
    if not page.rows or not known or list(page.columns) != columns:
        raise BrokenBackup
    return [dict(zip(columns, row, strict=True)) for row in page.rows]
