"""The gates of one text in one language: markup, typography, length, letters, words."""

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache

from msgspec import Struct, convert

from bot.catalogues.scripts import MANY_LANGUAGES, mixed_words, strange_letters
from bot.i18n import spell_uzbek
from bot.languages import LOCALES, Language
from bot.markup import PLACEHOLDER, TAG

LABEL = 24
"""The most characters of a button: what a phone shows of one when two stand side by side."""
_LENGTHS = (
    *(("button.", LABEL), ("category.", LABEL), ("option.", LABEL)),
    *(("menu.", 256), ("about.short", 120), ("about.long", 512)),
    ("", 3500),
)
"""The most characters that a text may have, by how its id begins: a button's label, a command's description, the bot's
short and long description, the rest. Source of the middle ones: core.telegram.org/bots/api.

3,500 leave room for parameters below the 4,096 that Telegram takes. Presses are answered without words.
"""
_OTHER_TAG = re.compile(r"</?\s*[A-Za-z][^<>]*>")
_OTHER_HOLE = re.compile(r"[{}]")
_QUOTES = re.compile("[«»“”„‘’]")
_STRAY_BLANK = re.compile(r"  | (?=\n|[,.;:!?»”…](?:\s|$))|(?<=\n) |\t")
_STRAY_TURNED = re.compile(r"(?<![OoGg])ʻ")


class Forbidden(Struct, frozen=True, forbid_unknown_fields=True):
    """Words that a catalogue must not hold (`locales/wording.toml` says what each field is)."""

    language: str
    words: str
    reason: str
    source: str
    but: tuple[str, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    forbidden: tuple[Forbidden, ...]


@cache
def forbidden() -> tuple[Forbidden, ...]:
    """All of them, in every language."""
    return convert(tomllib.loads((LOCALES / "wording.toml").read_text(encoding="utf-8")), _File).forbidden


def faults(language: Language, id: str, text: str) -> Iterator[str]:
    """Everything that is wrong with one form of a text."""
    yield from filter(None, (gate(text) for gate in _GATES))
    most = next(length for beginning, length in _LENGTHS if id.startswith(beginning))
    if len(TAG.sub("", text)) > most:
        yield f"is longer than {most} characters"
    yield from _unwanted(language, id, text)
    if not MANY_LANGUAGES.fullmatch(id):
        yield from _foreign(language, text)


def _unwanted(language: Language, id: str, text: str) -> Iterator[str]:
    for each in forbidden():
        if each.language == language.code and id not in each.but and (found := re.search(each.words, text, re.I)):
            yield f"says {found.group()}: {each.reason}"


def _foreign(language: Language, text: str) -> Iterator[str]:
    if words := list(mixed_words(text, language)):
        yield f"mixes scripts: {', '.join(words)}"
    if letters := strange_letters(text, language):
        yield f"has letters of another alphabet: {letters}"
    if marks := [mark for mark in _QUOTES.findall(text) if mark not in language.quotes]:
        yield f"has quotation marks of another language: {''.join(marks)}"
    if "ʻ" in language.letters and (spell_uzbek(text) != text or _STRAY_TURNED.search(text)):
        yield "has other apostrophes than ʻ in oʻ and gʻ, ʼ elsewhere"


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


def _blanks(text: str) -> str:
    return "has a blank too many" if _STRAY_BLANK.search(text.strip()) else ""


def _dots(text: str) -> str:
    return "has dots instead of an ellipsis (…)" if ".." in text else ""


_GATES: tuple[Callable[[str], str], ...] = (_unbalanced, _strange, _straight, _blank_edges, _blanks, _dots)
