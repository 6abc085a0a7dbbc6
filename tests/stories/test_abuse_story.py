"""Whoever floods is set aside without being silenced, and whoever is in danger gets through at once."""

import pytest

from handlers.model import Address, Called, Level, OnDuty, Role, Send, Story


@pytest.fixture
def admin(house):
    return house.member("admin", Role.ADMIN)


def _banned(house, admin):
    """A sender of junk whose first report made an admin act."""
    sender = house.reporter("sender")
    sender.report(category="threat")
    (case,) = house.cases.values()
    admin.command("ban", case.ref)
    assert admin.press("ban.yes") == ["ban.done", "card.head"]
    return sender, case.ref


def _again(sender, **answers):
    """Another report of the same chat."""
    sender.command("report")
    sender.fill(**answers)
    return sender.press("send")


def test_given_a_flooding_sender_when_set_aside_then_the_case_leaves_the_queue_and_is_found_among_those_aside(
    house, admin
):
    _, ref = _banned(house, admin)
    assert admin.command("queue") == ["queue.empty"]
    assert admin.command("queue", "aside") == ["queue.head"]
    assert house.audit[-1].action == "ban"
    assert admin.command("unban", ref)[:2] == ["unban.done", "card.head"]
    assert "card.open" in [line.id for line in admin.heard()[-1].message.lines]
    assert admin.command("queue") == ["queue.head"]


@pytest.mark.parametrize(
    ("answers", "to", "wakes"), [({"category": "threat"}, OnDuty, False), ({"danger": "now"}, Called, True)]
)
def test_given_a_report_set_aside_when_its_sender_is_heard_again_then_duty_is_called_as_for_a_new_one(
    house, admin, answers, to, wakes
):
    sender, ref = _banned(house, admin)
    _again(sender, **answers)
    (case,) = [each for each in house.cases.values() if each.ref != ref]
    house.pass_time(days=3)
    begun = len(house.said)
    assert admin.command("unban", case.ref)[0] == "unban.done"
    (call,) = [said for said in house.said[begun:] if isinstance(said, Send) and said.message.id == "card.head"]
    assert isinstance(call.to, to) and call.together, "many at once are said as one"
    assert (call.urgent, call.wakes) == (wakes, wakes)
    after = house.cases[case.id]
    assert after.wait and after.wait.since == house.now, "its time begins now, and not when nobody was to be called"
    assert after.wait.due - after.wait.since == case.wait.due - case.wait.since
    assert house.timers[Address(f"case:{case.id}"), "wait", case.id] > house.now


def test_given_a_report_that_was_never_set_aside_then_nobody_hears_that_its_sender_is_heard_again(house, admin):
    house.reporter().report()
    (case,) = house.cases.values()
    assert admin.command("unban", case.ref)[0] == "unban.none"
    assert house.cases[case.id] == case


def test_given_a_report_that_somebody_works_on_when_its_sender_is_heard_again_then_nobody_is_called(house, admin):
    bee = house.member("bee")
    house.reporter("sender").report(category="threat")
    (case,) = house.cases.values()
    bee.command("claim", case.ref)
    admin.command("ban", case.ref)
    admin.press("ban.yes")
    assert admin.command("unban", case.ref) == ["unban.done", "card.head"]
    assert house.cases[case.id].holder


def test_given_a_banned_sender_when_they_report_again_then_they_see_no_difference_and_nobody_is_called(house, admin):
    sender, _ = _banned(house, admin)
    honest = house.reporter("honest")
    expected = [said for said in honest.report(category="threat") if said != "card.head"]
    notices = [said for said in house.said if said.to == OnDuty()]
    assert _again(sender, category="threat") == expected
    assert [said for said in house.said if said.to == OnDuty()] == notices
    status = sender.press("status")
    assert status == honest.press("status")


def test_given_a_banned_sender_in_danger_then_the_admins_get_a_quiet_word_without_any_detail(house, admin):
    sender, _ = _banned(house, admin)
    _again(sender, danger="now")
    newest = max(house.cases.values(), key=lambda case: case.id)
    assert (newest.level, newest.aside) == (Level.P1, True)
    (word,) = [said for said in house.said if said.message.id == "notice.aside"]
    assert isinstance(word, Send)
    assert not word.urgent
    assert not word.message.params


def test_given_a_case_aside_when_an_admin_claims_it_then_it_is_a_case_like_any_other(house, admin):
    _, ref = _banned(house, admin)
    admin.command("claim", ref)
    (case,) = house.cases.values()
    assert not case.aside
    admin.command("release", ref)
    assert admin.command("queue") == ["queue.head"]


def test_given_a_responder_or_locked_keys_then_nobody_is_set_aside(house, admin):
    responder = house.member("responder")
    house.reporter("sender").report(category="threat")
    (case,) = house.cases.values()
    assert responder.command("ban", case.ref)[0] == "command.unknown"
    house.open_keys.clear()
    assert admin.command("ban", case.ref) == ["refused.locked"]
    assert not house.banned


def test_given_a_report_without_answers_here_when_its_sender_is_to_be_set_aside_then_that_is_said(house, admin):
    house.reporter("sender").report(category="threat", reply_here="no")
    (case,) = house.cases.values()
    assert admin.command("ban", case.ref) == ["ban.unknown"]


def test_given_nothing_but_the_danger_command_when_language_and_consent_are_given_then_the_gate_is_answered(house):
    phone = house.reporter()
    assert phone.command("danger") == ["language.ask"]
    phone.press("lang", "en")
    assert "guidance.danger" in " ".join(phone.press("agree"))
    assert phone.asked() == "words"
    phone.say("They are at the door.")
    phone.press("send")
    (case,) = house.cases.values()
    assert case.level is Level.P1


def test_given_a_draft_when_danger_comes_then_its_words_stay_and_it_can_be_sent_at_once(house):
    phone = house.reporter()
    phone.begin()
    phone.fill(upto="words", category="threat")
    phone.say("First words.")
    phone.command("danger")
    phone.say("They are here.")
    phone.press("send")
    (case,) = house.cases.values()
    assert case.level is Level.P1
    story = next(part.body for part in house.parts[case.id] if isinstance(part.body, Story))
    assert story.words == ("First words.", "They are here.")
