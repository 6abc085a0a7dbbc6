"""A language that nobody thought of is added without code: a few lines of data and a catalogue."""

import json
from pathlib import Path
from shutil import copytree

import pytest

from bot.catalogues.extract import Uttered
from bot.catalogues.files import read_all
from bot.catalogues.gates import check
from bot.catalogues.merge import merge
from bot.i18n import catalogues, po_path
from bot.languages import FILE, LANGUAGES, LOCALES, languages, normalise
from bot.render import plain
from handlers.model import Message

KYRGYZ = """
[[languages]]
code = "ky"
name = "Кыргызча"
tags = ["ky", "kir"]
letters = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяңөүәғқұһі"
quotes = "«»"
codewords = "russian"
countries = { US = "АКШ" }
"""
NAMES = ("language.ky", "button.language.ky")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our catalogues, and Kyrgyz: here with the texts of Kazakh."""
    copied = copytree(LOCALES, tmp_path_factory.mktemp("new") / "locales")
    (copied / FILE).write_text((copied / FILE).read_text("utf-8") + KYRGYZ, encoding="utf-8")
    texts = {
        id: {"ky": entry.forms if entry.plural else entry.forms[0]} for id, entry in read_all(LOCALES)["kk"].items()
    }
    named = dict.fromkeys((language.code for language in languages(copied)), "Кыргызча")
    source = copied.with_name("ky.json")
    source.write_text(json.dumps(texts | dict.fromkeys(NAMES, named)), encoding="utf-8")
    merge(copied, [source])
    return copied


def test_given_data_and_a_catalogue_then_the_language_passes_the_gates_and_is_offered(folder: Path, needed: Uttered):
    assert po_path(folder, "ky").is_file()
    assert check(folder, needed) == []
    shown = catalogues(folder, strict=True)
    assert list(shown) == [*(language.code for language in LANGUAGES), "ky"]
    assert {plain(Message("button.language.ky"), each) for each in shown.values()} == {"Кыргызча"}


def test_then_it_speaks_counts_and_names_like_the_others(folder: Path):
    kyrgyz = catalogues(folder, strict=True)["ky"]
    assert (kyrgyz.country("US"), kyrgyz.country("DE"), kyrgyz.span(120)) == ("АКШ", "Германия", "2 сағат")


def test_then_a_messengers_code_leads_to_it(folder: Path):
    assert normalise("ky-KG") is None
    assert [normalise(code, languages(folder)) for code in ("ky-KG", "KIR", "kk", "uz-Cyrl")] == [
        "ky",
        "ky",
        "kk",
        "uz_Cyrl",
    ]


def test_given_a_letter_that_it_lacks_then_the_gates_of_its_own_alphabet_name_it(
    folder: Path, needed: Uttered, tmp_path: Path
):
    broken = copytree(folder, tmp_path / "locales")
    path = po_path(broken, "ky")
    path.write_text(path.read_text("utf-8").replace("Иә", "Ҳа", 1), encoding="utf-8")
    faults = [str(fault) for fault in check(broken, needed)]
    assert any(fault.startswith("ky: ") and fault.endswith("letters of another alphabet: Ҳ") for fault in faults)
