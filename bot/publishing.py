"""Public tables (`handlers.release`) as files: one CSV for spreadsheets and one JSON for programs."""

import csv
import io
import os
from pathlib import Path

import msgspec

from handlers.release import Release

COLUMNS = ("quarter", "rules", "table", "cell", "reports", "together")
READABLE = 0o644
"""It is meant for everybody."""


def as_csv(said: Release, tlp: str = "") -> str:
    """A line for each cell. `together`: the cells that the line "rest" stands for, with spaces between.

    `tlp`: how far it may be passed on, in a column of its own; nothing for everybody.
    """
    out, marked = io.StringIO(), (tlp,) if tlp else ()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*COLUMNS, "tlp") if tlp else COLUMNS)
    writer.writerow((said.quarter, said.rules, "total", "all", said.total, "", *marked))
    for table in said.tables:
        for cell, reports in table.cells.items():
            together = " ".join(table.rest) if cell == "rest" else ""
            writer.writerow((said.quarter, said.rules, table.by, cell, reports, together, *marked))
    return out.getvalue()


def as_json(said: Release) -> str:
    return msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n"


def write(said: Release, folder: Path) -> list[Path]:
    """Both files, each whole or not at all. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"panah-{said.quarter}"
    return [_put(folder / f"{name}.csv", as_csv(said)), _put(folder / f"{name}.json", as_json(said))]


def _put(path: Path, text: str) -> Path:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.chmod(READABLE)
    os.replace(part, path)
    return path
