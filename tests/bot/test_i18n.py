"""Languages: found, offered, chosen; names, numbers and dates with the gaps of the locale data closed."""

import logging
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from bot.i18n import Catalogue, MissingText, catalogues, po_path, spell_uzbek
from bot.languages import LANGUAGES, normalise

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
ENGLISH = HEADER + 'msgid "text.missing"\nmsgstr "Missing."\n\nmsgid "only.english"\nmsgstr "Only here"\n'
AT = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)


def put(folder: Path, code: str, text: str) -> None:
    path = po_path(folder, code)
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")


def in_language(code: str) -> Catalogue:
    language = next(each for each in LANGUAGES if each.code == code)
    return Catalogue(language, catalogues()["en"]._words)


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("ru", "ru"),
        ("ru-RU", "ru"),
        ("RU_ru", "ru"),
        ("uz", "uz"),
        ("uz-Latn-UZ", "uz"),
        ("uz-Cyrl", "uz_Cyrl"),
        ("uz_Cyrl_UZ", "uz_Cyrl"),
        ("uzb", "uz"),
        ("uzn-cyrl", "uz_Cyrl"),
        ("tgk", "tg"),
        ("azj", "az"),
        ("kaz", "kk"),
        ("kk-Latn", "kk"),
        ("en-GB", "en"),
        *[
            (code, None)
            for code in ("", "-", "ky", "tk", "tr", "fa", "uzs", "azb", "it-IT", "ruthless", "Cyrl-uz", "рус")
        ],
    ],
)
def test_a_messengers_code_leads_to_a_language_or_to_the_question(code: str, language: str | None):
    assert normalise(code) == language


@given(st.text())
def test_no_code_raises(code: str):
    assert normalise(code) in {None, *(language.code for language in LANGUAGES)}


def test_every_language_is_known_to_the_locale_data():
    assert [str(Locale.parse(language.code)) for language in LANGUAGES] == [language.code for language in LANGUAGES]


def test_given_two_catalogues_then_these_are_offered_in_the_fixed_order(tmp_path: Path):
    put(tmp_path, "en", ENGLISH)
    put(tmp_path, "kk", HEADER)
    put(tmp_path, "xx", HEADER)
    assert list(catalogues(tmp_path)) == ["kk", "en"]


def test_given_a_text_that_is_missing_or_unsure_when_asked_then_english_stands_in(tmp_path: Path):
    put(tmp_path, "en", ENGLISH)
    put(tmp_path, "kk", HEADER + '#, fuzzy\nmsgid "only.english"\nmsgstr "Бәлкім"\n')
    assert catalogues(tmp_path, strict=True)["kk"].text("only.english") == "Only here"


def test_given_an_id_that_nobody_has_when_asked_then_tests_hear_it_and_people_read_a_sentence(tmp_path: Path):
    put(tmp_path, "en", ENGLISH)
    with pytest.raises(MissingText, match=r"en: no\.such"):
        catalogues(tmp_path, strict=True)["en"].text("no.such")
    assert catalogues(tmp_path)["en"].text("no.such") == "Missing."
    assert catalogues(tmp_path)["en"].text("no.such", 3) == "Missing."


def test_a_missing_text_is_logged_by_its_id(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, logger="panah"):
        catalogues()["en"].text("no.such")
    assert [(record.getMessage(), record.fields) for record in caplog.records] == [
        ("text.missing", {"text": "no.such", "language": "en"})
    ]


def test_without_english_nothing_starts(tmp_path: Path):
    put(tmp_path, "ru", HEADER)
    with pytest.raises(MissingText, match="en catalogue"):
        catalogues(tmp_path)


def test_catalogues_are_compiled_once():
    assert catalogues() is catalogues()


@pytest.mark.parametrize(
    ("minutes", "english", "russian"),
    [
        (-5, "0 minutes", "0 минут"),
        (1, "1 minute", "1 минута"),
        (59, "59 minutes", "59 минут"),
        (60, "1 hour", "1 час"),
        (90, "90 minutes", "90 минут"),
        (150, "2 hours", "2 часа"),
        (1440, "1 day", "1 день"),
        (1500, "25 hours", "25 часов"),
        (2880, "2 days", "2 дня"),
        (90 * 1440, "90 days", "90 дней"),
    ],
)
def test_a_length_of_time_takes_the_coarsest_unit_that_fits(minutes: int, english: str, russian: str):
    assert [catalogues(strict=True)[code].span(minutes) for code in ("en", "ru")] == [english, russian]


def test_a_moment_is_numeric_and_in_utc_whatever_zone_it_came_from():
    assert in_language("az").moment(AT.astimezone(timezone(timedelta(hours=5)))) == "2026-11-22 14:05 UTC"


@pytest.mark.parametrize(
    ("code", "zone", "at", "shown"),
    [
        ("en", "UTC", "2026-11-22 14:05", "2026-11-22 14:05 UTC"),
        ("en", "+05:30", "2026-11-22 14:05", "2026-11-22 19:35 UTC+05:30"),
        ("ru", "Asia/Tashkent", "2026-11-22 21:05", "2026-11-23 02:05, Ташкент"),
        ("uz", "Asia/Tashkent", "2026-11-22 21:05", "2026-11-23 02:05, Toshkent"),
        ("en", "Europe/Berlin", "2026-07-01 12:00", "2026-07-01 14:00, Berlin"),
        ("en", "Europe/Berlin", "2026-10-24 23:59", "2026-10-25 01:59, Berlin"),
        ("en", "Europe/Berlin", "2026-10-25 00:30", "2026-10-25 02:30, Berlin (UTC+02:00)"),
        ("en", "Europe/Berlin", "2026-10-25 01:30", "2026-10-25 02:30, Berlin (UTC+01:00)"),
        ("en", "Europe/Berlin", "2026-10-25 02:00", "2026-10-25 03:00, Berlin"),
        ("en", "America/New_York", "2026-11-01 05:30", "2026-11-01 01:30, New York (UTC-04:00)"),
        ("en", "Nowhere/Atlantis", "2026-11-22 14:05", "2026-11-22 14:05 UTC"),
    ],
)
def test_a_moment_by_the_readers_own_clock_says_where_and_no_two_moments_look_alike(code, zone, at, shown):
    there = in_language(code).by_the_clock_of(zone)
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert there.moment(moment) == shown
    assert there.moment(moment, bare=True) == re.sub(r"(, [^(]*[^ (]| UTC.*)(?= \(|$)", "", shown), "in a list"
    assert in_language(code).moment(AT) == "2026-11-22 14:05 UTC", "everybody else still reads UTC"


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("ru", "22 ноября 2026"),
        ("uz", "22-noyabr, 2026"),
        ("uz_Cyrl", "22 ноябр, 2026"),
        ("tg", "22 ноябр 2026"),
        ("az", "22 noyabr 2026"),
        ("kk", "2026 ж. 22 қараша"),
        ("en", "November 22, 2026"),
    ],
)
def test_a_day_is_written_out_in_its_own_language_even_after_azerbaijani_months(code: str, day: str):
    # Babel issue 1234: stand-alone months of az leak into tg and uz_Cyrl within one process.
    format_date(AT, "LLLL", locale="az")
    assert in_language(code).day(AT).replace("\u00a0", " ") == day


def test_a_day_is_the_day_in_utc():
    late = datetime(2026, 11, 23, 2, tzinfo=timezone(timedelta(hours=5)))
    assert in_language("en").day(late) == "November 22, 2026"


@pytest.mark.parametrize(
    ("language", "country", "name"),
    [
        ("ru", "KG", "Кыргызстан"),
        ("ru", "US", "США"),
        ("uz", "UZ", "Oʻzbekiston"),
        ("uz", "US", "AQSH"),
        ("uz", "KG", "Qirgʻiziston"),
        ("tg", "TJ", "Тоҷикистон"),
        ("az", "AZ", "Azərbaycan"),
        ("kk", "KZ", "Қазақстан"),
        ("kk", "CQ", "Sark"),
        ("en", "TR", "Türkiye"),
    ],
)
def test_countries_have_the_names_that_their_people_use(language: str, country: str, name: str):
    assert in_language(language).country(country) == name


def test_given_no_such_country_then_its_code_is_not_shown():
    assert "ZQ" not in in_language("en").country("ZQ")


@pytest.mark.parametrize(
    ("language", "shown"), [("ru", "12 345"), ("az", "12.345"), ("en", "12,345"), ("uz_Cyrl", "12 345")]
)
def test_large_numbers_are_grouped_as_the_language_groups(language: str, shown: str):
    assert in_language(language).number(12345).replace("\u00a0", " ") == shown
    assert in_language(language).number(999) == "999"


def test_uzbek_apostrophes_become_its_letters():
    assert spell_uzbek("o‘zbek g'oya ma'no Qo’shma ‘quoted’") == "oʻzbek gʻoya maʼno Qoʻshma ‘quoted’"
