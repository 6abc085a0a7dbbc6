"""Whose reports are set aside for now: an index of the chat and a last day, nothing else. Gone when the day is over."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Ban
from storage.scribe import Scribe
from storage.serial import days
from storage.tables import bans
from storage.upsert import insert_or_replace


async def put(connection: AsyncConnection, scribe: Scribe, wishes: Iterable[Ban]) -> None:
    """Begin and end bans."""
    for wish in wishes:
        chat = scribe.chat(wish.sender)
        if wish.until is None:
            await connection.execute(delete(bans).where(bans.c.chat == chat))
        else:
            row = {"chat": chat, "until": days(wish.until)}
            await connection.execute(insert_or_replace(connection, bans, "chat"), [row])


async def purge(connection: AsyncConnection, now: datetime) -> int:
    """Forget those that are over."""
    return (await connection.execute(delete(bans).where(bans.c.until < days(now)))).rowcount
