"""Ready answers: written once for all languages, seen before they go out. One of them goes out by a single press."""

from msgspec.structs import replace

from handlers.desk import checklist, drafts
from handlers.desk.talk import again
from handlers.model import Case, Choice, Context, Event, Message, Outcome, Part, Reply, Step, Unsent
from handlers.program import READ
from handlers.speech import Rows, button, grid, rows, say, screen


def offer(event: Event, context: Context) -> Outcome:
    """The answers that fit this report, by their names."""
    case = context.known_case
    fitting = (answer for answer in context.program.answers if answer.fits(case.kind))
    names = tuple(button(f"ready.{answer.id}", "answer", answer.id) for answer in fitting)
    choices = (*grid(names, 2), *rows(button("cancel", "stop")))
    choosing = replace(context.conversation, step=Step.ANSWER, focus=case.id)
    return screen(event, context, Message("answers.ask", {"ref": case.ref}, choices=choices), choosing)


def choose(event: Choice, context: Context) -> Outcome:
    """One of them, shown as its reader will see it, and what it says in the member's language."""
    fitting = (answer.id for answer in context.program.answers if answer.fits(context.known_case.kind))
    if event.arg not in fitting:
        return offer(event, context)
    return drafts.drafted(Unsent(ready=event.arg), context)


def acknowledge(event: Choice, context: Context) -> Outcome:
    """By one press: a person has read it. It counts as an answer, and is for those who had none."""
    case = context.known_case
    if was_answered(context.parts):
        return say(context, Message("answers.over", {"ref": case.ref}, choices=again(case)))
    return drafts.answered(Reply(ready=READ), event, context)


def was_answered(parts: tuple[Part, ...]) -> bool:
    """Whether anybody has written to the reporter."""
    return any(isinstance(part.body, Reply) for part in parts)


def ways(case: Case, context: Context) -> Rows:
    """The buttons under an open case, for whoever may answer."""
    first = () if was_answered(context.parts) else (button("readit", "readit", case.id),)
    listed = (button("checklist", "checklist", case.id),) if checklist.lines_for(context) else ()
    return grid((button("answers", "answers", case.id), *first, *listed), 2)
