"""Tables that leave the house: what may be said of a quarter so that no single report can be made out, now or from all
ever said. To everybody, or to a partner under agreement: one rule, two numbers.

Rules (docs/decisions/009-public-tables.md has the sources): only reports whose writers agreed, closed, hidden from
nobody, not of the highest urgency; of a quarter nothing is said until `DELAY` after its end, and what was said never
changes; nothing under `LEAST` reports in all, or when one state stands behind more than `MOST`. Every report is in one
cell of each table. A cell under k, zero included, is not shown: it goes into the table's rest together with the
smallest larger one. The table is left out unless every number from 0 to k-1 stays possible for each small cell, even
for somebody who knows these rules, the exact numbers, and which cells of the rest are small. The table by two
properties joins whole blocks of the two single ones, so it says nothing about what is in a rest. All that is shown is
rounded to `BASE`.

Whether a table is left out hangs on nothing but numbers that it would show. A rule that went on adding cells until the
rest was large enough would say by where it stopped that the rest was too small before.

What a partner gets and what is published are made at once, of the same reports (`said_of`), or a difference would be a
person. The two together say one thing more: whether the larger cell in a partner's rest is under `K`, for then the
public rest has another one. So theirs is left out unless it hides its small cells from somebody who knows that too;
everything else in a public table follows from theirs, some cells put together.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import product

from handlers.figures import HOST_GROUPS, NO_ORIGIN, SEVERAL_ORIGINS, Counted
from handlers.model.cases import Level
from handlers.model.counted import Cells as Cells
from handlers.model.counted import Figures as Figures
from handlers.model.counted import Release as Release
from handlers.model.counted import Table as Table
from handlers.model.ids import Value
from handlers.program import Program

RULES = 1
"""The version of these rules, which stands in every release."""
K = 10
"""UK Longitudinal Linkage Collaboration: counts under 10, zero included, are withheld."""
PARTNERS = 5
"""Under agreement: the least that statistical offices commonly take beside 3 (OECD glossary, 7010)."""
BASE = 5
LEAST = 30
MOST = 0.85
"""Dominance, as statistical offices watch it: a table about one state says who is in it."""
DELAY = timedelta(days=90)
REST = "rest"
"""The cells of a table that are not shown one by one."""


class Withheld(Exception):
    """Nothing may be said of this quarter: `reason` is early, few or one-sided; or restored: it may have been said."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def said_of(quarter: str, rows: Iterable[Counted], program: Program, today: date) -> Figures:
    """What may be said of a quarter, to everybody and to partners. Raises Withheld; ValueError as `release`."""
    same = tuple(rows)
    return Figures(release(quarter, same, program, today), release(quarter, same, program, today, PARTNERS))


def release(quarter: str, rows: Iterable[Counted], program: Program, today: date, k: int = K) -> Release:
    """What may be said of a quarter with this threshold. Raises Withheld; ValueError when it names no quarter."""
    months = months_of(quarter)
    if not may_be_out(quarter, today):
        raise Withheld("early")
    meant = [row for row in rows if row.month in months and eligible(row)]
    if len(meant) < LEAST:
        raise Withheld("few")
    if max(Counter(row.origin for row in meant).values()) > MOST * len(meant):
        raise Withheld("one-sided")
    origins = (*program.origins, "other", SEVERAL_ORIGINS, NO_ORIGIN)
    origin = Split.of("origin", meant, lambda row: row.origin, origins, k)
    category = Split.of("category", meant, lambda row: row.category, program.categories, k)
    host = Split.of("host", meant, lambda row: row.host_group, HOST_GROUPS, k)
    month = Split.of("month", meant, lambda row: row.month, months, k)
    single = [split.table() for split in (origin, category, host, month) if split]
    joint = _joint(meant, origin, category, k)
    return Release(quarter, RULES, _rounded(len(meant)), (*single, *joint))


def eligible(row: Counted) -> bool:
    """Whether a report may be counted at all in what leaves the house.

    Not what its writer kept from some of the team: those know the exact numbers of all others, and a difference would
    tell them that there was one.
    """
    return row.consented and row.closed and row.level is not Level.P1 and not row.hidden


def months_of(quarter: str) -> tuple[str, ...]:
    """The three months of a quarter such as "2026Q2". Raises ValueError."""
    year, _, number = quarter.partition("Q")
    if len(year) != 4 or not year.isdigit() or number not in ("1", "2", "3", "4"):
        raise ValueError(quarter)
    first = 3 * int(number) - 2
    return tuple(f"{year}-{month:02}" for month in range(first, first + 3))


def may_be_out(quarter: str, on: date) -> bool:
    """Whether a quarter could have been published by this day."""
    return on >= end_of(quarter) + DELAY


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
        cls, by: str, rows: Sequence[Counted], of_row: Callable[[Counted], str], names: Sequence[str], k: int
    ) -> "Split | None":
        """How the reports divide; None when the table would say too much of a small cell."""
        counts = Counter(of_row(row) for row in rows)
        cells = {name: counts[name] for name in (*names, *sorted(set(counts) - set(names)))}
        small = {name for name in cells if cells[name] < k}
        large = sorted(cells.keys() - small, key=lambda name: (cells[name], name))
        rest = small | set(large[:1]) if small else small
        shown = {name: count for name, count in cells.items() if name not in rest}
        together = sum(cells[name] for name in rest)
        if not shown or (
            small and not _hides(together, len(small), _known(cells[large[0]], min(shown.values()), k), k)
        ):
            return None
        return cls(by, shown, tuple(name for name in cells if name in rest), together, of_row)

    def block(self, row: Counted) -> str:
        """Where a report stands in this table."""
        name = self.of_row(row)
        return name if name in self.shown else REST

    def table(self) -> Table:
        rest = {REST: _rounded(self.together)} if self.rest else {}
        return Table(self.by, {**{name: _rounded(count) for name, count in self.shown.items()}, **rest}, self.rest)


def _known(large: int, least_shown: int, k: int) -> tuple[int, int]:
    """Between which numbers the one large cell of a rest is known to be: no more than what is shown, and on which side
    of the public threshold.
    """
    return (K, least_shown) if large >= K else (k, min(K - 1, least_shown))


def _hides(together: int, small: int, large: tuple[int, int], k: int) -> bool:
    """Whether each small cell of a rest can be any number from 0 to k-1, when its one large cell is between these.

    k-1 is possible when enough is left for the large cell. 0 is possible when the large cell and the other small ones,
    of at most k-1, can hold everything.
    """
    least, most = large
    return together >= k - 1 + least and together <= most + (k - 1) * (small - 1)


def _joint(rows: Sequence[Counted], first: Split | None, second: Split | None, k: int) -> tuple[Table, ...]:
    """Both properties at once, by whole blocks; nothing when one combination is small."""
    if first is None or second is None:
        return ()
    counts = Counter(f"{first.block(row)}|{second.block(row)}" for row in rows)
    blocks = [[*split.shown, *([REST] if split.rest else [])] for split in (first, second)]
    names = [f"{one}|{other}" for one, other in product(*blocks)]
    if any(counts[name] < k for name in names):
        return ()
    return (Table(f"{first.by}|{second.by}", {name: _rounded(counts[name]) for name in names}),)


def _rounded(count: int) -> int:
    """To the nearest multiple of `BASE`."""
    return BASE * ((count + BASE // 2) // BASE)
