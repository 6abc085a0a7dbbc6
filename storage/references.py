"""Which sealed files something still refers to; the others are orphans, and the janitor removes them.

A file moves one way: from an event that waits, into a draft, into a part of a case. They are read in this order, so
that one that moves meanwhile is met before its move or after it. All of it lies under the server's own keys (layer 1);
what a file shows is under the case's.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.model import BlobId, Downloaded
from storage import cases, chats
from storage import inbox as events
from storage.errors import VaultError
from storage.scribe import Scribe
from storage.tables import conversations, inbox, parts

PAGE = 200
Read = Callable[[Scribe, Any], Iterable[BlobId]]


async def of_files(engine: AsyncEngine, scribe: Scribe) -> set[BlobId]:
    """All files that an event, a draft or a case refers to. Raises UnknownRecord: then nothing may be removed.

    What can't be opened refers to nothing: the key of its file is lost with it.
    """
    found: set[BlobId] = set()
    for key, query, read in _SOURCES:
        async for rows in pages(engine, key, query):
            found |= await asyncio.to_thread(_all, scribe, rows, read)
    return found


async def pages(engine: AsyncEngine, key: Any, query: Select[Any]) -> AsyncIterator[Sequence[Any]]:
    """The rows of a query by its key, so many at a time, each page in a transaction of its own."""
    page = query.order_by(key).limit(PAGE)
    rows: Sequence[Any] = ()
    while not rows or len(rows) == PAGE:
        behind = page.where(key > getattr(rows[-1], key.name)) if rows else page
        async with engine.begin() as connection:
            rows = (await connection.execute(behind)).all()
        if not rows:
            return
        yield rows


def _all(scribe: Scribe, rows: Iterable[Any], read: Read) -> set[BlobId]:
    return {blob for row in rows for blob in _opened(scribe, row, read)}


def _opened(scribe: Scribe, row: Any, read: Read) -> Iterable[BlobId]:
    try:
        return tuple(read(scribe, row))
    except VaultError:
        return ()


def _of_event(scribe: Scribe, row: Any) -> Iterator[BlobId]:
    event = events.event_of(scribe, row.mark, row.body)
    if isinstance(event, Downloaded) and event.file:
        yield event.file.blob


def _of_draft(scribe: Scribe, row: Any) -> Iterator[BlobId]:
    draft = chats.conversation(scribe, row.chat, row.body, row.revision).draft
    yield from (file.blob for file in draft.files) if draft else ()


def _of_part(scribe: Scribe, row: Any) -> Iterator[BlobId]:
    yield cases.sheet(scribe, row.id, row.body).blob


_SOURCES: tuple[tuple[Any, Select[Any], Read], ...] = (
    (inbox.c.id, select(inbox.c.id, inbox.c.mark, inbox.c.body).where(inbox.c.body.is_not(None)), _of_event),
    (
        conversations.c.chat,
        select(conversations.c.chat, conversations.c.body, conversations.c.revision).where(
            conversations.c.body.is_not(None)
        ),
        _of_draft,
    ),
    (parts.c.id, select(parts.c.id, parts.c.body), _of_part),
)
