"""A database with a desk around it, on SQLite and (marked `postgres`) on PostgreSQL."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from bot.program import load
from handlers.model import (
    Address,
    Case,
    CaseId,
    Contact,
    Context,
    Desk,
    Event,
    FoundPool,
    Level,
    Member,
    MemberId,
    OpenCase,
    Outcome,
    Part,
    PartId,
    PutMember,
    Role,
    Story,
    Text,
    Token,
    Wanted,
)
from handlers.program import Program
from storage.database import Database
from storage.house import House
from storage.keyring import Keyring
from storage.migrate import migrate
from storage.pairs import new_pair
from storage.passphrase import FLOOR
from storage.records import Arrival
from storage.sessions import Session, Sessions
from storage.vault import Vault
from tests.frugal import frugal
from tests.postgres import ENGINES, new_database

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Decide = Callable[[Event, Context], Outcome]
Wants = Callable[..., Wanted]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "panah.db"
    asyncio.run(migrate(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    url = new_database(postgres_server)
    asyncio.run(migrate(url))
    return make_url(url).database or ""


@pytest.fixture(params=ENGINES)
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A copy of a database that the migrations made."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "panah.db")
        return f"sqlite+aiosqlite:///{tmp_path}/panah.db"
    return new_database(request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template"))


@cache
def _program() -> Program:
    """The one that ships, read once."""
    return load(None).program


class World:
    """One server: its ring, its database, and a hand that plays worker and courier."""

    def __init__(self, url: str, ring: Keyring) -> None:
        self.url, self.now = url, NOW
        self.vault = Vault(ring, FLOOR, today=lambda: self.now.date())
        self.sessions = Sessions(self.vault)
        self.house = House(Desk("Panah", ("en", "ru", "tg")), _program(), lambda: secrets.token_urlsafe(16))
        self.database: Database
        self._marks = 0

    async def start(self, process: str = "test") -> Database:
        """A new life of the process, with nothing in its memory."""
        self.sessions = Sessions(self.vault)
        self.database = await Database.open(self.url, self.vault, self.sessions, process=process, upgrades=True)
        return self.database

    async def restart(self) -> Database:
        await self.database.close()
        return await self.start()

    def later(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now

    async def hear(self, address: str, *events: Event) -> None:
        """Events of one chat, each with a mark of its own."""
        arrivals = []
        for event in events:
            self._marks += 1
            arrivals.append(Arrival(f"mark:{self._marks}", Address(address), event))
        await self.database.accept(arrivals, self.now)

    async def turn(self, decide: Decide, wants: Wants | None = None, limit: int = 32) -> list[Event]:
        """One batch; returns the events that were decided."""
        decided = []
        async with self.database.batch(self.now, limit) as batch:
            await batch.load(wants or (lambda *_: Wanted()), self.house)
            for unit in batch:
                batch.save(unit, decide(unit.event, batch.context(unit)))
                decided.append(unit.event)
        return decided

    async def run(self, decide: Decide, wants: Wants | None = None) -> list[Event]:
        """Batches until nothing is due."""
        events: list[Event] = []
        while more := await self.turn(decide, wants):
            events += more
        return events

    async def tell(self, address: str, outcome: Callable[[Context], Outcome], wants: Wanted | None = None) -> Context:
        """One event of one chat, decided as told; returns the context that it met."""
        met: list[Context] = []

        def decide(event: Event, context: Context) -> Outcome:
            met.append(context)
            return outcome(context)

        await self.hear(address, Text("go"))
        await self.run(decide, lambda *_: wants or Wanted())
        return met[-1]

    async def effects(self, address: str, *effects: Any) -> Context:
        """One event of one chat, with these effects."""
        return await self.tell(address, lambda context: Outcome(context.conversation, effects))

    async def found(self, name: str = "amina") -> Member:
        """A desk with one admin, unlocked in this process."""
        member, seed = self.member(name, Role.ADMIN)
        await self.effects(member.address, PutMember(member), FoundPool(member.id))
        self.unlock(member, seed)
        await self.effects(member.address)
        return member

    def member(self, name: str, role: Role = Role.RESPONDER, active: bool = True) -> tuple[Member, bytearray]:
        pair = new_pair()
        id_ = MemberId(secrets.token_urlsafe(16))
        address = Address(f"telegram:{name}")
        return Member(id_, address, role, name, active=active, public=pair.public), pair.seed

    def unlock(self, member: Member, seed: bytearray) -> None:
        """As after the right passphrase, without its second of Argon2id."""
        self.sessions._open[member.id] = Session(member.id, bytearray(seed), self.now)

    def opening(self, story: str = "a story", address: str = "telegram:77", level: Level = Level.P2) -> OpenCase:
        id_ = CaseId(secrets.token_urlsafe(16))
        case = Case(
            id=id_,
            ref=secrets.token_hex(4),
            level=level,
            rules=(),
            category="threat",
            origin=("TJ",),
            host="PL",
            language="tg",
            program="1",
            created=self.now,
        )
        bodies = (Story({"when": ("now",)}, (story,)), Contact(Address(address), "tg"))
        parts = tuple(Part(PartId(secrets.token_urlsafe(16)), self.now, "reporter", body) for body in bodies)
        return OpenCase(case, parts, Token(secrets.token_urlsafe(16)))


@pytest.fixture
async def world(migrated_url: str, tmp_path: Path) -> AsyncIterator[World]:
    ring = Keyring.create(tmp_path / "state", NOW.date())
    with new_pair() as recovery:
        ring.adopt_recovery(recovery.public)
    async with frugal():
        world = World(migrated_url, ring)
        await world.start()
        yield world
        await world.database.close()
