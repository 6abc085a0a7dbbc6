"""Emergency numbers: what ships agrees with what is known, and its generator chooses well."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from handlers.program import Program

WORKS_112 = frozenset(
    "TR RU GE UA PL LT LV EE CZ DE AT SE NO FI FR NL BE IT ES GB CH RS ME CY GR KZ AE US CA IL".split()  # noqa: SIM905
)
"""Offered hosts where 112 is listed in libphonenumber 9.0.43."""


@pytest.fixture(scope="module")
def source() -> ModuleType:
    """The generator beside this file, which is a script."""
    place = Path(__file__).with_name("emergency_source.py")
    spec = importlib.util.spec_from_file_location("emergency_source", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_offered_host_has_a_number(program: Program) -> None:
    for host in program.hosts:
        assert program.emergency[host]
        assert all(number.isascii() and number.isdecimal() for number in program.emergency[host])


def test_112_is_named_where_it_works_and_nowhere_else(program: Program) -> None:
    assert {host for host in program.hosts if "112" in program.emergency[host]} == WORKS_112


@pytest.mark.parametrize(
    ("host", "numbers"),
    [
        ("DE", ("112",)),
        ("GB", ("999", "112")),
        ("US", ("911", "112")),
        ("CA", ("911", "112")),
        ("AM", ("101", "102", "103")),
        ("KG", ("101", "102", "103")),
        ("TR", ("112",)),
    ],
)
def test_known_numbers(program: Program, host: str, numbers: tuple[str, ...]) -> None:
    assert program.emergency[host] == numbers


def test_thailand_names_the_police_first(program: Program) -> None:
    assert program.emergency["TH"][0] == "191"


def test_the_generator_reads_patterns_and_chooses_what_neighbours_know(source: ModuleType) -> None:
    assert source.matching("112|99[7-9]") == ["112", "997", "998", "999"]
    assert source.offered("PL", ["112", "997", "998", "999"]) == ["112"]
    assert source.offered("GB", ["112", "999"]) == ["999", "112"]
    assert source.offered("NL", ["112", "911"]) == ["112"]
    assert source.offered("KG", ["101", "102", "103"]) == ["101", "102", "103"]
