"""Charts as tables for other programs: CSV and JSON."""

import csv
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from typing import Any

import msgspec

from bot.i18n import Catalogue
from bot.render import plain
from handlers.model import Chart

COLUMNS = ("by", "value", "label", "count")
_ACTING = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for a formula at the beginning of a cell (OWASP, CSV injection)."""


def as_csv(charts: Sequence[Chart], catalogue: Catalogue) -> bytes:
    """A line for each bar; UTF-8 with its mark, so that spreadsheets read every script (RFC 4180 otherwise)."""
    out = StringIO()
    sheet = csv.writer(out)
    sheet.writerow(COLUMNS)
    sheet.writerows([_still(each) for each in row] for row in _rows(charts, catalogue))
    return out.getvalue().encode("utf-8-sig")


def as_json(charts: Sequence[Chart], catalogue: Catalogue) -> bytes:
    """The same as objects, each chart with its months and total."""
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in _rows(charts, catalogue)]
    whole: dict[str, Any] = {"total": charts[0].total, "months": charts[0].months, "bars": rows}
    return msgspec.json.format(msgspec.json.encode(whole)) + b"\n"


FORMATS: dict[str, Callable[[Sequence[Chart], Catalogue], bytes]] = {"csv": as_csv, "json": as_json}


def _rows(charts: Sequence[Chart], catalogue: Catalogue) -> Iterator[tuple[str, str, str, int]]:
    for chart in charts:
        for bar in chart.bars:
            yield chart.by, bar.of, plain(bar.label, catalogue), bar.value


def _still(cell: str | int) -> str | int:
    """The cell, with an apostrophe before what would act."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_ACTING) else cell
