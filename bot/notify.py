"""Words for the service manager: that we serve, that we go round, that we stop. Nothing without systemd.

Source: sd_notify(3), sd_watchdog_enabled(3).
"""

import asyncio
import os
import socket
from contextlib import suppress
from typing import NoReturn

from bot import pulse

READY, STOPPING, ROUND = "READY=1", "STOPPING=1", "WATCHDOG=1"
STILL_STARTING = "EXTEND_TIMEOUT_USEC=60000000"
"""Another minute: a start that waits for the messenger is no failed one."""


def tell(word: str) -> None:
    """Say it, if somebody listens; one that can't be reached is none of our worries."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if name:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.sendto(word.encode(), f"\0{name[1:]}" if name.startswith("@") else name)


def watchdog_seconds() -> float:
    """How often we must be heard of; 0 when nobody waits."""
    meant = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000 if meant else 0.0


async def keep_watch() -> None:
    """Be heard of as long as every part of ours goes round: a process that only breathes is started anew."""
    seconds = watchdog_seconds()
    if seconds:
        await _beat(seconds / 3)


async def _beat(pause: float) -> NoReturn:
    while True:
        if not pulse.OURS & set(pulse.late()):
            tell(ROUND)
        await asyncio.sleep(pause)
