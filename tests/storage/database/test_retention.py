"""What is to be forgotten is forgotten, in the tables and in the files."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from handlers.model import (
    Address,
    BlobId,
    Conversation,
    Discard,
    Draft,
    Entry,
    Erase,
    FileKind,
    Message,
    MessageRef,
    Outcome,
    Send,
    StoredFile,
    Text,
)
from storage import chain
from storage.audit import Fault, Head
from storage.dispatch import Done
from storage.errors import Tampered
from storage.tables import Lane, audit, conversations, inbox, messages

REPORTER = "telegram:77"


async def count(world: Any, table: Any) -> int:
    async with world.database._engine.begin() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


def contents(folder: Path) -> list[bytes]:
    files = [file.read_bytes() for file in folder.glob("panah.db*")]
    assert files
    return files


async def test_given_a_draft_that_was_left_for_a_day_then_it_is_gone_with_its_files_and_messages(world: Any) -> None:
    file = StoredFile(BlobId("b" * 22), b"k", FileKind.PHOTO, 1, b"d")
    draft = Conversation(draft=Draft("1", files=(file,)))
    await world.hear(REPORTER, Text("a", MessageRef("1")))
    await world.run(lambda event, context: Outcome(draft))
    assert (await world.database.retention.sweep(world.later(hours=23))).chats == 0
    assert (await world.database.retention.sweep(world.later(hours=2))).chats == 1
    assert await count(world, conversations) == await count(world, messages) == 0
    (errand,) = await world.database.dispatch.lease(Lane.ERRANDS, 10, world.now)
    assert errand.effect == Discard((file.blob,))


async def test_given_a_member_then_their_chat_is_not_forgotten(world: Any) -> None:
    admin = await world.found()
    await world.tell(admin.address, lambda context: Outcome(Conversation(language="ru")))
    assert (await world.database.retention.sweep(world.later(days=30))).chats == 0
    assert (await world.effects(admin.address)).conversation.language == "ru"


async def test_given_a_server_that_was_down_for_days_then_what_waits_is_decided_before_its_chat_is_forgotten(
    world: Any,
) -> None:
    kept = Conversation(language="tg")
    await world.tell(REPORTER, lambda context: Outcome(kept))
    await world.hear(REPORTER, Text("still here"))
    assert (await world.database.retention.sweep(world.later(days=3))).chats == 0
    met = []
    await world.run(lambda event, context: met.append(context.conversation) or Outcome(context.conversation))
    assert met == [kept]


async def test_given_marks_of_two_days_ago_then_they_are_forgotten(world: Any) -> None:
    await world.hear(REPORTER, Text("a"))
    await world.run(lambda event, context: Outcome(context.conversation))
    assert (await world.database.retention.sweep(world.later(hours=47))).marks == 0
    assert (await world.database.retention.sweep(world.later(hours=2))).marks == 1
    assert await count(world, inbox) == 0


async def test_given_what_was_decided_then_its_row_holds_neither_words_nor_chat(world: Any) -> None:
    await world.hear(REPORTER, Text("a"))
    await world.run(lambda event, context: Outcome(context.conversation))
    async with world.database._engine.begin() as connection:
        (row,) = (await connection.execute(select(inbox.c.chat, inbox.c.body))).all()
    assert tuple(row) == (None, None)


async def test_given_an_erased_case_then_its_bytes_are_in_no_file(world: Any, tmp_path: Path) -> None:
    if world.database._engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps old rows until vacuum")
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    id_ = opening.case.id.encode()
    assert any(id_ in content for content in contents(tmp_path))
    await world.effects(REPORTER, Erase(opening.case.id))
    for gone in (id_, opening.parts[0].id.encode()):
        assert not any(gone in content for content in contents(tmp_path))


async def test_given_an_event_that_was_set_aside_then_it_is_kept_two_days_and_no_longer(world: Any) -> None:
    await world.hear(REPORTER, Text("poison"))
    async with world.database.batch(world.now) as batch:
        (unit,) = batch.units
    for _ in range(3):
        await world.database.fail(unit.id)
    await world.database.retention.sweep(world.later(hours=47))
    assert await count(world, inbox) == 1
    await world.database.retention.sweep(world.later(hours=2))
    assert await count(world, inbox) == 0
    await world.database.retention.sweep(world.now)
    assert await count(world, conversations) == 0


async def test_given_a_sweep_then_it_leaves_alone_what_is_young(world: Any) -> None:
    await world.hear(REPORTER, Text("a", MessageRef("1")))
    await world.run(lambda event, context: Outcome(Conversation(language="tg")))
    swept = await world.database.retention.sweep(world.now)
    assert (swept.chats, swept.marks, swept.messages, swept.cases) == (0, 0, 0, 0)
    assert await world.database.dispatch.known(Address(REPORTER)) == ["1"]


async def test_given_audit_lines_then_the_chain_holds_and_shows_a_changed_past(world: Any) -> None:
    for action in ("claim", "close"):
        entries = (Entry(action, "m"), Entry("note", "m"))
        await world.tell(REPORTER, lambda context, entries=entries: Outcome(context.conversation, audit=entries))
    head = await world.database.audit_head()
    report = await world.database.verify_audit(Head.parse(head))
    assert report.ok and report.lines == 4
    async with world.database._engine.begin() as connection:
        line = (await connection.execute(select(audit).where(audit.c.number == 4))).first()
        assert str(Head.of(line)) == head
    assert (await world.database.verify_audit(Head(9, "0" * 16))).kind is Fault.ROLLED_BACK


async def test_given_half_a_year_then_a_line_says_no_more_what_was_done_and_the_chain_holds(world: Any) -> None:
    for action, days in (("claim", 100), ("note", 79), ("close", 2)):
        entries = (Entry(action, "m"), Entry(action, "n"))
        await world.tell(REPORTER, lambda context, entries=entries: Outcome(context.conversation, audit=entries))
        world.later(days=days)
    head = await world.database.audit_head()
    assert (await world.database.retention.sweep(world.now)).entries == 2
    async with world.database._engine.begin() as connection:
        bodies = [row.body is None for row in await connection.execute(select(audit).order_by(audit.c.number))]
    assert bodies == [True, True, False, False, False, False]
    report = await world.database.verify_audit(Head.parse(head))
    assert (report.ok, report.emptied, report.lines) == (True, 2, 6)
    assert (await world.database.retention.sweep(world.now)).entries == 0


async def test_given_an_old_line_that_cannot_be_read_then_those_around_it_are_emptied_all_the_same(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = tuple(Entry("claim", str(number)) for number in range(5))
    await world.tell(REPORTER, lambda context: Outcome(context.conversation, audit=entries))
    read = chain.read

    def broken(scribe: Any, line: Any) -> Any:
        if line.number in {1, 3}:
            raise Tampered
        return read(scribe, line)

    monkeypatch.setattr(chain, "read", broken)
    assert (await world.database.retention.sweep(world.later(days=179))).entries == 0
    assert (await world.database.retention.sweep(world.later(days=2))).entries == 5


async def test_given_an_audit_line_then_the_database_itself_refuses_to_change_or_drop_it(world: Any) -> None:
    from sqlalchemy import delete, update
    from sqlalchemy.exc import DBAPIError

    await world.tell(REPORTER, lambda context: Outcome(context.conversation, audit=(Entry("claim", "m"),)))
    for statement in (delete(audit), update(audit).values(mac=b"x")):
        with pytest.raises(DBAPIError):
            async with world.database._engine.begin() as connection:
                await connection.execute(statement)


async def test_given_a_word_to_a_chat_that_nothing_is_remembered_of_then_its_trace_goes_after_a_day(world: Any) -> None:
    await world.effects(REPORTER, Send(Address(REPORTER), Message("erase.done")))
    await world.tell(REPORTER, lambda context: Outcome(None))
    (errand,) = await world.database.dispatch.lease(Lane.WORDS, 10, world.now)
    await world.database.dispatch.settle([Done(errand.id, (MessageRef("9"),))], world.now)
    await world.database.retention.sweep(world.later(hours=23))
    assert await count(world, messages) == 1
    await world.database.retention.sweep(world.later(hours=2))
    assert await count(world, messages) == 0
