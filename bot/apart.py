"""Python in a process of its own: nothing of ours goes in but what it is told, and it is gone when its time is over."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

HERE = str(Path(__file__).parents[1])
"""The folder of our packages, which the other one must be told of: it starts isolated."""


@asynccontextmanager
async def apart(code: str, *args: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `code` with pipes in and out and no environment; `HERE` and `args` are its arguments.

    At the end it is killed, with what it started, if it is still there.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-B", "-c", code, HERE, *args),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
        umask=0o077,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
