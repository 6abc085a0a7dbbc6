"""Where a member begins: what they can do, whether they are on duty and their keys open; their own settings."""

from difflib import get_close_matches

from msgspec.structs import replace

from handlers import menus
from handlers.desk.roster import shift
from handlers.model import Button, Choice, Command, Context, Message, Outcome, Role, Step
from handlers.speech import UNLOCK, Rows, button, grid, rows, say, screen

OFFICE = ("team", "invite", "audit", "advise")
"""Commands of admins that have a button here."""
NEAR = 0.6
"""How much of a mistyped command must be right (`difflib`): a letter too many, one wrong or two missing in most."""


def help(event: Command | Choice, context: Context) -> Outcome:
    """What this member can do, and whether their keys are open; or how one command is used."""
    resting = replace(context.conversation, step=Step.HOME)
    return say(context, _home(context, event.args if isinstance(event, Command) else ""), conversation=resting)


def topic(event: Choice, context: Context) -> Outcome:
    """What each command of a topic does, and the other topics."""
    topics = menus.topics(context.me.role)
    chosen = event.arg if event.arg in topics else next(iter(topics))
    others = tuple(Button(Message(f"topic.{each}"), "topic", each) for each in topics if each != chosen)
    choices = (*grid(others, 2), *rows(button("back", "help")))
    head = Message("topic.head", {"topic": Message(f"topic.{chosen}")}, menus.topic_lines(topics[chosen]), choices)
    return screen(event, context, head, replace(context.conversation, step=Step.HOME))


def _home(context: Context, command: str = "") -> Message:
    state = Message("help.unlocked" if context.person.unlocked else "help.locked")
    lines = (*menus.help_lines(context.person.role, command), state)
    return Message(f"help.{context.person.role.value}", lines=lines, choices=_ways(context))


def _ways(context: Context) -> Rows:
    keys = button("lock", "lock") if context.person.unlocked else UNLOCK
    work = (button("queue", "queue"), button("next", "next"), keys, shift(context))
    own = (button("roster", "roster"), button("requests", "requests"), button("settings", "settings"))
    office = tuple(_commanding(verb) for verb in OFFICE if verb in menus.MENUS[context.me.role])
    return grid((*work, *own, *office, button("topics", "topic")), 2)


def _commanding(verb: str) -> Button:
    """A button that is the command of this name."""
    return Button(Message("plain", {"text": f"/{verb}"}), verb)


def settings(event: Choice, context: Context) -> Outcome:
    """What is pressed rarely: languages, the passphrase; for admins everybody's lock, figures, the group."""
    own = (button("languages", "languages"), button("language", "language"), button("passphrase", "passphrase"))
    office = (button("lock.all", "lock", "all"), *(_commanding(verb) for verb in ("stats", "export", "desk")))
    theirs = office if context.me.role is Role.ADMIN else ()
    ways = grid((*own, *theirs, button("back", "help")), 2)
    return say(context, Message("settings.head", choices=ways))


def unknown(event: Command, context: Context) -> Outcome:
    """A command that doesn't exist for this member: the one that is nearly it, or where all of them stand."""
    near = get_close_matches(event.name, menus.MENUS[context.person.role], 1, NEAR)
    if not near:
        return say(context, Message("command.unknown", lines=(Message("help.how"),), choices=_ways(context)))
    return say(context, Message("command.unknown", lines=(Message("command.meant", {"command": f"/{near[0]}"}),)))
