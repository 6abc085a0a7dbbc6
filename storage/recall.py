"""What of an advisory stands in its readers' chats, for as long as it can be corrected there or taken back.

Each note is sealed to the desk: the server alone can't say who has an advisory. It is forgotten after `KEPT`, with the
message itself, or when its reader leaves and somebody is unlocked. What was sealed to an earlier key of the desk is
lost with that key, and counted as failed.

What changes the copies walks through the notes. Each bears the turn of the last that has looked at it, so that a walk
begins again where it was, and meets the copies too that were on their way when it began.
"""

import asyncio
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers import approved
from handlers.model import UNDER_WAY, Address, Advisory, AdvisoryId, MessageRef, Token
from storage import outbox, pool
from storage.errors import VaultError
from storage.outbox import Copy
from storage.pool import DeskLetter, Locked, Pool, Seeds
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.serial import hours
from storage.tables import advisories, delivered

_BODY = place(delivered.c.body)

KEPT = timedelta(hours=48)
"""After this long Telegram deletes no message any more (Bot API, `deleteMessages`)."""


class Delivered(Struct, frozen=True):
    """What a note seals: whose copy it is, and all that its words are made of (`storage.outbox.Copy`)."""

    address: Address
    messages: tuple[MessageRef, ...]
    language: str
    token: Token
    safe_word: str = ""


def row(scribe: Scribe, desk: Pool, advisory: AdvisoryId, note: Delivered, turn: int, now: datetime) -> dict[str, Any]:
    """A note that one reader has it, in the words of this turn."""
    id_, until = secrets.token_urlsafe(16), hours(now + KEPT)
    letter = pool.seal_letter(scribe, desk, note, _BODY.table, id_)
    return {"id": id_, "advisory": advisory, "turn": turn, "until": until, "body": scribe.seal(_BODY, id_, letter)}


async def put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(insert(delivered), rows)


async def left(connection: AsyncConnection, advisory: AdvisoryId, turn: int | None = None) -> int:
    """How many notes of an advisory there are; those that this turn has not looked at."""
    counted = select(func.count()).select_from(delivered).where(delivered.c.advisory == advisory)
    if turn is not None:
        counted = counted.where(delivered.c.turn < turn)
    return (await connection.scalar(counted)) or 0


async def page(connection: AsyncConnection, correction: Advisory, limit: int) -> dict[str, bytes]:
    """Some notes that a correction has not looked at: id -> sealed."""
    ahead = (delivered.c.advisory == correction.of, delivered.c.turn < correction.turn)
    query = select(delivered.c.id, delivered.c.body).where(*ahead).limit(limit)
    return {id_: body for id_, body in await connection.execute(query)}


async def opened(scribe: Scribe, desk: Pool, sealed: Mapping[str, bytes], seeds: Seeds) -> dict[str, Delivered]:
    """Whose they are, read in a thread; what nobody can read any more is passed over. Raises Locked."""
    return await asyncio.to_thread(_read, scribe, desk, sealed, seeds)


def _read(scribe: Scribe, desk: Pool, sealed: Mapping[str, bytes], seeds: Seeds) -> dict[str, Delivered]:
    if desk.epoch not in seeds:
        raise Locked
    read = {}
    for id_, body in sealed.items():
        try:
            letter = scribe.open(DeskLetter, _BODY, id_, body)
            read[id_] = pool.open_letter(scribe, Delivered, seeds, letter, _BODY.table, id_)
        except (VaultError, UnknownRecord, Locked):
            continue
    return read


async def change(
    connection: AsyncConnection,
    scribe: Scribe,
    correction: Advisory,
    sealed: Collection[str],
    found: Mapping[str, Delivered],
    now: datetime,
) -> tuple[int, int]:
    """These copies are to be changed, or stay; returns how many are on their way, and how many nobody can read.

    A step that another has done already does nothing. Notes of what is deleted, or can't be read, are done with.
    """
    ahead = (delivered.c.id.in_(sealed), delivered.c.turn < correction.turn)
    walked = update(delivered).where(*ahead).values(turn=correction.turn).returning(delivered.c.id)
    mine = set(await connection.scalars(walked))
    touched = [note for id_, note in found.items() if id_ in mine and approved.changes(correction, note.language)]
    kept = {id_ for id_, note in found.items() if note.language in correction.texts or not correction.drop}
    await connection.execute(delete(delivered).where(delivered.c.id.in_(mine - kept)))
    await outbox.put(connection, [_row(scribe, correction, note, now) for note in touched])
    return len(touched), len(mine - found.keys())


def _row(scribe: Scribe, correction: Advisory, note: Delivered, now: datetime) -> dict[str, Any]:
    copy = Copy(note.token, note.safe_word, note.messages)
    return outbox.copy_row(scribe, correction.id, note.address, copy, note.language, now)


async def forget(
    engine: AsyncEngine, scribe: Scribe, seeds: Seeds, gone: Collection[Address], limit: int = 1000
) -> None:
    """Nothing is noted of these addresses any more. Raises Locked."""
    after = ""
    while True:
        async with engine.begin() as connection:
            desk, sealed = await pool.current(connection, scribe), await _any(connection, after, limit)
        if desk is None or not sealed:
            return
        after = max(sealed)
        found = await opened(scribe, desk, sealed, seeds)
        theirs = [id_ for id_, note in found.items() if note.address in gone]
        async with engine.begin() as connection:
            await connection.execute(delete(delivered).where(delivered.c.id.in_(theirs)))


async def _any(connection: AsyncConnection, after: str, limit: int) -> dict[str, bytes]:
    query = select(delivered.c.id, delivered.c.body).where(delivered.c.id > after).order_by(delivered.c.id).limit(limit)
    return {id_: body for id_, body in await connection.execute(query)}


async def purge(connection: AsyncConnection, now: datetime) -> int:
    """Forget what can't be changed any more; where something was about to, count it as failed."""
    old = delivered.c.until <= hours(now)
    unseen = (delivered.c.advisory == advisories.c.corrects) & (delivered.c.turn < advisories.c.turn)
    late = select(func.count()).select_from(delivered).where(unseen, old).scalar_subquery()
    under_way = advisories.c.state.in_(UNDER_WAY) & advisories.c.corrects.is_not(None)
    in_order = select(advisories.c.id).where(under_way).order_by(advisories.c.id)  # as whoever counts what was sent
    await connection.execute(in_order.with_for_update(key_share=True))
    await connection.execute(update(advisories).where(under_way).values(failed=advisories.c.failed + late))
    return (await connection.execute(delete(delivered).where(old))).rowcount
