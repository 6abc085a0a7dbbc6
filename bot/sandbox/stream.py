"""Server-sent events: every change on every phone, as it happens."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from bot.sandbox.changes import EVERYBODY, Change
from bot.sandbox.views import view
from bot.sandbox.world import World

PING_SECONDS = 10
BACKLOG = 10_000
"""Changes that a slow reader may lag behind before it loses the connection and has to ask for the chats anew."""


class Stream:
    """`GET /world/stream`, for all phones or with `?phone=ID` for one."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.AbstractRouteDef]:
        """The one address."""
        return [web.get("/world/stream", self.stream)]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Write changes until the reader leaves or falls too far behind."""
        waiting: asyncio.Queue[bytes] = asyncio.Queue()
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        phone = request.query.get("phone", "")
        listener = int(phone) if phone.isdigit() else EVERYBODY
        with self._world.changes.heard_by(lambda change: waiting.put_nowait(_event(change)), listener):
            await response.write(b": listening\n\n")
            while waiting.qsize() < BACKLOG:
                await response.write(await _next(waiting))
        return response


async def _next(waiting: asyncio.Queue[bytes]) -> bytes:
    try:
        async with asyncio.timeout(PING_SECONDS):
            return await waiting.get()
    except TimeoutError:
        return b": ping\n\n"


def _event(change: Change) -> bytes:
    body: dict[str, Any] = {
        "phone": change.chat.person.id,
        "bot": change.chat.bot.username,
        "kind": change.kind,
        "message": view(change.message) if change.message else None,
    }
    if change.note:
        body["text"] = change.note
    return b"data: " + msgspec.json.encode(body) + b"\n\n"
