"""The sandbox as one object: a world, a server on a loopback address, and phones."""

import time
from collections.abc import Callable
from typing import Self

from aiohttp import web

from bot.sandbox import limits
from bot.sandbox.bots import BotAccount
from bot.sandbox.faults import Faults
from bot.sandbox.groups import Group
from bot.sandbox.phones import Phone
from bot.sandbox.record import Record
from bot.sandbox.server import BotApi
from bot.sandbox.stage import Stage
from bot.sandbox.stream import Stream
from bot.sandbox.world import World

MULTIPART_OVERHEAD = 64 * 1024


class Sandbox:
    """A local Bot API server for the length of an `async with` block.

    Args:
        faults: what goes wrong; None for a quiet world. It can be changed while the sandbox runs.
        clock: unix seconds.
        port: a port of 127.0.0.1; 0 takes a free one.
        keep: messages kept in each chat; None keeps all.
    """

    def __init__(
        self,
        faults: Faults | None = None,
        clock: Callable[[], float] = time.time,
        port: int = 0,
        keep: int | None = None,
    ) -> None:
        self.world = World(clock, faults or Faults(), keep)
        self._port = port
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=limits.UPLOAD_BYTES + MULTIPART_OVERHEAD)
        for room in (BotApi(self.world), Stage(self.world), Stream(self.world)):
            app.add_routes(room.routes())
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for bot in self.world.bots.values():
            if bot.webhook is not None:
                await bot.webhook.stop()
        if self._runner is not None:
            await self._runner.cleanup()

    def add_bot(self, token: str, username: str, name: str = "Bot") -> BotAccount:
        """Register a bot; its token then works at `url`."""
        return self.world.add_bot(token, username, name)

    def phone(self, name: str = "Somebody", language_code: str = "en", role: str = "", hint: str = "") -> Phone:
        """A new person with a phone. `hint` stands above it on the page."""
        return Phone(self.world, self.world.add_person(name, language_code, role, hint))

    def group(self, bot: BotAccount, title: str, admin: bool = True, kind: str = "supergroup") -> Group:
        """A new group with this bot in it, as an admin or not."""
        return Group(self.world, bot, title, admin, kind)

    @property
    def faults(self) -> Faults:
        """What goes wrong now."""
        return self.world.mischief.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self.world.mischief.use(faults)

    @property
    def record(self) -> Record:
        """What was noticed about the bots."""
        return self.world.record

    @property
    def faults_of_ours(self) -> list[tuple[str, str]]:
        """(method, parameter) pairs that no Bot API method has."""
        return self.world.record.faults_of_ours

    def advance(self, seconds: float) -> None:
        """Let time pass in this world."""
        self.world.advance(seconds)
