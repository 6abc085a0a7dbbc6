"""A seized state folder, opened as far as its keys go: by the server's keys alone, or with somebody's passphrase.

It walks by the stored formats (docs/formats.md), not by the functions that the program reads with.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import LargeBinary, Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from handlers.model import Case, Contact, Entry, Member, Part, Story
from storage import tables
from storage.audit import Audit, Report, Verifier
from storage.cases import Header
from storage.chain import Written, lines
from storage.engine import engine_for
from storage.errors import WrongPassphrase
from storage.keyring import Keyring
from storage.pairs import fingerprint, public_of
from storage.records import load
from storage.vault import Vault

Name = Callable[[Row[Any]], str]


def _hex(column: str) -> Name:
    return lambda row: str(getattr(row, column).hex())


def _text(column: str) -> Name:
    return lambda row: str(getattr(row, column))


SEALED: dict[str, Name] = {
    "meta.value": _text("key"),
    "conversations.body": _hex("chat"),
    "inbox.body": _hex("mark"),
    "messages.body": _hex("ref"),
    "members.body": _text("id"),
    "invitations.body": _hex("secret"),
    "cases.header": _text("id"),
    "cases.public": _text("id"),
    "parts.body": _text("id"),
    "grants.body": lambda row: f"{row.object.hex()}:{row.holder.hex()}",
    "subscriptions.body": _hex("secret"),
    "statistics.body": _text("id"),
    "advisories.body": _text("id"),
    "releases.body": _text("quarter"),
    "departures.body": _text("id"),
    "delivered.body": _text("id"),
    "outbox.body": _text("id"),
    "audit.body": _text("number"),
}
"""Every column under layer 1, and under which name of its row it is sealed."""

UNSEALED = frozenset({("meta.value", "deployment")})
"""By which a database knows its ring again: a blind index among sealed values."""

REVISED = frozenset({"conversations.body", "members.body", "cases.header"})
"""Those whose seal names the row's revision too."""

BLIND = frozenset(
    {
        "conversations.chat",
        "inbox.mark",
        "inbox.chat",
        "messages.ref",
        "messages.chat",
        "messages.slot",
        "members.chat",
        "invitations.secret",
        "cases.ref",
        "grants.object",
        "grants.holder",
        "secrets.hash",
        "secrets.proof",
        "subscriptions.secret",
        "subscriptions.bucket",
        "advisories.cursor",
        "advised.chat",
        "outbox.chat",
        "outbox.bundle",
        "bans.chat",
        "audit.commitment",
        "audit.mac",
    }
)
"""Keyed digests: there is nothing in them to open."""


def binary_columns() -> set[str]:
    """Every column of bytes that the schema has."""
    every = (column for table in tables.metadata.tables.values() for column in table.columns)
    return {f"{column.table.name}.{column.name}" for column in every if isinstance(column.type, LargeBinary)}


@dataclass(frozen=True)
class Opened:
    """One sealed value, with layer 1 taken off."""

    column: str
    row: str
    plain: bytes


class Told(Struct, frozen=True):
    """A case as people read it."""

    case: Case
    parts: tuple[Part, ...]

    def of(self, kind: type) -> list[Any]:
        """The bodies of one kind, in order."""
        return [part.body for part in self.parts if isinstance(part.body, kind)]

    @property
    def story(self) -> Story:
        (story,) = self.of(Story)
        return story

    @property
    def contact(self) -> Contact:
        return self.of(Contact)[-1]


class Seized:
    """Made by `seized`."""

    def __init__(self, state: Path, engine: AsyncEngine) -> None:
        self._engine = engine
        self._vault = Vault(Keyring.open(state))

    async def rows(self, table: str) -> list[Row[Any]]:
        """A whole table."""
        async with self._engine.connect() as connection:
            return list(await connection.execute(select(tables.metadata.tables[table])))

    async def layer_one(self) -> list[Opened]:
        """Everything that ROOT and ring open, in every table. Raises VaultError when something does not open."""
        return [value for column in SEALED for value in await self._column(column)]

    async def unlocked(self, passphrase: str) -> dict[str, Told]:
        """Every case that this passphrase opens, by its reference. Raises WrongPassphrase."""
        keys = self._keys(await self._members(), passphrase)
        grants = {each.row: each.plain for each in await self._column("grants.body")}
        desk = await self._desk()
        pool = self._granted(grants, desk, *keys)
        told = {}
        for case in (await self.headers()).values():
            seed = self._granted(grants, f"case:{case.id}", desk, pool) if pool else None
            if seed:
                told[case.ref] = Told(case, await self._parts(case, seed))
        return told

    async def opened_by(self, other: "Seized", passphrase: str) -> list[str]:
        """The cases here that open with the desk's key which a passphrase opens in another state, an older one say."""
        keys = other._keys(await other._members(), passphrase)
        desk = await other._desk()
        pool = self._granted({each.row: each.plain for each in await other._column("grants.body")}, desk, *keys)
        assert pool is not None
        grants = {each.row: each.plain for each in await self._column("grants.body")}
        cases = (await self.headers()).values()
        return [case.ref for case in cases if self._granted(grants, f"case:{case.id}", desk, pool)]

    async def recovered(self, seed: bytes | bytearray) -> dict[str, Told]:
        """Every case that a recovery key opens, by its reference: by the desk's keys that were granted to it."""
        holder = f"recovery:{fingerprint(public_of(seed)).hex()}"
        grants = {each.row: each.plain for each in await self._column("grants.body")}
        pools = {f"pool:{epoch}": self._granted(grants, f"pool:{epoch}", holder, bytes(seed)) for epoch in range(1, 9)}
        keys = {holder: bytes(seed)} | {name: pool for name, pool in pools.items() if pool}
        told = {}
        for case in (await self.headers()).values():
            seeds = filter(None, (self._granted(grants, f"case:{case.id}", name, key) for name, key in keys.items()))
            for found in seeds:
                told[case.ref] = Told(case, await self._parts(case, found))
        return told

    async def headers(self) -> dict[str, Case]:
        """What the server knows of every case, by its reference."""
        headers = [load(Header, each.plain).case for each in await self._column("cases.header")]
        return {case.ref: case for case in headers}

    async def entries(self) -> list[Entry]:
        """What the audit chain says, the oldest line first."""
        lines = sorted(await self._column("audit.body"), key=lambda each: int(each.row))
        return [load(Written, each.plain).entry for each in lines]

    async def audited(self) -> Report:
        """What the audit chain says of itself."""
        ring = self._vault.ring
        verifier = Verifier(Audit(ring.audit_key, ring.deployment), None)
        async with self._engine.connect() as connection:
            async for line in lines(connection):
                verifier.read(line)
        return verifier.report()

    async def _column(self, name: str) -> list[Opened]:
        table, _, column = name.partition(".")
        rows = [row for row in await self.rows(table) if getattr(row, column)]
        sealed = [row for row in rows if (name, SEALED[name](row)) not in UNSEALED]
        return [Opened(name, SEALED[name](row), self._open(name, row)) for row in sealed]

    def _open(self, name: str, row: Row[Any]) -> bytes:
        """Layer 1 off. Raises VaultError."""
        table, _, column = name.partition(".")
        revision = row.revision if name in REVISED else 0
        return self._vault.open_row(table, column, SEALED[name](row), revision, getattr(row, column))

    async def _desk(self) -> str:
        """The name of the desk's present key."""
        (pool,) = (each.plain for each in await self._column("meta.value") if each.row == "pool")
        return f"pool:{load(dict, pool)['epoch']}"

    async def _members(self) -> list[Member]:
        return [load(Member, each.plain) for each in await self._column("members.body")]

    def _keys(self, members: list[Member], passphrase: str) -> tuple[str, bytes]:
        """The name and the seed of the member whose wrap it opens."""
        for member in filter(lambda each: each.wrap, members):
            with suppress(WrongPassphrase):
                return f"member:{member.id}", bytes(self._vault.unwrap(member.wrap, passphrase, member.id))
        raise WrongPassphrase

    def _granted(self, grants: dict[str, bytes], thing: str, holder: str, seed: bytes) -> bytes | None:
        """The seed of a thing, if it was granted to this holder."""
        index = self._vault.ring.index
        letter = grants.get(f"{index('grant of', thing).hex()}:{index('grant to', holder).hex()}")
        return letter and self._vault.open_with(seed, letter, "grant", thing, holder)

    async def _parts(self, case: Case, seed: bytes) -> tuple[Part, ...]:
        mine = [row for row in await self.rows("parts") if row.case_id == case.id]
        opened = []
        for row in sorted(mine, key=lambda row: int(row.seq)):
            letter = load(dict, self._open("parts.body", row))["letter"]
            opened.append(load(Part, self._vault.open_with(seed, letter, "part", case.id, row.id)))
        return tuple(opened)


@asynccontextmanager
async def seized(state: Path, database_url: str) -> AsyncIterator[Seized]:
    """The folder and its database, with no process of Panah running."""
    engine = engine_for(database_url)
    try:
        yield Seized(state, engine)
    finally:
        await engine.dispose()
