"""What was decided to be said goes out in order, at least once, and what came of it is written down together."""

import asyncio
from datetime import timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import select, update

from handlers.model import (
    Address,
    Attachment,
    BlobId,
    CaseId,
    Clear,
    Clearance,
    Context,
    Conversation,
    Discard,
    Download,
    Downloaded,
    Edit,
    Enrol,
    Enrolled,
    Event,
    FileKind,
    FileRef,
    Hours,
    Keep,
    MemberId,
    Message,
    MessageRef,
    OnDuty,
    Outcome,
    PutMember,
    Role,
    Send,
    SendFile,
    Staff,
    StoredFile,
    Stretch,
    Team,
    Text,
    Undelivered,
    Unlock,
    Unreadable,
    Withdraw,
)
from storage.dispatch import Done, Failed, Later, Partly
from storage.leasing import FEW
from storage.outbox import LEASE
from storage.tables import Lane, inbox, outbox

REPORTER, OTHER = Address("telegram:77"), Address("telegram:78")


def stay(event: Event, context: Context) -> Outcome:
    return Outcome(context.conversation)


def words(errands: list[Any]) -> list[str]:
    return [errand.effect.message.id for errand in errands]


def send(text: str, to: Address = REPORTER, **more: Any) -> Send:
    return Send(to, Message(text), **more)


async def lease(world: Any, lane: Lane = Lane.WORDS) -> list[Any]:
    found: list[Any] = await world.database.dispatch.lease(lane, 10, world.now)
    return found


async def settle(world: Any, *results: Any) -> None:
    await world.database.dispatch.settle(results, world.now)


async def test_given_three_messages_to_a_chat_then_one_at_a_time_goes_out_in_order(world: Any) -> None:
    await world.effects(REPORTER, send("one"), send("two"), send("three"))
    heard = []
    while errands := await lease(world):
        assert len(errands) == 1
        assert await lease(world) == [], "the next waits until this one is settled"
        heard += words(errands)
        await settle(world, Done(errands[0].id))
    assert heard == ["one", "two", "three"]


async def test_given_an_urgent_message_then_it_goes_first(world: Any) -> None:
    await world.effects(REPORTER, send("news"), send("help", OTHER, urgent=True))
    assert words(await lease(world)) == ["help", "news"]


async def test_given_a_message_that_must_wait_then_nothing_of_its_chat_overtakes_it(world: Any) -> None:
    await world.effects(REPORTER, send("one"), send("two"))
    (first,) = await lease(world)
    await settle(world, Later(first.id, world.now + timedelta(seconds=30)))
    assert await lease(world) == []
    world.later(seconds=31)
    (again,) = await lease(world)
    assert (again.effect.message.id, again.attempts) == ("one", 2)
    await settle(world, Later(again.id, world.now, tried=False))
    (held_back,) = await lease(world)
    assert held_back.attempts == 2, "nobody has tried"


async def test_given_a_clock_that_is_set_back_then_what_waits_does_not_wait_until_it_was_again(world: Any) -> None:
    await world.effects(REPORTER, send("one"), send("two", OTHER))
    world.later(days=-365)
    first, other = await lease(world)
    await settle(world, Later(first.id, world.now + timedelta(seconds=30)), Done(other.id))
    assert await lease(world) == []
    world.later(seconds=31)
    (again,) = await lease(world)
    world.later(hours=-5)
    assert await world.database.dispatch.reclaim(world.later(minutes=1)) == 0, "it is leased, by the same clock"
    await world.database.dispatch.renew(world.later(minutes=1))
    assert await world.database.dispatch.reclaim(world.later(minutes=3)) == 1
    assert again.id == first.id


async def test_given_a_clock_that_is_set_back_just_when_something_is_put_off_then_that_waits_an_hour_at_most(
    world: Any,
) -> None:
    await world.effects(REPORTER, send("one"))
    (first,) = await lease(world)
    before = world.now
    world.later(days=-365)
    await settle(world, Later(first.id, before + timedelta(seconds=3)))
    world.later(minutes=61)
    assert words(await lease(world)) == ["one"]


async def test_given_a_slow_errand_then_words_of_the_same_chat_are_not_held_up(world: Any) -> None:
    photo = Attachment(FileKind.PHOTO, FileRef("f"))
    await world.effects(REPORTER, Download(photo), send("one"))
    (download,) = await lease(world, Lane.ERRANDS)
    assert words(await lease(world)) == ["one"]
    assert download.address == REPORTER


async def test_given_a_finished_errand_then_its_event_and_its_end_are_one(world: Any) -> None:
    photo = Attachment(FileKind.PHOTO, FileRef("f"))
    await world.effects(REPORTER, Download(photo))
    (download,) = await lease(world, Lane.ERRANDS)
    came = Downloaded(photo, fault="gone")
    await settle(world, Done(download.id, event=came))
    await settle(world, Done(download.id, event=came))
    assert await world.run(stay) == [came]


async def test_given_a_sent_message_then_its_slot_finds_it_and_a_newer_one_replaces_it(world: Any) -> None:
    for ref in ("10", "11"):
        await world.effects(REPORTER, send("form", slot="form"))
        (errand,) = await lease(world)
        await settle(world, Done(errand.id, (MessageRef(f"{ref}0"), MessageRef(ref))))
    dispatch = world.database.dispatch
    assert await dispatch.slot(REPORTER, "form") == "11"
    assert await dispatch.slot(REPORTER, "other") is None
    assert await dispatch.slot(OTHER, "form") is None
    assert await dispatch.known(REPORTER) == ["100", "10", "110", "11"]


async def test_given_messages_of_one_name_then_all_pages_and_files_and_their_own_words_are_found_under_it(
    world: Any,
) -> None:
    photo = StoredFile(BlobId("b"), b"k", FileKind.PHOTO, 1, b"d")
    await world.effects(REPORTER, send("long", slot="read:1"), SendFile(REPORTER, photo, slot="read:1"), send("other"))
    for result in ((Partly, MessageRef("1")), (Done, (MessageRef("2"),)), (Done, (MessageRef("3"),))):
        (errand,) = await lease(world)
        await settle(world, result[0](errand.id, result[1]))
    (file,) = await lease(world, Lane.ERRANDS)
    await settle(world, Done(file.id, (MessageRef("4"),)))
    await world.hear(REPORTER, Text("about the case", MessageRef("5")))
    await world.run(lambda event, context: Outcome(context.conversation, (Keep(event.message, "read:1"),)))
    assert await world.database.dispatch.named(REPORTER, "read:1") == ["1", "2", "4", "5"]
    assert await world.database.dispatch.named(OTHER, "read:1") == []


async def test_given_what_is_withdrawn_from_the_team_then_each_member_has_an_errand_of_their_own(world: Any) -> None:
    admin = await world.found()
    await world.effects(REPORTER, Withdraw(Team(), "read:1"), Withdraw(REPORTER, "read:1"))
    assert {(errand.address, type(errand.effect)) for errand in await lease(world)} == {
        (admin.address, Withdraw),
        (REPORTER, Withdraw),
    }


async def test_given_a_cleared_chat_then_its_messages_are_known_no_more(world: Any) -> None:
    await world.hear(REPORTER, Text("a", MessageRef("1")), Text("b", MessageRef("2")))
    await world.run(stay)
    await world.effects(REPORTER, Clear(REPORTER))
    (errand,) = await lease(world)
    await settle(world, Done(errand.id, gone=(MessageRef("1"), MessageRef("2"))))
    assert await world.database.dispatch.known(REPORTER) == []


async def test_given_a_forgotten_chat_then_its_messages_can_still_be_taken_away(world: Any) -> None:
    await world.hear(REPORTER, Text("a", MessageRef("1")))
    await world.run(lambda event, context: Outcome(None, (Clear(REPORTER),)))
    assert [type(errand.effect) for errand in await lease(world)] == [Clear]
    assert await world.database.dispatch.known(REPORTER) == ["1"]


async def test_given_a_message_that_cannot_be_delivered_then_its_chat_hears_of_it_with_its_case(world: Any) -> None:
    case = CaseId("c" * 22)
    await world.effects(REPORTER, send("one", about=case), Edit(REPORTER, Message("two")))
    for _ in range(2):
        (errand,) = await lease(world)
        await settle(world, Failed(errand.id, "blocked"))
    assert await world.run(stay) == [Undelivered("blocked", case)], "an edit that fails is nobody's news"


async def test_given_a_lease_that_ran_out_then_only_its_new_holder_may_settle(world: Any) -> None:
    await world.effects(REPORTER, send("one"))
    (slow,) = await lease(world)
    world.later(seconds=LEASE.total_seconds() + 1)
    assert await world.database.dispatch.reclaim(world.now) == 1
    late = world.database.dispatch
    other = await world.__class__.start(world, "other")
    (again,) = await lease(world)
    assert again.id == slow.id
    await late.settle([Done(slow.id), Failed(slow.id, "blocked")], world.now)
    async with other._engine.begin() as connection:
        assert len((await connection.execute(select(outbox.c.id))).all()) == 1
    await settle(world, Done(again.id))
    assert await lease(world) == []
    await late._engine.dispose()


async def test_given_a_long_message_then_it_goes_on_behind_the_pages_that_are_out_even_after_a_crash(
    world: Any,
) -> None:
    await world.effects(REPORTER, send("long", slot="form"), send("next"))
    (first,) = await lease(world)
    await settle(world, Partly(first.id, MessageRef("1")))
    (second,) = await lease(world)
    assert (second.id, second.pages, second.attempts) == (first.id, 1, 1)
    await settle(world, Later(second.id, world.now))
    await world.restart()
    (again,) = await lease(world)
    assert (again.id, again.pages) == (first.id, 1), "what is out is not said again, and nothing overtakes the rest"
    await settle(world, Done(again.id, (MessageRef("2"),)))
    assert words(await lease(world)) == ["next"]
    assert await world.database.dispatch.known(REPORTER) == ["1", "2"]
    assert await world.database.dispatch.slot(REPORTER, "form") == "2"


async def test_given_a_slow_errand_whose_lease_is_renewed_then_it_is_nobody_elses(world: Any) -> None:
    await world.effects(REPORTER, send("one"))
    assert len(await lease(world)) == 1
    for _ in range(3):
        world.later(seconds=LEASE.total_seconds() / 2)
        await world.database.dispatch.renew(world.now)
        assert await world.database.dispatch.reclaim(world.now) == 0
    assert await lease(world) == []


async def test_given_a_crash_between_sending_and_settling_then_it_is_sent_again(world: Any) -> None:
    await world.effects(REPORTER, send("one"))
    assert len(await lease(world)) == 1
    await world.restart()
    world.later(seconds=LEASE.total_seconds() + 1)
    assert await world.database.dispatch.release_leases(world.now) == 1
    assert words(await lease(world)) == ["one"]


async def test_given_a_holder_that_died_then_its_leases_are_free_at_once_and_those_of_the_living_are_not(
    world: Any,
) -> None:
    await world.effects(REPORTER, send("one"))
    (held,) = await lease(world)
    dead = world.database
    living = await world.start("other")
    if living._engine.dialect.name == "postgresql":
        assert await living.dispatch.release_leases(world.now) == 0, "nobody has died yet"
    await dead.close()
    async with asyncio.timeout(60):
        while not await living.dispatch.release_leases(world.now):  # noqa: ASYNC110 - the server sees it in a moment
            await asyncio.sleep(0.02)
    assert [errand.id for errand in await lease(world)] == [held.id]


async def test_given_a_passphrase_on_its_way_when_the_process_ends_then_it_is_lost_and_its_chat_told(
    world: Any,
) -> None:
    await world.effects(REPORTER, send("join.passphrase", volatile=True))
    await world.effects(OTHER, Unlock(MemberId("m"), "abacus cover"))
    await world.restart()
    assert await lease(world) == await lease(world, Lane.ERRANDS) == []
    assert await world.run(stay) == [Unreadable("lost"), Unreadable("lost")]


async def test_given_codes_on_their_way_when_the_process_ends_then_a_typed_one_is_lost_and_a_new_one_is_not(
    world: Any,
) -> None:
    await world.effects(REPORTER, Stretch("00" * 10))
    await world.effects(OTHER, Stretch("11" * 10, CaseId("c" * 22)))
    await world.restart()
    assert [errand.effect.code for errand in await lease(world, Lane.ERRANDS)] == ["11" * 10]
    assert await world.run(stay) == [Unreadable("lost")]


async def test_given_files_that_wait_when_a_code_is_typed_then_it_is_looked_up_before_them(world: Any) -> None:
    await world.effects(REPORTER, Download(Attachment(FileKind.PHOTO, FileRef("f"))), Stretch("00" * 10))
    (first,) = await lease(world, Lane.ERRANDS)
    assert isinstance(first.effect, Stretch)


async def test_given_a_new_passphrase_that_an_errand_made_then_it_does_not_outlast_the_process(world: Any) -> None:
    await world.effects(REPORTER, Discard((BlobId("b"),)), Enrol(MemberId("m")))
    made = Enrolled(MemberId("m"), b"p", b"w", ("a",), "abacus cover drum")
    errand = next(errand for errand in await lease(world, Lane.ERRANDS) if errand.address)
    await settle(world, Done(errand.id, event=made))
    await world.restart()
    assert await world.run(stay) == [Unreadable("lost")]


async def test_given_an_audience_then_everybody_in_it_is_told_in_their_language(world: Any) -> None:
    on, _ = world.member("on")
    off, _ = world.member("off", Role.ADMIN)
    new, _ = world.member("new", active=False)
    team = (replace(on, language="ru"), replace(off, on_duty=False), new)
    await world.effects(REPORTER, *(PutMember(member) for member in team))

    async def told(*effects: Send) -> set[tuple[str, str]]:
        await world.effects(REPORTER, *effects)
        errands = await lease(world)
        await settle(world, *(Done(errand.id) for errand in errands))
        return {(errand.address, errand.language) for errand in errands}

    assert await told(Send(OnDuty(), Message("x"))) == {(on.address, "ru")}
    assert await told(Send(Team(), Message("x"))) == {(on.address, "ru"), (off.address, "en")}
    assert await told(Send(Team(Clearance(("TJ",))), Message("x"))) == {(off.address, "en")}
    assert await told(Send(OnDuty(Clearance(("TJ",))), Message("x"))) == set()
    await world.effects(REPORTER, PutMember(replace(team[0], communities=("DE",), revision=1)))
    assert await told(Send(Team(Clearance(("TJ",))), Message("x"))) == {(on.address, "ru")}
    assert await told(Send(Staff(on.id), Message("x"), language="tg")) == {(on.address, "tg")}
    assert await told(Send(Staff(new.id), Message("x"))) == set(), "who is not active, or no more, hears nothing"
    assert await told(Send(Staff(MemberId("nobody")), Message("x"))) == set()


async def test_given_a_roster_then_its_member_reads_times_by_it_and_nobody_else_does(world: Any) -> None:
    east, west = world.member("east")[0], world.member("west")[0]
    team = (replace(east, hours=Hours("Asia/Tashkent")), west)
    await world.effects(REPORTER, *(PutMember(member) for member in team))

    async def zones(*effects: Any, chat: str = REPORTER) -> dict[str, str]:
        await world.effects(chat, *effects)
        errands = await lease(world)
        await settle(world, *(Done(errand.id) for errand in errands))
        return {errand.address: errand.zone for errand in errands}

    assert await zones(Send(Team(), Message("x"))) == {east.address: "Asia/Tashkent", west.address: "UTC"}
    assert await zones(Edit(Team(), Message("x"), "card")) == {east.address: "Asia/Tashkent", west.address: "UTC"}
    assert await zones(Send(east.address, Message("x")), chat=east.address) == {east.address: "Asia/Tashkent"}
    group = Address("telegram:-100")
    assert await zones(Send(group, Message("x")), chat=east.address) == {group: "UTC"}, "a group is everybody's"
    assert await zones(Send(REPORTER, Message("x")), chat=east.address) == {REPORTER: "UTC"}
    many = [Send(Staff(east.id), Message("x"), together="many") for _ in range(FEW + 2)]
    assert await zones(*many) == {east.address: "Asia/Tashkent"}, "said once instead of many, and still by their clock"


async def test_given_a_chat_with_a_language_then_it_is_answered_in_it(world: Any) -> None:
    await world.tell(REPORTER, lambda context: Outcome(Conversation(language="tg"), (send("one"),)))
    assert [errand.language for errand in await lease(world)] == ["tg"]


async def test_given_an_outbox_row_moved_to_another_then_it_is_never_sent(world: Any) -> None:
    await world.effects(REPORTER, send("one"))
    await world.effects(OTHER, send("two", OTHER))
    async with world.database._engine.begin() as connection:
        rows = (await connection.execute(select(outbox.c.id, outbox.c.body).order_by(outbox.c.id))).all()
        for (id_, _), (_, body) in zip(rows, reversed(rows), strict=True):
            await connection.execute(update(outbox).where(outbox.c.id == id_).values(body=body))
    assert await lease(world) == []
    await world.effects(REPORTER, send("three"))
    assert words(await lease(world)) == ["three"], "what is broken stands in nobody's way"


async def test_given_many_chats_then_a_group_is_settled_in_a_few_statements(world: Any) -> None:
    from sqlalchemy import event

    for n in range(10):
        await world.effects(f"telegram:{n}", send("one", Address(f"telegram:{n}"), slot="form"))
    errands = await lease(world)
    assert len(errands) == 10
    counted = []
    event.listen(world.database._engine.sync_engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    await settle(world, *(Done(errand.id, (MessageRef("1"),)) for errand in errands))
    assert len(counted) <= 5
    async with world.database._engine.begin() as connection:
        assert (await connection.execute(select(outbox.c.id))).all() == []
        assert (await connection.execute(select(inbox.c.id).where(inbox.c.state == 0))).all() == []
