"""Time zones: how far each is ahead of UTC at a time, by the rules that the machine knows, and what its city is called.

The rules are the system's (Debian: the package tzdata), and follow its updates at the next start.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError, available_timezones

from handlers.typed import plain

REGIONS = frozenset({"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})
"""The first parts of the names of places; the others are old names and offsets (IANA, "theory.html", names)."""
ARG = 22
"""Characters that a button can carry back (`handlers.model.Button`)."""


def offset(zone: str, at: datetime) -> timedelta:
    """How far a zone (an IANA name, or an offset as "+05:30") is ahead of UTC; nothing for one that is not known."""
    if zone[:1] in {"+", "-"}:
        hours, _, minutes = zone[1:].partition(":")
        ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return -ahead if zone[0] == "-" else ahead
    rules = _rules(zone)
    return at.astimezone(rules).utcoffset() or timedelta() if rules else timedelta()


def known() -> frozenset[str]:
    """The zones of places, as far as this machine has their rules."""
    return frozenset(zone for zone in available_timezones() if zone.partition("/")[0] in REGIONS)


def by_country() -> dict[str, tuple[str, ...]]:
    """Countries (ISO 3166-1 alpha-2) -> the zones in them that fit under a button; the most populous first, roughly.

    By the system's own table (`zone.tab`, tz database); empty on a machine that has none.
    """
    found: dict[str, tuple[str, ...]] = {}
    for country, zone in sorted(_table(), key=lambda row: row[0]):
        found[country] = (*found.get(country, ()), *((zone,) if len(zone) <= ARG else ()))
    return found


def _table() -> list[tuple[str, str]]:
    files = (Path(folder) / "zone.tab" for folder in TZPATH)
    table = next((file.read_text() for file in files if file.is_file()), "")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return [(row[0], row[2]) for row in rows]


def ruled(zone: str) -> bool:
    """Whether this machine knows what clocks in a zone show."""
    return zone[:1] in {"+", "-"} or _rules(zone) is not None


def twice(zone: str, at: datetime) -> bool:
    """Whether clocks there show this time once more, being set back, or showed it already."""
    rules = _rules(zone) if "/" in zone else None
    shown = at.astimezone(rules) if rules else None
    return shown is not None and shown.utcoffset() != shown.replace(fold=1 - shown.fold).utcoffset()


def names(languages: Iterable[Callable[[str], str]]) -> dict[str, str]:
    """Every zone's city in every language, as typed names are compared -> its IANA name.

    `languages`: how each calls a zone (`bot.i18n.Catalogue.zone`).
    """
    every = sorted(known())
    cities = {plain(called(zone)): zone for called in languages for zone in every}
    return cities | {plain(zone): zone for zone in (*every, "UTC")}


@cache
def _rules(zone: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
