"""Advisories on their way into the outbox, step by step: their readers, or the copies that one of them changes.

What comes of each delivery: `storage.dispatch`.
"""

from collections import Counter
from datetime import datetime

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.model import Advisory, AdvisoryId
from storage import advisories, outbox, pool, readers, recall
from storage.pool import Locked, Seeds
from storage.scribe import Scribe
from storage.sessions import Sessions


class Fanned(Struct, frozen=True):
    """What a step of an advisory did: deliveries added, and whether nothing is left to do (now that it is over, or
    as long as an admin holds it).
    """

    added: int
    finished: bool


class Broadcast:
    """Made by `Database`."""

    def __init__(self, engine: AsyncEngine, scribe: Scribe, sessions: Sessions) -> None:
        self._engine, self._scribe, self._sessions = engine, scribe, sessions

    async def fan_out(self, id_: AdvisoryId, now: datetime, limit: int = 1000) -> Fanned:
        """One step of an advisory: its next readers, or the next copies that it changes, into the outbox, unless many
        deliveries wait already.

        Raises Locked when nobody is unlocked, for the readers' addresses are sealed to the desk; then it is paused.
        """
        async with self._engine.begin() as connection:
            waiting = await outbox.open_rows(connection, id_)
            chunk = await advisories.next_chunk(connection, self._scribe, id_, 1 if waiting >= 2 * limit else limit)
            if chunk is None:
                return Fanned(0, True)
            more = await self._more(connection, chunk)
            await pool.open_for_all(connection, self._scribe, self._sessions, now)
            if not more and not waiting:
                await advisories.finish(connection, id_)
                return Fanned(0, True)
        if not more or waiting >= 2 * limit:
            return Fanned(0, False)
        try:
            with pool.open_seeds(self._sessions, now) as seeds:
                if chunk.advisory.of:
                    return await self._change(chunk.advisory, seeds, now, limit)
                return await self._add(chunk, seeds, now)
        except Locked:
            async with self._engine.begin() as connection:
                await advisories.pause(connection, id_)
            raise

    async def progress(self, id_: AdvisoryId) -> Advisory | None:
        """An advisory with its counts as they stand."""
        async with self._engine.begin() as connection:
            return await advisories.find(connection, self._scribe, id_)

    async def _more(self, connection: AsyncConnection, chunk: advisories.Chunk) -> bool:
        """Whether there are further readers; or further copies to change. One that is being sent just now becomes one
        of these: with the words that it had before, if that began before.
        """
        of = chunk.advisory.of
        if not of:
            return bool(chunk.rows)
        return await outbox.being_sent(connection, of) or bool(await recall.left(connection, of, chunk.advisory.turn))

    async def _change(self, correction: Advisory, seeds: Seeds, now: datetime, limit: int) -> Fanned:
        """What nobody can read any more can't be changed, nor what those have who left, and counts as failed."""
        async with self._engine.begin() as connection:
            desk = await pool.current(connection, self._scribe)
            sealed = await recall.page(connection, correction, limit)
        found = await recall.opened(self._scribe, desk, sealed, seeds) if desk else {}
        async with self._engine.begin() as connection:
            if not await advisories.go(connection, correction.id):
                return Fanned(0, False)
            left = await readers.gone(connection, self._scribe, seeds)
            found = {id_: note for id_, note in found.items() if note.address not in left}
            added, lost = await recall.change(connection, self._scribe, correction, sealed, found, now)
            await advisories.count(connection, {correction.id: Counter(failed=lost)})
        return Fanned(added, False)

    async def _add(self, chunk: advisories.Chunk, seeds: Seeds, now: datetime) -> Fanned:
        found = await readers.opened(self._scribe, chunk.rows, seeds)
        async with self._engine.begin() as connection:
            if not await advisories.advance(connection, chunk):
                return Fanned(0, False)
            willing = await readers.willing(connection, self._scribe, found, seeds)
            added = await advisories.add(connection, self._scribe, chunk.advisory, willing, now)
        return Fanned(added, False)
