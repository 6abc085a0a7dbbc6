"""Advisories between admins: a second one approves exactly what will be read, and all see how it goes."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from handlers import approved
from handlers.model import (
    CLOCK,
    Advise,
    Barred,
    Choice,
    Day,
    Edit,
    Hours,
    MessageRef,
    Moment,
    Role,
    Send,
    SetTimer,
    Step,
    Timer,
    Token,
)
from handlers.office import broadcast, progress, schedule
from handlers.waits import ASKED

TEXT = "Beware of calls."


@pytest.fixture
def admins(house):
    """Two who may decide, and a responder who may not; readers of two languages."""
    house.subscribers = {"en": 40, "ru": 7}
    house.member("responder")
    return house.member("author", Role.ADMIN), house.member("second", Role.ADMIN)


def write(author, text=TEXT):
    author.command("advise")
    author.press("advlang", "en")
    author.say(text)
    return author.press("preview")


def ask(author, text=TEXT, at=""):
    write(author, text)
    if at:
        author.press("advwhen", at)
    return author.press("advsend")


def lines(phone):
    return {each.id: each for each in phone.heard()[-1].message.lines}


def ring(house):
    """The advisory's own timer, due or not."""
    advisory = house.advisory
    return [each.message.id for each in house.bring(approved.chat(advisory.id), Timer(broadcast.TIMER, advisory.id))]


def advance(house, **counts):
    """As the storage counts it."""
    house.advisories[house.advisory.id] = replace(house.advisory, **counts)


def began(house):
    return [each for each in house.effects if isinstance(each, Advise) and each.advisory.state == "running"]


def deeds(house):
    return [entry.action for entry in house.audit if entry.action.startswith("advise")]


# --- Asking ---


def test_given_a_language_without_a_text_then_who_gets_nothing_is_said_before_anybody_is_asked(house, admins):
    author, second = admins
    write(author)
    missing = lines(author)["advise.without"]
    assert missing.params["count"] == 7 and missing.params["languages"].id == "language.ru"
    author.press("advsend")
    assert lines(second)["advise.without"].params["count"] == 7
    assert lines(second)["advise.most"].params["count"] == 40


def test_given_a_language_that_was_opened_by_mistake_then_the_way_back_keeps_what_is_written(house, admins):
    author, _ = admins
    author.command("advise")
    author.press("advlang", "en")
    author.say(TEXT)
    assert author.press("advlang", "ru") == ["advise.write"]
    assert author.press("advise") == ["advise.menu"]
    assert house.conversations[author.address].advisory.texts == {"en": TEXT}


def test_given_a_draft_when_something_else_is_left_then_it_is_still_there(house, admins):
    author, _ = admins
    write(author)
    author.command("panic")
    assert author.press("stop") == ["panic.kept"]
    assert house.conversations[author.address].advisory.texts == {"en": TEXT}
    author.command("panic")
    assert author.command("cancel") == ["panic.kept"]
    assert house.conversations[author.address].advisory.texts == {"en": TEXT}
    assert author.command("cancel") == ["advise.left"]
    assert house.conversations[author.address].advisory is None


def test_given_one_on_its_way_when_its_menu_or_its_question_is_left_then_nobody_reads_that_it_stopped(house, admins):
    author, second = admins
    ask(author)
    second.press("advno")
    assert second.press("advshow") == ["advise.preview", "advise.question"]
    second.press("advyes")
    author.command("advise")
    assert author.press("stop") == ["advise.left"]
    author.press("advstop")
    assert author.press("advshow") == ["advise.running"]
    assert house.advisory.state == "running"


def test_given_no_reader_at_all_then_that_is_said_and_nobody_is_asked(house, admins):
    author, _ = admins
    house.subscribers = {"ru": 7}
    write(author)
    assert author.heard()[-1].message.id == "advise.nobody"
    assert [verb for verb, _ in author.buttons()] == ["advise", "stop"], "nothing to say yes to"
    assert author.forge("advsend") == ["advise.nobody"]
    assert not house.advisories
    assert house.conversations[author.address].advisory.texts == {"en": TEXT}


def test_given_a_text_that_nobody_would_get_then_both_admins_read_so(house, admins):
    author, second = admins
    house.subscribers = {"ru": 7}
    author.command("advise")
    for code in ("en", "ru"):
        author.press("advlang", code)
        author.say(TEXT)
    author.press("preview")
    assert lines(author)["advise.unread"].params["languages"].id == "language.en"
    author.press("advsend")
    assert "advise.unread" in lines(second)


def test_given_the_question_then_the_others_see_each_text_as_its_readers_will_and_nothing_goes_out(house, admins):
    author, second = admins
    assert ask(author) == ["advise.asked", "advise.preview", "advise.question"]
    shown, question = (each.message for each in second.heard()[-2:])
    assert shown.lines[0].params == {"number": 1, "day": Day(house.now), "text": TEXT}
    assert [button.verb for row in question.choices for button in row] == ["advyes", "advno"]
    assert not began(house) and house.conversations[author.address].advisory is None


def test_given_a_yes_then_what_was_shown_is_sent_to_the_byte_under_the_same_number_and_day(house, admins):
    author, second = admins
    ask(author)
    shown = second.heard()[-2].message.lines[0]
    house.now += timedelta(hours=20)
    assert second.press("advyes") == ["advise.running"]
    sent = approved.copy(house.advisory, "en", Token("t" * 22), "")
    assert replace(sent, choices=()) == shown
    assert deeds(house) == ["advise.asked", "advise.approved", "advise"]
    assert [each.actor for each in house.audit[-3:]] == [f"{name:_<22}" for name in ("author", "second", "second")]
    assert {each.detail for each in house.audit[-3:]} == {house.advisory.id}, "the digest of what was approved"


def test_given_one_admin_then_nothing_can_be_sent_and_what_was_written_stays(house):
    house.subscribers = {"en": 40}
    author = house.member("author", Role.ADMIN)
    house.member("responder")
    assert ask(author) == ["advise.alone"]
    assert not house.advisories
    assert house.conversations[author.address].advisory.texts == {"en": TEXT}


def test_given_its_author_then_their_own_yes_does_not_count(house, admins):
    author, _ = admins
    ask(author)
    assert author.bring(Choice("advyes", house.advisory.id, message=MessageRef("1"))) == ["refused.two"]
    assert author.bring(Choice("advno", house.advisory.id, message=MessageRef("1"))) == ["refused.two"]
    assert house.advisory.state == "asked" and not began(house)


def test_given_an_author_who_came_back_with_a_new_key_then_they_are_still_its_author(house, admins):
    author, _ = admins
    ask(author)
    me = house.members[house.advisory.author]
    house.members[me.id] = replace(me, public=b"another key", fingerprint=("c", "d"))
    assert author.bring(Choice("advyes", house.advisory.id, message=MessageRef("1"))) == ["refused.two"]


@pytest.mark.parametrize("what", ["texts", "scope", "at", "number", "author"])
def test_given_an_advisory_that_was_changed_behind_their_backs_then_a_yes_to_it_sends_nothing(house, admins, what):
    author, second = admins
    ask(author)
    other = {
        "texts": {"en": "Call this number."},
        "scope": replace(house.advisory.scope, host=("DE",)),
        "at": house.now + timedelta(hours=1),
        "number": 9,
        "author": "responder".ljust(22, "_"),
    }
    advance(house, **{what: other[what]})
    assert set(second.press("advyes")) == {"advise.altered"}
    assert not began(house) and house.advisory.state == "altered"
    assert deeds(house)[-1] == "advise.altered"


def test_given_a_change_after_asking_then_the_question_is_void_and_those_who_were_asked_see_it(house, admins):
    author, second = admins
    ask(author)
    before = house.advisory.id
    assert author.press("advedit") == ["advise.menu", "advise.void"]
    assert second.heard()[-1].message.id == "advise.void"
    assert second.bring(Choice("advyes", before, message=MessageRef("1"))) == ["advise.settled"]
    author.press("advlang", "en")
    author.say("Beware of letters.")
    author.press("preview")
    author.press("advsend")
    assert house.advisory.id != before and house.advisory.number == 1, "a number that nobody read is used again"
    second.press("advyes")
    assert [each.advisory.texts for each in began(house)] == [{"en": "Beware of letters."}]
    assert "advise.withdrawn" in deeds(house)


def test_given_another_draft_when_a_question_is_to_be_changed_then_neither_is_lost(house, admins):
    author, _ = admins
    ask(author)
    write(author, "Something else.")
    assert author.press("advedit") == ["advise.busy"]
    assert house.conversations[author.address].advisory.texts == {"en": "Something else."}
    assert house.advisory.state == "asked"


def test_given_a_no_with_a_reason_then_all_admins_read_it_and_it_is_never_sent(house, admins):
    author, second = admins
    ask(author)
    assert second.press("advno") == ["advise.no.why"]
    second.say("The number is wrong.")
    assert author.heard()[-1].message.params == {"number": 1, "by": "second", "reason": "The number is wrong."}
    assert author.press("advedit") == ["advise.menu"]
    assert house.conversations[author.address].advisory.texts == {"en": TEXT}, "to be mended, not typed again"
    assert second.forge("advedit", house.advisory.id) == ["advise.void"], "another's is not theirs"
    assert house.advisory.state == "void" and not began(house)
    assert deeds(house)[-1] == "advise.refused"
    assert "wrong" not in str(house.audit)


def test_given_a_reason_that_is_too_long_then_the_question_stands_and_so_do_they(house, admins):
    author, second = admins
    ask(author)
    second.press("advno")
    assert second.say("x" * 1001) == ["advise.no.long"]
    assert house.conversations[second.address].step is Step.REFUSE
    assert house.advisory.state == "asked"


def test_given_two_admins_who_answer_at_once_then_the_first_answer_counts(house, admins):
    author, second = admins
    third = house.member("third", Role.ADMIN)
    ask(author)
    second.press("advno")
    assert third.press("advyes") == ["advise.running"]
    assert second.say("I had doubts.") == ["advise.settled"]
    assert second.bring(Choice("advyes", house.advisory.id, message=MessageRef("1"))) == ["advise.settled"]
    assert len(began(house)) == 1


def test_given_a_day_without_an_answer_then_the_question_ends_and_a_late_yes_does_nothing(house, admins):
    author, second = admins
    ask(author)
    house.now += ASKED
    assert second.press("advyes") == ["advise.settled"], "by its own time, whenever the timer comes"
    assert ring(house) == ["advise.void", "advise.late"]
    assert house.audit[-1].action == "advise.over" and house.audit[-1].actor == CLOCK
    assert author.press("advedit") == ["advise.menu"]
    assert house.conversations[author.address].advisory.texts == {"en": TEXT}, "nothing is to be typed again"
    assert not began(house)


@pytest.mark.parametrize("how", [{"active": False, "barred": Barred.SUSPENDED}, {"role": Role.RESPONDER}])
def test_given_an_author_who_is_no_admin_any_more_then_a_yes_sends_nothing(house, admins, how):
    author, second = admins
    ask(author)
    me = house.members[house.advisory.author]
    house.members[me.id] = replace(me, **how)
    assert second.press("advyes") == ["advise.orphan", "advise.void"]
    assert not began(house)


@pytest.mark.parametrize(
    ("how", "said"),
    [({"active": False, "barred": Barred.SUSPENDED}, "suspended.told"), ({"role": Role.RESPONDER}, "desk.stale")],
)
def test_given_somebody_who_was_asked_and_is_no_admin_any_more_then_their_yes_does_not_count(house, admins, how, said):
    author, second = admins
    ask(author)
    them = next(each for each in house.members.values() if each.name == "second")
    house.members[them.id] = replace(them, **how)
    assert second.press("advyes") == [said]
    assert house.advisory.state == "asked" and not began(house)


def test_given_locked_keys_then_neither_asking_nor_approving_is_possible(house, admins):
    author, second = admins
    ask(author)
    house.open_keys.clear()
    assert second.press("advyes") == ["refused.locked"]
    assert author.command("advise") == ["refused.locked"]
    assert house.advisory.state == "asked"


def test_given_requests_then_what_waits_for_a_yes_is_found_again_with_its_texts(house, admins):
    author, second = admins
    ask(author)
    assert author.command("requests") == ["advise.asked"]
    assert author.buttons() == [("advedit", house.advisory.id), ("advdrop", house.advisory.id)]
    assert second.command("requests") == ["advise.waiting"]
    assert second.press("advshow") == ["advise.preview", "advise.question"]
    assert second.press("advyes") == ["advise.running"]
    assert second.command("requests") == ["requests.none"]


# --- Now or at a time ---


@pytest.mark.parametrize(
    ("zone", "ahead", "named", "at"),
    [
        ("UTC", 0, "hour", "2026-11-23 13:00"),
        ("UTC", 0, "tonight", "2026-11-23 18:00"),
        ("UTC", 0, "tomorrow", "2026-11-24 09:00"),
        ("Asia/Tashkent", 5, "tonight", "2026-11-23 13:00"),
        ("Asia/Tashkent", 5, "tomorrow", "2026-11-24 04:00"),
        ("Asia/Tashkent", 5, "2026-12-01 18:00", "2026-12-01 13:00"),
    ],
)
def test_given_a_time_then_it_is_by_the_admins_own_clock_and_shown_back_by_it(house, admins, zone, ahead, named, at):
    author, _ = admins
    house.offset = lambda name, _: timedelta(hours=ahead if name == zone else 0)
    me = next(each for each in house.members.values() if each.name == "author")
    house.members[me.id] = replace(me, hours=Hours(zone=zone))
    write(author)
    author.say(named) if named[0].isdigit() else author.press("advwhen", named)
    wanted = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert house.conversations[author.address].advisory.at == wanted
    shown = lines(author)
    assert shown["advise.when.at"].params == {"at": Moment(wanted)}
    assert "advise.when.locked" in shown, "it may have to wait for somebody to unlock"


@pytest.mark.parametrize("typed", ["tomorrow", "2026-11-23 11:59", "2027-11-23 12:00", "2026-13-01 18:00", "18:00"])
def test_given_what_is_no_time_to_come_then_it_is_asked_again_and_nothing_is_lost(house, admins, typed):
    author, _ = admins
    write(author)
    assert author.say(typed) == ["advise.confirm"]
    assert lines(author)["advise.when.unclear"].params == {"days": schedule.LONGEST.days}
    assert house.conversations[author.address].advisory.texts == {"en": TEXT}


def test_given_an_evening_then_tonight_is_no_longer_offered(house, admins):
    author, _ = admins
    house.now = house.now.replace(hour=18)
    write(author)
    assert ("advwhen", "tonight") not in author.buttons() and ("advwhen", "tomorrow") in author.buttons()


def test_given_its_time_gone_by_then_a_yes_to_that_time_counts_no_more_and_its_writer_is_told(house, admins):
    author, second = admins
    ask(author, at="hour")
    house.now += timedelta(hours=2)
    assert second.press("advyes") == ["advise.settled"], "what was agreed on was not to be sent at this time"
    assert "advise.late" in ring(house)
    assert not began(house)


def test_given_a_planned_one_then_it_goes_out_at_its_time_and_bears_that_day(house, admins):
    author, second = admins
    ask(author, at="tomorrow")
    assert second.press("advyes") == ["advise.planned"]
    assert ring(house) == [] and not began(house), "a timer that comes too early does nothing"
    house.pass_time(hours=21)
    assert len(began(house)) == 1 and house.advisory.state == "running"
    assert house.advisory.day == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert deeds(house)[-1] == "advise" and house.audit[-1].actor == CLOCK


def test_given_nobody_unlocked_at_its_time_then_the_admins_are_told_and_it_begins_all_the_same(house, admins):
    author, second = admins
    ask(author, at="tonight")
    second.press("advyes")
    house.open_keys.clear()
    house.pass_time(hours=6)
    assert "advise.locked" in [each.message.id for each in author.heard()[-3:]]
    assert len(began(house)) == 1, "the storage waits for a key"


def test_given_a_planned_one_when_withdrawn_before_then_it_never_goes_out(house, admins):
    author, second = admins
    ask(author, at="tonight")
    second.press("advyes")
    assert author.press("advdrop") == ["advise.void", "advise.void"]
    assert second.heard()[-1].message.lines[-1].params == {"name": "author"}, "the others hear by whom"
    house.pass_time(hours=30)
    assert not began(house) and deeds(house)[-1] == "advise.stopped"


@pytest.mark.parametrize("who", ["author", "second"])
@pytest.mark.parametrize("change", [{"active": False, "barred": Barred.SUSPENDED}, {"role": Role.RESPONDER}])
def test_given_a_planned_one_when_who_wrote_or_approved_it_is_no_admin_at_its_time_then_nobody_gets_it(
    house, admins, who, change
):
    author, second = admins
    other = house.member("third", Role.ADMIN)
    ask(author, at="tonight")
    second.press("advyes")
    gone = next(each for each in house.members.values() if each.name == who)
    house.members[gone.id] = replace(gone, **change)
    house.pass_time(hours=30)
    assert not began(house) and house.advisory.state == "void"
    assert "advise.unsaid" in [each.message.id for each in other.heard()]
    assert (house.audit[-1].action, house.audit[-1].actor) == ("advise.over", CLOCK)


def test_given_a_time_that_went_by_before_asking_then_another_is_chosen(house, admins):
    author, _ = admins
    write(author)
    author.press("advwhen", "hour")
    house.now += timedelta(hours=2)
    assert author.press("advsend") == ["advise.confirm"]
    assert "advise.when.past" in lines(author) and not house.advisories


# --- On its way ---


@pytest.fixture
def running(house, admins):
    author, second = admins
    ask(author)
    second.press("advyes")
    return admins


def test_given_one_on_its_way_then_every_admin_sees_how_far_how_fast_and_how_long_still(house, running):
    advance(house, sent=55, failed=5, blocked=3, left=120)
    house.now += timedelta(seconds=60)
    assert ring(house) == ["advise.running"]
    for phone in running:
        message = phone.heard()[-1].message
        assert lines(phone)["advise.blocked"].params == {"chats": 3}
        assert message.params == {"number": 1, "sent": 55, "failed": 5, "left": 120}
        pace = lines(phone)["advise.pace"]
        assert (pace.params["rate"], pace.params["end"].minutes) == (60, 2)
    timer = [each for each in house.effects if isinstance(each, SetTimer)][-1]
    assert (timer.at, timer.to) == (house.now + broadcast.BEAT, approved.chat(house.advisory.id))


def test_given_its_end_then_it_is_shown_once_more_and_no_timer_is_left(house, running):
    house.timers.clear()
    advance(house, state="done", sent=40, left=0)
    assert ring(house) == ["advise.done"]
    assert not house.timers and approved.chat(house.advisory.id) not in house.conversations


def test_given_one_that_is_changed_on_its_way_then_the_admins_are_told_aloud_once_and_the_chain_says_so(house, running):
    _, second = running
    advance(house, state="altered")
    assert ring(house) == ["advise.altered", "advise.altered"]
    assert [(type(each), getattr(each, "wakes", False)) for each in second.heard()[-2:]] == [
        (Edit, False),
        (Send, True),
    ]
    assert (house.audit[-1].action, house.audit[-1].actor) == ("advise.altered", CLOCK)


def test_given_the_keys_locked_on_its_way_then_it_says_so_and_is_looked_at_more_slowly(house, running):
    author, _ = running
    advance(house, state="paused")
    assert ring(house) == ["advise.paused"]
    assert [verb for verb, _ in author.buttons()] == ["unlock", "advstop", "advfix"]
    assert max(house.timers.values()) == house.now + broadcast.LONG_BEAT


def test_given_one_that_is_paused_then_any_admin_lets_it_go_on_where_it_was(house, running):
    author, second = running
    advance(house, sent=10, left=30)
    assert author.press("advhold") == ["advise.held", "advise.held"]
    told = second.heard()[-1]
    assert isinstance(told, Send) and told.message.lines[-1].params == {"name": "author"}
    assert second.press("advgo") == ["advise.running"]
    assert (house.advisory.before, house.advisory.begun) == (10, house.now), "the rate counts from here"
    assert deeds(house)[-2:] == ["advise.held", "advise.resumed"]


def test_given_an_old_copy_of_the_question_then_its_button_stops_nothing_that_is_on_its_way_unasked(house, running):
    author, _ = running
    assert author.forge("advdrop", house.advisory.id) == ["advise.stop.ask"]
    assert house.advisory.state == "running"


def test_given_two_admins_who_press_at_once_then_the_second_sees_how_it_is(house, running):
    author, second = running
    author.press("advhold")
    assert second.bring(Choice("advhold", house.advisory.id, message=MessageRef("1"))) == ["advise.held"]
    assert deeds(house).count("advise.held") == 1


def test_given_one_to_be_stopped_then_it_is_asked_once_more_and_what_is_out_stays_counted(house, running):
    author, _ = running
    advance(house, sent=10, left=30)
    assert author.press("advstop") == ["advise.stop.ask"]
    assert author.press("advend") == ["advise.stopped", "advise.stopped"]
    assert author.heard()[-1].message.params["sent"] == 10
    advance(house, sent=12)
    assert ring(house) == ["advise.stopped"] and author.heard()[-1].message.params["sent"] == 12
    assert author.bring(Choice("advgo", house.advisory.id, message=MessageRef("1"))) == ["advise.stopped"]


def test_given_advise_then_what_is_planned_or_on_its_way_stands_there_and_all_of_them_behind_a_button(house, running):
    author, _ = running
    author.command("advise")
    assert [each.params["state"].id for each in author.heard()[-1].message.lines if each.id == "advise.line"] == [
        "advise.state.running"
    ]
    advance(house, state="done")
    author.command("advise")
    assert "advise.line" not in lines(author)
    assert author.press("advlist") == ["advise.list"]
    assert author.press("advshow") == ["advise.done"]


def test_given_no_such_advisory_then_every_button_of_one_says_so_or_that_it_is_settled(house, admins):
    author, _ = admins
    for verb in ("advyes", "advno", "advedit", "advshow", "advhold", "advgo", "advstop", "advdrop", "advend"):
        said = author.bring(Choice(verb, "x" * 22, message=MessageRef("1")))
        assert said in (["advise.gone"], ["advise.settled"]), verb


# --- Taken back ---


def recalls(house):
    return [each.advisory for each in house.effects if isinstance(each, Advise) and each.advisory.of]


def test_given_one_that_is_out_when_taken_back_then_it_is_asked_once_more_and_every_admin_sees_how_it_goes(
    house, running
):
    author, second = running
    sent = house.advisory
    advance(house, state="done", sent=40, left=0)
    ring(house)
    assert author.press("advback") == ["advise.recall.ask"]
    assert not recalls(house)
    assert author.press("advwipe") == ["advise.recall.running"]
    assert second.heard()[-1].message.id == "advise.recall.running"
    (taken,) = recalls(house)
    assert (taken.of, taken.number, taken.texts, approved.intact(taken)) == (sent.id, 1, {}, True)
    assert deeds(house)[-1] == "advise.recalled"
    advance(house, state="done", sent=38, failed=2, left=0)
    assert ring(house) == ["advise.recall.done"]
    assert second.heard()[-1].message.params == {"number": 1, "sent": 38, "failed": 2, "left": 0}


def test_given_two_admins_who_take_it_back_at_once_then_it_is_done_once(house, running):
    author, second = running
    advance(house, state="stopped", sent=40, left=0)
    of = house.advisory.id
    for phone in (author, second):
        phone.bring(Choice("advwipe", of, message=MessageRef("1")))
    assert len(recalls(house)) == 1
    for verb in ("advhold", "advstop", "advdrop", "advend"):
        assert author.bring(Choice(verb, recalls(house)[0].id, message=MessageRef("1"))) == ["advise.recall.running"]


@pytest.mark.parametrize("how", [{"state": "running", "sent": 5}, {"state": "done", "sent": 0}])
def test_given_one_on_its_way_or_that_nobody_has_then_there_is_nothing_to_take_back(house, running, how):
    author, _ = running
    advance(house, **how)
    author.bring(Choice("advwipe", house.advisory.id, message=MessageRef("1")))
    assert not recalls(house)


def test_given_more_than_two_days_then_it_is_not_offered_any_more(house, running):
    author, _ = running
    advance(house, state="done", sent=5)
    house.now += progress.RECALL
    author.bring(Choice("advshow", house.advisory.id, message=MessageRef("1")))
    assert author.heard()[-1].message.choices == ()
    author.bring(Choice("advwipe", house.advisory.id, message=MessageRef("1")))
    assert not recalls(house)
