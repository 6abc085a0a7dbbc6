"""A table of figures for a partner under agreement (`handlers.release`): one, of one quarter. Pure content.

What is given of a quarter is kept, so that every partner gets the same numbers, and so does everybody later.
"""

import msgspec
from msgspec.structs import replace

from handlers import cards, charts, release
from handlers.desk import orders
from handlers.figures import counted, counts
from handlers.model import Context, Figures, Marking, Message, Order, Release

TLP = f"TLP:{Marking.STRICT}"
"""Small numbers under agreement are for that partner alone."""


def figures(order: Order, context: Context) -> Figures | None:
    """What is said of its quarter, or would be; None when nothing may be said yet, or at all, or nobody knows whether
    something was (`panah release --never-released`).
    """
    if context.forgotten:
        return None
    rows = (*(counted(case, context.now) for case in context.everything if counts(case)), *context.kept)
    try:
        return context.released or release.said_of(orders.quarter(order), rows, context.program, context.now.date())
    except release.Withheld:
        return None


def table(order: Order, said: Figures) -> Release | None:
    """The one table that was asked for; None when it would say too much of a small number."""
    wanted = tuple(each for each in said.partners.tables if each.by == orders.TABLES[order.what])
    return replace(said.partners, tables=wanted) if wanted else None


def content(said: Release) -> str:
    """All of it, for the digest."""
    return msgspec.json.encode(said).decode() + TLP


def lines(said: Release) -> tuple[Message, ...]:
    """All of it, for people to read."""
    total = Message("figures.total", count=said.total)
    (shown,) = said.tables
    cells = (
        Message("figures.line", {"label": _named(shown.by, cell, shown.rest), "value": number})
        for cell, number in shown.cells.items()
    )
    return (Message("plain", {"text": f"{TLP} · {said.quarter}"}), total, *cells)


def _named(by: str, cell: str, rest: tuple[str, ...]) -> Message:
    """How a cell is called; of a rest, what stands together in it."""
    if cell == release.REST and rest:
        return Message("export.rest", {"of": cards.joined(tuple(charts.named(by, each) for each in rest))})
    names = zip(by.split("|"), cell.split("|"), strict=True)
    return cards.joined(tuple(charts.named(each, name) for each, name in names))
