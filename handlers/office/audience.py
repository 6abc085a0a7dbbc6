"""Whom an advisory is for: countries, home states and topics. What is not narrowed is for everybody."""

from msgspec.structs import replace

from handlers import forms, scopes, typed
from handlers.model import (
    AdvisoryDraft,
    Button,
    Choice,
    Context,
    Conversation,
    Event,
    Message,
    Outcome,
    Scope,
    Step,
    Text,
)
from handlers.program import Program
from handlers.speech import below, button, grid, rows, screen


def lines(draft: AdvisoryDraft) -> tuple[Message, ...]:
    """The audience, where it is narrowed."""
    return scopes.lines(draft.scope) if draft.scope != Scope() else ()


def choose_part(event: Choice, context: Context) -> Outcome:
    """The whole audience, or the part of it that is to be changed."""
    draft = context.conversation.advisory or AdvisoryDraft()
    return _show(event, context, replace(draft, language="", part=event.arg if event.arg in scopes.PARTS else ""))


def pick(event: Choice, context: Context) -> Outcome:
    """One country, state or topic more or less; without one, everybody."""
    draft = context.conversation.advisory or AdvisoryDraft()
    if draft.part and not event.arg:
        return _show(event, context, replace(draft, scope=scopes.put(draft.scope, draft.part), part=""))
    return _picked(event, context, draft, event.arg)


def words(event: Text, context: Context, draft: AdvisoryDraft) -> Outcome:
    """The name of a country."""
    if draft.part != "host":
        return _show(event, context, draft)
    found = typed.countries(event.text, context.desk.countries)
    if len(found) == 1:
        return _picked(event, context, draft, found[0])
    asked = forms.which_country(_part(context.program, draft), found, "advpick", button("back", "advfor", "host"))
    return below(context, asked, _standing(context, draft))


def _picked(event: Event, context: Context, draft: AdvisoryDraft, value: str) -> Outcome:
    if not draft.part or not scopes.knows(context.program, draft.part, value):
        return _show(event, context, draft)
    return _show(event, context, replace(draft, scope=scopes.toggled(draft.scope, draft.part, value)))


def _show(event: Event, context: Context, draft: AdvisoryDraft) -> Outcome:
    shown = _part(context.program, draft) if draft.part else _whole(draft)
    return screen(event, context, shown, _standing(context, draft))


def _standing(context: Context, draft: AdvisoryDraft) -> Conversation:
    return replace(context.conversation, step=Step.ADVISE, advisory=draft)


def _whole(draft: AdvisoryDraft) -> Message:
    parts = tuple(Button(Message(f"scope.{part}"), "advfor", part) for part in scopes.PARTS)
    choices = rows(*parts, button("back", "advise"))
    return Message("advise.audience", lines=scopes.lines(draft.scope), choices=choices)


def _part(program: Program, draft: AdvisoryDraft) -> Message:
    """Several can be chosen; presses stay on the screen until Done."""
    hint = (Message("form.country"),) if draft.part == "host" else ()
    everybody, done = button("everybody", "advpick"), button("done", "advfor")
    choices = (*scopes.options(program, draft.scope, draft.part, "advpick"), *grid((everybody, done), 2))
    return Message("advise.part", {"part": Message(f"scope.{draft.part}")}, lines=hint, choices=choices)
