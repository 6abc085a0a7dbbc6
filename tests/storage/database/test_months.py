"""When a month is over, what was deleted in it opens nowhere any more, and what is kept goes on."""

import shutil
import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from handlers import keeping
from handlers.model import (
    Address,
    ById,
    Case,
    CaseState,
    Conversation,
    Entry,
    Erase,
    Message,
    Outcome,
    Send,
    Subscribe,
    Token,
    Wanted,
)
from storage import chain, renewal
from storage.errors import KeyDestroyed
from storage.keyring import kid_of
from storage.renewal import SEALED
from storage.tables import metadata
from tests.seized import SEALED as EVERY_SEALED

REPORTER = "telegram:77"
TO_DECEMBER = {"days": 10}
"""From the 23rd of November to the 3rd of December: two days after the end of the month."""


def _whole(column: Any) -> str:
    return f"{column.table.name}.{column.name}"


LASTING = {"audit.body", "releases.body"}
"""Sealed with the key that lasts."""


def test_every_sealed_column_is_carried_over_but_what_lasts() -> None:
    assert {_whole(sealed.column) for sealed in SEALED} == EVERY_SEALED.keys() - LASTING
    revised = {_whole(sealed.column) for sealed in SEALED if "revision" in sealed.column.table.c}
    assert {_whole(sealed.column) for sealed in SEALED if sealed.revised} == revised - {"cases.public"}
    assert all(sealed.column.table in metadata.sorted_tables for sealed in SEALED)


@pytest.mark.parametrize("by", ["its reporter", "its time"])
async def test_given_an_erased_case_when_its_month_is_over_then_an_old_copy_opens_no_more_with_the_present_ring(
    world: Any, tmp_path: Path, by: str
) -> None:
    if world.database._engine.dialect.name != "sqlite":
        pytest.skip("the copy is one of SQLite's files")
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    old = _copy_of(tmp_path)
    await (world.effects(REPORTER, Erase(opening.case.id)) if by == "its reporter" else _purged(world, opening.case))
    rows = _copied(old, opening.case.id)
    assert [_opened(world, *row) for row in rows] == [True] * 3, "until then the copy is what it was"
    world.later(**TO_DECEMBER)
    assert await world.database.retention.end_months(world.now)
    for table, column, row, revision, body in rows:
        with pytest.raises(KeyDestroyed):
            world.vault.open_row(table, column, row, revision, body)


async def _purged(world: Any, case: Case) -> None:
    """Closed in a house that keeps nothing for long, and its time is over."""
    kept = keeping.begun(world.now, 1)
    closed = replace(case, state=CaseState.CLOSED, closed=world.now, keeping=kept)
    await world.tell(REPORTER, lambda context: Outcome(None, case=closed), Wanted(ById(case.id)))
    assert (await world.database.retention.sweep(world.later(days=2))).cases == 1


def _copy_of(folder: Path) -> Path:
    """The database with its log, as somebody takes them away."""
    (folder / "old").mkdir()
    for file in folder.glob("panah.db*"):
        shutil.copy(file, folder / "old")
    return folder / "old" / "panah.db"


def _copied(file: Path, case: str) -> list[tuple[str, str, str, int, bytes]]:
    """The header and the parts of a case, as they lie in a database with its log."""
    with sqlite3.connect(file) as copy:
        header = copy.execute("SELECT id, revision, header FROM cases WHERE id = ?", [case]).fetchall()
        parts = copy.execute("SELECT id, body FROM parts WHERE case_id = ?", [case]).fetchall()
    return [("cases", "header", *row) for row in header] + [("parts", "body", id_, 0, body) for id_, body in parts]


def _opened(world: Any, *sealed: Any) -> bool:
    return bool(world.vault.open_row(*sealed))


async def test_given_what_is_kept_when_a_month_is_over_then_all_of_it_still_opens(world: Any) -> None:
    admin = await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening, Send(Address(REPORTER), Message("still to be said")))
    await world.effects(REPORTER, Subscribe(Address(REPORTER), "tg", Token("t" * 22)))
    told = Outcome(Conversation(language="tg"), audit=(Entry("claim", admin.id),))
    await world.tell("telegram:5", lambda context: told)
    seed = bytearray(world.sessions._open[admin.id].seed)
    world.later(**TO_DECEMBER)
    assert await world.database.retention.end_months(world.now)
    assert not world.vault.ring.holds_before(date(2026, 12, 1))
    await world.restart()
    world.unlock(admin, seed)
    met = await world.tell(admin.address, lambda c: Outcome(None), Wanted(ById(opening.case.id), parts=True))
    assert (met.person.member, met.case) == (replace(admin, revision=1), opening.case)
    assert sorted(met.parts, key=lambda part: part.id) == sorted(opening.parts, key=lambda part: part.id)
    assert (await world.tell("telegram:5", lambda c: Outcome(None))).conversation.language == "tg"
    async with world.database._engine.begin() as connection:
        written = [chain.read(world.database._scribe, line) async for line in chain.lines(connection)]
    assert written[-1].entry == Entry("claim", admin.id), "the chain is as it was, and can be read"
    assert (await world.database.verify_audit()).ok


async def test_given_a_kill_before_the_key_was_destroyed_then_the_next_round_ends_the_month(world: Any) -> None:
    await world.found()
    await world.effects(REPORTER, world.opening())
    world.later(**TO_DECEMBER)
    await renewal.carry_over(world.database._engine, world.database._scribe, kid_of(world.now.date()))
    await world.restart()
    assert await world.database.retention.end_months(world.now)
    assert not await world.database.retention.end_months(world.now)
    await world.effects(REPORTER)


async def test_given_a_month_that_has_just_ended_then_its_key_stays_two_days_more(world: Any) -> None:
    await world.effects(REPORTER)
    world.later(days=9, hours=11)
    assert not await world.database.retention.end_months(world.now)
    assert await world.database.retention.end_months(world.later(hours=14))


async def test_given_many_rows_and_damaged_ones_then_the_others_are_carried_over_all_the_same(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "PAGE", 2)
    for number in range(7):
        await world.tell(f"telegram:{number}", lambda context: Outcome(Conversation(language="tg")))
    conversations = metadata.tables["conversations"]
    async with world.database._engine.begin() as connection:
        bodies = (await connection.execute(select(conversations.c.chat, conversations.c.body))).all()
        for chat, body in bodies[::3]:
            broken = (
                update(conversations).where(conversations.c.chat == chat).values(body=body[:-1] + bytes([body[-1] ^ 1]))
            )
            await connection.execute(broken)
    world.later(**TO_DECEMBER)
    engine, scribe = world.database._engine, world.database._scribe
    assert await renewal.carry_over(engine, scribe, kid_of(world.now.date())) == 3
    async with engine.begin() as connection:
        kids = [body[1:3] for body in await connection.scalars(select(conversations.c.body))]
    assert (
        sorted(kids)
        == [kid_of(date(2026, 11, 1)).to_bytes(2, "big")] * 3 + [kid_of(date(2026, 12, 1)).to_bytes(2, "big")] * 4
    )
