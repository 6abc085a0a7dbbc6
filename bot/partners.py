"""The operator's list of partners, a TOML file: a table for each, named as it stands in the audit chain.

[lighthouse]
name = "Lighthouse Foundation"
language = "en"
key = "age1…"
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.languages import LANGUAGES
from handlers.model import Partner
from storage.errors import NotAKey
from storage.pairs import spoken
from storage.recovery import parse_partner

ID = re.compile(r"[a-z0-9-]{1,22}")
"""What fits a button, and can be typed."""
NAME = 60
"""The most characters of a name: people read all of them in one question."""
FIELDS = {"name", "language", "key"}
_CODES = frozenset(language.code for language in LANGUAGES)


@cache
def read(path: Path) -> tuple[Partner, ...]:
    """The partners in the order of the file. Raises ValueError with everything that is wrong, never a value."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise ValueError("is not a TOML file that can be read") from None
    faults = [f"partner {number} {fault}" for number, each in enumerate(tables.items(), 1) for fault in _faults(*each)]
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(_partner(id, table) for id, table in tables.items())


def _faults(id: str, table: Any) -> Iterator[str]:
    if not ID.fullmatch(id):
        yield "has a heading that is not 1 to 22 of a-z 0-9 -"
    if not isinstance(table, dict) or set(table) != FIELDS or {type(each) for each in table.values()} != {str}:
        yield "needs name, language and key, and nothing else"
        return
    if not 0 < len(table["name"].strip()) <= NAME or not table["name"].isprintable():
        yield f"needs a name of at most {NAME} characters on one line"
    if table["language"] not in _CODES:
        yield f"has a language that is none of {' '.join(sorted(_CODES))}"
    try:
        parse_partner(table["key"])
    except (NotAKey, ValueError):
        yield "has a key that is no age recipient (age1… or age1pq1…)"


def _partner(id: str, table: Mapping[str, str]) -> Partner:
    key = table["key"].strip()
    return Partner(id, table["name"].strip(), table["language"], key, spoken(parse_partner(key)))
