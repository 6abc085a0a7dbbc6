"""What of an advisory stands in its readers' chats, for as long as it can be taken back.

Each note is sealed to the desk: the server alone can't say who has an advisory. It is forgotten after `KEPT`, with the
message itself, or when its reader leaves and somebody is unlocked. What was sealed to an earlier key of the desk is
lost with that key, and counted as not taken back.
"""

import asyncio
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.model import Address, AdvisoryId, Delete, MessageRef
from storage import outbox, pool
from storage.errors import VaultError
from storage.outbox import Priority
from storage.pool import DeskLetter, Locked, Pool, Seeds
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.serial import hours
from storage.tables import Lane, delivered

_BODY = place(delivered.c.body)

KEPT = timedelta(hours=48)
"""After this long Telegram deletes no message any more (Bot API, `deleteMessages`)."""


class Delivered(Struct, frozen=True):
    """What a note seals."""

    address: Address
    messages: tuple[MessageRef, ...]


def row(scribe: Scribe, desk: Pool, advisory: AdvisoryId, note: Delivered, now: datetime) -> dict[str, Any]:
    """A note that one reader has it."""
    id_ = secrets.token_urlsafe(16)
    letter = pool.seal_letter(scribe, desk, note, _BODY.table, id_)
    return {"id": id_, "advisory": advisory, "until": hours(now + KEPT), "body": scribe.seal(_BODY, id_, letter)}


async def put(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(insert(delivered), rows)


async def left(connection: AsyncConnection, advisory: AdvisoryId) -> int:
    """How many notes there are."""
    counted = select(func.count()).select_from(delivered).where(delivered.c.advisory == advisory)
    return (await connection.scalar(counted)) or 0


async def page(
    connection: AsyncConnection, advisory: AdvisoryId | None, limit: int, after: str = ""
) -> dict[str, bytes]:
    """Some notes of an advisory, or of all: id -> sealed."""
    query = select(delivered.c.id, delivered.c.body).where(delivered.c.id > after).order_by(delivered.c.id).limit(limit)
    if advisory is not None:
        query = query.where(delivered.c.advisory == advisory)
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


async def take_back(
    connection: AsyncConnection,
    scribe: Scribe,
    recall: AdvisoryId,
    sealed: Collection[str],
    found: Mapping[str, Delivered],
    now: datetime,
) -> None:
    """Their messages are to be deleted; the notes are done with. A step that another has done already does nothing."""
    gone = delete(delivered).where(delivered.c.id.in_(sealed)).returning(delivered.c.id)
    mine = set(await connection.scalars(gone))
    notes = [note for id_, note in found.items() if id_ in mine]
    effects = [(note.address, Delete(note.address, note.messages)) for note in notes]
    rows = [
        outbox.row(scribe, Lane.WORDS, address, effect, now, "", Priority.ADVISORY, recall)
        for address, effect in effects
    ]
    await outbox.put(connection, rows)


async def forget(
    engine: AsyncEngine, scribe: Scribe, seeds: Seeds, gone: Collection[Address], limit: int = 1000
) -> None:
    """Nothing is noted of these addresses any more. Raises Locked."""
    after = ""
    while True:
        async with engine.begin() as connection:
            desk, sealed = await pool.current(connection, scribe), await page(connection, None, limit, after)
        if desk is None or not sealed:
            return
        after = max(sealed)
        found = await opened(scribe, desk, sealed, seeds)
        theirs = [id_ for id_, note in found.items() if note.address in gone]
        async with engine.begin() as connection:
            await connection.execute(delete(delivered).where(delivered.c.id.in_(theirs)))


async def purge(connection: AsyncConnection, now: datetime) -> int:
    """Forget what can't be taken back any more."""
    return (await connection.execute(delete(delivered).where(delivered.c.until <= hours(now)))).rowcount
