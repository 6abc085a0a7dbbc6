"""What is counted: of cases that are kept by their headers, and of those that are gone by the row that each left.

A row is left when a case's time is over and its writer agreed to be counted, and never when it was erased. Its id is
random; it holds nothing but a `Counted`, and nothing leads from it to the case or from the case to it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.figures import counted, counts
from handlers.model import Case, Counted
from storage.cases import headers
from storage.errors import VaultError
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.tables import cases, statistics

_BODY = place(statistics.c.body)


async def keep(connection: AsyncConnection, scribe: Scribe, ids: Sequence[str], now: datetime) -> None:
    """Leave the rows of cases that are about to be forgotten."""
    ending = [case async for case in headers(connection, scribe, cases.c.id.in_(ids))]
    rows = [_row(scribe, each) for each in (counted(case, now) for case in ending if counts(case)) if each.consented]
    if rows:
        await connection.execute(insert(statistics), rows)


async def living(connection: AsyncConnection, scribe: Scribe) -> tuple[Case, ...]:
    """The headers of all cases that are counted."""
    return tuple([case async for case in headers(connection, scribe) if counts(case)])


async def kept(connection: AsyncConnection, scribe: Scribe) -> tuple[Counted, ...]:
    """What is left of cases that are gone. A damaged row is passed over."""
    found = await connection.execute(select(statistics))
    return tuple(each for row in found if (each := _read(scribe, row)))


def _row(scribe: Scribe, value: Counted) -> dict[str, Any]:
    id_ = secrets.token_urlsafe(16)
    return {"id": id_, "body": scribe.seal(_BODY, id_, value)}


def _read(scribe: Scribe, row: Any) -> Counted | None:
    try:
        return scribe.open(Counted, _BODY, row.id, row.body)
    except (VaultError, UnknownRecord):
        return None
