"""What nobody asked for: an answer for everything, and nothing lost."""

from handlers.model import Attachment, Command, Context, Event, Location, Message, Outcome, Unreadable
from handlers.reporter import screens
from handlers.speech import below, first, tell

KINDS = frozenset({"sticker", "contact", "poll", "dice", "button", "lost", "fault"})
"""What has a sentence of its own; anything else gets a general one."""


def unreadable(event: Unreadable, context: Context) -> Outcome:
    """A sticker, a poll, something new: say so, and show where we are."""
    kind = event.what if event.what in KINDS else "other"
    return _then_here(context, Message(f"unreadable.{kind}"))


def location(event: Location, context: Context) -> Outcome:
    """A place that belongs to no report being written: nothing of it is kept."""
    return _then_here(context, Message("location.dropped"))


def command(event: Command, context: Context) -> Outcome:
    """A command that doesn't exist here."""
    return _then_here(context, Message("command.unknown"))


def press(event: Event, context: Context) -> Outcome:
    """A button that leads nowhere from here."""
    return _then_here(context, Message("screen.old"))


def later(event: Event, context: Context) -> Outcome:
    """A file before consent: nothing is fetched yet."""
    return _then_here(context, Message("file.later"))


def file(event: Attachment, context: Context) -> Outcome:
    """A file that belongs to nothing yet: it stays in the chat, and we say what to press first."""
    return _then_here(context, Message("file.unasked"))


def _then_here(context: Context, said: Message) -> Outcome:
    here = screens.current(context, context.conversation)
    return first(below(context, here, context.conversation), tell(context, said))
