"""Members, invitations, the pool's key, and who may open what."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from handlers import decide, wanted
from handlers.model import (
    ById,
    Command,
    Context,
    Ended,
    Event,
    FoundPool,
    GrantPool,
    Invitation,
    Invite,
    KeepInvitation,
    Lock,
    MessageRef,
    Outcome,
    PutMember,
    RemoveMember,
    Role,
    Search,
    Text,
    Wanted,
)
from storage.consequences import NoSuchMember
from storage.members import ChangedMeanwhile
from storage.pool import Locked
from storage.tables import invitations, members

NEWCOMER = "telegram:new"


def stay(event: Event, context: Context) -> Outcome:
    return Outcome(context.conversation)


async def join(world: Any, admin: Any) -> tuple[Any, bytearray]:
    """A newcomer whom an unlocked admin approves."""
    member, seed = world.member("bahrom", active=False)
    await world.effects(member.address, PutMember(member))
    await world.effects(admin.address, GrantPool(member.id), PutMember(replace(member, active=True)))
    return member, seed


async def test_given_a_founder_then_the_desk_is_founded_and_a_stranger_is_a_reporter(world: Any) -> None:
    before = await world.effects("telegram:77")
    assert not before.desk.founded
    admin = await world.found()
    met = await world.effects(admin.address)
    assert met.desk.founded
    assert met.person.role is Role.ADMIN and met.person.unlocked
    stranger = (await world.effects("telegram:77")).person
    assert stranger.role is Role.REPORTER and stranger.member is None and not stranger.unlocked


async def test_given_a_founded_desk_then_nobody_founds_it_again(world: Any) -> None:
    admin = await world.found()
    with pytest.raises(IntegrityError):
        await world.effects(admin.address, FoundPool(admin.id))


async def test_given_an_invitation_then_two_who_press_at_once_do_not_both_get_in(world: Any) -> None:
    invitation = Invitation(Role.RESPONDER, "b", world.later(hours=24), id="i")
    world.later(hours=-24)
    await world.effects("telegram:1", Invite(invitation, "secret"))
    used = []

    def redeem(event: Event, context: Context) -> Outcome:
        met = context.invitation
        used.append(met and met.ended)
        return Outcome(context.conversation, (KeepInvitation(invitation.closed(Ended.USED)),))

    for n in (1, 2, 3):
        await world.hear(f"telegram:{n}", Text("/start secret"))
    await world.run(redeem, lambda *_: Wanted(invitation="secret"))
    await world.hear("telegram:4", Text("/start secret"))
    await world.run(redeem, lambda *_: Wanted(invitation="secret"))
    assert used == [None, Ended.USED, Ended.USED, Ended.USED]


@pytest.mark.parametrize("ended", list(Ended))
async def test_given_an_invitation_that_ended_when_it_is_tried_after_a_restart_then_it_opens_nothing_and_is_swept(
    world: Any, ended: Ended
) -> None:
    admin = await world.found()
    secret = "s" * 22
    invitation = Invitation(Role.ADMIN, "b", world.now + timedelta(hours=24), communities=("UZ",), id="i")
    await world.effects(admin.address, Invite(invitation, secret))
    if ended is Ended.EXPIRED:
        world.later(hours=24)
    else:
        closed = KeepInvitation(invitation.closed(ended))
        await world.tell(admin.address, lambda c: Outcome(c.conversation, (closed,)), Wanted(invitations=True))
    await world.restart()
    team = len((await world.database.people()).everybody())
    for address in ("telegram:2", "telegram:3"):
        await world.hear(address, Command("start", secret, MessageRef("1")))
        await world.run(decide, wanted)
    assert len((await world.database.people()).everybody()) == team, "nobody joined"
    met = await world.tell("telegram:4", lambda context: Outcome(context.conversation), Wanted(invitation=secret))
    kept = met.invitation
    assert not (kept.communities or kept.languages or kept.founder or kept.awaits)
    assert kept == replace(invitation.closed(ended), tried=True)
    searched = Wanted(search=Search(action="join-refused"))
    met = await world.tell(admin.address, lambda context: Outcome(context.conversation), searched)
    (line,) = met.found.records
    assert (line.entry.actor, line.entry.detail) == ("stranger", ended), "once, however often it is tried"
    world.later(days=8)
    assert (await world.database.retention.sweep(world.now)).invitations == 1
    assert not await _rows(world)


async def test_given_invitations_then_an_admin_finds_all_of_them_and_never_a_secret(world: Any) -> None:
    until = world.now + timedelta(hours=1)
    for name in ("a", "b"):
        await world.effects("telegram:1", Invite(Invitation(Role.RESPONDER, name, until, id=name), f"secret of {name}"))
    first, _ = await _rows(world)
    async with world.database._engine.begin() as connection:
        await connection.execute(update(invitations).where(invitations.c.secret == first).values(body=b"x"))
    met = await world.tell("telegram:1", lambda c: Outcome(c.conversation), Wanted(invitations=True))
    assert len(met.invitations) == 1, "one that can't be read leads nowhere, and hinders nobody"
    assert "secret" not in repr(met.invitations)


async def _rows(world: Any) -> list[bytes]:
    async with world.database._engine.begin() as connection:
        return list((await connection.scalars(select(invitations.c.secret))).all())


async def test_given_an_approved_newcomer_then_they_read_what_came_before_them(world: Any) -> None:
    admin = await world.found()
    opening = world.opening()
    await world.effects("telegram:77", opening)
    member, seed = await join(world, admin)
    world.unlock(member, seed)
    wanted = Wanted(ById(opening.case.id), parts=True)
    met = await world.tell(member.address, lambda context: Outcome(context.conversation), wanted)
    assert met.parts == opening.parts


async def test_given_a_newcomer_without_approval_then_their_own_key_opens_nothing(world: Any) -> None:
    await world.found()
    opening = world.opening()
    await world.effects("telegram:77", opening)
    member, seed = world.member("bahrom", active=False)
    await world.effects(member.address, PutMember(member))
    world.unlock(member, seed)
    wanted = Wanted(ById(opening.case.id), parts=True)
    met = await world.tell(member.address, lambda context: Outcome(context.conversation), wanted)
    assert met.parts == () and met.person.role is Role.NEWCOMER


async def test_given_a_locked_admin_then_nobody_can_be_approved(world: Any) -> None:
    admin = await world.found()
    member, _ = world.member("bahrom", active=False)
    await world.effects(member.address, PutMember(member))
    await world.effects(admin.address, Lock(admin.id))
    assert not world.sessions.unlocked(admin.id, world.now)
    with pytest.raises(Locked):
        await world.effects(admin.address, GrantPool(member.id))
    async with world.database.batch(world.now) as batch:
        assert len(batch) == 1, "the event waits, nothing of it happened"


async def test_given_nobody_of_that_name_then_no_key_is_granted(world: Any) -> None:
    admin = await world.found()
    with pytest.raises(NoSuchMember):
        await world.effects(admin.address, GrantPool(replace(admin, id="x" * 22).id))


async def test_given_a_refused_newcomer_then_they_are_a_stranger_again(world: Any) -> None:
    admin = await world.found()
    member, seed = await join(world, admin)
    world.unlock(member, seed)
    await world.effects(admin.address, RemoveMember(member.id))
    assert not world.sessions.unlocked(member.id, world.now)
    assert (await world.effects(member.address)).person.member is None
    await world.effects(member.address, PutMember(replace(member, active=True)))
    world.unlock(member, seed)
    await world.effects(member.address)
    assert not world.sessions.of(member.id, world.now).pools, "the grant went with them"


async def test_given_a_member_changed_by_an_earlier_unit_then_their_own_event_waits_a_batch(world: Any) -> None:
    admin = await world.found()
    member, _ = world.member("bahrom", active=False)
    await world.effects(member.address, PutMember(member))
    await world.hear(admin.address, Text("approve"))
    await world.hear(member.address, Text("speak as /en"))

    def decide(event: Event, context: Context) -> Outcome:
        changed = replace(member, active=True) if event == Text("approve") else None
        changed = changed or replace(context.person.member, language="ru")
        return Outcome(context.conversation, (PutMember(changed),))

    assert await world.turn(decide) == [Text("approve")]
    assert await world.turn(decide) == [Text("speak as /en")]
    met = (await world.effects(member.address)).person.member
    assert met.active and met.language == "ru", "neither change was lost"


async def test_given_another_process_that_changed_a_member_meanwhile_then_the_batch_is_refused(world: Any) -> None:
    admin = await world.found()
    await world.hear(admin.address, Text("go"))
    with pytest.raises(ChangedMeanwhile):
        async with world.database.batch(world.now) as batch:
            await batch.load(lambda *_: Wanted(), world.house)
            (unit,) = batch
            batch.save(unit, Outcome(unit.conversation, (PutMember(replace(admin, language="ru")),)))
            elsewhere = update(members).values(revision=members.c.revision + 1)
            await batch._connection.execute(elsewhere)


async def test_given_a_member_row_moved_to_another_then_it_is_refused(world: Any) -> None:
    admin = await world.found()
    member, _ = await join(world, admin)
    async with world.database._engine.begin() as connection:
        body = await connection.scalar(select(members.c.body).where(members.c.id == admin.id))
        revision = await connection.scalar(select(members.c.revision).where(members.c.id == admin.id))
        moved = update(members).where(members.c.id == member.id).values(body=body, revision=revision + 7)
        await connection.execute(moved)
    people = await world.database.people()
    assert (people.at(member.address), people.at(admin.address), people.damaged) == (None, admin_of(people), 1)


def admin_of(people: Any) -> Any:
    (only,) = people.everybody()
    return only


async def test_given_one_damaged_member_then_everybody_else_goes_on_and_they_can_be_invited_anew(world: Any) -> None:
    admin = await world.found()
    member, _ = await join(world, admin)
    async with world.database._engine.begin() as connection:
        await connection.execute(update(members).where(members.c.id == member.id).values(body=b"x", revision=9))
    assert (await world.effects(admin.address)).person.role is Role.ADMIN
    assert (await world.effects(member.address)).person.role is Role.REPORTER, "who can't be read may do nothing"
    again, _ = world.member("newcomer", active=False)
    await world.effects(member.address, PutMember(replace(again, address=member.address)))
    assert (await world.effects(member.address)).person.role is Role.NEWCOMER
    assert (await world.database.people()).damaged == 0


async def test_given_no_admin_yet_then_a_new_founding_invitation_ends_the_one_before(world: Any) -> None:
    from storage.errors import AlreadyFounded

    expires = world.now + timedelta(days=1)
    for secret in ("first", "second"):
        await world.database.invite_founder(Invitation(Role.ADMIN, "amina", expires, founder=True), secret)
    met = [await world.tell("telegram:1", lambda c: Outcome(None), Wanted(invitation=s)) for s in ("first", "second")]
    assert [context.invitation is not None for context in met] == [False, True]
    await world.found()
    with pytest.raises(AlreadyFounded):
        await world.database.invite_founder(Invitation(Role.ADMIN, "eve", expires, founder=True), "third")


async def test_given_a_passphrase_then_it_opens_the_session_and_a_wrong_one_does_not(world: Any) -> None:
    member, seed = world.member("amina", Role.ADMIN)
    wrapped = replace(member, wrap=world.vault.wrap(seed, "abacus cover drum felt mango zippy", member.id))
    assert await world.sessions.unlock(wrapped, "abacus cover drum felt mango zipper", world.now) is None
    assert not world.sessions.unlocked(member.id, world.now)
    until = await world.sessions.unlock(wrapped, "Abacus cover drum felt mango zippy", world.now)
    assert until > world.now and world.sessions.unlocked(member.id, world.now)


async def test_given_a_busy_member_then_the_session_ends_after_eight_hours_all_the_same(world: Any) -> None:
    admin = await world.found()
    for _ in range(8 * 6):
        assert world.sessions.unlocked(admin.id, world.now)
        world.later(minutes=10)
        await world.effects(admin.address)
    assert not world.sessions.unlocked(admin.id, world.now)


async def test_given_a_timer_of_a_member_then_it_does_not_keep_the_session_open(world: Any) -> None:
    from handlers.model import SetTimer

    admin = await world.found()
    await world.effects(admin.address, SetTimer("beat", world.now + timedelta(minutes=10)))
    world.later(minutes=10, seconds=1)
    await world.run(stay)
    world.later(minutes=6)
    assert world.sessions.sweep(world.now) == [admin.id]


async def test_given_keys_that_ran_out_when_others_notice_first_then_their_member_is_still_told_once(
    world: Any,
) -> None:
    admin = await world.found()
    world.later(minutes=16)
    assert list(world.sessions.live(world.now)) == [], "an advisory's next step, say"
    assert world.sessions.of(admin.id, world.now) is None
    world.sessions.lock(admin.id)
    assert world.sessions.sweep(world.now) == [admin.id], "what they opened must leave their chat"
    assert world.sessions.sweep(world.now) == []


async def test_given_keys_that_ran_out_and_are_open_again_then_their_member_is_not_told_that_they_are_locked(
    world: Any,
) -> None:
    member, seed = world.member("amina", Role.ADMIN)
    words = "Abacus cover drum felt mango zippy"
    wrapped = replace(member, wrap=world.vault.wrap(seed, words, member.id))
    await world.sessions.unlock(wrapped, words, world.now)
    world.later(minutes=16)
    assert list(world.sessions.live(world.now)) == []
    await world.sessions.unlock(wrapped, words, world.now)
    assert world.sessions.sweep(world.now) == []
