"""Leaving nothing behind: clearing the chat, erasing a report, forgetting a person."""

from msgspec.structs import replace

from handlers import cards
from handlers.model import (
    REPORTER,
    Case,
    Choice,
    Clear,
    Context,
    Conversation,
    Discard,
    Edit,
    Effect,
    Entry,
    Erase,
    Event,
    Message,
    Outcome,
    Send,
    Staff,
    Step,
    Team,
    Token,
    Unsubscribe,
    Withdraw,
)
from handlers.reporter import checkin, screens
from handlers.speech import audited, say, screen


def ask(event: Event, context: Context) -> Outcome:
    """What would be deleted and what would remain, before anything is."""
    token = event.arg if isinstance(event, Choice) else next(reversed(context.conversation.tokens), "")
    conversation = replace(context.conversation, step=Step.ERASE, focus=token)
    return screen(event, context, screens.confirm_erase(context, conversation), conversation)


def erase(event: Choice, context: Context) -> Outcome:
    """Everything: report, draft, subscription, the chat's memory, and its messages as far as they can be reached."""
    draft = context.conversation.draft
    discarded = (Discard(tuple(file.blob for file in draft.files)),) if draft and draft.files else ()
    farewell = Send(to=context.person.address, message=_farewell(context), language=context.conversation.language)
    held = context.conversation.subscribed
    silence = Unsubscribe(held.token if held else Token(""), context.person.address)
    outcome = Outcome(None, (*discarded, *_erased(context.case), silence, Clear(context.person.address), farewell))
    outcome = checkin.ended(outcome, context)
    return audited(outcome, *((Entry("erase", REPORTER, context.case.id),) if context.case else ()))


def _erased(case: Case | None) -> tuple[Effect, ...]:
    """The case, what every card of it says of the person, files of it for partners, and a word to who holds it."""
    if case is None:
        return ()
    gone = Message("case.erased", {"ref": case.ref})
    told = (Send(to=Staff(case.holder), message=gone),) if case.holder else ()
    away = (Withdraw(Team(), cards.traces(case.id)), *cards.withheld(case))
    return (Erase(case.id), Edit(to=Team(case.clearance), message=gone, slot=cards.slot(case)), *away, *told)


def _farewell(context: Context) -> Message:
    others = len(context.conversation.tokens) > 1 or context.case is None
    return Message("erase.done", lines=(Message("erase.others"),) if others else ())


def clear(event: Event, context: Context) -> Outcome:
    """Both sides' messages of this chat, as far as the messenger lets us; the report stays, a check-in if wished."""
    wish = event.arg if isinstance(event, Choice) else ""
    if context.conversation.watched and wish not in {screens.KEEP, screens.END}:
        return screen(event, context, screens.confirm_clear(), context.conversation)
    outcome = _cleared(context)
    return checkin.ended(outcome, context) if wish == screens.END else outcome


def _cleared(context: Context) -> Outcome:
    resting: Conversation = replace(context.conversation, step=Step.HOME, focus="")
    shown = screens.home(resting)
    outcome = say(context, replace(shown, id="clear.done"), conversation=resting)
    return replace(outcome, effects=(Clear(context.person.address), *outcome.effects))
