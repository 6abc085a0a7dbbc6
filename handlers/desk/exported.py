"""What an export holds: a row of each case that was given to the same partner before, by two, exactly as it was given.

So the partner learns nothing new by it, and nobody decides anew about words. A row stays out when its reporter no
longer agrees, or their consent no longer names this partner, and when who makes the file may not know of the case.
Pure content.
"""

import json
import re
from datetime import datetime
from typing import Any

from handlers import cards
from handlers.desk import bundles
from handlers.desk.talk import by_time
from handlers.model import Case, CaseId, Context, Message, Order, Param, Part, Partner, Passed
from handlers.model.ids import Value
from handlers.permissions import may_know

ROWS = "rows"
"""For Uwazi (`bot.uwazi`)."""
MOST = 12
"""Months in one file: a row costs some milliseconds to open, and two people are to look at all of them."""
SPANS = {"month": 1, "quarter": 3, "year": 12}
"""Offered as buttons: so many months, the present one the last."""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


class Made(Value, frozen=True):
    """An export as it would leave now: the rows in the order of their references, and what names these bytes."""

    order: Order
    partner: Partner
    cases: tuple[Case, ...]
    rows: tuple[str, ...]
    digest: str


def read(name: str) -> Order | None:
    """The order that a button or somebody's words name; None for anything else, and for too many months."""
    partner, _, rest = name.partition(".")
    what, *months = rest.split(".")
    if what != ROWS or len(months) != 2 or not all(_MONTH.fullmatch(month) for month in months):
        return None
    first, last = months
    return Order(partner, what, first, last) if 0 <= _number(last) - _number(first) < MOST else None


def lately(partner: Partner, span: str, now: datetime) -> Order:
    """So many months, the present one the last."""
    last = f"{now:%Y-%m}"
    number = _number(last) - SPANS[span] + 1
    return Order(partner.id, ROWS, f"{number // 12:04}-{number % 12 + 1:02}", last)


def _number(month: str) -> int:
    """Months since the year 0."""
    return int(month[:4]) * 12 + int(month[5:]) - 1


def partner(id: str, context: Context) -> Partner | None:
    """One of the partners of this house."""
    return next((each for each in context.desk.partners if each.id == id), None)


def made(order: Order, context: Context) -> Made | None:
    """What may leave by this order now; None when nothing may."""
    to = partner(order.partner, context)
    known = ((case, parts) for case, parts in context.ordered if may_know(context.me, case, context.team))
    found = sorted((case.ref, case.id, row) for case, parts in known if (row := _row(case, parts, order.partner)))
    if to is None or not found:
        return None
    headers: dict[CaseId, Case] = {case.id: case for case, _ in context.ordered}
    rows = tuple(row for _, _, row in found)
    return Made(order, to, tuple(headers[id] for _, id, _ in found), rows, bundles.digest(json.dumps(rows), to))


def _row(case: Case, parts: tuple[Part, ...], partner: str) -> str:
    """What this partner was given of it last, as long as its reporter agrees; else empty."""
    passed = [part.body for part in by_time(parts) if isinstance(part.body, Passed) and part.body.partner == partner]
    return passed[-1].content if passed and partner in bundles.consented(case, parts) else ""


def shown(made: Made) -> Message:
    """All that is in the file, for people to read."""
    return Message("export.head", facts(made), tuple(_line(json.loads(row)) for row in made.rows), protect=True)


def facts(made: Made) -> dict[str, Param]:
    """What is said around a preview."""
    order = made.order
    return {"partner": made.partner.name, "first": order.first, "last": order.last}


def _line(row: dict[str, Any]) -> Message:
    categories = tuple(each for each in (row["category"], *row["answers"].get("also", ())) if each)
    return Message(
        "export.row",
        {
            "ref": row["ref"],
            "month": row["month"],
            "marking": row["tlp"],
            "category": cards.joined(tuple(cards.category_named(each) for each in categories)),
            "origin": cards.joined(tuple(cards.place("origin", each) for each in row["origin"])),
            "host": cards.place("host", row["host"]),
            "level": Message(f"level.{row['level']}"),
            "text": row["summary"] or "–",
        },
    )
