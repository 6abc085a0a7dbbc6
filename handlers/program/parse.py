"""All files of a program, read and checked together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from msgspec.structs import replace

from handlers.program.checks import faults_of
from handlers.program.read import Reader, Table
from handlers.program.shape import Answer, Block, Clock, Floor, LevelName, Program, Question

LISTS = ("categories", "topics", "origins", "hosts", "countries")
FILES: dict[str, frozenset[str]] = {
    "form.toml": frozenset({"questions"}),
    "taxonomy.toml": frozenset({*LISTS, "groups"}),
    "triage.toml": frozenset({"facts", "floors", "points", "bands", "clocks"}),
    "guidance.toml": frozenset({"blocks"}),
    "emergency.toml": frozenset({"numbers"}),
    "desk.toml": frozenset({"answers", "checklists"}),
}
"""The files of a program, and the top-level keys of each."""

Words = tuple[str, ...]


class ProgramFaults(ValueError):
    """The program cannot be used. `faults` names everything that is wrong, one line each: mend them all, then retry.

    `program` is what could be read nevertheless, for whoever looks for more faults; None when not even that.
    """

    def __init__(self, faults: list[str], program: Program | None = None) -> None:
        super().__init__("The program has faults:\n" + "\n".join(f"- {fault}" for fault in faults))
        self.faults = tuple(faults)
        self.program = program


def parse(files: Mapping[str, str]) -> Program:
    """The program that these files (name -> text) describe.

    Raises `ProgramFaults` with every fault of every file.
    """
    faults = [f"{name}: the file is missing" for name in FILES if name not in files]
    faults += [f"{name}: not a file of a program" for name in sorted(files.keys() - FILES.keys())]
    program = _Files(files, faults).program()
    if faults:
        raise ProgramFaults(faults)
    if wrong := faults_of(program):
        raise ProgramFaults(wrong, program)
    return program


def _version(files: Mapping[str, str]) -> str:
    """A digest of names and contents: 48 bits tell programs of one house apart; nobody's safety hangs on it."""
    digest = sha256()
    for name in sorted(files):
        content = files[name].encode()
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


@dataclass
class _Files:
    """The tables of all files, while they become a program."""

    files: Mapping[str, str]
    faults: list[str]
    tops: dict[str, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, keys in FILES.items():
            if name in self.files:
                self.tops[name] = self._reader(name).tables(self.files[name], keys)

    def _reader(self, name: str) -> Reader:
        return Reader(name, self.faults)

    def _raw(self, name: str, key: str, empty: object) -> object:
        return self.tops.get(name, {}).get(key, empty)

    def _plain(self, name: str, key: str, kind: Any, empty: Any) -> Any:
        read = self._reader(name).value(key, self._raw(name, key, empty), kind)
        return empty if read is None else read

    def program(self) -> Program:
        lists = {name: self._plain("taxonomy.toml", name, Words, ()) for name in LISTS}
        clocks: Any = self._reader("triage.toml").named("clocks", self._raw("triage.toml", "clocks", {}), Clock)
        return Program(
            version=_version(self.files),
            questions=self._questions(lists),
            **lists,
            groups=self._plain("taxonomy.toml", "groups", dict[str, Words], {}),
            facts=self._plain("triage.toml", "facts", dict[str, Words], {}),
            floors=self._reader("triage.toml").structs("floors", self._raw("triage.toml", "floors", []), Floor),
            points=self._plain("triage.toml", "points", dict[str, dict[str, int]], {}),
            bands=self._plain("triage.toml", "bands", dict[LevelName, int], {}),
            clocks=clocks,
            guidance=self._reader("guidance.toml").structs("blocks", self._raw("guidance.toml", "blocks", []), Block),
            answers=self._reader("desk.toml").structs("answers", self._raw("desk.toml", "answers", []), Answer),
            checklists=self._plain("desk.toml", "checklists", dict[str, Words], {}),
            emergency=self._plain("emergency.toml", "numbers", dict[str, Words], {}),
        )

    def _questions(self, lists: Mapping[str, Words]) -> tuple[Question, ...]:
        """The questions, each with the options of its source before its own."""
        rows = self._reader("form.toml").structs("questions", self._raw("form.toml", "questions", []), Question)
        return tuple(replace(row, options=(*lists.get(row.source, ()), *row.options)) for row in rows)
