"""The schema that the migrations make is the schema that the program means."""

import asyncio
import os
import sqlite3
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text

from storage import engine
from storage.engine import NotReached, UnknownDatabase, engine_for, migration_engine
from storage.migrate import ForeignDatabase, NewerDatabase, migrate, require_unowned
from storage.tables import meta, metadata

MINE, YOURS = b"my ring", b"your ring"


async def in_database(url: str, work: Any) -> Any:
    engine = migration_engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


async def test_the_migrations_make_exactly_the_tables(database_url: str) -> None:
    await migrate(database_url)
    options = {"compare_type": True}
    differences = await in_database(
        database_url, lambda c: compare_metadata(MigrationContext.configure(c, opts=options), metadata)
    )
    assert differences == []


async def test_given_several_starts_at_once_then_one_migrates_and_all_succeed(database_url: str) -> None:
    await asyncio.gather(*(migrate(database_url) for _ in range(4)))
    await migrate(database_url)
    keys = await in_database(database_url, lambda c: c.execute(text("SELECT key FROM meta")).all())
    assert keys == [("audit",)]


def test_given_a_new_file_that_another_is_just_switching_to_wal_then_it_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusals = [sqlite3.OperationalError("database is locked")] * 2

    def execute(pragma: str) -> None:
        if refusals:
            raise refusals.pop()

    monkeypatch.setattr(engine, "_BETWEEN_TRIES", 0)
    engine._insist(SimpleNamespace(execute=execute), "PRAGMA journal_mode=WAL")
    assert refusals == []
    refusals.extend([sqlite3.OperationalError("database is locked")] * 100)
    with pytest.raises(sqlite3.OperationalError):
        engine._insist(SimpleNamespace(execute=execute), "PRAGMA journal_mode=WAL")


async def test_given_a_newer_database_then_the_program_refuses_to_start(database_url: str) -> None:
    await migrate(database_url)
    await in_database(database_url, lambda c: c.execute(text("UPDATE alembic_version SET version_num='9999'")))
    with pytest.raises(NewerDatabase):
        await migrate(database_url)


async def test_given_a_database_of_one_ring_when_another_opens_it_then_it_is_refused_before_anything_is_written(
    database_url: str,
) -> None:
    await migrate(database_url, owner=MINE)
    await migrate(database_url, owner=MINE)
    await in_database(database_url, lambda c: c.execute(text("UPDATE alembic_version SET version_num='0000'")))
    with pytest.raises(ForeignDatabase):
        await migrate(database_url, owner=YOURS)
    with pytest.raises(ForeignDatabase):
        await require_unowned(database_url)
    kept = await in_database(
        database_url, lambda c: c.execute(text("SELECT value FROM meta WHERE key <> 'audit'")).all()
    )
    assert kept == [(MINE,)]


async def test_given_two_rings_that_open_a_new_database_at_once_then_it_belongs_to_one(database_url: str) -> None:
    owners = (MINE, YOURS, MINE, YOURS)
    outcomes = await asyncio.gather(*(migrate(database_url, owner) for owner in owners), return_exceptions=True)
    (kept,) = await in_database(
        database_url, lambda c: c.scalars(select(meta.c.value).where(meta.c.value != b"")).all()
    )
    assert [kept != owner for owner in owners] == [isinstance(outcome, ForeignDatabase) for outcome in outcomes]


async def test_given_a_database_of_nobody_then_a_new_state_may_take_it_and_asking_makes_no_file(
    database_url: str, tmp_path: Path
) -> None:
    await require_unowned(database_url)
    assert os.listdir(tmp_path) == []
    await migrate(database_url)
    await require_unowned(database_url)


async def test_given_a_fresh_sqlite_file_then_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "panah.db"
    await migrate(f"sqlite+aiosqlite:///{file}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_given_a_driver_that_would_block_then_it_is_refused() -> None:
    for url in ("sqlite:///x", "postgresql://localhost/x", "mysql+aiomysql://localhost/x"):
        with pytest.raises(UnknownDatabase):
            engine_for(url)


async def test_given_a_failing_statement_then_its_values_are_not_in_the_message(database_url: str) -> None:
    await migrate(database_url)
    canary = b"canary-5d1f"
    with pytest.raises(Exception) as caught:
        await in_database(
            database_url,
            lambda c: c.execute(text("INSERT INTO meta (key, value) VALUES (:k, :v)"), {"k": "audit", "v": canary}),
        )
    assert "canary" not in str(caught.value)


@pytest.mark.postgres
@pytest.mark.parametrize("who", ["panah@/nobody_made_it", "nobody@/postgres"])
async def test_given_a_server_that_lets_us_not_in_then_it_is_said_in_words(postgres_server: str, who: str) -> None:
    with pytest.raises(NotReached, match="Look whether it runs"):
        await migrate(f"postgresql+asyncpg://{who}?host={postgres_server}")
