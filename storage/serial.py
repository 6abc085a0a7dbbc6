"""Row ids that the client makes before it writes, so that a row can be sealed for its place; and the clock behind them.

An id is milliseconds << 20 with a random start, then counting on: in the order of time within a process, and next to
never the same in two. A clock that is set back never makes an id below one that was given: from then on this one goes
ahead of it at the same pace, so that what is to come in ten minutes comes in ten minutes, and what waits goes out now.
"""

import secrets
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_HOUR = timedelta(hours=1)
_HOUR_MS = 3_600_000
_BITS = 20
_LAG = 60_000
"""Milliseconds by which two times may differ that were taken one after the other: only more is a clock set back."""


class Serial:
    """Gives ids above `largest`."""

    def __init__(self, largest: int = 0) -> None:
        self._last, self._latest = largest, largest >> _BITS
        self._ahead = 0

    def next(self, now: datetime) -> int:
        """An id greater than every one before."""
        first = self.clock(now) << _BITS
        self._last = self._last + 1 if first <= self._last else first + secrets.randbits(_BITS - 1)
        return self._last

    def vague(self, now: datetime) -> int:
        """An id somewhere in the hour before this one: of what may wait for days."""
        return ((hours(now) - 1) * _HOUR_MS << _BITS) + secrets.randbelow(_HOUR_MS << _BITS)

    def clock(self, now: datetime) -> int:
        """Milliseconds since 1970, never before the last id, nor before what it said last.

        The worker looks at it every second, so that a clock that is set back is noticed when nothing else happens too.
        """
        self._latest = max(self._latest, self._last >> _BITS)
        if self._latest - (milliseconds(now) + self._ahead) > _LAG:
            self._ahead = self._latest - milliseconds(now)
        self._latest = max(milliseconds(now) + self._ahead, self._latest)
        return self._latest

    def later(self, at: datetime, now: datetime) -> int:
        """A time to come, by the same clock."""
        return self.clock(now) + milliseconds(at) - milliseconds(now)


def apart(first: int, second: int) -> timedelta:
    """The time from one id to another."""
    return ((second >> _BITS) - (first >> _BITS)) * _MILLISECOND


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (at - _EPOCH) // _MILLISECOND


def hours(at: datetime) -> int:
    """Whole hours since 1970: all that is kept in the clear of when somebody was here."""
    return (at - _EPOCH) // _HOUR


def days(at: datetime) -> int:
    """Whole days since 1970."""
    return (at - _EPOCH).days


def created(id_: int) -> int:
    """The milliseconds since 1970 that an id holds."""
    return id_ >> _BITS


def first_at(at: datetime) -> int:
    """The smallest id of this millisecond."""
    return milliseconds(at) << _BITS
