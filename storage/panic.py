"""Destroying the server's own keys on purpose: what is stored can then be read by nobody, whoever holds a passphrase.

Only a backup together with the recovery key brings it back, elsewhere. Limit: flash disks, journals and snapshots may
keep old blocks; full-disk encryption is what stands against that.
"""

from pathlib import Path

from storage import keyring
from storage.keyring import DESTROYED


def destroy(folder: Path) -> tuple[Path, ...]:
    """Destroy ROOT and ring of this state folder, and leave a word of it; returns what could not be destroyed.

    It can be done twice, and goes on where it was cut short.
    """
    left = keyring.erase(folder)
    (folder / DESTROYED).touch(mode=0o600)
    return left
