"""One question after the other, back and forth, and only answers that were asked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.forms import (
    WORDS_LIMIT,
    Answer,
    Refusal,
    accept,
    next_question,
    previous_question,
    progress,
    still_asked,
    toggle,
    visible,
)
from handlers.program import Program, Question, parse

Answers = dict[str, tuple[str, ...]]

UNHURRIED = settings(deadline=None)
"""A busy machine is no fault of a rule."""


@pytest.fixture(scope="session")
def branching(files: dict[str, str]) -> Program:
    """The shipped form, with what is asked about an arrest between where and words."""
    words = '[[questions]]\nid = "words"'
    held = '[[questions]]\nid = "held"\nkind = "choice"\noptions = ["yes", "no"]\nwhen = { category = ["detain"] }\n'
    lawyer = '[[questions]]\nid = "lawyer"\nkind = "choice"\noptions = ["yes", "no"]\nwhen = { held = ["yes"] }\n'
    return parse({**files, "form.toml": files["form.toml"].replace(words, f"{held}\n{lawyer}\n{words}")})


def question(program: Program, id: str) -> Question:
    found = program.question(id)
    assert found is not None
    return found


def walk(program: Program, choices: Answers) -> list[str]:
    """The questions that somebody meets who answers by `choices` and skips the rest."""
    answers: Answers = {}
    met = []
    while (asked := next_question(program, answers)) is not None:
        met.append(asked.id)
        answers[asked.id] = choices.get(asked.id, ())
    return met


def test_given_no_answers_when_asked_what_comes_next_then_danger_comes_first(program: Program) -> None:
    first = next_question(program, {})
    assert first is not None
    assert first.id == "danger"
    assert previous_question(program, {}, first) is None


def test_given_everything_was_answered_or_skipped_then_the_review_comes(short: Program) -> None:
    asked = walk(short, {"danger": ("not_now",), "category": ("hack",)})
    assert asked == ["danger", "category", "when", "origin", "host", "words"]
    last = previous_question(short, {}, None)
    assert last is not None
    assert last.id == "words"


def test_given_danger_now_then_nothing_but_own_words_stands_before_sending(program: Program) -> None:
    assert walk(program, {"danger": ("now",)}) == ["danger", "words"]
    rest = [question.id for question in visible(program, {"danger": ("now",), "rest": ("yes",)})]
    assert rest[:2] == ["danger", "category"]
    assert len(rest) > 10


def test_given_any_category_then_at_most_four_questions_are_its_own(program: Program) -> None:
    common = set(walk(program, {"danger": ("not_now",), "category": ("other",)}))
    for category in program.categories:
        own = set(walk(program, {"danger": ("not_now",), "category": (category,)})) - common
        assert len(own - {"status"}) <= 4, category


def test_given_an_arrest_then_its_own_questions_are_asked_and_in_no_other_case(branching: Program) -> None:
    arrest: Answers = {"category": ("detain",), "held": ("yes",)}
    assert walk(branching, arrest)[-3:] == ["held", "lawyer", "words"]
    assert "lawyer" not in walk(branching, {**arrest, "held": ("no",)})
    assert "held" not in walk(branching, {"category": ("hack",)})


def test_given_a_second_category_then_its_questions_are_asked_too(branching: Program) -> None:
    answers: Answers = {"danger": ("now",), "category": ("threat",), "also": ("detain",)}
    rest = next_question(branching, {**answers, "when": (), "origin": (), "host": ()})
    assert rest is not None
    assert rest.id == "held"


def test_given_a_changed_category_then_answers_that_nobody_asks_for_any_more_are_left_out(branching: Program) -> None:
    answers: Answers = {"danger": ("now",), "category": ("hack",), "held": ("yes",), "lawyer": ("no",)}
    assert still_asked(branching, answers) == {"danger": ("now",), "category": ("hack",)}


def test_going_back_meets_the_same_questions_in_reverse(branching: Program) -> None:
    answers: Answers = {"category": ("detain",), "held": ("yes",)}
    back = []
    current = None
    while (current := previous_question(branching, answers, current)) is not None:
        back.append(current.id)
    assert back == ["words", "lawyer", "held", "host", "origin", "when", "category", "danger"]


def test_progress_counts_only_what_will_be_asked(branching: Program) -> None:
    words = question(branching, "words")
    assert progress(branching, {"category": ("hack",)}, words) == (6, 6)
    assert progress(branching, {"category": ("detain",), "held": ("yes",)}, words) == (8, 8)
    assert progress(branching, {}, question(branching, "danger")) == (1, 6)


def test_given_an_offered_option_then_it_is_the_answer(program: Program) -> None:
    assert accept(program, question(program, "when"), "day") == Answer("when", ("day",))
    assert accept(program, question(program, "category"), " hack ") == Answer("category", ("hack",))


@pytest.mark.parametrize(
    "value", ["", " ", "yesterday", "DAY", "question.when", "day\x00", "\u202eday", "🙂", "a" * 5000]
)
def test_given_anything_else_then_it_is_refused_without_being_repeated(program: Program, value: str) -> None:
    refused = accept(program, question(program, "when"), value)
    assert isinstance(refused, Refusal)
    assert refused.message.id == "refusal.choose"
    assert not refused.message.params


def test_given_a_country_then_every_country_is_taken_and_nothing_else(program: Program) -> None:
    host = question(program, "host")
    assert accept(program, host, "TR") == Answer("host", ("TR",))
    assert accept(program, host, "pt") == Answer("host", ("PT",))
    assert accept(program, host, "other") == Answer("host", ("other",))
    assert isinstance(accept(program, host, "ZZ"), Refusal)
    assert isinstance(accept(program, question(program, "origin"), "PT"), Refusal)


def test_given_own_words_then_they_are_kept_to_the_letter(program: Program) -> None:
    words = question(program, "words")
    told = "  вчера ночью…\n<b>у моста</b> \u200f"
    assert accept(program, words, told) == Answer("words", (told,))


def test_given_nothing_or_too_much_in_own_words_then_it_says_so(program: Program) -> None:
    words = question(program, "words")
    empty = accept(program, words, " \n\t")
    long = accept(program, words, "я" * (WORDS_LIMIT + 1))
    assert isinstance(empty, Refusal)
    assert empty.message.id == "refusal.empty"
    assert isinstance(long, Refusal)
    assert (long.message.id, long.message.params) == ("refusal.long", {"limit": WORDS_LIMIT})


def chosen(program: Program, *presses: str) -> tuple[str, ...]:
    """What is chosen of the origin states after these presses."""
    values: tuple[str, ...] = ()
    for press in presses:
        answer = toggle(program, question(program, "origin"), values, press)
        assert isinstance(answer, Answer)
        values = answer.values
    return values


def test_given_several_presses_then_they_add_up_in_the_order_of_the_buttons(program: Program) -> None:
    assert chosen(program, "TJ", "UZ") == ("UZ", "TJ")
    assert chosen(program, "TJ", "UZ", "TJ") == ("UZ",)
    assert chosen(program, "TJ", "TJ") == ()


def test_given_not_sure_then_it_stands_alone(program: Program) -> None:
    assert chosen(program, "TJ", "UZ", "unsure") == ("unsure",)
    assert chosen(program, "unsure", "TJ") == ("TJ",)


def test_given_a_limit_then_one_more_is_refused_and_one_less_is_not(files: dict[str, str]) -> None:
    form = files["form.toml"].replace('alone = ["unsure"]', "most = 2")
    program = parse({**files, "form.toml": form})
    refused = toggle(program, question(program, "origin"), ("UZ", "TJ"), "RU")
    assert isinstance(refused, Refusal)
    assert (refused.message.id, refused.message.params) == ("refusal.many", {"limit": 2})
    assert chosen(program, "UZ", "TJ", "UZ") == ("TJ",)


@UNHURRIED
@given(presses=st.lists(st.sampled_from(["UZ", "TJ", "RU", "AZ", "KZ", "other", "unsure"])))
def test_two_presses_on_one_button_are_as_none_unless_not_sure_is_among_them(
    program: Program, presses: list[str]
) -> None:
    values = chosen(program, *presses)
    assert len(set(values)) == len(values)
    assert "unsure" not in values or values == ("unsure",)
    if "unsure" not in presses:
        assert set(values) == {press for press in presses if presses.count(press) % 2}


@UNHURRIED
@given(value=st.text())
def test_whatever_is_typed_the_answer_is_an_option_or_a_refusal(program: Program, value: str) -> None:
    for asked in program.questions[:-1]:
        answer = accept(program, asked, value)
        assert isinstance(answer, Refusal) or answer.values[0] in (*asked.options, *program.countries)


def test_every_refusal_has_a_text(program: Program) -> None:
    assert program.messages() >= {"refusal.choose", "refusal.empty", "refusal.long", "refusal.many"}
