"""Receives updates over HTTP, for any number of bots behind one address.

Each bot has its own secret path, and every request must carry the shared secret in Telegram's header; both are
compared in constant time, and a stranger gets the same empty 403 for everything. 200 means: committed.
Source: core.telegram.org/bots/api, "setWebhook" and "Making requests when getting updates".
"""

import asyncio
import hashlib
import hmac
import json
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web
from msgspec import Struct

from bot import logs

BODY_BYTES = 1 << 20
"""More than any update of Telegram has."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
SHORTEST_SECRET = 16
"""An empty one would open the door to everybody."""

Take = Callable[[Sequence[object]], Awaitable[None]]
"""Takes parsed updates and returns after the commit."""


class WebhookConfig(Struct, frozen=True):
    """`url`: how Telegram reaches us. `host`, `port`: where we listen. `secret`: 16 to 256 of A-Z a-z 0-9 _ -."""

    url: str
    host: str
    port: int
    secret: str

    def __post_init__(self) -> None:
        if len(self.secret) < SHORTEST_SECRET:
            raise ValueError("the webhook's secret is too short: set one of at least 16 characters")

    def path(self, name: str) -> str:
        """The last part of the address of one bot: derived from the secret, so that nothing else must be kept."""
        return hmac.new(self.secret.encode(), f"webhook path of {name}".encode(), hashlib.sha256).hexdigest()[:32]


class Webhook:
    """The server: it listens while at least one bot is mounted. `counts`: taken, refused, unparsable, postponed."""

    def __init__(self, config: WebhookConfig) -> None:
        self.config = config
        self.counts: Counter[str] = Counter()
        self.port = 0
        self._mounts: dict[str, _Batches] = {}
        self._runner: web.AppRunner | None = None

    @asynccontextmanager
    async def mount(self, name: str, take: Take) -> AsyncIterator[str]:
        """Receive for the bot `name` inside the block; gives the address to tell Telegram."""
        path = self.config.path(name)
        self._mounts[path] = _Batches(take)
        try:
            await self._listen()
            yield f"{self.config.url.rstrip('/')}/{path}"
        finally:
            await self._mounts.pop(path).close()
            await self._leave()

    async def _listen(self) -> None:
        if self._runner is not None:
            return
        app = web.Application(client_max_size=BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._receive)
        # access_log None: its lines hold the secret path
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=5)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.config.host, self.config.port).start()
        self.port = self._runner.addresses[0][1]

    async def _leave(self) -> None:
        if not self._mounts and self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response:
        batches = self._admit(request)
        if batches is None:
            self.counts["refused"] += 1
            return web.Response(status=403)
        try:
            update = json.loads(await request.read())
        except (ValueError, RecursionError, web.HTTPRequestEntityTooLarge):
            return self._drop()
        if await batches.put(update):
            self.counts["taken"] += 1
            return web.Response()
        self.counts["postponed"] += 1
        return web.Response(status=503)

    def _admit(self, request: web.Request) -> "_Batches | None":
        """The bot that this request is for, if it knows both secrets; all are compared, whatever came before."""
        secret = _known(request.headers.get(SECRET_HEADER, ""), self.config.secret)
        path = request.path.rpartition("/")[2]
        found = [batches for known, batches in self._mounts.items() if _known(path, known)]
        return found[0] if secret and found and request.method == "POST" else None

    def _drop(self) -> web.Response:
        """A body that will never be an update would come again for ever if it were refused: count it and say 200."""
        self.counts["unparsable"] += 1
        logs.event("webhook.unparsable", level=logging.WARNING, dropped=self.counts["unparsable"])
        return web.Response()


class _Batches:
    """Gathers what arrives while a commit is under way into the next one."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._waiting: list[tuple[object, asyncio.Future[bool]]] = []
        self._taking: asyncio.Task[None] | None = None

    async def put(self, update: object) -> bool:
        """True after the commit; False when it failed and the update must come again."""
        taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((update, taken))
        if self._taking is None or self._taking.done():
            self._taking = asyncio.create_task(self._take_all())
        return await taken

    async def close(self) -> None:
        """Let what is being committed end."""
        if self._taking is not None:
            await self._taking

    async def _take_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            done = await self._committed([update for update, _ in batch])
            for _, taken in batch:
                if not taken.done():
                    taken.set_result(done)

    async def _committed(self, updates: Sequence[object]) -> bool:
        try:
            await self._take(updates)
        except Exception as fault:  # whatever it was: they come again
            logs.failure("webhook.not_accepted", fault, level=logging.WARNING, updates=len(updates))
            return False
        return True


def _known(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode())
