"""The shelf: the headers of all cases that are not closed, as this process has read them.

For each batch that wants the queue only ids and revisions are read; a header is fetched and opened when it has changed.
Nobody has to see from outside which case is how urgent: the queue is put in order here, not by the database.
"""

from collections.abc import Sequence

from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Case, CaseId
from storage.cases import header
from storage.errors import VaultError
from storage.records import UnknownRecord
from storage.scribe import Scribe
from storage.tables import cases

_AT_ONCE = 1000
"""Headers in one statement: fewer than either database allows parameters."""
_REVISIONS = select(cases.c.id, cases.c.revision).where(cases.c.state != literal_column("'closed'"))


class Shelf:
    """Kept for the life of a process; holds nothing that the database does not."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._seen: dict[CaseId, tuple[int, Case | None]] = {}

    async def read(self, connection: AsyncConnection) -> tuple[Case, ...]:
        """Those cases as committed. A damaged one is passed over: it must not hide all others; opening it says so."""
        revisions = {CaseId(id_): revision for id_, revision in await connection.execute(_REVISIONS)}
        seen = self._seen  # another transaction may read at the same time
        known = {id_: seen[id_] for id_, revision in revisions.items() if id_ in seen and seen[id_][0] == revision}
        stale = [id_ for id_ in revisions if id_ not in known]
        for start in range(0, len(stale), _AT_ONCE):
            known |= await self._fetch(connection, stale[start : start + _AT_ONCE])
        self._seen = known
        return tuple(case for _, case in known.values() if case)

    async def _fetch(self, connection: AsyncConnection, ids: Sequence[str]) -> dict[CaseId, tuple[int, Case | None]]:
        columns = (cases.c.id, cases.c.revision, cases.c.header)
        rows = await connection.execute(select(*columns).where(cases.c.id.in_(ids)))
        return {CaseId(row.id): (row.revision, self._opened(row)) for row in rows}

    def _opened(self, row: object) -> Case | None:
        try:
            return header(self._scribe, row).case
        except (VaultError, UnknownRecord):
            return None
