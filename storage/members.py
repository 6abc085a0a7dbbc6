"""The team: who they are, found by their chat, and the invitations on their way.

The roster is read anew for each batch, but only what changed is fetched and opened. A batch works on a copy of it
(`People`), so that what one event changes the next one sees, and what is rolled back was never there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Address, Invitation, Member, MemberId
from storage.errors import VaultError
from storage.records import UnknownRecord
from storage.scribe import Scribe, place
from storage.serial import milliseconds
from storage.tables import invitations, members

_INVITATION_BODY = place(invitations.c.body)
_MEMBER_BODY = place(members.c.body)
REMEMBERED = timedelta(days=7)
"""After an invitation has run out: until then, whoever comes with it hears why it is of no use."""
_REVISIONS = select(members.c.id, members.c.revision)


class ChangedMeanwhile(Exception):
    """Another process changed the same member: nothing was written, try this event again."""


class People:
    """The team as one batch sees it. `damaged`: rows that can't be opened; whoever they are, they may do nothing."""

    def __init__(self, team: dict[MemberId, Member], damaged: int = 0) -> None:
        self._team, self.damaged = team, damaged
        self._by_address = {member.address: member.id for member in team.values()}
        self._revisions = {member.id: member.revision for member in team.values()}

    def at(self, address: Address) -> Member | None:
        """The member whose chat this is."""
        found = self._by_address.get(address)
        return self._team[found] if found is not None else None

    def get(self, member: MemberId) -> Member | None:
        return self._team.get(member)

    def everybody(self) -> tuple[Member, ...]:
        return tuple(self._team.values())

    def put(self, member: Member) -> None:
        """Add or change; the revision is counted here."""
        stored = replace(member, revision=self.read_at(member.id) + 1)
        self._forget_address(member.id)
        self._team[member.id] = stored
        self._by_address[member.address] = member.id

    def remove(self, member: MemberId) -> None:
        self._forget_address(member)
        self._team.pop(member, None)

    def read_at(self, member: MemberId) -> int:
        """The revision that was read; 0 for a new member."""
        return self._revisions.get(member, 0)

    def _forget_address(self, member: MemberId) -> None:
        if member in self._team:
            self._by_address.pop(self._team[member].address, None)


class Roster:
    """What this process has read of the team so far."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._seen: dict[MemberId, Member] = {}

    async def read(self, connection: AsyncConnection) -> People:
        """The team as committed, and as this transaction sees it. A damaged row is passed over, and counted."""
        seen = self._seen  # another transaction may read at the same time
        rows = (await connection.execute(_REVISIONS)).all()
        stale = [id_ for id_, revision in rows if id_ not in seen or seen[id_].revision != revision]
        fresh = await self._fetch(connection, stale) if stale else {}
        intact = [id_ for id_, _ in rows if id_ in fresh or id_ not in stale]
        self._seen = {id_: fresh.get(id_) or seen[id_] for id_ in intact}
        return People(dict(self._seen), len(rows) - len(intact))

    async def _fetch(self, connection: AsyncConnection, ids: Sequence[str]) -> dict[MemberId, Member]:
        columns = (members.c.id, members.c.revision, members.c.body)
        rows = await connection.execute(select(*columns).where(members.c.id.in_(ids)))
        found = {MemberId(id_): self._open(id_, revision, body) for id_, revision, body in rows}
        return {id_: member for id_, member in found.items() if member}

    def _open(self, id_: str, revision: int, body: bytes) -> Member | None:
        try:
            return replace(self._scribe.open(Member, _MEMBER_BODY, id_, body, revision), revision=revision)
        except (VaultError, UnknownRecord):
            return None


async def save(connection: AsyncConnection, scribe: Scribe, people: People, changed: Iterable[MemberId]) -> None:
    """Write members one by one: each must still be as it was read. Raises ChangedMeanwhile."""
    for id_ in sorted(changed):
        member = people.get(id_)
        if member is None:
            await connection.execute(delete(members).where(members.c.id == id_))
        elif not people.read_at(id_):
            await _insert(connection, scribe, member)
        else:
            await _update(connection, scribe, member, people.read_at(id_))


async def _insert(connection: AsyncConnection, scribe: Scribe, member: Member) -> None:
    """A row that is there already for a newcomer's chat can only be a damaged one: it is replaced."""
    row = _row(scribe, member)
    await connection.execute(delete(members).where(members.c.chat == row["chat"]))
    await connection.execute(insert(members), row)


async def _update(connection: AsyncConnection, scribe: Scribe, member: Member, revision: int) -> None:
    as_read = (members.c.id == member.id) & (members.c.revision == revision)
    done = await connection.execute(update(members).where(as_read).values(_row(scribe, member)))
    if done.rowcount != 1:
        raise ChangedMeanwhile


def _row(scribe: Scribe, member: Member) -> dict[str, Any]:
    return {
        "id": member.id,
        "chat": scribe.chat(member.address),
        "revision": member.revision,
        "body": scribe.seal(_MEMBER_BODY, member.id, member, member.revision),
    }


def invitation_row(scribe: Scribe, invitation: Invitation, hashed: bytes) -> dict[str, Any]:
    return {
        "secret": hashed,
        "expires": milliseconds(invitation.expires),
        "body": scribe.seal(_INVITATION_BODY, hashed.hex(), invitation),
    }


def invitation_hash(scribe: Scribe, secret: str) -> bytes:
    return scribe.blind("invitation", secret)


async def find_invitations(
    connection: AsyncConnection, scribe: Scribe, wanted: Iterable[str] | None
) -> dict[bytes, Invitation]:
    """Those of these secrets, or all, by their hashes; locked against another's use. A damaged one leads nowhere."""
    query = select(invitations.c.secret, invitations.c.body).order_by(invitations.c.secret)
    if wanted is not None:
        query = query.where(invitations.c.secret.in_([invitation_hash(scribe, secret) for secret in wanted]))
    rows = await connection.execute(query.with_for_update())
    opened = ((key, _open_invitation(scribe, key, body)) for key, body in rows)
    return {key: invitation for key, invitation in opened if invitation}


def _open_invitation(scribe: Scribe, key: bytes, body: bytes) -> Invitation | None:
    try:
        return scribe.open(Invitation, _INVITATION_BODY, key.hex(), body)
    except (VaultError, UnknownRecord):
        return None


async def purge_invitations(connection: AsyncConnection, now: datetime) -> int:
    """Forget those that have been of no use for long enough."""
    old = delete(invitations).where(invitations.c.expires <= milliseconds(now - REMEMBERED))
    return (await connection.execute(old)).rowcount
