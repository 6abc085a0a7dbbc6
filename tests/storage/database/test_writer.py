"""Somebody may write to the database and holds no key: what they put there must be refused, never acted upon."""

from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from handlers.model import (
    Address,
    ByCode,
    ById,
    ByToken,
    Contact,
    Conversation,
    Draft,
    Erase,
    Event,
    KeepCode,
    KeepToken,
    MessageRef,
    Outcome,
    Part,
    PartId,
    Passage,
    Seal,
    Text,
    Token,
    Wanted,
)
from storage.engine import engine_for
from storage.errors import Incomplete, Tampered
from storage.tables import Waiting, cases, inbox, parts, secrets

VICTIM, WRITER = "telegram:1", "telegram:666"
DRAFT = Draft("1", words=(Passage(MessageRef("1"), "the victim's words"),))


async def write(world: Any, statement: Any) -> None:
    """As another program would, past everything that Panah checks."""
    engine = engine_for(world.url)
    async with engine.begin() as connection:
        await connection.execute(statement)
    await engine.dispose()


async def test_given_an_event_put_under_another_chat_then_it_never_meets_that_chats_draft(world: Any) -> None:
    await world.tell(VICTIM, lambda context: Outcome(Conversation(draft=DRAFT)))
    await world.hear(WRITER, Text("show me"))
    victim = world.database._scribe.chat(Address(VICTIM))
    await write(world, update(inbox).where(inbox.c.state == Waiting.READY.value).values(chat=victim))
    met: list[tuple[Address, Draft | None]] = []

    def decide(event: Event, context: Any) -> Outcome:
        met.append((context.person.address, context.conversation.draft))
        return Outcome(context.conversation)

    await world.run(decide)
    assert met == []
    await world.hear(VICTIM, Text("still here"))
    await world.run(decide)
    assert met == [(VICTIM, DRAFT)], "the victim's own chat goes on"


async def test_given_a_code_pointed_at_another_case_then_it_leads_nowhere(world: Any) -> None:
    await world.found()
    victims, writers = world.opening("a story", VICTIM), world.opening("bait", WRITER)
    await world.effects(VICTIM, victims)
    await world.effects(WRITER, writers, KeepCode(writers.case.id, "stretched"))
    pointed = update(secrets).where(secrets.c.case_id == writers.case.id).values(case_id=victims.case.id)
    await write(world, pointed)
    await world.hear(WRITER, Text("my code"))
    with pytest.raises(Tampered):
        await world.turn(lambda event, context: Outcome(None), lambda *_: Wanted(ByCode("stretched")))


async def test_given_a_damaged_part_when_its_case_is_erased_then_everything_else_of_it_goes_all_the_same(
    world: Any,
) -> None:
    await world.found()
    opening = world.opening("a story", VICTIM)
    await world.effects(VICTIM, opening)
    await write(world, update(parts).values(body=b"\x01\x01\x42damaged"))
    await world.effects(VICTIM, Erase(opening.case.id))
    async with world.database._engine.begin() as connection:
        for table in (cases, parts, secrets):
            assert not (await connection.execute(select(table))).all()


@pytest.mark.parametrize("taken", ["newest", "oldest"])
async def test_given_a_part_that_was_deleted_then_nobody_answers_to_where_the_reporter_no_longer_is(
    world: Any, taken: str
) -> None:
    admin = await world.found()
    opening = world.opening("a story", VICTIM)
    await world.effects(VICTIM, opening)
    moved = Part(PartId("m" * 22), world.now, "reporter", Contact(Address("telegram:elsewhere"), "tg"))
    await world.effects("telegram:elsewhere", Seal(opening.case.id, moved))
    reading = Wanted(ById(opening.case.id), parts=True)
    met = await world.tell(admin.address, lambda context: Outcome(context.conversation), reading)
    assert met.parts == (*opening.parts, moved)
    number = select((func.max if taken == "newest" else func.min)(parts.c.seq)).scalar_subquery()
    await write(world, delete(parts).where(parts.c.seq == number))
    with pytest.raises(Incomplete):
        await world.tell(admin.address, lambda context: Outcome(context.conversation), reading)


async def test_given_a_token_kept_later_then_it_leads_to_its_case_too(world: Any) -> None:
    await world.found()
    opening = world.opening("a story", VICTIM)
    await world.effects(VICTIM, opening)
    await world.effects(VICTIM, KeepToken(opening.case.id, Token("k" * 22)))
    met = await world.tell(VICTIM, lambda context: Outcome(context.conversation), Wanted(ByToken(Token("k" * 22))))
    assert met.case is not None
    assert met.case.id == opening.case.id
