"""The word lists that reporters' codes are spelled with: BIP 39's, in the script of each language.

The lists come with the library `mnemonic`; English stands for Latin script, Russian for Cyrillic.
"""

import unicodedata
from functools import cache

from mnemonic import Mnemonic

from bot.languages import LANGUAGES, SOURCE

LENGTH = 2048
MENDED = {"сно\ufffd\ufffdа": "снова"}
"""A word that the library (0.21) ships damaged, and what stands between its neighbours."""


def code_words(languages: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Language -> its list of 2,048 words. English is always there: it stands in for what has none."""
    lists = {each.code: each.codewords for each in LANGUAGES}
    return {code: _words(lists.get(code, "english")) for code in dict.fromkeys((*languages, SOURCE))}


@cache
def _words(name: str) -> tuple[str, ...]:
    words = tuple(unicodedata.normalize("NFC", MENDED.get(word, word)) for word in Mnemonic(name).wordlist)
    if len({word[:4] for word in words}) != LENGTH or not all(word.isalpha() for word in words):
        raise RuntimeError("a word list of the library `mnemonic` has changed: codes could not be read back")
    return words
