"""One script for each word: a Latin c in a Cyrillic word looks right and breaks search, sorting and screen readers."""

import re
from collections.abc import Iterator

from bot.markup import PLACEHOLDER, TAG

CYRILLIC = frozenset({"ru", "uz_Cyrl", "tg", "kk"})

_LATIN_LETTER, _CYRILLIC_LETTER = "A-Za-zÀ-ʯḀ-ỿʻʼ", "Ѐ-ԯ"
_WORD = re.compile(rf"[{_LATIN_LETTER}{_CYRILLIC_LETTER}]+")
_LATIN, _CYR = re.compile(r"[A-Za-zÀ-ʯḀ-ỿ]"), re.compile(f"[{_CYRILLIC_LETTER}]")
# Latin letters that have a Cyrillic twin: a word of nothing else, amid Cyrillic, was typed on the wrong keyboard.
_TWINS = re.compile("[aceiopsxyjhABCEHIKMOPSTXYJ]+")
_NOT_WORDS = re.compile(
    rf"{TAG.pattern}|{PLACEHOLDER.pattern}|/[a-z0-9_]+|https?://\S+|\b[\w.-]+\.(?:me|org|com|int)\b\S*"
)

# Names that keep their own script in every language: brands and signs of ours made of twins alone, then languages.
ALLOWED = frozenset(
    {
        *("Access", "EXIF", "HTTPS", "ID", "IP", "K", "P", "PC", "PIN", "SIM", "SMS", "X"),
        *("Русский", "Ўзбекча", "Тоҷикӣ", "Қазақша", "Язык"),
    }
)


def mixed_words(text: str, code: str) -> Iterator[str]:
    """Words of a text in this language that are not wholly in the script that they should be in."""
    for word in _WORD.findall(_NOT_WORDS.sub(" ", text)):
        if word not in ALLOWED and _is_mixed(word, code):
            yield word


def _is_mixed(word: str, code: str) -> bool:
    latin, cyrillic = bool(_LATIN.search(word)), bool(_CYR.search(word))
    if latin and cyrillic:
        return True
    return bool(_TWINS.fullmatch(word)) if code in CYRILLIC else cyrillic
