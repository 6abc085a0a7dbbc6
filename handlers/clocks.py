"""Times that rules hang on. How soon a level wants an answer is data of the program (`triage.toml`, clocks)."""

import math
from datetime import datetime, timedelta

from handlers.model import Case, Level
from handlers.program import Program

FAILURES_ALLOWED = 5
FAILURE_WINDOW = timedelta(hours=1)
FAILURE_PAUSE = timedelta(minutes=15)
"""Wrong passphrases: five within the hour, then one try a quarter of an hour."""

CODES_ALLOWED = 5
CODE_PAUSE = timedelta(minutes=1)
LONGEST_CODE_PAUSE = timedelta(hours=1)
"""Codes that lead nowhere: five, then a pause, twice as long after each more, up to an hour.

Nobody guesses 80 bits: the pause keeps one chat from using up what looking up costs. A chat that forgets itself (`/x`)
forgets this too; then it can still have only one code looked up at a time.
"""

INVITATION_LIFE = timedelta(hours=24)
"""Unless another is chosen: long enough to reach somebody in another time zone, and no longer."""
INVITATION_LIVES = (timedelta(hours=1), INVITATION_LIFE, timedelta(days=3), timedelta(days=7))
"""Those that have a button. None is longer than the last: a link that lies in a chat is a key under the mat."""


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


def code_wait(tries: int, last: datetime | None, now: datetime) -> int:
    """Whole minutes until the next code may be looked up; 0 when it may be now."""
    if last is None or tries < CODES_ALLOWED:
        return 0
    doublings = min(tries - CODES_ALLOWED, (LONGEST_CODE_PAUSE // CODE_PAUSE).bit_length())
    pause = min(LONGEST_CODE_PAUSE, CODE_PAUSE * 2**doublings)
    left: float = min(pause, last + pause - now) / timedelta(minutes=1)  # a clock that was set back adds nothing
    return max(0, math.ceil(left))
