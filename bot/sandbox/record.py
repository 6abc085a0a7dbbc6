"""What the sandbox noticed about the bots, for tests to look at."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Record:
    """Calls and refusals by method, parameters that no such method has, presses of buttons and their answers.

    The real server ignores unknown parameters, so a misspelt one is never noticed there.
    """

    calls: Counter[str] = field(default_factory=Counter)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults_of_ours: list[tuple[str, str]] = field(default_factory=list)
    presses: int = 0
    answers: int = 0
    slowest_answer: float = 0.0
    watched: dict[int, list[tuple[str, dict[str, Any]]]] = field(default_factory=dict)

    def unknown_parameters(self, method: str, names: set[str]) -> None:
        """Note parameters that the method does not have, each once."""
        for fault in sorted((method, name) for name in names):
            if fault not in self.faults_of_ours:
                self.faults_of_ours.append(fault)

    def sent_to(self, chat: int | None, method: str, raw: dict[str, Any]) -> None:
        """Keep a call word for word, if it goes to a chat that is watched (a group)."""
        if chat is not None and chat in self.watched:
            self.watched[chat].append((method, dict(raw)))

    def answered(self, after: float) -> None:
        """A press was answered `after` so many seconds."""
        self.answers += 1
        self.slowest_answer = max(self.slowest_answer, after)

    def summary(self) -> dict[str, Any]:
        """All of it for JSON."""
        return {
            "calls": self.calls,
            "refusals": [[method, why, times] for (method, why), times in self.refusals.items()],
            "faults_of_ours": self.faults_of_ours,
            "presses": self.presses,
            "unanswered_callbacks": self.presses - self.answers,
            "slowest_callback_answer_seconds": self.slowest_answer,
        }
