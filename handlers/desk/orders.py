"""What can be asked for in one file: rows of cases for Uwazi, or one table of figures; and of which months.

One table for each file: who got only what was asked for can't tell whether another one may not be given.
"""

import re
from datetime import datetime

from handlers.model import Order
from handlers.release import DELAY, end_of

ROWS = "rows"
"""For Uwazi (`bot.uwazi`), of cases that were given before."""
TABLES = {
    "category": "category",
    "origin": "origin",
    "host": "host",
    "month": "month",
    "both": "origin|category",
}
"""What a button calls a table, and its name in a release (`handlers.release`)."""
MOST = 12
"""Months of rows in one file: a row costs some milliseconds to open, and two people are to look at all of them."""
SPANS = {"month": 1, "quarter": 3, "year": 12}
"""Offered for rows: so many months, the present one the last."""
LAST = 4
"""Quarters offered for a table: a year."""
_MONTH = re.compile(r"2\d{3}-(0[1-9]|1[0-2])", re.ASCII)
"""Of years that a calendar has."""


def read(name: str) -> Order | None:
    """The order that a button or somebody's words name; None for anything else, and for months that can't be asked."""
    partner, _, rest = name.partition(".")
    what, *months = rest.split(".")
    if len(months) != 2 or not all(_MONTH.fullmatch(month) for month in months):
        return None
    order = Order(partner, what, *months)
    if what in TABLES:
        return order if quarter(order) else None
    return order if what == ROWS and 0 <= _number(order.last) - _number(order.first) < MOST else None


def quarter(order: Order) -> str:
    """The quarter that its months are ("2026Q1"); empty when they are none."""
    year, third = divmod(_number(order.first), 12)
    whole = third % 3 == 0 and _number(order.last) - _number(order.first) == 2
    return f"{year:04}Q{third // 3 + 1}" if whole else ""


def lately(partner: str, span: str, now: datetime) -> Order:
    """Rows of so many months, the present one the last."""
    last = _number(f"{now:%Y-%m}")
    return Order(partner, ROWS, _month(last - SPANS[span] + 1), _month(last))


def quarters(partner: str, what: str, now: datetime) -> tuple[Order, ...]:
    """A table of each of the last quarters of which something may be said, the latest first."""
    first = _number(f"{now:%Y-%m}") // 3 * 3
    orders = (Order(partner, what, _month(month), _month(month + 2)) for month in range(first, first - 36, -3))
    return tuple(each for each in orders if end_of(quarter(each)) + DELAY <= now.date())[:LAST]


def _number(month: str) -> int:
    """Months since the year 0."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _month(number: int) -> str:
    return f"{number // 12:04}-{number % 12 + 1:02}"
