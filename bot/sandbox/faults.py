"""Faults that can be switched on while a bot runs."""

from typing import Any, Literal

import msgspec


class Faults(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong, and how often.

    Probabilities lie between 0 and 1; a number above 1 is a count of calls that fail, after which it is over.
    `methods` restricts latency, 429, 5xx and drops to these methods (none named: all).
    """

    latency_ms: float = 0
    jitter_ms: float = 0
    fail_429: float = 0
    retry_after: int = 1
    fail_5xx: float = 0
    drop: float = 0
    drop_when: Literal["before", "after"] = "before"
    duplicate_updates: float = 0
    reorder_updates: bool = False
    flood_limits: bool = False
    methods: list[str] = []
    seed: int | None = None

    def pace(self, bot: int, chat: int) -> None:
        """Refuse a message that comes too fast, when flood limits are on."""

    def disturbed(self, updates: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The updates of one answer, in disorder or twice when that is switched on."""
        return updates
