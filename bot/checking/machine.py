"""The machine under the bot: who may read its files, disk, clock, swap, core dumps, memory."""

import ctypes
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from bot.checking.finding import Wrong, warn
from bot.settings import SECRETS, Settings, variable
from storage import durable
from storage.engine import file_of
from storage.hygiene import harden

MEGABYTE = 1_000_000
LOW_DISK, FULL_DISK = 2000 * MEGABYTE, 200 * MEGABYTE
"""Bytes that are free: a day of large files fits into the first; into the second hardly the database's own log."""
LOW_MEMORY = 512 << 20
"""Bytes: two passphrases at once (256 MiB each, `storage.passphrase`)."""
NAMED = 3
"""Files in one finding."""
NETWORKED = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "glusterfs"})
_UNSYNCHRONISED = 5
"""TIME_ERROR of adjtimex(2)."""
_SIZE_OF_TIMEX = 512
"""Bytes: more than the structure has on any machine; zeros ask without changing."""


async def files(settings: Settings) -> Wrong | None:
    """Everything in the state folder is ours alone; that there is none, `house.keys` says."""
    kept = [*_under(settings.state_dir), *_database_files(settings)]
    open_ones = sorted({path.name for path in kept if not _ours(path)})
    if not open_ones:
        return None
    named = ", ".join(open_ones[:NAMED]) + (" and others" if len(open_ones) > NAMED else "")
    return Wrong(f"{len(open_ones)} can be read or replaced by others ({named}): chown to this user, chmod go=")


async def env_file(settings: Settings, env: Path) -> Wrong | None:
    """The settings, and the files of secrets that they name."""
    named = {variable(f"{name}_file"): getattr(settings, f"{name}_file") for name in SECRETS}
    read = {str(env): env} | {name: Path(path) for name, path in named.items() if path}
    wide = [name for name, path in read.items() if path.exists() and not durable.is_private(path.resolve())]
    return Wrong(f"can be read by others: {', '.join(wide)}; chown to this user, chmod 600") if wide else None


async def words(settings: Settings) -> Wrong | None:
    """Partners' keys, and what people are asked and told: others on the machine may read it, not change it."""
    named = [path for path in (settings.partners, settings.program_dir) if path]
    kept = [each for path in named for each in (path.parent, path, *_under(path))]
    wide = sorted({path.name for path in kept if path.exists() and _changeable(path)})
    return (
        Wrong(f"can be changed by others: {', '.join(wide[:NAMED])}; chown to this user, chmod go-w") if wide else None
    )


async def disk(settings: Settings) -> Wrong | None:
    free = shutil.disk_usage(_standing(settings.state_dir)).free
    if free >= LOW_DISK:
        return None
    says = f"{free // MEGABYTE} MB are free where the state folder is: make room, reports need it"
    return Wrong(says) if free < FULL_DISK else warn(says)


async def volume(settings: Settings) -> Wrong | None:
    kind, device = mounted(_standing(settings.state_dir), _lines(Path("/proc/self/mountinfo")))
    if kind in NETWORKED:
        return Wrong("the state folder is on a network share, where no database is safe: move it to a local disk")
    if encrypted(Path("/sys/dev/block") / device) is False:
        return warn("the state folder is on a volume that is not encrypted: move it to one that is (LUKS)")
    return None


async def clock() -> Wrong | None:
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "adjtimex"):
        return None
    state = libc.adjtimex(ctypes.create_string_buffer(_SIZE_OF_TIMEX))
    unset = state == _UNSYNCHRONISED
    return warn("nobody sets this machine's clock: install systemd-timesyncd or chrony") if unset else None


async def swap(table: Path = Path("/proc/swaps")) -> Wrong | None:
    """What lies compressed in memory (zram) is no disk."""
    on = [line for line in _lines(table)[1:] if not line.startswith("/dev/zram")]
    return warn("swap is on, and keys can end up in it: swapoff -a, and take it out of /etc/fstab") if on else None


async def cores(pattern: Path = Path("/proc/sys/kernel/core_pattern")) -> Wrong | None:
    if not harden():
        return warn("this process can't forbid pictures of its memory (prctl): use Linux 2.6.13 or newer")
    if _lines(pattern)[0].startswith("|"):  # core(5): a limit of 0 does not hold for a pipe
        return warn(
            "pictures of crashed programs go to a collector, those of hostile files too: "
            "sysctl kernel.core_pattern=core, or Storage=none in coredump.conf"
        )
    return None


async def memory(table: Path = Path("/proc/meminfo")) -> Wrong | None:
    lines = dict(line.split(":", 1) for line in _lines(table))
    left = int(lines["MemAvailable"].split()[0]) << 10
    says = f"{left >> 20} MiB of memory are left, a passphrase needs 256: give the machine more, or stop something"
    return warn(says) if left < LOW_MEMORY else None


def mounted(path: Path, table: list[str]) -> tuple[str, str]:
    """The kind of file system under a path and its device's number, as in proc_pid_mountinfo(5)."""
    best = ("", "", "")
    for line in table:
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        point = fields[4].encode().decode("unicode_escape")
        if path.resolve().is_relative_to(point) and len(point) >= len(best[0]):
            best = (point, after.split(" ")[0], fields[2])
    return best[1], best[2]


def encrypted(device: Path) -> bool | None:
    """Whether a block device, or what it stands on, is dm-crypt's; None when that can't be known (a container, ZFS)."""
    if not device.exists():
        return None
    return any(_is_crypt(each) for each in (device, *device.glob("slaves/*"), *device.glob("slaves/*/slaves/*")))


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _is_crypt(device: Path) -> bool:
    try:
        return (device / "dm" / "uuid").read_text("ascii").startswith("CRYPT-")
    except OSError:
        return False


def _under(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield folder
    for parent, folders, names in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *names))


def _database_files(settings: Settings) -> list[Path]:
    """Of SQLite, wherever they lie; its log is named after it."""
    path = file_of(settings.database)
    return list(path.parent.glob(f"{path.name}*")) if path else []


def _ours(path: Path) -> bool:
    try:
        return durable.is_private(path)
    except FileNotFoundError:  # gone a moment ago: the bot works
        return True


def _changeable(path: Path) -> bool:
    """By somebody who is neither this user nor root. In a sticky folder nobody replaces what isn't theirs."""
    status = path.stat()
    wide = bool(status.st_mode & 0o022) and not status.st_mode & stat.S_ISVTX
    return wide or status.st_uid not in (0, os.geteuid())


def _standing(path: Path) -> Path:
    """The nearest folder that is there."""
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())
