"""Somebody whom a message could not reach is here again: they are told, and so is who holds their report.

The message itself was sealed when it was written: the server can't say it again. Its author can, by one press
(`desk.drafts.resend`).
"""

from msgspec.structs import replace

from handlers import cards
from handlers.model import (
    Attachment,
    ById,
    Case,
    Choice,
    Command,
    Context,
    Edited,
    Event,
    Location,
    Message,
    Outcome,
    Stretched,
    Text,
    Unreadable,
)
from handlers.speech import button, first, tell, with_effects

HERE = (Command, Text, Choice, Attachment, Location, Edited, Unreadable, Stretched)
"""Events by which somebody shows that they can be reached."""


def noticed(event: Event, context: Context, outcome: Outcome) -> Outcome:
    """The same outcome, and the news that its person is back, once; not into a chat that is being cleared."""
    if outcome.conversation is None or outcome.conversation.blank or not isinstance(event, HERE):
        return outcome
    case = _missing(context)
    if case is None:
        return replace(outcome, conversation=replace(outcome.conversation, missed=""))
    if outcome.case is not None and outcome.case.id != case.id:
        return outcome  # another report is being changed: this one's turn comes with the next event
    here = replace(outcome.case or case, unreachable=False)
    again = button("resend", "resend", case.id)
    told = first(outcome, tell(context, Message("missed.here")))
    told = with_effects(told, *cards.to_holder(here, Message("case.back", {"ref": case.ref}), again))
    return replace(told, case=here, conversation=replace(outcome.conversation, missed=""))


def _missing(context: Context) -> Case | None:
    """A report of theirs on which a message failed: the one at hand, or the one that this chat remembers."""
    remembered = context.cases.get(ById(context.conversation.missed))
    return next((case for case in (context.case, remembered) if case and case.unreachable), None)
