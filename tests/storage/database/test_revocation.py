"""Somebody's key ends: what it, and the old keys of the desk, open afterwards."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update

from handlers.model import (
    Barred,
    ById,
    Case,
    CaseState,
    Entry,
    Erase,
    GrantPool,
    Lock,
    Member,
    Outcome,
    PutMember,
    Rekey,
    Role,
    Subscribe,
    Text,
    Token,
    Ungrant,
    Unsubscribe,
    Wanted,
)
from storage import grants, readers, rekeying
from storage.dispatch import Later
from storage.errors import VaultError
from storage.members import ChangedMeanwhile
from storage.pool import DeskLetter, Locked, open_letter, pool_name
from storage.reading import open_parts
from storage.records import UnknownRecord
from storage.scribe import place
from storage.sessions import Session
from storage.tables import Lane, cases, departures, meta, parts, subscriptions
from storage.tables import grants as grants_table


async def join(world: Any, admin: Member, name: str = "bahrom", role: Role = Role.RESPONDER) -> tuple[Member, bytes]:
    member, seed = world.member(name, role, active=False)
    await world.effects(member.address, PutMember(member))
    await world.effects(admin.address, GrantPool(member.id), PutMember(replace(member, active=True)))
    return replace(member, active=True), bytes(seed)


async def unlocked(world: Any, member: Member, seed: bytes) -> Session:
    world.unlock(member, bytearray(seed))
    await world.effects(member.address)
    session: Session = world.sessions.of(member.id, world.now)
    return session


async def revoke(world: Any, admin: Member, member: Member) -> None:
    gone = replace(member, active=False, barred=Barred.REVOKED, public=b"", address=f"left:{member.id}")
    await world.effects(admin.address, Lock(member.id), PutMember(gone), Rekey(member.id))


async def regranted(world: Any, limit: int = 200) -> int:
    """All steps; how many there were."""
    steps = 1
    while not await world.database.regranting.step(world.now, limit):
        steps += 1
    return steps


async def opens(world: Any, keys: dict[str, bytes]) -> set[str]:
    """The cases that these keys (name -> seed) open, with all that the server has: through every grant, again and
    again, as long as one leads on.
    """
    scribe, found = world.database._scribe, set()
    async with world.database._engine.begin() as connection:
        ids = list(await connection.scalars(select(cases.c.id)))
        things = [*map(grants.case_name, ids), *map(pool_name, range(1, 9))]
        fresh = dict(keys)
        while fresh:
            letters = await grants.find(connection, scribe, things, fresh)
            leads = {thing: grants.opened(scribe, fresh[to], thing, to, each) for (thing, to), each in letters.items()}
            found |= {thing for thing in leads if thing.startswith("case:")}
            fresh = {thing: seed for thing, seed in leads.items() if thing.startswith("pool:")}
        for id_ in ids:
            rows = list(await connection.execute(select(parts).where(parts.c.case_id == id_)))
            readable = [seed for seed in keys.values() if _reads(scribe, seed, id_, rows)]
            assert not readable
    return {name.removeprefix("case:") for name in found}


def _reads(scribe: Any, seed: bytes, case: Any, rows: list[Any]) -> bool:
    try:
        return bool(open_parts(scribe, seed, case, rows))
    except (VaultError, UnknownRecord):
        return False


async def read(world: Any, member: Member, case: Any) -> tuple[Any, ...]:
    wanted = Wanted(ById(case), parts=True)
    return (await world.tell(member.address, lambda context: Outcome(context.conversation), wanted)).parts


class Thief:
    """Somebody revoked, who has kept their seed and every seed of the desk that they ever had."""

    def __init__(self, member: Member, seed: bytes, session: Session) -> None:
        self.keys = {grants.member_name(member.id): seed}
        self.keys |= {pool_name(epoch): bytes(pool) for epoch, pool in session.pools.items()}


@pytest.fixture
async def desk(world: Any) -> tuple[Any, Member, Member, Thief, Any]:
    """An admin who is unlocked, a responder with a copy of all their keys, and a case."""
    admin = await world.found()
    member, seed = await join(world, admin)
    opening = world.opening()
    await world.effects("telegram:77", opening)
    return world, admin, member, Thief(member, seed, await unlocked(world, member, seed)), opening


async def test_given_a_revoked_member_then_their_keys_open_nothing_that_comes_and_afterwards_nothing_at_all(
    desk: Any,
) -> None:
    world, admin, member, thief, opening = desk
    assert await opens(world, thief.keys) == {opening.case.id}
    await revoke(world, admin, member)
    later = world.opening("a later story")
    await world.effects("telegram:78", later)
    own = {name: seed for name, seed in thief.keys.items() if name.startswith("member:")}
    assert await opens(world, own) == set(), "without a copy of the desk's seed it is over at once"
    assert await opens(world, thief.keys) == {opening.case.id}, "the old seed opens what is not yet granted anew"
    await regranted(world)
    assert await opens(world, thief.keys) == set()
    for each in (opening, later):
        assert await read(world, admin, each.case.id) == each.parts


async def test_given_a_revoked_member_then_their_session_is_wiped_at_once(desk: Any) -> None:
    world, admin, member, _, _ = desk
    session = world.sessions.of(member.id, world.now)
    await revoke(world, admin, member)
    assert not world.sessions.unlocked(member.id, world.now)
    assert session.pools == {} and set(session.seed) == {0}


async def test_given_an_active_member_without_the_desks_key_then_the_operator_hears_how_many(desk: Any) -> None:
    world, admin, member, *_ = desk
    await world.effects(admin.address, Ungrant(member.id))
    team = (await world.database.signs.read(world.now, lambda zone, at: timedelta())).team
    assert (team.members, team.ungranted, team.unproven) == (2, 1, 2)


async def test_given_everybody_who_stays_then_they_read_old_and_new_and_the_recovery_key_too(desk: Any) -> None:
    world, admin, member, _, opening = desk
    other, seed = await join(world, admin, "other")
    await revoke(world, admin, member)
    later = world.opening("a later story")
    await world.effects("telegram:78", later)
    await unlocked(world, other, seed)
    assert await read(world, other, opening.case.id) == opening.parts, "before it was granted anew"
    await regranted(world)
    world.sessions.lock_all()
    await unlocked(world, other, seed)
    for each in (opening, later):
        assert await read(world, other, each.case.id) == each.parts
    name = grants.recovery_name(world.vault.ring.recovery_public)
    async with world.database._engine.begin() as connection:
        held = await grants.held(connection, world.database._scribe, [pool_name(1), pool_name(2)], [name])
    assert [each.thing for each in held] == [pool_name(2)]


async def test_given_a_newcomer_who_is_approved_meanwhile_then_they_read_what_is_not_yet_granted_anew(
    desk: Any,
) -> None:
    world, admin, member, _, opening = desk
    await revoke(world, admin, member)
    await world.effects(admin.address)
    newcomer, seed = await join(world, admin, "newcomer")
    await unlocked(world, newcomer, seed)
    assert await read(world, newcomer, opening.case.id) == opening.parts
    await regranted(world)
    assert await read(world, newcomer, opening.case.id) == opening.parts


async def test_given_many_cases_when_the_server_is_killed_between_steps_then_it_goes_on_where_it_was(desk: Any) -> None:
    world, admin, member, thief, _ = desk
    admins_seed = bytes(world.sessions.of(admin.id, world.now).seed)
    for n in range(5):
        await world.effects(f"telegram:{n}", world.opening(f"story {n}"))
    await revoke(world, admin, member)
    await world.database.regranting.step(world.now, 2)
    await world.restart()
    left = (await _progress(world)).left
    assert left == 4
    (errand,) = [each for each in await _errands(world) if isinstance(each.effect, Rekey)]
    assert errand.effect == Rekey(member.id), "the errand is still there"
    with pytest.raises(Locked):
        await world.database.regranting.step(world.now, 2)
    assert (await _progress(world)).state == rekeying.PAUSED
    await unlocked(world, admin, admins_seed)
    await regranted(world, 2)
    done = await _progress(world)
    assert (done.state, done.moved, done.left) == (rekeying.DONE, 6, 0)
    assert await opens(world, thief.keys) == set()


async def _progress(world: Any) -> Any:
    async with world.database._engine.begin() as connection:
        return await rekeying.progress(connection, world.database._scribe)


async def _errands(world: Any) -> list[Any]:
    errands = await world.database.dispatch.lease(Lane.ERRANDS, 10, world.now)
    await world.database.dispatch.settle([Later(each.id, world.now) for each in errands], world.now)
    return list(errands)


async def test_given_a_second_revocation_while_the_first_is_under_way_then_neither_of_both_opens_anything(
    desk: Any,
) -> None:
    world, admin, member, thief, _ = desk
    second, seed = await join(world, admin, "second")
    other = Thief(second, seed, await unlocked(world, second, seed))
    for n in range(3):
        await world.effects(f"telegram:{n}", world.opening(f"story {n}"))
    await revoke(world, admin, member)
    await world.effects(admin.address)
    between = world.opening("between")
    await world.effects("telegram:9", between)
    await world.database.regranting.step(world.now, 2)
    other.keys |= {
        pool_name(epoch): bytes(s) for epoch, s in (await unlocked(world, second, seed)).pools.items()
    }  # all they ever saw
    await revoke(world, admin, second)
    await world.effects(admin.address)
    await regranted(world, 2)
    assert await opens(world, thief.keys | other.keys) == set()
    assert await read(world, admin, between.case.id) == between.parts


async def test_given_cases_that_are_erased_or_damaged_meanwhile_then_the_rest_is_granted_anew(desk: Any) -> None:
    world, admin, member, _, opening = desk
    damaged, erased = world.opening("damaged"), world.opening("erased")
    for n, each in enumerate((damaged, erased)):
        await world.effects(f"telegram:{n}", each)
    scribe = world.database._scribe
    async with world.database._engine.begin() as connection:
        of = scribe.blind("grant of", grants.case_name(damaged.case.id))
        await connection.execute(update(grants_table).where(grants_table.c.object == of).values(body=b"nonsense"))
    await revoke(world, admin, member)
    await world.effects("telegram:5", Erase(erased.case.id))
    await regranted(world)
    done = await _progress(world)
    assert (done.state, done.moved, done.left) == (rekeying.DONE, 1, 1)
    assert await read(world, admin, opening.case.id) == opening.parts


async def test_given_an_erasure_between_reading_and_writing_a_step_then_no_grant_of_it_comes_back(desk: Any) -> None:
    world, admin, member, _, opening = desk
    await revoke(world, admin, member)
    regranting = world.database.regranting
    async with world.database._engine.begin() as connection:
        step = await regranting._read(connection, 200)
    await world.effects("telegram:77", Erase(opening.case.id))
    with rekeying.pool.open_seeds(world.sessions, world.now) as seeds:
        await regranting._write(step, seeds)
    async with world.database._engine.begin() as connection:
        of = world.database._scribe.blind("grant of", grants.case_name(opening.case.id))
        assert (await connection.execute(select(grants_table).where(grants_table.c.object == of))).all() == []


async def test_given_readers_of_advisories_then_the_old_key_opens_their_addresses_no_more(desk: Any) -> None:
    world, admin, member, thief, _ = desk
    await world.effects("telegram:1", Subscribe("telegram:1", "tg", Token("a" * 22), safe_word="pomegranate"))
    await world.effects("telegram:2", Unsubscribe(address="telegram:2"))
    assert await _letters(world, thief) == [True, True]
    await revoke(world, admin, member)
    await regranted(world)
    assert await _letters(world, thief) == [False, False]
    await world.effects(admin.address)
    scribe = world.database._scribe
    async with world.database._engine.begin() as connection:
        page = await readers.page(connection, b"")
    with rekeying.pool.open_seeds(world.sessions, world.now) as seeds:
        ((_, reader),) = await readers.opened(scribe, page, seeds)
    assert (reader.address, reader.safe_word) == ("telegram:1", "pomegranate")
    assert await world.database.retention.settle_departures(world.now) == 1


async def _letters(world: Any, thief: Thief) -> list[bool]:
    """Of each subscription and departure: whether the thief's seeds open it."""
    scribe, seeds = world.database._scribe, {1: thief.keys[pool_name(1)]}
    kinds = ((subscriptions, readers.Reader, lambda row: row.secret.hex()), (departures, readers.Departure, _id_of))
    found = []
    async with world.database._engine.begin() as connection:
        for table, kind, name in kinds:
            for row in await connection.execute(select(table)):
                letter = scribe.open(DeskLetter, place(table.c.body), name(row), row.body)
                try:
                    open_letter(scribe, kind, seeds, letter, table.name, name(row))
                    found.append(True)
                except (VaultError, Locked):
                    found.append(False)
    return found


def _id_of(row: Any) -> str:
    return str(row.id)


async def test_given_a_suspended_member_then_their_own_key_opens_nothing_until_it_is_granted_again(desk: Any) -> None:
    world, admin, member, thief, opening = desk
    own = {grants.member_name(member.id): thief.keys[grants.member_name(member.id)]}
    away = replace(member, active=False, barred=Barred.SUSPENDED)
    await world.effects(admin.address, Lock(member.id), PutMember(away), Ungrant(member.id))
    assert await opens(world, own) == set()
    met = await world.effects(member.address)
    assert (met.person.role, met.person.unlocked) == (Role.SUSPENDED, False)
    await world.effects(admin.address, GrantPool(member.id), PutMember(member))
    assert await opens(world, own) == {opening.case.id}


async def test_given_a_suspended_member_when_the_desks_key_is_changed_then_the_new_one_is_not_theirs(desk: Any) -> None:
    world, admin, member, thief, _ = desk
    other, _ = await join(world, admin, "other")
    own = {grants.member_name(member.id): thief.keys[grants.member_name(member.id)]}
    away = replace(member, active=False, barred=Barred.SUSPENDED)
    await world.effects(admin.address, Lock(member.id), PutMember(away), Ungrant(member.id))
    await revoke(world, admin, other)
    await world.effects("telegram:78", world.opening("a later story"))
    await regranted(world)
    assert await opens(world, own) == set()


async def test_given_a_suspended_member_who_unlocks_all_the_same_then_their_session_ends_with_their_next_word(
    desk: Any,
) -> None:
    world, admin, member, thief, _ = desk
    await world.effects(admin.address, PutMember(replace(member, active=False, barred=Barred.SUSPENDED)))
    world.unlock(member, bytearray(thief.keys[grants.member_name(member.id)]))
    met = await world.effects(member.address)
    assert not met.person.unlocked and not world.sessions.unlocked(member.id, world.now)


async def test_given_keys_that_open_while_a_batch_locks_them_then_they_are_closed_after_the_commit(desk: Any) -> None:
    world, admin, member, thief, _ = desk
    await world.hear(admin.address, Text("go"))
    async with world.database.batch(world.now) as batch:
        await batch.load(lambda *_: Wanted(), world.house)
        (unit,) = batch
        batch.save(unit, Outcome(unit.conversation, (Lock(member.id),)))
        world.unlock(member, bytearray(thief.keys[grants.member_name(member.id)]))
    assert not world.sessions.unlocked(member.id, world.now)


async def test_given_two_admins_who_put_each_other_out_at_the_same_moment_then_one_remains(world: Any) -> None:
    admin = await world.found()
    other, seed = await join(world, admin, "other", Role.ADMIN)
    await unlocked(world, other, seed)
    for one in (admin, other):
        await world.hear(one.address, Text("out"))

    def decide(event: Any, context: Any) -> Outcome:
        me = context.person.member
        if not me.active:
            return Outcome(context.conversation)
        victim = next(each for each in context.team if each.id != me.id)
        out = replace(victim, active=False, barred=Barred.SUSPENDED)
        return Outcome(context.conversation, (PutMember(me), PutMember(out), Ungrant(victim.id)))

    await world.run(decide, lambda *_: Wanted(team=True))
    assert len([each for each in (await world.database.people()).everybody() if each.active]) == 1


async def test_given_two_processes_in_which_admins_put_each_other_out_then_one_batch_is_refused(world: Any) -> None:
    if world.url.startswith("sqlite"):
        pytest.skip("one connection: there is never a second batch")
    admin = await world.found()
    other, _ = await join(world, admin, "other", Role.ADMIN)
    ready = asyncio.Barrier(2)

    async def put_out(me: Member, victim: Member) -> None:
        await world.hear(me.address, Text("out"))
        async with world.database.batch(world.now, only=None) as batch:
            await batch.load(lambda *_: Wanted(team=True), world.house)
            for unit in [each for each in batch if each.address == me.address]:
                context = batch.context(unit)
                mine, theirs = (next(m for m in context.team if m.id == each.id) for each in (me, victim))
                out = replace(theirs, active=False, barred=Barred.SUSPENDED)
                batch.save(unit, Outcome(unit.conversation, (PutMember(mine), PutMember(out))))
            await ready.wait()

    results = await asyncio.gather(put_out(admin, other), put_out(other, admin), return_exceptions=True)
    assert sorted(map(type, results), key=str) == sorted([type(None), ChangedMeanwhile], key=str)
    assert len([each for each in (await world.database.people()).everybody() if each.active]) == 1


async def test_given_a_key_that_was_changed_meanwhile_then_a_grant_of_the_old_one_is_refused(desk: Any) -> None:
    world, admin, member, _, _ = desk
    newcomer, _ = world.member("newcomer", active=False)
    await world.effects(newcomer.address, PutMember(newcomer))
    await world.hear(admin.address, Text("approve"))
    with pytest.raises(ChangedMeanwhile):
        async with world.database.batch(world.now) as batch:
            await batch.load(lambda *_: Wanted(), world.house)
            (unit,) = batch
            batch.save(unit, Outcome(unit.conversation, (GrantPool(newcomer.id),)))
            scribe, value = world.database._scribe, place(meta.c.value)
            newer = scribe.seal(value, "pool", rekeying.Pool(2, member.public))
            await batch._connection.execute(update(meta).where(meta.c.key == "pool").values(value=newer))


async def test_given_what_a_member_holds_and_has_opened_then_both_are_at_hand_whole(desk: Any) -> None:
    world, admin, member, _, opening = desk
    other = world.opening("not theirs")
    await world.effects("telegram:8", other)
    claimed: Case = replace(opening.case, state=CaseState.CLAIMED, holder=member.id)
    lines = tuple(Entry(action, member.id, opening.case.id) for action in ("open", "open", "claim", "file"))
    wanted = Wanted(ById(opening.case.id))
    await world.tell(member.address, lambda c: Outcome(c.conversation, case=claimed, audit=lines), wanted)
    wanted = Wanted(team=True, held=member.id, opened=member.id)
    freed: Case = replace(claimed, state=CaseState.OPEN, holder="")
    met = await world.tell(admin.address, lambda c: Outcome(c.conversation, cases=(freed,)), wanted)
    assert [case.id for case in met.held] == [opening.case.id]
    assert [(seen.ref, seen.day.date()) for seen in met.opened] == [(opening.case.ref, world.now.date())]
    assert set(met.open_since) == {admin.id, member.id}
    met = await world.tell(admin.address, lambda c: Outcome(c.conversation), wanted)
    assert met.held == ()
