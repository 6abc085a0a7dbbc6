"""Correcting an advisory where it stands: every copy once, whatever dies meanwhile; and nobody gets the old words any
more, nor anything of an advisory that was paused or stopped."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, update

from handlers.approved import bound
from handlers.model import (
    Address,
    Advise,
    Advisory,
    AdvisoryId,
    Delete,
    Edit,
    MemberId,
    MessageRef,
    Outcome,
    Send,
    Subscribe,
    Token,
    Unsubscribe,
    Wanted,
)
from storage.dispatch import Done, Failed, Later
from storage.recall import KEPT
from storage.scribe import Place
from storage.tables import Lane, advisories, delivered, outbox
from tests.storage.database.test_advisories import advise, state_of, subscribe, turn
from tests.storage.database.test_recall import deliver, out, walk

OLD, NEW = "beware", "beware of this"


async def correct(world: Any, admin: Any, turn: int = 1, drop: bool = False, **texts: str) -> Advisory:
    """As it is once a second admin has said yes."""
    of, author = world.advisory, MemberId(admin.id)
    words, day = texts or {"en": NEW}, of.day
    correction = bound(Advisory(AdvisoryId(""), 1, words, author, world.now, of=of.id, drop=drop, first=day, turn=turn))
    await world.effects(admin.address, Advise(correction))
    return correction


def read(errand: Any) -> str:
    """The text of a copy."""
    message = errand.effect.message
    return str((message if message.id == "advisory.text" else message.lines[0]).params["text"])


async def test_given_copies_that_stand_when_corrected_then_each_is_edited_with_its_readers_word_and_way_out(
    world: Any,
) -> None:
    admin = await world.found()
    await world.effects("telegram:s", Subscribe("telegram:s", "en", Token("s" * 22), safe_word="pomegranate"))
    await out(world, admin, ["a"])
    correction = await correct(world, admin)
    assert (await world.database.broadcast.progress(correction.id)).left == 2
    said = {errand.address: errand for errand in await walk(world, correction.id)}
    assert {address: type(each.effect) for address, each in said.items()} == dict.fromkeys(said, Edit)
    assert {address: each.effect.target for address, each in said.items()} == {each: f"m-{each}" for each in said}
    signed = said["telegram:s"].effect.message
    assert (signed.id, signed.params["word"], read(said["telegram:s"])) == ("safe.sign", "pomegranate", NEW)
    assert [button.arg for row in signed.choices for button in row] == ["s" * 22]
    assert [line.id for line in signed.lines[0].lines] == ["advisory.corrected"]
    progress = await world.database.broadcast.progress(correction.id)
    assert (progress.state, progress.sent, progress.failed, progress.left) == ("done", 2, 0, 0)
    assert (await world.database.broadcast.progress(world.advisory.id)).copies == 2, "to be corrected again, or deleted"


@pytest.mark.parametrize("drop", [False, True])
async def test_given_a_language_without_a_new_text_then_its_copies_stay_or_are_deleted_as_was_approved(
    world: Any, drop: bool
) -> None:
    admin = await world.found()
    await subscribe(world, "en", "en")
    await subscribe(world, "ru", "ru")
    await advise(world, admin, en=OLD, ru="осторожно")
    await walk(world, world.advisory.id)
    said = await walk(world, (await correct(world, admin, drop=drop)).id)
    expected = {("telegram:en", Edit), *({("telegram:ru", Delete)} if drop else ())}
    assert {(errand.address, type(errand.effect)) for errand in said} == expected


async def test_given_a_correction_that_is_asked_for_then_who_decides_meets_what_it_corrects_and_all_before_it(
    world: Any,
) -> None:
    admin = await world.found()
    await out(world, admin, ["a", "b"])
    first, asked = await correct(world, admin), await correct(world, admin, turn=0, en="the last word")
    met = await world.tell(admin.address, lambda context: Outcome(context.conversation), Wanted(advisory=asked.id))
    assert (met.advisory.id, met.corrected.id, met.corrected.copies) == (asked.id, world.advisory.id, 2)
    assert [each.id for each in met.corrections] == [first.id, asked.id], "what has not begun is last"


async def test_given_a_crash_after_each_step_then_every_copy_is_corrected_once(world: Any) -> None:
    admin = await world.found()
    seed = bytearray(world.sessions.of(admin.id, world.now).seed)
    names = [f"r{n}" for n in range(9)]
    await out(world, admin, names)
    correction = await correct(world, admin)
    said = []
    for _ in range(8):
        await world.restart()
        world.unlock(admin, seed)
        await world.effects(admin.address)
        await world.database.broadcast.fan_out(correction.id, world.now, 2)
        said += await deliver(world)
    assert sorted(each.address for each in said) == [f"telegram:{name}" for name in names]
    assert await state_of(world) == (await world.database.broadcast.progress(correction.id)).state == "done"


async def test_given_some_who_still_wait_when_it_is_corrected_then_nobody_ends_with_the_old_words(world: Any) -> None:
    admin, dispatch, broadcast = await world.found(), world.database.dispatch, world.database.broadcast
    for n in range(6):
        await subscribe(world, str(n))
    await advise(world, admin)
    await broadcast.fan_out(world.advisory.id, world.now, 4)
    has_it, on_its_way = await dispatch.lease(Lane.WORDS, 2, world.now)
    await dispatch.settle([Done(has_it.id, (MessageRef("first"),))], world.now)
    correction = await correct(world, admin)
    await broadcast.fan_out(correction.id, world.now)
    sent = await deliver(world)
    assert not (await broadcast.fan_out(correction.id, world.now)).finished, "one may still arrive with the old words"
    assert [read(each) for each in sent if isinstance(each.effect, Send)] == [NEW] * 2, "those in the queue"
    await dispatch.settle([Done(on_its_way.id, (MessageRef("late"),))], world.now)
    sent += await walk(world, world.advisory.id) + await walk(world, correction.id)
    assert {read(each) for each in sent} == {NEW}
    edited = {each.effect.target for each in sent if isinstance(each.effect, Edit)}
    assert edited == {MessageRef("first"), MessageRef("late")}, "whoever got the new words at once needs no edit"
    assert (await broadcast.progress(world.advisory.id)).sent == 6


async def test_given_readers_who_leave_while_it_is_corrected_then_nothing_goes_to_them_but_to_who_came_back(
    world: Any,
) -> None:
    admin = await world.found()
    await out(world, admin, ["stays", "left", "back"])
    correction = await correct(world, admin)
    for name in ("left", "back"):
        await world.effects(f"telegram:{name}", Unsubscribe(address=Address(f"telegram:{name}")))
    await world.effects("telegram:back", Subscribe(Address("telegram:back"), "en", Token("b" * 22), replaces=True))
    said = await walk(world, correction.id)
    assert {errand.address for errand in said} == {"telegram:stays", "telegram:back"}
    progress = await world.database.broadcast.progress(correction.id)
    assert (progress.state, progress.sent, progress.failed) == ("done", 2, 1)


async def test_given_a_copy_that_nobody_can_read_any_more_then_the_advisory_ends_all_the_same(world: Any) -> None:
    admin, broadcast = await world.found(), world.database.broadcast
    for name in ("a", "b"):
        await subscribe(world, name)
    await advise(world, admin)
    await broadcast.fan_out(world.advisory.id, world.now)
    async with world.database._engine.begin() as connection:
        damaged = await connection.scalar(select(func.min(outbox.c.id)).where(outbox.c.advisory == world.advisory.id))
        await connection.execute(update(outbox).where(outbox.c.id == damaged).values(body=b"\x01damaged"))
    assert len(await walk(world, world.advisory.id)) == 1
    assert (await broadcast.progress(world.advisory.id)).state == "done"


@pytest.mark.parametrize("which", ["itself", "its correction"])
async def test_given_one_that_nobody_can_read_any_more_then_it_ends_and_the_others_are_still_listed(
    world: Any, which: str
) -> None:
    admin, broadcast = await world.found(), world.database.broadcast
    await out(world, admin, ["a"])
    other = world.advisory.id
    world.advisory = bound(Advisory(AdvisoryId(""), 2, {"en": OLD}, MemberId(admin.id), world.now))
    await world.effects(admin.address, Advise(world.advisory))
    damaged = world.advisory.id if which == "itself" else (await correct(world, admin)).id
    async with world.database._engine.begin() as connection:
        await connection.execute(update(advisories).where(advisories.c.id == damaged).values(body=b"\x01damaged"))
    assert (await broadcast.fan_out(world.advisory.id, world.now)).finished
    async with world.database._engine.begin() as connection:
        rows = await connection.execute(select(advisories.c.id, advisories.c.state))
        states = {id_: state for id_, state in rows}
    assert states[world.advisory.id] == "altered"
    met = await world.tell(admin.address, lambda context: Outcome(context.conversation), Wanted(advisories=True))
    assert other in [each.id for each in met.advisories]


async def test_given_two_corrections_then_the_second_reaches_all_and_a_late_edit_of_the_first_says_the_same(
    world: Any,
) -> None:
    admin, broadcast = await world.found(), world.database.broadcast
    await out(world, admin, ["a", "b"])
    first = await correct(world, admin)
    await broadcast.fan_out(first.id, world.now)
    second = await correct(world, admin, turn=2, en="the last word")
    said = await deliver(world) + await walk(world, second.id)
    assert {read(each) for each in said} == {"the last word"}
    assert {each.address for each in said if each.advisory == second.id} == {"telegram:a", "telegram:b"}


async def test_given_what_cannot_be_corrected_then_it_is_counted_and_no_subscription_suffers(world: Any) -> None:
    admin, dispatch, broadcast = await world.found(), world.database.dispatch, world.database.broadcast
    await out(world, admin, ["gone", "blocked", "old"])
    correction = await correct(world, admin)
    await broadcast.fan_out(correction.id, world.now, 2)
    reasons = iter(["rejected", "blocked"])
    errands = await dispatch.lease(Lane.WORDS, 9, world.now)
    await dispatch.settle([Failed(each.id, next(reasons)) for each in errands], world.now)
    await world.database.retention.sweep(world.now + KEPT + timedelta(hours=1))
    assert await walk(world, correction.id) == []
    progress = await broadcast.progress(correction.id)
    assert (progress.state, progress.sent, progress.failed, progress.blocked) == ("done", 0, 3, 1)
    assert await world.database.retention.settle_departures(world.now) == 0, "one refused advisory is not two"


async def test_given_a_correction_that_was_changed_in_the_database_then_it_goes_no_further(world: Any) -> None:
    admin, broadcast = await world.found(), world.database.broadcast
    await out(world, admin, ["a", "b"])
    correction = await correct(world, admin)
    await broadcast.fan_out(correction.id, world.now)
    forged = replace(correction, texts={"en": "call this number"})
    sealed = world.database._scribe.seal(Place("advisories", "body"), correction.id, forged)
    async with world.database._engine.begin() as connection:
        await connection.execute(update(advisories).where(advisories.c.id == correction.id).values(body=sealed))
    assert await deliver(world) == [], "not even what waited already"
    assert (await broadcast.progress(correction.id)).state == "altered"


@pytest.mark.parametrize(("state", "after"), [("held", 1), ("stopped", 0)])
@pytest.mark.parametrize("how", ["too fast", "killed"])
async def test_given_a_message_that_comes_back_while_its_advisory_is_paused_or_stopped_then_it_does_not_go_out(
    world: Any, state: str, after: int, how: str
) -> None:
    admin, dispatch, broadcast = await world.found(), world.database.dispatch, world.database.broadcast
    seed = bytearray(world.sessions.of(admin.id, world.now).seed)
    await subscribe(world, "a")
    await advise(world, admin)
    await broadcast.fan_out(world.advisory.id, world.now)
    (errand,) = await dispatch.lease(Lane.WORDS, 1, world.now)
    await turn(world, admin, state=state)
    if how == "killed":
        await world.restart()
        world.unlock(admin, seed)
        await world.database.dispatch.release_leases(world.later(minutes=3))
    else:
        await dispatch.settle([Later(errand.id, world.now)], world.now)
    assert await deliver(world) == []
    async with world.database._engine.begin() as connection:
        assert await connection.scalar(select(func.count()).select_from(outbox).where(outbox.c.advisory != "")) == after
    if state == "held":
        await turn(world, admin, state="running")
        assert [each.address for each in await deliver(world)] == ["telegram:a"]


async def test_given_what_is_noted_of_a_copy_then_no_length_tells_of_a_safe_word_or_a_language(world: Any) -> None:
    admin = await world.found()
    await world.effects("telegram:s", Subscribe("telegram:s", "ru", Token("s" * 22), safe_word="pomegranate seeds"))
    await subscribe(world, "a")
    await advise(world, admin, en=OLD, ru="осторожно")
    await walk(world, world.advisory.id)
    async with world.database._engine.begin() as connection:
        lengths = {len(body) for body in await connection.scalars(select(delivered.c.body))}
    assert len(lengths) == 1
