"""`panah release`: public tables as files, and nothing where nothing may be said."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import main, publishing
from bot.publishing import as_csv, write
from handlers.release import Release, Table, Withheld

SAID = Release("2026Q1", 1, 95, (Table("category", {"hack": 40, "threat": 30, "rest": 25}, ("attack", "detain")),))


def test_given_a_release_when_written_then_both_files_say_the_same_and_everybody_may_read_them(tmp_path: Path):
    table, values = write(SAID, tmp_path / "out")
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    assert [(row["table"], row["cell"], row["reports"]) for row in rows] == [
        ("total", "all", "95"),
        ("category", "hack", "40"),
        ("category", "threat", "30"),
        ("category", "rest", "25"),
    ]
    assert rows[-1]["together"] == "attack detain"
    assert json.loads(values.read_text())["tables"][0]["cells"] == SAID.tables[0].cells
    assert table.stat().st_mode & 0o777 == 0o644
    assert {file.name for file in table.parent.iterdir()} == {"panah-2026Q1.csv", "panah-2026Q1.json"}


def asked(monkeypatch: pytest.MonkeyPatch, answer: Release | Withheld, *options: str):
    async def released(settings: object, quarter: str, keep: bool, never: bool) -> Release:
        if isinstance(answer, Withheld):
            raise answer
        return answer

    monkeypatch.setattr(publishing, "settings_of", lambda env: None)
    monkeypatch.setattr(publishing, "_released", released)
    return CliRunner().invoke(main, ["release", *options])


def test_given_a_dry_run_then_it_is_shown_and_nothing_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    told = asked(monkeypatch, SAID, "--quarter", "2026Q1", "--dry-run", "--out", str(tmp_path))
    assert told.exit_code == 0 and told.stdout == as_csv(SAID)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("reason", sorted(publishing.REASONS))
def test_given_nothing_may_be_said_then_the_reason_is_given(reason: str, monkeypatch: pytest.MonkeyPatch):
    told = asked(monkeypatch, Withheld(reason), "--quarter", "2026Q1")
    assert told.exit_code == 1 and publishing.REASONS[reason] in told.output


def test_given_no_quarter_then_the_right_way_is_shown(monkeypatch: pytest.MonkeyPatch):
    told = asked(monkeypatch, SAID, "--quarter", "spring")
    assert told.exit_code == 2 and "2026Q2" in told.output
