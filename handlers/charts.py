"""Charts of the figures: what is counted by what, in which months, and how each bar is called.

Every report stands in exactly one bar, so the bars of a chart always add up to its total.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from handlers import cards
from handlers.figures import TURKIYE, UNKNOWN
from handlers.model import NO_ORIGIN, SEVERAL_ORIGINS, Bar, Chart, Counted, Country, Level, Message

ANSWERS = ("in_time", "late", "open")
OPEN = "open"
"""Not answered or not closed yet."""
REST = "rest"
"""What is left over when there are too many bars."""

BY: dict[str, Callable[[Counted], str]] = {
    "category": lambda row: row.category,
    "origin": lambda row: row.origin,
    "host": lambda row: row.host_group,
    "level": lambda row: row.level.name,
    "answer": lambda row: OPEN if row.in_time is None else ANSWERS[not row.in_time],
    "outcome": lambda row: row.outcome or OPEN,
    "month": lambda row: row.month,
}
"""What reports are counted by, and how each counts."""
ALWAYS: dict[str, tuple[str, ...]] = {"level": tuple(level.name for level in Level), "answer": ANSWERS}
"""Bars that are shown when nothing is in them, and in this order."""
PERIODS = {"month": 1, "quarter": 3, "year": 12, "all": 0}
"""So many months, the present one the last; 0 is everything."""
MOST = 12
"""Bars of a picture that a phone shows whole; of years there may be more."""


def chart(rows: Iterable[Counted], by: str, period: str, now: datetime) -> Chart:
    """A period that ends with the present month."""
    last, months = f"{now:%Y-%m}", PERIODS[period]
    return since(rows, by, _month(_number(last) - months + 1) if months else "", last)


def since(rows: Iterable[Counted], by: str, first: str, last: str) -> Chart:
    """From a month on ("2026-11"); without one from the first that has a report."""
    shown = [row for row in rows if row.month >= first]
    start = first or min((row.month for row in shown), default=last)
    months = tuple(dict.fromkeys((start, max([last, *(row.month for row in shown)]))))
    bars = tuple(Bar(value, named(by, value), number) for value, number in tally(shown, by, months))
    return Chart(by, " – ".join(months), bars, len(shown))


def tally(rows: Sequence[Counted], by: str, months: Sequence[str]) -> list[tuple[str, int]]:
    """How many there are of what, in the order in which it is shown."""
    found = Counter(BY[by](row) for row in rows)
    if by == "month":
        return _by_time(found, months[0], months[-1])
    order = ALWAYS.get(by, ())
    bars = [(value, found.pop(value, 0)) for value in order] if rows else []
    bars += sorted(found.items(), key=lambda each: (-each[1], each[0]))
    if len(bars) <= MOST:
        return bars
    return [*bars[: MOST - 1], (REST, sum(number for _, number in bars[MOST - 1 :]))]


def _by_time(found: Counter[str], first: str, last: str) -> list[tuple[str, int]]:
    """Months without gaps; when they are too many, quarters, then years."""
    if not found:
        return []
    months = [_month(number) for number in range(_number(first), _number(last) + 1)]
    sizes = (each for each in (1, 3, 12) if len({_span(month, each) for month in months}) <= MOST)
    size = next(sizes, 12)
    bars: Counter[str] = Counter()
    for month in months:
        bars[_span(month, size)] += found[month]
    return list(bars.items())


def _span(month: str, size: int) -> str:
    """What a month belongs to: itself, its quarter ("2026-10…12"), its year."""
    year, _, number = month.partition("-")
    if size == 12:
        return year
    start = (int(number) - 1) // size * size + 1
    return month if size == 1 else f"{year}-{start:02}…{start + size - 1:02}"


def _number(month: str) -> int:
    """Months since the year 0."""
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"


def named(by: str, value: str) -> Message:
    """How a bar is called."""
    if value == REST:
        return Message("figures.rest")
    return _NAMED[by](value)


def _category(value: str) -> Message:
    """Reports whose writer has said nothing are counted among the others (`Case.kind`)."""
    return Message("figures.other") if value == "other" else cards.category_named(value)


def _origin(value: str) -> Message:
    if value == SEVERAL_ORIGINS:
        return Message("figures.several")
    return cards.place("origin", "" if value == NO_ORIGIN else value)


def _host(value: str) -> Message:
    if value == TURKIYE:
        return Message("country", {"country": Country("TR")})
    return Message("answer.none") if value == UNKNOWN else Message(f"figures.group.{value}")


def _outcome(value: str) -> Message:
    return Message("figures.outcome.open") if value == OPEN else Message(f"button.outcome.{value}")


_NAMED: dict[str, Callable[[str], Message]] = {
    "category": _category,
    "origin": _origin,
    "host": _host,
    "level": lambda value: Message(f"level.{value}"),
    "answer": lambda value: Message(f"figures.answer.{value}"),
    "outcome": _outcome,
    "month": lambda value: Message("plain", {"text": value}),
}


def title(chart: Chart) -> Message:
    """What it shows."""
    return Message(f"figures.by.{chart.by}")


def scope(chart: Chart) -> Message:
    """How many reports of which months."""
    total = Message("figures.total", count=chart.total)
    return Message("figures.scope", {"total": total, "months": chart.months})


INTERNAL = Message("figures.internal")
"""Stands on every picture: small numbers can be people."""


def words(chart: Chart) -> Message:
    """The same in words, for who can't see or open the picture."""
    lines = tuple(Message("figures.line", {"label": bar.label, "value": bar.value}) for bar in chart.bars)
    return Message(
        "figures.title", {"by": title(chart)}, (scope(chart), *(lines or (Message("figures.none"),)), INTERNAL)
    )
