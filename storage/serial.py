"""Row ids that the client makes before it writes, so that a row can be sealed for its place; and the clock behind them.

An id is milliseconds << 20 with a random start, then counting on: in the order of time within a process, and next to
never the same in two. A clock that is set back never makes an id below one that was given, and the time behind the ids
runs on: a timer that was set before or after comes neither early nor late by it.
"""

import secrets
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_HOUR = timedelta(hours=1)
_BITS = 20


class Serial:
    """Gives ids above `largest`."""

    def __init__(self, largest: int = 0) -> None:
        self._last = largest
        self._ahead = 0

    def next(self, now: datetime) -> int:
        """An id greater than every one before."""
        first = self.clock(now) << _BITS
        self._last = self._last + 1 if first <= self._last else first + secrets.randbits(_BITS - 1)
        return self._last

    def clock(self, now: datetime) -> int:
        """Milliseconds since 1970, never before the last id: ahead of a clock that was set back, by as much."""
        self._ahead = max(self._ahead, (self._last >> _BITS) - milliseconds(now))
        return milliseconds(now) + self._ahead


def milliseconds(at: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (at - _EPOCH) // _MILLISECOND


def hours(at: datetime) -> int:
    """Whole hours since 1970: all that is kept in the clear of when somebody was here."""
    return (at - _EPOCH) // _HOUR


def days(at: datetime) -> int:
    """Whole days since 1970."""
    return (at - _EPOCH).days


def first_at(at: datetime) -> int:
    """The smallest id of this millisecond."""
    return milliseconds(at) << _BITS
