"""Rows for Uwazi, HURIDOCS' database, of what a partner gets: enums and a member's summary, no word of the reporter.

Rules of its import (huridocs/uwazi-knowledge-hub, docs/reference/csv-import.mdx): UTF-8 CSV, a header of names of
properties, `title` needed, several values with `|` between, a range of dates as `YYYY-MM-DD:YYYY-MM-DD`. Uwazi passes
bad cells over in silence and makes missing values of a thesaurus, so a partner tries it in a collection of its own.
There is no column `id`: a row with one changes what is there, and clears every property that the file doesn't name.
"""

import csv
import io
import json
from calendar import monthrange
from collections.abc import Iterable
from typing import Any

NAME = "uwazi.csv"
ACTS = {
    "attack": "02010100000004",
    "threat": "02010301010004",
    "surveil": "02010303000004",
    "interpol": "05010600000004",
    "hack": "04010000000004",
    "informant": "12010400000004",
}
"""Categories that are one act of HURIDOCS' Micro-thesaurus 4; the others could be several, and none is named."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(contents: Iterable[str]) -> str:
    """A header, and a row of each bundle.json. Raises ValueError without any."""
    rows = [_row(json.loads(content)) for content in contents]
    if not rows:
        raise ValueError("a table without rows has no header")
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0], lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def _row(facts: dict[str, Any]) -> dict[str, str]:
    """`month` is a range: its day is not given."""
    return {
        "title": facts["ref"],
        "incident_type": facts["category"],
        "also": "|".join(facts["answers"].get("also", ())),
        "origin_state": "|".join(facts["origin"]),
        "host_country": facts["host"],
        "month": _month(facts),
        "severity": facts["level"],
        "huridocs_act": ACTS.get(facts["category"], ""),
        "summary": _plain(facts["summary"]),
        "consent_share": "yes",
        "tlp": facts["tlp"],
    }


def _month(facts: dict[str, Any]) -> str:
    year, month = map(int, facts["month"].split("-"))
    return f"{facts['month']}-01:{facts['month']}-{monthrange(year, month)[1]}"


def _plain(text: str) -> str:
    """Nothing that a spreadsheet would run (OWASP, CSV injection): an apostrophe goes before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
