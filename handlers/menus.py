"""Which commands each role sees in its command menu, in order. What each does is `menu.<command>` in the catalogues.

`/help` says the same, with what a command takes; `/help COMMAND` shows it used.
"""

from handlers.model import Command, Message, Role

REPORTING = (
    *("danger", "start", "report", "code", "checkin", "ok"),
    *("x", "clear", "erase", "subscribe", "unsubscribe", "privacy"),
)
EVERYBODY = ("cancel", "language", "help")
WORK: dict[str, tuple[str, ...]] = {
    "find": ("queue", "next", "requests", "claim", "seen", "notme"),
    "read": ("case", "timeline", "checklist", "note", "link", "merge"),
    "talk": ("reply", "answers", "resend", "settle"),
    "move": ("release", "handover", "hold", "share", "level", "restrict", "widen", "close", "reopen", "keep"),
    "self": ("oncall", "roster", "languages", "unlock", "lock", "passphrase"),
}
"""A responder's commands by what they are for, as `topic.<id>`."""
OFFICE = {"office": ("invite", "team", "audit", "stats", "export", "advise", "ban", "unban", "desk", "panic")}
"""Those of admins."""
RESPONDING = tuple(command for commands in WORK.values() for command in commands)

MENUS: dict[Role, tuple[str, ...]] = {
    Role.REPORTER: (*REPORTING, *EVERYBODY),
    Role.NEWCOMER: ("passphrase", "language"),
    Role.SUSPENDED: ("language",),
    Role.RESPONDER: (*RESPONDING, *EVERYBODY),
    Role.ADMIN: (*RESPONDING, *OFFICE["office"], *EVERYBODY),
}

TAKES = {
    **dict.fromkeys(("claim", "case", "timeline", "answers", "release", "handover", "close", "ban", "unban"), "code"),
    **dict.fromkeys(("level", "restrict", "widen", "notme", "seen", "settle", "hold", "resend"), "code"),
    **dict.fromkeys(("keep", "reopen", "share"), "code"),
    **dict.fromkeys(("link", "merge"), "codes"),
    **dict.fromkeys(("reply", "note"), "words"),
}
"""What must stand behind a command, as `takes.<kind>`."""
REASONED = frozenset({"level", "notme"})
"""Of those that take a code: behind it may stand why."""
ALONE = frozenset(
    {
        *("next", "requests", "roster", "languages", "passphrase", "team", "stats", "export", "advise", "panic"),
        *("cancel", "language"),
    }
)
"""Behind which nothing stands."""
A_CASE, ANOTHER = "K7MPQR", "W4GVDS"
EXAMPLES = {
    **{command: f"/{command} {A_CASE}" for command, takes in TAKES.items() if takes == "code"},
    **{command: f"/{command} {A_CASE} …" for command, takes in TAKES.items() if takes == "words"},
    **{command: f"/{command} {A_CASE} {ANOTHER}" for command, takes in TAKES.items() if takes == "codes"},
    "level": f"/level {A_CASE} P2 …",
    "queue": "/queue unclaimed ru",
    "oncall": "/oncall off",
    "invite": "/invite responder Falcon TJ UZ ru uz 48h",
    "audit": f"/audit {A_CASE}",
}
"""How commands are used that take something; the same in every language."""


def topics(role: Role) -> dict[str, tuple[str, ...]]:
    """A member's commands by what they are for."""
    return {**WORK, **(OFFICE if role is Role.ADMIN else {}), "else": EVERYBODY}


def help_lines(role: Role, command: str) -> tuple[Message, ...]:
    """One command of a role, with an example; or all of them: a line for each, and of a member's one for each topic."""
    named = command.strip().lstrip("/").lower()
    if named in MENUS[role]:
        return (_line(named), usage(named))
    if role in {Role.RESPONDER, Role.ADMIN}:
        return tuple(_names(topic, commands) for topic, commands in topics(role).items())
    return topic_lines(MENUS[role])


def topic_lines(commands: tuple[str, ...]) -> tuple[Message, ...]:
    """A line for each of these."""
    return tuple(_line(each) for each in commands)


def _names(topic: str, commands: tuple[str, ...]) -> Message:
    names = " ".join(f"/{each}" for each in commands)
    return Message("help.topic", {"topic": Message(f"topic.{topic}"), "commands": names})


def usage(command: str) -> Message:
    """The right use of a command."""
    return Message("usage", {"example": _example(command)})


def _example(command: str) -> str:
    return EXAMPLES.get(command, f"/{command}")


def too_much(command: Command) -> Message | None:
    """The right use, if more was typed than a command takes. What takes anything (a name, say) is never wrong."""
    words, name = len(command.args.split()), command.name
    one = TAKES.get(name) == "code" and name not in REASONED
    wrong = words > 1 if one else words > 0 and name in ALONE
    return Message("usage.more", {"example": _example(name)}) if wrong else None


def _line(command: str) -> Message:
    what = Message(f"menu.{command}")
    if command not in TAKES:
        return Message("help.line", {"command": f"/{command}", "what": what})
    return Message("help.takes", {"command": f"/{command}", "takes": Message(f"takes.{TAKES[command]}"), "what": what})
