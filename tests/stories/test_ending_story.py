"""The end of a closed case: warned of, put off with a reason, and never while something is unread."""

from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from handlers import keeping, waits
from handlers.desk import endings
from handlers.model import CaseState, Contact, Erase, Fact, Held, Role, Said, Timer, Unlink


@pytest.fixture
def holder(house):
    return house.member("holder")


@pytest.fixture
def reporter(house):
    phone = house.reporter()
    phone.report(category="threat", reply_here="yes")
    return phone


@pytest.fixture
def closed(house, holder, reporter):
    """A case that its holder has closed; its token is still in the reporter's chat."""
    house.member("admin", Role.ADMIN)
    case = next(iter(house.cases.values()))
    holder.command("claim", case.ref)
    holder.command("case", case.ref)
    holder.command("close", case.ref)
    holder.press("outcome", "helped")
    assert _case(house).state is CaseState.CLOSED
    return case.id


def _case(house):
    return next(iter(house.cases.values()))


def _days(house, days):
    """Days go by, and each of them the janitor looks; what was said."""
    before = len(house.said)
    for _ in range(days):
        house.now += timedelta(days=1)
        for case in [case for case in house.cases.values() if keeping.is_due(case, house.now)]:
            house.bring(waits.chat(case.id), Timer(endings.TIMER, case.id))
    return house.said[before:]


def _heard(house, days):
    return [said.message.id for said in _days(house, days)]


def _addresses(house):
    return [part for part in next(iter(house.parts.values())) if isinstance(part.body, Contact)]


# --- Warnings ---


def test_given_a_closed_case_then_its_holder_is_warned_a_week_and_a_day_before_and_it_goes_no_earlier(
    house, holder, closed
):
    assert _heard(house, 82) == []
    assert _heard(house, 1) == ["ending.soon"] and holder.heard()[-1].message.id == "ending.soon"
    assert {verb for verb, _ in holder.buttons()} == {"open", "keep", "letgo"}
    assert keeping.end(_case(house)) is None, "the last warning is still to come"
    assert _heard(house, 5) == [] and _heard(house, 1) == ["ending.soon"]
    assert keeping.end(_case(house)) == _case(house).closed + timedelta(days=90)
    assert _heard(house, 30) == []
    assert [entry.action for entry in house.audit].count("warn") == 2


@pytest.mark.parametrize("gone", [{"active": False}, {"communities": ("UZ",)}])
def test_given_a_holder_who_is_gone_or_may_not_know_of_it_any_more_then_the_admins_are_warned(
    house, holder, closed, gone
):
    id_ = next(member.id for member in house.members.values() if member.address == holder.address)
    house.members[id_] = replace(house.members[id_], **gone)
    house.cases[closed] = replace(house.cases[closed], hidden_from=("UZ",))
    admin = next(member for member in house.members.values() if member.role is Role.ADMIN)
    house.members[admin.id] = replace(admin, communities=("TJ",))
    _days(house, 83)
    assert house.meant[-1] == {admin.id}


def test_given_a_server_that_was_off_then_nothing_goes_unwarned(house, closed):
    house.now += timedelta(days=200)
    assert _heard(house, 1) == ["ending.soon"]
    assert keeping.end(_case(house)) == house.now + timedelta(days=1)


def test_given_a_house_that_keeps_for_a_day_then_closing_itself_was_the_warning(house, closed):
    kept = keeping.begun(house.now, 1)
    assert keeping.end(replace(_case(house), keeping=kept)) == house.now + timedelta(days=1)


def test_given_let_it_go_then_there_is_no_second_warning(house, holder, closed):
    _days(house, 83)
    assert holder.press("letgo")[0] == "letgo.done"
    assert _heard(house, 30) == []
    assert keeping.end(_case(house)) == _case(house).closed + timedelta(days=90)


# --- What waits ---


def test_given_something_unread_then_it_waits_and_admins_hear_once_and_daily_after_a_month_until_it_is_opened(
    house, holder, closed
):
    house.cases[closed] = replace(house.cases[closed], unread=1)
    _days(house, 89)
    assert _heard(house, 1) == ["ending.unread"]
    assert _heard(house, 29) == []
    assert _heard(house, 3) == ["ending.unread"] * 3
    assert keeping.end(_case(house)) is None
    holder.command("case", _case(house).ref)
    assert _case(house).keeping.until == house.now + keeping.GRACE, "whoever opens it so late has time to act"
    assert _heard(house, 10) == ["ending.soon"]
    assert keeping.end(_case(house)) is not None


def test_given_an_answer_that_did_not_arrive_then_it_waits_a_month_and_no_longer(house, closed):
    house.cases[closed] = replace(house.cases[closed], unreachable=True)
    _days(house, 89)
    assert _heard(house, 1) == ["ending.undelivered"] and _heard(house, 60) == []
    assert keeping.end(_case(house)) == _case(house).closed + timedelta(days=90) + keeping.LATE


def test_given_unread_words_when_a_case_is_closed_then_that_is_said_and_remembered(house, holder, reporter):
    case = _case(house)
    holder.command("claim", case.ref)
    reporter.press("add")
    reporter.say("One thing more.")
    holder.command("close", case.ref)
    holder.press("outcome", "helped")
    done = next(said.message for said in holder.heard() if said.message.id == "close.done")
    assert "close.unread" in [line.id for line in done.lines]
    assert _case(house).unread == 1


# --- Where the reporter is ---


def test_given_a_week_after_closing_then_the_address_is_gone_and_the_reporter_was_told(house, reporter, closed):
    told = next(said for said in reporter.heard() if said.message.id == "told.closed")
    assert [line.id for line in told.message.lines] == ["told.cut"]
    _days(house, 6)
    assert _addresses(house)
    _days(house, 1)
    assert not _addresses(house)
    assert sum(isinstance(effect, Unlink) for effect in house.effects) == 1
    _days(house, 5)
    assert sum(isinstance(effect, Unlink) for effect in house.effects) == 1


def test_given_no_address_any_more_when_its_reporter_writes_then_it_is_open_and_answers_find_them(
    house, holder, reporter, closed
):
    _days(house, 8)
    reporter.press("add")
    reporter.say("They came back.")
    case = _case(house)
    assert case.state is CaseState.OPEN and case.keeping is None
    assert _addresses(house)[-1].body.address == reporter.address
    holder.command("claim", case.ref)
    holder.answer(case, "Go to your neighbours.")
    assert "relay.reply" in [said.message.id for said in reporter.heard()]
    holder.command("close", case.ref)
    holder.press("outcome", "helped")
    _days(house, 7)
    assert not _addresses(house), "it goes again, a week after the second closing"


def test_given_a_hold_before_the_week_is_over_then_the_address_stays_as_long_as_it(house, holder, closed):
    _hold(holder, closed)
    _days(house, 30)
    assert _addresses(house)
    holder.forge("letgo", closed)
    _days(house, 1)
    assert not _addresses(house)


# --- A hold ---


def _hold(phone, case, months="12", reason="A court has asked for it."):
    phone.forge("keep", case)
    phone.press("keepfor", months)
    return phone.say(reason)


@pytest.mark.parametrize("name", ["holder", "admin"])
def test_given_a_reason_and_a_day_then_the_case_is_kept_and_both_stand_where_they_belong(house, holder, closed, name):
    phone = holder if name == "holder" else house.member("other", Role.ADMIN)
    assert _hold(phone, closed)[0] == "keep.done"
    held = next(part.body for part in house.parts[closed] if isinstance(part.body, Held))
    assert held == Held(datetime(2027, 11, 23, tzinfo=UTC), "A court has asked for it.")
    case = _case(house)
    assert case.keeping.held and case.keeping.until == held.until
    assert "court" not in repr(case) and "court" not in repr(house.audit)
    assert [entry.action for entry in house.audit][-1] == "keep"
    assert not [part for part in house.parts[closed] if isinstance(part.body, Fact) and part.body.action == "keep"]
    holder.command("case", case.ref)
    assert "case.held" in [said.message.id for said in holder.heard()]


def test_given_a_hold_then_it_ends_by_itself_after_a_reminder_and_can_be_renewed(house, holder, closed):
    _hold(holder, closed, "6")
    assert _heard(house, 170) == []
    assert set(_heard(house, 20)) == {"ending.held"}
    assert keeping.end(_case(house)) is not None
    _hold(holder, closed, "6")
    assert keeping.end(_case(house)) is None and _case(house).keeping.until > house.now + timedelta(days=150)


def test_given_let_it_go_on_a_hold_then_it_ends_with_time_for_another(house, holder, closed):
    _hold(holder, closed)
    _days(house, 100)
    holder.forge("letgo", closed)
    case = _case(house)
    assert not case.keeping.held and case.keeping.until == house.now + keeping.GRACE


@pytest.mark.parametrize("typed", ["2027-03-01", " 1.3.2027 "])
def test_given_a_typed_day_then_it_counts_as_a_pressed_one(house, holder, closed, typed):
    holder.forge("keep", closed)
    assert holder.say(typed) == ["keep.why"]
    holder.say("An appeal.")
    assert _case(house).keeping.until == datetime(2027, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["", "soon", "2026-11-23", "2028-01-01", "2027-13-01", "1.2", "٣.٣.2027", "9" * 30])
def test_given_no_day_within_a_year_then_it_is_asked_for_again_and_nothing_changes(house, holder, closed, typed):
    holder.forge("keep", closed)
    assert holder.say(typed) == ["keep.ask"]
    assert [line.id for line in holder.heard()[-1].message.lines] == ["keep.day"]
    assert not _case(house).keeping.held


def test_given_a_day_sooner_than_the_case_would_go_anyway_then_it_is_kept_no_shorter(house, holder, closed):
    holder.forge("keep", closed)
    holder.say("2026-12-01")
    holder.say("Mistaken.")
    assert _case(house).keeping.until == _case(house).closed + timedelta(days=90)


def test_given_an_open_case_then_there_is_nothing_to_keep(house, holder, reporter):
    case = _case(house)
    holder.command("claim", case.ref)
    assert holder.command("keep", case.ref) == ["keep.open"]
    assert holder.forge("letgo", case.id) == ["keep.open"]


def test_given_a_colleague_without_the_case_then_they_can_neither_keep_it_nor_let_it_go(house, closed):
    other = house.member("other")
    for verb in ("keep", "letgo"):
        assert other.forge(verb, closed) == ["refused.not-holder"]


def test_given_a_hold_when_its_reporter_erases_then_it_is_erased_all_the_same(house, holder, reporter, closed):
    _hold(holder, closed)
    reporter.command("erase")
    reporter.press("erased")
    assert closed not in house.cases and any(isinstance(effect, Erase) for effect in house.effects)
    assert "case.erased" in [said.message.id for said in holder.heard()]


def test_given_a_held_case_when_its_reporter_opens_it_again_then_no_end_is_left(house, holder, reporter, closed):
    _hold(holder, closed)
    reporter.press("add")
    reporter.say("It goes on.")
    assert _case(house).keeping is None and _heard(house, 400) == []
    assert [part.body.text for part in house.parts[closed] if isinstance(part.body, Said)] == ["It goes on."]


@pytest.mark.parametrize("day", [date(2026, 1, 31), date(2026, 12, 31), date(2028, 2, 29)])
@pytest.mark.parametrize("months", endings.MONTHS)
def test_every_button_of_a_hold_stays_within_a_year(day, months):
    until = endings._after(day, int(months))
    assert timedelta(days=28 * int(months)) <= until - day <= keeping.LONGEST


# --- Closed by one, watched by others ---


def _close_critical(house, closer="ruth", role=Role.RESPONDER):
    house.reporter("urgent").report(danger="now", reply_here="yes")
    phone, case = house.member(closer, role), _case(house)
    phone.command("claim", case.ref)
    phone.command("close", case.ref)
    phone.press("outcome", "unrelated")
    return phone


def test_given_a_p1_that_one_member_closes_then_the_admins_hear_at_once_by_whom_and_can_open_it_again(house):
    admin = house.member("ada", Role.ADMIN)
    closer = _close_critical(house)
    told = admin.heard()[-1]
    assert (told.message.id, told.message.params["name"], told.urgent, told.wakes) == (
        "close.critical",
        "ruth",
        True,
        True,
    )
    assert "close.critical" not in [said.message.id for said in closer.heard()]
    assert "release.done" in admin.press("reopen")
    after = _case(house)
    assert (after.state, after.holder, after.closed, after.keeping, after.outcome) == (
        CaseState.OPEN,
        "",
        None,
        None,
        "",
    )
    assert after.wait is not None and (waits.chat(after.id), waits.TIMER, after.id) in house.timers
    assert house.audit[-1].action == "reopen" and "card.head" in [said.message.id for said in closer.heard()[-2:]]
    assert house.reporter("urgent").heard()[-1].message.id == "told.open"
    assert admin.command("reopen", after.ref) == ["release.open"]


def test_given_an_admin_who_closes_a_p1_then_the_others_hear_and_without_another_admin_the_team(house):
    colleague = house.member("tom")
    _close_critical(house, "ada", Role.ADMIN)
    assert "close.critical" in [said.message.id for said in colleague.heard()]


def test_given_a_p1_that_is_hidden_from_an_admin_when_it_is_closed_then_they_hear_nothing(house):
    house.reporter("urgent").report(danger="now")
    outsider = house.member("olga", Role.ADMIN, communities=("TJ",))
    phone = house.member("ada", Role.ADMIN, communities=("DE",))
    house.cases[_case(house).id] = replace(_case(house), hidden_from=("TJ",))
    phone.command("claim", _case(house).ref)
    before = len(outsider.heard())
    phone.command("close", _case(house).ref)
    phone.press("outcome", "helped")
    assert outsider.heard()[before:] == []


def test_given_a_case_that_is_less_urgent_when_it_is_closed_then_nobody_is_called(house, closed):
    assert "close.critical" not in [said.message.id for said in house.said]


def test_given_a_closed_case_when_its_reporter_writes_then_it_is_open_again_and_a_line_says_so(house, reporter, closed):
    reporter.press("add")
    reporter.say("They are back.")
    assert _case(house).state is CaseState.OPEN
    (line,) = [entry for entry in house.audit if entry.action == "reopen"]
    assert (line.actor, line.case) == ("reporter", closed)
    assert Fact("reopen") in [part.body for part in house.parts[closed]]
