"""What was said of a quarter, to everybody and to partners. Kept for good: it tells of nobody, and stays the same."""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.release import Figures
from storage.scribe import Scribe, place
from storage.tables import releases

_BODY = place(releases.c.body)


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
