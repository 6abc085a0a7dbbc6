"""A backup: everything that a server needs to stand again, in one file that this server can't open.

An age file to the recovery key (`storage.age`) holds ring and ROOT, the rows of every table, the sealed attachments,
and a manifest (`storage.archive`). It is made while the bot runs. The ring is read under its lock at the moment to
which the rows belong, so that no month's key is missing or gone; attachments come after the rows, so that a row never
names one that was not there yet. One that was erased in between is left out, as it should be.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import age, chain, durable, snapshot
from storage.archive import Advance, Manifest, Packer, pieces
from storage.blobs import Blobs
from storage.engine import connected, reading_engine
from storage.errors import AlreadyServed, KeyringMissing, Setup
from storage.keyring import RING_FILE, ROOT_FILE, Keyring
from storage.migrate import ForeignDatabase, is_there, owner_kept, owner_of, revision

BLOBS = "blobs"
"""The folder of attachments in the state folder."""
_LAST, _LOCK = "last.backup", "backup.lock"


class BackupRunning(Setup):
    """Another backup of this state is being made. Wait for its end."""


async def back_up(
    out: BinaryIO,
    state: Path,
    database_url: str,
    beside: Iterable[tuple[str, bytes]],
    now: datetime,
    advance: Advance = lambda _: None,
) -> Manifest:
    """Write a backup to `out`; `beside`: members that are the caller's (settings, program).

    Blocks its event loop while it writes: inside of a server, run it in a thread of its own. Raises NoRecoveryKey,
    ForeignDatabase, and what keyring and disk raise; then what was written has no end and opens nowhere.
    """
    ring = Keyring.open(state)
    if not is_there(database_url):
        raise KeyringMissing(make_url(database_url).database or "")
    engine = reading_engine(database_url)
    try:
        with age.sealed(out, ring.recovery_public) as sealed:
            packer = Packer(sealed, advance)
            for name, data in beside:
                packer.add(name, data)
            async with connected(engine) as connection, connection.begin():
                await _pack_keys(packer, state, connection, ring)
                rows = await _pack_rows(packer, connection)
                schema, head = await connection.run_sync(revision), await chain.head(connection)
            await _pack_blobs(packer, state / BLOBS)
            held = dict(packer.contents)
            manifest = Manifest(made=now, schema=schema, deployment=ring.deployment, head=head, rows=rows, members=held)
            packer.finish(manifest)
    finally:
        await engine.dispose()
    return manifest


@contextmanager
def only_backup(state: Path) -> Iterator[None]:
    """Be the one that makes a backup of this state. Raises BackupRunning."""
    try:
        with durable.only_holder(state / _LOCK):
            yield
    except AlreadyServed:
        raise BackupRunning from None


def remember(state: Path, made: datetime) -> None:
    """A backup is whole, and on its way to where it belongs."""
    with durable.locked(state):
        durable.replace(state / _LAST, made.isoformat().encode(), 0o600)


def last_backup(state: Path) -> datetime | None:
    """When the last whole backup was made here; None before the first."""
    try:
        return datetime.fromisoformat((state / _LAST).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


async def _pack_keys(packer: Packer, state: Path, connection: AsyncConnection, ring: Keyring) -> None:
    """The transaction's moment is that of its first statement: no key comes or goes between it and the ring's file."""
    with durable.locked(state):
        if await connection.run_sync(owner_kept) != owner_of(ring):
            raise ForeignDatabase
        for name in (ROOT_FILE, RING_FILE):
            packer.add(f"keys/{name}", durable.read_private(state / name))


async def _pack_rows(packer: Packer, connection: AsyncConnection) -> dict[str, int]:
    counts: dict[str, int] = {}
    numbers: dict[str, int] = {}
    async for table, rows, data in snapshot.pieces(connection):
        packer.add(f"rows/{table}/{numbers.get(table, 0):06d}", data)
        numbers[table] = numbers.get(table, 0) + 1
        counts[table] = counts.get(table, 0) + rows
    return counts


async def _pack_blobs(packer: Packer, folder: Path) -> None:
    for blob in sorted(await Blobs(folder).ids()):
        try:
            file = (folder / blob).open("rb")
        except FileNotFoundError:
            continue  # erased a moment ago
        with file:
            size = file.seek(0, 2)
            file.seek(0)
            await asyncio.to_thread(packer.stream, f"{BLOBS}/{blob}", size, pieces(file))
