"""How soon a person should hear from a person, by level.

Source: domain research, "Levels" (P2 after Access Now's two hours; the others are ours). Minutes.
"""

from datetime import datetime, timedelta

from handlers.model import Case, Level

FIRST_REPLY = {Level.P1: 30, Level.P2: 2 * 60, Level.P3: 24 * 60, Level.P4: 72 * 60}

FAILURES_ALLOWED = 5
FAILURE_WINDOW = timedelta(hours=1)
FAILURE_PAUSE = timedelta(minutes=15)
"""Wrong passphrases: five within the hour, then one try a quarter of an hour."""

INVITATION_LIFE = timedelta(hours=24)


def age(case: Case, now: datetime) -> int:
    """Minutes since the report was sent; a clock that was set back gives 0."""
    return max(0, int((now - case.created).total_seconds() // 60))


def paused_until(failures: tuple[datetime, ...], now: datetime) -> datetime | None:
    """When the next passphrase may be tried; None when it may be tried now."""
    recent = recent_failures(failures, now)
    if len(recent) < FAILURES_ALLOWED:
        return None
    until = recent[-1] + FAILURE_PAUSE
    return until if until > now else None


def recent_failures(failures: tuple[datetime, ...], now: datetime) -> tuple[datetime, ...]:
    """Those that still count."""
    return tuple(at for at in failures if now - FAILURE_WINDOW < at <= now)
