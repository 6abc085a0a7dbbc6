"""The parts of cases, read with the keys of somebody's session: what was not granted to them stays closed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import CaseId, MemberId, Part, PartId
from storage import grants
from storage.cases import Stored, sheet
from storage.errors import Incomplete
from storage.grants import case_name
from storage.hygiene import wipe
from storage.scribe import Scribe
from storage.sessions import Session
from storage.tables import parts

Reading = tuple[MemberId, CaseId]
"""Who reads which case."""


async def open_for(
    connection: AsyncConnection,
    scribe: Scribe,
    readings: Sequence[tuple[Session, CaseId]],
    stored: Mapping[CaseId, Stored],
) -> dict[Reading, tuple[Part, ...]]:
    """The parts of cases, each read with the keys of one session. What was not granted to it stays closed.

    Raises VaultError; Incomplete when there are not as many parts as the header counts.
    """
    if not readings:
        return {}
    seeds = await _case_seeds(connection, scribe, readings)
    try:
        rows = await _read_parts(connection, {case for _, case in seeds})
        opened = {reading: open_parts(scribe, seed, reading[1], rows[reading[1]]) for reading, seed in seeds.items()}
    finally:
        wipe(*seeds.values())
    if any(len(found) != stored[case].parts for (_, case), found in opened.items()):
        raise Incomplete
    return opened


async def _case_seeds(
    connection: AsyncConnection, scribe: Scribe, readings: Sequence[tuple[Session, CaseId]]
) -> dict[Reading, bytearray]:
    """The seeds of cases as each session can open them, through the pool or its own grant; to be wiped."""
    keys = {session.member: _keys_of(session) for session, _ in readings}
    things = {case_name(case) for _, case in readings}
    letters = await grants.find(connection, scribe, things, {name for held in keys.values() for name in held})
    seeds: dict[Reading, bytearray] = {}
    for session, case in readings:
        usable = ((name, letters.get((case_name(case), name))) for name in keys[session.member])
        held = next(((name, letter) for name, letter in usable if letter), None)
        if held:
            seed = keys[session.member][held[0]]
            seeds[session.member, case] = grants.opened(scribe, seed, case_name(case), *held)
    return seeds


def _keys_of(session: Session) -> dict[str, bytearray]:
    pools = {grants.pool_name(epoch): seed for epoch, seed in session.pools.items()}
    return pools | {grants.member_name(session.member): session.seed}


async def _read_parts(connection: AsyncConnection, ids: set[CaseId]) -> dict[CaseId, list[Any]]:
    """The sealed parts of these cases, in order."""
    query = select(parts).where(parts.c.case_id.in_(ids)).order_by(parts.c.seq)
    found: dict[CaseId, list[Any]] = {id_: [] for id_ in ids}
    for row in await connection.execute(query):
        found[CaseId(row.case_id)].append(row)
    return found


def open_parts(scribe: Scribe, seed: bytes | bytearray, case: CaseId, rows: Iterable[Any]) -> tuple[Part, ...]:
    """Read them with the case's seed. Raises VaultError."""
    return tuple(_open_part(scribe, seed, case, row) for row in rows)


def _open_part(scribe: Scribe, seed: bytes | bytearray, case: CaseId, row: Any) -> Part:
    letter = sheet(scribe, row.id, row.body).letter
    return scribe.open_letter(Part, seed, letter, "part", case, PartId(row.id))
