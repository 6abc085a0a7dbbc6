"""Advisories: a text for each language, a preview of exactly what will be read, and one press to send."""

from datetime import timedelta

from msgspec.structs import replace

from handlers.model import (
    Advise,
    Advisory,
    AdvisoryDraft,
    AdvisoryId,
    Choice,
    Context,
    Conversation,
    Day,
    Edit,
    Entry,
    Event,
    Message,
    Outcome,
    Scope,
    SetTimer,
    Step,
    Text,
    Timer,
)
from handlers.office import audience
from handlers.speech import audited, button, grid, rows, say, screen, tell, with_effects

TEXT_LENGTH = 3500
"""Leaves room for number, date and the unsubscribe button within any messenger's 4,096."""

BEAT = timedelta(seconds=3)
"""How often the live count is refreshed: well under one edit a second for a chat."""

LONG_BEAT = timedelta(seconds=15)
"""The same while it is paused: that may last all night."""


def begin(event: Event, context: Context) -> Outcome:
    """`/advise`: choose a language to write in."""
    draft = context.conversation.advisory or AdvisoryDraft()
    return _menu(event, context, draft)


def _menu(event: Event, context: Context, draft: AdvisoryDraft) -> Outcome:
    conversation = _at(context, Step.ADVISE, replace(draft, language="", part=""))
    lines = tuple(_language_line(code, draft, context) for code in context.desk.languages)
    languages = tuple(button(f"language.{code}", "advlang", code) for code in context.desk.languages)
    preview = rows(button("preview", "preview")) if draft.texts else ()
    choices = (*grid(languages, 2), *rows(button("audience", "advfor")), *preview, *rows(button("cancel", "stop")))
    message = Message("advise.menu", lines=(*lines, *audience.lines(draft)), choices=choices)
    return screen(event, context, message, conversation)


def _language_line(code: str, draft: AdvisoryDraft, context: Context) -> Message:
    state = "advise.written" if code in draft.texts else "advise.missing"
    readers = context.desk.subscribers.get(code, 0)
    return Message(state, {"language": Message(f"language.{code}"), "count": readers})


def choose_language(event: Choice, context: Context) -> Outcome:
    """The next words are the text in this language."""
    draft = context.conversation.advisory or AdvisoryDraft()
    if event.arg not in context.desk.languages:
        return _menu(event, context, draft)
    conversation = _at(context, Step.ADVISE, replace(draft, language=event.arg, part=""))
    message = Message(
        "advise.write", {"language": Message(f"language.{event.arg}")}, choices=rows(button("cancel", "stop"))
    )
    return screen(event, context, message, conversation)


def write(event: Text, context: Context) -> Outcome:
    """The text in the chosen language; where the audience is being chosen, the name of a country."""
    draft = context.conversation.advisory or AdvisoryDraft()
    if draft.part:
        return audience.words(event, context, draft)
    if not draft.language:
        return _menu(event, context, draft)
    if len(event.text) > TEXT_LENGTH:
        return say(context, Message("advise.long", {"limit": TEXT_LENGTH, "length": len(event.text)}))
    return _menu(event, context, replace(draft, texts={**draft.texts, draft.language: event.text}))


def preview(event: Event, context: Context) -> Outcome:
    """What each audience will see, and how many they are."""
    draft = context.conversation.advisory
    if draft is None or not draft.texts:
        return _menu(event, context, draft or AdvisoryDraft())
    previews = tuple(tell(context, _preview(code, text, context)) for code, text in draft.texts.items())
    asked = screen(event, context, _confirm(draft, context), _at_preview(context))
    (last,) = asked.effects
    below = tell(context, last.message) if isinstance(last, Edit) else last
    return replace(asked, effects=(*previews, below))


def _confirm(draft: AdvisoryDraft, context: Context) -> Message:
    """How many get it; with a narrowed audience at most so many, for what readers asked for is sealed."""
    count = _audience(draft, context)
    if draft.scope == Scope():
        choices = rows(button("advise.send", "advsend", count=count), button("cancel", "stop"))
        return Message("advise.confirm", count=count, choices=choices)
    choices = rows(button("send", "advsend"), button("cancel", "stop"))
    return Message("advise.narrowed", {"most": count}, audience.lines(draft), choices)


def _preview(code: str, text: str, context: Context) -> Message:
    number = context.desk.advisories + 1
    shown = Message("advisory.text", {"number": number, "day": Day(context.now), "text": text})
    return Message("advise.preview", {"language": Message(f"language.{code}")}, (shown,))


def _audience(draft: AdvisoryDraft, context: Context) -> int:
    return sum(context.desk.subscribers.get(code, 0) for code in draft.texts)


def send(event: Choice, context: Context) -> Outcome:
    """Start. The count below is refreshed until everybody has it."""
    draft = context.conversation.advisory
    if draft is None or not draft.texts:
        return begin(event, context)
    advisory = Advisory(
        id=AdvisoryId(context.new_id()),
        number=context.desk.advisories + 1,
        texts=draft.texts,
        author=context.me.id,
        created=context.now,
        left=_audience(draft, context),
        scope=draft.scope,
    )
    resting = replace(context.conversation, step=Step.HOME, advisory=None)
    counted = replace(tell(context, _count(advisory)), slot=_slot(advisory))
    outcome = with_effects(
        say(context, conversation=resting),
        Advise(advisory),
        counted,
        SetTimer("progress", context.now + BEAT, advisory.id),
    )
    return audited(outcome, Entry("advise", context.me.id, detail=advisory.id))


def progress(event: Timer, context: Context) -> Outcome:
    """How far it has come, as one edited message."""
    advisory = context.advisory
    if advisory is None:
        return Outcome(context.conversation)
    count = Edit(to=context.person.address, message=_count(advisory), slot=_slot(advisory))
    outcome = with_effects(say(context), count)
    if advisory.state == "done":
        return outcome
    beat = LONG_BEAT if advisory.state == "paused" else BEAT
    return with_effects(outcome, SetTimer("progress", context.now + beat, advisory.id))


def _count(advisory: Advisory) -> Message:
    params = {"number": advisory.number, "sent": advisory.sent, "failed": advisory.failed, "left": advisory.left}
    return Message(f"advise.{advisory.state}", {**params})


def _slot(advisory: Advisory) -> str:
    return f"advisory:{advisory.id}"


def _at(context: Context, step: Step, draft: AdvisoryDraft) -> Conversation:
    return replace(context.conversation, step=step, advisory=draft)


def _at_preview(context: Context) -> Conversation:
    return replace(context.conversation, step=Step.PREVIEW)
