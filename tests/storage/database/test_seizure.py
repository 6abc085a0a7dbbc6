"""Somebody takes the disk: the database, the ring and ROOT, while the desk is locked.

They may learn that there are cases, how urgent and of which kind. Not what was written, and not by whom.
"""

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from handlers.model import (
    Address,
    ById,
    Conversation,
    Note,
    Outcome,
    Part,
    PartId,
    Reply,
    Scope,
    Seal,
    Subscribe,
    Text,
    Ticked,
    Token,
    Unsent,
    Unsubscribe,
)
from storage import grants as grant_rows
from storage.errors import VaultError
from storage.finding import find
from storage.reading import open_parts
from storage.scribe import place as place_of
from storage.serial import milliseconds
from storage.tables import (
    advisories,
    audit,
    cases,
    conversations,
    departures,
    grants,
    inbox,
    invitations,
    members,
    messages,
    meta,
    metadata,
    outbox,
    parts,
    subscriptions,
)

STORY, REPORTER = "canary-story-7f3a", "telegram:31337001"
WISH, SAFE_WORD = Scope(topic=("canary-topic",)), "canary-safe-word"
SEALED = (
    STORY,
    REPORTER,
    "31337001",
    "canary-note",
    "canary-reply",
    "canary-draft",
    "canary-tick",
    SAFE_WORD,
    "canary-topic",
)
CANARIES = (*SEALED, "canary-name", "Tajik-canary")


async def lived(world: Any) -> None:
    """A report was sent, worked on and answered; its chat was silent for a day, and everybody has locked."""
    admin = await world.found("canary-name")
    await world.tell(REPORTER, lambda context: Outcome(Conversation(language="tg")))
    opening = world.opening(STORY, REPORTER)
    await world.effects(REPORTER, opening, Subscribe(Address(REPORTER), "tg", Token("t" * 22), WISH, SAFE_WORD))
    await world.effects(REPORTER, Unsubscribe(address=Address(REPORTER)))
    for n, body in enumerate(
        (Note("canary-note"), Reply("canary-reply"), Unsent("canary-draft"), Ticked(("canary-tick",)))
    ):
        part = Part(PartId(f"{n}" * 22), world.now, admin.id, body)
        await world.effects(admin.address, Seal(opening.case.id, part))
    world.sessions.lock_all()


def contents(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


def opened_by_server(scribe: Any, row: Any, table: Any, column: str, place: str, revision: int = 0) -> bytes:
    return scribe.open_bytes(place_of(table.c[column]), place, getattr(row, column), revision)


async def everything(world: Any) -> list[bytes]:
    """Every sealed column, opened with all that the server has."""
    scribe = world.database._scribe
    found: list[bytes] = []
    async with world.database._engine.begin() as connection:

        async def read(table: Any, column: str, place: Any, revision: Any = lambda row: 0) -> None:
            rows = [row for row in await connection.execute(select(table)) if getattr(row, column)]
            rows = [row for row in rows if place(row) != "deployment"]  # a blind index, by which its ring knows it
            found.extend(opened_by_server(scribe, row, table, column, place(row), revision(row)) for row in rows)

        await read(meta, "value", lambda row: row.key)
        await read(inbox, "body", lambda row: row.mark.hex())
        await read(conversations, "body", lambda row: row.chat.hex(), lambda row: row.revision)
        await read(messages, "body", lambda row: row.ref.hex())
        await read(members, "body", lambda row: row.id, lambda row: row.revision)
        await read(invitations, "body", lambda row: row.secret.hex())
        await read(cases, "header", lambda row: row.id, lambda row: row.revision)
        await read(cases, "public", lambda row: row.id)
        await read(parts, "body", lambda row: row.id)
        await read(grants, "body", lambda row: grant_rows._place(row.object, row.holder))
        await read(subscriptions, "body", lambda row: row.secret.hex())
        await read(departures, "body", lambda row: row.id)
        await read(advisories, "body", lambda row: row.id)
        await read(outbox, "body", lambda row: str(row.id))
        await read(audit, "body", lambda row: str(row.number))
    return found


async def test_a_reader_with_every_server_key_finds_neither_story_nor_address(world: Any) -> None:
    await lived(world)
    await world.database.retention.sweep(world.later(hours=25))
    plain = b"\n".join(await everything(world))
    for canary in SEALED:
        assert canary.encode() not in plain
    assert b"threat" in plain, "the header is meant for the server, so this reader does read"


async def test_a_reader_of_the_files_without_keys_finds_nothing_at_all(
    world: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    await lived(world)
    await world.hear(REPORTER, Text(STORY))
    async with world.database._engine.begin() as connection:
        rows = [tuple(row) for table in metadata.sorted_tables for row in await connection.execute(select(table))]
    seen = [repr(rows).encode(), caplog.text.encode(), "".join(capfd.readouterr()).encode()]
    seen += contents(tmp_path)
    for canary in (*CANARIES, "threat"):
        assert not any(canary.encode() in text for text in seen), canary
    assert not {"threat", "tg", "P2", "admin", "responder"} & {value for row in rows for value in row}


async def test_what_is_kept_for_long_tells_no_time_but_hours_and_days(world: Any) -> None:
    await lived(world)
    then = milliseconds(world.now)
    await world.database.retention.sweep(world.later(hours=49))
    async with world.database._engine.begin() as connection:
        rows = [tuple(row) for table in metadata.sorted_tables for row in await connection.execute(select(table))]
    numbers = {value for row in rows for value in row if isinstance(value, int)}
    a_day = 24 * 60 * 60 * 1000
    assert 1 in numbers, "cases and parts are numbered"
    assert not {number for number in numbers if min(abs(number - then), abs((number >> 20) - then)) < a_day}


async def test_the_ring_opens_no_part_even_with_the_public_keys_at_hand(world: Any) -> None:
    await lived(world)
    scribe = world.database._scribe
    async with world.database._engine.begin() as connection:
        row = (await connection.execute(select(parts))).first()
        _, found = await find(connection, scribe, [ById(row.case_id)])
        public = found[row.case_id].public
    for key in (public[:32], scribe.vault.ring.pepper[:32], scribe.vault.ring.audit_key[:32]):
        with pytest.raises(VaultError):
            open_parts(scribe, key, row.case_id, [row])
