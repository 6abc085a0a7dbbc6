"""A check-in: who says OK in time leaves nothing behind; who does not is heard of at once, with their plan."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from handlers.model import (
    Called,
    CaseState,
    CheckedIn,
    CheckIn,
    Choice,
    Clear,
    Delete,
    Level,
    MemberId,
    Plan,
    Role,
    Send,
    SetTimer,
    Team,
    Text,
    Timer,
)
from handlers.permissions import may_know
from tests.stories.conftest import House, Phone

PLAN = "Call my sister, then the lawyer."


def _watched(house: House, minutes: str = "180") -> Phone:
    """Somebody with a check-in that runs."""
    phone = house.reporter()
    phone.begin()
    phone.press("cancel")
    phone.press("cancel")
    phone.press("checkin")
    phone.press("wait", minutes)
    assert phone.say(PLAN) == ["checkin.set"]
    return phone


def _running(house: House, phone: Phone) -> CheckIn:
    found = house.conversations[phone.address].checkin
    assert found is not None
    return found


def _pass(house: House, phone: Phone, minutes: int) -> list[str]:
    """Let time pass, and every timer of this chat ring that has come due; the newest of a name replaced the others."""
    house.now += timedelta(minutes=minutes)
    newest = {(set.name, set.about): set for set in house.effects if isinstance(set, SetTimer) and not set.to}
    due = sorted((set for set in newest.values() if set.at <= house.now), key=lambda set: set.at)
    house.effects = [effect for effect in house.effects if effect not in due]
    return [id for set in due for id in phone.bring(Timer(set.name, set.about))]


def test_given_a_plan_when_it_is_sent_then_it_is_sealed_and_silent_and_leaves_the_chat(house: House):
    responder = house.member("ruth")
    phone = _watched(house)
    case = house.cases[_running(house, phone).case]
    assert (case.state, case.level, case.rules) == (CaseState.SILENT, Level.P1, ("checkin",))
    assert [part.body for part in house.parts[case.id] if isinstance(part.body, Plan)] == [Plan(PLAN)]
    assert any(isinstance(effect, Delete) and effect.to == phone.address for effect in house.effects)
    assert PLAN not in repr(house.conversations)
    assert responder.heard() == []


def test_given_a_running_check_in_when_a_member_looks_for_it_then_it_does_not_exist(house: House):
    phone, admin = _watched(house), house.member("ada", Role.ADMIN)
    case = house.cases[_running(house, phone).case]
    assert admin.command("queue") == ["queue.empty"]
    for name in ("case", "claim", "reply", "note", "close", "release", "ban"):
        assert admin.command(name, f"{case.ref} words") == ["refused.no-case"]
    assert admin.bring(Choice("open", case.id)) == ["refused.no-case"]
    assert not any(may_know(member, case, house.members.values()) for member in house.members.values())


def test_given_ok_in_time_then_nothing_is_left_of_it_and_nobody_hears(house: House):
    responder = house.member("ruth")
    phone = _watched(house)
    case = _running(house, phone).case
    assert phone.press("ok") == ["checkin.fine"]
    assert case not in house.cases and house.conversations[phone.address].checkin is None
    assert _pass(house, phone, 24 * 60) == []
    assert responder.heard() == []
    assert [entry.action for entry in house.audit] == ["checkin-set", "checkin-over"]


def test_given_ok_typed_or_as_a_command_then_it_is_understood(house: House):
    phone = _watched(house)
    assert phone.say("button.fine") == ["checkin.fine"]
    other = Phone(house, phone.address)
    other.press("checkin")
    other.press("wait", "60")
    other.say(PLAN)
    assert other.command("ok") == ["checkin.fine"]
    assert other.command("ok") == ["checkin.none"]


def test_given_no_ok_when_the_time_passes_then_the_desk_is_paged_and_the_person_told(house: House):
    responder = house.member("ruth")
    phone = _watched(house)
    case = _running(house, phone).case
    assert _pass(house, phone, 164) == []
    assert _pass(house, phone, 2) == ["checkin.soon"]
    assert _pass(house, phone, 15) == ["checkin.passed", "card.head"]
    page = next(said for said in responder.heard() if said.message.id == "card.head")
    assert "card.due" in [line.id for line in page.message.lines]
    assert isinstance(page, Send) and page.urgent and page.wakes and isinstance(page.to, Called)
    opened = house.cases[case]
    assert (opened.state, opened.level, opened.rules, opened.created) == (
        CaseState.OPEN,
        Level.P1,
        ("checkin",),
        house.now,
    )
    responder.press("claim")
    responder.press("open")
    assert "case.plan" in [said.message.id for said in responder.heard()]
    assert _pass(house, phone, 0) == []
    assert phone.bring(Timer("checkin", case)) == []


def test_given_nobody_on_duty_when_the_time_passes_then_the_whole_team_is_paged(house: House):
    responder = house.member("ruth")
    responder.command("oncall", "off")
    phone = _watched(house)
    _pass(house, phone, 200)
    pages = [effect for effect in house.effects if isinstance(effect, Send) and effect.message.id == "card.head"]
    assert [(page.to, page.urgent) for page in pages] == [(Team(), True)]


def test_given_the_check_in_passed_when_ok_is_pressed_late_then_the_desk_sees_it(house: House):
    house.member("ruth")
    phone = _watched(house)
    case = _running(house, phone).case
    _pass(house, phone, 181)
    assert phone.press("ok") == ["checkin.late", "case.checkedin"]
    assert any(isinstance(part.body, CheckedIn) for part in house.parts[case])
    assert house.cases[case].state is CaseState.OPEN and house.cases[case].unread == 1


def test_given_an_old_screen_when_ok_is_pressed_on_it_then_it_counts_all_the_same(house: House):
    phone = _watched(house)
    shown = phone.heard()[-1]
    ok = next(button for row in shown.message.choices for button in row if button.verb == "ok")
    phone.command("report")
    phone.press("a", "not_now")
    assert phone.bring(Choice("ok", "", ok.prompt)) == ["checkin.fine"]


def test_given_a_running_check_in_when_the_time_is_changed_then_only_the_new_time_counts(house: House):
    phone = _watched(house, "60")
    _pass(house, phone, 30)
    phone.press("more")
    assert phone.say("90") == ["checkin.more"]
    assert _pass(house, phone, 74) == []
    assert _pass(house, phone, 2) == ["checkin.soon"]
    phone.press("more")
    assert phone.press("wait", "1440") == ["checkin.more"]
    assert _pass(house, phone, 60) == []
    phone.press("checkin")
    phone.press("more")
    assert phone.say("10") == ["checkin.more"]
    assert _pass(house, phone, 9) == []
    assert _pass(house, phone, 2) == ["checkin.passed", "card.head"]


@pytest.mark.parametrize("typed", ["0", "9", "1441", "25:00", "soon", "-60", "99999"])
def test_given_no_usable_length_when_it_is_typed_then_it_is_asked_again(house: House, typed: str):
    phone = house.reporter()
    phone.begin()
    phone.command("checkin")
    assert phone.say(typed) == ["checkin.minutes"]
    assert phone.press("wait", "60") == ["checkin.plan"]


def test_given_words_where_a_length_is_asked_then_none_are_lost(house: House):
    phone = house.reporter()
    phone.begin()
    phone.command("checkin")
    assert phone.say("they are at my door now") == ["held.ask"]
    assert house.conversations[phone.address].held[0].text == "they are at my door now"


def test_given_nobody_who_could_hear_when_a_check_in_is_wished_then_that_is_said(house: House):
    house.founded = False
    phone = house.reporter()
    phone.begin()
    assert phone.command("checkin") == ["checkin.not_open"]


def test_given_a_chat_without_consent_when_a_check_in_is_wished_then_that_comes_first(house: House):
    assert house.reporter().command("checkin") == ["language.ask"]


def test_given_one_that_runs_when_another_is_wished_then_the_first_is_shown(house: House):
    phone = _watched(house)
    assert phone.command("checkin") == ["checkin.running"]
    assert len(house.cases) == 1


def test_given_earlier_reports_then_whom_they_exclude_does_not_learn_of_the_check_in(house: House):
    house.member("tj", communities=("TJ",))
    house.member("de", communities=("DE",))
    phone = house.reporter()
    phone.report()
    earlier = next(iter(house.cases.values()))
    house.cases[earlier.id] = replace(earlier, hidden_from=("TJ",))
    phone.command("checkin")
    phone.press("wait", "60")
    phone.say(PLAN)
    case = house.cases[_running(house, phone).case]
    assert case.hidden_from == ("TJ",)
    assert Plan(PLAN, (earlier.ref,)) in [part.body for part in house.parts[case.id]]
    _pass(house, phone, 61)
    opened = house.cases[case.id]
    assert [m.name for m in house.members.values() if may_know(m, opened, house.members.values())] == ["de"]


def test_given_a_running_check_in_when_the_chat_is_cleared_then_it_is_asked_what_becomes_of_it(house: House):
    phone = _watched(house)
    assert phone.command("clear") == ["clear.ask"]
    assert not any(isinstance(effect, Clear) for effect in house.effects)
    assert phone.press("clear", "keep") == ["clear.done"]
    assert _running(house, phone)
    phone.command("clear")
    assert phone.press("clear", "end") == ["clear.done"]
    assert house.conversations[phone.address].checkin is None and not house.cases


def test_given_a_running_check_in_when_everything_is_erased_then_that_is_said_and_it_ends(house: House):
    phone = _watched(house)
    phone.command("erase")
    assert "erase.checkin" in [line.id for line in phone.heard()[-1].message.lines]
    phone.press("erased")
    assert phone.address not in house.conversations and not house.cases
    assert _pass(house, phone, 24 * 60) == []


def test_given_a_quick_exit_then_the_check_in_goes_on_without_a_word_in_the_chat(house: House):
    responder = house.member("ruth")
    phone = _watched(house)
    case = _running(house, phone).case
    assert phone.command("x") == ["exit.done"]
    assert house.conversations[phone.address] == replace(
        house.conversations[phone.address].hushed, checkin=_running(house, phone)
    )
    before = len(phone.heard())
    assert _pass(house, phone, 170) == []
    assert _pass(house, phone, 11) == ["card.head"]
    assert len(phone.heard()) == before
    assert house.cases[case].state is CaseState.OPEN
    assert [said.message.id for said in responder.heard()] == ["card.head"]


def test_given_a_quick_exit_when_its_person_is_back_then_they_can_end_it(house: House):
    phone = _watched(house)
    phone.command("x")
    phone.begin()
    assert phone.command("ok") == ["checkin.fine"]
    assert not house.cases


def test_given_a_chat_that_lost_its_memory_when_the_time_passes_then_the_desk_is_paged_all_the_same(house: House):
    house.member("ruth")
    phone = _watched(house)
    case = _running(house, phone).case
    del house.conversations[phone.address]
    assert _pass(house, phone, 181) == ["card.head"]
    assert house.cases[case].state is CaseState.OPEN


def test_given_its_writer_became_a_member_when_the_time_passes_then_the_desk_is_paged_all_the_same(house: House):
    house.member("ruth")
    phone = _watched(house)
    case = _running(house, phone).case
    joined = house.members[MemberId(f"{'ruth':_<22}")]
    house.members[MemberId("new")] = replace(joined, id=MemberId("new"), address=phone.address, active=False)
    assert phone.bring(Timer("checkin", case)) != []
    assert house.cases[case].state is CaseState.OPEN


def test_given_traces_in_a_plan_then_its_writer_is_warned(house: House):
    phone = house.reporter()
    phone.begin()
    phone.command("checkin")
    phone.press("wait", "60")
    phone.bring(Text("Call +998 90 123-45-67"))
    assert "checkin.caution" in [line.id for line in phone.heard()[-1].message.lines]
