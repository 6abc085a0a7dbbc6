"""Public tables, attacked: with everything that was ever released, the exact numbers even, and these rules in hand.

The attacker sets up all that is known of a quarter as linear equations over whole numbers and asks a solver whether a
small cell can be this or that number. If any number from 0 to K-1 is impossible for it, something was said of it. A
partner under agreement knows their own tables and the public ones; for them small is under PARTNERS.
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
from handlers.release import PARTNERS, K, Release, Table, Withheld, release

QUARTER, LATER = "2026Q1", date(2026, 9, 1)
MONTHS = ("2026-01", "2026-02", "2026-03")


def row(month="2026-01", category="hack", origins=("UZ",), host="fsu", **other):
    about = {"level": Level.P3, "in_time": None, "closed": True, "consented": True}
    return Counted(month, category, origins, host, **about | other)


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

    def __init__(self, said: dict[int, Release], exact: dict[str, Counter[str]], program) -> None:
        """`said`: by threshold."""
        self.exact = exact
        names = {"origin": (*program.origins, "other", SEVERAL_ORIGINS, NO_ORIGIN), "category": program.categories}
        self.cells = [(one, other) for one in names["origin"] for other in names["category"]]
        self.known: list[tuple[dict[int, int], float, float]] = []
        for k, each in said.items():
            tables = {table.by: table for table in each.tables}
            for at, by in enumerate(("origin", "category")):
                if by in tables:
                    self._say(tables[by], k, lambda name, cell, at=at: cell[at] == name)
            if "origin|category" in tables:
                self._say_joint(tables)

    def _members(self, holds) -> dict[int, int]:
        return {number: 1 for number, cell in enumerate(self.cells) if holds(cell)}

    def _say(self, table: Table, k: int, holds) -> None:
        exact = self.exact[table.by]
        shown = [name for name in table.cells if name != "rest"]
        for name in shown:
            self.known.append((self._members(lambda cell, name=name: holds(name, cell)), exact[name], exact[name]))
        if table.rest:
            together = sum(exact[name] for name in table.rest)
            rest = self._members(lambda cell: any(holds(name, cell) for name in table.rest))
            self.known.append((rest, together, together))
        for name in table.rest:  # the worst case: which one is large is known, too
            least, most = (0, k - 1) if exact[name] < k else (k, min(exact[each] for each in shown))
            self.known.append((self._members(lambda cell, name=name: holds(name, cell)), least, most))

    def _say_joint(self, tables: dict[str, Table]) -> None:
        blocks = [_block(tables["origin"]), _block(tables["category"])]
        for name in tables["origin|category"].cells:
            one, other = name.split("|")
            inside = self._members(
                lambda cell, one=one, other=other: cell[0] in blocks[0][one] and cell[1] in blocks[1][other]
            )
            count = sum(self.exact["joint"][f"{a}|{b}"] for a in blocks[0][one] for b in blocks[1][other])
            self.known.append((inside, count, count))

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


def _block(table: Table) -> dict[str, set[str]]:
    return {name: {name} if name != "rest" else set(table.rest) for name in table.cells}


def counts(rows: list[Counted]) -> dict[str, Counter[str]]:
    meant = [each for each in rows if rules.eligible(each)]
    return {
        "origin": Counter(each.origin for each in meant),
        "category": Counter(each.category for each in meant),
        "joint": Counter(f"{each.origin}|{each.category}" for each in meant),
        "host": Counter(each.host_group for each in meant),
        "month": Counter(each.month for each in meant),
    }


def learned(rows: list[Counted], program, k: int = K, values=()) -> list[tuple[str, str, int]]:
    """Every small cell of which something can be excluded, by who is told the tables of this threshold and above."""
    try:
        said = {each: release(QUARTER, rows, program, LATER, each) for each in {k, K}}
    except Withheld:
        return []
    exact = counts(rows)
    attack, tables = Attack(said, exact, program), [table for each in said.values() for table in each.tables]
    hidden = {(table.by, name) for table in tables if table.by in ("origin", "category") for name in table.rest}
    small = sorted((by, name) for by, name in hidden if exact[by][name] < k)
    return [
        (by, name, value)
        for by, name in small
        for value in values or (0, k - 1)
        if not attack.possible(by, name, value)
    ]


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
    assert learned(people(seed, program), program, values=range(K)) == []


@pytest.mark.parametrize("seed", range(12))
def test_given_their_tables_and_the_public_ones_when_a_partner_attacks_then_a_small_cell_may_be_anything(seed, program):
    assert learned(people(seed, program), program, PARTNERS) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_given_many_quarters_when_a_partner_attacks_each_then_every_number_stays_possible(seed: int, program):
    assert learned(people(seed, program), program, PARTNERS, range(PARTNERS)) == []


def test_given_a_partner_who_sees_in_public_that_their_larger_cell_is_under_ten_then_a_small_one_may_still_be_none(
    program, monkeypatch
):
    """Of ten in the rest a larger cell under ten leaves one at least: so such a table is not given."""
    rows = spread(**{name: 40 for name in program.categories} | {"threat": 1, "hack": 9, "detain": 20, "papers": 25})
    assert learned(rows, program, PARTNERS) == []
    monkeypatch.setattr(rules, "_known", lambda large, least_shown, k: (k, least_shown))
    assert ("category", "threat", 0) in learned(rows, program, PARTNERS)


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
        (lambda together, small, large, k: True, {"threat": 3, "hack": 10}),
        (lambda together, small, large, k: together >= 2 * K - 1, {"threat": 5}),
        (lambda together, small, large, k: together <= large[1] + (K - 1) * (small - 1), {"threat": 3, "hack": 10}),
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
    "without", [{"hidden": True}, {"consented": False}, {"closed": False}, {"level": Level.P1}, {"month": "2026-04"}]
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
