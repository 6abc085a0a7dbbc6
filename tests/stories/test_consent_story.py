"""Four consents: each asked by itself, recorded in the sealed case, and taken back whenever its giver wants."""

import pytest

from handlers.model import Consent, ConsentId, Contact, Keep, Send, Staff, Story

THIRD = {"about": "other", "category": "threat"}


def _only(house):
    (case,) = house.cases.values()
    return case


def _recorded(house):
    return [part.body for part in house.parts[_only(house).id] if isinstance(part.body, Consent)]


def _given(house):
    return [(each.id, each.given) for each in _recorded(house)]


def _menu(phone, id, verb):
    phone.press("status")
    phone.press("consents")
    phone.press("consent", id)
    return phone.press(verb)


def _shown(phone):
    return [line.id for line in phone.heard()[-1].message.lines]


def test_given_every_consent_answered_when_sent_then_each_is_sealed_with_version_language_and_day(house):
    house.partners = ("Lighthouse",)
    house.reporter().report(category="threat", reply_here="yes", share="no", statistics="yes")
    assert _given(house) == [("store", True), ("reply_here", True), ("share", False), ("statistics", True)]
    assert {(each.language, each.day, len(each.version)) for each in _recorded(house)} == {("en", "2026-11-23", 12)}
    assert _only(house).agreed == ("statistics", "reply_here")


def test_given_consents_among_the_answers_when_sent_then_the_story_keeps_no_copy_that_could_grow_stale(house):
    house.reporter().report(category="threat", statistics="yes")
    (story,) = [part.body for part in house.parts[_only(house).id] if isinstance(part.body, Story)]
    assert not set(ConsentId) & set(story.answers)


def test_given_questions_skipped_when_sent_then_nothing_optional_is_taken_for_granted(house):
    house.partners = ("Lighthouse",)
    house.reporter().report(category="threat")
    assert "share" not in _only(house).agreed and "statistics" not in _only(house).agreed


def test_given_a_yes_that_was_changed_in_the_review_when_sent_then_the_last_word_counts(house):
    phone = house.reporter()
    phone.begin()
    phone.fill(category="threat", statistics="yes")
    phone.press("change")
    phone.press("redo", "statistics")
    phone.press("a", "no")
    phone.press("send")
    assert ("statistics", False) in _given(house) and _only(house).agreed == ("reply_here",)


@pytest.mark.parametrize(("partners", "expected"), [((), False), (("Lighthouse", "Harbour"), True)])
def test_given_a_house_with_or_without_partners_then_only_one_with_them_asks_to_share_and_names_them(
    house, partners, expected
):
    house.partners = partners
    phone = house.reporter()
    phone.report(category="threat")
    asked = [said.message for said in phone.heard() if said.message.id == "question.share"]
    assert bool(asked) is expected
    assert all(message.params["partners"] == "Lighthouse, Harbour" for message in asked)


@pytest.mark.parametrize("agreed", ["no", "cannot"])
def test_given_somebody_who_did_not_agree_when_reported_then_only_what_danger_needs_is_asked(house, agreed):
    house.partners = ("Lighthouse",)
    phone = house.reporter()
    phone.report(**THIRD, agreed=agreed)
    asked = {said.message.id for said in phone.heard()}
    assert "question.agreed" in asked
    assert not asked & {"question.group", "question.share", "question.statistics"}
    assert _only(house).agreed == ("reply_here",)


def test_given_somebody_who_agreed_when_reported_then_all_is_asked(house):
    phone = house.reporter()
    phone.report(**THIRD, agreed="yes")
    asked = {said.message.id for said in phone.heard()}
    assert {"question.group", "question.statistics"} <= asked


def test_given_a_yes_to_statistics_when_it_turns_out_that_the_other_does_not_know_then_it_does_not_count(house):
    phone = house.reporter()
    phone.begin()
    phone.fill(**THIRD, agreed="yes", statistics="yes")
    phone.press("change")
    phone.press("redo", "agreed")
    phone.press("a", "no")
    phone.press("send")
    assert "statistics" not in _only(house).agreed
    assert not [each for each in _recorded(house) if each.id == "statistics"]


def test_given_a_sent_report_when_my_consents_are_opened_then_each_is_shown_with_its_state(house):
    phone = house.reporter()
    phone.report(category="threat")
    phone.press("status")
    assert phone.press("consents") == ["consents.head"]
    assert _shown(phone) == ["consents.on", "consents.off", "consents.on"]
    assert [button for button in phone.buttons() if button[0] == "consent"] == [
        ("consent", "statistics"),
        ("consent", "reply_here"),
    ]


def test_given_a_consent_given_and_taken_back_later_then_both_entries_stay_and_the_header_has_the_last(house):
    responder = house.member("resp")
    phone = house.reporter()
    phone.report(category="threat")
    responder.press("claim", _only(house).id)
    assert _menu(phone, "statistics", "allow") == ["consents.head", "case.consent.on"]
    assert _shown(phone)[-1] == "consents.given"
    assert "statistics" in _only(house).agreed
    assert _menu(phone, "statistics", "withdraw") == ["consents.head", "case.consent.off"]
    assert _shown(phone)[-1] == "consents.withdrawn.statistics"
    assert phone.heard()[-1].message.lines[-1].params == {"days": 30}
    assert "statistics" not in _only(house).agreed
    assert _given(house)[-2:] == [("statistics", True), ("statistics", False)]
    assert [entry.detail for entry in house.audit if entry.action == "consent"] == [
        "statistics allow",
        "statistics withdraw",
    ]
    told = [said.message.id for said in house.said if isinstance(said, Send) and isinstance(said.to, Staff)]
    assert told[-2:] == ["case.consent.on", "case.consent.off"]


def test_given_an_open_case_when_its_holder_reads_it_then_the_card_shows_what_is_agreed_to_now(house):
    responder = house.member("resp")
    phone = house.reporter()
    phone.report(category="threat", statistics="yes")
    responder.press("claim", _only(house).id)
    _menu(phone, "statistics", "withdraw")
    before = len(responder.heard())
    responder.command("case", _only(house).ref)
    head = responder.heard()[before].message
    (line,) = [line for line in head.lines if line.id == "case.consents"]
    assert "reply_here" in repr(line) and "statistics" not in repr(line)


def test_given_answers_here_taken_back_when_the_team_writes_then_nothing_is_sent_until_they_are_wanted_again(house):
    responder = house.member("resp")
    phone = house.reporter()
    phone.report(category="threat")
    case = _only(house)
    responder.press("claim", case.id)
    _menu(phone, "reply_here", "withdraw")
    assert phone.press("status") == ["status.head"]
    assert "sent.unanswered" in _shown(phone)
    before = len(phone.heard())
    assert responder.command("reply", f"{case.ref} hello") == ["reply.nobody"]
    assert f"read:{case.id}" in [each.slot for each in house.effects if isinstance(each, Keep)], "the words go away too"
    assert responder.command("reply", case.ref) == ["reply.nobody"], "said before anything is written"
    responder.command("release", case.ref)
    assert len(phone.heard()) == before
    _menu(phone, "reply_here", "allow")
    assert isinstance(house.parts[case.id][-1].body, Contact)
    responder.command("claim", case.ref)
    responder.answer(case, "hello")
    assert phone.heard()[-1].message.id == "relay.reply"


def test_given_no_wish_for_answers_here_when_sent_then_no_answer_is_promised(house):
    house.member("resp")
    phone = house.reporter()
    phone.report(reply_here="no")
    done = next(said for said in phone.heard() if said.message.id == "sent.done")
    assert [line.id for line in done.message.lines] == ["sent.unanswered"]


def test_given_a_partner_that_is_no_longer_named_then_a_consent_to_share_can_still_be_taken_back(house):
    house.partners = ("Lighthouse",)
    phone = house.reporter()
    phone.report(category="threat", share="yes")
    house.partners = ()
    _menu(phone, "share", "withdraw")
    assert "share" not in _only(house).agreed


def test_given_an_erased_report_when_an_old_consent_button_is_pressed_then_that_is_said(house):
    phone = house.reporter()
    phone.report(category="threat")
    phone.press("status")
    phone.press("consents")
    house.cases.clear()
    assert phone.press("consent", "statistics") == ["case.gone"]
