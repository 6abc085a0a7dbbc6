"""The languages that Panah knows (`locales/languages.toml`), and how the codes that messengers send lead to them."""

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from msgspec import Struct, convert, field

LOCALES = Path(__file__).resolve().parent.parent / "locales"
FILE = "languages.toml"
SOURCE = "en"
"""The language that stands in for a missing text."""


class Language(Struct, frozen=True, forbid_unknown_fields=True):
    """One language; the file's own comments say what each field is."""

    code: str
    name: str
    tags: tuple[str, ...]
    letters: str
    quotes: str
    codewords: Literal["english", "russian"]
    dictionary: str = ""
    countries: dict[str, str] = field(default_factory=dict)
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cities: dict[str, str] = field(default_factory=dict)

    @property
    def script(self) -> str:
        """The script that its code names, in small letters; empty for the usual one."""
        return self.code.partition("_")[2].lower()

    @property
    def cyrillic(self) -> bool:
        """Whether it is written in Cyrillic, else in Latin letters."""
        return "а" in self.letters


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    languages: tuple[Language, ...]


@cache
def languages(folder: Path = LOCALES) -> tuple[Language, ...]:
    """The languages in the order in which they are offered. A folder without a list of its own has the shipped one.

    Raises `ValueError` when the list is not what it should be.
    """
    path = folder / FILE
    if not path.is_file():
        return languages(LOCALES)
    return convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).languages


LANGUAGES = languages()
"""Those that ship."""


def normalise(code: str, known: Iterable[Language] = LANGUAGES) -> str | None:
    """The language behind an IETF tag such as "uz-Cyrl-UZ" or "ru_RU", or None: then ask.

    Own rules, because `babel.Locale.negotiate` takes uz-Cyrl for uz and raises on garbage.
    """
    first, *rest = code.strip().lower().replace("_", "-").split("-")
    spoken = [language for language in known if first in language.tags]
    named = (language for language in spoken if language.script and language.script in rest)
    usual = (language for language in spoken if not language.script)
    return next((language.code for language in (*named, *usual)), None)
