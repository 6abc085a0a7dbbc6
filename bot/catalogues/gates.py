"""The gates: what a catalogue must hold to be offered. Every fault is named; none is repaired silently."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bot.catalogues.extract import Uttered
from bot.catalogues.files import TEMPLATE, Entries, Entry, forms, read_all, template
from bot.catalogues.scripts import mixed_words
from bot.languages import SOURCE
from bot.markup import PLACEHOLDER, TAG

_LENGTHS = (("button.", 24), ("category.", 24), ("option.", 24), ("menu.", 256), ("", 3500))
"""The most characters that a text may have, by how its id begins: a button's label, a command's description, the rest.

3,500 leave room for parameters below the 4,096 that Telegram takes.
"""
_OTHER_TAG = re.compile(r"</?\s*[A-Za-z][^<>]*>")
_OTHER_HOLE = re.compile(r"[{}]")


class Fault(NamedTuple):
    """What is wrong with one text of one language."""

    language: str
    id: str
    wrong: str

    def __str__(self) -> str:
        return f"{self.language}: {self.id}: {self.wrong}"


def check(folder: Path, ids: Uttered) -> list[Fault]:
    """Every fault of every catalogue in a folder, by language and id."""
    catalogues = read_all(folder)
    english = catalogues.get(SOURCE, {})
    faults = [*_unspoken(english, ids), *_stale(folder, english)]
    for code, entries in catalogues.items():
        faults.extend(_completeness(code, entries, english))
        for id in sorted(entries.keys() & english.keys()):
            faults.extend(Fault(code, id, wrong) for wrong in _text_faults(code, id, entries[id], english[id]))
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


def _text_faults(code: str, id: str, entry: Entry, english: Entry) -> Iterator[str]:
    if not all(entry.forms):
        yield "is not translated"
        return
    if entry.fuzzy:
        yield "is fuzzy"
    if entry.plural != english.plural:
        yield "is plural in one language, not in both"
    elif entry.plural and len(entry.forms) != forms(code):
        yield f"has {len(entry.forms)} plural forms, not {forms(code)}"
    yield from _differences(entry, english)
    for form in entry.forms:
        yield from _form_faults(code, id, form)


def _differences(entry: Entry, english: Entry) -> Iterator[str]:
    # One form of a plural may leave a placeholder out ("an hour"), so sets are compared over all forms.
    own, theirs = _holes(entry.forms), _holes(english.forms)
    if own != theirs:
        yield f"has other placeholders than English: {', '.join(sorted(own ^ theirs))}"
    if _tags(entry.forms[-1]) != _tags(english.forms[-1]):
        yield "has other tags than English"


def _holes(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in PLACEHOLDER.findall(text)}


def _tags(text: str) -> Mapping[str, int]:
    return Counter(match.group() for match in TAG.finditer(text))


MANY_LANGUAGES = frozenset({"language.ask", "button.language"})
"""Texts that speak to everybody at once, and so in several scripts."""


def _form_faults(code: str, id: str, text: str) -> Iterator[str]:
    for gate in _GATES:
        if wrong := gate(text):
            yield wrong
    most = next(length for beginning, length in _LENGTHS if id.startswith(beginning))
    if len(TAG.sub("", text)) > most:
        yield f"is longer than {most} characters"
    if id not in MANY_LANGUAGES and (words := list(mixed_words(text, code))):
        yield f"mixes scripts: {', '.join(words)}"


def _unbalanced(text: str) -> str:
    opened: list[str] = []
    for match in TAG.finditer(text):
        slash, tag = match.groups()
        if not slash:
            opened.append(tag)
        elif not opened or opened.pop() != tag:
            return "has tags that don't close each other"
    return "has tags that don't close each other" if opened else ""


def _strange(text: str) -> str:
    rest = PLACEHOLDER.sub("", TAG.sub("", text))
    if _OTHER_TAG.search(rest):
        return "has a tag other than <b>, <i> and <code>"
    return "has a brace that is no placeholder" if _OTHER_HOLE.search(rest) else ""


def _straight(text: str) -> str:
    return "has straight quotation marks" if '"' in text or "'" in text else ""


def _blank_edges(text: str) -> str:
    return "" if text == text.strip() else "begins or ends with a blank"


_GATES: tuple[Callable[[str], str], ...] = (_unbalanced, _strange, _straight, _blank_edges)
