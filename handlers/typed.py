"""What was typed where a button was expected: labels and countries, in any of our scripts and keyboards."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping

from handlers.model import Button, Message

SHORTEST_PREFIX = 3
"""Letters, as they are compared, from which the beginning of a country's name is enough."""
NAME_WORDS = 4
"""The longest name of a country that is looked up: a longer text is a story, not a name."""
MOST_OFFERED = 6
"""Countries offered when several begin like that: one screen of a phone."""

# Letters as they are compared: by sound, so that both Uzbek scripts, a Russian or a plain Latin keyboard, and the two
# spellings of Uzbek Latin lead to one form. Two signs share a letter wherever people type one for the other.
_SOUNDS = {
    **dict(zip("абвгдезийклмнопрстуфы", "abvgdeziyklmnoprstufi", strict=True)),
    **{"ж": "j", "х": "h", "ц": "ts", "ч": "c", "ш": "s", "щ": "s", "ъ": "", "ь": "", "э": "e", "ю": "yu", "я": "ya"},
    **{"ё": "e", "ў": "o", "ғ": "g", "қ": "k", "ҳ": "h", "ҷ": "c", "ӣ": "i", "ӯ": "u"},
    **{"ә": "a", "і": "i", "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h"},
    **{"ə": "e", "ı": "i", "ç": "c", "ş": "s", "q": "k", "x": "h", "w": "v"},
}
_SPELLINGS = (("sh", "s"), ("ch", "c"), ("kh", "h"), ("zh", "j"), ("yo", "e"), ("ye", "e"), ("u", "o"))
"""Letters that stand together for one sound; and "u" for "o", as ў is often typed. Tests see that no two of our labels
on one screen, and no two countries, become one."""
_APOSTROPHES = dict.fromkeys(map(ord, "'`‘’ʻʼ´′"))
_TURKIC = {ord("İ"): "i", ord("I"): "i"}
"""Azerbaijani has two letters i; Python's `lower` makes two code points of one of them. Here they count as one."""


def plain(text: str) -> str:
    """A text as it is compared: by sound, in small Latin letters and digits, without marks and signs.

    Never shown to anybody. Scripts that we don't speak stay as they are.
    """
    spelled = "".join(_SOUNDS.get(letter, _bare(letter)) for letter in _folded(text))
    for spelling, sound in _SPELLINGS:
        spelled = spelled.replace(spelling, sound)
    return " ".join(spelled.split())


def _folded(text: str) -> str:
    """A text without case and apostrophes, as its letters stand."""
    return unicodedata.normalize("NFKC", text).translate(_TURKIC).casefold().translate(_APOSTROPHES)


def _bare(letter: str) -> str:
    """A letter without its marks, a digit of any script in ours, or a blank for everything else."""
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    bare = unicodedata.normalize("NFD", letter)[0]
    return bare if bare.isalnum() else "" if unicodedata.combining(bare) else " "


def meant(text: str, buttons: Iterable[Button], label: Callable[[Message], str]) -> Button | None:
    """The button whose label was typed; None when none was, or when two could be meant.

    Labels that sound alike (a language's name in its two scripts) are told apart by their letters.
    """
    wanted = plain(text)
    hits = [each for each in buttons if wanted and plain(label(each.label)) == wanted]
    if len(hits) > 1:
        hits = [each for each in hits if _folded(label(each.label)) == _folded(text)]
    return hits[0] if len(hits) == 1 else None


def countries(text: str, names: Mapping[str, str]) -> tuple[str, ...]:
    """The countries that may be meant, by `names` (plain name in any language -> code): one when it is clear."""
    wanted = plain(text)
    if wanted in names:
        return (names[wanted],)
    if len(wanted) < SHORTEST_PREFIX:
        return ()
    found = dict.fromkeys(code for name, code in sorted(names.items()) if name.startswith(wanted))
    return tuple(found)[:MOST_OFFERED]
