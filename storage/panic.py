"""Destroying the server's own keys on purpose: what is stored can then be read by nobody, whoever holds a passphrase.

Only a backup together with the recovery key brings it back, elsewhere. Limit: flash disks, journals and snapshots may
keep old blocks; full-disk encryption is what stands against that.
"""

from pathlib import Path
from typing import NamedTuple

from handlers.model import Address, Panic
from storage import keyring, wayback
from storage.keyring import DESTROYED


class Order(NamedTuple):
    """An admin's, from the chat. `admins`: whom to tell afterwards, each in their language."""

    effect: Panic
    admins: tuple[tuple[Address, str], ...]


def destroy(folder: Path) -> tuple[Path, ...]:
    """Destroy ROOT and ring of this state folder, and leave a word of it; returns what could not be destroyed.

    It can be done twice, and goes on where it was cut short.
    """
    left = keyring.erase(folder)
    try:
        (folder / DESTROYED).touch(mode=0o600)
    except OSError:
        return (*left, folder / DESTROYED)
    return left


def finish(folder: Path) -> tuple[Path, ...]:
    """Once nothing runs any more: the same again, for what was written in the last moment; and copies of the database
    from before an upgrade, which may be large. Returns what could not be destroyed.
    """
    return (*destroy(folder), *wayback.forget_all(folder))
