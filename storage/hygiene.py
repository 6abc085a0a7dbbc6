"""Keep secrets of this process out of core dumps, debuggers and memory that was given back.

Limits: CPython copies `str` and `bytes` as it likes and never clears them. What is held in a bytearray is wiped;
for the rest only the end of the process helps. Swap is switched off in the unit file, not here.
"""

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4  # <linux/prctl.h>


def wipe(*secrets: bytearray) -> None:
    """Overwrite with zeros, in place."""
    for secret in secrets:
        secret[:] = bytes(len(secret))


def harden() -> bool:
    """No core file, and (on Linux) no ptrace or /proc/PID/mem by others of the same user. True when both hold."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return sys.platform == "linux" and _undumpable()


def _undumpable() -> bool:
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None)
    return prctl is not None and prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0
