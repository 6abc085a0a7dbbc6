"""The threat model promises nothing without a test: each claim has a name and tests, and what leans on it names it."""

import re
from collections import Counter

import pytest

from tests.docs.threat_model import ROOT, Break, before_the_claims, breaks, claims

COMPROMISE = re.compile(r"^### (.+)\n\n((?:(?!^#).*\n)+)", re.MULTILINE)
REFERENCE = re.compile(r"\[([a-z]+(?:-[a-z]+)*)\](?!\()")
WEAKNESS = re.compile(r"^(\d+)\. ", re.MULTILINE)
NUMBERS = re.compile(r"\((\d+(?:, \d+)*)\)")


def test_every_claim_has_a_name_of_its_own_and_tests() -> None:
    names = Counter(name for name, _ in claims())
    assert len(names) > 90
    assert not [name for name, times in names.items() if not name or times > 1]
    assert not [name for name, tests in claims() if not tests]


def test_whatever_leans_on_a_claim_names_one_that_stands() -> None:
    assert set(REFERENCE.findall(before_the_claims())) <= {name for name, _ in claims()}


def test_each_compromise_says_what_it_gives_what_not_by_which_claim_and_what_to_do() -> None:
    told = dict(COMPROMISE.findall(before_the_claims()))
    assert len(told) > 15
    for text in told.values():
        gives, withheld, remedy = re.split(r"^- ", text, flags=re.MULTILINE)[1:]
        assert gives.startswith("**Gives:**") and remedy.startswith("**Do:**")
        assert withheld.startswith("**Doesn't:**") and REFERENCE.search(withheld)


def test_each_boundary_and_each_input_names_its_claims() -> None:
    section = before_the_claims().split("\n## Boundaries")[1].split("\n## What each")[0]
    rows = [
        line for line in section.splitlines() if line.startswith("| ") and not line.startswith(("| between", "| who "))
    ]
    assert len(rows) > 15
    assert not [row for row in rows if not REFERENCE.search(row) and "not ours" not in row]


def test_weaknesses_are_numbered_through_and_come_first() -> None:
    text = before_the_claims()
    assert text.index("## Known weaknesses") < text.index("## Boundaries") < text.index("## What each compromise")
    numbers = [int(each) for each in WEAKNESS.findall(text)]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert {int(each) for group in NUMBERS.findall(text) for each in group.split(", ")} <= set(numbers)


@pytest.mark.parametrize("each", breaks(), ids=lambda each: each.claim)
def test_a_break_still_fits_the_code_and_belongs_to_its_claim(each: Break) -> None:
    assert each.was in (ROOT / each.file).read_text("utf-8")
    assert each.test in dict(claims())[each.claim]
