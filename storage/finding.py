"""Which case is meant: by its id, reference, token or code, by its holder, or by the name of one that was merged."""

from collections.abc import Iterable, Mapping

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import ByCode, ByHolder, ById, ByRef, ByToken, Case, CaseId, CaseKey, CaseState, MemberId
from storage.cases import Stored, alias, code_hash, proof, stored_of, token_hash
from storage.errors import Tampered
from storage.scribe import Scribe
from storage.tables import cases, secrets


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
    found = {CaseId(row.id): stored_of(scribe, row) for row in rows}
    keyed = {key: id_ for key, id_ in ids.items() if id_ in found}
    return found, keyed | {refs[row.ref]: CaseId(row.id) for row in rows if row.ref in refs}


async def held(connection: AsyncConnection, scribe: Scribe, member: MemberId) -> dict[CaseId, Stored]:
    """Every case that a member has claimed, locked until the end of the transaction. Raises VaultError.

    Who holds what is under the seal: all claimed ones are opened.
    """
    claimed = cases.c.state == CaseState.CLAIMED.value
    rows = await connection.execute(select(cases).where(claimed).order_by(cases.c.id).with_for_update(key_share=True))
    found = {CaseId(row.id): stored_of(scribe, row) for row in rows.all()}
    return {id_: stored for id_, stored in found.items() if stored.case.holder == member}


async def _by_secret(connection: AsyncConnection, scribe: Scribe, keys: set[CaseKey]) -> dict[CaseKey, CaseId]:
    hashes: dict[bytes, CaseKey] = {token_hash(scribe, key.token): key for key in keys if isinstance(key, ByToken)}
    hashes |= {code_hash(scribe, key.stretched): key for key in keys if isinstance(key, ByCode)}
    return await _led(connection, scribe, hashes)


async def _by_alias(connection: AsyncConnection, scribe: Scribe, keys: Iterable[ById | ByRef]) -> dict[CaseKey, CaseId]:
    """Where the names of cases lead that have become part of others."""
    names: dict[bytes, CaseKey] = {alias(scribe, key.id if isinstance(key, ById) else key.ref): key for key in keys}
    return await _led(connection, scribe, names)


async def _led(connection: AsyncConnection, scribe: Scribe, hashes: Mapping[bytes, CaseKey]) -> dict[CaseKey, CaseId]:
    if not hashes:
        return {}
    rows = (await connection.execute(select(secrets).where(secrets.c.hash.in_(hashes)))).all()
    if any(row.proof != proof(scribe, row.hash, row.case_id) for row in rows):
        raise Tampered
    return {hashes[row.hash]: CaseId(row.case_id) for row in rows}


def _by_holder(waiting: Iterable[Case], keys: set[CaseKey]) -> dict[CaseKey, CaseId]:
    """Who holds what is under the seal, so nothing but reading the headers tells it."""
    asked = {key for key in keys if isinstance(key, ByHolder)}
    held = [case for case in waiting if case.state is CaseState.CLAIMED]
    theirs = {key: [case.id for case in held if case.holder == key.member] for key in asked}
    return {key: ids[0] for key, ids in theirs.items() if len(ids) == 1}
