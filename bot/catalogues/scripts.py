"""One script for each word and one alphabet for each language.

A Latin c in a Cyrillic word looks right and breaks search, sorting and screen readers; so does a Kazakh і in Tajik.
"""

import re
from collections.abc import Iterator

from bot.languages import Language
from bot.markup import PLACEHOLDER, TAG

_LATIN_LETTER, _CYRILLIC_LETTER = "A-Za-zÀ-ʯḀ-ỿʻʼ", "Ѐ-ԯ"
_WORD = re.compile(rf"[{_LATIN_LETTER}{_CYRILLIC_LETTER}]+")
_LATIN, _CYR = re.compile(r"[A-Za-zÀ-ʯḀ-ỿ]"), re.compile(f"[{_CYRILLIC_LETTER}]")
# Latin letters that have a Cyrillic twin: a word of nothing else, amid Cyrillic, was typed on the wrong keyboard.
_TWINS = re.compile("[aceiopsxyjhABCEHIKMOPSTXYJ]+")
_NOT_WORDS = re.compile(
    rf"{TAG.pattern}|{PLACEHOLDER.pattern}|/[a-z0-9_]+|https?://\S+|\b[\w.-]+\.(?:me|org|com|int)\b\S*"
)

ALLOWED = frozenset(("Access", "EXIF", "HTTPS", "ID", "IP", "K", "P", "PC", "PIN", "SIM", "SMS", "X"))
"""Brands and signs of ours, made of twins alone, that keep their own script in every language."""

MANY_LANGUAGES = re.compile(r"language\.ask|button\.language|(?:button\.)?language\.\w+")
"""Ids of texts that speak to everybody at once, or name a language as its speakers do, and so in several scripts."""


def words(text: str) -> list[str]:
    """The words of a catalogue text, without its tags, placeholders, commands and addresses."""
    return _WORD.findall(_NOT_WORDS.sub(" ", text))


def mixed_words(text: str, language: Language) -> Iterator[str]:
    """Words of a text in this language that are not wholly in the script that they should be in."""
    for word in words(text):
        if word not in ALLOWED and _is_mixed(word, language):
            yield word


def strange_letters(text: str, language: Language) -> str:
    """Letters of a text that the language does not have; plain Latin ones may stand anywhere, for names and brands."""
    found = dict.fromkeys(letter for word in words(text) for letter in word)
    return "".join(letter for letter in found if not letter.isascii() and not _belongs(letter, language))


def _belongs(letter: str, language: Language) -> bool:
    return letter in language.letters or letter.lower() in language.letters


def _is_mixed(word: str, language: Language) -> bool:
    latin, cyrillic = bool(_LATIN.search(word)), bool(_CYR.search(word))
    if latin and cyrillic:
        return True
    return bool(_TWINS.fullmatch(word)) if language.cyrillic else cyrillic
