"""Figures: what is counted of a report, and nothing that leads to a person.

A report is counted from its header while it is kept, and from one such row afterwards. Countries where people live are
counted in groups, for in a small country a number can be a person.
"""

from handlers.model.cases import Level
from handlers.model.ids import Value

FSU, TURKIYE, EUROPE, AMERICA, ELSEWHERE, UNKNOWN = "fsu", "turkiye", "europe", "america", "elsewhere", "unknown"
HOST_GROUPS = (FSU, TURKIYE, EUROPE, AMERICA, ELSEWHERE, UNKNOWN)
"""Groups of host countries, as charts of transnational repression use them (former Soviet Union, Türkiye, Europe)."""

_GROUPS = {
    # the states that came out of the Soviet Union, without the three that are in the EU
    FSU: "AM AZ BY GE KG KZ MD RU TJ TM UA UZ",
    TURKIYE: "TR",
    # the EU, the EEA, Switzerland and the United Kingdom
    EUROPE: "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK",
    AMERICA: "CA US",
}
_GROUP_OF = {country: group for group, countries in _GROUPS.items() for country in countries.split()}

NO_ORIGIN, SEVERAL_ORIGINS = "unknown", "several"


class Counted(Value, frozen=True):
    """What one report adds to the figures.

    `month`: in which it came ("2026-11", UTC). `in_time`: whether its first answer came in time; None while it waits or
    when none was wanted. `consented`: its writer agrees to be counted in what is published.
    """

    month: str
    category: str
    origins: tuple[str, ...]
    host_group: str
    level: Level
    in_time: bool | None
    closed: bool
    consented: bool

    @property
    def origin(self) -> str:
        """One word for the state behind it, so that every report stands in one cell: several states are a cell."""
        return self.origins[0] if len(self.origins) == 1 else SEVERAL_ORIGINS if self.origins else NO_ORIGIN


def host_group(country: str) -> str:
    """The group of a country by its ISO 3166-1 code."""
    return _GROUP_OF.get(country, ELSEWHERE) if country else UNKNOWN
