"""SQLite's thread is asked once for each statement, and a transaction stays one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import onehop
from storage.engine import engine_for

INSERT, COUNT = text("INSERT INTO seen VALUES (:number)"), text("SELECT count(*) FROM seen")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    made = engine_for(f"sqlite+aiosqlite:///{tmp_path / 'one.db'}")
    async with made.begin() as connection:
        await connection.execute(text("CREATE TABLE seen (number INTEGER PRIMARY KEY)"))
    yield made
    await made.dispose()


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every hand-over to the thread, by the name of what it runs."""
    counted: list[str] = []
    plain = onehop.OneHop._execute

    async def counting(self: onehop.OneHop, work: Any, *arguments: Any, **named: Any) -> Any:
        counted.append(work.__name__)
        return await plain(self, work, *arguments, **named)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(onehop.OneHop, "_execute", counting)
    return counted


async def count(engine: AsyncEngine) -> int:
    async with engine.begin() as connection:
        return int((await connection.scalar(COUNT)) or 0)


async def test_given_two_statements_when_committed_then_the_thread_was_asked_three_times(
    engine: AsyncEngine, hops: list[str]
) -> None:
    async with engine.begin() as connection:
        await connection.execute(INSERT, [{"number": 1}, {"number": 2}])
        assert await connection.scalar(COUNT) == 2
    assert hops == ["_carry_out", "_carry_out", "commit"]


async def test_given_a_transaction_without_a_statement_then_nothing_is_asked(
    engine: AsyncEngine, hops: list[str]
) -> None:
    async with engine.begin():
        pass
    assert hops == []
    assert await count(engine) == 0


async def test_given_a_statement_that_fails_then_nothing_of_its_transaction_stays(engine: AsyncEngine) -> None:
    with pytest.raises(Exception, match="UNIQUE"):
        async with engine.begin() as connection:
            await connection.execute(INSERT, {"number": 1})
            await connection.execute(INSERT, {"number": 1})
    assert await count(engine) == 0


async def test_given_another_writer_when_beginning_then_it_is_refused_and_works_again_later(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    async with engine.connect() as connection:
        await connection.exec_driver_sql("PRAGMA busy_timeout=10")
    other = sqlite3.connect(tmp_path / "one.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        await count(engine)
    other.execute("ROLLBACK")
    other.close()
    assert await count(engine) == 0


async def test_given_a_connection_that_is_stopped_by_force_while_it_closes_then_the_closing_ends(
    tmp_path: Path,
) -> None:
    """As when a program ends in the middle of something: otherwise its end would never come."""
    connection = await onehop.connect(str(tmp_path / "closing.db"))
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)
    connection.stop()
    async with asyncio.timeout(10):
        await closing
