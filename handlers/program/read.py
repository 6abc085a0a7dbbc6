"""From TOML tables to values, collecting every fault on the way."""

import tomllib
from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

import msgspec
from msgspec import Struct

T = TypeVar("T", bound=Struct)
Table = dict[str, Any]


class Reader:
    """Reads tables of one file; what is wrong with them is appended to `faults`, with its place."""

    def __init__(self, file: str, faults: list[str]) -> None:
        self.file = file
        self.faults = faults

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{self.file}: {where}: {what}")

    def tables(self, text: str, keys: frozenset[str]) -> Table:
        """The file's top level; its keys must be exactly `keys`."""
        try:
            top = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self.fault("syntax", str(error))
            return {}
        self._unknown("top level", top, keys)
        for key in sorted(keys - top.keys()):
            self.fault("top level", f"{key} is missing")
        return top

    def value(self, where: str, raw: object, kind: Any) -> Any:
        """`raw` as `kind`, or None and a fault."""
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            self.fault(where, str(error))
            return None

    def struct(self, where: str, raw: object, kind: type[T]) -> T | None:
        """`raw` as a struct; every field is looked at even when one is wrong."""
        table = self.value(where, raw, dict[str, Any])
        if table is None:
            return None
        before = len(self.faults)
        hints = get_type_hints(kind)
        self._unknown(where, table, frozenset(hints))
        self._missing(where, table, kind)
        known = {key: self.value(f"{where}.{key}", table[key], hints[key]) for key in table if key in hints}
        return kind(**known) if len(self.faults) == before else None

    def structs(self, name: str, raw: object, kind: type[T]) -> tuple[T, ...]:
        """A list of structs; the wrong ones are left out and named by their id or their place."""
        rows = self.value(name, raw, list[dict[str, Any]]) or []
        read = (self.struct(f"{name} {_name(row, place)}", row, kind) for place, row in enumerate(rows, 1))
        return tuple(item for item in read if item is not None)

    def named(self, name: str, raw: object, kind: type[T]) -> dict[str, T]:
        """A table of structs."""
        rows: Table = self.value(name, raw, dict[str, Any]) or {}
        read = {key: self.struct(f"{name}.{key}", row, kind) for key, row in rows.items()}
        return {key: item for key, item in read.items() if item is not None}

    def _unknown(self, where: str, table: Mapping[str, object], known: frozenset[str]) -> None:
        for key in sorted(table.keys() - known):
            self.fault(where, f"unknown key {key}")

    def _missing(self, where: str, table: Table, kind: type[Struct]) -> None:
        for info in msgspec.structs.fields(kind):
            if info.required and info.name not in table:
                self.fault(where, f"{info.name} is missing")


def _name(row: Table, place: int) -> str:
    return str(row.get("id") or row.get("rule") or place)
