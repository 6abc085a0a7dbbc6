"""What an export holds: rows of cases that were given to the same partner before, by two, exactly as they were given;
or a table of figures (`tabled`).

So a partner learns nothing new by the rows, and nobody decides anew about words. A row stays out when its reporter no
longer agrees, or their consent no longer names this partner; and when any admin may not know of the case: else two
admins would be shown different rows, and the difference would tell the one that there is such a case.
Pure content.
"""

import json
from typing import Any

from handlers import approved, cards
from handlers.desk import bundles, orders, tabled
from handlers.desk.talk import by_time
from handlers.model import (
    Address,
    Case,
    Context,
    Effect,
    Figures,
    KeepFigures,
    Message,
    Order,
    Param,
    Part,
    Partner,
    Passed,
    Release,
    SendExport,
)
from handlers.model.ids import Value
from handlers.permissions import cleared


class Made(Value, frozen=True):
    """An export as it would leave now, and what names these bytes: the rows in the order of their references; or the
    `table`, out of all that is said of its quarter (`figures`).
    """

    order: Order
    partner: Partner
    digest: str
    cases: tuple[Case, ...] = ()
    rows: tuple[str, ...] = ()
    table: Release | None = None
    figures: Figures | None = None


def partner(id: str, context: Context) -> Partner | None:
    """One of the partners of this house."""
    return next((each for each in context.desk.partners if each.id == id), None)


def made(order: Order, context: Context) -> Made | None:
    """What may leave by this order now; None when nothing may."""
    to = partner(order.partner, context)
    if to is None:
        return None
    return _rows(order, to, context) if order.what == orders.ROWS else _table(order, to, context)


def _rows(order: Order, to: Partner, context: Context) -> Made | None:
    deciding = {each.id for each in context.team if approved.may_decide(each)}
    known = ((case, parts) for case, parts in context.ordered if deciding <= cleared(case.clearance, context.team))
    given = ((case, row) for case, parts in known if (row := _row(case, parts, to.id)))
    found = sorted(given, key=lambda each: (each[0].ref, each[0].id))
    rows = tuple(row for _, row in found)
    cases = tuple(case for case, _ in found)
    return Made(order, to, bundles.digest(json.dumps(rows), to), cases, rows) if rows else None


def _table(order: Order, to: Partner, context: Context) -> Made | None:
    said = tabled.figures(order, context)
    table = tabled.table(order, said) if said else None
    if table is None:
        return None
    return Made(order, to, bundles.digest(tabled.content(table), to), table=table, figures=said)


def leaving(made: Made, address: Address, name: str) -> tuple[Effect, ...]:
    """The file on its way to who passes it on; what figures say is kept."""
    slot = cards.traces(cards.EXPORT)
    if made.table is None or made.figures is None:
        ids = tuple(case.id for case in made.cases)
        return (SendExport(address, made.partner, name, slot, ids, made.rows),)
    sent = SendExport(address, made.partner, name, slot, figures=made.table, tlp=tabled.TLP)
    return sent, KeepFigures(made.figures)


def _row(case: Case, parts: tuple[Part, ...], partner: str) -> str:
    """What this partner was given of it last, as long as its reporter agrees; else empty."""
    passed = [part.body for part in by_time(parts) if isinstance(part.body, Passed) and part.body.partner == partner]
    return passed[-1].content if passed and partner in bundles.consented(case, parts) else ""


def shown(made: Made) -> Message:
    """All that is in the file, for people to read."""
    lines = tabled.lines(made.table) if made.table else tuple(_line(json.loads(row)) for row in made.rows)
    return Message("export.head", facts(made), lines, protect=True)


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
