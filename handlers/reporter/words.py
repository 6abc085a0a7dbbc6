"""Somebody's own words: kept at whichever question they come, acknowledged, and never lost.

What was typed may also be a button's label or the name of a country; both are taken for what they mean.
"""

from msgspec.structs import replace

from handlers import caution, forms, typed
from handlers.model import (
    Choice,
    Context,
    Conversation,
    Delete,
    Draft,
    Edited,
    Event,
    Message,
    MessageRef,
    Outcome,
    Passage,
    Step,
    Text,
)
from handlers.program import Kind, Question
from handlers.reporter import form, screens
from handlers.speech import below, button, first, rows, screen, stamp, tell, with_effects


def words(event: Text, context: Context) -> Outcome:
    """Words while a report is being written."""
    draft, question = form.asked(context)
    if question.kind is Kind.COUNTRY and len(event.text.split()) <= typed.NAME_WORDS:
        return _country(event, context, draft, question)
    kept = replace(draft, words=(*draft.words, Passage(event.message, event.text)), exact=False)
    if not forms.has_room(kept.words):
        return form.full(context)
    return _with_caution(_kept(event, context, kept, question), event, context)


def _kept(event: Text, context: Context, draft: Draft, question: Question) -> Outcome:
    if context.conversation.step is Step.REVIEW or question.kind is not Kind.WORDS:
        outcome = form.show(event, context, context.conversation, draft)
        return first(outcome, tell(context, Message("form.kept")))
    return _acknowledged(event, context, draft)


def _acknowledged(event: Event, context: Context, draft: Draft) -> Outcome:
    conversation = replace(context.conversation, draft=draft)
    asked = screens.question(context, draft)
    kept = "words.ready" if screens.hasty(draft) else "words.kept"
    message = Message(kept, count=len(draft.words), choices=asked.choices)
    return screen(event, context, message, conversation)


def _country(event: Text, context: Context, draft: Draft, question: Question) -> Outcome:
    found = typed.countries(event.text, context.desk.countries)
    if len(found) == 1:
        return form.answered(event, context, draft, question, found[0])
    here = screens.current(context, context.conversation)
    message = forms.which_country(here, found, "a", button("back", "stay"))
    return below(context, message, context.conversation)


def _with_caution(outcome: Outcome, event: Text, context: Context) -> Outcome:
    """Once for each report: a warning when words seem to hold what a person can be found by."""
    conversation = outcome.conversation
    found = caution.traces(event.text)
    if conversation is None or conversation.draft is None or conversation.draft.warned or not found:
        return outcome
    kinds = [Message(f"trace.{kind.value}") for kind in found]
    remove = rows(button("unsay", "unsay", event.message))
    warning = Message("words.caution", {"traces": _listed(kinds)}, choices=remove)
    warned = replace(conversation, draft=replace(conversation.draft, warned=True))
    said = tell(context, stamp(warning, conversation.prompt))
    return first(replace(outcome, conversation=warned), said)


def _listed(kinds: list[Message]) -> Message:
    head, *tail = kinds
    return Message("join", {"first": head, "rest": _listed(tail)}) if tail else head


def unsay(event: Choice, context: Context) -> Outcome:
    """Take one message out of the draft, and out of the chat as far as the messenger lets us."""
    draft, _ = form.asked(context)
    kept = tuple(passage for passage in draft.words if passage.message != event.arg)
    conversation = replace(context.conversation, draft=replace(draft, words=kept))
    here = screens.current(context, conversation)
    shown = below(context, Message("words.removed", choices=here.choices), conversation)
    return with_effects(shown, Delete(context.person.address, (MessageRef(event.arg),)))


def file_kept(context: Context, draft: Draft) -> Outcome:
    """A file of this draft is sealed: say so, and show where we are."""
    conversation = replace(context.conversation, draft=draft)
    here = screens.current(context, conversation)
    return below(context, Message("file.kept", choices=here.choices, count=len(draft.files)), conversation)


def edited(event: Edited, context: Context) -> Outcome:
    """An earlier message was changed in the messenger: so is the draft, and that is said."""
    draft, _ = form.asked(context)
    reworded = tuple(_reworded(passage, event) for passage in draft.words)
    if reworded == draft.words:
        return Outcome(context.conversation)
    if not forms.has_room(reworded):
        return form.full(context)
    conversation: Conversation = replace(context.conversation, draft=replace(draft, words=reworded))
    return with_effects(Outcome(conversation), tell(context, Message("words.changed")))


def _reworded(passage: Passage, event: Edited) -> Passage:
    return replace(passage, text=event.text) if passage.message == event.message != MessageRef("") else passage
