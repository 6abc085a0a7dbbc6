"""HTTP for bots: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

from collections.abc import Awaitable
from typing import Any

import msgspec
from aiohttp import web

from bot.sandbox.bots import BotAccount
from bot.sandbox.files import StoredFile
from bot.sandbox.methods import METHODS
from bot.sandbox.mischief import ConnectionDropped
from bot.sandbox.refusals import Refusal, nothing_there, unauthorized, unknown_method
from bot.sandbox.requests import raw_values
from bot.sandbox.world import World

CHUNK_BYTES = 64 * 1024

encode = msgspec.json.Encoder().encode


class BotApi:
    """Answers the calls of all bots of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.AbstractRouteDef]:
        """The two addresses, and a refusal for what is next to them."""
        return [
            web.get("/file/bot{token}/{path:.+}", self.download),
            web.get("/bot{token}/{method}", self.answer),
            web.post("/bot{token}/{method}", self.answer),
            web.route("*", "/{rest:(?:file/)?bot.*}", self.elsewhere),
        ]

    async def answer(self, request: web.Request) -> web.Response:
        """Carry out one call and answer as Telegram does."""
        token, name = request.match_info["token"], request.match_info["method"]
        try:
            result = await self._carry_out(token, name, request)
        except ConnectionDropped:
            return _dropped(request)
        except Refusal as refusal:
            self._world.record.refusals[name, refusal.description] += 1
            return _response(refusal.body(), refusal.code)
        return _response({"ok": True, "result": result})

    async def _carry_out(self, token: str, name: str, request: web.Request) -> Any:
        bot = self._bot(token)
        method = METHODS.get(name.lower())
        if method is None:
            raise unknown_method()
        self._world.record.calls[method.name] += 1
        raw = await raw_values(request)
        await self._world.mischief.before(method.name)
        result = method.call(self._world, bot, raw)
        if isinstance(result, Awaitable):
            result = await result
        self._world.mischief.after(method.name)
        return result

    async def download(self, request: web.Request) -> web.StreamResponse:
        """Stream a file whose path getFile gave out. Faults know this address as the method `download`."""
        try:
            self._bot(request.match_info["token"])
            await self._world.mischief.before("download")
            stored = self._world.files.by_path(request.match_info["path"])
            if stored is None:
                raise nothing_there()
            return await self._stream(request, stored)
        except ConnectionDropped:
            return _dropped(request)
        except Refusal as refusal:
            return _response(refusal.body(), refusal.code)

    async def _stream(self, request: web.Request, stored: StoredFile) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
        response.content_length = stored.size
        await response.prepare(request)
        for start in range(0, stored.size, CHUNK_BYTES):
            if start > stored.size // 2:
                self._world.mischief.after("download")
            await response.write(stored.data[start : start + CHUNK_BYTES])
        return response

    async def elsewhere(self, request: web.Request) -> web.Response:
        """Any other address that looks like the Bot API."""
        return _response(nothing_there().body(), 404)

    def _bot(self, token: str) -> BotAccount:
        bot = self._world.bots.get(token)
        if bot is None:
            raise unauthorized()
        return bot


def _dropped(request: web.Request) -> web.Response:
    """Close the connection; the answer that aiohttp wants goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _response(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=encode(body), status=status, content_type="application/json")
