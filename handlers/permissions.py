"""Who may do what: one table, default deny.

`GRANTS` says which role may try an action at all; `verdict` adds what the state of the case and of the keys demands.
A member in front of the reporters' bot is a reporter there when the house has a second bot for its staff.
`cleared` says who of the team may know of a case.
"""

from collections.abc import Iterable
from enum import Enum, StrEnum

from handlers.model import Case, CaseState, Clearance, Door, Member, MemberId, Person, Record, Role


class Action(StrEnum):
    """Everything that somebody can try. A route without one of these does not exist."""

    CONVERSE = "converse"
    """Languages, help, clearing the chat, and answers to what nobody asked for."""
    REPORT = "report"
    FOLLOW = "follow"
    SUBSCRIBE = "subscribe"
    JOIN = "join"
    ENROL = "enrol"
    """Getting a key and a passphrase, before approval."""
    BELONG = "belong"
    """What every member may, approved or not."""
    SUSPENDED = "suspended"
    """Hearing that one is, whatever one tries."""
    UNLOCK = "unlock"
    RENEW = "renew"
    """A new passphrase, or a new key for a lost one."""
    DUTY = "duty"
    QUEUE = "queue"
    CLAIM = "claim"
    SEEN = "seen"
    """Wanting no more pages of a case."""
    SETTLE = "settle"
    """Saying that nothing has to be answered."""
    READ = "read"
    ORIGINAL = "original"
    """A file as it came, hostile or not."""
    REPLY = "reply"
    NOTE = "note"
    RELEASE = "release"
    HAND_OVER = "handover"
    TAKE_OVER = "takeover"
    """Saying yes or no to what is handed over."""
    RESTRICT = "restrict"
    MERGE = "merge"
    STEP_BACK = "stepback"
    """Having nothing to do with a case, for a conflict of interest."""
    LEVEL = "level"
    AGREE = "agree"
    """The second person's yes to a lower level."""
    VOUCH = "vouch"
    """The second person's yes to a file as it came."""
    SHARE = "share"
    """Putting together what a partner gets of a case, and getting it."""
    COUNTERSIGN = "countersign"
    """The second person's yes to that."""
    CLOSE = "close"
    REOPEN = "reopen"
    KEEP = "keep"
    """Saying how much longer a closed case is kept, and why; or that it may go."""
    INVITE = "invite"
    APPROVE = "approve"
    TEAM = "team"
    MANAGE = "manage"
    """Suspending, revoking, changing roles, letting somebody in from another account (`measures`)."""
    ADVISE = "advise"
    AUDIT = "audit"
    BAN = "ban"
    """Setting a sender aside."""
    FIGURES = "figures"
    """Counting reports: small numbers can be people."""
    EXPORT = "export"
    """Giving a partner what was agreed to of several cases, in one file; asking for it, agreeing, getting it."""
    BOARD = "board"
    """Making a group the team's, and ending it."""
    PANIC = "panic"
    """Destroying the server's own keys."""


EVERYBODY = frozenset({Action.CONVERSE})
RESPONDING = frozenset(
    {
        Action.UNLOCK,
        Action.RENEW,
        Action.DUTY,
        Action.QUEUE,
        Action.CLAIM,
        Action.SEEN,
        Action.SETTLE,
        Action.READ,
        Action.ORIGINAL,
        Action.REPLY,
        Action.NOTE,
        Action.RELEASE,
        Action.HAND_OVER,
        Action.TAKE_OVER,
        Action.RESTRICT,
        Action.MERGE,
        Action.STEP_BACK,
        Action.LEVEL,
        Action.AGREE,
        Action.VOUCH,
        Action.SHARE,
        Action.COUNTERSIGN,
        Action.CLOSE,
        Action.REOPEN,
        Action.KEEP,
    }
)
MANAGING = frozenset(
    {
        Action.INVITE,
        Action.APPROVE,
        Action.TEAM,
        Action.MANAGE,
        Action.ADVISE,
        Action.AUDIT,
        Action.FIGURES,
        Action.EXPORT,
        Action.BAN,
        Action.BOARD,
        Action.PANIC,
    }
)

GRANTS: dict[Role, frozenset[Action]] = {
    Role.REPORTER: EVERYBODY | {Action.REPORT, Action.FOLLOW, Action.SUBSCRIBE, Action.JOIN},
    Role.NEWCOMER: EVERYBODY | {Action.BELONG, Action.ENROL},
    Role.SUSPENDED: EVERYBODY | {Action.BELONG, Action.SUSPENDED},
    Role.RESPONDER: EVERYBODY | {Action.BELONG} | RESPONDING,
    Role.ADMIN: EVERYBODY | {Action.BELONG} | RESPONDING | MANAGING,
}

BEHIND_THE_DESK = RESPONDING | MANAGING | {Action.JOIN, Action.ENROL, Action.BELONG, Action.SUSPENDED}
IN_FRONT = frozenset({Action.REPORT, Action.FOLLOW, Action.SUBSCRIBE})
NEEDS_KEYS = frozenset(
    {
        Action.READ,
        Action.ORIGINAL,
        Action.REPLY,
        Action.NOTE,
        Action.HAND_OVER,
        Action.RESTRICT,
        Action.MERGE,
        Action.LEVEL,
        Action.AGREE,
        Action.VOUCH,
        Action.SHARE,
        Action.COUNTERSIGN,
        Action.CLOSE,
        Action.REOPEN,
        Action.KEEP,
        Action.INVITE,
        Action.APPROVE,
        Action.MANAGE,
        Action.ADVISE,
        Action.AUDIT,
        Action.FIGURES,
        Action.EXPORT,
        Action.BAN,
        Action.BOARD,
        Action.PANIC,
    }
)
"""What whoever took over a member's chat can't do without the passphrase. Closing counts: it sets the day of erasure.
Letting go of a case does not: it must always be possible, and another takes it up.
"""
HOLDER_ONLY = frozenset({Action.REPLY, Action.HAND_OVER, Action.MERGE, Action.CLOSE, Action.SETTLE})
HOLDER_OR_ADMIN = frozenset(
    {
        Action.READ,
        Action.ORIGINAL,
        Action.NOTE,
        Action.RELEASE,
        Action.RESTRICT,
        Action.LEVEL,
        Action.AGREE,
        Action.SHARE,
        Action.BAN,
        Action.REOPEN,
        Action.KEEP,
    }
)
SECOND_TOO = frozenset({Action.READ, Action.NOTE})
"""What is left to whoever handed a case over."""
ANYBODY = frozenset({Action.CLAIM, Action.SEEN, Action.TAKE_OVER, Action.STEP_BACK, Action.VOUCH, Action.COUNTERSIGN})
"""What needs no more than that one may know of the case."""
NEEDS_CASE = ANYBODY | HOLDER_ONLY | HOLDER_OR_ADMIN
EVEN_CLOSED = frozenset(
    {
        Action.READ,
        Action.ORIGINAL,
        Action.VOUCH,
        Action.SHARE,
        Action.COUNTERSIGN,
        Action.NOTE,
        Action.RESTRICT,
        Action.STEP_BACK,
        Action.BAN,
        Action.REOPEN,
        Action.KEEP,
    }
)


class Verdict(Enum):
    """Why not, so that the answer can say what to do next."""

    YES = "yes"
    NO = "no"
    LOCKED = "locked"
    NO_CASE = "no-case"
    NOT_HOLDER = "not-holder"
    CLOSED = "closed"


def granted(person: Person, action: Action) -> bool:
    """Whether this role may try this action at this door at all."""
    if person.door is Door.FRONT and action in BEHIND_THE_DESK:
        return False
    if person.door is Door.DESK and action in IN_FRONT:
        return False
    return action in GRANTS[person.role]


def verdict(person: Person, action: Action, case: Case | None, team: Iterable[Member] = ()) -> Verdict:
    """The whole decision, once the case is known. Without the team, a case with exclusions is nobody's."""
    if not granted(person, action):
        return Verdict.NO
    if action in NEEDS_CASE:
        standing = _standing(person, action, case, team)
        if standing is not Verdict.YES:
            return standing
    if action in NEEDS_KEYS and not person.unlocked:
        return Verdict.LOCKED
    return Verdict.YES


def _standing(person: Person, action: Action, case: Case | None, team: Iterable[Member]) -> Verdict:
    if case is None or not (person.member and may_know(person.member, case, team)):
        return Verdict.NO_CASE  # to whom it is hidden, it does not exist
    mine = person.member is not None and case.holder == person.member.id
    over = person.role is Role.ADMIN and action in HOLDER_OR_ADMIN
    along = person.member.id == case.second and action in SECOND_TOO
    if not (action in ANYBODY or mine or over or along):
        return Verdict.NOT_HOLDER
    if case.state is CaseState.CLOSED and action not in EVEN_CLOSED:
        return Verdict.CLOSED
    return Verdict.YES


def may_know(member: Member, case: Case, team: Iterable[Member]) -> bool:
    """Whether a member may hear of a case, see it in a list, take it or open it."""
    if case.state is CaseState.SILENT:
        return False
    return case.clearance == Clearance() or member.id in cleared(case.clearance, team)


def may_see(member: Member, record: Record, team: Iterable[Member]) -> bool:
    """Whether an admin may see a line of the audit chain. One about a case that is gone, as the case was then."""
    if record.case:
        return may_know(member, record.case, team)
    hidden = record.entry.hidden_from
    return not hidden or member.id in cleared(Clearance(hidden), team)


def cleared(clearance: Clearance, team: Iterable[Member]) -> frozenset[MemberId]:
    """Who may know of a case.

    A member whose communities nobody has given may belong to any, and is left out where some are excluded. When that
    leaves nobody at all, the admins may: first those of whom nothing is known, then all of them, at last even those who
    stepped back. A report that nobody reads protects nobody; nor does one that is restricted to nobody.
    """
    active = [member for member in team if member.active]
    willing = [member for member in active if member.id not in clearance.without]
    admins = [member for member in willing if member.role is Role.ADMIN]
    unknown = [member for member in admins if not member.communities]
    last = [member for member in active if member.role is Role.ADMIN]
    knowing = [member for member in willing if _outside(member, clearance)] or unknown or admins or last
    few = [member for member in knowing if member.role is Role.ADMIN or member.id == clearance.holder]
    return frozenset(member.id for member in (clearance.restricted and few) or knowing)


def another(case: Case, member: Member, team: Iterable[Member]) -> bool:
    """Whether anybody but this member may know of a case, so that two can decide about it."""
    return bool(cleared(case.clearance, team) - {member.id})


def readers(case: Case, team: Iterable[Member]) -> frozenset[MemberId]:
    """Who may read a case: of those who may know of it its holder, who reads along, and the admins."""
    members = tuple(team)
    admins = {member.id for member in members if member.role is Role.ADMIN}
    return cleared(case.clearance, members) & {case.holder, case.second, *admins}


def _outside(member: Member, clearance: Clearance) -> bool:
    """Whether a member surely belongs to none of the excluded communities."""
    excluded = set(clearance.hidden_from)
    return not excluded or (bool(member.communities) and excluded.isdisjoint(member.communities))
