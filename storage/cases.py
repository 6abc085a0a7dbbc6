"""Cases as one batch sees them: found by id, ref, token or code, locked, changed, and written at the end.

The header is sealed for the server (layer 1). Parts are sealed to the case's own key and then for the row (layers 1
and 2): whoever has only the server's keys sees how many there are, and how large. The header counts the parts:
one that is taken away is noticed before anybody answers to where the reporter no longer is.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from msgspec import Struct
from sqlalchemy import Insert, delete, func, insert, or_, select, update
from sqlalchemy import bindparam as bind
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers import keeping
from handlers.model import (
    BlobId,
    ByCode,
    ByHolder,
    ById,
    ByRef,
    ByToken,
    Case,
    CaseId,
    CaseKey,
    CaseState,
    Contact,
    File,
    MemberId,
    Merge,
    OpenCase,
    Part,
    PartId,
)
from storage import grants
from storage.errors import Incomplete, Tampered, VaultError
from storage.grants import case_name
from storage.hygiene import wipe
from storage.pairs import new_pair
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.serial import days
from storage.sessions import Session
from storage.tables import cases, parts, secrets

_AT_ONCE = 500
_HEADED = (cases.c.id, cases.c.header, cases.c.revision)
_HEADER = place(cases.c.header)
_PUBLIC = place(cases.c.public)
_BODY = place(parts.c.body)


Reading = tuple[MemberId, CaseId]
"""Who reads which case."""


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


async def find(
    connection: AsyncConnection, scribe: Scribe, keys: Iterable[CaseKey], waiting: Iterable[Case] = ()
) -> tuple[dict[CaseKey, CaseId], dict[CaseId, Stored]]:
    """The cases behind these keys, locked until the end of the transaction. Raises VaultError.

    `waiting`: the open cases, among which those of a holder are found.
    """
    wanted = set(keys)
    if not wanted:
        return {}, {}
    indirect = await _by_secret(connection, scribe, wanted) | _by_holder(waiting, wanted)
    refs = {scribe.blind("ref", key.ref): key for key in wanted if isinstance(key, ByRef)}
    ids = {key: key.id for key in wanted if isinstance(key, ById)} | indirect
    found, keyed = await _locked(connection, scribe, ids, refs)
    lost = {key for key in wanted if isinstance(key, ById | ByRef) and key not in keyed}
    if lost and (moved := await _by_alias(connection, scribe, lost)):
        more, now_keyed = await _locked(connection, scribe, moved, {})
        found, keyed = found | more, keyed | now_keyed
    return keyed, found


async def _locked(
    connection: AsyncConnection, scribe: Scribe, ids: Mapping[CaseKey, CaseId], refs: Mapping[bytes, CaseKey]
) -> tuple[dict[CaseId, Stored], dict[CaseKey, CaseId]]:
    """By id or reference: what is there, and which key led to it."""
    query = select(cases).where(or_(cases.c.id.in_(set(ids.values())), cases.c.ref.in_(refs)))
    rows = (await connection.execute(query.order_by(cases.c.id).with_for_update(key_share=True))).all()
    found = {CaseId(row.id): _stored(scribe, row) for row in rows}
    keyed = {key: id_ for key, id_ in ids.items() if id_ in found}
    return found, keyed | {refs[row.ref]: CaseId(row.id) for row in rows if row.ref in refs}


async def held(connection: AsyncConnection, scribe: Scribe, member: MemberId) -> dict[CaseId, Stored]:
    """Every case that a member has claimed, locked until the end of the transaction. Raises VaultError.

    Who holds what is under the seal: all claimed ones are opened.
    """
    claimed = cases.c.state == CaseState.CLAIMED.value
    rows = await connection.execute(select(cases).where(claimed).order_by(cases.c.id).with_for_update(key_share=True))
    found = {CaseId(row.id): _stored(scribe, row) for row in rows.all()}
    return {id_: stored for id_, stored in found.items() if stored.case.holder == member}


async def there(connection: AsyncConnection, scribe: Scribe, ids: Iterable[CaseId]) -> dict[CaseId, Case]:
    """The headers of those of these cases that are still there and can be read."""
    rows = (await connection.execute(select(*_HEADED).where(cases.c.id.in_(set(ids))))).all()
    return {case.id: case for case in readable(scribe, rows)}


def open_parts(scribe: Scribe, seed: bytes | bytearray, case: CaseId, rows: Iterable[Any]) -> tuple[Part, ...]:
    """Read them with the case's seed. Raises VaultError."""
    return tuple(_open_part(scribe, seed, case, row) for row in rows)


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
    return {"hash": hashed, "case_id": case, "proof": _proof(scribe, hashed, case)}


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
    rows = [{"of": hashed, "to": effect.into, "as": _proof(scribe, hashed, effect.into)} for hashed in led]
    if rows:
        pointed = update(secrets).where(secrets.c.hash == bind("of")).values(case_id=bind("to"), proof=bind("as"))
        await connection.execute(pointed, rows)
    names = [secret_row(scribe, _alias(scribe, name), effect.into) for name in (effect.gone, effect.ref)]
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


async def _by_secret(connection: AsyncConnection, scribe: Scribe, keys: set[CaseKey]) -> dict[CaseKey, CaseId]:
    hashes: dict[bytes, CaseKey] = {token_hash(scribe, key.token): key for key in keys if isinstance(key, ByToken)}
    hashes |= {code_hash(scribe, key.stretched): key for key in keys if isinstance(key, ByCode)}
    return await _led(connection, scribe, hashes)


async def _by_alias(connection: AsyncConnection, scribe: Scribe, keys: Iterable[ById | ByRef]) -> dict[CaseKey, CaseId]:
    """Where the names of cases lead that have become part of others."""
    names: dict[bytes, CaseKey] = {_alias(scribe, key.id if isinstance(key, ById) else key.ref): key for key in keys}
    return await _led(connection, scribe, names)


async def _led(connection: AsyncConnection, scribe: Scribe, hashes: Mapping[bytes, CaseKey]) -> dict[CaseKey, CaseId]:
    if not hashes:
        return {}
    rows = (await connection.execute(select(secrets).where(secrets.c.hash.in_(hashes)))).all()
    if any(row.proof != _proof(scribe, row.hash, row.case_id) for row in rows):
        raise Tampered
    return {hashes[row.hash]: CaseId(row.case_id) for row in rows}


def _by_holder(waiting: Iterable[Case], keys: set[CaseKey]) -> dict[CaseKey, CaseId]:
    """Who holds what is under the seal, so nothing but reading the headers tells it."""
    asked = {key for key in keys if isinstance(key, ByHolder)}
    held = [case for case in waiting if case.state is CaseState.CLAIMED]
    theirs = {key: [case.id for case in held if case.holder == key.member] for key in asked}
    return {key: ids[0] for key, ids in theirs.items() if len(ids) == 1}


def _alias(scribe: Scribe, name: str) -> bytes:
    return scribe.blind("merged", name)


def _proof(scribe: Scribe, hashed: bytes, case: str) -> bytes:
    return scribe.blind("leads to", hashed.hex(), case)


def header(scribe: Scribe, row: Any) -> Header:
    return scribe.open(Header, _HEADER, row.id, row.header, row.revision)


def _stored(scribe: Scribe, row: Any) -> Stored:
    opened = header(scribe, row)
    return Stored(opened.case, opened.parts, row.revision, scribe.open_bytes(_PUBLIC, row.id, row.public))


def _open_part(scribe: Scribe, seed: bytes | bytearray, case: CaseId, row: Any) -> Part:
    letter = sheet(scribe, row.id, row.body).letter
    return scribe.open_letter(Part, seed, letter, "part", case, PartId(row.id))


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
