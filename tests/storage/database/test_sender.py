"""One process sends from a database, wherever it runs: two would be twice as fast as the messenger allows."""

from typing import Any

import pytest
from sqlalchemy import text

from storage import sender
from storage.database import Database
from storage.errors import AlreadyServed


async def _another(world: Any) -> Database:
    """A second process, on another machine with a copy of the state folder."""
    if world.database._engine.dialect.name == "sqlite":
        pytest.skip("a file is served on one machine, where the state folder is locked")
    return await Database.open(world.url, world.vault, world.sessions, process="second")


async def test_given_a_process_that_sends_when_another_wants_to_from_the_same_database_then_it_is_refused(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = await _another(world)
    monkeypatch.setattr(sender, "GRACE", 0.2)
    async with world.database.only_sender():
        with pytest.raises(AlreadyServed):
            await second.only_sender().__aenter__()
    async with second.only_sender():
        with pytest.raises(AlreadyServed):
            await world.database.only_sender().__aenter__()
    await second.close()


async def test_given_a_process_that_sends_when_its_connections_end_then_another_may(world: Any) -> None:
    second = await _another(world)
    async with world.database.only_sender():
        async with second._engine.begin() as connection:
            died = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :holder")
            await connection.execute(died, {"holder": world.database.dispatch._holder})
        async with second.only_sender():
            pass
    await second.close()
