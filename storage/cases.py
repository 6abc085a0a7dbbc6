"""The rows of cases: made, read, changed, merged and erased. Which one is meant: `finding`; its parts: `reading`.

The header is sealed for the server (layer 1). Parts are sealed to the case's own key and then for the row (layers 1
and 2): whoever has only the server's keys sees how many there are, and how large. The header counts the parts:
one that is taken away is noticed before anybody answers to where the reporter no longer is.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct
from sqlalchemy import Insert, delete, func, insert, select, update
from sqlalchemy import bindparam as bind
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers import keeping
from handlers.model import (
    BlobId,
    Case,
    CaseId,
    CaseState,
    Contact,
    File,
    Merge,
    OpenCase,
    Part,
)
from storage import grants
from storage.errors import VaultError
from storage.grants import case_name
from storage.pairs import new_pair
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.serial import days
from storage.tables import cases, parts, secrets

_AT_ONCE = 500
_HEADED = (cases.c.id, cases.c.header, cases.c.revision)
_HEADER = place(cases.c.header)
_PUBLIC = place(cases.c.public)
_BODY = place(parts.c.body)


class Sheet(Struct, frozen=True, omit_defaults=True):
    """A part as the server sees it: a letter to the case's key, which blob goes with it when it is erased, and whether
    it is a `link` to the reporter, which goes before the others.
    """

    letter: bytes
    blob: BlobId = BlobId("")
    link: bool = False


class Header(Struct, frozen=True, omit_defaults=True):
    """What is sealed for the server, and how many parts the case has."""

    case: Case
    parts: int


class Stored(Struct, frozen=True):
    """What a row says, as it was read."""

    case: Case
    parts: int
    revision: int
    public: bytes


async def there(connection: AsyncConnection, scribe: Scribe, ids: Iterable[CaseId]) -> dict[CaseId, Case]:
    """The headers of those of these cases that are still there and can be read."""
    rows = (await connection.execute(select(*_HEADED).where(cases.c.id.in_(set(ids))))).all()
    return {case.id: case for case in readable(scribe, rows)}


def opening(scribe: Scribe, effect: OpenCase, holder: tuple[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    """The rows of a new case, by table: its own key pair, the grant of its seed, its parts and its token."""
    case = effect.case
    with new_pair() as pair:
        grant = grants.row(scribe, case_name(case.id), *holder, pair.seed)
    return {
        "cases": [_new_row(scribe, case, len(effect.parts), pair.public)],
        "grants": [grant],
        "parts": [part_row(scribe, case.id, pair.public, part) for part in effect.parts],
        "secrets": [secret_row(scribe, token_hash(scribe, effect.token), case.id)],
    }


def part_row(scribe: Scribe, case: CaseId, public: bytes, part: Part) -> dict[str, Any]:
    """A part that only the holder of the case's seed can read."""
    letter = scribe.seal_letter(public, part, "part", case, part.id)
    blob = part.body.file.blob if isinstance(part.body, File) else BlobId("")
    held = Sheet(letter, blob, isinstance(part.body, Contact))
    return {"id": part.id, "case_id": case, "of": case, "body": scribe.seal(_BODY, part.id, held)}


def sheet(scribe: Scribe, part: str, body: bytes) -> Sheet:
    """A part as the server sees it. Raises VaultError, UnknownRecord."""
    return scribe.open(Sheet, _BODY, part, body)


def secret_row(scribe: Scribe, hashed: bytes, case: CaseId) -> dict[str, Any]:
    """A token or code that leads to a case."""
    return {"hash": hashed, "case_id": case, "proof": proof(scribe, hashed, case)}


def token_hash(scribe: Scribe, token: str) -> bytes:
    return scribe.blind("token", token)


def code_hash(scribe: Scribe, stretched: str) -> bytes:
    return scribe.blind("code", stretched)


def update_row(scribe: Scribe, case: Case, stored: Stored, added: int) -> dict[str, Any]:
    """A changed header, more parts or fewer, one revision on; the day of its end, once that is sure."""
    revision, header = stored.revision + 1, Header(case, stored.parts + added)
    end = keeping.end(case)
    return {
        "of": case.id,
        "state": case.state.value,
        "revision": revision,
        "header": scribe.seal(_HEADER, case.id, header, revision),
        "purge_on": days(end) if end else None,
    }


async def write(connection: AsyncConnection, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Write what `opening`, `part_row` and `update_row` made."""
    for table, statement in _INSERT.items():
        if rows.get(table):
            await connection.execute(statement, rows[table])
    await grants.put(connection, rows.get("grants", []))
    if rows.get("changed"):
        names = ("state", "revision", "header", "purge_on")
        changed = update(cases).where(cases.c.id == bind("of")).values({name: bind(name) for name in names})
        await connection.execute(changed, rows["changed"])


async def erase(connection: AsyncConnection, scribe: Scribe, ids: Sequence[str]) -> tuple[BlobId, ...]:
    """Everything of these cases out of every table; returns the blobs that went with them."""
    if not ids:
        return ()
    rows = (await connection.execute(select(parts.c.id, parts.c.body).where(parts.c.case_id.in_(ids)))).all()
    for table in (parts, secrets):
        await connection.execute(delete(table).where(table.c.case_id.in_(ids)))
    await grants.drop_things(connection, scribe, [case_name(id_) for id_ in ids])
    await connection.execute(delete(cases).where(cases.c.id.in_(ids)))
    return tuple(blob for id_, body in rows if (blob := _blob_of(scribe, id_, body)))


async def unlink(connection: AsyncConnection, scribe: Scribe, ids: Sequence[CaseId]) -> Counter[CaseId]:
    """Remove from these cases where their reporters can be reached; how many parts of each went. Raises VaultError."""
    rows = (await connection.execute(select(parts).where(parts.c.case_id.in_(ids)))).all() if ids else ()
    links = [row for row in rows if sheet(scribe, row.id, row.body).link]
    for start in range(0, len(links), _AT_ONCE):
        some = [row.id for row in links[start : start + _AT_ONCE]]
        await connection.execute(delete(parts).where(parts.c.id.in_(some)))
    return Counter(CaseId(row.case_id) for row in links)


async def merge(connection: AsyncConnection, scribe: Scribe, effect: Merge) -> None:
    """Whatever led to a case leads to another from now on, its own names too; nothing else is left of it.

    Its files stay: their parts are in the other case by now.
    """
    led = await connection.scalars(select(secrets.c.hash).where(secrets.c.case_id == effect.gone))
    rows = [{"of": hashed, "to": effect.into, "as": proof(scribe, hashed, effect.into)} for hashed in led]
    if rows:
        pointed = update(secrets).where(secrets.c.hash == bind("of")).values(case_id=bind("to"), proof=bind("as"))
        await connection.execute(pointed, rows)
    names = [secret_row(scribe, alias(scribe, name), effect.into) for name in (effect.gone, effect.ref)]
    await connection.execute(insert(secrets), names)
    await erase(connection, scribe, [effect.gone])


def _blob_of(scribe: Scribe, part: str, body: bytes) -> BlobId:
    """The file of a part. Of one that can't be opened none is known, and its key is gone; erasing goes on."""
    try:
        return sheet(scribe, part, body).blob
    except (VaultError, UnknownRecord):
        return BlobId("")


CLOSED = select(*_HEADED).where(cases.c.state == CaseState.CLOSED.value)
"""The rows of all closed cases, as far as `readable` reads them."""


def readable(scribe: Scribe, rows: Iterable[Any]) -> list[Case]:
    """The headers in these rows. A damaged one is passed over: opening it says so."""
    found = []
    for row in rows:
        with suppress(VaultError, UnknownRecord):
            found.append(header(scribe, row).case)
    return found


async def headers(connection: AsyncConnection, scribe: Scribe, *only: Any) -> AsyncIterator[Case]:
    """The headers of these cases, a page at a time."""
    chosen, after = select(*_HEADED).where(*only).order_by(cases.c.id), ""
    while rows := (await connection.execute(chosen.where(cases.c.id > after).limit(_AT_ONCE))).all():
        for case in readable(scribe, rows):
            yield case
        after = rows[-1].id


async def past_retention(connection: AsyncConnection, day: int, limit: int) -> list[str]:
    """Closed cases whose last day was before this one."""
    query = select(cases.c.id).where(cases.c.purge_on.is_not(None), cases.c.purge_on < day).limit(limit)
    return list(await connection.scalars(query.with_for_update(skip_locked=True)))


def alias(scribe: Scribe, name: str) -> bytes:
    """By what the id or the reference of a merged case leads to the other."""
    return scribe.blind("merged", name)


def proof(scribe: Scribe, hashed: bytes, case: str) -> bytes:
    """That we wrote where this secret leads."""
    return scribe.blind("leads to", hashed.hex(), case)


def header(scribe: Scribe, row: Any) -> Header:
    """Opened for the server. Raises VaultError, UnknownRecord."""
    return scribe.open(Header, _HEADER, row.id, row.header, row.revision)


def stored_of(scribe: Scribe, row: Any) -> Stored:
    """A whole row as it says. Raises VaultError, UnknownRecord."""
    opened = header(scribe, row)
    return Stored(opened.case, opened.parts, row.revision, scribe.open_bytes(_PUBLIC, row.id, row.public))


def _new_row(scribe: Scribe, case: Case, count: int, public: bytes) -> dict[str, Any]:
    return {
        "id": case.id,
        "ref": scribe.blind("ref", case.ref),
        "state": case.state.value,
        "revision": 1,
        "header": scribe.seal(_HEADER, case.id, Header(case, count), 1),
        "public": scribe.seal_bytes(_PUBLIC, case.id, public),
        "purge_on": None,
    }


def _insert_part() -> Insert:
    """Parts are numbered within their case."""
    others = parts.alias("others")
    last = select(func.coalesce(func.max(others.c.seq), 0)).where(others.c.case_id == bind("of")).scalar_subquery()
    return insert(parts).values(seq=last + 1)


_INSERT = {"cases": insert(cases), "parts": _insert_part(), "secrets": insert(secrets)}
