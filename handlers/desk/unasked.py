"""What no step asked a member for, and what somebody hears who is not, or not now, on the team."""

from msgspec.structs import replace

from handlers.model import Command, Context, Edited, Event, Message, Outcome, Step, Unreadable
from handlers.speech import say

WRITING = frozenset(
    {
        *(Step.REPLY, Step.NOTE, Step.HAND_OVER, Step.STEP_BACK, Step.LEVEL, Step.KEEP, Step.SHARE, Step.SHARE_NO),
        *(Step.ADVISE, Step.REFUSE, Step.INVITE, Step.EXPORT, Step.ZONE),
    }
)
"""Steps that ask for words."""


def unasked(event: Event, context: Context) -> Outcome:
    """Words, files or stickers that no step asked for."""
    writing = context.conversation.step in WRITING
    return say(context, Message("desk.words_only" if writing else "desk.unasked"))


def edited(event: Edited, context: Context) -> Outcome:
    """A member changed a message of theirs. What was sent on or sealed is not changed by it."""
    return say(context, Message("desk.edited"))


def stale(event: Event, context: Context) -> Outcome:
    """A press on a screen that is out of date."""
    return say(context, Message("desk.stale"))


def fault(event: Unreadable, context: Context) -> Outcome:
    """Something of theirs could not be carried out, through a fault of ours."""
    return say(context, Message("unreadable.fault"), conversation=replace(context.conversation, step=Step.HOME))


def suspended(event: Event, context: Context) -> Outcome:
    """Whatever a suspended member tries."""
    return say(context, Message("suspended.told"))


def stranger(event: Command, context: Context) -> Outcome:
    """Somebody who is not on the team, at the team's own bot."""
    return say(context, Message("join.stranger"))
