"""The form: one question at a time, in any order of going back, skipping and changing one's mind."""

from msgspec.structs import replace

from handlers import forms, guidance
from handlers.model import (
    Choice,
    Context,
    Conversation,
    Discard,
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
from handlers.reporter import screens
from handlers.speech import below, first, screen, tell, with_effects

DANGER = "danger"
"""The gate before all other questions; its answer "now" brings emergency advice at once."""


def begin(event: Event, context: Context, conversation: Conversation) -> Outcome:
    """A new draft; words that came before it was asked for are its first ones."""
    draft = Draft(program=context.program.version, words=conversation.held)
    return onward(event, context, replace(conversation, held=()), draft)


def new(event: Event, context: Context) -> Outcome:
    """A press on New report; an unsent draft goes on instead."""
    if context.conversation.draft:
        return resume(event, context)
    if context.conversation.consent is None:
        asking = replace(context.conversation, step=Step.CONSENT)
        return screen(event, context, screens.consent(context), asking)
    return begin(event, context, context.conversation)


def resume(event: Event, context: Context) -> Outcome:
    """On with the unsent draft."""
    draft = context.conversation.draft
    return onward(event, context, context.conversation, draft) if draft else new(event, context)


def onward(event: Event, context: Context, conversation: Conversation, draft: Draft) -> Outcome:
    """The next question, or the review when none is left."""
    question = forms.next_question(context.program, draft.answers)
    moved = replace(draft, question=question.id if question else "", changing=False)
    return show(event, context, conversation, moved)


def show(event: Event, context: Context, conversation: Conversation, draft: Draft) -> Outcome:
    """The screen where the draft stands."""
    step = Step.FORM if draft.question else Step.REVIEW
    stands = replace(conversation, step=step, draft=draft)
    return screen(event, context, screens.current(context, stands), stands)


def answer(event: Choice, context: Context) -> Outcome:
    """A press on an option."""
    draft, question = _asked(context)
    chosen = draft.answers.get(question.id, ())
    if question.kind is Kind.MULTI:
        given = forms.toggle(context.program, question, chosen, event.arg)
    else:
        given = forms.accept(context.program, question, event.arg)
    if isinstance(given, forms.Refusal):
        return _refused(context, given)
    answered = replace(draft, answers={**draft.answers, question.id: given.values})
    if question.kind is Kind.MULTI:
        return show(event, context, context.conversation, answered)
    return _with_danger(onward(event, context, context.conversation, answered), context, question, given.values)


def _with_danger(outcome: Outcome, context: Context, question: Question, values: tuple[str, ...]) -> Outcome:
    if question.id != DANGER or "now" not in values:
        return outcome
    advice = guidance.guidance_for(context.program, {DANGER: values})
    return first(outcome, *(tell(context, message) for message in advice))


def _refused(context: Context, refusal: forms.Refusal) -> Outcome:
    here = below(context, screens.current(context, context.conversation), context.conversation)
    return first(here, tell(context, refusal.message))


def skip(event: Choice, context: Context) -> Outcome:
    """No answer is an answer."""
    draft, question = _asked(context)
    if not question.skippable:
        return show(event, context, context.conversation, draft)
    skipped = replace(draft, answers={**draft.answers, question.id: ()})
    return onward(event, context, context.conversation, skipped)


def done(event: Choice, context: Context) -> Outcome:
    """Enough chosen, or enough said."""
    draft, question = _asked(context)
    finished = replace(draft, answers={**draft.answers, question.id: draft.answers.get(question.id, ())})
    return onward(event, context, context.conversation, finished)


def back(event: Choice, context: Context) -> Outcome:
    """The question before this one; from the first, or from a change, to where one came from."""
    draft, question = _asked(context)
    if draft.changing:
        return onward(event, context, context.conversation, draft)
    before = forms.previous_question(context.program, draft.answers, question)
    return show(event, context, context.conversation, replace(draft, question=before.id if before else question.id))


def words(event: Text, context: Context) -> Outcome:
    """Somebody's own words, kept at whichever question they come; each is acknowledged."""
    draft, question = _asked(context)
    kept = replace(draft, words=(*draft.words, Passage(event.message, event.text)))
    if context.conversation.step is Step.REVIEW or question.kind is not Kind.WORDS:
        outcome = show(event, context, context.conversation, kept)
        return first(outcome, tell(context, Message("form.kept")))
    return _acknowledged(event, context, kept)


def _acknowledged(event: Event, context: Context, draft: Draft) -> Outcome:
    conversation = replace(context.conversation, draft=draft)
    asked = screens.question(context.program, draft)
    message = Message("words.kept", count=len(draft.words), choices=asked.choices)
    return screen(event, context, message, conversation)


def file_kept(context: Context, draft: Draft) -> Outcome:
    """A file of this draft is sealed: say so, and show where we are."""
    conversation = replace(context.conversation, draft=draft)
    here = screens.current(context, conversation)
    return below(context, Message("file.kept", choices=here.choices, count=len(draft.files)), conversation)


def edited(event: Edited, context: Context) -> Outcome:
    """An earlier message was changed in the messenger: so is the draft, quietly."""
    draft, _ = _asked(context)
    words = tuple(_reworded(passage, event) for passage in draft.words)
    if words == draft.words:
        return Outcome(context.conversation)
    conversation = replace(context.conversation, draft=replace(draft, words=words))
    return with_effects(Outcome(conversation), tell(context, Message("words.changed")))


def _reworded(passage: Passage, event: Edited) -> Passage:
    return replace(passage, text=event.text) if passage.message == event.message != MessageRef("") else passage


def review(event: Choice, context: Context) -> Outcome:
    """Back to the review."""
    draft, _ = _asked(context)
    return onward(event, context, context.conversation, draft)


def change(event: Choice, context: Context) -> Outcome:
    """Which answer?"""
    draft, _ = _asked(context)
    return screen(event, context, screens.change(context.program, draft), context.conversation)


def redo(event: Choice, context: Context) -> Outcome:
    """This one."""
    draft, _ = _asked(context)
    if event.arg not in draft.answers:
        return review(event, context)
    return show(event, context, context.conversation, replace(draft, question=event.arg, changing=True))


def cancel(event: Event, context: Context) -> Outcome:
    """/cancel and its button: the draft is gone, its files too, and that is said."""
    draft = context.conversation.draft
    resting = replace(context.conversation, step=Step.HOME, draft=None, held=(), focus="")
    said = Message("cancel.done" if draft else "cancel.nothing", choices=screens.home(resting).choices)
    outcome = screen(event, context, said, resting)
    blobs = tuple(file.blob for file in draft.files) if draft else ()
    return with_effects(outcome, Discard(blobs)) if blobs else outcome


def _asked(context: Context) -> tuple[Draft, Question]:
    """The draft, and the question where it stands; a program that has changed begins at its next open question."""
    draft = context.conversation.draft or Draft(program=context.program.version)
    question = context.program.question(draft.question) or forms.next_question(context.program, draft.answers)
    return draft, question or context.program.questions[-1]
