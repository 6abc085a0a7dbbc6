"""What was published, as it was published. Kept for good: it says nothing of anybody, and must always be the same."""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.release import Release
from storage.scribe import Scribe, place
from storage.tables import releases

_BODY = place(releases.c.body)


async def find(connection: AsyncConnection, scribe: Scribe, quarter: str) -> Release | None:
    """What was published of a quarter ("2026Q2"). Raises VaultError."""
    body = await connection.scalar(select(releases.c.body).where(releases.c.quarter == quarter))
    return scribe.open(Release, _BODY, quarter, body) if body else None


async def keep(connection: AsyncConnection, scribe: Scribe, said: Release) -> None:
    """Keep a new one."""
    body = scribe.seal_lasting(_BODY, said.quarter, said)
    await connection.execute(insert(releases), [{"quarter": said.quarter, "body": body}])
