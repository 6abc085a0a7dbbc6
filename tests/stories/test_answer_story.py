"""Answers: seen before they go out, ready-made ones among them, and those that could not be delivered."""

import pytest

from handlers.model import Delete, Keep, MessageRef, Reply, Role, Send, Text, Ticked, Undelivered, Unsent


@pytest.fixture
def held(house):
    """A case that its holder has opened: (responder, reporter, case). The reporter's chat is in Russian."""
    responder, phone = house.member("resp"), house.reporter()
    phone.command("start")
    phone.press("lang", "ru")
    phone.press("agree")
    phone.fill(category="interpol")
    phone.press("send")
    (case,) = house.cases.values()
    responder.press("claim", case.id)
    responder.press("open", case.id)
    return responder, phone, case


def _relayed(phone):
    return [said.message for said in phone.heard() if said.message.id == "relay.reply"]


def _written(house, case):
    return [part.body for part in house.parts[case.id] if isinstance(part.body, Reply | Unsent)]


def test_given_words_for_a_reporter_when_typed_then_they_are_shown_as_their_reader_will_see_them_and_wait(house, held):
    responder, phone, case = held
    responder.press("reply", case.id)
    assert responder.say("We are here.") == ["relay.reply", "draft.ask"]
    preview, question = responder.heard()[-2:]
    assert (preview.language, preview.message.params) == ("ru", {"text": "We are here."})
    assert question.message.params["language"].id == "language.ru"
    assert _relayed(phone) == []
    assert responder.press("relay") == ["reply.sent", "relay.reply"]
    assert [message.params for message in _relayed(phone)] == [{"text": "We are here."}]
    assert [entry.action for entry in house.audit].count("reply") == 1


def test_given_a_draft_when_it_waits_then_it_lies_in_the_case_and_nowhere_that_the_servers_keys_open(house, held):
    responder, _, case = held
    before = len(house.effects)
    responder.command("reply", f"{case.ref} by the bridge")
    assert _written(house, case) == [Unsent("by the bridge")]
    assert "by the bridge" not in repr(house.conversations) + repr(house.cases) + repr(house.audit)
    said = [effect for effect in house.effects[before:] if isinstance(effect, Send)]
    assert said and all(each.volatile and each.slot == f"read:{case.id}" and each.message.protect for each in said)
    assert any(isinstance(effect, Keep) for effect in house.effects[before:])


def test_given_a_lost_preview_when_reply_is_pressed_then_what_was_not_sent_is_shown_again(house, held):
    responder, phone, case = held
    responder.command("reply", f"{case.ref} by the bridge")
    responder.command("lock")
    house.open_keys.update(house.members)
    responder.press("open", case.id)
    assert responder.press("reply", case.id) == ["relay.reply", "draft.ask"]
    responder.press("relay")
    assert [message.params for message in _relayed(phone)] == [{"text": "by the bridge"}]
    assert responder.press("reply", case.id) == ["reply.ask"]


def test_given_a_draft_when_it_is_written_anew_then_only_the_new_words_go_out(house, held):
    responder, phone, case = held
    responder.command("reply", f"{case.ref} first words")
    old = next(button for row in responder.heard()[-1].message.choices for button in row if button.verb == "relay")
    assert responder.press("rewrite") == ["reply.ask"]
    responder.say("second words")
    assert responder.press("relay", old.arg) in (["draft.gone"], ["desk.stale"])
    assert _relayed(phone) == []
    responder.press("reply", case.id)
    responder.press("relay")
    assert [message.params for message in _relayed(phone)] == [{"text": "second words"}]


def test_given_a_draft_when_it_is_not_to_be_sent_then_it_is_never_offered_again(house, held):
    responder, phone, case = held
    responder.command("reply", f"{case.ref} too much")
    assert responder.press("discard") == ["draft.discarded"]
    assert responder.press("reply", case.id) == ["reply.ask"]
    assert _relayed(phone) == []


def test_given_one_preview_when_send_is_pressed_twice_then_one_answer_goes_out(house, held):
    responder, phone, case = held
    responder.command("reply", f"{case.ref} once")
    responder.press("relay")
    assert responder.press("relay") == ["desk.stale"]
    assert len(_relayed(phone)) == 1


def test_given_a_draft_when_another_case_is_opened_then_send_no_longer_sends_it(house, held):
    responder, phone, case = held
    house.reporter("other").report(category="threat")
    other = next(each for each in house.cases.values() if each.id != case.id)
    responder.press("claim", other.id)
    responder.command("reply", f"{case.ref} for the first")
    responder.press("open", other.id)
    assert responder.press("relay") == ["desk.stale"]
    assert responder.say("more") == ["desk.unasked"]
    assert _relayed(phone) == _relayed(house.reporter("other")) == []


def test_given_a_draft_when_the_case_goes_to_another_member_then_they_are_not_shown_it(house, held):
    responder, _, case = held
    second = house.member("second")
    responder.command("reply", f"{case.ref} mine alone")
    responder.command("release", case.ref)
    second.press("claim", case.id)
    opened = second.press("open", case.id)
    assert "mine alone" not in repr([said.message for said in second.heard()])
    assert "case.reply" not in opened
    assert second.press("reply", case.id) == ["reply.ask"]


def test_given_answers_taken_back_when_a_draft_is_sent_then_nothing_goes_out(house, held):
    responder, phone, case = held
    responder.command("reply", f"{case.ref} hello")
    phone.command("help")
    phone.press("status")
    phone.press("consents")
    phone.press("consent", "reply_here")
    phone.press("withdraw")
    assert responder.press("relay") == ["reply.nobody"]
    assert _relayed(phone) == []


def test_given_ready_answers_when_listed_then_they_are_the_general_ones_and_those_of_the_category(house, held):
    responder, _, case = held
    assert responder.press("answers", case.id) == ["answers.ask"]
    offered = {arg for verb, arg in responder.buttons() if verb == "answer"}
    assert offered == {"read", "safe", "more", "lawyer", "elsewhere", "travel"}


def test_given_a_ready_answer_when_chosen_then_each_reads_it_in_their_own_language_before_it_goes_out(house, held):
    responder, phone, case = held
    responder.command("answers", case.ref)
    assert responder.press("answer", "travel") == ["relay.reply", "draft.ask"]
    preview, question = responder.heard()[-2:]
    assert preview.language == "ru" and preview.message.params["text"].id == "ready.travel"
    assert question.language == "en" and question.message.lines[0].params["text"].id == "ready.travel"
    assert _relayed(phone) == []
    responder.press("relay")
    assert [message.params["text"].id for message in _relayed(phone)] == ["ready.travel"]
    responder.press("open", case.id)
    (piece,) = [said.message for said in responder.heard() if said.message.id == "case.reply"]
    assert piece.params["text"].id == "ready.travel"


def test_given_an_unread_report_when_we_have_read_it_is_pressed_then_that_counts_as_the_first_answer(house, held):
    responder, phone, case = held
    assert responder.press("readit", case.id) == ["reply.sent", "relay.reply"]
    assert [message.params["text"].id for message in _relayed(phone)] == ["ready.read"]
    assert [entry.action for entry in house.audit][-1] == "reply"
    assert responder.press("readit", case.id) == ["answers.over"]
    assert len(_relayed(phone)) == 1
    responder.press("open", case.id)
    assert "readit" not in [verb for verb, _ in responder.buttons()]


@pytest.mark.parametrize("verb", ["answers", "readit", "reply"])
def test_given_a_case_of_somebody_elses_when_an_admin_opens_it_then_they_cannot_answer(house, held, verb):
    _, _, case = held
    admin = house.member("admin", Role.ADMIN)
    admin.command("case", case.ref)
    assert verb not in [each for each, _ in admin.buttons()]


def test_given_an_answer_that_was_not_delivered_then_the_case_shows_it_until_the_reporter_is_back_and_it_goes_out(
    house, held
):
    responder, phone, case = held
    responder.press("answers", case.id)
    responder.press("answer", "lawyer")
    responder.press("relay")
    house.bring(phone.address, Undelivered("blocked", case.id))
    assert responder.heard()[-1].message.id == "case.unreachable"
    responder.press("open", case.id)
    heads = [said.message for said in responder.heard() if said.message.id == "card.head"]
    assert "case.blocked" in [line.id for line in heads[-1].lines]
    phone.command("start")
    assert responder.press("resend") == ["reply.sent", "relay.reply"]
    assert [message.params["text"].id for message in _relayed(phone)] == ["ready.lawyer"] * 2
    responder.press("open", case.id)
    heads = [said.message for said in responder.heard() if said.message.id == "card.head"]
    assert "case.blocked" not in [line.id for line in heads[-1].lines]


def test_given_a_reporter_who_is_written_to_then_nothing_shows_when_somebody_is_writing(house, held):
    responder, phone, case = held
    before = len(phone.heard())
    responder.press("reply", case.id)
    house.bring(responder.address, Text("a long answer", MessageRef("9")))
    assert len(phone.heard()) == before


def _marks(phone):
    newest = next(said for said in reversed(phone.heard()) if said.message.id == "checklist.head")
    return [line.params["mark"] for line in newest.message.lines]


def test_given_a_category_when_its_checklist_is_ticked_then_that_is_sealed_in_the_case_and_nowhere_else(house, held):
    responder, _, case = held
    assert responder.press("checklist", case.id) == ["checklist.head"]
    before = len(house.effects)
    assert responder.press("tick", f"{case.ref}.travel") == ["checklist.head"]
    assert _marks(responder) == ["☐", "☐", "☐", "☑"]
    assert house.parts[case.id][-1].body == Ticked(("travel",))
    effects = house.effects[before:]
    assert isinstance(effects[0], Delete)
    assert all(each.volatile and each.slot == f"read:{case.id}" for each in effects if isinstance(each, Send))
    assert "travel" not in repr(house.conversations[responder.address])
    responder.press("tick", f"{case.ref}.known")
    responder.press("tick", f"{case.ref}.travel")
    responder.command("checklist", case.ref)
    assert _marks(responder) == ["☑", "☐", "☐", "☐"]


def test_given_a_checklist_when_another_case_is_opened_then_its_ticks_still_count_for_its_own_and_no_other(house, held):
    responder, _, case = held
    house.reporter("other").report(category="interpol")
    other = next(each for each in house.cases.values() if each.id != case.id)
    responder.press("claim", other.id)
    responder.press("checklist", case.id)
    responder.press("open", other.id)
    assert responder.press("tick", f"{case.ref}.travel") == ["checklist.head"]
    ticked = [id_ for id_, parts in house.parts.items() for part in parts if isinstance(part.body, Ticked)]
    assert ticked == [case.id] and _marks(responder)[-1] == "☑"
    responder.command("release", case.ref)
    assert responder.press("tick", f"{case.ref}.known") == ["refused.not-holder"]


def test_given_any_category_then_it_has_a_checklist_and_a_ready_answer(program):
    assert set(program.checklists) == set(program.categories)
    assert all(4 <= len(lines) <= 7 for lines in program.checklists.values())


def test_given_somebody_elses_case_when_its_checklist_is_asked_for_then_it_is_refused(house, held):
    _, _, case = held
    assert house.member("second").command("checklist", case.ref) == ["refused.not-holder"]
