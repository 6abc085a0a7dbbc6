"""Figures: what is counted of a report, and nothing that leads to a person.

A report is counted from its header while it is kept, and from one such row afterwards. Countries where people live are
counted in groups, for in a small country a number can be a person.
"""

from datetime import datetime

from handlers import waits
from handlers.model import NO_ORIGIN as NO_ORIGIN
from handlers.model import SEVERAL_ORIGINS as SEVERAL_ORIGINS
from handlers.model import Case, CaseState, ConsentId
from handlers.model import Counted as Counted

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


def host_group(country: str) -> str:
    """The group of a country by its ISO 3166-1 code."""
    return _GROUP_OF.get(country, ELSEWHERE) if country else UNKNOWN


def counts(case: Case) -> bool:
    """Whether a case is counted at all: not one that waits in silence, nor what came from who is set aside."""
    return case.state is not CaseState.SILENT and not case.aside


def counted(case: Case, now: datetime) -> Counted:
    """What a case adds to the figures, by its header. One that still waits beyond its time is late already."""
    return Counted(
        month=f"{case.created:%Y-%m}",
        category=case.kind,
        origins=tuple(sorted(case.origin)),
        host_group=host_group(case.host),
        level=case.level,
        in_time=False if case.in_time is None and waits.overdue(case, now) else case.in_time,
        closed=case.state is CaseState.CLOSED,
        consented=ConsentId.STATISTICS in case.agreed,
        outcome=case.outcome,
        hidden=bool(case.hidden_from),
    )
