"""Catalogues: what Panah says, in every language that has a folder in `locales/`.

Message ids are symbolic ("consent.before"); English stands in for what a catalogue lacks. The `.po` files are compiled
in memory, once, at start: no compiled file can be older than its source.
"""

import re
from collections.abc import Mapping
from copy import copy
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.languages import LOCALES, SOURCE, Language, languages
from bot.logs import event
from bot.zones import offset, ruled, twice

MISSING = "text.missing"
"""The id of the neutral sentence that stands where a text should be."""

# Uzbek locale data mixes three apostrophes: U+02BB belongs after o and g, U+02BC elsewhere.
_TURNED = re.compile(r"(?<=[OoGg])['‘’`]")
_TUTUQ = re.compile(r"(?<=\w)['‘’`](?=\w)")


class MissingText(LookupError):
    """A catalogue lacks what was asked of it. Carries an id of ours, never content."""


class Catalogue:
    """One language's texts, names, numbers and dates.

    `strict` raises `MissingText` where people would meet a neutral sentence: for tests.
    """

    def __init__(self, language: Language, words: NullTranslations, strict: bool = False) -> None:
        self.code = language.code
        self.locale = Locale.parse(language.code)
        self.language = language
        self._words = words
        self._strict = strict
        self._clock = "UTC"

    def text(self, id: str, count: int | None = None) -> str:
        """The sentence behind an id, in the plural form of `count`; in English when this language lacks it."""
        found = self._words.gettext(id) if count is None else self._words.ngettext(id, id, count)
        if found != id:
            return found
        return self.missing(id) if count is None else self.text(id)

    def knows(self, id: str) -> bool:
        """Whether there is a text behind an id, here or in English."""
        return self._words.gettext(id) != id

    def under(self, words: NullTranslations) -> "Catalogue":
        """The same language with other texts before its own."""
        words.add_fallback(self._words)
        return Catalogue(self.language, words, self._strict)

    def by_the_clock_of(self, zone: str) -> "Catalogue":
        """The same language with times as a clock in this zone (an IANA name, or an offset as "+05:30") shows them.

        In UTC where the machine has no rules for it.
        """
        if zone == self._clock or not ruled(zone):
            return self
        there = copy(self)
        there._clock = zone
        return there

    def missing(self, what: str) -> str:
        """What people read instead of an id: a neutral sentence, never the id."""
        self.lament(what)
        return self._words.gettext(MISSING)

    def lament(self, what: str) -> None:
        """Something of ours is missing: an event, or `MissingText` in a strict catalogue."""
        if self._strict:
            raise MissingText(f"{self.code}: {what}")
        event("text.missing", text=what.lower(), language=self.code.lower())

    def country(self, code: str) -> str:
        """A country's name by its ISO 3166-1 alpha-2 code."""
        own = self.language.countries.get(code) or self._territory(code)
        return own or Locale.parse(SOURCE).territories.get(code) or self.missing(f"country {code}")

    def country_names(self, code: str) -> tuple[str, ...]:
        """Every name by which a country may be called in this language, the shown one first."""
        also = self.language.also.get(code, ())
        return tuple(filter(None, (self.country(code), self._territory(code), *also)))

    def _territory(self, code: str) -> str:
        """A country's name in the Unicode locale data; empty when it has none."""
        name = self.locale.territories.get(code, "")
        return spell_uzbek(name) if "ʻ" in self.language.letters else name

    def zone(self, name: str) -> str:
        """A time zone by its city (an IANA name), or an offset such as "+05:30" as "UTC+05:30"."""
        if "/" not in name:
            return f"UTC{name.removeprefix('UTC')}"
        city = self.locale.time_zones.get(name, {}).get("city") or name.rpartition("/")[2].replace("_", " ")
        return self.language.cities.get(name) or (spell_uzbek(city) if "ʻ" in self.language.letters else city)

    def number(self, number: int) -> str:
        """A whole number, grouped as this language groups."""
        return str(number) if -1000 < number < 1000 else format_decimal(number, locale=self.locale)

    def day(self, at: datetime) -> str:
        """The UTC day of an aware time, written out."""
        return _day(self.code, at.astimezone(UTC).date().isoformat())

    def moment(self, at: datetime, bare: bool = False) -> str:
        """An aware time in numbers, with where clocks show it: "2026-11-22 14:05 UTC", "2026-11-22 19:05, Tashkent".

        In the night in which that place shows an hour twice, with the distance from UTC: "…, Berlin (UTC+02:00)".
        `bare`: without the place.
        """
        ahead = offset(self._clock, at)
        shown = f"{at.astimezone(UTC) + ahead:%Y-%m-%d %H:%M}"
        if not bare:
            shown += f"{',' if '/' in self._clock else ''} {self.zone(self._clock)}"
        return f"{shown} (UTC{_distance(ahead)})" if twice(self._clock, at) else shown

    def span(self, minutes: int) -> str:
        """A length of time in the coarsest unit that divides it, or that passes in it at least twice.

        Own texts, because Babel's are abbreviations in Tajik and mean "within" in Azerbaijani.
        """
        count, unit = _coarsest(max(minutes, 0))
        return self.text(f"span.{unit}", count).replace("{count}", self.number(count))


@lru_cache(maxsize=1024)
def _day(language: str, iso: str) -> str:
    # The long pattern uses MMMM. LLLL would give Azerbaijani months to Tajik and Uzbek readers (Babel issue 1234).
    written = format_date(datetime.fromisoformat(iso), format="long", locale=language)
    # Many phones lack a glyph for the narrow no-break space; Tajik months are data with a capital, amid a sentence.
    # The Russian "г." would meet the full stop of a sentence.
    plain = written.replace("\u202f", "\u00a0").removesuffix("\u00a0г.")
    return plain.lower().lstrip("0") if language == "tg" else plain


def _distance(ahead: timedelta) -> str:
    """How far a zone is ahead of UTC: "+02:00"."""
    hours, minutes = divmod(abs(ahead) // timedelta(minutes=1), 60)
    return f"{'-' if ahead < timedelta() else '+'}{hours:02}:{minutes:02}"


def _coarsest(minutes: int) -> tuple[int, str]:
    for unit, size in (("days", 1440), ("hours", 60)):
        if minutes >= 2 * size or (minutes == size):
            return minutes // size, unit
    return minutes, "minutes"


def spell_uzbek(text: str) -> str:
    """Uzbek Latin with its own letters: U+02BB in oʻ and gʻ, U+02BC for the tutuq, whatever was typed."""
    return _TUTUQ.sub("ʼ", _TURNED.sub("ʻ", text))


def compile_po(path: Path, code: str) -> GNUTranslations:
    """Read a `.po` file. Untranslated and fuzzy entries are left out, so that English stands in."""
    with path.open("rb") as source:
        catalogue = read_po(source, locale=code, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def po_path(folder: Path, code: str) -> Path:
    """Where a language's catalogue lies."""
    return folder / code / "LC_MESSAGES" / "messages.po"


@cache
def catalogues(folder: Path = LOCALES, strict: bool = False) -> Mapping[str, Catalogue]:
    """Every catalogue found, in the order in which languages are offered. Raises `MissingText` without English."""
    found = {each.code: each for each in languages(folder) if po_path(folder, each.code).is_file()}
    words = {code: compile_po(po_path(folder, code), code) for code in found}
    if SOURCE not in words or words[SOURCE].gettext(MISSING) == MISSING:
        raise MissingText(f"the {SOURCE} catalogue must exist and hold {MISSING}")
    for code in words.keys() - {SOURCE}:
        words[code].add_fallback(words[SOURCE])
    return {code: Catalogue(language, words[code], strict) for code, language in found.items()}
