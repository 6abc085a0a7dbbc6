"""Times that rules hang on. How soon a level wants an answer is data of the program (`triage.toml`, clocks)."""

from datetime import datetime, timedelta

from handlers.model import Case, Level
from handlers.program import Program

FAILURES_ALLOWED = 5
FAILURE_WINDOW = timedelta(hours=1)
FAILURE_PAUSE = timedelta(minutes=15)
"""Wrong passphrases: five within the hour, then one try a quarter of an hour."""

INVITATION_LIFE = timedelta(hours=24)


def first_reply(level: Level, program: Program) -> int:
    """Minutes within which a person should hear from a person."""
    return next(clock.reply for name, clock in program.clocks.items() if name == level.name)


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
