"""The gates: what a catalogue must hold to be offered. Every fault is named; none is repaired silently."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bot.catalogues import msgfmt, wording
from bot.catalogues.extract import Uttered
from bot.catalogues.files import TEMPLATE, Entries, Entry, forms, read_all, template
from bot.languages import SOURCE, Language, languages
from bot.markup import PLACEHOLDER, TAG

_COMMAND = re.compile(r"(?<![\w./])/[a-z]+")


class Fault(NamedTuple):
    """What is wrong with one text of one language."""

    language: str
    id: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.language}: {self.id}: {self.wrong}"


def check(folder: Path, ids: Uttered) -> list[Fault]:
    """Every fault of every catalogue in a folder, by language and id. Raises `Unreadable`.

    What `msgfmt` says is asked only where it is installed.
    """
    catalogues = read_all(folder)
    english = catalogues.get(SOURCE, {})
    faults = [*_unspoken(english, ids), *_stale(folder, english)]
    for code, entries in catalogues.items():
        faults.extend(_completeness(code, entries, english))
        language = next(each for each in languages(folder) if each.code == code)
        for id in sorted(entries.keys() & english.keys()):
            faults.extend(Fault(code, id, wrong) for wrong in text_faults(language, id, entries[id], english[id]))
    if msgfmt.installed():
        faults.extend(Fault(code, "msgfmt", wrong) for code, wrong in msgfmt.complaints(folder, catalogues))
    return faults


def _unspoken(english: Entries, ids: Uttered) -> Iterator[Fault]:
    for id in sorted(ids.required - english.keys()):
        yield Fault(SOURCE, id, "is uttered and has no text")
    for id in sorted(english):
        if not ids.knows(id):
            yield Fault(SOURCE, id, "is never uttered")
    for pattern in sorted(ids.patterns):
        if not any(re.fullmatch(pattern, id) for id in english):
            yield Fault(SOURCE, pattern, "fits no text")


def _stale(folder: Path, english: Entries) -> Iterator[Fault]:
    path = folder / TEMPLATE
    if not path.is_file() or path.read_bytes() != template(english):
        yield Fault(SOURCE, TEMPLATE, "is stale: run `python -m bot.catalogues template`")


def _completeness(code: str, entries: Entries, english: Entries) -> Iterator[Fault]:
    for id in sorted(english.keys() - entries.keys()):
        yield Fault(code, id, "is missing")
    for id in sorted(entries.keys() - english.keys()):
        yield Fault(code, id, "is not in English")


def text_faults(language: Language, id: str, entry: Entry, english: Entry) -> Iterator[str]:
    """What is wrong with a text, by itself and beside its English."""
    if not all(entry.forms):
        yield "is not translated"
        return
    if entry.fuzzy:
        yield "is fuzzy"
    if entry.plural != english.plural:
        yield "is plural in one language, not in both"
    elif entry.plural and len(entry.forms) != forms(language.code):
        yield f"has {len(entry.forms)} plural forms, not {forms(language.code)}"
    yield from _differences(entry, english)
    for form in entry.forms:
        yield from wording.faults(language, id, form)


def _differences(entry: Entry, english: Entry) -> Iterator[str]:
    # One form of a plural may leave a placeholder out ("an hour"), so sets are compared over all forms.
    own, theirs = holes(entry.forms), holes(english.forms)
    if own != theirs:
        yield f"has other placeholders than English: {', '.join(sorted(own ^ theirs))}"
    if _tags(entry.forms[-1]) != _tags(english.forms[-1]):
        yield "has other tags than English"
    if _commands(entry.forms[-1]) != _commands(english.forms[-1]):
        yield "has other commands than English"
    if entry.forms[-1].count("\n") != english.forms[-1].count("\n"):
        yield "has other line breaks than English"


def _commands(text: str) -> list[str]:
    return sorted(_COMMAND.findall(text))


def holes(texts: Iterable[str]) -> set[str]:
    """The placeholders of some texts."""
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


def _tags(text: str) -> Mapping[str, int]:
    return Counter(match.group() for match in TAG.finditer(text))
