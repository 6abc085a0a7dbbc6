"""The outside: a process for each file, its bytes in, its copy out, ended by a clock."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

from msgspec import Struct

from bot.apart import HERE, apart
from bot.cleaning.content import HEAD, Family, family_of, type_of
from bot.cleaning.refusal import Clean
from handlers.model import Uncleanable

_BOOT = "import sys; sys.path.append(sys.argv.pop(1)); from bot.cleaning.child import main; main()"
_TRY = "import sys; sys.path.append(sys.argv[1]); from bot.cleaning.jail import own_memory; sys.exit(not own_memory())"
_STEP = 256 << 10
_SPENT = (signal.SIGXCPU, signal.SIGKILL, signal.SIGABRT)
"""How a process ends that used up its time or memory; any other end is the file's doing."""


class CleaningLimits(Struct, frozen=True):
    """What one file may cost. Sizes in bytes, times in seconds; `seconds` by the clock, `cpu` by the processor."""

    memory: int = 768 << 20
    cpu: int = 40
    seconds: float = 60.0
    copy: int = 50 << 20


DEFAULTS = CleaningLimits()


class CantClean(Exception):
    """No copy without metadata can be made of this file, for a reason that a person can be told."""

    def __init__(self, reason: Uncleanable) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Cleaner:
    """Makes copies without metadata, at most `at_once` at a time; who asks for more waits."""

    def __init__(self, limits: CleaningLimits = DEFAULTS, at_once: int = 2) -> None:
        self._limits = limits
        self._places = asyncio.Semaphore(at_once)

    @property
    def busy(self) -> bool:
        """Whether the next one would have to wait."""
        return self._places.locked()

    async def clean(self, content: AsyncIterator[bytes], claims: frozenset[Family]) -> Clean:
        """The copy. `claims` is what the sender says that it is. Raises `CantClean`, and what `content` raises."""
        head = await anext(content, b"")
        kind = _recognised(head, claims)
        async with self._places:
            return await self._by_a_process(kind, head, content)

    async def _by_a_process(self, kind: str, head: bytes, content: AsyncIterator[bytes]) -> Clean:
        limits = (str(self._limits.memory), str(self._limits.cpu))
        async with apart(_BOOT, kind, *limits) as process:
            try:
                async with asyncio.timeout(self._limits.seconds):
                    return await self._talk(process, head, content)
            except TimeoutError:
                raise CantClean(Uncleanable.HEAVY) from None

    async def _talk(self, process: asyncio.subprocess.Process, head: bytes, content: AsyncIterator[bytes]) -> Clean:
        """First all goes in, then the answer comes out: the inside says nothing before, unless it gives up."""
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the process was started without pipes")
        await _tell(process.stdin, head, content)
        verdict = await process.stdout.readline()
        copy = await _hear(process.stdout, self._limits.copy)
        if died := await process.wait():
            raise CantClean(Uncleanable.HEAVY if -died in _SPENT else Uncleanable.BROKEN)
        return _judged(verdict, copy)


async def has_own_memory() -> bool:
    """Whether the kernel gives a process a folder that nobody else sees, which programs of others need."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-B", "-c", _TRY, HERE)
    return await process.wait() == 0


def _recognised(head: bytes, claims: frozenset[Family]) -> str:
    if not head:
        raise CantClean(Uncleanable.EMPTY)
    kind = type_of(head[:HEAD])
    if claims - {family_of(kind)}:
        raise CantClean(Uncleanable.DISGUISED)
    if not kind:
        raise CantClean(Uncleanable.UNKNOWN)
    return kind


async def _tell(inside: asyncio.StreamWriter, head: bytes, content: AsyncIterator[bytes]) -> None:
    with suppress(BrokenPipeError, ConnectionResetError):  # it gave up; what it says comes next
        inside.write(head)
        async for chunk in content:
            inside.write(chunk)
            await inside.drain()
    inside.close()


async def _hear(inside: asyncio.StreamReader, most: int) -> bytes:
    held = bytearray()
    while chunk := await inside.read(_STEP):
        held += chunk
        if len(held) > most:
            raise CantClean(Uncleanable.HEAVY)
    return bytes(held)


def _judged(verdict: bytes, copy: bytes) -> Clean:
    match verdict.decode("ascii", "replace").split():
        case ["clean", ending, mime] if copy:
            return Clean(copy, ending, mime)
        case [code] if code in set(Uncleanable):
            raise CantClean(Uncleanable(code))
    raise CantClean(Uncleanable.BROKEN)
