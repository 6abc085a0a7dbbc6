"""The console's door: a socket in the state folder; `panah unlock`, `status` and `doctor` reach the running bot by it.

Only the user who runs the bot can open it (mode 0600, in a folder of mode 0700); no network is involved. A passphrase
that comes by it never passes through a messenger; it is tried by the same rules as one in a chat, and the member hears
of it in their chat. Limit: as text in memory it is gone only with the process.
"""

import asyncio
import os
import secrets
import signal
import socket
import struct
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from bot import logs, pulse, zones
from bot.clock import Clock
from handlers.model import Command, Member
from storage import witness
from storage.database import Database
from storage.records import Arrival
from storage.retention import Ending
from storage.sessions import Sessions
from storage.vitals import Vitals

SOCKET = "console.sock"
LONGEST = 4096
"""Bytes of a question."""
PATIENCE = timedelta(seconds=30)
"""How long a passphrase may take: its turn comes before all downloads, and stretching it takes about a second."""
_PEER = struct.Struct("3i")
"""Linux tells who listens: process, user, group (unix(7), SO_PEERCRED)."""
GLANCE = 0.1
"""Seconds between two looks at whether it was tried."""


class NotServing(Exception):
    """No bot runs from this state folder, or another user's."""


class NotAnswering(NotServing):
    """A bot runs from this state folder, and does not answer."""


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is open; with a name, try a passphrase first; or how closed cases stand, and with `purge` let go of them.

    `looked_at`: tell as well how everything is.
    """

    name: str = ""
    passphrase: str = ""
    endings: bool = False
    purge: bool = False
    looked_at: bool = False

    def __repr__(self) -> str:
        return "Ask(…)"


class Health(msgspec.Struct, frozen=True):
    """How the running bot is. `late`: its parts that stand still. `unbroken`: the audit chain still has the head that
    admins were sent last, and holds from there on.
    """

    vitals: Vitals
    late: tuple[str, ...]
    unbroken: bool


class Answer(msgspec.Struct, frozen=True):
    """Every active member by call name, with the time until which their keys are open (None: locked).

    `tried`: what became of the passphrase: open, wrong, unknown (nobody is called so), or late (it was not tried, for
    too many were wrong or the bot is busy; the member's chat says which). `health`: only when it was asked for.
    """

    keys: dict[str, datetime | None]
    tried: str = ""
    endings: tuple[Ending, ...] = ()
    erased: int = 0
    health: Health | None = None


class Console:
    """Answers until cancelled."""

    def __init__(self, database: Database, sessions: Sessions, folder: Path, clock: Clock) -> None:
        self._database, self._sessions, self._clock = database, sessions, clock
        self._path = folder / SOCKET

    async def run(self) -> None:
        """Without the socket everything else works, so a failure is only noted."""
        self._path.unlink(missing_ok=True)
        try:
            server = await asyncio.start_unix_server(self._serve, sock=_bound(self._path), limit=LONGEST)
        except OSError as error:
            logs.failure("console.failed", error)
            return
        try:
            async with server:
                await server.serve_forever()
        finally:
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError, msgspec.DecodeError):  # whoever asks wrongly gets no answer
            ask = msgspec.json.decode(await reader.readline(), type=Ask)
            answer = await self._answer(ask)
            writer.write(msgspec.json.encode(answer) + b"\n")
            await writer.drain()
        writer.close()

    async def _answer(self, ask: Ask) -> Answer:
        members = [member for member in (await self._database.people()).everybody() if member.active]
        tried = await self._unlock(members, ask) if ask.name else ""
        now = self._clock()
        endings = tuple(await self._database.retention.standings(now)) if ask.endings else ()
        erased = await self._purge(now) if ask.purge else 0
        sessions = {member.name: self._sessions.of(member.id, now) for member in members}
        keys = {name: session.until if session else None for name, session in sessions.items()}
        return Answer(keys, tried, endings, erased, await self._health() if ask.looked_at else None)

    async def _purge(self, now: datetime) -> int:
        swept = await self._database.retention.sweep(now)
        await self._database.retention.forget_copies()
        return swept.cases

    async def _health(self) -> Health:
        head = witness.last(self._path.parent)
        report = await self._database.signs.verified_since(head.head) if head else None
        vitals = await self._database.signs.read(self._clock(), zones.offset)
        return Health(vitals, pulse.late(), report is None or report.ok)

    async def _unlock(self, members: list[Member], ask: Ask) -> str:
        member = next((member for member in members if member.name == ask.name), None)
        if member is None:
            return "unknown"
        if self._sessions.unlocked(member.id, self._clock()):
            return "open"
        before = self._sessions.tries[member.id]
        command = Command("unlock", ask.passphrase)
        arrival = Arrival(f"console:{secrets.token_hex(16)}", member.address, command, fleeting=True)
        await self._database.accept([arrival], self._clock())
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE.total_seconds()):
                while self._sessions.tries[member.id] == before:  # noqa: ASYNC110 - a counter rings nobody
                    await asyncio.sleep(GLANCE)
        if self._sessions.unlocked(member.id, self._clock()):
            return "open"
        return "late" if self._sessions.tries[member.id] == before else "wrong"


def ask(folder: Path, question: Ask, patience: timedelta = 2 * PATIENCE) -> Answer:
    """Ask the bot that runs from this state folder. Raises NotServing; NotAnswering when no answer comes in time."""
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.settimeout(patience.total_seconds())
            door.connect(str(folder / SOCKET))
            door.sendall(msgspec.json.encode(question) + b"\n")
            with door.makefile("rb") as answer:
                return msgspec.json.decode(answer.readline(), type=Answer)
    except TimeoutError:
        raise NotAnswering from None
    except (OSError, msgspec.DecodeError):
        raise NotServing from None


def kill(folder: Path) -> bool:
    """End the bot that runs from this state folder at once, with all that is in its memory; whether there was one.

    Whoever listens at the socket is ended without being asked: it works on a bot that hangs.
    """
    try:
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(str(folder / SOCKET))
            peer = door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    except OSError:
        return False
    pid, _, _ = _PEER.unpack(peer)
    os.kill(pid, signal.SIGKILL)
    return True


def _bound(path: Path) -> socket.socket:
    """A socket that was never open to anybody else, not even for a moment."""
    door = socket.socket(socket.AF_UNIX)
    try:
        door.bind(str(path))
        path.chmod(0o600)
    except OSError:
        door.close()
        raise
    return door
