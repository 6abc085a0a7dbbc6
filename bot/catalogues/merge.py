"""Texts from JSON into the catalogues: {"id": {"en": "One form", "ru": ["one", "few", "many"]}}."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.catalogues.files import TEMPLATE, Entry, read_all, template, write
from bot.i18n import spell_uzbek
from bot.languages import SOURCE, languages

Texts = Mapping[str, Mapping[str, str | list[str]]]

_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


class BadTexts(ValueError):
    """A file of texts is not what it should be. Says which id and language."""


def merge(folder: Path, sources: Iterable[Path]) -> dict[str, int]:
    """Put every text of the sources in, later ones over earlier ones; how many changed, by language."""
    known = read_all(folder)
    after = {code: dict(entries) for code, entries in known.items()}
    for source in sources:
        _put(after, {each.code for each in languages(folder)}, json.loads(source.read_text(encoding="utf-8")))
    for code, entries in after.items():
        write(folder, code, entries, after.get(SOURCE, {}))
    write_template(folder, after.get(SOURCE, {}))
    return {code: _changed(known.get(code, {}), entries) for code, entries in after.items()}


def write_template(folder: Path, english: Mapping[str, Entry]) -> None:
    """Write `messages.pot` anew."""
    (folder / TEMPLATE).write_bytes(template(english))


def _put(after: dict[str, dict[str, Entry]], codes: set[str], texts: Texts) -> None:
    for id, by_language in texts.items():
        if unknown := by_language.keys() - codes:
            raise BadTexts(f"{id}: no language is called {', '.join(sorted(unknown))}")
        for code, text in by_language.items():
            after.setdefault(code, {})[id] = _entry(code, text)


def _entry(code: str, text: str | list[str]) -> Entry:
    if isinstance(text, str):
        return Entry((_spell(code, text),))
    return Entry(tuple(_spell(code, form) for form in text), plural=True)


def _spell(code: str, text: str) -> str:
    # Typed apostrophes become the language's own; quotation marks are left to people, and to the gate.
    return spell_uzbek(text) if code == "uz" else _APOSTROPHE.sub("’", text)


def _changed(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> int:
    return sum(before.get(id) != entry for id, entry in after.items())
