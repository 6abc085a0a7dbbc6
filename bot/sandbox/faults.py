"""Faults that can be switched on while a bot runs."""

from typing import Literal

import msgspec


class Faults(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong, and how often; all of it can be changed at any time.

    `fail_429`, `fail_5xx`, `drop` and `duplicate_updates` below 1 are probabilities; 1 or more is how many of the next
    calls (updates) are struck, after which it is over. `drop` closes the connection before or after the method was
    carried out. `methods` restricts latency, failures and drops to these methods (none named: all of them).
    `flood_limits` switches Telegram's limits on. `seed` makes chance repeatable.
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
