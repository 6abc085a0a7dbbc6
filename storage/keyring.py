"""The ring: the server's own keys, in one sealed file outside the database.

ROOT (32 bytes, its own file or a systemd credential) opens the ring and nothing else. The ring holds a static secret,
from which the keys for blind indexes, passphrases and the audit chain and the salt of codes are derived, and one data
key for each month. A destroyed month makes every row sealed in it unreadable, wherever old copies of the row may lie.

Limit: an old copy of the ring, kept by somebody who also has ROOT, still holds the months that it held.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Self

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage import box, durable
from storage.errors import (
    Destroyed,
    KeyDestroyed,
    KeyringExists,
    KeyringMissing,
    NoRecoveryKey,
    Tampered,
    UnknownFormat,
    WrongRoot,
)
from storage.framing import APP, frame
from storage.pairs import require_public

ROOT_FILE = "root.key"
RING_FILE = "ring.sealed"
NEXT_ROOT = "root.key.next"
"""A new ROOT, until the ring is sealed with it and it has taken the place of the old one."""
DESTROYED = "destroyed"
"""An empty file in a state folder whose keys were destroyed on purpose (`storage.panic`)."""
_ROOT_MODE, _RING_MODE = 0o400, 0o600
_RING_CONTEXT = frame(APP, "ring")
_INDEX_BYTES = 16
LASTING = 0
"""In the place of a month: the key of what is kept as it was sealed, whatever month it is."""


class Ring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the ring file holds, as JSON with bytes in base64. What a newer version added is refused, not dropped."""

    deployment: str
    static: bytes
    data: dict[int, bytes]
    floor: int
    recovery: bytes = b""

    def __repr__(self) -> str:
        return "Ring(…)"


class Keyring:
    """An opened ring. Processes may share one: changes are made under a lock, to what is on disk at that time."""

    def __init__(self, path: Path, root: bytes, ring: Ring) -> None:
        self._path, self._root = path, root
        self._take(ring)

    @classmethod
    def create(cls, folder: Path, now: date) -> Self:
        """Make ROOT and ring in the folder, and this month's key; never overwrites either.

        Raises KeyringExists, Destroyed.

        A ROOT without a ring is what a creation leaves that was cut short: it is taken up, not replaced.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ring = Ring(deployment=secrets.token_hex(16), static=box.new_key(), data={kid_of(now): box.new_key()}, floor=0)
        durable.require_own(folder)
        _require_undestroyed(folder)
        with durable.locked(folder):
            if (folder / RING_FILE).exists():
                raise KeyringExists(RING_FILE)
            root = _make_root(folder / ROOT_FILE)
            durable.create(folder / RING_FILE, _seal(root, ring), _RING_MODE)
        return cls(folder / RING_FILE, root, ring)

    @classmethod
    def open(cls, folder: Path, root: Path | None = None) -> Self:
        """Open the ring of this folder; ROOT may lie elsewhere.

        Raises KeyringMissing, Destroyed, WidePermissions, WrongRoot.
        """
        durable.require_own(folder)
        _require_undestroyed(folder)
        try:
            secret = durable.read_private(root or folder / ROOT_FILE)
            return cls(folder / RING_FILE, secret, _read(folder / RING_FILE, secret))
        except (WrongRoot, KeyringMissing):
            if root:
                raise
        with durable.locked(folder):
            return cls(folder / RING_FILE, *_finished(folder))

    @property
    def deployment(self) -> str:
        """The random name of this server, part of every context."""
        return self._ring.deployment

    @property
    def recovery_public(self) -> bytes:
        """The public key whose private half is kept offline. Raises NoRecoveryKey before it was adopted."""
        if not self._ring.recovery:
            raise NoRecoveryKey
        return self._ring.recovery

    @property
    def recoverable(self) -> bool:
        """Whether there is a recovery key, by which its keeper could open every case."""
        return bool(self._ring.recovery)

    def adopt_recovery(self, public: bytes) -> None:
        """Keep this public key as the recovery key, instead of any before it. Raises NotAKey."""
        require_public(public)
        self._change(lambda ring: msgspec.structs.replace(ring, recovery=public))

    def index(self, *parts: str) -> bytes:
        """The 16-byte blind index of these parts: equal parts find each other, nobody without the ring can guess."""
        return hmac.digest(self._index_key, frame(*parts), "sha256")[:_INDEX_BYTES]

    def current(self, day: date) -> int:
        """The kid of the day's month; its key is made and saved when the month has none.

        A clock that went back behind the destroyed months gets the oldest month still allowed.
        """
        kid = max(kid_of(day), self._ring.floor, LASTING + 1)
        if kid not in self._ring.data:
            self._change(lambda ring: _with_month(ring, kid))
        return kid

    def data_key(self, kid: int) -> bytes:
        """The key of a month, or the lasting one. Raises KeyDestroyed, or Tampered for a month that never had one."""
        if kid == LASTING:
            return self._lasting
        if kid not in self._ring.data and kid >= self._ring.floor:
            self.reload()  # another process may have made it
        try:
            return self._ring.data[kid]
        except KeyError:
            raise (KeyDestroyed if kid < self._ring.floor else Tampered) from None

    def holds_before(self, day: date) -> bool:
        """Whether there are keys of months before the month of this day."""
        return any(kid < kid_of(day) for kid in self._ring.data)

    def destroy(self, before: date) -> None:
        """Forget for ever the keys of all months before the month of this day. Other processes follow at `reload`."""
        self._change(lambda ring: _without_months(ring, kid_of(before)))

    def reload(self) -> None:
        """Take over what other processes changed."""
        self._take(_read(self._path, self._root))

    def _change(self, change: Callable[[Ring], Ring]) -> None:
        with durable.locked(self._path.parent):
            ring = change(_read(self._path, self._root))
            durable.replace(self._path, _seal(self._root, ring), _RING_MODE)
        self._take(ring)

    def _take(self, ring: Ring) -> None:
        self._ring = ring
        self._index_key = _derive(ring, "index")
        self.pepper = _derive(ring, "pepper")
        self.audit_key = _derive(ring, "audit")
        self._lasting = _derive(ring, "lasting")
        self.code_salt = _derive(ring, "codes")


def kid_of(day: date) -> int:
    """The number of a month: months since January 2000."""
    return (day.year - 2000) * 12 + day.month - 1


def erase(folder: Path, root: Path | None = None) -> tuple[Path, ...]:
    """Destroy ROOT and ring, opened or not; returns what could not be destroyed (a read-only credential, say)."""
    files = (root or folder / ROOT_FILE, folder / NEXT_ROOT, folder / RING_FILE)
    names = [name for file in files for name in (file, durable.part_of(file))]
    return tuple(name for name in names if not durable.shred(name))


def rotate(folder: Path) -> None:
    """Give the ring a new ROOT: the old one, wherever a copy of it lies, opens only old copies of the ring.

    Nobody may serve from this folder meanwhile. Cut short anywhere, one of the two opens the ring, and the next opening
    finishes it. Raises what `Keyring.open` raises.
    """
    Keyring.open(folder)
    with durable.locked(folder):
        _, ring = _finished(folder)  # what came in between stays: another's new month, or another's new ROOT
        durable.shred(folder / NEXT_ROOT)
        root = box.new_key()
        durable.create(folder / NEXT_ROOT, root, _ROOT_MODE)
        durable.replace(folder / RING_FILE, _seal(root, ring), _RING_MODE)
        _take_up(folder)


def _finished(folder: Path) -> tuple[bytes, Ring]:
    """ROOT and the ring; a change of ROOT that was cut short is finished before. For the holder of the folder's lock:
    of two that finish the same one, the second would destroy what the first has put there.

    Raises KeyringMissing, WrongRoot.
    """
    try:
        return _pair(folder, ROOT_FILE)
    except (WrongRoot, KeyringMissing):
        if not (folder / NEXT_ROOT).exists():
            raise
    found = _pair(folder, NEXT_ROOT)
    _take_up(folder)
    return found


def _pair(folder: Path, name: str) -> tuple[bytes, Ring]:
    root = durable.read_private(folder / name)
    return root, _read(folder / RING_FILE, root)


def _take_up(folder: Path) -> None:
    """The next ROOT, which opens the ring, in the place of the old one."""
    durable.shred(folder / ROOT_FILE)
    os.replace(folder / NEXT_ROOT, folder / ROOT_FILE)
    durable.sync_folder(folder)


def _require_undestroyed(folder: Path) -> None:
    if (folder / DESTROYED).exists():
        raise Destroyed(folder.name)


def _make_root(path: Path) -> bytes:
    root = box.new_key()
    try:
        durable.create(path, root, _ROOT_MODE)
    except FileExistsError:
        return durable.read_private(path)
    return root


def _seal(root: bytes, ring: Ring) -> bytes:
    return box.Format.RING.mark + box.seal(root, _RING_CONTEXT, msgspec.json.encode(ring))


def _read(path: Path, root: bytes) -> Ring:
    sealed = durable.read_private(path)
    box.expect(box.Format.RING, sealed, 1)
    if len(root) != box.KEY_BYTES:
        raise WrongRoot
    try:
        return msgspec.json.decode(box.unseal(root, _RING_CONTEXT, sealed[1:]), type=Ring)
    except Tampered:
        raise WrongRoot from None
    except msgspec.DecodeError:
        raise UnknownFormat from None


def _derive(ring: Ring, label: str) -> bytes:
    info = frame(APP, ring.deployment, label)
    return HKDF(SHA256(), length=hashlib.sha256().digest_size, salt=None, info=info).derive(ring.static)


def _with_month(ring: Ring, kid: int) -> Ring:
    """Another process may have been first: then its key stays."""
    return msgspec.structs.replace(ring, data={kid: box.new_key(), **ring.data})


def _without_months(ring: Ring, floor: int) -> Ring:
    floor = max(floor, ring.floor)
    return msgspec.structs.replace(ring, floor=floor, data={kid: key for kid, key in ring.data.items() if kid >= floor})
