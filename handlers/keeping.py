"""How long a closed case is kept: the one place that says when its holder is warned, when the reporter's address is
erased, and when the rest.

Nothing goes unwarned, and nothing that waits for somebody: what the reporter sent last and nobody has opened, or an
answer that did not reach them. The first waits until somebody opens it, which admins are reminded of; the second for
`LATE`, for its reader may never come back. Nor while it is asked what a partner may get of it (`asked_until`): a day,
and one more to fetch it. A hold (`held`) puts the end off, at most for `LONGEST` at a time.

A hold binds the team, never the reporter: they may erase their report at any time, for their consent is what allows us
to have it (GDPR art. 17(1)(b)). Whoever must keep something by law needs a copy of their own.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from handlers.model import Case, CaseState, Keeping

CUT = timedelta(days=7)
"""After closing, until the reporter's address is erased: time for a last word, or to see that closing was an error."""
WARNINGS = (timedelta(days=7), timedelta(days=1))
"""Before the end. A week holds a working day of everybody's; the last day is for who was away."""
GRACE = timedelta(days=7)
"""From a late reading, or the end of a hold that somebody ended, until the case goes."""
LATE = timedelta(days=30)
"""How long an answer waits for its reader; and after which admins hear daily of what nobody opens."""
LONGEST = timedelta(days=366)
"""Of one hold: after a year somebody must find a reason again (GDPR art. 5(1)(e), periodic review)."""


class Standing(StrEnum):
    """How a closed case stands before its end."""

    DUE = "due"
    """It is erased by the next sweep."""
    LATER = "later"
    HELD = "held"
    UNREAD = "unread"
    """Its time is over, and it waits until somebody has opened what came last."""
    UNDELIVERED = "undelivered"
    """Its time is over, and it waits for the reader of an answer."""
    ASKED = "asked"
    """Its time is over, and it waits for what is asked about giving it to a partner."""


def of(case: Case) -> Keeping:
    """How long a closed case is kept. Only for who knows that it is closed."""
    if case.keeping is None:
        raise LookupError("a case that is not closed was asked for its end")
    return case.keeping


def begun(now: datetime, days: int) -> Keeping:
    """Of a case that is closed now, in a house that keeps its cases for so many days."""
    return _ending(Keeping(now), now + timedelta(days=days), now)


def held(case: Case, until: datetime, now: datetime) -> Case:
    """Kept until this day at least."""
    kept = of(case)
    return replace(case, keeping=replace(_ending(kept, max(kept.until, until), now), held=True))


def let_go(case: Case, days: int, now: datetime) -> Case:
    """Without its hold, or with no more warnings: whoever holds it wants it to end."""
    kept = of(case)
    if not kept.held:
        return replace(case, keeping=replace(kept, warned=max(kept.warned, len(WARNINGS))))
    end = max((case.closed or now) + timedelta(days=days), now + GRACE)
    return replace(case, keeping=replace(_ending(kept, end, now), held=False))


def read(case: Case, now: datetime) -> Case:
    """Somebody has opened it: what waited for that goes on, and leaves them time."""
    kept = case.keeping
    late = kept is not None and case.unread and kept.until < now + GRACE
    keeping = _ending(kept, now + GRACE, now) if kept and late else kept
    return replace(case, unread=0, keeping=keeping)


def is_due(case: Case, now: datetime) -> bool:
    """Whether something is to be done about it."""
    return _is_over(case) and (must_cut(case, now) or _is_warning_due(case, now) or must_call(case, now))


def warned(before: Case, after: Case) -> bool:
    """Whether its holder is to be warned now."""
    return of(before).warned < of(after).warned <= len(WARNINGS)


def must_cut(case: Case, now: datetime) -> bool:
    """Whether the reporter's address is to be erased. A hold keeps it, as everything else."""
    kept = of(case)
    return not (kept.cut or kept.held) and case.closed is not None and now >= case.closed + CUT


def must_call(case: Case, now: datetime) -> bool:
    """Whether admins are to hear why it is not erased: at its end, and daily once nobody has opened it for long."""
    kept = of(case)
    first = now >= kept.until and kept.warned == len(WARNINGS)
    return bool(waits_for(case)) and (first or (bool(case.unread) and now >= kept.until + LATE))


def stepped(case: Case, now: datetime) -> Case:
    """The case after all that is due; one whose warning comes late gets the time that it promises."""
    kept = of(case)
    if must_cut(case, now):
        case, kept = replace(case, unlinked=True), replace(kept, cut=True)
    if _is_warning_due(case, now):
        until = max(kept.until, now + WARNINGS[-1])
        kept = replace(kept, until=until, warned=_passed(until, now))
    elif must_call(case, now):
        kept = replace(kept, warned=len(WARNINGS) + 1)
    return replace(case, keeping=kept)


def waits_for(case: Case) -> str:
    """What keeps a case beyond its end; empty when nothing does."""
    return "unread" if case.unread else "undelivered" if case.unreachable else ""


def end(case: Case) -> datetime | None:
    """After which day it may be erased; None as long as that hangs on somebody, or was not announced."""
    kept = case.keeping
    if not _is_over(case) or kept is None or case.unread or kept.warned < len(WARNINGS):
        return None
    last = kept.until + LATE if case.unreachable else kept.until
    return max(last, asked_until(case) or last)


def asked_until(case: Case) -> datetime | None:
    """Until when it may be answered, or fetched, what a partner is to get of it; None when nobody asks."""
    asked = (case.exporting, case.share.until if case.share else None)
    return max((until for until in asked if until), default=None)


def last_day(case: Case) -> datetime:
    """After which day it is to go, as far as that is known now."""
    return end(case) or of(case).until


def standing(case: Case, now: datetime) -> Standing:
    """How it stands now."""
    until, last = of(case).until, end(case)
    if last and last.date() < now.date():
        return Standing.DUE
    if waits_for(case) and until <= now:
        return Standing(waits_for(case))
    if (asked_until(case) or now) > now >= until:
        return Standing.ASKED
    return Standing.HELD if of(case).held else Standing.LATER


def _ending(kept: Keeping, until: datetime, now: datetime) -> Keeping:
    """With another end, and only the warnings behind it that would have come before now."""
    return replace(kept, until=until, warned=_passed(until, now))


def _passed(until: datetime, now: datetime) -> int:
    return sum(until - before <= now for before in WARNINGS)


def _is_warning_due(case: Case, now: datetime) -> bool:
    return of(case).warned < _passed(of(case).until, now)


def _is_over(case: Case) -> bool:
    return case.state is CaseState.CLOSED and case.keeping is not None
