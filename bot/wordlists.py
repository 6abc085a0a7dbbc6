"""The word lists that reporters' codes are spelled with: BIP 39's, in the script of each language.

The lists come with the library `mnemonic`; English stands for Latin script, Russian for Cyrillic.
"""

import unicodedata
from functools import cache

from mnemonic import Mnemonic

CYRILLIC = frozenset({"ru", "tg", "kk", "uz_Cyrl"})
LENGTH = 2048


def code_words(languages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Language -> its list of 2,048 words. English is always there: it stands in for what has none."""
    wanted = dict.fromkeys((*languages, "en"))
    return {language: _words("russian" if language in CYRILLIC else "english") for language in wanted}


@cache
def _words(name: str) -> tuple[str, ...]:
    words = tuple(unicodedata.normalize("NFC", word) for word in Mnemonic(name).wordlist)
    if len(words) != LENGTH or len({word[:4] for word in words}) != LENGTH:
        raise RuntimeError("a word list of the library `mnemonic` has changed: codes could not be read back")
    return words
