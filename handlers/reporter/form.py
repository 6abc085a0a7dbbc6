"""The form: one question at a time, in any order of going back, skipping and changing one's mind."""

from msgspec.structs import replace

from handlers import consent, forms, guidance
from handlers.model import (
    Choice,
    ConsentId,
    Context,
    Conversation,
    Discard,
    Draft,
    Event,
    Message,
    Outcome,
    PromptId,
    Step,
)
from handlers.program import Kind, Question
from handlers.reporter import screens
from handlers.speech import below, first, say, screen, tell, turned, with_effects

WRITING = frozenset({Step.FORM, Step.REVIEW})
"""Steps at which a report is being written."""
DANGER = "danger"
"""The gate before all other questions; its answer "now" brings emergency advice at once."""


def begin(event: Event, context: Context, conversation: Conversation) -> Outcome:
    """A new draft; words that came before it was asked for are its first ones."""
    draft = Draft(program=context.program.version, words=conversation.held)
    started = replace(conversation, held=(), draft=draft)
    return alarm(event, context, started) if conversation.alarmed else onward(event, context, started, draft)


def alarm(event: Event, context: Context, conversation: Conversation) -> Outcome:
    """In danger now: the gate is answered, the rest of the draft stays as it is."""
    draft = conversation.draft or Draft(program=context.program.version, words=conversation.held)
    answered = replace(draft, answers={**draft.answers, DANGER: ("now",)})
    return _advised(event, context, replace(conversation, held=(), alarmed=False), answered)


def new(event: Event, context: Context) -> Outcome:
    """A press on New report; an unsent draft goes on instead."""
    if context.conversation.draft:
        return resume(event, context)
    if context.conversation.consent is None:
        asking = replace(context.conversation, step=Step.CONSENT)
        return screen(event, context, screens.consent(context, asking), asking)
    return begin(event, context, context.conversation)


def resume(event: Event, context: Context) -> Outcome:
    """On with the unsent draft, and with the words that came meanwhile."""
    conversation, draft = context.conversation, context.conversation.draft
    if draft is None:
        return new(event, context)
    fuller = replace(draft, words=(*draft.words, *conversation.held))
    return onward(event, context, replace(conversation, held=()), fuller)


def stay(event: Choice, context: Context) -> Outcome:
    """Back from a side step to the very screen where the draft stands."""
    draft = context.conversation.draft
    return show(event, context, context.conversation, draft) if draft else new(event, context)


def onward(event: Event, context: Context, conversation: Conversation, draft: Draft) -> Outcome:
    """The next question, or the review when none is left."""
    return show(event, context, conversation, _moved(context, draft))


def show(event: Event, context: Context, conversation: Conversation, draft: Draft) -> Outcome:
    """The screen where the draft stands."""
    stands = _standing(conversation, draft)
    return screen(event, context, screens.current(context, stands), stands)


def _moved(context: Context, draft: Draft) -> Draft:
    answers = forms.still_asked(context.program, draft.answers)
    question = forms.next_question(context.program, answers)
    return replace(draft, answers=answers, question=question.id if question else "", changing=False)


def _standing(conversation: Conversation, draft: Draft) -> Conversation:
    return replace(conversation, step=Step.FORM if draft.question else Step.REVIEW, draft=replace(draft, exact=False))


def answer(event: Choice, context: Context) -> Outcome:
    """A press on an option."""
    draft, question = asked(context)
    return answered(event, context, draft, question, event.arg)


def answered(event: Event, context: Context, draft: Draft, question: Question, value: str) -> Outcome:
    """A value for a question, pressed or typed."""
    if question.kind is Kind.MULTI:
        given = forms.toggle(context.program, question, draft.answers.get(question.id, ()), value)
    else:
        given = forms.accept(context.program, question, value)
    if isinstance(given, forms.Refusal):
        return _refused(context, given)
    fuller = _decided(replace(draft, answers={**draft.answers, question.id: given.values}), question, context)
    if question.kind is Kind.MULTI:
        return show(event, context, context.conversation, fuller)
    if question.id == DANGER and "now" in given.values:
        return _advised(event, context, context.conversation, fuller)
    return onward(event, context, context.conversation, fuller)


def _advised(event: Event, context: Context, conversation: Conversation, draft: Draft) -> Outcome:
    """Advice in place of the question, and the next question below it, where the eye is."""
    stands = _standing(conversation, _moved(context, draft))
    here = below(context, screens.current(context, stands), stands)
    advice = guidance.guidance_for(context.program, {DANGER: ("now",)})
    said = [tell(context, message) for message in advice]
    return first(here, *(turned(event, each) for each in said[:1]), *said[1:])


def _decided(draft: Draft, question: Question, context: Context) -> Draft:
    """An answer that is a consent is recorded with the text as it stood there."""
    if question.id not in consent.OPTIONAL:
        return draft
    id = ConsentId(question.id)
    given = "yes" in draft.answers[question.id]
    decision = consent.recorded(id, given, consent.asked(id, context.desk), context)
    return replace(draft, consents={**draft.consents, id: decision})


def _refused(context: Context, refusal: forms.Refusal) -> Outcome:
    here = below(context, screens.current(context, context.conversation), context.conversation)
    return first(here, tell(context, refusal.message))


def every(event: Choice, context: Context) -> Outcome:
    """All countries that have a button."""
    draft, _ = asked(context)
    return screen(event, context, screens.question(context, draft, everything=True), context.conversation)


def skip(event: Choice, context: Context) -> Outcome:
    """No answer is an answer."""
    draft, question = asked(context)
    if not question.skippable:
        return show(event, context, context.conversation, draft)
    skipped = replace(draft, answers={**draft.answers, question.id: ()})
    return onward(event, context, context.conversation, skipped)


def done(event: Choice, context: Context) -> Outcome:
    """Enough chosen, or enough said."""
    draft, question = asked(context)
    finished = replace(draft, answers={**draft.answers, question.id: draft.answers.get(question.id, ())})
    return onward(event, context, context.conversation, finished)


def back(event: Choice, context: Context) -> Outcome:
    """The question before this one; from the first, or from a change, to where one came from."""
    draft, question = asked(context)
    if draft.changing:
        return onward(event, context, context.conversation, draft)
    before = forms.previous_question(context.program, draft.answers, question)
    return show(event, context, context.conversation, replace(draft, question=before.id if before else question.id))


def full(context: Context) -> Outcome:
    """No more words before these are sent."""
    return say(context, Message("words.full", {"limit": forms.DRAFT_LENGTH}))


def review(event: Choice, context: Context) -> Outcome:
    """Back to the review."""
    draft, _ = asked(context)
    return onward(event, context, context.conversation, draft)


def change(event: Choice, context: Context) -> Outcome:
    """Which answer?"""
    draft, _ = asked(context)
    return screen(event, context, screens.change(context.program, draft), context.conversation)


def redo(event: Choice, context: Context) -> Outcome:
    """This one."""
    draft, _ = asked(context)
    if event.arg not in draft.answers:
        return review(event, context)
    return show(event, context, context.conversation, replace(draft, question=event.arg, changing=True))


def cancel(event: Event, context: Context) -> Outcome:
    """/cancel and its button: the draft is gone, its files too, and that is said.

    The button asks first when words or files would be lost: a thumb slips. The command, typed out, does not.
    """
    draft = context.conversation.draft
    if isinstance(event, Choice) and event.arg != screens.SURE and _holds_much(draft):
        return screen(event, context, screens.confirm_cancel(), context.conversation)
    resting = replace(context.conversation, step=Step.HOME, draft=None, held=(), focus="")
    said = Message("cancel.done" if draft else "cancel.nothing", choices=screens.home(resting).choices)
    outcome = screen(event, context, said, resting)
    blobs = tuple(file.blob for file in draft.files) if draft else ()
    return with_effects(outcome, Discard(blobs)) if blobs else outcome


def _holds_much(draft: Draft | None) -> bool:
    return draft is not None and bool(draft.words or draft.files or draft.waiting)


def carried_over(context: Context) -> Context:
    """A draft that was begun under another program, under the one in force.

    Words, files and the answers that still fit stay. When something has to be asked again, the chat stands at the next
    open question, and no button of an earlier screen is good any more: there it may have meant something else.
    """
    conversation, draft = context.conversation, context.conversation.draft
    if draft is None or draft.program == context.program.version:
        return context
    answers = forms.still_fitting(context.program, draft.answers)
    fitted = replace(draft, program=context.program.version, answers=answers)
    if answers != draft.answers or (draft.question and _gone(context, fitted)):
        conversation = replace(conversation, prompt=PromptId(""))
        fitted = _moved(context, fitted)
    stands = _standing(conversation, fitted) if conversation.step in WRITING else replace(conversation, draft=fitted)
    return replace(context, conversation=stands)


def _gone(context: Context, draft: Draft) -> bool:
    """Whether the question at which the draft stands is not asked under this program."""
    return draft.question not in {question.id for question in forms.visible(context.program, draft.answers)}


def asked(context: Context) -> tuple[Draft, Question]:
    """The draft, and the question where it stands; a program that has changed begins at its next open question."""
    draft = context.conversation.draft or Draft(program=context.program.version)
    question = context.program.question(draft.question) or forms.next_question(context.program, draft.answers)
    return draft, question or context.program.questions[-1]
