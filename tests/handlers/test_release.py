"""Public tables, attacked: with everything that was ever released, the exact numbers even, and these rules in hand.

The attacker sets up all that is known of a quarter as linear equations over whole numbers and asks a solver whether a
small cell can be this or that number. If any number from 0 to K-1 is impossible for it, something was said of it.
"""

import random
from collections import Counter
from datetime import date, timedelta

import numpy
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from handlers import release as rules
from handlers.figures import HOST_GROUPS, NO_ORIGIN, SEVERAL_ORIGINS, Counted
from handlers.model import Level
from handlers.release import K, Release, Table, Withheld, release

QUARTER, LATER = "2026Q1", date(2026, 9, 1)
MONTHS = ("2026-01", "2026-02", "2026-03")


def row(month="2026-01", category="hack", origins=("UZ",), host="fsu", level=Level.P3, closed=True, consented=True):
    return Counted(month, category, origins, host, level, None, closed, consented)


def people(seed: int, program) -> list[Counted]:
    """A quarter in which some things are frequent and others happen to one or two."""
    chance = random.Random(seed)
    size = chance.randint(30, 400)

    def drawn(names):
        weights = [chance.choice((0, 0.2, 1, 5, 30)) for _ in names]
        return chance.choices(names, weights if any(weights) else None, k=size)

    origins = drawn([("UZ",), ("TJ",), ("RU",), ("AZ",), ("KZ",), ("other",), (), ("UZ", "RU")])
    columns = zip(drawn(MONTHS), drawn(program.categories), origins, drawn(HOST_GROUPS), strict=True)
    return [row(*column) for column in columns]


# --- the attacker ---


class Attack:
    """What is known of one quarter, as equations over the number of reports of each origin and category."""

    def __init__(self, said: Release, exact: dict[str, Counter[str]], program) -> None:
        self.tables = {table.by: table for table in said.tables}
        self.exact = exact
        names = {"origin": (*program.origins, "other", SEVERAL_ORIGINS, NO_ORIGIN), "category": program.categories}
        self.cells = [(one, other) for one in names["origin"] for other in names["category"]]
        self.known: list[tuple[dict[int, int], float, float]] = []
        for at, by in enumerate(("origin", "category")):
            if by in self.tables:
                self._say(self.tables[by], lambda name, cell, at=at: cell[at] == name)
        if "origin|category" in self.tables:
            self._say_joint()

    def _members(self, holds) -> dict[int, int]:
        return {number: 1 for number, cell in enumerate(self.cells) if holds(cell)}

    def _say(self, table: Table, holds) -> None:
        exact = self.exact[table.by]
        shown = [name for name in table.cells if name != "rest"]
        for name in shown:
            self.known.append((self._members(lambda cell, name=name: holds(name, cell)), exact[name], exact[name]))
        if table.rest:
            together = sum(exact[name] for name in table.rest)
            rest = self._members(lambda cell: any(holds(name, cell) for name in table.rest))
            self.known.append((rest, together, together))
        for name in table.rest:  # the worst case: which one is large is known, too
            least, most = (0, K - 1) if exact[name] < K else (K, min(exact[each] for each in shown))
            self.known.append((self._members(lambda cell, name=name: holds(name, cell)), least, most))

    def _say_joint(self) -> None:
        blocks = [self._block("origin"), self._block("category")]
        for name in self.tables["origin|category"].cells:
            one, other = name.split("|")
            inside = self._members(
                lambda cell, one=one, other=other: cell[0] in blocks[0][one] and cell[1] in blocks[1][other]
            )
            count = sum(self.exact["joint"][f"{a}|{b}"] for a in blocks[0][one] for b in blocks[1][other])
            self.known.append((inside, count, count))

    def _block(self, by: str) -> dict[str, set[str]]:
        table = self.tables[by]
        return {name: {name} if name != "rest" else set(table.rest) for name in table.cells}

    def possible(self, by: str, name: str, value: int) -> bool:
        """Whether a cell can have this number, with all that is known."""
        at = ("origin", "category").index(by)
        guess = (self._members(lambda cell: cell[at] == name), value, value)
        matrix = numpy.zeros((len(self.known) + 1, len(self.cells)))
        for line, (members, _, _) in enumerate((*self.known, guess)):
            matrix[line, list(members)] = 1
        low, high = ([each[side] for each in (*self.known, guess)] for side in (1, 2))
        answer = milp(
            numpy.zeros(len(self.cells)),
            constraints=LinearConstraint(matrix, low, high),
            integrality=numpy.ones(len(self.cells)),
            bounds=Bounds(0, numpy.inf),
        )
        return bool(answer.success)


def counts(rows: list[Counted]) -> dict[str, Counter[str]]:
    meant = [each for each in rows if rules.eligible(each)]
    return {
        "origin": Counter(each.origin for each in meant),
        "category": Counter(each.category for each in meant),
        "joint": Counter(f"{each.origin}|{each.category}" for each in meant),
        "host": Counter(each.host_group for each in meant),
        "month": Counter(each.month for each in meant),
    }


def learned(rows: list[Counted], program, values=(0, K - 1)) -> list[tuple[str, str, int]]:
    """Every small cell of which something can be excluded."""
    try:
        said = release(QUARTER, rows, program, LATER)
    except Withheld:
        return []
    exact = counts(rows)
    attack = Attack(said, exact, program)
    hidden = [(table.by, name) for table in said.tables if table.by in ("origin", "category") for name in table.rest]
    small = [(by, name) for by, name in hidden if exact[by][name] < K]
    return [(by, name, value) for by, name in small for value in values if not attack.possible(by, name, value)]


def released(rows: list[Counted], program) -> Release:
    return release(QUARTER, rows, program, LATER)


def table(said: Release, by: str) -> Table | None:
    return next((each for each in said.tables if each.by == by), None)


def spread(**numbers: int) -> list[Counted]:
    """So many reports of each category, of two states in turn."""
    kinds = [category for category, number in numbers.items() for _ in range(number)]
    return [row(category=kind, origins=(("UZ",), ("TJ",))[at % 2]) for at, kind in enumerate(kinds)]


# --- the attack ---


@pytest.mark.parametrize("seed", range(12))
def test_given_everything_that_was_said_when_it_is_attacked_then_a_small_cell_may_be_anything(seed: int, program):
    assert learned(people(seed, program), program) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_given_many_quarters_when_each_is_attacked_then_every_number_stays_possible(seed: int, program):
    assert learned(people(seed, program), program, range(K)) == []


def test_given_quarters_with_much_to_say_then_the_attack_has_something_to_attack(program):
    """The test of the test: some of the quarters above have shown and hidden cells, and a table of two properties."""
    said = []
    for seed in range(100, 250):
        try:
            said.append(released(people(seed, program), program))
        except Withheld:
            continue
    tables = [each for one in said for each in one.tables]
    assert sum(bool(each.rest) for each in tables if each.by in ("origin", "category")) > 50
    assert sum(each.by == "origin|category" for each in tables) > 3


@pytest.mark.parametrize(
    ("left", "rows"),
    [
        (lambda together, small, least_shown: True, {"threat": 3, "hack": 10}),
        (lambda together, small, least_shown: together >= 2 * K - 1, {"threat": 5}),
        (
            lambda together, small, least_shown: together <= least_shown + (K - 1) * (small - 1),
            {"threat": 3, "hack": 10},
        ),
    ],
    ids=["neither bound", "no upper bound", "no lower bound"],
)
def test_given_half_of_the_rule_when_it_is_attacked_then_something_is_learned(left, rows, program, monkeypatch):
    many = spread(**{name: 40 for name in program.categories} | rows)
    assert learned(many, program) == []
    monkeypatch.setattr(rules, "_hides", left)
    assert learned(many, program) != []


# --- each rule ---


def test_given_a_small_cell_then_it_stands_in_the_rest_with_the_smallest_large_one(program):
    rows = spread(threat=3, hack=20, surveil=42, detain=60)
    categories = table(released(rows, program), "category")
    assert categories is not None
    assert categories.cells == {"surveil": 40, "detain": 60, "rest": 25}
    assert {"threat", "hack", "kidnap", "other"} <= set(categories.rest)


def test_given_a_quarter_that_ended_lately_then_nothing_is_said(program):
    rows = spread(hack=200)
    for day, reason in ((date(2026, 3, 31), "early"), (date(2026, 6, 29), "early"), (date(2026, 6, 30), None)):
        try:
            release(QUARTER, rows, program, day)
        except Withheld as withheld:
            assert withheld.reason == reason
        else:
            assert reason is None
    assert rules.end_of(QUARTER) + timedelta(days=90) == date(2026, 6, 30)


def test_given_few_reports_or_one_state_behind_nearly_all_then_nothing_is_said(program):
    with pytest.raises(Withheld, match="few"):
        released([row() for _ in range(29)], program)
    with pytest.raises(Withheld, match="one-sided"):
        released([row() for _ in range(86)] + [row(origins=("TJ",)) for _ in range(14)], program)


@pytest.mark.parametrize(
    "without", [{"consented": False}, {"closed": False}, {"level": Level.P1}, {"month": "2026-04"}]
)
def test_given_who_did_not_agree_or_is_in_danger_or_still_waits_then_they_are_not_counted(without, program):
    rows = spread(hack=100)
    assert released(rows + [row(**without) for _ in range(50)], program) == released(rows, program)


def test_everything_shown_is_a_multiple_of_five(program):
    for seed in range(40):
        try:
            said = released(people(seed, program), program)
        except Withheld:
            continue
        assert said.total % 5 == 0
        assert all(number % 5 == 0 for each in said.tables for number in each.cells.values())


@pytest.mark.parametrize("text", ["-", "2026", "2026Q5", "26Q1", "2026Q", "2026Q12", "abcdQ1"])
def test_given_something_else_than_a_quarter_then_it_is_refused(text: str):
    with pytest.raises(ValueError, match=text):
        rules.months_of(text)
