"""Cases: opened for the pool, read by the unlocked, claimed once, erased without a trace."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, update

from handlers import keeping
from handlers.model import (
    Address,
    BlobId,
    ByCode,
    ById,
    ByRef,
    ByToken,
    Case,
    CaseState,
    Contact,
    Context,
    Discard,
    Erase,
    Event,
    File,
    FileKind,
    KeepCode,
    Keeping,
    KeepToken,
    Level,
    MemberId,
    Merge,
    Note,
    Outcome,
    Part,
    PartId,
    PutMember,
    Seal,
    StoredFile,
    Text,
    Token,
    Unlink,
    Wanted,
)
from storage.errors import Tampered
from storage.tables import Lane, cases, grants, parts, secrets

REPORTER = "telegram:77"


def note(text: str, id_: str = "n" * 22) -> Part:
    return Part(PartId(id_), datetime(2026, 11, 23, tzinfo=UTC), "member", Note(text))


async def look(world: Any, address: str, key: Any, **more: Any) -> Context:
    met: Context = await world.tell(address, lambda context: Outcome(context.conversation), Wanted(key, **more))
    return met


async def count(world: Any, table: Any) -> int:
    async with world.database._engine.begin() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def test_given_a_report_then_its_token_code_ref_and_id_all_lead_to_it(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening, KeepCode(opening.case.id, "stretched"))
    case = opening.case
    for key in (ByToken(opening.token), ByCode("stretched"), ByRef(case.ref), ById(case.id)):
        assert (await look(world, REPORTER, key)).case == case
    assert (await look(world, REPORTER, ByToken(Token("x" * 22)))).case is None


async def test_given_several_reports_of_a_chat_then_all_that_still_exist_are_at_hand(world: Any) -> None:
    await world.found()
    openings = [world.opening() for _ in range(3)]
    await world.effects(REPORTER, *openings)
    await world.effects(REPORTER, Erase(openings[1].case.id))
    keys = tuple(ByToken(opening.token) for opening in openings)
    met = await world.tell(REPORTER, lambda context: Outcome(context.conversation), Wanted(cases=keys))
    assert met.cases == {keys[0]: openings[0].case, keys[2]: openings[2].case}


async def test_given_one_more_token_then_it_leads_to_the_case_too(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    await world.effects(REPORTER, KeepToken(opening.case.id, Token("t" * 22)))
    assert (await look(world, REPORTER, ByToken(Token("t" * 22)))).case == opening.case


async def test_given_an_unlocked_member_then_the_parts_are_read_and_a_locked_one_reads_nothing(world: Any) -> None:
    admin = await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    await world.effects(REPORTER, Seal(opening.case.id, note("later")))
    key = ById(opening.case.id)
    assert (await look(world, admin.address, key, parts=True)).parts == (*opening.parts, note("later"))
    assert (await look(world, REPORTER, key, parts=True)).parts == ()
    world.sessions.lock(admin.id)
    locked = await look(world, admin.address, key, parts=True)
    assert locked.parts == () and not locked.person.unlocked
    assert locked.case == opening.case, "the header needs no passphrase"


async def test_given_a_session_that_idled_then_it_reads_nothing_and_its_keys_are_wiped(world: Any) -> None:
    admin = await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    session = world.sessions.of(admin.id, world.now)
    world.later(minutes=16)
    assert (await look(world, admin.address, ById(opening.case.id), parts=True)).parts == ()
    assert set(session.seed) == {0} and not session.pools


async def test_given_a_clock_that_is_set_back_then_no_keys_stay_open_for_longer(world: Any) -> None:
    admin = await world.found()
    session = world.sessions.of(admin.id, world.now)
    world.later(seconds=-30)
    assert world.sessions.unlocked(admin.id, world.now), "as two clocks of one machine may differ"
    world.later(hours=-3)
    assert not world.sessions.open_since(world.now)
    assert set(session.seed) == {0} and not session.pools


async def test_given_a_part_that_is_sealed_in_a_batch_then_a_reader_of_that_batch_sees_it(world: Any) -> None:
    admin = await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    await world.hear(REPORTER, Text("write"))
    await world.hear(admin.address, Text("read"))
    seen = []

    def decide(event: Event, context: Context) -> Outcome:
        seen.append(len(context.parts))
        effects = (Seal(opening.case.id, note("now")),) if event == Text("write") else ()
        return Outcome(context.conversation, effects)

    await world.turn(decide, lambda *_: Wanted(ById(opening.case.id), parts=True))
    assert seen == [0, 3]


async def test_given_200_claims_of_one_case_then_exactly_one_wins(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    winners: list[str] = []

    def claim(event: Event, context: Context) -> Outcome:
        case = context.case
        assert case is not None
        if case.state is not CaseState.OPEN:
            return Outcome(context.conversation)
        winners.append(context.person.address)
        return Outcome(context.conversation, case=replace(case, state=CaseState.CLAIMED, holder=MemberId("m")))

    for n in range(200):
        await world.hear(f"telegram:{1000 + n}", Text("claim"))

    async def worker() -> None:
        while await world.turn(claim, lambda *_: Wanted(ById(opening.case.id)), limit=10):
            pass

    await asyncio.gather(*(worker() for _ in range(4)))
    assert len(winners) == 1
    found = (await look(world, REPORTER, ById(opening.case.id))).case
    assert found.state is CaseState.CLAIMED


async def test_given_two_readers_in_one_batch_then_each_reads_with_their_own_keys_alone(world: Any) -> None:
    admin = await world.found()
    stranger, seed = world.member("bahrom", active=False)
    opening = world.opening()
    await world.effects(REPORTER, opening, PutMember(stranger))
    world.unlock(stranger, seed)
    for address in (admin.address, stranger.address):
        await world.hear(address, Text("read"))
    seen = {}

    def decide(event: Event, context: Context) -> Outcome:
        seen[context.person.address] = context.parts
        return Outcome(context.conversation)

    await world.turn(decide, lambda *_: Wanted(ById(opening.case.id), parts=True))
    assert seen == {admin.address: opening.parts, stranger.address: ()}


async def test_the_queue_holds_every_case_that_is_not_closed(world: Any) -> None:
    await world.found()
    openings = [world.opening(level=level) for level in (Level.P3, Level.P1, Level.P4, Level.P1)]
    await world.effects(REPORTER, *openings)
    closed = replace(openings[2].case, state=CaseState.CLOSED, closed=world.now)
    await world.tell(REPORTER, lambda context: Outcome(context.conversation, case=closed), Wanted(ById(closed.id)))
    queue = (await look(world, REPORTER, None, queue=True)).queue
    assert {case.id for case in queue} == {openings[n].case.id for n in (0, 1, 3)}


async def test_given_a_change_then_the_next_queue_shows_it_and_reads_only_what_changed(world: Any) -> None:
    await world.found()
    openings = [world.opening() for _ in range(5)]
    await world.effects(REPORTER, *openings)
    await look(world, REPORTER, None, queue=True)
    taken = replace(openings[2].case, state=CaseState.CLAIMED, holder=MemberId("m"))
    await world.tell(REPORTER, lambda context: Outcome(context.conversation, case=taken), Wanted(ById(taken.id)))
    fetched: list[str] = []
    fetch = world.database._shelf._fetch

    async def noting(connection: Any, ids: Any) -> Any:
        fetched.extend(ids)
        return await fetch(connection, ids)

    world.database._shelf._fetch = noting
    queue = (await look(world, REPORTER, None, queue=True)).queue
    assert fetched == [taken.id]
    assert taken in queue and len(queue) == 5


async def test_given_a_batch_that_is_rolled_back_then_the_queue_never_saw_it(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    await look(world, REPORTER, None, queue=True)
    taken = replace(opening.case, state=CaseState.CLAIMED, holder=MemberId("m"))
    await world.hear(REPORTER, Text("go"))
    with pytest.raises(RuntimeError):
        async with world.database.batch(world.now, 1) as batch:
            await batch.load(lambda *_: Wanted(ById(taken.id), queue=True), world.house)
            batch.save(batch.units[0], Outcome(batch.units[0].conversation, case=taken))
            raise RuntimeError
    assert (await look(world, REPORTER, None, queue=True)).queue == (opening.case,)


async def test_given_a_damaged_header_then_the_queue_still_shows_all_others(world: Any) -> None:
    await world.found()
    one, two = world.opening(), world.opening()
    await world.effects(REPORTER, one, two)
    async with world.database._engine.begin() as connection:
        await connection.execute(update(cases).where(cases.c.id == one.case.id).values(header=b"x" * 64))
    assert (await look(world, REPORTER, None, queue=True)).queue == (two.case,)


async def test_given_an_erased_case_then_nothing_of_it_stays_and_its_files_are_to_go(world: Any) -> None:
    await world.found()
    opening, other = world.opening(), world.opening()
    file = StoredFile(BlobId("b" * 22), b"k" * 32, FileKind.PHOTO, 1, b"d" * 32)
    await world.effects(REPORTER, opening, other)
    await world.effects(REPORTER, Seal(opening.case.id, replace(note(""), body=File(file))))
    before = await count(world, grants)
    await world.effects(REPORTER, Erase(opening.case.id))
    assert (await count(world, cases), await count(world, parts), await count(world, secrets)) == (1, 2, 1)
    assert await count(world, grants) == before - 1
    (errand,) = await world.database.dispatch.lease(Lane.ERRANDS, 10, world.now)
    assert errand.effect == Discard((file.blob,))
    assert (await look(world, REPORTER, ByToken(opening.token))).case is None
    assert (await look(world, REPORTER, ByToken(other.token))).case == other.case


async def test_given_a_merge_then_every_way_leads_to_the_one_that_is_left_with_all_parts_and_files(world: Any) -> None:
    admin = await world.found()
    one, two = world.opening("one"), world.opening("two")
    file = StoredFile(BlobId("b" * 22), b"k" * 32, FileKind.PHOTO, 1, b"d" * 32)
    await world.effects(REPORTER, one, two, KeepCode(two.case.id, "stretched"))
    await world.effects(REPORTER, Seal(two.case.id, replace(note(""), body=File(file))))
    keys = (ById(two.case.id), ByRef(two.case.ref), ByToken(two.token), ByCode("stretched"))

    def merge(context: Context) -> Outcome:
        brought = [*context.beside[keys[0]]]
        moved = tuple(replace(part, id=PartId(f"{n:0>22}")) for n, part in enumerate(brought))
        effect = Merge(one.case.id, two.case.id, two.case.ref, moved)
        return Outcome(context.conversation, (effect,), replace(one.case, unread=3))

    wants = Wanted(ById(one.case.id), cases=keys[:1], parts=True, beside=True)
    await world.tell(admin.address, merge, wants)
    for key in (*keys, ByToken(one.token)):
        met = await look(world, admin.address, key, parts=True)
        assert met.case == replace(one.case, unread=3)
    assert [part.body for part in met.parts] == [part.body for part in (*one.parts, *two.parts)] + [File(file)]
    assert await count(world, cases) == 1 and await count(world, parts) == len(met.parts)
    assert not await world.database.dispatch.lease(Lane.ERRANDS, 10, world.now), "no file is discarded"
    await world.effects(REPORTER, Erase(one.case.id))
    (errand,) = await world.database.dispatch.lease(Lane.ERRANDS, 10, world.now)
    assert errand.effect == Discard((file.blob,))
    assert await count(world, secrets) == 0


async def test_given_words_for_a_case_in_the_batch_that_merges_it_then_none_are_lost(world: Any) -> None:
    admin = await world.found()
    one, two = world.opening(), world.opening()
    await world.effects(REPORTER, one, two)
    key = ById(two.case.id)
    for address, text in ((REPORTER, "before"), (admin.address, "merge"), ("telegram:78", "after")):
        await world.hear(address, Text(text))

    def decide(event: Event, context: Context) -> Outcome:
        if event == Text("merge"):
            moved = tuple(replace(part, id=PartId(f"{n:0>22}")) for n, part in enumerate(context.beside[key]))
            return Outcome(context.conversation, (Merge(one.case.id, two.case.id, two.case.ref, moved),))
        assert context.case is not None
        seal = Seal(context.case.id, note(event.text, f"{event.text:_<22}"))
        return Outcome(context.conversation, (seal,))

    def wants(event: Event, *_: Any) -> Wanted:
        merging = Wanted(ById(one.case.id), cases=(key,), parts=True, beside=True)
        return merging if event == Text("merge") else Wanted(key)

    await world.turn(decide, wants)
    kept = (await look(world, admin.address, key, parts=True)).parts
    assert {"before", "after"} <= {part.body.text for part in kept if isinstance(part.body, Note)}


async def test_given_the_name_of_a_merged_case_pointed_elsewhere_then_it_is_refused(world: Any) -> None:
    await world.found()
    one, two, three = (world.opening() for _ in range(3))
    await world.effects(REPORTER, one, two, three)
    await world.effects(REPORTER, Merge(one.case.id, two.case.id, two.case.ref, ()))
    async with world.database._engine.begin() as connection:
        await connection.execute(update(secrets).values(case_id=three.case.id))
    with pytest.raises(Tampered):
        await look(world, REPORTER, ById(two.case.id))


async def test_given_a_part_sealed_to_a_case_that_is_gone_then_it_is_dropped(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    await world.effects(REPORTER, Erase(opening.case.id))
    await world.effects(REPORTER, Seal(opening.case.id, note("late")))
    assert await count(world, parts) == 0


async def test_given_later_parts_then_they_are_numbered_in_their_order_and_not_by_time(world: Any) -> None:
    await world.found()
    first = world.opening()
    await world.effects(REPORTER, first)
    world.later(days=-30)
    await world.effects(REPORTER, Seal(first.case.id, note("a", "a" * 22)), Seal(first.case.id, note("b", "b" * 22)))
    async with world.database._engine.begin() as connection:
        query = select(parts.c.id, parts.c.seq).where(parts.c.case_id == first.case.id).order_by(parts.c.seq)
        sealed = (await connection.execute(query)).all()
    assert sealed == [(id_, n) for n, id_ in enumerate([*(part.id for part in first.parts), "a" * 22, "b" * 22], 1)]


async def test_given_a_part_moved_between_cases_then_reading_is_refused(world: Any) -> None:
    admin = await world.found()
    one, two = world.opening("one"), world.opening("two")
    await world.effects(REPORTER, one, two)
    async with world.database._engine.begin() as connection:
        moved = update(parts).where(parts.c.id == one.parts[0].id).values(case_id=two.case.id)
        await connection.execute(moved)
    with pytest.raises(Tampered):
        await look(world, admin.address, ById(two.case.id), parts=True)


async def test_given_a_header_that_was_rolled_back_then_it_is_refused(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    async with world.database._engine.begin() as connection:
        old = await connection.scalar(select(cases.c.header))
    changed = replace(opening.case, unread=1)
    await world.tell(REPORTER, lambda context: Outcome(context.conversation, case=changed), Wanted(ById(changed.id)))
    async with world.database._engine.begin() as connection:
        await connection.execute(update(cases).values(header=old))
    with pytest.raises(Tampered):
        await look(world, REPORTER, ById(changed.id))


async def test_given_a_grant_swapped_with_another_then_the_case_stays_closed(world: Any) -> None:
    admin = await world.found()
    one, two = world.opening("one"), world.opening("two")
    await world.effects(REPORTER, one, two)
    names = [world.database._scribe.blind("grant of", f"case:{case.id}") for case in (one.case, two.case)]
    async with world.database._engine.begin() as connection:
        bodies = [await connection.scalar(select(grants.c.body).where(grants.c.object == name)) for name in names]
        for name, body in zip(names, reversed(bodies), strict=True):
            await connection.execute(update(grants).where(grants.c.object == name).values(body=body))
    with pytest.raises(Tampered):
        await look(world, admin.address, ById(one.case.id), parts=True)


def _closed(world: Any, case: Case, **how: Any) -> Case:
    """Closed now, and its holder warned of its end."""
    kept = replace(keeping.begun(world.now, world.house.desk.retention_days), warned=len(keeping.WARNINGS))
    return replace(case, state=CaseState.CLOSED, closed=world.now, keeping=kept, **how)


async def _put(world: Any, case: Case, *effects: Any) -> None:
    await world.tell(REPORTER, lambda context: Outcome(context.conversation, effects, case), Wanted(ById(case.id)))


async def test_given_a_closed_case_past_its_days_then_the_sweep_erases_it(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    await _put(world, _closed(world, opening.case))
    days = world.house.desk.retention_days
    assert (await world.database.retention.sweep(world.later(days=days))).cases == 0
    assert (await world.database.retention.sweep(world.later(days=1))).cases == 1
    assert await count(world, cases) == await count(world, parts) == await count(world, secrets) == 0


@pytest.mark.parametrize("how", [{"unread": 1}, {"keeping": Keeping(datetime(2026, 11, 23, tzinfo=UTC))}])
async def test_given_a_closed_case_that_is_unread_or_unannounced_then_no_sweep_erases_it(world: Any, how: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    await _put(world, replace(_closed(world, opening.case), **how))
    assert (await world.database.retention.sweep(world.later(days=900))).cases == 0


async def test_given_a_case_whose_address_is_cut_then_only_that_is_gone_and_the_rest_still_opens(world: Any) -> None:
    admin = await world.found()
    opening = world.opening(address=Address(REPORTER))
    await world.effects(REPORTER, opening)
    whole = await look(world, admin.address, ById(opening.case.id), parts=True)
    assert sum(isinstance(part.body, Contact) for part in whole.parts) == 1
    await _put(world, _closed(world, opening.case), Unlink(opening.case.id))
    left = await look(world, admin.address, ById(opening.case.id), parts=True)
    assert left.parts == tuple(part for part in whole.parts if not isinstance(part.body, Contact))
    part = Part(PartId("n" * 22), world.now, "reporter", Contact(Address(REPORTER), "en"))
    await _put(world, opening.case, Seal(opening.case.id, part))
    assert (await look(world, admin.address, ById(opening.case.id), parts=True)).parts == (*left.parts, part)


async def test_given_a_reopened_case_then_it_has_no_last_day(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    closed = _closed(world, opening.case)
    for case in (closed, opening.case):
        await world.tell(
            REPORTER, lambda context, case=case: Outcome(context.conversation, case=case), Wanted(ById(case.id))
        )
    assert (await world.database.retention.sweep(world.later(days=900))).cases == 0


async def test_given_no_desk_yet_then_a_report_is_granted_to_recovery_and_not_lost(world: Any) -> None:
    opening = world.opening(address=Address(REPORTER))
    await world.effects(REPORTER, opening)
    assert await count(world, grants) == 1
