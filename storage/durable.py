"""Files that are whole or absent after any crash: temp, fsync, rename (or link), fsync of the folder.

The temporary name is fixed (`NAME.part`), so that what a crash leaves is found and removed; callers hold `locked`.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.errors import AlreadyServed, KeyringMissing, WidePermissions

PART = ".part"
_CHUNK = 1 << 20
"""Bytes of a file that are overwritten at once: a copy of a database may be larger than the memory."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder against other processes and threads that change it (flock; waits)."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def only_holder(path: Path) -> Iterator[None]:
    """Be the one process that serves from this folder. The lock goes with the process. Raises AlreadyServed."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _claim(handle, path.parent.name)
        yield
    finally:
        os.close(handle)


def _claim(handle: int, folder: str) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyServed(folder) from None


def create(path: Path, data: bytes, mode: int) -> None:
    """Make a new file. Raises FileExistsError rather than touch one that is there."""
    part = _write_part(path, data, mode)
    try:
        os.link(part, path)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(path.parent)


def replace(path: Path, data: bytes, mode: int) -> None:
    """Put new content in the place of the old, never a mixture of both."""
    os.replace(_write_part(path, data, mode), path)
    sync_folder(path.parent)


def part_of(path: Path) -> Path:
    """The temporary name of a file that is being written."""
    return path.with_name(path.name + PART)


def sync_folder(folder: Path) -> None:
    """Make renames, links and removals in this folder survive power loss."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_private(path: Path) -> bytes:
    """Read a file that only its owner may read. Raises KeyringMissing, WidePermissions."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        raise KeyringMissing(path.name) from None
    with os.fdopen(handle, "rb") as file:
        _require_private(path, os.fstat(handle))
        return file.read()


def is_private(path: Path) -> bool:
    """Whether a file is ours, or was handed to us, and nobody else may read or replace it."""
    try:
        _require_private(path, path.stat(follow_symlinks=False))
    except WidePermissions:
        return False
    return True


def shred(path: Path) -> bool:
    """Overwrite, sync and unlink, each as far as it goes; True when the name is gone.

    Limit: a journalling file system or a flash disk may keep the old blocks for a while.
    """
    with suppress(OSError):
        _overwrite(path)
    with suppress(OSError):
        path.unlink()
        sync_folder(path.parent)
    return not path.exists()


def _overwrite(path: Path) -> None:
    path.chmod(0o600)
    with path.open("r+b", buffering=0) as file:
        left = path.stat().st_size
        while left > 0:
            left -= file.write(os.urandom(min(left, _CHUNK))) or 0
        os.fsync(file.fileno())


def _write_part(path: Path, data: bytes, mode: int) -> Path:
    part = part_of(path)
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, mode)  # whatever the umask
        file.write(data)
        file.flush()
        os.fsync(handle)
    return part


def require_own(folder: Path) -> None:
    """Raises WidePermissions when others may replace files in this folder, KeyringMissing when there is none."""
    try:
        status = folder.stat()
    except FileNotFoundError:
        raise KeyringMissing(folder.name) from None
    if status.st_mode & 0o022:
        raise WidePermissions(folder.name)


def _require_private(path: Path, status: os.stat_result) -> None:
    """systemd hands a credential over as root's file with an access list, whose mask shows as group-readable."""
    handed_over = status.st_uid == 0 != os.geteuid()
    if not handed_over and status.st_uid != os.geteuid():
        raise WidePermissions(path.name)
    if status.st_mode & (0o037 if handed_over else 0o077):
        raise WidePermissions(path.name)
