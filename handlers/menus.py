"""Which commands each role sees in its command menu, in order. What each does is `menu.<command>` in the catalogues."""

from handlers.model import Role

REPORTING = (
    *("danger", "start", "report", "code", "checkin", "ok"),
    *("x", "clear", "erase", "subscribe", "unsubscribe", "privacy"),
)
RESPONDING = (
    *("queue", "claim", "case", "reply", "answers", "checklist", "note", "release", "close"),
    *("oncall", "unlock", "lock", "passphrase"),
)
MANAGING = ("invite", "team", "advise", "ban", "unban")
EVERYBODY = ("cancel", "language", "help")

MENUS: dict[Role, tuple[str, ...]] = {
    Role.REPORTER: (*REPORTING, *EVERYBODY),
    Role.NEWCOMER: ("passphrase", "language"),
    Role.SUSPENDED: ("language",),
    Role.RESPONDER: (*RESPONDING, *EVERYBODY),
    Role.ADMIN: (*RESPONDING, *MANAGING, *EVERYBODY),
}
