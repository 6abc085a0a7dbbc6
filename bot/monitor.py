"""Health and metrics on loopback, for a monitor on the same machine. Counts and timings; nothing about anybody.

    /health    200, or 503 with short codes of what stands still
    /metrics   Prometheus' text format (`bot.metrics`)

Limit: whoever has an account on this machine can read them, and so when the bot has much to do.
"""

import asyncio
import time
from pathlib import Path

from aiohttp import web

from bot import logs, metrics, pulse, zones
from bot.clock import Clock
from storage.backup import last_backup
from storage.database import Database
from storage.sessions import Sessions
from storage.vitals import Vitals

PATIENCE = 5.0
"""Seconds within which the database must answer."""
FRESH = 5.0
"""Seconds for which an answer is given again: asking often must not keep the bot from its work."""


class Monitor:
    """Answers until cancelled."""

    def __init__(self, database: Database, sessions: Sessions, state: Path, clock: Clock) -> None:
        self._database, self._sessions, self._state, self._clock = database, sessions, state, clock
        self._look: asyncio.Task[Vitals] | None = None
        self._began = 0.0
        self.port = 0

    async def run(self, host: str, port: int) -> None:
        """Without it everything else works, so a failure is only noted."""
        app = web.Application()
        app.router.add_get("/health", self._health)
        app.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            self.port = runner.addresses[0][1]
            await asyncio.Event().wait()
        except OSError as error:
            logs.failure("monitor.failed", error)
        finally:
            await runner.cleanup()
            if self._look is not None:
                await asyncio.wait([self._look])

    async def _health(self, _: web.Request) -> web.Response:
        late = list(pulse.late())
        try:
            await self._vitals()
        except Exception as error:  # whatever it is: the one who asks is to know
            logs.failure("monitor.blind", error)
            late.append("database")
        return web.json_response({"ok": not late, "late": late}, status=503 if late else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        now = self._clock()
        made = last_backup(self._state)
        shown = metrics.show(await self._vitals(), len(self._sessions.open_since(now)), now - made if made else None)
        return web.Response(body=shown, headers={"Content-Type": metrics.TYPE})

    async def _vitals(self) -> Vitals:
        """As they are, or were a few seconds ago. Raises TimeoutError, and whatever the database raises."""
        if self._look is None or (self._look.done() and time.monotonic() - self._began > FRESH):
            self._began = time.monotonic()
            self._look = asyncio.create_task(self._database.signs.read(self._clock(), zones.offset))
        return await asyncio.wait_for(asyncio.shield(self._look), PATIENCE)  # what is read is read to its end
