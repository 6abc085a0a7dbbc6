"""Public tables: what may be said of a quarter so that no single report can be made out, now or from all ever said.

Rules (docs/decisions/009-public-tables.md has the sources): only reports whose writers agreed, closed, and not of the
highest urgency; a quarter is published `DELAY` after its end, once, and never changes; nothing under `LEAST` reports in
all, or when one state stands behind more than `MOST`. Every report is in one cell of each table. A cell under `K`,
zero included, is not shown: it goes into the table's rest together with the smallest larger one. The table is left out
unless every number from 0 to K-1 stays possible for each small cell, even for somebody who knows these rules, the
exact numbers, and which cells of the rest are small. The table by two properties joins whole blocks of the two single
ones, so it says nothing about what is in a rest. All that is shown is rounded to `BASE`.

Whether a table is left out hangs on nothing but numbers that it would show. A rule that went on adding cells until the
rest was large enough would say by where it stopped that the rest was too small before.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import product

from handlers.figures import HOST_GROUPS, NO_ORIGIN, SEVERAL_ORIGINS, Counted
from handlers.model.cases import Level
from handlers.model.ids import Value
from handlers.program import Program

RULES = 1
"""The version of these rules, which stands in every release."""
K = 10
"""UK Longitudinal Linkage Collaboration: counts under 10, zero included, are withheld."""
BASE = 5
LEAST = 30
MOST = 0.85
"""Dominance, as statistical offices watch it: a table about one state says who is in it."""
DELAY = timedelta(days=90)
REST = "rest"
"""The cells of a table that are not shown one by one."""

Cells = dict[str, int]


class Table(Value, frozen=True):
    """Cells with rounded numbers; `rest` names the cells that stand together under `REST`."""

    by: str
    cells: Cells
    rest: tuple[str, ...] = ()


class Release(Value, frozen=True):
    """All that is said of a quarter ("2026Q2")."""

    quarter: str
    rules: int
    total: int
    tables: tuple[Table, ...]


class Withheld(Exception):
    """Nothing may be said of this quarter: `reason` is early, few or one-sided."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def release(quarter: str, rows: Iterable[Counted], program: Program, today: date) -> Release:
    """What may be published of a quarter. Raises Withheld; ValueError when it names no quarter."""
    months = months_of(quarter)
    if today < end_of(quarter) + DELAY:
        raise Withheld("early")
    meant = [row for row in rows if row.month in months and eligible(row)]
    if len(meant) < LEAST:
        raise Withheld("few")
    if max(Counter(row.origin for row in meant).values()) > MOST * len(meant):
        raise Withheld("one-sided")
    origin = Split.of("origin", meant, lambda row: row.origin, (*program.origins, "other", SEVERAL_ORIGINS, NO_ORIGIN))
    category = Split.of("category", meant, lambda row: row.category, program.categories)
    host = Split.of("host", meant, lambda row: row.host_group, HOST_GROUPS)
    month = Split.of("month", meant, lambda row: row.month, months)
    single = [split.table() for split in (origin, category, host, month) if split]
    joint = _joint(meant, origin, category)
    return Release(quarter, RULES, _rounded(len(meant)), (*single, *joint))


def eligible(row: Counted) -> bool:
    """Whether a report may be counted in public at all."""
    return row.consented and row.closed and row.level is not Level.P1


def months_of(quarter: str) -> tuple[str, ...]:
    """The three months of a quarter such as "2026Q2". Raises ValueError."""
    year, _, number = quarter.partition("Q")
    if len(year) != 4 or not year.isdigit() or number not in ("1", "2", "3", "4"):
        raise ValueError(quarter)
    first = 3 * int(number) - 2
    return tuple(f"{year}-{month:02}" for month in range(first, first + 3))


def end_of(quarter: str) -> date:
    """The first day after a quarter."""
    year, month = map(int, months_of(quarter)[-1].split("-"))
    return date(year + month // 12, month % 12 + 1, 1)


class Split(Value, frozen=True):
    """How one table divides the reports: exact numbers of what is shown, and what goes together into the rest."""

    by: str
    shown: Cells
    rest: tuple[str, ...]
    together: int
    of_row: Callable[[Counted], str]

    @classmethod
    def of(
        cls, by: str, rows: Sequence[Counted], of_row: Callable[[Counted], str], names: Sequence[str]
    ) -> "Split | None":
        """How the reports divide; None when the table would say too much of a small cell."""
        counts = Counter(of_row(row) for row in rows)
        cells = {name: counts[name] for name in (*names, *sorted(set(counts) - set(names)))}
        small = {name for name in cells if cells[name] < K}
        large = sorted(cells.keys() - small, key=lambda name: (cells[name], name))
        rest = small | set(large[:1]) if small else small
        shown = {name: count for name, count in cells.items() if name not in rest}
        together = sum(cells[name] for name in rest)
        if not shown or (small and not _hides(together, len(small), min(shown.values()))):
            return None
        return cls(by, shown, tuple(name for name in cells if name in rest), together, of_row)

    def block(self, row: Counted) -> str:
        """Where a report stands in this table."""
        name = self.of_row(row)
        return name if name in self.shown else REST

    def table(self) -> Table:
        rest = {REST: _rounded(self.together)} if self.rest else {}
        return Table(self.by, {**{name: _rounded(count) for name, count in self.shown.items()}, **rest}, self.rest)


def _hides(together: int, small: int, least_shown: int) -> bool:
    """Whether each small cell of a rest can be any number from 0 to K-1; its one large cell has K to `least_shown`.

    K-1 is possible when K are left for the large cell. 0 is possible when the large cell and the other small ones, of
    at most K-1, can hold everything.
    """
    return together >= K - 1 + K and together <= least_shown + (K - 1) * (small - 1)


def _joint(rows: Sequence[Counted], first: Split | None, second: Split | None) -> tuple[Table, ...]:
    """Both properties at once, by whole blocks; nothing when one combination is small."""
    if first is None or second is None:
        return ()
    counts = Counter(f"{first.block(row)}|{second.block(row)}" for row in rows)
    blocks = [[*split.shown, *([REST] if split.rest else [])] for split in (first, second)]
    names = [f"{one}|{other}" for one, other in product(*blocks)]
    if any(counts[name] < K for name in names):
        return ()
    return (Table(f"{first.by}|{second.by}", {name: _rounded(counts[name]) for name in names}),)


def _rounded(count: int) -> int:
    """To the nearest multiple of `BASE`."""
    return BASE * ((count + BASE // 2) // BASE)
