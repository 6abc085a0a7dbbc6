"""The database: takes events in, hands them out in batches, and keeps what follows from them.

    accept      events at the door, sealed, each once                    (then the messenger is told)
    batch       the oldest due event of each of many chats, as one unit of work (`storage.transaction`)
    dispatch    the outbox, for the courier                              (`storage.dispatch`)
    broadcast   an advisory's next readers, into the outbox              (`storage.broadcast`)
    regranting  what an old key of the desk opened, for the new one      (`storage.rekeying`)
    retention   what must be forgotten, for the janitor                  (`storage.retention`)

A transaction never waits for the network. On SQLite there is one connection, and so one transaction at a time.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime
from typing import Self

from sqlalchemy import delete, func, insert, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.figures import counted
from handlers.model import Address, ById, CaseId, ConsentId, Counted, Entry, Invitation, Member, Outcome
from handlers.program import Program
from handlers.release import Figures, Withheld, said_of
from storage import advisories, chain, console, figures, finding, grants, inbox, pool, releases, sender
from storage.audit import Head, Report, Verifier
from storage.broadcast import Broadcast
from storage.dispatch import Dispatch
from storage.engine import engine_for
from storage.errors import AlreadyFounded
from storage.fleeting import holds_passphrase, may_hold_passphrase
from storage.members import People, Roster, invitation_hash, invitation_row
from storage.migrate import migrate, owner_of, require_newest
from storage.panic import Order
from storage.records import Arrival
from storage.rekeying import Regranting
from storage.retention import SYSTEM, NotEmptied, Retention
from storage.scribe import Scribe
from storage.serial import Serial
from storage.sessions import Session, Sessions
from storage.shelf import Shelf
from storage.single import EXPORT
from storage.tables import Lane, invitations, members, messages
from storage.tables import inbox as inbox_table
from storage.tables import outbox as outbox_table
from storage.transaction import Batch
from storage.vault import Vault
from storage.vitals import Signs
from storage.volatile import VolatileKey


class Database:
    """One process's door to the database. Make it with `open`; close it at the end.

    `arrived` and `outgoing` are set when this process has put something into the inbox or a lane of the outbox; other
    processes can't set them, so nobody may rely on them alone. `ordered` brings an admin's panic to this process.
    """

    def __init__(self, engine: AsyncEngine, scribe: Scribe, sessions: Sessions, holder: str) -> None:
        self._engine, self._scribe, self._sessions = engine, scribe, sessions
        self._roster, self._shelf = Roster(scribe), Shelf(scribe)
        self.signs = Signs(engine, scribe, self._roster, self._shelf)
        self.arrived, self.outgoing = asyncio.Event(), {lane: asyncio.Event() for lane in Lane}
        self.ordered: asyncio.Queue[Order] = asyncio.Queue()
        self.dispatch = Dispatch(engine, scribe, holder, self.arrived)
        self.broadcast = Broadcast(engine, scribe, sessions)
        self.regranting = Regranting(engine, scribe, sessions)
        self.retention = Retention(engine, scribe, sessions, self.outgoing[Lane.ERRANDS])

    @classmethod
    async def open(cls, url: str, vault: Vault, sessions: Sessions, *, process: str, upgrades: bool = False) -> Self:
        """Connect, and check what the database promises.

        `process` names the role in leases. Who `upgrades` makes the database, or brings it to this version's schema: it
        is the ring's from the first time on. Raises OlderDatabase without that; ForeignDatabase, NewerDatabase,
        PragmaRefused, UnknownDatabase.
        """
        await (migrate if upgrades else require_newest)(url, owner_of(vault.ring))
        holder = f"{process}:{secrets.token_hex(8)}"  # one life of one process
        engine = engine_for(url, holder)
        try:
            async with engine.begin() as connection:
                largest = await _largest(connection)
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine, Scribe(vault, VolatileKey(), Serial(largest)), sessions, holder)

    async def close(self) -> None:
        """Forget all keys and let go of the connections."""
        self._sessions.lock_all()
        await self._engine.dispose()

    def only_sender(self) -> AbstractAsyncContextManager[None]:
        """Be the one process that sends from this database, as long as it lasts. Raises AlreadyServed."""
        return sender.only_sender(self._engine)

    async def accept(self, arrivals: Sequence[Arrival], now: datetime) -> int:
        """Take events into the inbox; when this returns, they are stored. Returns how many were new."""
        if not arrivals:
            return 0
        async with self._engine.begin() as connection:
            hidden = await self._passphrases(connection, arrivals)
            rows = [
                inbox.row(
                    self._scribe,
                    self._scribe.blind("mark", arrival.mark),
                    arrival.address,
                    arrival.event,
                    now,
                    fleeting=arrival.fleeting or position in hidden,
                    turn=arrival.turn,
                )
                for position, arrival in enumerate(arrivals)
            ]
            new = await inbox.put(connection, rows, now)
        self.arrived.set()
        return new

    @asynccontextmanager
    async def batch(self, now: datetime, limit: int = 32, only: int | None = None) -> AsyncIterator[Batch]:
        """The oldest due event of each of up to `limit` chats; `only` takes one event alone, if it is due.

        At the end all that was saved is written and committed; when the body raises, nothing is.
        """
        async with self._engine.begin() as connection:
            batch = Batch(connection, self._scribe, self._sessions, self._roster, self._shelf, now)
            await batch.take(limit, only)
            yield batch
            await batch.flush()
        if batch.ordered:
            self.ordered.put_nowait(batch.ordered)
        for lane in batch.lanes:
            self.outgoing[lane].set()
        for member in batch.locked:
            self._sessions.lock(member)
        if batch.erases:
            with suppress(NotEmptied):  # somebody reads the file: the next sweep tries again, and says so
                await self.retention.checkpoint()

    async def fail(self, event: int) -> bool:
        """Count a failed attempt at an event; True when it was the last and the event was set aside, sealed."""
        async with self._engine.begin() as connection:
            return await inbox.fail(connection, event)

    async def next_due(self) -> int | None:
        """When the next event is due (milliseconds since 1970); None when nothing waits."""
        async with self._engine.begin() as connection:
            return await inbox.next_due(connection)

    async def invite_founder(self, invitation: Invitation, secret: str) -> None:
        """Keep the one invitation that nobody on the team has made, instead of any before it. Raises AlreadyFounded."""
        async with self._engine.begin() as connection:
            if await pool.current(connection, self._scribe):
                raise AlreadyFounded
            row = invitation_row(self._scribe, invitation, invitation_hash(self._scribe, secret))
            await connection.execute(delete(invitations))
            await connection.execute(insert(invitations), [row])

    async def act(self, outcome: Outcome, now: datetime, session: Session | None = None) -> None:
        """Carry out what no chat has asked for, but somebody at the server. `session`: whose keys are open for it.

        Raises Locked, ChangedMeanwhile, VaultError.
        """
        async with self._engine.begin() as connection:
            people = await self._roster.read(connection)
            await console.act(connection, self._scribe, self._sessions, people, outcome, session, now)

    async def hold_back(self, now: datetime) -> bool:
        """After a restore, what was said since the backup is not known. Nothing goes out that was agreed on: no export,
        no quarter that may have been published, and of an advisory only what an admin lets. Whether one was planned or
        on its way.
        """
        async with self._engine.begin() as connection:
            await EXPORT.put(connection, self._scribe, None)
            await releases.put_back(connection, self._scribe, now.date())
            return await advisories.hold_all(connection)

    async def recovered(self, seed: bytes | bytearray, now: datetime) -> Session:
        """What the recovery key opens of the desk's, to be wiped. Raises NotFounded, Tampered."""
        async with self._engine.begin() as connection:
            return await pool.recovered(connection, self._scribe, seed, now)

    async def unlocked(self, member: Member, passphrase: str, now: datetime) -> Session | None:
        """A member's keys and the desk's with them, as long as this is open; None for a wrong passphrase.

        For the console: whoever asks too often is stopped by nobody, and has the server's files anyway.
        """
        await self._sessions.unlock(member, passphrase, now)
        session = self._sessions.of(member.id, now)
        if session is not None:
            async with self._engine.begin() as connection:
                desk = await pool.current(connection, self._scribe)
                await pool.open_pools(connection, self._scribe, desk, [session])
        return session

    async def entrust(self, public: bytes, session: Session) -> None:
        """Grant the desk's keys to one more recovery key: all that the present one holds.

        Raises Locked, Lacking, NotFounded, NotAKey, ChangedMeanwhile.
        """
        async with self._engine.begin() as connection:
            desk = await pool.current(connection, self._scribe)
            if desk is None:
                raise pool.NotFounded
            rows = pool.entrust(self._scribe, desk, session, public)
            await pool.require(connection, self._scribe, desk.epoch)
            await pool.require_all(connection, self._scribe, desk, session)
            await grants.put(connection, rows)

    async def early(self) -> int:
        """How many reports no key of the desk opens: they came before it, and are a recovery key's."""
        async with self._engine.begin() as connection:
            return await pool.early(connection, self._scribe)

    async def people(self) -> People:
        """The team as it stands; who can't be read is counted."""
        async with self._engine.begin() as connection:
            return await self._roster.read(connection)

    async def counted(self, now: datetime) -> tuple[Counted, ...]:
        """What every report adds to the figures: those that are kept, and those that are gone. In no order."""
        async with self._engine.begin() as connection:
            living = await figures.living(connection, self._scribe)
            return (*(counted(case, now) for case in living), *await figures.kept(connection, self._scribe))

    async def agree(self, ids: Sequence[CaseId], consent: ConsentId) -> bool:
        """Whether this optional consent of each of these reporters holds now; of a case that is gone, none does."""
        async with self._engine.begin() as connection:
            keyed, found = await finding.find(connection, self._scribe, [ById(id_) for id_ in ids])
        return all((key := keyed.get(ById(id_))) is not None and consent in found[key].case.agreed for id_ in ids)

    async def released(self, quarter: str, program: Program, now: datetime, never: bool = False) -> Figures:
        """What may be said of a quarter; when something was said of it, the same again. `never`: somebody knows that
        nothing was, before a restore. Raises Withheld, ValueError.
        """
        async with self._engine.begin() as connection:
            before = await releases.find(connection, self._scribe, quarter)
            if before is None and not never and await releases.forgotten(connection, self._scribe, quarter):
                raise Withheld("restored")
        return before or said_of(quarter, await self.counted(now), program, now.date())

    async def publish(self, said: Figures, now: datetime) -> Figures:
        """From now on this is what is said of its quarter; or what was said before, which stays."""
        async with self._engine.begin() as connection:
            kept = await releases.keep(connection, self._scribe, said)
            await chain.append(connection, self._scribe, [Entry("publish", SYSTEM, detail=said.quarter)], now)
        return kept

    async def verify_audit(self, witness: Head | None = None) -> Report:
        """Read the whole audit chain and judge it."""
        verifier = Verifier(chain.audit_of(self._scribe), witness)
        async with self._engine.begin() as connection:
            async for line in chain.lines(connection):
                verifier.read(line)
        return verifier.report()

    async def audit_head(self) -> str:
        """The newest line of the chain, as people compare it."""
        async with self._engine.begin() as connection:
            return await chain.head(connection)

    async def _passphrases(self, connection: AsyncConnection, arrivals: Sequence[Arrival]) -> set[int]:
        """The positions of what must not outlast this process. Members are looked up only when there is a suspect."""
        hidden = {n for n, arrival in enumerate(arrivals) if holds_passphrase(arrival.event)}
        suspects = {n for n, arrival in enumerate(arrivals) if may_hold_passphrase(arrival.event)}
        if not suspects:
            return hidden
        of_members = await self._members_among(connection, {arrivals[n].address for n in suspects})
        return hidden | {n for n in suspects if arrivals[n].address in of_members}

    async def _members_among(self, connection: AsyncConnection, addresses: set[Address]) -> set[Address]:
        chats = {self._scribe.chat(address): address for address in addresses}
        found = await connection.scalars(select(members.c.chat).where(members.c.chat.in_(chats)))
        return {chats[chat] for chat in found}


async def _largest(connection: AsyncConnection) -> int:
    """The largest id ever given, as far as it is still stored."""
    columns = (inbox_table.c.id, outbox_table.c.id, messages.c.id)
    tops = union_all(*(select(func.coalesce(func.max(column), 0).label("top")) for column in columns)).subquery()
    return (await connection.scalar(select(func.max(tops.c.top)))) or 0
