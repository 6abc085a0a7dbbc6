"""Spelling, as a warning: what the dictionaries of hunspell do not know, less the words that we know to be right.

Debian has dictionaries for some of our languages only, and none is complete: so nothing fails because of them.
"""

import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from shutil import which

from bot.catalogues.files import Entries, read_all
from bot.catalogues.scripts import words
from bot.languages import LOCALES, Language, languages

PROGRAM = "hunspell"
KNOWN = "spelling.toml"


def report(folder: Path) -> Iterator[str]:
    """A line for each language: its unknown words, or why they are not known."""
    if which(PROGRAM) is None:
        yield "Not asked: hunspell is not installed (Debian: hunspell, and hunspell-ru, -kk, -uz, -en-us)."
        return
    catalogues = read_all(folder)
    for language in languages(folder):
        if language.code in catalogues:
            yield f"{language.code}: {_told(language, catalogues[language.code])}"


def _told(language: Language, entries: Entries) -> str:
    if not language.dictionary:
        return "there is no dictionary"
    unknown = _unknown(language.dictionary, _own_words(language, entries))
    if unknown is None:
        return f"the dictionary {language.dictionary} is not installed"
    strange = sorted(unknown - known().get(language.code, frozenset()))
    return f"unknown words: {', '.join(strange)}" if strange else "every word is known"


def _own_words(language: Language, entries: Entries) -> set[str]:
    """The words in the language's own script: names and brands in another are not its words."""
    texts = (form for entry in entries.values() for form in entry.forms)
    return {word for text in texts for word in words(text) if word.isascii() != language.cyrillic}


def _unknown(dictionary: str, asked: Iterable[str]) -> frozenset[str] | None:
    """Those of the words that the dictionary does not know; None without the dictionary."""
    done = subprocess.run(  # noqa: S603 - words of ours, and no argument comes from outside
        [PROGRAM, "-d", dictionary, "-i", "UTF-8", "-l"],
        input="\n".join(sorted(asked)),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return frozenset(done.stdout.split()) if done.returncode == 0 else None


@cache
def known() -> dict[str, frozenset[str]]:
    """Language -> words that are right although its dictionary lacks them (`locales/spelling.toml`)."""
    lists = tomllib.loads((LOCALES / KNOWN).read_text(encoding="utf-8"))
    return {code: frozenset(right) for code, right in lists.items()}
