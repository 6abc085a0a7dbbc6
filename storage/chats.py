"""Conversations, and the messages of each chat that we could still take away or change."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Address, Attachment, Command, Conversation, Event, Location, MessageRef, Text, Unreadable
from storage.scribe import Scribe, place
from storage.serial import first_at, hours
from storage.tables import Waiting, conversations, inbox, literally, members, messages
from storage.upsert import insert_new

_CONVERSATION_BODY = place(conversations.c.body)
_MESSAGE_BODY = place(messages.c.body)

_UPDATE = (
    update(conversations)
    .where(conversations.c.chat == bindparam("of"))
    .values({name: bindparam(name) for name in ("body", "revision", "touched")})
)
_READY = literally(Waiting.READY)
THEIRS = (Text, Command, Attachment, Location, Unreadable)
"""Events that are a message of the person; a press or an edit names a message that is known already."""


class Known(Struct, frozen=True):
    """A message that stands in a chat."""

    message: MessageRef


def conversation(scribe: Scribe, chat: bytes, body: bytes | None, revision: int) -> Conversation:
    """What is remembered of a chat. Raises VaultError."""
    if body is None:
        return Conversation()
    return scribe.open(Conversation, _CONVERSATION_BODY, chat.hex(), body, revision)


def changed(scribe: Scribe, chat: bytes, value: Conversation | None, revision: int, now: datetime) -> dict[str, Any]:
    """The new state of a chat; None leaves an empty row, until nothing hangs on it any more."""
    body = None if value is None else scribe.seal(_CONVERSATION_BODY, chat.hex(), value, revision)
    return {"of": chat, "body": body, "revision": revision, "touched": hours(now)}


async def update_all(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    await connection.execute(_UPDATE, rows)


async def forget_empty(connection: AsyncConnection, chats: Sequence[bytes]) -> None:
    """Delete the rows of forgotten chats, but not under an event that still waits."""
    idle = ~select(inbox.c.id).where(inbox.c.chat == conversations.c.chat).exists()
    await connection.execute(delete(conversations).where(conversations.c.chat.in_(chats), idle))


def theirs(event: Event) -> MessageRef | None:
    """The message that this event is, if it is one."""
    return event.message or None if isinstance(event, THEIRS) else None


def message_row(scribe: Scribe, address: Address, message: MessageRef, now: datetime, slot: str = "") -> dict[str, Any]:
    ref = ref_of(scribe, address, message)
    return {
        "id": scribe.serial.next(now),
        "ref": ref,
        "chat": scribe.chat(address),
        "slot": slot_of(scribe, address, slot) if slot else None,
        "body": scribe.seal(_MESSAGE_BODY, ref.hex(), Known(message)),
    }


async def remember(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep messages; one that is known already stays as it is."""
    if rows:
        await connection.execute(insert_new(connection, messages, "ref"), rows)


async def in_slot(connection: AsyncConnection, scribe: Scribe, address: Address, slot: str) -> MessageRef | None:
    """The newest message of this chat under this name."""
    named = (messages.c.chat == scribe.chat(address), messages.c.slot == slot_of(scribe, address, slot))
    newest = select(messages.c.ref, messages.c.body).where(*named).order_by(messages.c.id.desc()).limit(1)
    found = (await connection.execute(newest)).first()
    return None if found is None else _message(scribe, found.ref, found.body)


async def named(connection: AsyncConnection, scribe: Scribe, address: Address, slot: str) -> list[MessageRef]:
    """Every message of this chat under this name, oldest first."""
    under = (messages.c.chat == scribe.chat(address), messages.c.slot == slot_of(scribe, address, slot))
    rows = await connection.execute(select(messages.c.ref, messages.c.body).where(*under).order_by(messages.c.id))
    return [_message(scribe, ref, body) for ref, body in rows]


async def known(connection: AsyncConnection, scribe: Scribe, address: Address) -> list[MessageRef]:
    """Every message of this chat that we know of, oldest first."""
    all_of_them = (
        select(messages.c.ref, messages.c.body).where(messages.c.chat == scribe.chat(address)).order_by(messages.c.id)
    )
    return [_message(scribe, ref, body) for ref, body in await connection.execute(all_of_them)]


async def gone(connection: AsyncConnection, refs: Sequence[bytes]) -> None:
    """These messages stand nowhere any more."""
    if refs:
        await connection.execute(delete(messages).where(messages.c.ref.in_(refs)))


def ref_of(scribe: Scribe, address: Address, message: MessageRef) -> bytes:
    return scribe.blind("message", address, message)


def slot_of(scribe: Scribe, address: Address, slot: str) -> bytes:
    return scribe.blind("slot", address, slot)


async def idle(
    connection: AsyncConnection, before: datetime, clock: int, limit: int
) -> list[tuple[bytes, bytes | None, int]]:
    """Chats of nobody on the team, untouched since, with nothing to decide: (chat, body, revision), locked."""
    staff = select(members.c.id).where(members.c.chat == conversations.c.chat).exists()
    events = select(inbox.c.id).where(inbox.c.chat == conversations.c.chat)
    undecided = events.where(inbox.c.state == _READY, inbox.c.due <= clock).exists()
    something = or_(conversations.c.body.is_not(None), ~events.exists())
    old = (conversations.c.touched < hours(before), ~staff, ~undecided, something)
    columns = (conversations.c.chat, conversations.c.body, conversations.c.revision)
    query = select(*columns).where(*old).limit(limit).with_for_update(of=conversations, skip_locked=True)
    return [(chat, body, revision) for chat, body, revision in await connection.execute(query)]


async def forget(connection: AsyncConnection, chats: Sequence[bytes], clock: int) -> None:
    """Nothing stays of these chats: no draft, no timer, no message that we could name."""
    future = (inbox.c.chat.in_(chats), inbox.c.state == _READY, inbox.c.due > clock)
    await connection.execute(delete(inbox).where(*future))
    await connection.execute(update(conversations).where(conversations.c.chat.in_(chats)).values(body=None))
    await connection.execute(delete(messages).where(messages.c.chat.in_(chats)))
    await forget_empty(connection, chats)


async def purge_messages(connection: AsyncConnection, before: datetime, silent: datetime, group: bytes | None) -> int:
    """Messages too old to be taken away (`before`), and those of forgotten chats (`silent`).

    The named ones of the team and of its group stay, they may still be changed.
    """
    staff = or_(messages.c.chat.in_(select(members.c.chat)), messages.c.chat == (group or b""))
    forgotten = ~staff & messages.c.chat.not_in(select(conversations.c.chat)) & (messages.c.id < first_at(silent))
    too_old = (messages.c.id < first_at(before)) & or_(messages.c.slot.is_(None), ~staff)
    return (await connection.execute(delete(messages).where(or_(too_old, forgotten)))).rowcount


def _message(scribe: Scribe, ref: bytes, body: bytes) -> MessageRef:
    return scribe.open(Known, _MESSAGE_BODY, ref.hex(), body).message
