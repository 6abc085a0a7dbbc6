"""The operator restarts with another program while somebody is in the middle of the form."""

import pytest
from msgspec.structs import replace

from handlers.model import Step
from handlers.program import Program
from tests.stories.conftest import House, Phone

OTHER = "another"


def changed(program: Program, **questions: tuple[str, ...] | None) -> Program:
    """The same program without a question (None), or with other options of it."""
    kept = tuple(each for each in program.questions if questions.get(each.id, ()) is not None)
    asked = tuple(replace(each, options=questions[each.id]) if questions.get(each.id) else each for each in kept)
    return replace(program, version=OTHER, questions=asked)


@pytest.fixture
def writer(house: House) -> Phone:
    """Somebody who has answered as far as the country, with a word said on the way."""
    phone = house.reporter()
    phone.begin()
    phone.say("They came twice.")
    phone.fill("host", category="threat", threat="death", when="week")
    return phone


def draft(house: House, phone: Phone):
    return house.conversations[phone.address].draft


def test_given_the_same_questions_when_the_program_changes_then_nobody_notices(house: House, writer: Phone):
    house.program = changed(house.program)
    assert writer.press("a", "DE") == ["question.about"]
    assert draft(house, writer).program == OTHER


def test_given_the_question_on_the_screen_is_gone_when_its_button_is_pressed_then_that_is_told_and_nothing_is_lost(
    house: House, writer: Phone
):
    before = draft(house, writer)
    house.program = changed(house.program, host=None)
    assert writer.press("a", "DE") == ["form.changed", "screen.old", "question.about"]
    assert draft(house, writer).answers == before.answers
    assert draft(house, writer).words == before.words


def test_given_an_option_is_gone_that_was_chosen_when_the_form_goes_on_then_its_question_is_asked_again(
    house: House, writer: Phone
):
    house.program = changed(house.program, when=("now", "day"))
    assert writer.press("a", "DE") == ["form.changed", "screen.old", "question.when"]
    assert writer.press("a", "day") == ["question.host"]


def test_given_the_category_is_gone_when_the_form_goes_on_then_it_is_asked_again_and_the_rest_stays(
    house: House, writer: Phone
):
    left = tuple(each for each in house.program.categories if each != "threat")
    house.program = replace(changed(house.program, category=left), categories=left)
    assert writer.command("start") == ["form.changed", "question.category"]
    assert draft(house, writer).answers["when"] == ("week",)


def test_given_a_finished_draft_when_a_question_changed_before_send_then_it_is_asked_and_then_the_report_goes_out(
    house: House, writer: Phone
):
    house.member("resp")
    writer.fill(category="threat")
    assert house.conversations[writer.address].step is Step.REVIEW
    house.program = changed(house.program, when=("now", "day"))
    assert writer.press("send") == ["form.changed", "screen.old", "question.when"]
    assert writer.press("a", "day") == ["review.head"]
    assert writer.press("send")[0] == "sent.done"
    (case,) = house.cases.values()
    assert case.program == OTHER


def test_given_a_report_that_was_sent_when_the_program_changes_then_the_case_keeps_the_one_it_was_judged_by(
    house: House, writer: Phone
):
    house.member("resp")
    writer.fill(category="threat")
    writer.press("send")
    filed = house.program.version
    house.program = changed(house.program, when=("now", "day"))
    writer.press("add")
    writer.say("more")
    (case,) = house.cases.values()
    assert case.program == filed
