"""The audit chain: who did what to which case, so that a changed past shows.

Each line commits to its sealed entry, and its MAC covers the line before it, its number and that commitment. When the
entry's retention ends, the entry may be emptied: commitment and MAC stay, and the chain still holds.

Whoever holds the server's ring can write a new chain; therefore the head is posted to the admins, and `Verifier`
compares. Pure: no database, no clock. What the entries say is sealed elsewhere, and never content of a report.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from storage.errors import NotAHead
from storage.framing import APP, frame

_SHOWN_BYTES = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One line as stored; `sealed` is None once its entry was emptied."""

    number: int
    sealed: bytes | None
    commitment: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """The newest line, as people compare it: `1234:9f3a6c1e02bb7d40` (number, first 8 bytes of the MAC)."""

    number: int
    shown: str

    def __str__(self) -> str:
        return f"{self.number}:{self.shown}"

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(line.number, line.mac[:_SHOWN_BYTES].hex())

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a posted head. Raises NotAHead."""
        found = re.fullmatch(r"#?([1-9]\d{0,17}):([0-9a-f]{16})", text.strip().lower(), re.ASCII)
        if not found:
            raise NotAHead
        return cls(int(found[1]), found[2])


class Fault(StrEnum):
    """What was done to the chain, as far as it can be told from what is left."""

    EDITED = "edited"
    """A line's entry is not the one that it commits to."""
    CUT = "cut"
    """Lines are missing before this number."""
    SPLICED = "spliced"
    """A line stands where it was not written: moved, repeated, inserted, or taken from elsewhere."""
    ROLLED_BACK = "rolled back"
    """The chain does not contain the posted head: an older copy, or one written anew."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification found; `bad` is the number of the first line at fault."""

    lines: int
    emptied: int
    head: Head | None
    kind: Fault | None = None
    bad: int | None = None

    @property
    def ok(self) -> bool:
        return self.kind is None


class Audit:
    """Links lines under one server's audit key."""

    def __init__(self, key: bytes, deployment: str) -> None:
        self._key = key
        self.start = self._mac("start", deployment)

    def next(self, previous: Line | None, sealed: bytes) -> Line:
        """The line after `previous` (None: the first) for a sealed entry."""
        number = previous.number + 1 if previous else 1
        commitment = hashlib.sha256(sealed).digest()
        return Line(number, sealed, commitment, self.link(previous.mac if previous else self.start, number, commitment))

    def link(self, previous: bytes, number: int, commitment: bytes) -> bytes:
        """The 32-byte MAC of a line that follows the line with the MAC `previous`."""
        return self._mac("line", previous, str(number), commitment)

    def verify(self, lines: Iterable[Line], witness: Head | None = None) -> Report:
        """Check a whole chain from its first line, in the order of numbers."""
        verifier = Verifier(self, witness)
        for line in lines:
            verifier.read(line)
        return verifier.report()

    def _mac(self, *parts: str | bytes) -> bytes:
        return hmac.digest(self._key, frame(APP, "audit", *parts), "sha256")


class Verifier:
    """Reads a chain line by line, so that a long one need not be in memory; keeps the first fault.

    `behind`: the line that the first one to be read follows; what is before it is taken as it is.
    """

    def __init__(self, audit: Audit, witness: Head | None = None, behind: Line | None = None) -> None:
        self._audit, self._witness = audit, witness
        self._mac, self._number = (behind.mac, behind.number) if behind else (audit.start, 0)
        self._emptied = 0
        self._fault: tuple[Fault, int] | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        fault = self._judge(line)
        if fault and not self._fault:
            self._fault = fault, line.number
        self._mac, self._number = line.mac, line.number
        self._emptied += line.sealed is None

    def report(self) -> Report:
        """What was found, the witness included."""
        kind, bad = self._fault or self._rolled_back() or (None, None)
        head = Head(self._number, self._mac[:_SHOWN_BYTES].hex()) if self._number else None
        return Report(self._number, self._emptied, head, kind, bad)

    def _judge(self, line: Line) -> Fault | None:
        if line.sealed is not None and hashlib.sha256(line.sealed).digest() != line.commitment:
            return Fault.EDITED
        if line.number != self._number + 1:
            return Fault.CUT if line.number > self._number else Fault.SPLICED
        expected = self._audit.link(self._mac, line.number, line.commitment)
        if not hmac.compare_digest(expected, line.mac):
            return Fault.SPLICED
        if self._witness and self._witness.number == line.number and Head.of(line) != self._witness:
            return Fault.ROLLED_BACK
        return None

    def _rolled_back(self) -> tuple[Fault, int] | None:
        if self._witness and self._witness.number > self._number:
            return Fault.ROLLED_BACK, self._number + 1
        return None
