"""Coming back to a chat: with several reports, and after a message could not be delivered."""

from datetime import timedelta

import pytest

from handlers.model import CaseState, Day, Undelivered
from handlers.reporter.mine import SHOWN


def _again(house, phone):
    """One more report of the same chat, a day later."""
    house.now += timedelta(days=1)
    phone.command("report")
    phone.fill()
    phone.press("send")


@pytest.fixture
def missed(house):
    """A held case whose answer could not be delivered: (responder, reporter, case)."""
    responder, phone = house.member("resp"), house.reporter()
    phone.report()
    (case,) = house.cases.values()
    responder.press("claim", case.id)
    responder.answer(case, "are you safe?")
    house.bring(phone.address, Undelivered("blocked", case.id))
    return responder, phone, case


def test_given_one_report_when_its_state_is_asked_for_then_it_is_shown_at_once(house):
    phone = house.reporter()
    phone.report()
    phone.command("help")
    assert phone.press("status") == ["status.head"]


def test_given_three_reports_when_their_state_is_asked_for_then_the_days_are_offered_and_each_leads_to_its_own(house):
    phone = house.reporter()
    phone.report()
    for _ in range(2):
        _again(house, phone)
    phone.command("help")
    assert phone.press("mine", "status") == ["mine.ask"]
    labels = [button.label for row in phone.heard()[-1].message.choices for button in row][:-1]
    days = sorted((case.created for case in house.cases.values()), reverse=True)
    assert [label.params for label in labels] == [{"number": n, "day": Day(day)} for n, day in enumerate(days, 1)]
    oldest = phone.heard()[-1].message.choices[2][0].arg
    assert phone.press("status", oldest) == ["status.head"]
    assert Day(days[-1]) in phone.heard()[-1].message.lines[0].params.values()


@pytest.mark.parametrize(("verb", "shown"), [("add", "follow.ask"), ("erase", "erase.ask")])
def test_given_two_reports_when_one_is_chosen_to_be_changed_then_it_is_that_one(house, verb, shown):
    phone = house.reporter()
    phone.report()
    _again(house, phone)
    phone.command("help")
    phone.press("mine", verb)
    older = phone.heard()[-1].message.choices[1][0].arg
    assert phone.press(verb, older) == [shown]
    assert house.conversations[phone.address].focus == older


def test_given_two_reports_when_one_was_erased_elsewhere_then_there_is_nothing_to_choose(house):
    phone = house.reporter()
    phone.report()
    _again(house, phone)
    first, *_ = house.cases
    del house.cases[first], house.parts[first]
    phone.command("help")
    assert phone.press("mine", "status") == ["status.head"]


def test_given_one_report_reached_by_two_tokens_then_it_counts_once(house):
    phone = house.reporter()
    phone.report()
    code = next(said.message.params["code"] for said in phone.heard() if said.message.id == "sent.code")
    phone.command("code", code)
    assert phone.press("mine", "status") == ["status.head"]


def test_given_many_reports_then_the_newest_five_are_offered(house):
    phone = house.reporter()
    phone.report()
    for _ in range(6):
        _again(house, phone)
    phone.command("erase")
    assert len(phone.heard()[-1].message.choices) == SHOWN + 1


def test_given_words_that_nobody_asked_for_and_two_reports_then_they_can_be_added_to_either(house):
    phone = house.reporter()
    phone.report()
    _again(house, phone)
    phone.say("they are back")
    phone.press("mine", "add")
    phone.press("add", phone.heard()[-1].message.choices[1][0].arg)
    older = min(house.cases.values(), key=lambda case: case.created)
    assert house.parts[older.id][-1].body.text == "they are back"


@pytest.mark.parametrize("come", ["start", "words", "press"])
def test_given_an_answer_that_failed_when_its_reporter_is_back_then_both_are_told_once(house, missed, come):
    responder, phone, case = missed
    deeds = {
        "start": lambda: phone.command("start"),
        "words": lambda: phone.say("hm"),
        "press": lambda: phone.press("status"),
    }
    assert deeds[come]().count("missed.here") == 1
    assert [said.message.id for said in responder.heard()].count("case.back") == 1
    assert not house.cases[case.id].unreachable
    assert "missed.here" not in deeds[come]()


def test_given_a_forgotten_chat_when_its_reporter_presses_an_old_button_then_their_responder_is_told_all_the_same(
    house, missed
):
    responder, phone, case = missed
    house.conversations.pop(phone.address)
    phone.press("add")
    assert responder.heard()[-1].message.id == "case.back"
    assert not house.cases[case.id].unreachable


def test_given_a_reporter_who_is_back_when_the_responder_presses_again_then_the_last_answer_is_delivered(house, missed):
    responder, phone, _ = missed
    phone.command("start")
    assert responder.press("resend") == ["reply.sent", "relay.reply"]
    assert phone.heard()[-1].message.params == {"text": "are you safe?"}


def test_given_no_answer_yet_when_the_responder_presses_again_then_that_is_said(house):
    responder, phone = house.member("resp"), house.reporter()
    phone.report()
    (case,) = house.cases.values()
    responder.press("claim", case.id)
    house.bring(phone.address, Undelivered("blocked", case.id))
    phone.command("start")
    assert responder.press("resend") == ["reply.none"]


def test_given_an_answer_that_failed_when_its_reporter_only_leaves_then_nothing_is_said_in_the_cleared_chat(
    house, missed
):
    _, phone, _ = missed
    assert phone.command("x") == ["exit.done"]


def test_given_an_answer_that_failed_when_its_report_is_gone_then_nobody_is_told_and_it_is_forgotten(house, missed):
    responder, phone, case = missed
    del house.cases[case.id], house.parts[case.id]
    before = len(responder.heard())
    assert "missed.here" not in phone.command("start")
    assert len(responder.heard()) == before
    assert not house.conversations[phone.address].missed


def test_given_a_case_that_nobody_holds_when_its_reporter_is_back_then_those_on_duty_may_claim_it(house, missed):
    responder, phone, case = missed
    responder.command("release", case.ref)
    assert house.cases[case.id].state is CaseState.OPEN
    phone.command("start")
    assert responder.heard()[-1].message.id == "case.back"
    assert responder.buttons() == [("claim", case.id)]
