"""Which report is meant, when a chat has sent several: told apart by the day on which they were sent, nothing else."""

from collections.abc import Callable

from msgspec.structs import replace

from handlers.model import ByToken, Case, Choice, Command, Context, Day, Message, Outcome, Token
from handlers.reporter import erase, follow, unasked
from handlers.speech import button, rows, screen

SHOWN = 5
"""Reports to choose from, the newest: a phone's screen. The way to older ones is their code."""

WAYS: dict[str, Callable[[Choice, Context], Outcome]] = {
    "add": follow.add,
    "status": follow.status,
    "erase": erase.ask,
}


def which(event: Choice | Command, context: Context) -> Outcome:
    """Choose one; with a single one left there is nothing to ask."""
    verb = event.arg if isinstance(event, Choice) else event.name
    if verb not in WAYS:
        return unasked.press(event, context)
    found = _newest(context)
    if len(found) > 1:
        return _ask(event, context, verb, found)
    token, case = found[0] if found else (Token(""), None)
    pressed = replace(event, verb=verb, arg=token) if isinstance(event, Choice) else Choice(verb, token)
    return WAYS[verb](pressed, replace(context, case=case))


def _newest(context: Context) -> list[tuple[Token, Case]]:
    """Each report once, though several tokens may lead to it."""
    reached = ((token, context.cases.get(ByToken(token))) for token in context.conversation.tokens)
    found = {case.id: (token, case) for token, case in reached if case}
    return sorted(found.values(), key=lambda pair: pair[1].created, reverse=True)[:SHOWN]


def _ask(event: Choice | Command, context: Context, verb: str, found: list[tuple[Token, Case]]) -> Outcome:
    choices = rows(
        *(
            button("mine", verb, token, number=number, day=Day(case.created))
            for number, (token, case) in enumerate(found, start=1)
        ),
        button("back", "home"),
    )
    return screen(event, context, Message("mine.ask", choices=choices), context.conversation)
