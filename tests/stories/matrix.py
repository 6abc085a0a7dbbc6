"""The permission matrix, written down a second time: who may do what to which report, in words of its own.

`PERMITTED` has a row for each action; `COMMANDS`, `BUTTONS` and `TEXTS` say which of them each thing needs that a
person can do in their chat. A route or an action that they lack fails the tests. What is expected of a press follows
from these tables and from the order of ROUTES alone, never from `permissions.verdict`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from handlers.model import (
    Attachment,
    Choice,
    Command,
    Edited,
    Location,
    Role,
    Step,
    Text,
    Unreadable,
)
from handlers.permissions import Action
from handlers.routes import ANY, ROUTES, Route


class Who(StrEnum):
    """Everybody who stands in front of the bot, each with a chat of their own."""

    STRANGER = "stranger"
    REPORTER = "reporter"
    NEWCOMER = "newcomer"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    LOCKED = "locked"
    """A responder without open keys, on no report."""
    BYSTANDER = "bystander"
    """The same with open keys."""
    SECOND = "second"
    """Handed the reports over to the holder."""
    HOLDER = "holder"
    LOCKED_ADMIN = "lockedadmin"
    ADMIN = "admin"


class At(StrEnum):
    """The reports, each in another state."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    OTHERS = "others"
    """Claimed by SECOND."""
    RESTRICTED = "restricted"
    HIDDEN = "hidden"
    """From a community to which HOLDER and ADMIN surely don't belong, and nobody knows it of the others."""
    STEPPED = "stepped"
    """BYSTANDER, LOCKED and LOCKED_ADMIN stepped back from it."""
    MERGED = "merged"
    """Has become part of another, which HOLDER holds."""
    CLOSED = "closed"
    ERASED = "erased"
    ASKED = "asked"
    """On hold: its holder wants a lower level and an original; both wait for a second person."""
    SILENT = "silent"
    """A check-in whose time has not come."""


ROLES = {
    Who.STRANGER: Role.REPORTER,
    Who.REPORTER: Role.REPORTER,
    Who.REMOVED: Role.REPORTER,
    Who.NEWCOMER: Role.NEWCOMER,
    Who.SUSPENDED: Role.SUSPENDED,
    Who.LOCKED: Role.RESPONDER,
    Who.BYSTANDER: Role.RESPONDER,
    Who.SECOND: Role.RESPONDER,
    Who.HOLDER: Role.RESPONDER,
    Who.LOCKED_ADMIN: Role.ADMIN,
    Who.ADMIN: Role.ADMIN,
}
WITHOUT_KEYS = frozenset({Who.LOCKED, Who.LOCKED_ADMIN})
TEAM = frozenset(who for who, role in ROLES.items() if role in {Role.RESPONDER, Role.ADMIN})
KNOWN_BY = {
    At.RESTRICTED: frozenset({Who.HOLDER, Who.ADMIN, Who.LOCKED_ADMIN}),
    At.HIDDEN: frozenset({Who.HOLDER, Who.ADMIN}),
    At.STEPPED: TEAM - {Who.BYSTANDER, Who.LOCKED, Who.LOCKED_ADMIN},
    At.ERASED: frozenset[Who](),
    At.SILENT: frozenset[Who](),
}
"""Who may know of a report; of any other, the whole team."""
HELD_BY = {At.WAITING: None, At.OTHERS: Who.SECOND, At.ERASED: None, At.SILENT: None}
"""Of any other, HOLDER."""
READ_ALONG = frozenset({At.CLAIMED, At.HIDDEN, At.STEPPED, At.CLOSED, At.ASKED})
"""Where SECOND is the second responder."""

R, N, S, M, A = Role.REPORTER, Role.NEWCOMER, Role.SUSPENDED, Role.RESPONDER, Role.ADMIN


@dataclass(frozen=True)
class May:
    """Which roles; whose the report must be ("" when it is about none); even when it is closed; with open keys only."""

    roles: tuple[Role, ...]
    whose: str = ""
    closed: bool = False
    keys: bool = False


PERMITTED: dict[Action, May] = {
    Action.CONVERSE: May((R, N, S, M, A)),
    Action.REPORT: May((R,)),
    Action.FOLLOW: May((R,)),
    Action.SUBSCRIBE: May((R,)),
    Action.JOIN: May((R,)),
    Action.ENROL: May((N,)),
    Action.BELONG: May((N, S, M, A)),
    Action.SUSPENDED: May((S,)),
    Action.UNLOCK: May((M, A)),
    Action.RENEW: May((M, A)),
    Action.DUTY: May((M, A)),
    Action.QUEUE: May((M, A)),
    Action.CLAIM: May((M, A), "anybody"),
    Action.SEEN: May((M, A), "anybody"),
    Action.TAKE_OVER: May((M, A), "anybody"),
    Action.STEP_BACK: May((M, A), "anybody", closed=True),
    Action.COUNTERSIGN: May((M, A), "anybody", closed=True, keys=True),
    Action.SHARE: May((M, A), "holder admin", closed=True, keys=True),
    Action.VOUCH: May((M, A), "anybody", closed=True, keys=True),
    Action.SETTLE: May((M, A), "holder"),
    Action.REPLY: May((M, A), "holder", keys=True),
    Action.HAND_OVER: May((M, A), "holder", keys=True),
    Action.MERGE: May((M, A), "holder", keys=True),
    Action.CLOSE: May((M, A), "holder", keys=True),
    Action.RELEASE: May((M, A), "holder admin"),
    Action.LEVEL: May((M, A), "holder admin", keys=True),
    Action.AGREE: May((M, A), "holder admin", keys=True),
    Action.RESTRICT: May((M, A), "holder admin", closed=True, keys=True),
    Action.ORIGINAL: May((M, A), "holder admin", closed=True, keys=True),
    Action.READ: May((M, A), "holder second admin", closed=True, keys=True),
    Action.NOTE: May((M, A), "holder second admin", closed=True, keys=True),
    Action.BAN: May((A,), "holder admin", closed=True, keys=True),
    Action.REOPEN: May((M, A), "holder admin", closed=True, keys=True),
    Action.KEEP: May((M, A), "holder admin", closed=True, keys=True),
    Action.TEAM: May((A,)),
    Action.INVITE: May((A,), keys=True),
    Action.APPROVE: May((A,), keys=True),
    Action.MANAGE: May((A,), keys=True),
    Action.ADVISE: May((A,), keys=True),
    Action.AUDIT: May((A,), keys=True),
    Action.FIGURES: May((A,), keys=True),
    Action.BOARD: May((A,), keys=True),
    Action.PANIC: May((A,), keys=True),
    Action.EXPORT: May((A,), keys=True),
}

COMMANDS: dict[Action, dict[str, str]] = {
    Action.JOIN: {"unknowninvitation00000": "join", "": ANY},
    Action.ENROL: {"": f"passphrase {ANY}"},
    Action.BELONG: {"": "language"},
    Action.SUSPENDED: {"": ANY},
    Action.UNLOCK: {"": "unlock lock"},
    Action.RENEW: {"": "passphrase"},
    Action.DUTY: {"": f"oncall roster languages cancel start help {ANY}"},
    Action.QUEUE: {"": "queue next requests"},
    Action.CLAIM: {"{ref}": "claim"},
    Action.SEEN: {"{ref}": "seen"},
    Action.SETTLE: {"{ref}": "settle hold"},
    Action.READ: {"{ref}": "case timeline checklist"},
    Action.MERGE: {"{ref} {other}": "merge"},
    Action.NOTE: {"{ref} some words": "note", "{ref} {other}": "link"},
    Action.REPLY: {"{ref} some words": "reply", "{ref}": "answers resend"},
    Action.RELEASE: {"{ref}": "release"},
    Action.HAND_OVER: {"{ref}": "handover"},
    Action.RESTRICT: {"{ref}": "restrict widen"},
    Action.SHARE: {"{ref}": "share"},
    Action.STEP_BACK: {"{ref} some words": "notme"},
    Action.LEVEL: {"{ref} P3 some words": "level"},
    Action.CLOSE: {"{ref}": "close"},
    Action.REOPEN: {"{ref}": "reopen"},
    Action.KEEP: {"{ref}": "keep"},
    Action.INVITE: {"responder": "invite"},
    Action.TEAM: {"": "team"},
    Action.AUDIT: {"": "audit"},
    Action.FIGURES: {"": "stats"},
    Action.EXPORT: {"": "export"},
    Action.BAN: {"{ref}": "ban unban"},
    Action.ADVISE: {"": "advise"},
    Action.BOARD: {"": "desk"},
    Action.PANIC: {"": "panic"},
    Action.REPORT: {"": f"privacy start danger help language cancel x clear report erase {ANY}"},
    Action.FOLLOW: {"": "code checkin ok"},
    Action.SUBSCRIBE: {"": "subscribe unsubscribe"},
}
"""What stands behind a command -> the commands."""

BUTTONS: dict[Action, dict[str, str]] = {
    Action.ENROL: {"": "noted", "{case}": ANY},
    Action.BELONG: {"en": "lang", "": "language"},
    Action.SUSPENDED: {"{case}": ANY},
    Action.UNLOCK: {"": "unlock lock"},
    Action.RENEW: {"": "passphrase rewrap noted newkey"},
    Action.DUTY: {
        "": "help topic settings oncall languages roster rday rbegin rend rquiet rzone rdrop stop",
        "ru": "speak",
        "{case}": ANY,
    },
    Action.QUEUE: {"": "queue next requests qnarrow qonly"},
    Action.CLAIM: {"{case}": "claim"},
    Action.SEEN: {"{case}": "seen"},
    Action.SETTLE: {"{case}": "settle hold"},
    Action.READ: {"{case}": "open timeline more checklist", "{file}": "file"},
    Action.ORIGINAL: {"{file}": "original"},
    Action.VOUCH: {"{yes}": "vouch", "{case}": "vouchno"},
    Action.SHARE: {"{case}": "share shareget", "": "shareto sharekeep shareskip sharerest sharetlp shareask"},
    Action.COUNTERSIGN: {"{case}": "sharelook shareno", "{yes}": "shareyes", "": "sharebare"},
    Action.MERGE: {"{case}": "merge mergeto", "": "mergepage mergeyes"},
    Action.REPLY: {
        "{case}": "reply answers readit resend",
        "{draft}": "relay",
        "": "rewrite discard",
        "safe": "answer",
    },
    Action.NOTE: {"{case}": "note link linkto", "": "linkpage linkyes", "{ref}.what": "tick"},
    Action.RELEASE: {"{case}": "release"},
    Action.HAND_OVER: {"{case}": "handover handback", "{member}": "handto", "": "handbare"},
    Action.TAKE_OVER: {"{case}": "handyes handno"},
    Action.RESTRICT: {"{case}": "restrict widen"},
    Action.STEP_BACK: {"{case}": "notme", "": "notmeyes"},
    Action.LEVEL: {"{case}": "level", "P3": "setlevel"},
    Action.AGREE: {"{case}": "lower.P1 lower.P2 lower.P3 lower.P4 keeplevel"},
    Action.CLOSE: {"{case}": "close", "helped": "outcome"},
    Action.REOPEN: {"{case}": "reopen"},
    Action.KEEP: {"{case}": "keep letgo", "6": "keepfor"},
    Action.INVITE: {"": "invite invlang invfrom invlife uninvite"},
    Action.APPROVE: {"{key}": "approve refuse"},
    Action.TEAM: {"": "team", "{member}": "member"},
    Action.MANAGE: {
        "{member}": "suspend promote demote readmit revoke suspend.yes promote.yes demote.yes readmit.yes revoke.yes",
        "{suspended}": "reinstate reinstate.yes",
    },
    Action.AUDIT: {"": "audit auditwho auditwhat auditday auditcase"},
    Action.FIGURES: {"": "stats"},
    Action.EXPORT: {"": "export expto expwhat expshow expask explook expyes expno expget"},
    Action.BAN: {"{case}": "ban ban.yes unban"},
    Action.ADVISE: {
        "": "advise preview advsend advlist",
        "now": "advwhen",
        "hosts": "advfor",
        "DE": "advpick",
        "en": "advlang",
        "drop": "advrest",
        "{advisory}": "advyes advno advedit advshow advhold advgo advstop advdrop advend advback advwipe advfix",
    },
    Action.BOARD: {"": "desk boardyes boardend"},
    Action.REPORT: {
        "": "agree decline privacy language tidy safe safeoff clear new resume stay a skip done back cancel "
        "review change redo send unsay here exact every home finish tips drop",
        "en": "lang",
        "{case}": ANY,
    },
    Action.FOLLOW: {
        "{case}": "complete add status consents erased more",
        "": "mine consent allow withdraw erase code checkin wait ok endcheck at clock zone later",
    },
    Action.SUBSCRIBE: {"": "sub wish a skip done back unsub"},
}
"""What a button carries -> the buttons."""

TEXTS: dict[Action, frozenset[Step]] = {
    Action.UNLOCK: frozenset({Step.PASSPHRASE}),
    Action.DUTY: frozenset({Step.ZONE}),
    Action.REPLY: frozenset({Step.REPLY}),
    Action.NOTE: frozenset({Step.NOTE}),
    Action.HAND_OVER: frozenset({Step.HAND_OVER}),
    Action.STEP_BACK: frozenset({Step.STEP_BACK}),
    Action.LEVEL: frozenset({Step.LEVEL}),
    Action.KEEP: frozenset({Step.KEEP}),
    Action.SHARE: frozenset({Step.SHARE}),
    Action.COUNTERSIGN: frozenset({Step.SHARE_NO}),
    Action.INVITE: frozenset({Step.INVITE}),
    Action.EXPORT: frozenset({Step.EXPORT}),
    Action.ADVISE: frozenset({Step.ADVISE, Step.PREVIEW, Step.REFUSE}),
    Action.PANIC: frozenset({Step.PANIC}),
    Action.REPORT: frozenset({Step.NEW, Step.LANGUAGE, Step.CONSENT, Step.FORM, Step.REVIEW, Step.SAFE}),
    Action.FOLLOW: frozenset({Step.CODE, Step.FOLLOW, Step.CHECKIN, Step.CLOCK, Step.PLAN}),
    Action.SUBSCRIBE: frozenset({Step.SUBSCRIBE}),
}
"""Where words that are no command count for something."""


def carried(by: dict[Action, dict[str, str]]) -> dict[str, str]:
    """The name of each command or button -> what it carries."""
    return {name: what for rows in by.values() for what, names in rows.items() for name in names.split()}


def named(by: dict[Action, dict[str, str]]) -> set[tuple[Action, str]]:
    """Each command or button, and the action that it needs."""
    return {(action, name) for action, rows in by.items() for names in rows.values() for name in names.split()}


BY_HAND = (Command, Choice, Text, Attachment, Location, Edited, Unreadable)
"""Events that somebody in a chat can cause. All others are made by the clock and by our own errands."""
NOT_BY_HAND = frozenset({(Unreadable, "lost"), (Unreadable, "fault"), (Text, "reply"), (Attachment, "reply")})
"""Nor these: two are our own programs', and a reply is told by a report's token, which nobody else has."""
TEAMS_STEPS = frozenset(step for route in ROUTES for step in route.steps if A in PERMITTED[route.needs].roles)
"""Steps at which only a member stands."""


@dataclass(frozen=True)
class Try:
    """One thing to do in a chat that stands at this step."""

    event: type
    name: str
    step: Step

    @property
    def about(self) -> bool:
        """Whether some route of it is about a report."""
        return any(PERMITTED[route.needs].whose for route in self.routes())

    def routes(self) -> Iterator[Route]:
        """The rows that may answer it, in order."""
        for route in ROUTES:
            mine = route.event is self.event and route.name in {self.name, ANY}
            if mine and (not route.steps or self.step in route.steps):
                yield route

    def __str__(self) -> str:
        return f"{self.event.__name__} {self.name} at {self.step.value}"


def tries() -> list[Try]:
    """Everything that the table of routes knows and a person can do."""
    found = [
        Try(route.event, route.name, step)
        for route in ROUTES
        if route.event in BY_HAND and (route.event, route.name) not in NOT_BY_HAND
        for step in (sorted(route.steps) or (Step.HOME,))
    ]
    return list(dict.fromkeys(found))


def thinned() -> list[Try]:
    """Of each action one thing that needs it."""
    found: dict[Action, Try] = {}
    for each in tries():
        mine = [route for route in each.routes() if route.name == each.name]
        needs = next((route for route in mine if route.steps), mine[0]).needs
        found.setdefault(needs, each)
    return list(found.values())


@dataclass(frozen=True)
class Expected:
    """What follows for one person: the row that answers, if any, and why it refuses ("" when it doesn't)."""

    route: Route | None
    refusal: str = ""

    def done(self, each: Try) -> bool:
        """Whether it is what was tried, and not an answer to whoever may not."""
        return self.route is not None and not self.refusal and self.route.name == each.name


def expected(who: Who, each: Try, at: At) -> Expected:
    """By the tables alone."""
    met = replace(each, step=stands(who, each.step))
    route = next((route for route in met.routes() if ROLES[who] in PERMITTED[route.needs].roles), None)
    if route is None:
        return Expected(None)
    may = PERMITTED[route.needs]
    return Expected(route, _refusal(who, may, at))


def stands(who: Who, step: Step) -> Step:
    """Where a chat stands when this step is tried: a reporter never gets to the team's steps, nor they to a form."""
    if who is Who.STRANGER:
        return Step.NEW
    return step if (step in TEAMS_STEPS) is (ROLES[who] is not Role.REPORTER) else Step.HOME


def knows(who: Who, at: At) -> bool:
    """Whether somebody may hear of a report at all."""
    return who in KNOWN_BY.get(at, TEAM)


def reads(who: Who, at: At) -> bool:
    """Whether somebody may read a report."""
    return who in TEAM and _refusal(who, PERMITTED[Action.READ], at) == ""


def _refusal(who: Who, may: May, at: At) -> str:
    if may.whose and not knows(who, at):
        return "no-case"
    if may.whose and "anybody" not in may.whose and not _ways(who, at) & set(may.whose.split()):
        return "not-holder"
    if may.whose and at is At.CLOSED and not may.closed:
        return "closed"
    return "locked" if may.keys and who in WITHOUT_KEYS else ""


def _ways(who: Who, at: At) -> set[str]:
    holder = who is HELD_BY.get(at, Who.HOLDER)
    second = who is Who.SECOND and at in READ_ALONG
    return {name for name, is_so in (("holder", holder), ("second", second), ("admin", ROLES[who] is A)) if is_so}
