"""The lock that a cleaning process puts on itself before it reads a hostile byte.

Each bolt holds by itself, and the later ones only where the kernel has them: limits and `no_new_privs` everywhere on
Linux; a network of its own, where user namespaces are allowed; no files, from Landlock on (Linux 5.13, landlock(7)).
"""

import ctypes
import os
import resource
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)

# linux/prctl.h, linux/sched.h, linux/mount.h
_PDEATHSIG, _DUMPABLE, _NO_NEW_PRIVS = 1, 4, 38
_NEWNS, _NEWIPC, _NEWUSER, _NEWNET = 0x20000, 0x8000000, 0x10000000, 0x40000000
_NOSUID, _NODEV, _NOEXEC, _REC, _PRIVATE = 2, 4, 8, 16384, 1 << 18

# linux/landlock.h; the numbers of its calls are the same on every architecture
_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
"""ABI version -> how many rights over files it knows; 16 from the fifth on."""
_READ = 1 << 0 | 1 << 2 | 1 << 3
"""Execute, read a file, read a folder."""
_NETWORK = 1 << 0 | 1 << 1
"""Bind and connect TCP; from ABI 4 on."""

SCRATCH = Path("/dev/shm")  # noqa: S108 - over the shared one a folder of our own is mounted, or it is not used
SCRATCH_BYTES = 256 << 20


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def enter(memory: int, seconds: int, written: int = 0) -> None:
    """No more memory, time of the processor and bytes in a file than this; and we end when our parent does."""
    end_with_parent()
    _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.umask(0o077)
    os.nice(10)
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, written),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(limit, (most, most))


def end_with_parent() -> None:
    """The kernel kills this process as soon as the one that started it has ended."""
    _libc.prctl(_PDEATHSIG, signal.SIGKILL)


def cut_off() -> bool:
    """Leave the network: whether the kernel let us."""
    return _unshare(_NEWNET | _NEWIPC)


def own_memory() -> bool:
    """Leave the network, and mount a folder in memory that nobody else sees and that ends with our processes."""
    return _unshare(_NEWNET | _NEWIPC | _NEWNS) and _mounted()


def _mounted() -> bool:
    options = f"size={SCRATCH_BYTES},mode=700".encode()
    alone = _libc.mount(None, b"/", None, _REC | _PRIVATE, None)
    here = _libc.mount(b"tmpfs", os.fsencode(SCRATCH), b"tmpfs", _NOSUID | _NODEV | _NOEXEC, options)
    return bool(alone == here == 0)


def lock(readable: Iterable[str] = (), writable: Iterable[str] = (), tasks: int = 0) -> None:
    """From here on only what lies below `readable` can be read and started, and below `writable` also written.

    `tasks` limits processes and threads: in a user namespace our own, without one those of the whole user. It has to
    come after such a namespace is made, which would else inherit it for the user. Root is above it.
    """
    resource.setrlimit(resource.RLIMIT_NPROC, (tasks, tasks))
    rights = dict.fromkeys(readable, _READ) | dict.fromkeys(writable, _all_rights())
    _landlock({path: allowed for path, allowed in rights.items() if os.path.exists(path)})
    if not rights:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _unshare(spaces: int) -> bool:
    """Move into namespaces of our own; in a user namespace when we are not allowed otherwise."""
    me, group = os.geteuid(), os.getegid()
    if _libc.unshare(_NEWUSER | spaces) != 0:
        return bool(_libc.unshare(spaces) == 0)
    for file, line in (("setgroups", "deny"), ("uid_map", f"{me} {me} 1"), ("gid_map", f"{group} {group} 1")):
        with suppress(OSError):
            Path("/proc/self", file).write_text(line, "ascii")
    return True


def _abi() -> int:
    """The version of Landlock in this kernel; none is below 1."""
    return int(_libc.syscall(_CREATE, None, 0, 1))


def _all_rights() -> int:
    return (1 << _FILE_RIGHTS.get(_abi(), 16)) - 1


def _landlock(rules: dict[str, int]) -> None:
    _libc.prctl(_DUMPABLE, 0)  # only now: before, it would forbid the maps of `_unshare`
    version = _abi()
    if version < 1:
        return
    asked = _Ruleset(_all_rights(), _NETWORK if version >= 4 else 0)
    rule_set = _libc.syscall(_CREATE, ctypes.byref(asked), 16 if version >= 4 else 8, 0)
    for path, allowed in rules.items():
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
        of_a_file = 0 if os.path.isdir(path) else 1 << 3
        rule = _Beneath(allowed & ~of_a_file, folder)
        _libc.syscall(_ADD_RULE, rule_set, 1, ctypes.byref(rule), 0)
        os.close(folder)
    if _libc.syscall(_RESTRICT, rule_set, 0) != 0:
        raise OSError(ctypes.get_errno(), "the process could not be locked up")
    os.close(rule_set)
