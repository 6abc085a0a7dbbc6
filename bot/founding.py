"""`panah init`: makes the state folder, once. ROOT and ring, the recovery key, the database, the first invitation.

`panah invite-admin`: that invitation once more, as long as nobody has used it to the end.
"""

import os
from pathlib import Path

from msgspec import Struct

from bot import clock
from bot.clock import Clock
from handlers import clocks
from handlers.model import Invitation, Role
from storage.database import Database
from storage.durable import sync_folder
from storage.errors import Setup
from storage.hygiene import wipe
from storage.keyring import RING_FILE, ROOT_FILE, Keyring
from storage.migrate import require_unowned
from storage.pairs import new_pair
from storage.recovery import identity_text
from storage.sessions import Sessions
from storage.vault import Vault

FOUNDER = "First admin"
DATABASE = "panah.db"


class StateExists(Setup):
    """There is a state already. Panah never overwrites one: move the folder away, or set PANAH_STATE_DIR to another."""


class Founded(Struct, frozen=True):
    """What must be handed to people, and is kept nowhere else."""

    recovery: str
    secret: str


async def found(state: Path, database_url: str, now: Clock = clock.now) -> Founded:
    """Make a new state. Raises StateExists, ForeignDatabase, and what the keyring and the database raise."""
    if any((state / name).exists() for name in (ROOT_FILE, RING_FILE, DATABASE)):
        raise StateExists
    await require_unowned(database_url)
    ring = Keyring.create(state, now().date())
    recovery = _recovery(ring)
    return Founded(recovery, await _invited(ring, database_url, now))


async def invite_anew(state: Path, database_url: str, now: Clock = clock.now) -> str:
    """The secret of a new invitation for the first admin; earlier ones end.

    Raises AlreadyFounded, and what the keyring and the database raise.
    """
    return await _invited(Keyring.open(state), database_url, now)


async def _invited(ring: Keyring, database_url: str, now: Clock) -> str:
    secret, vault = clock.new_id(), Vault(ring)
    database = await Database.open(database_url, vault, Sessions(vault), process="init", upgrades=True)
    try:
        expires = now() + clocks.INVITATION_LIFE
        await database.invite_founder(Invitation(Role.ADMIN, FOUNDER, expires, founder=True, id=clock.new_id()), secret)
    finally:
        await database.close()
    return secret


def _recovery(ring: Keyring) -> str:
    with new_pair() as pair:
        ring.adopt_recovery(pair.public)
        text = identity_text(pair.seed)
        wipe(pair.seed)
    return text


def write_private(path: Path, text: str) -> None:
    """A new file that only its owner may read, on the disk when this returns. Raises FileExistsError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(handle)
    sync_folder(path.parent)
