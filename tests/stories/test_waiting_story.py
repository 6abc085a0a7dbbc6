"""A case that waits: who is called, when, and until when; told with days that go by."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from handlers import waits
from handlers.model import (
    CLOCK,
    Called,
    CaseState,
    Choice,
    ConsentId,
    Level,
    Outcome,
    Role,
    Send,
    Staff,
)
from handlers.program import Circle

P1 = {"danger": "now"}
P3 = {"category": "other"}
DAY = timedelta(days=1)
CROWD = 60


def calls(house, **time):
    """What time alone says while it goes by: (minutes from now, ids, who is reached)."""
    begin, first = house.now, len(house.said)
    moments = []
    while house.now - begin < timedelta(**time):
        before = len(house.said)
        house.pass_time(minutes=5)
        minutes = int((house.now - begin).total_seconds() // 60)
        moments += [(minutes, each.message.id, names(house, at)) for at, each in enumerate(house.said[before:], before)]
    assert len(house.said) - first == len(moments)
    return moments


def names(house, at):
    return {house.members[id].name for id in house.meant[at]}


def the_case(house):
    (case,) = house.cases.values()
    return case


@pytest.fixture
def team(house):
    """An admin and two responders on duty, a third who is not, and a second admin who is not either."""
    people = {name: house.member(name) for name in ("falcon", "heron", "off")}
    people |= {name: house.member(name, Role.ADMIN) for name in ("amina", "bilal")}
    for name in ("off", "bilal"):
        people[name].command("oncall", "off")
    return people


DUTY = {"falcon", "heron", "amina"}
ADMINS = {"amina", "bilal"}


def test_given_danger_that_nobody_claims_then_pages_repeat_and_more_are_called_and_then_daily(house, team):
    house.reporter().report(**P1)
    said = calls(house, days=4)
    assert said[:5] == [
        (10, "card.head", DUTY),
        (20, "card.head", DUTY),
        (30, "card.head", DUTY | ADMINS),
        (60, "card.head", DUTY | ADMINS),
        (90, "card.head", DUTY | ADMINS),
    ]
    assert [(minutes // 1440, who) for minutes, _, who in said[5:]] == [(1, ADMINS), (2, ADMINS), (3, ADMINS)]
    assert all(send.urgent and send.wakes for send in house.said if isinstance(send.to, Called))


@pytest.mark.parametrize("level", Level)
def test_given_a_case_that_nobody_claims_for_a_week_then_somebody_is_called_every_day(house, team, level):
    house.reporter().report(**P3)
    case = replace(the_case(house), level=level)
    house.cases[case.id] = replace(case, wait=waits.begun(case, house.program, house.now))
    house.ring(waits.chat(case.id), waits.TIMER, case.id)
    days = {minutes // 1440 for minutes, _, who in calls(house, days=14) if "bilal" in who}
    clock = house.program.clocks[level.name]
    assert days == set(range(clock.admins // 1440, 14))


@pytest.mark.parametrize("held", [False, True], ids=["open", "held"])
@pytest.mark.parametrize("level", Level)
def test_given_any_step_of_any_level_then_it_calls_whom_it_names_and_nobody_else(house, team, level, held):
    team["falcon"].command("queue")
    house.reporter().report(**P3)
    case = the_case(house)
    claimed = {
        "state": CaseState.CLAIMED,
        "holder": next(id for id, each in house.members.items() if each.name == "falcon"),
    }
    case = replace(case, level=level, wait=waits.begun(replace(case, level=level), house.program, house.now))
    house.cases[case.id] = replace(case, **claimed) if held else case
    begin, reached = house.now, set()
    for minutes, circle in house.program.clocks[level.name].steps():
        reached.add(circle)
        house.now, first = begin + timedelta(minutes=minutes), len(house.said)
        house.ring(waits.chat(case.id), waits.TIMER, case.id)
        heard = [names(house, at) for at in range(first, len(house.said))]
        if held:
            others = DUTY - {"falcon"} if Circle.DUTY in reached else set()
            others |= ADMINS if Circle.ADMINS in reached else set()
            second = Circle.SECOND in reached and Circle.DUTY not in reached
            assert heard[0] == {"falcon"}
            assert [each - {"heron"} for each in heard[1:]] == ([others - {"heron"}] if others or second else [])
            assert not second or heard[1] & DUTY
        else:
            assert heard == [DUTY | ADMINS if Circle.ADMINS in reached else DUTY]
        assert house.audit[-1].actor == CLOCK
        assert house.audit[-1].detail == circle or Circle.ADMINS in reached


def test_given_somebody_who_has_seen_it_then_only_they_are_called_no_more_until_the_day_is_over(house, team):
    house.reporter().report(**P1)
    assert team["falcon"].press("seen") == ["seen.done"]
    assert team["amina"].press("seen") == ["seen.done"]
    said = calls(house, hours=27)
    assert [who for minutes, _, who in said if minutes < 30] == [{"heron"}, {"heron"}]
    assert all("falcon" not in who and ("amina" not in who or minutes > 1440) for minutes, _, who in said)
    assert said[-1][2] == ADMINS
    assert team["heron"].press("claim")
    assert team["falcon"].press("seen") == ["seen.over"]


def test_given_somebody_who_has_seen_it_when_it_is_claimed_and_not_answered_then_they_are_called_again(house, team):
    house.reporter().report(**P1)
    team["amina"].press("seen")
    team["falcon"].press("claim")
    said = calls(house, minutes=35)
    assert [(minutes, id, who) for minutes, id, who in said if "amina" in who] == [(30, "wait.answer.held", ADMINS)]


def test_given_a_claim_and_an_answer_then_nobody_is_called_and_a_new_message_begins_it_anew(house, team):
    reporter = house.reporter()
    reporter.report(**P1)
    team["falcon"].press("claim")
    assert calls(house, minutes=12) == [(10, "wait.answer.yours", {"falcon"})]
    team["falcon"].press("open")
    team["falcon"].press("reply")
    team["falcon"].say("We are here.")
    team["falcon"].press("relay")
    assert the_case(house).wait.idle
    assert calls(house, hours=11) == []
    reporter.press("add")
    reporter.say("They are back.")
    assert not the_case(house).wait.idle
    assert calls(house, minutes=25) == [(10, "wait.answer.yours", {"falcon"}), (20, "wait.answer.yours", {"falcon"})]
    assert team["falcon"].press("settle") == ["settle.done"]
    assert calls(house, hours=11) == []
    assert calls(house, hours=2) == [(60, "wait.idle.yours", {"falcon"})]


def test_given_an_answered_case_that_its_holder_forgets_then_the_admins_learn_of_it(house, team):
    house.reporter().report(**P1)
    for verb in ("claim", "open", "reply"):
        team["falcon"].press(verb)
    team["falcon"].say("We are here.")
    team["falcon"].press("relay")
    said = calls(house, hours=36, minutes=30)
    assert [(minutes // 60, id, who) for minutes, id, who in said] == [
        (12, "wait.idle.yours", {"falcon"}),
        (24, "wait.idle.yours", {"falcon"}),
        (24, "wait.idle.held", ADMINS),
        (36, "wait.idle.yours", {"falcon"}),
        (36, "wait.idle.held", ADMINS),
    ]
    team["falcon"].press("note")
    team["falcon"].say("Called the lawyer.")
    assert calls(house, hours=11) == []


def test_given_a_case_that_is_let_go_then_its_pages_begin_anew_and_what_was_promised_stays(house, team):
    house.reporter().report(**P1)
    due = the_case(house).wait.due
    team["falcon"].press("claim")
    house.pass_time(hours=2)
    team["falcon"].command("release", the_case(house).ref)
    assert the_case(house).wait.due == due
    assert calls(house, minutes=12)[0] == (10, "card.head", DUTY)


def _card_lines(phone):
    card = next(said.message for said in reversed(phone.heard()) if said.message.id == "card.head")
    return [line.id for line in card.lines]


def test_given_a_closed_or_erased_case_then_it_calls_nobody_and_a_reopened_one_does(house, team):
    reporter = house.reporter()
    reporter.report(**P1)
    for verb in ("claim", "open", "close"):
        team["falcon"].press(verb)
    team["falcon"].press("outcome", "helped")
    assert the_case(house).wait is None
    assert calls(house, days=8) == []
    assert "card.due" not in _card_lines(team["falcon"])
    reporter.press("add")
    reporter.say("They are back.")
    assert "card.due" in _card_lines(team["falcon"])
    assert calls(house, minutes=12) == [(10, "card.head", DUTY)]
    reporter.press("finish")
    reporter.press("erase")
    reporter.press("erased")
    assert house.cases == {}
    assert calls(house, days=8) == []
    assert house.timers == {}


def test_given_a_sender_who_was_set_aside_then_nobody_is_called_until_they_are_heard_again(house, team):
    house.reporter().report(**P1)
    case = the_case(house)
    house.cases[case.id] = replace(case, aside=True)
    assert calls(house, days=2) == []
    team["amina"].command("unban", case.ref)
    assert calls(house, minutes=12)


def test_given_a_hidden_case_then_nobody_who_must_not_know_of_it_is_ever_called(house):
    for name, role, origin in (
        ("uzbek", Role.ADMIN, ("UZ",)),
        ("german", Role.RESPONDER, ("DE",)),
        ("none", Role.ADMIN, ()),
    ):
        house.member(name, role, communities=origin)
    house.reporter().report(**P1)
    case = the_case(house)
    house.cases[case.id] = replace(case, hidden_from=("UZ",))
    said = calls(house, days=3)
    assert len(said) == 7
    assert {name for _, _, who in said for name in who} == {"german"}


def test_given_a_week_with_nobody_on_duty_then_the_admins_are_called_at_once_and_the_reporter_is_told(house, team):
    for phone in team.values():
        phone.command("oncall", "off")
    reporter = house.reporter()
    assert "sent.nobody" in str(reporter.report(**P1) and house.said)
    assert house.meant[-1] == {id for id, each in house.members.items() if each.name in ADMINS}
    said = calls(house, days=7)
    assert [minutes for minutes, _, _ in said[:5]] == [10, 20, 30, 60, 90]
    assert all(who == ADMINS for _, _, who in said)
    assert len(said) == 5 + 6


def test_given_a_server_that_was_off_for_two_days_then_one_call_reaches_everybody(house, team):
    house.reporter().report(**P1)
    first = len(house.said)
    house.now += 2 * DAY
    house.pass_time(minutes=1)
    assert [names(house, at) for at in range(first, len(house.said))] == [DUTY | ADMINS]
    assert the_case(house).wait.steps == 6
    assert [who for _, _, who in calls(house, hours=24)] == [ADMINS]


def test_given_a_timer_that_comes_early_or_twice_then_nothing_is_said_and_it_is_set_anew(house, team):
    house.reporter().report(**P1)
    case, before = the_case(house), len(house.said)
    for _ in range(3):
        house.ring(waits.chat(case.id), waits.TIMER, case.id)
    assert len(house.said) == before
    assert [at - case.created for at in house.timers.values()] == [timedelta(minutes=10)]


def test_given_a_clock_that_is_set_back_a_year_then_the_case_is_not_forgotten(house, team):
    house.reporter().report(**P1)
    case = the_case(house)
    house.now -= timedelta(days=365)
    house.ring(waits.chat(case.id), waits.TIMER, case.id)
    assert the_case(house).wait.since == house.now
    assert calls(house, minutes=12) == [(10, "card.head", DUTY)]


def test_given_more_answers_that_make_it_critical_then_the_clock_of_that_level_begins(house, team):
    house.reporter().report(**P3)
    case = the_case(house)
    assert case.level is Level.P3
    house.pass_time(hours=5)
    raised = replace(case, level=Level.P1)
    context = _context(house, case)
    outcome = waits.watched(Outcome(context.conversation, case=raised), context)
    assert outcome.case.wait.due - house.now == timedelta(minutes=30)
    assert outcome.effects[-1].at - house.now == timedelta(minutes=10)


def _context(house, case):
    from handlers.model import Context, Conversation, Person

    person = Person("test:reporter")
    return Context(house.now, house.new_id, house.program, person, Conversation(), house.desk(), case=case)


def test_given_a_report_that_wants_no_answer_here_then_reading_it_is_enough(house, team):
    house.reporter().report(**P1)
    case = the_case(house)
    house.cases[case.id] = replace(case, agreed=())
    assert ConsentId.REPLY not in the_case(house).agreed
    team["falcon"].press("claim")
    team["falcon"].press("open")
    assert the_case(house).wait.idle


def test_given_an_overdue_case_then_its_card_the_queue_and_its_reporter_are_told_so(house, team):
    reporter = house.reporter()
    reporter.report(**P1)
    assert "card.due" in _lines(team["falcon"].heard()[-1].message)
    reporter.press("status")
    assert "status.late" not in _lines(reporter.heard()[-1].message)
    house.pass_time(minutes=32)
    assert "card.late" in _lines(team["falcon"].heard()[-1].message)
    team["falcon"].command("queue")
    assert "card.late" in str(team["falcon"].heard()[-1].message)
    reporter.press("status")
    assert "status.late" in _lines(reporter.heard()[-1].message)
    for verb in ("claim", "open", "reply"):
        team["falcon"].press(verb)
    team["falcon"].say("We are here.")
    team["falcon"].press("relay")
    reporter.press("status")
    assert "status.late" not in _lines(reporter.heard()[-1].message)


def _lines(message):
    return {line.id for line in message.lines}


def test_given_a_crowd_of_cases_at_once_then_each_is_called_for_and_may_be_said_together(house, team):
    for number in range(CROWD):
        house.reporter(f"reporter{number}").report(**P1)
    said = house.pass_time(minutes=11)
    assert len(said) == CROWD
    assert {send.together for send in said} == {"notice.waiting"}
    assert len({send.slot for send in said}) == CROWD


def test_given_somebody_who_may_not_know_of_it_when_they_say_seen_or_settle_then_there_is_no_such_case(house):
    outsider, insider = house.member("german", communities=("DE",)), house.member("uzbek", communities=("UZ",))
    house.reporter().report(**P1)
    case = the_case(house)
    house.cases[case.id] = replace(case, hidden_from=("UZ",))
    assert insider.bring(Choice("seen", case.id)) == ["refused.no-case"]
    assert outsider.bring(Choice("settle", case.id)) == ["refused.not-holder"]
    assert the_case(house).wait.seen == ()


def test_given_a_second_responder_then_it_is_one_who_speaks_the_language_of_the_report_if_anybody_does(house, team):
    house.reporter().report(**P1)
    team["falcon"].press("claim")
    called = [send for send in house.pass_time(minutes=65) if isinstance(send.to, Called)][-1]
    assert called.to.circles == (Circle.HOLDER, Circle.ADMINS, Circle.SECOND)
    assert called.to.language == the_case(house).language


def test_given_a_holders_reminder_then_it_goes_to_the_holder_alone_and_rings_only_for_danger(house, team):
    house.reporter().report(**P3)
    team["falcon"].press("claim")
    (said,) = house.pass_time(hours=21)
    assert (type(said), said.to, said.wakes) == (Send, Staff(the_case(house).holder), False)


def test_given_a_check_in_then_it_waits_for_nobody_until_its_time_has_passed(house, team):
    reporter = house.reporter()
    reporter.begin()
    reporter.press("cancel")
    reporter.press("cancel")
    reporter.press("checkin")
    reporter.press("wait", "180")
    reporter.say("Call my sister.")
    assert the_case(house).wait is None
    said = calls(house, minutes=225)
    calm = [each for each in said if each[1] == "card.head"]
    assert [minutes for minutes, _, _ in calm] == [180, 190, 200, 210]
    assert the_case(house).wait.due - house.now == timedelta(minutes=-15)


def test_given_an_idle_reminder_when_its_holder_says_that_they_go_on_then_the_admins_hear_only_of_the_third_time(
    house, team
):
    reporter = house.reporter()
    reporter.report(**P1)
    for verb in ("claim", "open", "reply"):
        team["falcon"].press(verb)
    team["falcon"].say("We are here.")
    team["falcon"].press("relay")
    for _ in range(2):
        assert [id for _, id, _ in calls(house, hours=13)] == ["wait.idle.yours"]
        assert team["falcon"].press("hold") == ["hold.done"]
    assert calls(house, hours=13) and team["falcon"].press("hold") == ["hold.done", "hold.often"]
    assert house.said[-1].message.params["times"] == 3
    assert house.meant[-1] == {id for id, each in house.members.items() if each.name in ADMINS}
    assert [entry.action for entry in house.audit].count("hold") == 3
    assert {who for _, id, names in calls(house, hours=25) for who in names if id == "wait.idle.held"} == ADMINS
    reporter.press("add")
    reporter.say("They are back.")
    assert team["falcon"].press("hold") == ["wait.answer.yours"]
    assert not the_case(house).wait.idle
    assert [entry.action for entry in house.audit].count("hold") == 3


def test_given_a_case_that_is_put_off_again_and_again_then_only_an_answer_or_another_holder_begins_anew(house, team):
    reporter, falcon = house.reporter(), team["falcon"]
    reporter.report(**P1)
    falcon.press("claim")
    ref = the_case(house).ref
    falcon.answer(the_case(house), "We are here.")
    for heard in (["settle.done"], ["settle.done"], ["settle.done", "hold.often"], ["settle.done", "hold.often"]):
        reporter.press("add")
        reporter.say("Is anybody there?")
        falcon.command("case", ref)
        falcon.command("note", f"{ref} looked at it")
        assert falcon.command("settle", ref) == heard
    falcon.answer(the_case(house), "We are here.")
    assert the_case(house).put_off == 0
    falcon.command("hold", ref)
    falcon.command("release", ref)
    assert the_case(house).put_off == 0


def test_given_somebody_in_danger_without_an_answer_when_none_is_needed_then_the_admins_hear_at_once(house, team):
    house.reporter().report(**P1)
    team["falcon"].press("claim")
    assert team["falcon"].command("settle", the_case(house).ref) == ["settle.done", "hold.often"]
    assert house.said[-1].wakes and house.meant[-1] == {id for id, each in house.members.items() if each.name in ADMINS}
    house.cases[the_case(house).id] = replace(the_case(house), agreed=())
    assert team["falcon"].command("settle", the_case(house).ref) == ["settle.done"], "who wants no answer lacks none"


def test_given_somebody_elses_case_when_hold_is_pressed_then_it_is_refused(house, team):
    house.reporter().report(**P1)
    team["falcon"].press("claim")
    assert team["heron"].bring(Choice("hold", the_case(house).id)) == ["refused.not-holder"]


@pytest.mark.parametrize(("minutes", "in_time"), [(-1, True), (1, False)])
def test_given_a_first_answer_then_the_case_keeps_whether_it_came_in_time_and_no_later_one_changes_that(
    house, team, minutes, in_time
):
    house.reporter().report(danger="not_now", category="threat", reply_here="yes")
    team["falcon"].command("claim", the_case(house).ref)
    assert the_case(house).in_time is None
    house.now = the_case(house).wait.due + timedelta(minutes=minutes)
    team["falcon"].answer(the_case(house), "We are looking for a lawyer.")
    assert the_case(house).in_time is in_time
    house.reporter().say("And now?")
    house.now += timedelta(days=9 if in_time else 0)
    team["falcon"].answer(the_case(house), "Tomorrow.")
    assert the_case(house).in_time is in_time


@pytest.mark.parametrize(("days", "in_time"), [(0, None), (9, False)])
def test_given_a_case_that_is_closed_without_an_answer_then_it_was_late_only_if_it_had_to_be_answered_before(
    house, team, days, in_time
):
    house.reporter().report(**P3)
    team["falcon"].command("claim", the_case(house).ref)
    house.now += timedelta(days=days)
    team["falcon"].command("close", the_case(house).ref)
    team["falcon"].press("outcome", "unrelated")
    assert the_case(house).in_time is in_time


def test_given_that_nothing_had_to_be_answered_then_no_answer_is_missed(house, team):
    house.reporter().report(**P3)
    team["falcon"].command("claim", the_case(house).ref)
    team["falcon"].command("settle", the_case(house).ref)
    house.now += timedelta(days=60)
    team["falcon"].command("close", the_case(house).ref)
    team["falcon"].press("outcome", "helped")
    assert the_case(house).in_time is None
