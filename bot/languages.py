"""The languages that Panah knows, and how the codes that messengers send lead to them."""

from typing import NamedTuple


class Language(NamedTuple):
    """A language as Babel names it, and as its speakers do (Babel has no own name for `uz_Cyrl`)."""

    code: str
    name: str


LANGUAGES = (
    Language("ru", "Русский"),
    Language("uz", "Oʻzbekcha"),
    Language("uz_Cyrl", "Ўзбекча"),
    Language("tg", "Тоҷикӣ"),
    Language("az", "Azərbaycanca"),
    Language("kk", "Қазақша"),
    Language("en", "English"),
)
"""In the order in which they are offered. A language is offered when it has a catalogue."""

SOURCE = "en"
"""The language that stands in for a missing text."""

# ISO 639-2/3 codes beside the two-letter ones. Southern Uzbek (uzs) and South Azerbaijani (azb) are written in another
# script and stay out; nor is ky, tk, tr or fa quietly taken for a neighbour.
_SUBTAGS = {
    "ru": "ru",
    "rus": "ru",
    "uz": "uz",
    "uzb": "uz",
    "uzn": "uz",
    "tg": "tg",
    "tgk": "tg",
    "az": "az",
    "aze": "az",
    "azj": "az",
    "kk": "kk",
    "kaz": "kk",
    "en": "en",
    "eng": "en",
}


def normalise(code: str) -> str | None:
    """The language behind an IETF tag such as "uz-Cyrl-UZ" or "ru_RU", or None: then ask.

    Own rules, because `babel.Locale.negotiate` takes uz-Cyrl for uz and raises on garbage.
    """
    first, *rest = code.strip().lower().replace("_", "-").split("-")
    language = _SUBTAGS.get(first)
    return "uz_Cyrl" if language == "uz" and "cyrl" in rest else language
