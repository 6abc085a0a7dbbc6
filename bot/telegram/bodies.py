"""Bodies and timeouts of requests.

Parameters go as JSON, or as multipart when a file is among them. The file flows through in chunks and never stands
whole in memory; its length is announced beforehand, so that no server must buffer it to learn its size.
"""

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from aiohttp import ClientTimeout, MultipartWriter
from aiohttp.payload import AsyncIterablePayload

from bot.messenger import Upload

_TYPE_MARKS = str.maketrans("", "", "-+._")


class BrokenFile(Exception):
    """A file can't be read, or has more or fewer bytes than announced: the upload is broken off, for good."""


class Unencodable(ValueError):
    """A text holds half a surrogate pair. Knows no more than that: Python's own error would hold the whole text."""


@lru_cache(maxsize=64)
def timeouts(
    read: float | None, write: float | None, connect: float | None, pool: float | None, total: float | None = None
) -> ClientTimeout:
    """The library's four timeouts, in seconds, as aiohttp's. It has none for writing: `total` limits all together.

    Without a `total` that is the sum of the four.
    """
    if total is None and read and write and connect and pool:
        total = read + write + connect + pool
    waiting = connect + pool if connect and pool else None
    return ClientTimeout(total=total, connect=waiting, sock_connect=connect, sock_read=read)


def body(parameters: Mapping[str, object]) -> dict[str, Any]:
    """The arguments of a request that carry these parameters. Raises `Unencodable`."""
    try:
        if any(isinstance(value, Upload) for value in parameters.values()):
            return {"data": _multipart(parameters)}
        return {"data": msgspec.json.encode(parameters), "headers": {"Content-Type": "application/json"}}
    except UnicodeEncodeError:
        pass
    raise Unencodable


def _multipart(parameters: Mapping[str, object]) -> MultipartWriter:
    form = MultipartWriter("form-data")
    for name, value in parameters.items():
        if isinstance(value, Upload):
            _append_file(form, name, value)
        else:
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            form.append(text).set_content_disposition("form-data", name=name)
    return form


def _append_file(form: MultipartWriter, name: str, upload: Upload) -> None:
    part = _SizedChunks(upload)
    part.set_content_disposition("form-data", quote_fields=False, name=name, filename=_plain(upload.name))
    form.append_payload(part)


class _SizedChunks(AsyncIterablePayload):
    def __init__(self, upload: Upload) -> None:
        super().__init__(_exactly(upload), content_type=_type(upload.mime))
        self._size = upload.size


async def _exactly(upload: Upload) -> AsyncIterator[bytes]:
    """The file's chunks. Whatever goes wrong with them is `BrokenFile`, which the connection's own faults are not."""
    left = upload.size
    try:
        async for chunk in upload.chunks():
            left -= len(chunk)
            yield chunk
    except Exception:
        left = -1
    if left:
        raise BrokenFile


def _plain(name: str) -> str:
    """A name that cannot break out of its header or its folder."""
    return "".join("_" if c in '/\\"' or not c.isprintable() else c for c in name)[-100:] or "file"


def _type(mime: str) -> str:
    """The claimed type, when it can be one."""
    parts = [part.translate(_TYPE_MARKS) for part in mime.split("/")]
    fine = mime.isascii() and len(parts) == 2 and all(part.isalnum() for part in parts)
    return mime if fine else "application/octet-stream"
