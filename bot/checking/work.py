"""What the house tells of itself: what waits and for how long, who is there, what was backed up. Pure."""

from datetime import datetime, timedelta

from bot.checking.finding import Wrong, warn
from storage.vitals import Backlog, Desk, Team, Vitals

BUSY, STUCK = 60, 600
"""Seconds that an event may wait to be decided on: under the worst flood that is tried (tests/flood) it is a minute."""
SLOW, HELD = 600, 3600
"""Seconds that a message may wait to be sent: 30 a second go out, so beyond this the messenger refuses, or is away."""
DAY = 24 * 3600
"""Seconds after which a file that could not be fetched is given up (`bot.errands`): no errand of theirs is older."""
ADMINS = 2
"""One who loses the passphrase, or the phone, can only be helped by another."""
WITNESSED = timedelta(days=2)
"""Admins are sent the head once a day."""
BACKED_UP = timedelta(days=2)
"""A backup a day, and one may fail."""


def running(late: tuple[str, ...]) -> Wrong | None:
    """`late`: parts of the running bot that stand still."""
    stands = f"these parts of the bot stand still: {', '.join(late)}; look at its log, then restart it"
    return Wrong(stands) if late else None


def durable(vitals: Vitals) -> Wrong | None:
    off = ", ".join(vitals.unsafe)
    return Wrong(f"off in this database, so a power cut loses reports: {off}; switch on") if off else None


def inbox(backlog: Backlog) -> Wrong | None:
    says = f"{backlog.waiting} events wait to be decided on, the first for {_span(backlog.oldest)}: see the log"
    return _by_age(says, backlog.oldest, BUSY, STUCK)


def outbox(words: Backlog, errands: Backlog) -> Wrong | None:
    says = f"{words.waiting} messages wait to be sent, the first for {_span(words.oldest)}: is Telegram reachable?"
    if wrong := _by_age(says, words.oldest, SLOW, HELD):
        return wrong
    late = (
        f"{errands.waiting} errands wait, the first for {_span(errands.oldest)}: somebody must unlock, or see the log"
    )
    return warn(late) if errands.oldest > DAY else None


def aside(count: int) -> Wrong | None:
    says = f"{count} events or messages could not be carried out: a bug; report the log's lines `event.failed`"
    return warn(says) if count else None


def cases(desk: Desk) -> Wrong | None:
    """How long is too long, each level's promise says (`triage.toml`, clocks)."""
    says = f"{desk.overdue} of {desk.unclaimed} unclaimed cases are overdue, the oldest came {_span(desk.oldest)} ago"
    return warn(f"{says}: somebody must claim them (/queue)") if desk.overdue else None


def team(team: Team) -> Wrong | None:
    wrong = []
    if team.damaged:
        wrong.append(f"members whose rows can't be read: {team.damaged}; invite them anew")
    if team.ungranted:
        wrong.append(f"members without the desk's key: {team.ungranted}; give them a new way in (/team)")
    if team.unproven:
        wrong.append(f"members whose passphrase has never opened anything: {team.unproven}; let them try /unlock now")
    if team.admins < ADMINS:
        wrong.append(f"admins: {team.admins}; invite a second one, or nobody can help the first")
    if team.members and not team.on_duty:
        wrong.append("nobody is on duty, so admins are called: agree on /oncall or /roster")
    return warn("; ".join(wrong)) if wrong else None


def desk_key(team: Team) -> Wrong | None:
    """What is left of a new recovery key that was cut short, or of somebody who could write database and ring."""
    says = f"holders of the desk's key who are no active members, nor the recovery key: {team.strangers}"
    remedy = "run `panah rotate --recovery` to its end, or `panah rotate --desk`"
    return Wrong(f"{says}; {remedy}") if team.strangers else None


def audit(unbroken: bool, witnessed: datetime | None, admins: int, now: datetime) -> Wrong | None:
    """`unbroken`: the chain has the head that admins were sent last (`witnessed`), and holds."""
    if not unbroken:
        return Wrong("the audit chain is not as admins were told: run `panah audit verify --witness …` with their head")
    if not admins:
        return None
    if witnessed is None:
        return warn("admins were not sent the head of the audit chain yet: that comes daily after 06:00 UTC")
    if now - witnessed > WITNESSED:
        return warn("admins were not sent the head of the audit chain for two days: see the log")
    return None


def backup(made: datetime | None, days: int, now: datetime) -> Wrong | None:
    """`days`: how long backups are kept; 0 says that none are made."""
    if not days:
        return None
    if made is None:
        return warn("no backup was made yet: run `panah backup`, and keep it elsewhere")
    if now - made > timedelta(days=days):
        return Wrong(f"the last backup is from {made:%Y-%m-%d}, too old to be kept: run `panah backup`")
    return warn(f"the last backup is from {made:%Y-%m-%d}: run `panah backup`") if now - made > BACKED_UP else None


def _by_age(says: str, age: int, late: int, stuck: int) -> Wrong | None:
    if age <= late:
        return None
    return Wrong(says) if age > stuck else warn(says)


def _span(seconds: int) -> str:
    """In the largest unit that fits."""
    units = ((24 * 3600, "days"), (3600, "hours"), (60, "minutes"))
    return next((f"{seconds // size} {unit}" for size, unit in units if seconds >= 2 * size), f"{seconds} seconds")
