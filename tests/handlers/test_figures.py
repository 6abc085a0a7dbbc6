"""What is counted of a report: one cell for each, and countries only in groups."""

import pytest

from handlers.figures import HOST_GROUPS, Counted, host_group
from handlers.model import Level


def test_every_offered_country_has_a_group(program):
    groups = {country: host_group(country) for country in program.hosts}
    assert set(groups.values()) <= set(HOST_GROUPS)
    assert (
        groups["TR"] == "turkiye" and groups["EE"] == "europe" and groups["KZ"] == "fsu" and groups["TH"] == "elsewhere"
    )
    assert host_group("") == "unknown"


@pytest.mark.parametrize(("origins", "cell"), [((), "unknown"), (("UZ",), "UZ"), (("UZ", "RU"), "several")])
def test_given_several_states_then_a_report_still_stands_in_one_cell(origins: tuple[str, ...], cell: str):
    assert Counted("2026-11", "hack", origins, "fsu", Level.P3, None, False, False).origin == cell
