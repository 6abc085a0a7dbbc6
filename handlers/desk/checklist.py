"""What to ask and to look at first, by category. What is done of it is sealed to the case."""

from msgspec.structs import replace

from handlers.desk import traces
from handlers.desk.talk import by_time, part
from handlers.model import Button, Case, Choice, Context, Delete, Event, Message, Outcome, Part, Seal, Step, Ticked
from handlers.speech import Rows, first, grid, say, tell, with_effects
from handlers.wants import OF_CASE

DONE, OPEN = "☑", "☐"
ABREAST = 3
"""Buttons in one row, of at most seven: a number and a mark each."""


def show(event: Event, context: Context) -> Outcome:
    """The list of the case's category, as far as it is done."""
    case = context.known_case
    if not lines_for(context):
        return say(context, Message("checklist.none", {"ref": case.ref}))
    return _shown(_ticked(context.parts), context)


def tick(event: Choice, context: Context) -> Outcome:
    """A line is done, or not after all; the list stands anew in place of the old one.

    Its buttons name their case and carry no prompt: a list that stands above other screens is as good as before.
    """
    case, lines, pressed = context.known_case, lines_for(context), event.arg.partition(OF_CASE)[2]
    if pressed not in lines:
        return show(event, context)
    after = frozenset(_ticked(context.parts)) ^ {pressed}
    done = tuple(line for line in lines if line in after)
    anew = first(_shown(done, context), Delete(context.person.address, (event.message,)))
    return with_effects(anew, Seal(case.id, part(context, Ticked(done))))


def lines_for(context: Context) -> tuple[str, ...]:
    """The lines of the case's category; none when the program has no list for it."""
    return context.program.checklists.get(context.known_case.kind, ())


def _ticked(parts: tuple[Part, ...]) -> tuple[str, ...]:
    return next((each.body.lines for each in reversed(by_time(parts)) if isinstance(each.body, Ticked)), ())


def _shown(done: tuple[str, ...], context: Context) -> Outcome:
    case = context.known_case
    marks = [(line, DONE if line in done else OPEN) for line in lines_for(context)]
    lines = tuple(
        Message(
            "checklist.line",
            {"mark": mark, "number": number, "text": Message(f"check.{case.kind}.{line}")},
        )
        for number, (line, mark) in enumerate(marks, start=1)
    )
    head = Message("checklist.head", {"ref": case.ref}, lines, _buttons(case, marks), protect=True)
    resting = replace(context.conversation, step=Step.HOME, focus=case.id)
    shown = with_effects(Outcome(resting), traces.fleeting(tell(context, head), case.id))
    return traces.shown(shown, case, context, "words")


def _buttons(case: Case, marks: list[tuple[str, str]]) -> Rows:
    labels = ((line, Message("plain", {"text": f"{mark} {number}"})) for number, (line, mark) in enumerate(marks, 1))
    return grid(tuple(Button(label, "tick", f"{case.ref}{OF_CASE}{line}") for line, label in labels), ABREAST)
