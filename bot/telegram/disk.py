"""Files of a Bot API server of your own, which in its mode --local hands out paths of this machine, of any size.

Source: github.com/tdlib/telegram-bot-api, "Usage"; it serves no files itself (its issues 26 and 540).
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from bot.messenger import Rejected

CHUNK_BYTES = 256 << 10


async def read(path: str, folder: Path | None, most: int) -> AsyncIterator[bytes]:
    """The file in chunks, up to `most` bytes. Raises `Rejected`: local_server when it lies outside of the folder that
    the operator names, or none is named; unreadable, gone, large.
    """
    with await asyncio.to_thread(_opened, Path(path), folder) as file:
        left = most
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            left -= len(chunk)
            if left < 0:
                raise Rejected("large")
            yield chunk


def _opened(path: Path, folder: Path | None) -> BinaryIO:
    """The server says where; that it can't say where our own keys lie is for us to see."""
    if folder is None or not path.resolve().is_relative_to(folder.resolve()):
        raise Rejected("local_server")
    try:
        return path.resolve().open("rb")
    except OSError as error:
        raise Rejected("gone" if isinstance(error, FileNotFoundError) else "unreadable") from None
