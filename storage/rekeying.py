"""After the desk's key was changed: what was sealed to the old one is granted anew, in steps, and the old one goes.

A step reads a page, opens it with what somebody has unlocked, seals it for the new key, and writes it in the place of
what it has read: what was erased or changed meanwhile stays so. The state stands in `meta` and moves with the page, so
a crash repeats at most one step. First the cases, then the subscriptions; at the end everybody's grants of the old key.

What can't be opened is passed over and counted: then the old key's grants stay, for the recovery key may still do it.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam as bind
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.model import Rekeying
from storage import grants, pool, readers
from storage.errors import VaultError
from storage.grants import Held, case_name, pool_name
from storage.pool import FIRST, Locked, Pool, Seeds
from storage.scribe import Scribe, place
from storage.sessions import Sessions
from storage.tables import cases, meta, subscriptions
from storage.upsert import insert_or_replace

KEY = "rekeying"
_VALUE = place(meta.c.value)
_STORED = select(meta.c.value).where(meta.c.key == KEY)
_AS_READ = update(meta).where(meta.c.key == KEY, meta.c.value == bind("was")).values(value=bind("now"))

RUNNING, PAUSED, DONE = "running", "paused", "done"
PAGE = 200
"""Cases or subscriptions in a step: some 100 ms of sealing, in a thread."""


class State(Struct, frozen=True, omit_defaults=True):
    """How far it is. `readers`: the cases are done. `failed`: what could not be opened."""

    epoch: int
    state: str = RUNNING
    cursor: str = ""
    readers: bool = False
    moved: int = 0
    failed: int = 0


class Step(Struct, frozen=True):
    """What a step has read."""

    pool: Pool
    state: State
    sealed: bytes
    things: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    rows: tuple[readers.Subscription, ...] = ()


async def begin(connection: AsyncConnection, scribe: Scribe, epoch: int) -> None:
    """From the first case on, for this epoch."""
    row = {"key": KEY, "value": scribe.seal(_VALUE, KEY, State(epoch))}
    await connection.execute(insert_or_replace(connection, meta, "key"), row)


async def progress(connection: AsyncConnection, scribe: Scribe) -> Rekeying | None:
    """How far it has come; None when the key was never changed. Raises VaultError."""
    sealed = await connection.scalar(_STORED)
    if sealed is None:
        return None
    state = scribe.open(State, _VALUE, KEY, sealed)
    left = 0 if state.state == DONE else await _left(connection, scribe, state)
    return Rekeying(state.state, state.moved, left or state.failed)


class Regranting:
    """Made by `Database`."""

    def __init__(self, engine: AsyncEngine, scribe: Scribe, sessions: Sessions) -> None:
        self._engine, self._scribe, self._sessions = engine, scribe, sessions

    async def step(self, now: datetime, limit: int = PAGE) -> bool:
        """The next page; True when everything is granted anew. Raises Locked when nobody's keys open it."""
        async with self._engine.begin() as connection:
            step = await self._read(connection, limit)
        if step is None:
            return True
        try:
            with pool.open_seeds(self._sessions, now) as seeds:
                await self._write(step, seeds)
        except Locked:
            if step.state.state != PAUSED:
                await self._change(step, replace(step.state, state=PAUSED))
            raise
        return False

    async def _read(self, connection: AsyncConnection, limit: int) -> Step | None:
        desk, sealed = await pool.current(connection, self._scribe), await connection.scalar(_STORED)
        if desk is None or sealed is None:
            return None
        state = self._scribe.open(State, _VALUE, KEY, sealed)
        if state.state == DONE:
            return None
        step = Step(desk, state, sealed)
        if state.readers:
            rows = await readers.page(connection, bytes.fromhex(state.cursor), limit)
            return replace(step, rows=rows)
        page = select(cases.c.id).where(cases.c.id > state.cursor).order_by(cases.c.id).limit(limit)
        things = tuple(map(case_name, await connection.scalars(page)))
        return replace(step, things=things, held=await grants.held(connection, self._scribe, things, _old(desk)))

    async def _write(self, step: Step, seeds: Seeds) -> None:
        """Raises Locked."""
        if step.state.readers:
            await self._write_readers(step, seeds)
            return
        rows = await asyncio.to_thread(_regranted, self._scribe, step, seeds)
        async with self._engine.begin() as connection:
            if not step.things:
                await self._moved(connection, step, await self._behind_cases(connection, step))
            elif await self._moved(connection, step, _behind(step, _last(step.things), len(step.held), len(rows))):
                await grants.move(connection, rows)

    async def _behind_cases(self, connection: AsyncConnection, step: Step) -> State:
        """The subscriptions; or the cases once more, if one was opened to the old key while it was changed."""
        missed = await grants.count(connection, self._scribe, _old(step.pool)) > step.state.failed
        return replace(step.state, cursor="", failed=0) if missed else replace(step.state, cursor="", readers=True)

    async def _write_readers(self, step: Step, seeds: Seeds) -> None:
        rows, opened = await asyncio.to_thread(readers.resealed, self._scribe, step.pool, step.rows, seeds)
        after = _behind(step, step.rows[-1].secret.hex(), opened, len(rows)) if step.rows else None
        async with self._engine.begin() as connection:
            if not await self._moved(connection, step, after or replace(step.state, state=DONE)):
                return
            if after:
                await readers.replace_sealed(connection, subscriptions, rows)
            else:
                await self._finish(connection, step, seeds)
        if after is None:
            self._sessions.forget_before(step.pool.epoch)

    async def _finish(self, connection: AsyncConnection, step: Step, seeds: Seeds) -> None:
        """The last of the old key: notes of those who left, and everybody's grants of it."""
        await readers.reseal_departures(connection, self._scribe, step.pool, seeds)
        if await grants.count(connection, self._scribe, _old(step.pool)) == 0:
            await grants.drop_things(connection, self._scribe, _old(step.pool))

    async def _change(self, step: Step, after: State) -> None:
        async with self._engine.begin() as connection:
            await self._moved(connection, step, after)

    async def _moved(self, connection: AsyncConnection, step: Step, after: State) -> bool:
        """False when another process was first, or the key was changed again."""
        given = {"was": step.sealed, "now": self._scribe.seal(_VALUE, KEY, after)}
        return (await connection.execute(_AS_READ, given)).rowcount == 1


def _last(things: Sequence[str]) -> str:
    """The id of the last case."""
    return things[-1].removeprefix(case_name(""))


def _behind(step: Step, cursor: str, found: int, moved: int) -> State:
    state = step.state
    moved, failed = state.moved + moved, state.failed + found - moved
    return replace(state, state=RUNNING, cursor=cursor, moved=moved, failed=failed)


def _regranted(scribe: Scribe, step: Step, seeds: Seeds) -> list[dict[str, Any]]:
    """The same cases' seeds for the new key; a damaged one is passed over. Raises Locked without the key of one."""
    keys = {pool_name(epoch): seed for epoch, seed in seeds.items()}
    if any(grant.holder not in keys for grant in step.held):
        raise Locked
    rows = []
    for grant in step.held:
        try:
            rows.append(grants.moved(scribe, grant, keys[grant.holder], step.pool.name, step.pool.public))
        except VaultError:
            continue
    return rows


def _old(desk: Pool) -> list[str]:
    """The names of the keys before this one."""
    return [pool_name(epoch) for epoch in range(FIRST, desk.epoch)]


async def _left(connection: AsyncConnection, scribe: Scribe, state: State) -> int:
    old = [pool_name(epoch) for epoch in range(FIRST, state.epoch)]
    after = bytes.fromhex(state.cursor) if state.readers else b""
    ahead = select(func.count()).select_from(subscriptions).where(subscriptions.c.secret > after)
    return await grants.count(connection, scribe, old) + (await connection.scalar(ahead) or 0)
