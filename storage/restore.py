"""A server that stands again, out of a backup and the recovery key alone.

Everything is read, checked and put together in a folder beside the state folder; that becomes the state folder by its
last step. Until then nothing is there, but for the rows when the database is elsewhere: they come in one transaction.

Limit: whoever has the recovery key's public half can make a file that opens. The audit head, compared with the one that
the admins were sent, tells ours from theirs.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from handlers.office import recovery
from storage import age, durable, keyring, snapshot
from storage.archive import MANIFEST, PARTNERS, BrokenBackup, Manifest, unpack
from storage.audit import Head, Report
from storage.backup import BLOBS
from storage.database import Database
from storage.engine import engine_for
from storage.errors import Setup, Tampered, UnknownFormat
from storage.keyring import RING_FILE, ROOT_FILE, Keyring
from storage.migrate import migrate, newest, require_unowned
from storage.sessions import Sessions
from storage.vault import Vault

DATABASE = "panah.db"
RESTORED = "restored"
"""The folder of what the operator puts in its place by hand: settings without secrets, the partners, the program, the
manifest.
"""
_ROWS = "rows"
_UNFINISHED = ".restoring"


class StateThere(Setup):
    """Something is in this state folder, and a backup is restored to an empty place only.

    Move it away, or name another with --state-dir.
    """


class NotOpened(Setup):
    """This key does not open this file: it is another key, not a backup of Panah, or damaged at its beginning.

    A recovery key begins with AGE-SECRET-KEY-PQ-1.
    """


class CutShort(Setup):
    """The backup is damaged or cut short; nothing was restored. Copy it again, or take another one."""


class OtherSchema(Setup):
    """The backup was made by a Panah with another database schema. Restore it with that version, then upgrade."""


class Restored(Struct, frozen=True):
    """What was restored, and what its audit chain says."""

    manifest: Manifest
    audit: Report


async def restore(
    source: BinaryIO, seed: bytes | bytearray, state: Path, database_url: str | None, now: datetime
) -> Restored:
    """Make the state folder, and fill the database: the one inside it without an address.

    Raises StateThere, NotOpened, CutShort, BrokenBackup, OtherSchema, NotEmpty, ForeignDatabase.
    """
    _require_absent(state)
    with _unfinished(state) as folder:
        manifest = _unpacked(source, seed, folder)
        _put_in_place(folder)
        ring = Keyring.open(folder)
        if ring.deployment != manifest.deployment:
            raise BrokenBackup
        url = database_url or f"sqlite+aiosqlite:///{folder / DATABASE}"
        await _fill(url, folder / _ROWS, manifest)
        report = await _settle(url, ring, manifest, now)
        shutil.rmtree(folder / _ROWS, ignore_errors=True)
        folder.rename(state)
        durable.sync_folder(state.parent)
    return Restored(manifest, report)


def _require_absent(state: Path) -> None:
    if state.exists() and any(state.iterdir()):
        raise StateThere(str(state))


@contextmanager
def _unfinished(state: Path) -> Iterator[Path]:
    """An empty folder beside the state folder; whatever is left in it at the end goes, its keys overwritten."""
    folder = state.with_name(state.name + _UNFINISHED)
    _discard(folder)
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        _discard(folder)


def _discard(folder: Path) -> None:
    for place in (folder, folder / "keys"):
        keyring.erase(place)
    shutil.rmtree(folder, ignore_errors=True)


def _unpacked(source: BinaryIO, seed: bytes | bytearray, folder: Path) -> Manifest:
    try:
        plain = age.opened(source, seed)
    except (UnknownFormat, Tampered):
        raise NotOpened from None
    try:
        manifest = unpack(plain, folder)
    except Tampered:
        raise CutShort from None
    if manifest.schema != newest():
        raise OtherSchema
    return manifest


def _put_in_place(folder: Path) -> None:
    """As a state folder lies. Raises BrokenBackup when a key is missing."""
    try:
        for name in (ROOT_FILE, RING_FILE):
            (folder / "keys" / name).rename(folder / name)
    except FileNotFoundError:
        raise BrokenBackup from None
    (folder / ROOT_FILE).chmod(0o400)
    (folder / "keys").rmdir()
    (folder / BLOBS).mkdir(mode=0o700, exist_ok=True)
    (folder / RESTORED).mkdir(mode=0o700)
    for name in ("settings.env", PARTNERS, "program", MANIFEST):
        if (folder / name).exists():
            (folder / name).rename(folder / RESTORED / name)


async def _fill(url: str, rows: Path, manifest: Manifest) -> None:
    """A new schema, and all rows in one transaction. Raises BrokenBackup, NotEmpty, ForeignDatabase."""
    await require_unowned(url)
    await migrate(url)
    engine = engine_for(url)
    try:
        async with engine.begin() as connection:
            await snapshot.require_empty(connection)
            if await snapshot.put(connection, _pieces(rows)) != manifest.rows:
                raise BrokenBackup
    finally:
        await engine.dispose()


def _pieces(rows: Path) -> Iterator[tuple[str, bytes]]:
    """One at a time, each table after those that it refers to."""
    for table in snapshot.TABLES:
        for piece in sorted((rows / table).glob("*")):
            yield table, piece.read_bytes()


async def _settle(url: str, ring: Keyring, manifest: Manifest, now: datetime) -> Report:
    """Judge the chain as it was; let go of what should be gone by now; tell the team, and write it down.

    An advisory may have gone out since the backup, or been stopped, a quarter been published: nothing of one is sent
    by itself. A consent may have been taken back: what waited to leave for a partner is asked for anew.
    """
    vault = Vault(ring)
    database = await Database.open(url, vault, Sessions(vault), process="restore", upgrades=True)
    try:
        report = await database.verify_audit(Head.parse(manifest.head) if manifest.head else None)
        await database.retention.sweep(now)
        held = await database.hold_back(now)
        await database.act(recovery.restored(manifest.made, held), now)
    finally:
        await database.close()
    return report
