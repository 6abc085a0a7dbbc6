"""What was said of a quarter, to everybody and to partners. Kept for good: it tells of nobody, and stays the same."""

from datetime import date

from msgspec import Struct
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.release import Figures, may_be_out
from storage.scribe import Scribe, place
from storage.tables import meta, releases
from storage.upsert import insert_or_replace

_BODY = place(releases.c.body)
_VALUE = place(meta.c.value)
_RESTORED = "restored"


class _Restored(Struct, frozen=True):
    day: date


async def find(connection: AsyncConnection, scribe: Scribe, quarter: str) -> Figures | None:
    """What was said of a quarter ("2026Q2"). Raises VaultError."""
    body = await connection.scalar(select(releases.c.body).where(releases.c.quarter == quarter))
    return scribe.open(Figures, _BODY, quarter, body) if body else None


async def keep(connection: AsyncConnection, scribe: Scribe, said: Figures) -> Figures:
    """From now on this is said of its quarter, unless something was before; what is said of it. Raises VaultError."""
    before = await find(connection, scribe, said.quarter)
    if before is None:
        body = scribe.seal_lasting(_BODY, said.quarter, said)
        await connection.execute(insert(releases), [{"quarter": said.quarter, "body": body}])
    return before or said


async def put_back(connection: AsyncConnection, scribe: Scribe, day: date) -> None:
    """The database was restored on this day: what was published after the backup is not known any more."""
    row = {"key": _RESTORED, "value": scribe.seal_lasting(_VALUE, _RESTORED, _Restored(day))}
    await connection.execute(insert_or_replace(connection, meta, "key"), [row])


async def forgotten(connection: AsyncConnection, scribe: Scribe, quarter: str) -> bool:
    """Whether a quarter may have been published before a restore, and nothing here knows it. Raises VaultError,
    ValueError.
    """
    value = await connection.scalar(select(meta.c.value).where(meta.c.key == _RESTORED))
    return value is not None and may_be_out(quarter, scribe.open(_Restored, _VALUE, _RESTORED, value).day)
