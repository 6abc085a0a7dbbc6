"""How urgent a report is: the acceptance table, and what must hold for any answers at all."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.model import Level
from handlers.program import Program
from handlers.triage import Triage, triage

Given = Mapping[str, str]

UNHURRIED = settings(deadline=None)
"""A busy machine is no fault of a rule."""


def judged(program: Program, **answers: str) -> Triage:
    return triage({question: (value,) for question, value in answers.items()}, program)


def floors(verdict: Triage) -> list[str]:
    """The floors that made the level what it is, or all that fired when the score did."""
    return [rule for rule in verdict.rules if not rule.startswith("+")]


ACCEPTANCE: dict[str, tuple[Given, int, Level, list[str]]] = {
    "1 taken by plain-clothes men in Istanbul 6 h ago, phone off": (
        {"category": "kidnap", "when": "day", "origin": "TJ", "host": "TR", "contact_lost": "h24"},
        75,
        Level.P1,
        ["F2", "F10"],
    ),
    "2 taken to the airport, flight tomorrow, has a lawyer": (
        {
            "category": "detain",
            "when": "now",
            "origin": "TJ",
            "host": "PL",
            "safe": "no",
            "held": "yes",
            "lawyer": "yes",
            "removal": "h72",
        },
        70,
        Level.P1,
        ["F3", "F4", "F10"],
    ),
    "3 held in Moscow on a request of the home state, no lawyer": (
        {
            "category": "detain",
            "when": "day",
            "origin": "UZ",
            "host": "RU",
            "safe": "no",
            "held": "yes",
            "lawyer": "no",
        },
        75,
        Level.P1,
        ["F4", "F10"],
    ),
    "4 two men outside the door now": (
        {
            "danger": "now",
            "category": "surveil",
            "when": "now",
            "origin": "AZ",
            "host": "DE",
            "safe": "no",
            "address": "yes",
        },
        70,
        Level.P1,
        ["F1", "F10"],
    ),
    "5 we know your street, you will die, 2 days ago": (
        {"category": "threat", "when": "week", "origin": "AZ", "host": "FR", "threat": "death", "address": "yes"},
        50,
        Level.P1,
        ["F5", "F10"],
    ),
    "6 held in Vilnius, lawyer, extradition hearing in 10 days": (
        {"category": "detain", "origin": "TJ", "host": "LT", "held": "yes", "lawyer": "yes", "hearing": "d14"},
        50,
        Level.P2,
        ["F3", "F4", "F10"],
    ),
    "7 father detained after her interview yesterday; she is safe": (
        {"category": "family", "when": "day", "origin": "TJ", "host": "DE", "safe": "yes", "relative": "detained"},
        30,
        Level.P2,
        ["F7"],
    ),
    "8 Telegram taken over 1 h ago, runs a group of activists": (
        {"category": "hack", "when": "now", "origin": "RU", "host": "GE", "intruder": "yes", "exposed": "yes"},
        65,
        Level.P2,
        ["F8", "F10"],
    ),
    "9 the consulate in Almaty invites in 3 days": (
        {"category": "papers", "when": "day", "origin": "UZ", "host": "KZ", "summons": "d7"},
        45,
        Level.P2,
        ["F9", "F10"],
    ),
    "10 a lawyer says a Red Notice exists, free, asylum pending": (
        {"category": "interpol", "when": "month", "origin": "KZ", "host": "IT", "safe": "yes", "status": "asked"},
        35,
        Level.P3,
        [],
    ),
    "11 the same car three times this week near home": (
        {"category": "surveil", "when": "week", "origin": "RU", "host": "LV", "worse": "worse", "address": "yes"},
        60,
        Level.P3,
        ["F10"],
    ),
    "12 passport renewal refused 6 months ago, has asylum": (
        {"category": "papers", "when": "earlier", "origin": "AZ", "host": "DE", "safe": "yes", "status": "recognised"},
        10,
        Level.P4,
        [],
    ),
}


@pytest.mark.parametrize("story", ACCEPTANCE)
def test_given_a_story_of_the_acceptance_table_then_its_score_level_and_floors_are_exact(
    program: Program, story: str
) -> None:
    answers, score, level, fired = ACCEPTANCE[story]
    verdict = judged(program, **answers)
    assert (verdict.score, verdict.level, floors(verdict)) == (score, level, fired)


@pytest.mark.parametrize(
    ("answers", "level", "rule"),
    [
        ({"contact_lost": "h72"}, Level.P1, "F2"),
        ({"contact_lost": "longer"}, Level.P2, "F2"),
        ({"contact_lost": "unknown"}, Level.P2, "F2"),
        ({"category": "kidnap", "when": "day"}, Level.P1, "F2"),
        ({"category": "kidnap", "when": "earlier"}, Level.P2, "F2"),
        ({"removal": "d14"}, Level.P2, "F3"),
        ({"removal": "unknown"}, Level.P2, "F3"),
        ({"held": "yes"}, Level.P1, "F4"),
        ({"held": "yes", "lawyer": "unsure"}, Level.P1, "F4"),
        ({"held": "yes", "lawyer": "yes"}, Level.P2, "F4"),
        ({"held": "yes", "lawyer": "yes", "host": "KG"}, Level.P1, "F4"),
        ({"held": "yes", "lawyer": "yes", "host": "BY"}, Level.P1, "F4"),
        ({"held": "unsure"}, Level.P2, "F4"),
        ({"category": "detain", "when": "now"}, Level.P2, "F4"),
        ({"threat": "kidnap", "address": "yes", "when": "month"}, Level.P2, "F5"),
        ({"threat": "death", "address": "unsure", "when": "now"}, Level.P2, "F5"),
        ({"category": "attack", "when": "week"}, Level.P2, "F6"),
        ({"relative": "missing"}, Level.P2, "F7"),
        ({"summons": "d7", "host": "TR"}, Level.P2, "F9"),
        ({"category": "other", "when": "earlier", "safe": "yes", "host": "DE"}, Level.P3, "F10"),
        ({"category": "informant"}, Level.P3, "F10"),
        ({}, Level.P3, "F10"),
    ],
)
def test_given_what_a_floor_names_then_the_level_is_at_least_as_urgent(
    program: Program, answers: Given, level: Level, rule: str
) -> None:
    verdict = judged(program, **answers)
    assert (verdict.level, verdict.rules[0]) == (level, rule)


@pytest.mark.parametrize(
    "answers",
    [
        {"intruder": "yes", "exposed": "no"},
        {"summons": "d7", "host": "DE"},
        {"summons": "later", "host": "TR"},
        {"removal": "later", "hearing": "later"},
        {"contact_lost": "none"},
        {"held": "no", "lawyer": "no"},
        {"category": "attack", "when": "month"},
        {"threat": "prison", "address": "yes", "when": "now"},
    ],
)
def test_given_less_than_a_floor_names_then_none_of_the_urgent_floors_fires(program: Program, answers: Given) -> None:
    assert judged(program, **answers).level >= Level.P3


def test_given_several_values_then_the_gravest_counts(program: Program) -> None:
    one = triage({"category": ("online",), "also": ("attack", "hack"), "when": ("month",)}, program)
    other = triage({"category": ("attack",), "also": ("online",), "when": ("month",)}, program)
    assert one == other
    assert triage({"relative": ("dismissed", "detained")}, program).level is Level.P2


def test_a_skipped_question_counts_like_one_that_was_never_asked(program: Program) -> None:
    answers = {"category": ("threat",), "host": ("DE",)}
    skipped = {**answers, "when": (), "safe": (), "address": (), "origin": (), "words": ()}
    assert triage(skipped, program) == triage(answers, program)


def test_words_and_questions_that_triage_does_not_know_change_nothing(program: Program) -> None:
    answers = {"category": ("threat",), "when": ("day",)}
    told = {**answers, "words": ("they will kidnap me now",), "origin": ("UZ",), "help": ("lawyer",)}
    assert triage(told, program) == triage(answers, program)


def test_the_rules_explain_the_level_the_most_urgent_first(program: Program) -> None:
    verdict = judged(
        program, danger="now", category="threat", threat="death", address="yes", when="earlier", safe="yes"
    )
    assert verdict.rules == ("F1", "F5", "+category", "+address")


# From the least to the most grave; a question that was not answered (None) stands where it scores: never as safe.
LADDERS: dict[str, tuple[str | None, ...]] = {
    "danger": (None, "not_now", "now"),
    "when": ("earlier", "month", None, "unsure", "week", "day", "now"),
    "safe": ("yes", None, "unsure", "no"),
    "address": ("no", None, "unsure", "yes"),
    "worse": ("first", "same", None, "unsure", "worse"),
    "contact_lost": ("none", None, "unknown", "longer", "h72", "h24"),
    "removal": ("none", "later", None, "unknown", "d14", "h72"),
    "hearing": ("none", "later", None, "unknown", "d14"),
    "held": ("no", None, "unsure", "yes"),
    "lawyer": ("yes", None, "unsure", "no"),
    "relative": (None, "unsure", "threatened", "detained", "missing"),
    "threat": (None, "unsure", "exposure", "kidnap", "death"),
    "intruder": ("no", None, "unsure", "yes"),
    "exposed": ("no", None, "unsure", "yes"),
    "summons": ("none", "later", None, "unknown", "d7"),
    "status": ("citizen", "recognised", "unsure", None, "asked", "none"),
    "children": ("no", None, "unsure", "yes"),
    "host": ("DE", None, "other", "TR"),
}
CATEGORIES = (
    "kidnap attack threat surveil detain interpol family papers hack online informant other".split()  # noqa: SIM905
)


@st.composite
def reports(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    """Any answers to any of the questions."""
    chosen = {fact: draw(st.sampled_from(ladder)) for fact, ladder in LADDERS.items()}
    category = draw(st.sampled_from([None, *CATEGORIES]))
    given_answers = {**chosen, "category": category}
    return {fact: (value,) for fact, value in given_answers.items() if value is not None}


def steps() -> st.SearchStrategy[tuple[str, str | None, str | None]]:
    """A fact, a value of it, and a graver one or one as grave."""
    pairs = [
        (fact, low, high)
        for fact, ladder in LADDERS.items()
        for place, low in enumerate(ladder)
        for high in ladder[place + 1 :]
    ]
    return st.sampled_from(pairs)


def answered(answers: Mapping[str, tuple[str, ...]], fact: str, value: str | None) -> dict[str, tuple[str, ...]]:
    return {**answers, fact: (value,) if value is not None else ()}


@UNHURRIED
@given(answers=reports(), step=steps())
def test_a_graver_answer_never_lowers_the_level(
    program: Program, answers: dict[str, tuple[str, ...]], step: tuple[str, str | None, str | None]
) -> None:
    fact, low, high = step
    before = triage(answered(answers, fact, low), program)
    after = triage(answered(answers, fact, high), program)
    assert after.level <= before.level


@UNHURRIED
@given(answers=reports(), also=st.lists(st.sampled_from(CATEGORIES), max_size=3))
def test_a_category_more_never_lowers_the_level(
    program: Program, answers: dict[str, tuple[str, ...]], also: list[str]
) -> None:
    assert triage({**answers, "also": tuple(also)}, program).level <= triage(answers, program).level


@UNHURRIED
@given(answers=reports(), fact=st.sampled_from(sorted(LADDERS)))
def test_what_is_not_known_is_never_as_good_as_safe(
    program: Program, answers: dict[str, tuple[str, ...]], fact: str
) -> None:
    unknown = {value for value in LADDERS[fact] if value in {None, "unsure", "unknown", "other"}}
    safest = triage(answered(answers, fact, LADDERS[fact][0]), program)
    verdicts = [triage(answered(answers, fact, value), program) for value in unknown]
    assert all(verdict.level <= safest.level and verdict.score >= safest.score for verdict in verdicts)
    if fact in {"when", "safe"}:
        assert all(verdict.score > safest.score for verdict in verdicts)


@UNHURRIED
@given(answers=reports())
def test_p1_comes_only_from_a_floor_and_every_rule_can_be_explained(
    program: Program, answers: dict[str, tuple[str, ...]]
) -> None:
    verdict = triage(answers, program)
    if verdict.level is Level.P1:
        assert verdict.rules[0] in {"F1", "F2", "F3", "F4", "F5"}
    assert {f"rule.{rule}" for rule in verdict.rules} <= program.messages()


def test_the_clocks_are_those_that_were_promised(program: Program) -> None:
    assert {level: clock.reply for level, clock in program.clocks.items()} == {
        "P1": 30,
        "P2": 120,
        "P3": 1440,
        "P4": 4320,
    }
    steps = {level: [(at, circle.value) for at, circle in clock.steps()] for level, clock in program.clocks.items()}
    assert steps["P1"] == [(10, "holder"), (20, "holder"), (30, "admins"), (60, "second"), (90, "duty")]
    assert steps["P2"][:2] == [(60, "holder"), (90, "admins")]
    assert (steps["P3"][0], steps["P4"][0]) == ((1200, "holder"), (3960, "holder"))
    assert all({circle for _, circle in each} == {"holder", "second", "duty", "admins"} for each in steps.values())
