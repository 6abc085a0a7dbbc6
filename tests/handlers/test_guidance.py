"""What is said at once: short, sourced, and nothing that would send a person to the wrong door."""

from datetime import date

import pytest

from handlers.guidance import expired, guidance_for
from handlers.model import Country, Day, Message
from handlers.program import Program


def told(program: Program, **answers: str) -> list[str]:
    """The ids of all that is said."""
    blocks = guidance_for(program, {question: (value,) for question, value in answers.items()})
    return [id for block in blocks for id in (block.id, *(line.id for line in block.lines))]


def line(program: Program, id: str, **answers: str) -> Message:
    blocks = guidance_for(program, {question: (value,) for question, value in answers.items()})
    return next(line for block in blocks for line in block.lines if line.id == id)


def test_given_danger_then_its_advice_comes_first(program: Program) -> None:
    said = [message.id for message in guidance_for(program, {"danger": ("now",), "category": ("hack",)})]
    assert said == ["guidance.danger", "guidance.hack"]


def test_given_no_danger_then_only_the_advice_of_what_happened(program: Program) -> None:
    said = guidance_for(program, {"danger": ("not_now",), "category": ("hack",), "also": ("online",)})
    assert [message.id for message in said] == ["guidance.hack", "guidance.online"]


def test_given_any_category_and_any_host_then_one_to_five_short_lines_with_care_and_source(program: Program) -> None:
    for category in program.categories:
        for host in (*program.countries, "other"):
            (block,) = guidance_for(program, {"category": (category,), "host": (host,)})
            *bullets, care, source = block.lines
            assert 1 <= len(bullets) <= 5
            assert (care.id, source.id) == ("guidance.care", "guidance.source")


def test_the_source_names_who_said_it_and_when_it_was_reviewed(program: Program) -> None:
    source = line(program, "guidance.source", category="detain")
    assert "UNHCR" in str(source.params["sources"])
    assert isinstance(source.params["day"], Day)


def test_given_danger_in_every_offered_host_then_its_emergency_numbers_are_named(program: Program) -> None:
    for host in program.hosts:
        careful = host in program.cooperating
        call = line(program, f"guidance.danger.call{'_careful' if careful else ''}", danger="now", host=host)
        assert call.params == {"numbers": ", ".join(program.emergency[host]), "country": Country(host)}


def test_given_a_cooperating_host_then_nothing_sends_to_the_police_first(program: Program) -> None:
    for host in program.cooperating:
        said = [
            id for category in program.categories for id in told(program, danger="now", category=category, host=host)
        ]
        assert not {"guidance.danger.call", "guidance.danger.call_local"} & set(said)
        assert not [id for id in said if id.endswith(".police")]
        assert {"guidance.danger.call_careful", "guidance.danger.careful"} & set(said)


@pytest.mark.parametrize("answers", [{}, {"host": "other"}, {"host": "PT"}])
def test_given_a_host_without_numbers_then_no_number_is_guessed(program: Program, answers: dict[str, str]) -> None:
    assert "guidance.danger.call_local" in told(program, danger="now", **answers)
    assert not line(program, "guidance.danger.call_local", danger="now", **answers).params


RULE39 = {"guidance.detain.rule39", "guidance.kidnap.rule39"}


@pytest.mark.parametrize("host", ["RU", "KZ", "KG", "AE", "US", "CA", "IL", "TH", "BY", "UZ", "TJ", "TM", "other"])
def test_given_a_host_outside_the_courts_reach_then_rule_39_is_not_named(program: Program, host: str) -> None:
    said = [*told(program, category="detain", host=host), *told(program, category="kidnap", host=host)]
    assert not RULE39 & set(said)


@pytest.mark.parametrize("host", ["PL", "LT", "DE", "TR", "GE", "AM", "GB", "CH", "UA"])
def test_given_a_member_of_the_council_of_europe_then_rule_39_is_named(program: Program, host: str) -> None:
    said = [*told(program, category="detain", host=host), *told(program, category="kidnap", host=host)]
    assert set(said) >= RULE39


def test_given_no_host_then_rule_39_is_not_named(program: Program) -> None:
    assert not RULE39 & set(told(program, category="detain"))


def test_given_no_answers_then_nothing_is_said(program: Program) -> None:
    assert guidance_for(program, {}) == ()


def test_every_line_is_a_message_of_the_program(program: Program) -> None:
    said = {id for category in program.categories for id in told(program, danger="now", category=category, host="DE")}
    assert said <= program.messages()


def test_guidance_grows_old(program: Program) -> None:
    assert expired(program, date(2026, 11, 23)) == ()
    assert "detain" in expired(program, date(2030, 1, 1))
