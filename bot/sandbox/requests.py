"""Reading the four shapes of a Bot API request: query string, urlencoded form, JSON and multipart."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from aiohttp.multipart import BodyPartReader

from bot.sandbox import limits
from bot.sandbox.parameters import Upload
from bot.sandbox.refusals import Refusal, bad_request


async def raw_values(request: web.Request) -> dict[str, Any]:
    """All parameters of a request, unread; uploads as `Upload`.

    Raises:
        Refusal: the body is no JSON object, not UTF-8, badly framed, or too large.
    """
    try:
        return await _values(request)
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    except ValueError:
        raise bad_request("can't parse the multipart body") from None


async def _values(request: web.Request) -> dict[str, Any]:
    values: dict[str, Any] = dict(request.query) if request.query_string else {}
    if not request.body_exists:
        return values
    kind = request.content_type
    if kind == "multipart/form-data":
        return values | await _multipart(request)
    body = await request.read()
    if kind == "application/json":
        given = _json(body)
        return {**values, **given} if values else given
    return values | dict(parse_qsl(body.decode(), keep_blank_values=True))


def _json(body: bytes) -> dict[str, Any]:
    try:
        parsed = msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise bad_request("can't parse JSON object")
    return parsed


async def _multipart(request: web.Request) -> dict[str, Any]:
    values: dict[str, Any] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytes(await part.read())
        if len(data) > limits.UPLOAD_BYTES:
            raise Refusal(413, "Request Entity Too Large")
        if part.filename is None:
            values[part.name] = data.decode()
        else:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            values[part.name] = Upload(part.filename, mime, data)
    return values
