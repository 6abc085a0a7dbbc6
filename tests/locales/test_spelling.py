"""Spelling is shown, never enforced."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.catalogues.__main__ import app
from bot.catalogues.merge import merge
from bot.catalogues.spelling import known, report
from bot.languages import LANGUAGES

HUNSPELL = """#!/bin/sh
# A stand-in for hunspell: it has two dictionaries, and lists every word but "дом" and "Здравствуйте".
[ "$2" = ru_RU ] || [ "$2" = en_US ] || exit 1
grep -v -x -e 'дом' -e 'Здравствуйте' || true
"""
TEXTS = {
    "a": {"en": "Hello, <b>{name}</b>", "ru": "Здравствуйте, <b>{name}</b>: Telegram, фишинг, здраствуйте"},
    "b": {"en": "Hello", "kk": "Үй", "az": "Ev", "uz": "Uy", "uz_Cyrl": "Уй"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "texts.json").write_text(json.dumps(TEXTS), encoding="utf-8")
    merge(tmp_path / "locales", [tmp_path / "texts.json"])
    return tmp_path / "locales"


@pytest.fixture
def hunspell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "hunspell"
    program.parent.mkdir()
    program.write_text(HUNSPELL, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


@pytest.mark.usefixtures("hunspell")
def test_given_dictionaries_then_unknown_words_are_shown_and_the_rest_is_explained(folder: Path):
    assert list(report(folder)) == [
        "ru: unknown words: здраствуйте",
        "uz: there is no dictionary",
        "uz_Cyrl: the dictionary uz_UZ is not installed",
        "az: there is no dictionary",
        "kk: the dictionary kk_KZ is not installed",
        "en: unknown words: Hello",
    ]


def test_given_no_hunspell_then_it_says_so_and_does_not_fail(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(folder))
    told = CliRunner().invoke(app, ["spell", "--locales", str(folder)])
    assert told.exit_code == 0
    assert "hunspell is not installed" in told.output


def test_the_words_that_are_right_belong_to_languages_of_ours():
    assert known().keys() <= {language.code for language in LANGUAGES}
