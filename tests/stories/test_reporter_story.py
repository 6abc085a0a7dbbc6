"""From /start to erasing everything, as one person lives it."""

import pytest

from handlers.model import (
    Attachment,
    CaseState,
    Choice,
    Clear,
    Command,
    Contact,
    Downloaded,
    Edit,
    Edited,
    FileKind,
    FileRef,
    Level,
    MessageRef,
    OpenCase,
    PromptId,
    Said,
    Send,
    Step,
    Story,
    Subscribe,
    Token,
    Unreadable,
    Unsubscribe,
)
from handlers.reporter import screens


def test_given_a_stranger_when_they_start_then_language_consent_and_the_danger_gate_come_in_this_order(house):
    phone = house.reporter()
    assert phone.command("start") == ["language.ask"]
    assert phone.press("lang", "en") == ["intro.what"]
    assert phone.press("agree") == ["question.danger"]


def test_given_no_consent_when_it_is_refused_then_nothing_is_remembered(house):
    phone = house.reporter()
    phone.command("start")
    phone.press("lang", "ru")
    assert phone.press("decline") == ["consent.declined"]
    assert phone.address not in house.conversations


def test_given_danger_now_when_it_is_said_then_advice_comes_before_the_next_question(house):
    phone = house.reporter()
    phone.begin()
    said = phone.press("a", "now")
    assert said[0].startswith("guidance.")
    assert said[-1] == "question.words"
    advice, question = phone.heard()[-2:]
    assert isinstance(advice, Edit), "in place of the pressed screen"
    assert isinstance(question, Send), "below the advice, where the eye is"


def test_given_a_finished_form_when_send_is_pressed_then_the_case_is_opened_and_only_enums_reach_the_team(house):
    responder = house.member("resp")
    phone = house.reporter()
    said = phone.report(danger="now", category="threat", host="DE", words="SECRET STORY")
    assert said[0] == "sent.done"
    assert "sent.code" in said
    (case,) = house.cases.values()
    assert case.level is Level.P1
    assert [part.body.words for part in house.parts[case.id] if isinstance(part.body, Story)] == [("SECRET STORY",)]
    notices = [each for each in responder.heard() if each.message.id == "card.head"]
    assert len(notices) == 1
    assert "SECRET" not in repr(notices)
    assert phone.address not in repr(notices)


def test_given_answers_when_one_is_changed_in_the_review_then_the_review_shows_the_new_one(house):
    phone = house.reporter()
    phone.begin()
    phone.fill(category="threat", when="day")
    assert phone.press("change") == ["change.ask"]
    assert phone.press("redo", "when") == ["question.when"]
    assert phone.press("a", "week") == ["review.head"]
    assert house.conversations[phone.address].draft.answers["when"] == ("week",)


def test_given_another_category_when_chosen_in_the_review_then_its_questions_follow_and_the_old_ones_are_gone(house):
    phone = house.reporter()
    phone.begin()
    phone.fill(category="threat", threat="death")
    phone.press("change")
    phone.press("redo", "category")
    assert phone.press("a", "hack") == ["question.hacked"]
    assert "threat" not in house.conversations[phone.address].draft.answers


def test_given_an_unsent_draft_when_start_is_sent_again_then_the_form_goes_on_where_it_was(house):
    phone = house.reporter()
    phone.begin()
    phone.press("a", "not_now")
    assert phone.command("start") == ["question.category"]


def test_given_a_button_of_an_older_screen_when_pressed_then_the_present_screen_is_shown_again(house):
    phone = house.reporter()
    phone.begin()
    old = Choice("a", "now", PromptId("older0"), MessageRef("1"))
    assert phone.bring(old) == ["screen.old", "question.danger"]


def test_given_an_older_picker_when_a_language_is_pressed_then_it_is_chosen_all_the_same(house):
    phone = house.reporter()
    phone.begin()
    assert phone.bring(Choice("lang", "ru", PromptId("older0"), MessageRef("1"))) == ["question.danger"]
    assert house.conversations[phone.address].language == "ru"


def test_given_back_when_pressed_then_the_question_before_is_asked_again(house):
    phone = house.reporter()
    phone.begin()
    phone.press("a", "not_now")
    phone.press("a", "threat")
    assert phone.press("back") == ["question.category"]


@pytest.mark.parametrize("presses", range(7))
def test_given_any_step_when_unexpected_things_come_then_each_is_answered_and_nothing_is_lost(house, presses):
    phone = house.reporter()
    steps = [
        lambda: phone.command("start"),
        lambda: phone.press("lang", "en"),
        lambda: phone.press("agree"),
        lambda: phone.press("a", "not_now"),
        lambda: phone.press("a", "threat"),
        lambda: phone.press("skip"),
        lambda: phone.press("skip"),
    ]
    for step in steps[: presses + 1]:
        step()
    assert phone.bring(Unreadable("sticker", MessageRef("9")))[0] == "unreadable.sticker"
    assert phone.say("x" * 4096)
    assert phone.say("\u202eright to left \U0001f600")
    assert phone.command("nonsense")
    assert phone.bring(Choice("nonsense", "", PromptId(""), MessageRef("1")))
    conversation = house.conversations[phone.address]
    kept = (conversation.draft.words if conversation.draft else ()) + conversation.held
    assert [len(passage.text) for passage in kept] == [4096, 16]


def test_given_cancel_when_a_draft_exists_then_it_is_deleted_and_that_is_said(house):
    phone = house.reporter()
    phone.begin()
    phone.press("a", "not_now")
    assert phone.command("cancel") == ["cancel.done"]
    assert house.conversations[phone.address].draft is None


def test_given_a_draft_with_words_when_the_cancel_button_is_pressed_then_it_asks_first(house):
    phone = house.reporter()
    phone.begin()
    phone.say("a long story")
    assert phone.press("cancel") == ["cancel.ask"]
    assert phone.press("stay") == ["question.danger"]
    assert phone.press("cancel") == ["cancel.ask"]
    assert phone.press("cancel", "sure") == ["cancel.done"]
    assert house.conversations[phone.address].draft is None


def test_given_a_draft_when_who_can_read_it_was_read_then_back_leads_to_the_same_question(house):
    phone = house.reporter()
    phone.begin()
    phone.press("a", "not_now")
    assert phone.command("privacy") == ["privacy.head"]
    assert phone.press("stay") == ["question.category"]


def test_given_a_draft_left_for_the_menu_when_words_come_then_they_can_join_it(house):
    phone = house.reporter()
    phone.begin()
    phone.say("first")
    phone.command("help")
    assert phone.say("second") == ["held.ask"]
    phone.press("resume")
    conversation = house.conversations[phone.address]
    assert [passage.text for passage in conversation.draft.words] == ["first", "second"]
    assert not conversation.held


def test_given_words_before_consent_when_it_is_asked_for_then_it_is_said_that_they_are_kept(house):
    phone = house.reporter()
    phone.say("help me")
    phone.press("lang", "en")
    assert "held.kept" in [line.id for line in phone.heard()[-1].message.lines]


def test_given_no_language_yet_when_advisories_are_asked_for_then_a_language_comes_first(house):
    phone = house.reporter()
    assert phone.command("subscribe") == ["language.ask"]
    assert not any(isinstance(effect, Subscribe) for effect in house.effects)


@pytest.mark.parametrize("kept", ["sent.code", "relay.reply"])
@pytest.mark.parametrize("verb", ["add", "status"])
def test_given_a_code_or_an_answer_when_a_button_under_it_is_pressed_then_its_words_stay(house, kept, verb):
    responder = house.member("resp")
    phone = house.reporter()
    phone.report(category="threat")
    (case,) = house.cases.values()
    responder.press("claim", case.id)
    responder.answer(case, "Go to a friend.")
    shown = next(said for said in phone.heard() if said.message.id == kept)
    button = next(button for row in shown.message.choices for button in row if button.verb == verb)
    phone.bring(Choice(button.verb, button.arg, button.prompt, MessageRef("77")))
    assert isinstance(phone.heard()[-1], Send)


def test_given_a_sent_report_when_words_are_added_by_button_reply_and_code_then_each_is_sealed_to_it(house):
    house.member("resp")
    phone = house.reporter()
    phone.report(category="threat")
    (case,) = house.cases.values()
    assert phone.press("add") == ["follow.ask"]
    assert phone.say("by button")[0] == "follow.kept"
    phone.press("finish")
    token = house.conversations[phone.address].tokens[0]
    assert phone.say("by reply", reply=token)[0] == "follow.kept"
    phone.press("finish")
    code = next(each.message.params["code"] for each in phone.heard() if each.message.id == "sent.code")
    other = house.reporter("other")
    other.command("start")
    other.press("lang", "en")
    other.press("agree")
    other.command("cancel")
    assert other.press("code") == ["code.ask"]
    assert other.say(code) == ["code.looking", "code.found"]
    other.press("add")
    other.say("by code")
    said = [part.body.text for part in house.parts[case.id] if isinstance(part.body, Said)]
    assert said == ["by button", "by reply", "by code"]


def test_given_a_mistyped_code_when_it_is_sent_then_the_wrong_word_is_named(house):
    phone = house.reporter()
    phone.report(category="threat")
    code = next(each.message.params["code"] for each in phone.heard() if each.message.id == "sent.code")
    words = code.split()
    assert phone.command("code") == ["code.ask"]
    assert phone.say(" ".join(["qqqqq", *words[1:]])) == ["code.word"]
    assert phone.say(" ".join(words[::-1])) in (["code.mistyped"], ["code.unknown"])
    assert phone.say("hello") == ["code.shape"]


def test_given_a_forgotten_chat_when_the_reporter_replies_by_token_then_it_still_reaches_the_case(house):
    house.member("resp")
    phone = house.reporter()
    phone.report(category="threat")
    (case,) = house.cases.values()
    token = house.conversations.pop(phone.address).tokens[0]
    assert phone.say("still here", reply=token)[0] == "follow.kept"
    assert house.conversations[phone.address].language == "en"
    assert house.cases[case.id].unread == 1


def test_given_a_sent_report_when_it_is_erased_then_case_and_conversation_are_gone_and_one_audit_line_remains(house):
    phone = house.reporter()
    phone.report(category="threat")
    assert phone.press("erase") == ["erase.ask"]
    assert phone.press("erased")[-1] == "erase.done"
    assert not house.cases
    assert phone.address not in house.conversations
    assert [entry.action for entry in house.audit] == ["report", "erase"]
    assert Unsubscribe(address=phone.address) in house.effects


def test_given_cards_in_the_teams_chats_when_the_report_is_erased_then_they_say_nothing_of_it_any_more(house):
    responder = house.member("resp")
    phone = house.reporter()
    phone.report(category="threat", host="DE")
    card = next(said for said in responder.heard() if said.message.id == "card.head")
    phone.press("erase")
    phone.press("erased")
    edited = next(said for said in house.said if isinstance(said, Edit) and said.slot == card.slot)
    assert edited.message.id == "case.erased"
    assert not edited.message.lines and not edited.message.choices


def test_given_a_closed_case_when_the_reporter_writes_then_it_opens_again(house):
    house.member("resp")
    phone = house.reporter()
    phone.report(category="threat")
    (case,) = house.cases.values()
    from msgspec.structs import replace

    house.cases[case.id] = replace(case, state=CaseState.CLOSED)
    phone.press("add")
    phone.say("it began again")
    assert house.cases[case.id].state is CaseState.OPEN


def test_given_words_before_anything_when_a_report_begins_then_they_are_its_first_words(house):
    phone = house.reporter()
    phone.say("help me")
    phone.press("lang", "en")
    phone.press("agree")
    assert [passage.text for passage in house.conversations[phone.address].draft.words] == ["help me"]


def test_given_an_edit_in_the_messenger_when_the_draft_is_unsent_then_the_draft_follows(house):
    phone = house.reporter()
    phone.begin()
    phone.say("teh")
    ref = house.conversations[phone.address].draft.words[0].message
    phone.bring(Edited("the", ref))
    assert house.conversations[phone.address].draft.words[0].text == "the"


def test_given_a_file_when_it_is_sealed_then_it_joins_the_draft_and_the_case(house):
    from handlers.model import BlobId, Download, File, StoredFile

    phone = house.reporter()
    phone.begin()
    photo = Attachment(FileKind.PHOTO, FileRef("f"), 10, message=MessageRef("5"))
    assert phone.bring(photo) == ["file.photo.coming"]
    assert any(isinstance(effect, Download) for effect in house.effects)
    stored = StoredFile(BlobId("0" * 32), b"k", FileKind.PHOTO, 10, b"d")
    assert phone.bring(Downloaded(photo, stored))[0] == "file.kept"
    phone.fill(category="threat")
    phone.press("send")
    (case,) = house.cases.values()
    assert [part.body.file.blob for part in house.parts[case.id] if isinstance(part.body, File)] == [stored.blob]


def test_given_no_desk_yet_when_send_is_pressed_then_the_draft_stays(house):
    house.founded = False
    phone = house.reporter()
    assert phone.report(category="threat") == ["send.not_open"]
    assert house.conversations[phone.address].step is Step.REVIEW
    assert not house.cases


def test_given_an_unknown_token_when_pressed_then_the_person_is_told_that_the_report_is_gone(house):
    phone = house.reporter()
    phone.begin()
    assert phone.bring(Choice("status", Token("x" * 22), PromptId(""), MessageRef("1"))) == ["case.gone"]
    assert all(isinstance(said, Send) or said.message for said in house.said)


def test_given_danger_now_when_one_sentence_is_written_then_four_presses_have_sent_it(house):
    responder = house.member("resp")
    phone = house.reporter()
    phone.command("start")
    phone.press("lang", "en")
    phone.press("agree")
    phone.press("a", "now")
    phone.say("They are at the door.")
    assert phone.press("send")[0] == "sent.done"
    (case,) = house.cases.values()
    assert case.level is Level.P1
    notices = [each for each in responder.heard() if each.message.id == "card.head"]
    assert len(notices) == 1
    assert "card.unsaid" in [
        line.params["category"].id for line in notices[0].message.lines if "category" in line.params
    ]
    responder.command("claim", case.ref)
    assert responder.command("checklist", case.ref) == ["checklist.head"], "that of all others"


def test_given_a_hasty_report_when_it_is_completed_later_then_the_answers_join_it_and_it_is_no_less_urgent(house):
    house.member("resp")
    phone = house.reporter()
    phone.report(danger="now")
    (before,) = house.cases.values()
    assert phone.press("complete") == ["question.category"]
    phone.fill(category="kidnap", host="DE", statistics="yes", community="TJ")
    assert phone.press("send")[0] == "complete.done"
    (case,) = house.cases.values()
    assert (case.id, case.category, case.host, "statistics" in case.agreed, case.hidden_from) == (
        before.id,
        "kidnap",
        "DE",
        True,
        ("TJ",),
    )
    assert case.level <= before.level
    stories = [part.body for part in house.parts[case.id] if isinstance(part.body, Story)]
    assert [("rest" in story.answers) for story in stories] == [False, False]


def test_given_danger_when_anything_is_said_to_that_person_then_it_goes_first(house):
    phone = house.reporter()
    phone.begin()
    phone.press("a", "now")
    assert [said.urgent for said in phone.heard() if isinstance(said, Send)][-1]


def test_given_a_label_typed_by_hand_when_sent_then_it_is_a_press(house):
    phone = house.reporter()
    phone.begin()
    assert phone.say("option.danger.not_now") == ["question.category"]
    assert phone.say("CATEGORY.threat") == ["question.threat"]


def test_given_a_country_typed_when_it_is_clear_then_it_is_the_answer_and_otherwise_it_is_asked_for(house):
    phone = house.reporter()
    phone.begin()
    phone.fill("host")
    assert phone.say("Atlantis") == ["country.unknown"]
    assert phone.say("united") == ["country.several"]
    assert phone.say("германия") == ["question.about"]
    assert house.conversations[phone.address].draft.answers["host"] == ("DE",)


def test_given_a_number_in_the_words_when_written_then_its_writer_is_warned_once_and_may_take_it_back(house):
    phone = house.reporter()
    phone.begin()
    phone.fill("words")
    assert phone.say("call me at +998 90 123 45 67") == ["words.caution", "words.kept"]
    assert "words.caution" not in phone.say("or write to me@example.org")
    assert phone.press("unsay") == ["words.removed"]
    assert [each.text for each in house.conversations[phone.address].draft.words] == ["or write to me@example.org"]


def test_given_an_edit_after_sending_when_it_comes_then_the_new_wording_is_sealed_beside_the_old(house):
    house.member("resp")
    phone = house.reporter()
    phone.report(words="teh story")
    (case,) = house.cases.values()
    ref = next(iter(house.conversations[phone.address].said))
    assert phone.bring(Edited("the story", ref))[0] == "edited.sealed"
    said = [part.body for part in house.parts[case.id] if isinstance(part.body, Said)]
    assert [(each.text, each.correction) for each in said] == [("the story", True)]


def test_given_a_quick_exit_when_it_is_typed_then_the_chat_is_cleared_forgotten_and_harmless(house):
    phone = house.reporter()
    phone.begin()
    phone.say("something secret")
    assert phone.command("x") == ["exit.done"]
    assert phone.address not in house.conversations
    assert any(isinstance(effect, Clear) for effect in house.effects)


def test_given_words_being_added_when_the_language_is_changed_then_the_next_words_still_belong_to_the_report(house):
    house.member("resp")
    phone = house.reporter()
    phone.report(category="threat")
    phone.press("add")
    assert phone.press("language") == ["language.ask"]
    assert phone.press("lang", "ru") == ["follow.ask"]
    assert phone.say("ещё слово")[0] == "follow.kept"


def test_given_a_chat_that_is_kept_clean_when_a_report_is_sent_then_it_is_cleared_before_the_thanks(house):
    phone = house.reporter()
    phone.begin()
    phone.command("cancel")
    assert phone.press("tidy") == ["tidy.on"]
    phone.press("new")
    phone.fill()
    phone.press("send")
    kinds = [type(effect) for effect in house.effects]
    assert kinds.index(Clear) < kinds.index(OpenCase)


def test_given_a_safe_word_when_it_is_set_then_every_message_to_that_person_stands_under_it(house):
    responder = house.member("resp")
    phone = house.reporter()
    phone.report()
    phone.press("home") if ("home", "") in phone.buttons() else phone.command("help")
    assert phone.press("safe") == ["safe.ask"]
    assert phone.say("two words") == ["safe.long"]
    assert phone.say("pomegranate") == ["safe.sign"]
    (case,) = house.cases.values()
    responder.press("claim", case.id)
    responder.answer(case, "hello")
    assert all(said.message.params["word"] == "pomegranate" for said in phone.heard()[-3:])


def test_given_nobody_may_answer_here_when_sent_then_no_address_is_sealed_with_the_report(house):
    phone = house.reporter()
    phone.report(reply_here="no")
    (case,) = house.cases.values()
    assert not [part for part in house.parts[case.id] if isinstance(part.body, Contact)]


def test_given_the_menu_when_advice_is_asked_for_then_it_comes_without_a_report(house):
    phone = house.reporter()
    phone.begin()
    phone.command("cancel")
    assert phone.press("tips", "") == ["advice.ask"]
    said = phone.press("tips", "hack")
    assert said[0].startswith("guidance.")
    assert not house.cases


def test_given_a_messengers_guess_then_that_language_is_offered_first_and_the_guess_is_kept_nowhere(house):
    phone = house.reporter()
    phone.bring(Command("start", tongue="ru"))
    assert phone.buttons()[0] == ("lang", "ru")
    assert {arg for verb, arg in phone.buttons()} == set(house.desk().languages)
    assert house.conversations[phone.address].language == ""
    phone.say("first words")
    assert phone.buttons()[0] == ("lang", "en")


def test_given_a_country_that_is_not_among_the_likeliest_when_asked_for_then_all_that_have_a_button_are_shown(house):
    phone = house.reporter()
    phone.begin()
    phone.fill("host")
    every = house.program.question("host").options
    offered = [arg for verb, arg in phone.buttons() if verb == "a"]
    assert offered == list(every[: screens.LIKELIEST])
    assert phone.press("every") == ["question.host"]
    assert [arg for verb, arg in phone.buttons() if verb == "a"] == list(every)
    assert "every" not in [verb for verb, _ in phone.buttons()]
    phone.press("a", house.program.hosts[-1])
    assert house.conversations[phone.address].draft.answers["host"] == (house.program.hosts[-1],)
