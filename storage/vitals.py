"""How the database is, for whoever keeps the server: counts and ages, and nothing about anybody.

Read in one short transaction. A case that is still silent counts nowhere: nobody may know of it.
"""

import sqlite3
import time
from collections.abc import Iterable, Set
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from handlers.duty import on_duty
from handlers.model import Case, CaseState, MemberId, Offset, Role
from storage import advisories, chain, pool
from storage.advisories import Sending
from storage.audit import Head, Report, Verifier
from storage.members import People, Roster
from storage.outbox import Priority
from storage.scribe import Scribe
from storage.serial import created, milliseconds
from storage.shelf import Shelf
from storage.single import BOARD
from storage.tables import Delivery, Lane, Waiting, inbox, literally, outbox

QUICK = 3.0
"""Seconds that looking through a SQLite file may take beside a running bot: no longer may its log be held."""
_STEPS = 10_000
"""Of SQLite's machine, between two looks at the clock: some 0.1 ms."""


class Backlog(Struct, frozen=True):
    """What waits although it could be done. `oldest`: for how many seconds."""

    waiting: int = 0
    oldest: int = 0


class Team(Struct, frozen=True):
    """Members that are let in, and rows of them that can't be read.

    `unproven`: those whose passphrase has never opened their keys; `ungranted`: who lack the desk's present key.
    `strangers`: who has that key, and is neither an active member nor the recovery key in force.
    """

    admins: int = 0
    members: int = 0
    on_duty: int = 0
    damaged: int = 0
    unproven: int = 0
    ungranted: int = 0
    strangers: int = 0


class Desk(Struct, frozen=True):
    """Cases that are not closed. `oldest`: seconds since the oldest came that nobody has claimed.

    `overdue`: nobody has claimed them, and their promised time has passed.
    """

    open: int = 0
    unclaimed: int = 0
    overdue: int = 0
    oldest: int = 0


class Vitals(Struct, frozen=True, kw_only=True):
    """All of it. `kind`: sqlite or postgresql; `unsafe`: settings of the database under which a commit may be lost.

    `aside`: events and messages that could never be carried out. `advised`: deliveries of advisories on their way.
    `sending`: of all advisories that have begun and not ended.
    """

    kind: str
    version: str
    unsafe: tuple[str, ...] = ()
    inbox: Backlog = Backlog()
    words: Backlog = Backlog()
    errands: Backlog = Backlog()
    aside: int = 0
    desk: Desk = Desk()
    team: Team = Team()
    group: bool = False
    advised: int = 0
    sending: Sending = Sending()


class Signs:
    """Made by `Database`."""

    def __init__(self, engine: AsyncEngine, scribe: Scribe, roster: Roster, shelf: Shelf) -> None:
        self._engine, self._scribe, self._roster, self._shelf = engine, scribe, roster, shelf

    async def read(self, now: datetime, offset: Offset) -> Vitals:
        """How everything is. `offset`: how far a time zone is ahead of UTC."""
        async with self._engine.begin() as connection:
            kind, version, unsafe = await of_database(connection)
            return Vitals(
                kind=kind,
                version=version,
                unsafe=unsafe,
                inbox=await coming(connection, self._scribe.serial.clock(now)),
                words=await going(connection, Lane.WORDS, now),
                errands=await going(connection, Lane.ERRANDS, now),
                aside=await set_aside(connection),
                advised=await advised(connection),
                desk=desk(await self._shelf.read(connection), now),
                sending=await advisories.sending(connection, self._scribe),
                team=await self._team(connection, now, offset),
                group=await BOARD.current(connection, self._scribe) is not None,
            )

    async def _team(self, connection: AsyncConnection, now: datetime, offset: Offset) -> Team:
        people = await self._roster.read(connection)
        active = [member for member in people.everybody() if member.active]
        granted, strangers = await pool.holders(connection, self._scribe, active)
        return team(people, now, offset, granted, strangers)

    async def verified_since(self, witness: Head) -> Report:
        """The audit chain from this head on: whether it is still there, and everything that was written since."""
        async with self._engine.begin() as connection:
            behind = await chain.line(connection, witness.number)
            known = behind if behind and Head.of(behind) == witness else None
            verifier = Verifier(chain.audit_of(self._scribe), witness, known)
            async for line in chain.lines(connection, witness.number if known else -1):
                verifier.read(line)
        return verifier.report()


async def of_database(connection: AsyncConnection) -> tuple[str, str, tuple[str, ...]]:
    """Which one it is, its version, and what in its settings would lose a commit when the power fails."""
    if connection.dialect.name == "sqlite":
        return "sqlite", sqlite3.sqlite_version, ()  # what must hold was asked when it was opened (`storage.engine`)
    version = str(await connection.scalar(text("SHOW server_version"))).split()[0]
    off = [name for name in ("fsync", "full_page_writes") if await connection.scalar(text(f"SHOW {name}")) == "off"]
    return "postgresql", version, tuple(off)


async def coming(connection: AsyncConnection, clock: int) -> Backlog:
    """Events whose turn has come."""
    late = select(func.count(), func.min(inbox.c.due)).where(
        inbox.c.state == literally(Waiting.READY), inbox.c.due <= clock
    )
    waiting, oldest = (await connection.execute(late)).one()
    return Backlog(waiting, _seconds(clock - oldest) if waiting else 0)


async def going(connection: AsyncConnection, lane: Lane, now: datetime) -> Backlog:
    """Messages or errands that are not done, but for those of advisories: they take as long as their pace."""
    left = select(func.count(), func.min(outbox.c.id)).where(
        outbox.c.lane == lane.value,
        outbox.c.state != literally(Delivery.ASIDE),
        outbox.c.priority != Priority.ADVISORY.value,
    )
    waiting, oldest = (await connection.execute(left)).one()
    return Backlog(waiting, _seconds(milliseconds(now) - created(oldest)) if waiting else 0)


async def set_aside(connection: AsyncConnection) -> int:
    """Events and messages that could not be carried out, ever."""
    events = select(func.count()).where(inbox.c.state == literally(Waiting.ASIDE)).scalar_subquery()
    messages = select(func.count()).where(outbox.c.state == literally(Delivery.ASIDE)).scalar_subquery()
    return int(await connection.scalar(select(events + messages)) or 0)


async def advised(connection: AsyncConnection) -> int:
    """Deliveries of advisories on their way."""
    left = select(func.count()).where(
        outbox.c.priority == Priority.ADVISORY.value, outbox.c.state != literally(Delivery.ASIDE)
    )
    return int(await connection.scalar(left) or 0)


def team(people: People, now: datetime, offset: Offset, granted: Set[MemberId], strangers: int) -> Team:
    """`offset`: how far a time zone is ahead of UTC. `granted`: who has the desk's present key, `strangers` besides."""
    active = [member for member in people.everybody() if member.active]
    return Team(
        admins=sum(member.role is Role.ADMIN for member in active),
        members=len(active),
        on_duty=sum(on_duty(member, now, offset) for member in active),
        damaged=people.damaged,
        unproven=sum(not member.proven for member in active),
        ungranted=sum(member.id not in granted for member in active),
        strangers=strangers,
    )


def desk(cases: Iterable[Case], now: datetime) -> Desk:
    """Reports of senders who were set aside wait for nobody."""
    known = [case for case in cases if case.state is not CaseState.SILENT and not case.aside]
    free = [case for case in known if case.state is CaseState.OPEN]
    return Desk(
        open=len(known),
        unclaimed=len(free),
        overdue=sum(bool(case.wait and not case.wait.idle and case.wait.due < now) for case in free),
        oldest=max((_seconds((now - case.created) // timedelta(milliseconds=1)) for case in free), default=0),
    )


def unsound(path: Path, patience: float = QUICK) -> bool | None:
    """Whether a file of SQLite is damaged; None when it is too large to be looked through in so many seconds.

    By a connection that can't write and so never empties the log, whatever else has the file open. Raises
    sqlite3.Error.
    """
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1)
    end = time.monotonic() + patience
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
    except sqlite3.OperationalError:
        if time.monotonic() > end:
            return None
        raise
    finally:
        connection.close()


def _seconds(span: int) -> int:
    """Of milliseconds; a clock that was set back makes nothing older than new."""
    return max(0, span // 1000)
