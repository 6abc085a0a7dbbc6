"""Every place where a value may name a sealed file: found by the types, so that none is forgotten.

A file that nothing stored refers to is removed (`storage.references`). A new field that leads to one must be listed
here; and read there, if it is kept in the database.
"""

from collections.abc import Callable, Iterator
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct

from handlers.model import BlobId
from storage import database, references

READ = {
    "Downloaded.file": "inbox",
    "Incoming.event": "inbox",
    "Draft.files": "conversations",
    "Conversation.draft": "conversations",
    "Sheet.blob": "parts",
}
"""Fields that are stored where `references` reads them, and in which table."""
NOT_READ = {
    "StoredFile.blob": "the name itself, in all of the others",
    "File.file": "in a part, under the case's key; the sheet around it names the file",
    "Part.body": "the same",
    "OpenCase.parts": "written as parts, never itself",
    "Seal.part": "written as a part, never itself",
    "Merge.parts": "written as parts, never itself",
    "Discard.blobs": "to be removed",
    "SendFile.file": "of a case, and no longer needed than it is there",
    "Outgoing.effect": "what waits in the outbox: one of these effects",
    "Outcome.conversation": "never stored as such",
    "Outcome.effects": "never stored as such",
    "Context.conversation": "never stored",
    "Context.parts": "never stored",
    "Context.beside": "never stored",
    "Context.ordered": "never stored",
    "Arrival.event": "stored as Incoming",
    "Done.event": "stored as Incoming",
    "Errand.effect": "out of the outbox, in memory",
}
"""Fields that need not be followed, and why."""


def _structs(kind: type = Struct) -> Iterator[type]:
    for each in kind.__subclasses__():
        if each.__module__.partition(".")[0] in {"handlers", "storage"}:
            yield each
        yield from _structs(each)


def _leads(kind: Any, seen: frozenset[Any] = frozenset()) -> bool:
    """Whether a value of this type may hold the name of a sealed file."""
    if kind is BlobId:
        return True
    if get_origin(kind) is Callable or kind in seen:
        return False
    inner = get_args(kind) or (get_type_hints(kind).values() if _is_struct(kind) else ())
    return any(_leads(each, seen | {kind}) for each in inner)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Struct)


def test_every_field_that_may_name_a_sealed_file_is_read_or_a_reason_is_given() -> None:
    assert database.Database, "all of the memory's types are loaded"
    fields = {f"{each.__name__}.{name}": kind for each in _structs() for name, kind in get_type_hints(each).items()}
    found = {field for field, kind in fields.items() if _leads(kind)}
    assert found == READ.keys() | NOT_READ.keys(), "read it in storage/references.py, or say here why it need not be"


def test_the_tables_that_are_read_are_those_that_lead_to_files() -> None:
    assert {key.table.name for key, *_ in references._SOURCES} == set(READ.values())
