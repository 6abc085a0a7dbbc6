"""Facts and conditions: the one small language in which form, triage and guidance say "only if"."""

from collections.abc import Mapping

Facts = Mapping[str, tuple[str, ...]]
"""Fact -> its values: the answers of a report, and what follows from them."""
Condition = Mapping[str, tuple[str, ...]]
"""Holds when every named fact has at least one of the listed values."""

REST = "rest"
"""The fact that says whether more than the danger gate and own words is asked."""

UNANSWERED = "unanswered"
"""The value, in a condition or a table of points, of a fact that was skipped or never asked."""


def facts(answers: Facts, lists: Mapping[str, tuple[str, ...]]) -> Facts:
    """The answers, with all named categories together, and "yes" or "no" for each list that the host may be on.

    For a host that is not named ("other") all of them stay unanswered: what is not known is never taken as safe.
    """
    categories = (*answers.get("category", ()), *answers.get("also", ()))
    return {**answers, REST: _rest(answers), "category": categories, **_memberships(answers.get("host", ()), lists)}


def _rest(answers: Facts) -> tuple[str, ...]:
    """Whether everything may be asked: not of somebody in danger, until they come back to complete their report."""
    calm = "not_now" in answers.get("danger", ()) or "yes" in answers.get(REST, ())
    return ("yes",) if calm else ("no",)


def _memberships(hosts: tuple[str, ...], lists: Mapping[str, tuple[str, ...]]) -> Facts:
    countries = [host for host in hosts if is_country(host)]
    return {
        name: tuple(sorted({"yes" if country in members else "no" for country in countries}))
        for name, members in lists.items()
    }


def is_country(value: str) -> bool:
    """Whether a value has the form of an ISO 3166-1 alpha-2 code."""
    return len(value) == 2 and value.isascii() and value.isupper()


def values(known: Facts, fact: str) -> tuple[str, ...]:
    """The values of a fact, `UNANSWERED` when there is none."""
    return known.get(fact) or (UNANSWERED,)


def holds(condition: Condition, known: Facts) -> bool:
    """Whether a condition holds. An empty condition always does."""
    return all(any(value in wanted for value in values(known, fact)) for fact, wanted in condition.items())
