"""Coming back by the code, from any chat.

Its words are checked at once. What they lead to is known only after the code was stretched, which takes a moment and
is an errand: `typed` asks for it, `looked_up` answers. A new report's code goes the same way (`kept`).

A code that was used is not silent: whoever holds the case is told at once, and sees in the case where answers went to
another chat. The earlier chat is told nothing: somebody who needs the code has most often lost that phone to others,
and a message there would tell them that there is a report, and that its writer is free elsewhere. A thief of the code
gets no earlier words; and answers follow whoever of the two writes last (`follow.whereabouts`), which the holder sees.
"""

from msgspec.structs import replace

from handlers import cards, clocks, codes
from handlers.model import (
    REPORTER,
    Case,
    CaseState,
    Command,
    Context,
    Conversation,
    Effect,
    Entry,
    Event,
    KeepCode,
    KeepToken,
    Message,
    Outcome,
    Span,
    Step,
    Stretch,
    Stretched,
    Text,
    Token,
)
from handlers.reporter import follow, screens
from handlers.speech import Rows, audited, button, rows, say, screen, with_effects


def ask(event: Event, context: Context) -> Outcome:
    """The way back for somebody whose chat is gone."""
    conversation = replace(context.conversation, step=Step.CODE)
    return screen(event, context, screens.current(context, conversation), conversation)


def typed(event: Text | Command, context: Context) -> Outcome:
    """A code, typed: a wrong word is named at once, a code that holds together is looked up."""
    words = event.args if isinstance(event, Command) else event.text
    if not words.strip():
        return ask(event, context)
    match codes.read(words, context.desk.words):
        case codes.Mistyped(word) if word:
            return _again(event, context, Message("code.word", {"word": word}))
        case codes.Mistyped():
            return _again(event, context, Message("code.mistyped"))
        case None:
            return _again(event, context, Message("code.shape"))
        case code:
            return _look_up(event, context, code)


def _look_up(event: Event, context: Context, code: str) -> Outcome:
    conversation = context.conversation
    if clocks.code_wait(conversation.tries, conversation.tried, context.now):
        return _again(event, context, _pause(context, conversation))
    # counted before it is known to be wrong: a hundred at once must not all be looked up
    looking = replace(conversation, step=Step.CODE, tries=conversation.tries + 1, tried=context.now)
    outcome = screen(event, context, Message("code.looking", choices=_leave()), looking)
    return with_effects(outcome, Stretch(code))


def _again(event: Event, context: Context, said: Message) -> Outcome:
    conversation = replace(context.conversation, step=Step.CODE)
    return screen(event, context, replace(said, choices=_leave()), conversation)


def _pause(context: Context, conversation: Conversation) -> Message:
    wait = clocks.code_wait(conversation.tries, conversation.tried, context.now)
    return Message("code.paused", {"wait": Span(wait)})


def _leave() -> Rows:
    return rows(button("cancel", "home"))


def looked_up(event: Stretched, context: Context) -> Outcome:
    """What a typed code leads to."""
    if context.conversation.blank:
        return Outcome(context.conversation.hushed)  # the chat was cleared meanwhile: nothing may appear in it any more
    return _unknown(event, context) if context.case is None else _found(event, context)


def _unknown(event: Stretched, context: Context) -> Outcome:
    said, conversation = Message("code.unknown"), context.conversation
    if clocks.code_wait(conversation.tries, conversation.tried, context.now):
        said = replace(said, lines=(_pause(context, conversation),))
    if conversation.step is not Step.CODE:
        return say(context, said)
    return _again(event, context, said)


def _found(event: Stretched, context: Context) -> Outcome:
    """The report may be answered here from now on. Whoever went on to something else meanwhile stays there."""
    case, token = context.known_case, Token(context.new_id())
    held = (*context.conversation.tokens, token)[-follow.TOKENS :]
    known = replace(context.conversation, tokens=held, tries=0, tried=None)
    moved = replace(case, by_code=True, moved=True)
    closed = case.state is CaseState.CLOSED  # to look is not to write: no address of theirs comes back by that
    outcome = replace(_say_found(event, context, known), case=moved)
    seals = () if closed else follow.whereabouts(replace(context, case=moved), token)
    outcome = with_effects(outcome, KeepToken(case.id, token), *seals, *_to_holder(case))
    return audited(outcome, Entry("code", REPORTER, case.id))


def _to_holder(case: Case) -> tuple[Effect, ...]:
    """Once until they look: a code that is typed again and again must not ring each time. Without a holder, the case
    itself shows it to whoever takes it."""
    return cards.to_holder(case, Message("case.moved", {"ref": case.ref})) if case.holder and not case.moved else ()


def _say_found(event: Stretched, context: Context, known: Conversation) -> Outcome:
    if known.step is not Step.CODE:
        return say(context, Message("code.found"), conversation=known)
    resting = replace(known, step=Step.HOME)
    return screen(event, context, replace(screens.home(resting), id="code.found"), resting)


def kept(event: Stretched, context: Context) -> Outcome:
    """The code of a new report leads to it from now on; of one that was erased meanwhile nothing is kept."""
    remembered = context.conversation.hushed if context.conversation.blank else context.conversation
    return Outcome(remembered, (KeepCode(context.case.id, event.stretched),) if context.case else ())
