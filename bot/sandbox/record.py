"""What the sandbox noticed about the bots, for tests to look at."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Record:
    """Calls and refusals by method, and parameters that no such method has.

    The real server ignores unknown parameters, so a misspelt one is never noticed there.
    """

    calls: Counter[str] = field(default_factory=Counter)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults_of_ours: list[tuple[str, str]] = field(default_factory=list)

    def unknown_parameters(self, method: str, names: set[str]) -> None:
        """Note parameters that the method does not have, each once."""
        for fault in sorted((method, name) for name in names):
            if fault not in self.faults_of_ours:
                self.faults_of_ours.append(fault)
