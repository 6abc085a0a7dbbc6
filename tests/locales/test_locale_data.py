"""The gaps of the Unicode locale data stay closed: no other language's months, no English words, no strange letters."""

import ast
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from subprocess import run
from sys import executable

import pytest

from bot.catalogues.files import read_all
from bot.catalogues.scripts import mixed_words, strange_letters, words
from bot.catalogues.wording import LABEL
from bot.i18n import Catalogue, catalogues
from bot.languages import LOCALES
from bot.program import load

ROOT = Path(__file__).parents[2]
SHOWN = catalogues(strict=True)
IN_EVERY_LANGUAGE = pytest.mark.parametrize("shown", SHOWN.values(), ids=lambda each: each.code)
OF_BABEL = {
    "babel.Locale",
    "babel.dates.format_date",
    "babel.messages.catalog.Catalog",
    "babel.messages.mofile.write_mo",
    "babel.messages.pofile.PoFileError",
    "babel.messages.pofile.read_po",
    "babel.messages.pofile.write_po",
    "babel.numbers.format_decimal",
}
"""Lists, durations, times and stand-alone months of Babel have gaps in our languages."""
MONTHS = """
import sys
from datetime import UTC, datetime
from bot.i18n import catalogues
shown = catalogues()
days = {code: [shown[code].day(datetime(2026, m, 1, tzinfo=UTC)) for m in range(1, 13)] for code in sys.argv[1:]}
print(sorted(days.items()))
"""


def test_of_babel_only_what_has_no_gaps_is_used():
    sources = chain.from_iterable((ROOT / room).rglob("*.py") for room in ("bot", "handlers", "storage"))
    nodes = chain.from_iterable(ast.walk(ast.parse(path.read_bytes())) for path in sources)
    found = {f"{node.module}.{each.name}" for node in nodes if _is_of_babel(node) for each in node.names}
    assert found <= OF_BABEL


def _is_of_babel(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "babel"


def test_no_stand_alone_month_stands_in_the_source():
    sources = list(chain.from_iterable((ROOT / room).rglob("*.py") for room in ("bot", "handlers", "storage")))
    code = "\n".join(line.partition("#")[0] for path in sources for line in path.read_text("utf-8").splitlines())
    assert "LLL" not in code


def test_months_are_their_own_whatever_language_is_used_first():
    orders = (["az", "tg", "uz_Cyrl", "kk", "uz", "ru", "en"], ["kk", "ru", "uz_Cyrl", "tg", "en", "uz", "az"])
    told = [run([executable, "-c", MONTHS, *order], cwd=ROOT, capture_output=True, text=True) for order in orders]
    assert told[0].stdout == told[1].stdout != ""
    azerbaijani = {"yanvar", "fevral", "mart", "aprel"}
    assert sum(any(month in day for day in told[0].stdout.split("'")) for month in azerbaijani) == len(azerbaijani)


@IN_EVERY_LANGUAGE
def test_every_month_is_in_the_letters_of_its_language(shown: Catalogue):
    days = [shown.day(datetime(2026, month, 22, tzinfo=UTC)) for month in range(1, 13)]
    assert len(set(days)) == 12
    assert _strange(shown, days) == []


@IN_EVERY_LANGUAGE
def test_a_length_of_time_is_written_out_without_english(shown: Catalogue):
    spans = [shown.span(minutes) for minutes in (1, 2, 5, 21, 60, 120, 300, 1440, 2880, 7200)]
    assert len(set(spans)) == len(spans)
    assert _strange(shown, spans) == []
    if shown.code != "en":
        assert not {"min", "h", "d", "hour", "hours", "day", "days", "minute", "minutes"} & set(" ".join(spans).split())


@pytest.mark.parametrize("code", sorted(SHOWN.keys() - {"en"}))
def test_no_small_english_word_stands_in_another_language(code: str):
    english = {"and", "or", "the", "of", "to", "your", "you", "is", "in", "for"}
    texts = {id: form for id, entry in read_all(LOCALES)[code].items() for form in entry.forms}
    assert {id: found for id, text in texts.items() if (found := english & set(words(text)))} == {}


@IN_EVERY_LANGUAGE
def test_every_country_has_a_name_of_the_language_itself(shown: Catalogue):
    countries = load(None).program.countries
    assert [code for code in countries if code not in shown.locale.territories] == []
    names = [shown.country(code) for code in countries]
    assert shown.code != "uz" or not set("'‘’") & set("".join(names))
    if shown.code != "en":  # English keeps the marks of other languages: Türkiye, Côte d’Ivoire
        assert _strange(shown, names) == []
        english = {SHOWN["en"].country(code) for code in countries}
        assert not shown.language.cyrillic or not english & set(names)


@IN_EVERY_LANGUAGE
def test_every_offered_country_fits_a_button(shown: Catalogue):
    program = load(None).program
    offered = [shown.country(code) for code in {*program.hosts, *program.origins}]
    assert [name for name in offered if len(name) > LABEL] == []


def _strange(shown: Catalogue, texts: list[str]) -> list[str]:
    return [text for text in texts if strange_letters(text, shown.language) or list(mixed_words(text, shown.language))]
