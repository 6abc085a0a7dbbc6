"""A shared location becomes its country. The point is forgotten, unless it was said before that it matters."""

from msgspec.structs import replace

from handlers import forms
from handlers.model import Button, Choice, Context, Country, Draft, Location, Message, Outcome, Passage
from handlers.program import Kind, Program, Question
from handlers.reporter import form
from handlers.speech import below, button, first, grid, rows, stamp, tell


def located(event: Location, context: Context) -> Outcome:
    """A place, while a report is being written: which country that is, and what to do with it."""
    draft, _ = form.asked(context)
    if draft.exact:
        return _kept(event, context, draft)
    known = tuple(code for code in event.countries if code in context.program.countries)
    if known and _question(context.program):
        return below(context, _which(known, event), context.conversation)
    here = form.show(event, context, context.conversation, draft)
    return first(here, tell(context, Message("place.unknown", lines=_live(event))))


def _which(known: tuple[str, ...], event: Location) -> Message:
    """Near a border only the person knows."""
    more = rows(button("place.exact", "exact"), button("place.forget", "stay"))
    if len(known) == 1:
        said = Message("place.one", {"country": Country(known[0])}, lines=_live(event))
        return replace(said, choices=(*rows(button("place.country", "here", known[0])), *more))
    countries = tuple(Button(Message("country", {"country": Country(code)}), "here", code) for code in known)
    return Message("place.several", lines=_live(event), choices=(*grid(countries, 2), *more))


def _live(event: Location) -> tuple[Message, ...]:
    return (Message("place.live"),) if event.live else ()


def here(event: Choice, context: Context) -> Outcome:
    """The country only: an answer to the form's question about it, asked already or not."""
    draft, asked = form.asked(context)
    question = _question(context.program)
    given = forms.accept(context.program, question, event.arg) if question else None
    if question is None or not isinstance(given, forms.Answer):
        return form.show(event, context, context.conversation, draft)
    if asked == question:
        return form.answered(event, context, draft, question, event.arg)
    fuller = replace(draft, answers={**draft.answers, question.id: given.values})
    return form.show(event, context, context.conversation, fuller)


def exact(event: Choice, context: Context) -> Outcome:
    """Exactness matters: the point was not kept, so it is asked for once more; the next one is kept."""
    draft, _ = form.asked(context)
    asked = replace(context.conversation, draft=replace(draft, exact=True))
    return below(context, Message("place.exact", choices=rows(button("cancel", "stay"))), asked)


def _kept(event: Location, context: Context, draft: Draft) -> Outcome:
    """The point, as words of the person's own: sealed with them, and as easily taken out."""
    kept = replace(draft, words=(*draft.words, Passage(event.message, event.point)))
    if not forms.has_room(kept.words):
        return form.full(context)
    outcome = form.show(event, context, context.conversation, kept)
    remove = rows(button("unsay", "unsay", event.message))
    said = Message("place.kept", {"point": event.point}, lines=_live(event), choices=remove)
    prompt = outcome.conversation.prompt if outcome.conversation else context.conversation.prompt
    return first(outcome, tell(context, stamp(said, prompt)))


def _question(program: Program) -> Question | None:
    return next((question for question in program.questions if question.kind is Kind.COUNTRY), None)
