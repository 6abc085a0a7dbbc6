"""What stands of a case in a member's chat, and how it goes away: on locking, on closing, and after a while.

A messenger lets a bot delete for a limited time only (Telegram: 48 h), so the while is shorter than that. What was
photographed, or is older because the server stood still, stays: nobody here can reach it.
"""

from datetime import timedelta

from msgspec.structs import replace

from handlers import cards
from handlers.model import (
    Case,
    CaseId,
    Context,
    Conversation,
    Effect,
    Message,
    Outcome,
    Send,
    SetTimer,
    Timer,
    Withdraw,
)
from handlers.speech import with_effects

AWAY = Message("traces.away")
"""Said where contents were taken out of a chat: what could not be reached."""


def shown(outcome: Outcome, case: Case, context: Context, name: str = "reading") -> Outcome:
    """The same outcome; what it shows of the case goes away after a while.

    A timer of the same name is put off by the next one; so what follows later, and alone, has a name of its own.
    """
    return shown_of(outcome, case.id, context, name)


def shown_of(outcome: Outcome, case: CaseId, context: Context, name: str) -> Outcome:
    """The same, by the id of the case, or of what stands for several."""
    conversation = outcome.conversation or context.conversation
    reading = tuple(dict.fromkeys((*conversation.reading, case)))
    over = SetTimer(name, context.now + timedelta(hours=context.desk.read_hours), case)
    return with_effects(replace(outcome, conversation=replace(conversation, reading=reading)), over)


def fleeting(send: Send, case: CaseId) -> Send:
    """The same message as contents of a case: on its way it must not lie where the server's own keys open it."""
    return replace(send, slot=cards.traces(case), volatile=True)


def put_away(event: Timer, context: Context) -> Outcome:
    """Its time is over: the contents of a case leave the chat, and it can be opened again."""
    case = CaseId(event.about)
    return Outcome(without(context.conversation, case), (Withdraw(context.person.address, cards.traces(case)),))


def without(conversation: Conversation, case: CaseId) -> Conversation:
    """The same conversation, in which this case no longer stands."""
    return replace(conversation, reading=tuple(each for each in conversation.reading if each != case))


def all_away(context: Context) -> tuple[Effect, ...]:
    """Nothing of any case stays in this chat."""
    return tuple(Withdraw(context.person.address, cards.traces(case)) for case in context.conversation.reading)
