"""aiosqlite with one hop to its thread for each statement.

aiosqlite hands every step to its thread by itself: making a cursor, executing, fetching, closing. Each hand-over waits
for a round of the event loop, and costs more than the statement. Here a statement is executed, read to its end and
closed in one, and BEGIN goes along with the first statement after it. Results stand whole in memory, as they do under
SQLAlchemy anyway.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self

import aiosqlite

BEGIN = "BEGIN IMMEDIATE"
_CHUNK = 64
"""Rows for aiosqlite's own iterators, which nobody uses here."""


class OneHop(aiosqlite.Connection):
    """A connection whose cursors need one hop for each statement. Make it with `connect`."""

    _begins = False
    """A transaction was asked for, and begins with the next statement: what it raises, that one raises."""

    def cursor(self) -> "OneHopCursor":  # type: ignore[override]  # narrower: what SQLAlchemy asks of a cursor
        return OneHopCursor(self)

    async def carry_out(self, sql: str, parameters: Iterable[Any], many: bool) -> "Answer":
        """A statement from beginning to end, in the connection's thread. Raises sqlite3.Error."""
        if sql == BEGIN:
            self._begins = True
            return NOTHING
        begins, self._begins = self._begins, False
        carrying = self._execute(_carry_out, self._conn, begins, sql, parameters, many)  # type: ignore[no-untyped-call]
        answer: Answer = await carrying
        return answer

    async def commit(self) -> None:
        if self._ends():
            await super().commit()

    async def rollback(self) -> None:
        if self._ends():
            await super().rollback()

    def stop(self) -> "asyncio.Future[Any] | None":
        """Once. Whoever is cancelled while SQLAlchemy closes a connection stops it by force; the closing then stops it
        too, and would wait for ever for a thread that has ended.
        """
        return super().stop() if self._running else None

    def _ends(self) -> bool:
        """Whether the transaction has begun at all."""
        begun, self._begins = not self._begins, False
        return begun


class OneHopCursor:
    """What SQLAlchemy's adapter asks of an asynchronous cursor; only `execute` and `executemany` ever wait."""

    arraysize = 1

    def __init__(self, connection: OneHop) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        return await self._take(self._connection.carry_out(sql, parameters, many=False))

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        return await self._take(self._connection.carry_out(sql, parameters, many=True))

    async def fetchall(self) -> Sequence[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    async def _take(self, carrying: Any) -> Self:
        self.description, self._rows, self.rowcount, self.lastrowid = await carrying
        return self


Answer = tuple[Any, list[Any], int, int | None]
"""Description, rows, row count and last row id of a statement."""
NOTHING: Answer = (None, [], -1, None)


def connect(database: str, **options: Any) -> OneHop:
    """A connection, to be awaited: the arguments are those of `sqlite3.connect`."""
    opening: Callable[[], sqlite3.Connection] = partial(sqlite3.connect, database, **options)
    connection = OneHop(opening, _CHUNK)
    connection._thread.daemon = True  # as SQLAlchemy makes it: a forgotten connection holds up no exit
    return connection


def _carry_out(connection: sqlite3.Connection, begins: bool, sql: str, parameters: Any, many: bool) -> Answer:
    cursor = connection.cursor()
    try:
        if begins:
            cursor.execute(BEGIN)
        (cursor.executemany if many else cursor.execute)(sql, parameters)
        rows = cursor.fetchall() if cursor.description else []
        return cursor.description, rows, cursor.rowcount, cursor.lastrowid
    finally:
        cursor.close()
