"""When each part of the process last went round: what `/health`, `panah doctor` and systemd's watchdog go by.

A clock that only goes forward; nothing here is kept or sent.
"""

import time

LIMITS = {
    "worker": 60.0,
    "words": 60.0,
    "errands": 60.0,
    "janitor": 600.0,
    "telegram": 150.0,
    "desk": 150.0,
}
"""Seconds that a part's round may take: the worker and the couriers look every second (`PULSE`), the janitor every 20
and sweeps in between, a long poll lasts half a minute and its pauses after a fault as long again."""
OURS = frozenset({"worker", "words", "errands", "janitor"})
"""Parts that depend on nobody else: when one of them stands, a new start helps."""

_last: dict[str, float] = {}


def beat(part: str) -> None:
    """A part goes round; its first beat makes it one of those that are looked at."""
    _last[part] = time.monotonic()


def stopped(part: str) -> None:
    """A part ended as it should: nobody waits for it any more."""
    _last.pop(part, None)


def ages() -> dict[str, float]:
    """Seconds since each part last went round."""
    now = time.monotonic()
    return {part: now - at for part, at in _last.items()}


def late() -> tuple[str, ...]:
    """The parts that have not gone round for too long, by name."""
    return tuple(sorted(part for part, age in ages().items() if age > LIMITS[part]))
