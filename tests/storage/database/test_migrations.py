"""The schema that the migrations make is the schema that the program means."""

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from storage.engine import UnknownDatabase, engine_for, migration_engine
from storage.migrate import NewerDatabase, migrate
from storage.tables import metadata


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


async def test_given_a_newer_database_then_the_program_refuses_to_start(database_url: str) -> None:
    await migrate(database_url)
    await in_database(database_url, lambda c: c.execute(text("UPDATE alembic_version SET version_num='9999'")))
    with pytest.raises(NewerDatabase):
        await migrate(database_url)


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
