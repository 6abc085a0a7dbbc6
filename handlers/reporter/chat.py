"""The chat itself: leaving quickly, keeping it clean, and a word by which our messages are known."""

from msgspec.structs import replace

from handlers.model import (
    REPORTER,
    Choice,
    Clear,
    ConsentId,
    Contact,
    Context,
    Discard,
    Event,
    Message,
    Outcome,
    Part,
    PartId,
    Seal,
    Send,
    Step,
    Text,
    Token,
)
from handlers.reporter import screens, subscribe
from handlers.speech import first, screen, with_effects

SAFE_WORD_LENGTH = 20


def leave(event: Event, context: Context) -> Outcome:
    """/x: the chat is cleared and forgotten, and something harmless stands in it. What was sent stays sealed.

    A check-in that runs goes on: this is no moment for a question, and nobody who takes the phone may end it.
    """
    draft = context.conversation.draft
    discarded = (Discard(tuple(file.blob for file in draft.files)),) if draft and draft.files else ()
    harmless = Send(context.person.address, Message("exit.done"), language=context.conversation.language)
    return Outcome(context.conversation.hushed, (*discarded, Clear(context.person.address), harmless))


def toggle_tidy(event: Choice, context: Context) -> Outcome:
    """Clear by itself, or not any more."""
    tidy = not context.conversation.tidy
    conversation = replace(context.conversation, tidy=tidy)
    said = replace(screens.home(conversation), id="tidy.on" if tidy else "tidy.off")
    return screen(event, context, said, conversation)


def tidied(outcome: Outcome, context: Context) -> Outcome:
    """Something is finished: with a chat that is to be kept clean, what was said before goes first."""
    return first(outcome, Clear(context.person.address)) if context.conversation.tidy else outcome


def ask_safe_word(event: Event, context: Context) -> Outcome:
    """Which word?"""
    conversation = replace(context.conversation, step=Step.SAFE)
    return screen(event, context, screens.current(context, conversation), conversation)


def set_safe_word(event: Text, context: Context) -> Outcome:
    """One word: it stands over every message of ours from now on, advisories and answers to the last report too."""
    word = event.text.strip()
    if len(word.split()) != 1 or len(word) > SAFE_WORD_LENGTH:
        again = replace(screens.current(context, context.conversation), id="safe.long")
        return screen(event, context, again, context.conversation)
    return _signed_with(word, "safe.set", event, context)


def no_safe_word(event: Choice, context: Context) -> Outcome:
    """None any more."""
    return _signed_with("", "safe.off", event, context)


def _signed_with(word: str, said: str, event: Event, context: Context) -> Outcome:
    conversation = replace(context.conversation, safe_word=word, step=Step.HOME)
    earlier = () if conversation.subscribed else (Message("safe.earlier"),)
    shown = replace(screens.home(conversation), id=said, lines=earlier)
    outcome = subscribe.followed(screen(event, context, shown, conversation), context)
    if context.case is None or ConsentId.REPLY not in context.case.agreed:
        return outcome
    token = next(reversed(conversation.tokens), Token(""))
    contact = Contact(context.person.address, conversation.language, token, word)
    part = Part(PartId(context.new_id()), context.now, REPORTER, contact)
    return with_effects(outcome, Seal(context.case.id, part))
