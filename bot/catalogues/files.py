"""Catalogues as values, and as `.po` files that look the same wherever they are written.

No date, tool, place in the source or path of a machine is written: a file changes only when a text does. The English
sentence stands above each entry as a translator's comment, because ids say little.
"""

from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from bot.i18n import po_path
from bot.languages import SOURCE, languages

TEMPLATE = "messages.pot"


class Unreadable(ValueError):
    """A catalogue is no `.po` file. Says which language and line."""


class Entry(NamedTuple):
    """A text in one language: one form, or one for each plural."""

    forms: tuple[str, ...]
    plural: bool = False
    fuzzy: bool = False


Entries = Mapping[str, Entry]


def read(path: Path, code: str) -> dict[str, Entry]:
    """The entries of a catalogue, untranslated ones included. A file that isn't there is empty.

    Raises `Unreadable`.
    """
    if not path.is_file():
        return {}
    with path.open("rb") as source:
        try:
            catalogue = read_po(source, locale=code, ignore_obsolete=True, abort_invalid=True)
        except (PoFileError, UnicodeDecodeError) as error:
            raise Unreadable(f"{code}: can't be read: {error}") from None
    return {_id(message.id): _entry(message.string, message.fuzzy) for message in catalogue if message.id}


def read_all(folder: Path) -> dict[str, dict[str, Entry]]:
    """Language code -> entries, of the catalogues that exist, English first."""
    codes = sorted((each.code for each in languages(folder) if po_path(folder, each.code).is_file()), key=SOURCE.__ne__)
    return {code: read(po_path(folder, code), code) for code in codes}


def write(folder: Path, code: str, entries: Entries, english: Entries) -> None:
    """Write a language's catalogue."""
    path = po_path(folder, code)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_po(code, entries, {} if code == SOURCE else english))


def template(english: Entries) -> bytes:
    """`messages.pot`: every id of the English catalogue, with its sentence as a comment."""
    empty = {id: Entry(("",) * len(entry.forms), entry.plural) for id, entry in english.items()}
    return _po(None, empty, english)


def forms(code: str) -> int:
    """How many plural forms a language writes."""
    return Catalog(code).num_plurals


def _id(id: str | Iterable[str]) -> str:
    return id if isinstance(id, str) else next(iter(id))


def _entry(string: str | Iterable[str] | None, fuzzy: bool) -> Entry:
    if isinstance(string, str) or string is None:
        return Entry((string or "",), False, fuzzy)
    return Entry(tuple(string), True, fuzzy)


def _po(code: str | None, entries: Entries, english: Entries) -> bytes:
    catalogue = Catalog(code)
    for id, entry in entries.items():
        comments = english[id].forms[-1:] if id in english else ()
        catalogue.add(
            (id, id) if entry.plural else id,
            entry.forms if entry.plural else entry.forms[0],
            auto_comments=[line for text in comments for line in text.splitlines()],
            flags=["fuzzy"] if entry.fuzzy else [],
        )
    body = BytesIO()
    write_po(body, catalogue, omit_header=True, sort_output=True, no_location=True, width=0)
    return _header(catalogue, code).encode() + body.getvalue()


def _header(catalogue: Catalog, code: str | None) -> str:
    fields = [
        "Project-Id-Version: panah",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    if code:
        fields += [f"Language: {code}", f"Plural-Forms: {catalogue.plural_forms}"]
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{field}\\n"\n' for field in fields) + "\n"
