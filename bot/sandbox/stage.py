"""The stage over HTTP: people, their phones, the faults and the clock, for the web page and for other processes.

Everything here is JSON under `/world`. It answers `{"ok": false, "error": ...}` with status 400 when a person can't do
what was asked. There is no password: the server listens on loopback only, and everything in it is made up.
"""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

import msgspec
from aiohttp import web

from bot.sandbox.faults import Faults
from bot.sandbox.methods.profile import in_language, menu_for
from bot.sandbox.parameters import Upload
from bot.sandbox.phones import Phone, PhoneError
from bot.sandbox.requests import raw_values
from bot.sandbox.world import World

Act = Callable[[Phone, dict[str, Any]], Awaitable[int | None]]

PAGE = files("bot.sandbox") / "page"
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "png": "image/png"}


class Stage:
    """Every `/world` address but the stream of changes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.AbstractRouteDef]:
        """What lies where."""
        phone = "/world/phones/{phone}"
        return [
            web.get("/world/bots", self.bots),
            web.post("/world/bots", self.add_bot),
            web.get("/world/phones", self.phones),
            web.post("/world/phones", self.add_phone),
            web.get(f"{phone}/chats", self.chats),
            web.get(f"{phone}/commands", self.commands),
            *(web.post(f"{phone}/{name}", self._verb(act)) for name, act in ACTS.items()),
            web.get("/world/files/{file_id}", self.file),
            web.get("/world/faults", self.faults),
            web.post("/world/faults", self.set_faults),
            web.post("/world/clock", self.advance),
            web.get("/world/record", self.record),
            web.get("/", page),
            web.get("/page/{name}", page),
        ]

    async def bots(self, request: web.Request) -> web.Response:
        """Every bot, without its token; descriptions in the language of `?language=`."""
        language = request.query.get("language", "")
        return answer([
            {
                "username": bot.username,
                "name": in_language(bot.names, language) or bot.name,
                "description": in_language(bot.descriptions, language),
                "short_description": in_language(bot.short_descriptions, language),
            }
            for bot in self._world.bots.values()
        ])  # fmt: skip

    async def add_bot(self, request: web.Request) -> web.Response:
        """Register a bot."""
        asked = await raw_values(request)
        try:
            bot = self._world.add_bot(asked["token"], asked["username"], asked.get("name", "Bot"))
        except ValueError as mistake:
            return refused(str(mistake))
        return answer({"ok": True, "id": bot.id})

    async def phones(self, request: web.Request) -> web.Response:
        """Everybody."""
        return answer([
            {
                "id": person.id,
                "name": person.first_name,
                "role": person.role,
                "language_code": person.language_code,
                "hint": person.hint,
            }
            for person in self._world.people.values()
        ])  # fmt: skip

    async def add_phone(self, request: web.Request) -> web.Response:
        """A new person."""
        asked = await raw_values(request)
        person = self._world.add_person(
            asked.get("name", "Somebody"), asked.get("language_code", "en"), asked.get("role", "")
        )
        return answer({"id": person.id})

    async def chats(self, request: web.Request) -> web.Response:
        """What is on the screen of one phone."""
        chats = self._phone(request).chats()
        return answer([{"bot": bot, "messages": messages} for bot, messages in chats.items()])

    async def commands(self, request: web.Request) -> web.Response:
        """The menu of commands on this phone, in `?bot=` (left out: the first bot)."""
        person = self._phone(request).person
        bot = self._world.bot_named(request.query.get("bot"))
        return answer(menu_for(bot, person.id, person.language_code) if bot else [])

    async def file(self, request: web.Request) -> web.Response:
        """A file out of a chat."""
        stored = self._world.files.by_id(request.match_info["file_id"])
        if stored is None:
            raise web.HTTPNotFound
        # Whatever a person attached is shown as what it claims only if that can't run in the page.
        mime = stored.mime if stored.mime.startswith(("image/", "audio/", "video/")) else "application/octet-stream"
        headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=stored.data, content_type=mime, headers=headers)

    async def faults(self, request: web.Request) -> web.Response:
        """What goes wrong now."""
        return answer(self._world.mischief.faults)

    async def set_faults(self, request: web.Request) -> web.Response:
        """Change what goes wrong; what is not named goes back to normal."""
        try:
            self._world.mischief.use(msgspec.json.decode(await request.read(), type=Faults))
        except msgspec.DecodeError as mistake:
            return refused(str(mistake))
        return answer({"ok": True})

    async def advance(self, request: web.Request) -> web.Response:
        """Let time pass."""
        self._world.advance(float((await raw_values(request)).get("advance_seconds", 0)))
        return answer({"ok": True})

    async def record(self, request: web.Request) -> web.Response:
        """What was noticed about the bots."""
        return answer(self._world.record.summary())

    def _verb(self, act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def carry_out(request: web.Request) -> web.Response:
            try:
                message_id = await act(self._phone(request), await raw_values(request))
            except PhoneError as mistake:
                return refused(str(mistake))
            except KeyError as missing:
                return refused(f"the field {missing} is missing")
            return answer({"ok": True} if message_id is None else {"ok": True, "message_id": message_id})

        return carry_out

    def _phone(self, request: web.Request) -> Phone:
        number = request.match_info["phone"]
        person = self._world.people.get(int(number)) if number.isdigit() else None
        if person is None:
            raise web.HTTPNotFound
        return Phone(self._world, person)


async def _say(phone: Phone, asked: dict[str, Any]) -> int:
    return await phone.say(asked["text"], reply_to=asked.get("reply_to"), bot=asked.get("bot"))


async def _press(phone: Phone, asked: dict[str, Any]) -> None:
    await phone.press(asked["data"], message=asked.get("message_id"), bot=asked.get("bot"))


async def _edit(phone: Phone, asked: dict[str, Any]) -> None:
    await phone.edit(asked["message_id"], asked["text"], bot=asked.get("bot"))


async def _delete(phone: Phone, asked: dict[str, Any]) -> None:
    await phone.delete(asked["message_id"], bot=asked.get("bot"))


async def _attach(phone: Phone, asked: dict[str, Any]) -> int:
    upload = asked.get("file") or Upload("", "", b"")
    kind, caption = asked["kind"], asked.get("caption", "")
    return await phone.attach(kind, upload.data, upload.name, upload.mime, caption, asked.get("bot"))


async def _block(phone: Phone, asked: dict[str, Any]) -> None:
    phone.block(asked.get("bot"))


async def _unblock(phone: Phone, asked: dict[str, Any]) -> None:
    phone.unblock(asked.get("bot"))


ACTS: dict[str, Act] = {
    "say": _say,
    "press": _press,
    "edit": _edit,
    "delete": _delete,
    "attach": _attach,
    "block": _block,
    "unblock": _unblock,
}


async def page(request: web.Request) -> web.Response:
    """The web page and its parts; only plain names, so that no path leads out of its folder."""
    name = request.match_info.get("name", "index.html")
    source = PAGE / name
    if "/" in name or "\\" in name or name.startswith(".") or not source.is_file():
        raise web.HTTPNotFound
    kind = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    charset = "utf-8" if kind.startswith("text/") else None
    return web.Response(body=source.read_bytes(), content_type=kind, charset=charset)


def answer(body: Any, status: int = 200) -> web.Response:
    """A JSON answer."""
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")


def refused(error: str) -> web.Response:
    """The person can't do this, and why."""
    return answer({"ok": False, "error": error}, status=400)
