"""Writing an advisory: a text for each language, a preview of exactly what will be read, and when it goes out.

Nothing goes out from here: another admin must approve it first (`approvals`).
"""

from msgspec.structs import replace

from handlers import approved
from handlers.model import (
    AdvisoryDraft,
    Choice,
    Context,
    Conversation,
    Edit,
    Event,
    Message,
    Outcome,
    Scope,
    Step,
    Text,
)
from handlers.office import audience, corrections, progress, schedule
from handlers.speech import Rows, button, grid, rows, say, screen, tell

TEXT_LENGTH = 3500
"""Leaves room for safe word, number, date and the time of a correction within any messenger's 4,096: an advisory is one
message, so that it can be corrected where it stands."""

WAYS = rows(button("back", "advise"), progress.LEAVE)
"""Under every preview."""


def begin(event: Event, context: Context) -> Outcome:
    """`/advise`: choose a language to write in. What is on its way or planned stands below."""
    return menu(event, context, context.conversation.advisory or AdvisoryDraft())


def menu(event: Event, context: Context, draft: AdvisoryDraft) -> Outcome:
    """What is written so far, for whom, and the ways on."""
    if draft.of:
        return corrections.menu(event, context, draft)
    conversation = _at(context, Step.ADVISE, replace(draft, language="", part=""))
    written = tuple(_language_line(code, draft, context) for code in context.desk.languages)
    warned = approved.without(draft.texts, context.desk) if draft.texts else ()
    lines = (*written, *warned, *audience.lines(draft), *progress.lines(context, all_of_them=False))
    return screen(event, context, Message("advise.menu", lines=lines, choices=_ways(draft, context)), conversation)


def _ways(draft: AdvisoryDraft, context: Context) -> Rows:
    languages = tuple(button(f"language.{code}", "advlang", code) for code in context.desk.languages)
    preview = rows(button("preview", "preview")) if draft.texts else ()
    others = rows(button("audience", "advfor"), button("advise.list", "advlist"), progress.LEAVE)
    return (*grid(languages, 2), *preview, *others)


def _language_line(code: str, draft: AdvisoryDraft, context: Context) -> Message:
    state = "advise.written" if code in draft.texts else "advise.missing"
    readers = context.desk.subscribers.get(code, 0)
    return Message(state, {"language": Message(f"language.{code}"), "count": readers})


def choose_language(event: Choice, context: Context) -> Outcome:
    """The next words are the text in this language."""
    draft = context.conversation.advisory or AdvisoryDraft()
    if event.arg not in (corrections.languages(context) if draft.of else context.desk.languages):
        return menu(event, context, draft)
    conversation = _at(context, Step.ADVISE, replace(draft, language=event.arg, part=""))
    now = corrections.as_it_reads(event.arg, context) if draft.of else ()
    asked = Message("advise.write", {"language": Message(f"language.{event.arg}")}, now)
    return screen(event, context, replace(asked, choices=rows(button("back", "advise"))), conversation)


def write(event: Text, context: Context) -> Outcome:
    """The text in the chosen language; where the audience is being chosen, the name of a country."""
    draft = context.conversation.advisory or AdvisoryDraft()
    if draft.part:
        return audience.words(event, context, draft)
    if not draft.language:
        return menu(event, context, draft)
    if (length := _length(event.text)) > TEXT_LENGTH:
        return say(context, Message("advise.long", {"limit": TEXT_LENGTH, "length": length}))
    return menu(event, context, replace(draft, texts={**draft.texts, draft.language: event.text}))


def _length(text: str) -> int:
    """As messengers count: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def preview(event: Event, context: Context) -> Outcome:
    """What each audience will see; then when, and the way to the other admins."""
    draft = context.conversation.advisory
    if draft is None or not draft.texts or not corrections.stands(draft, context):
        return menu(event, context, draft or AdvisoryDraft())
    previews = tuple(tell(context, _preview(code, text, draft, context)) for code, text in draft.texts.items())
    asked = confirm(event, context, draft)
    (last,) = asked.effects
    below = tell(context, last.message) if isinstance(last, Edit) else last
    return replace(asked, effects=(*previews, below))


def _preview(code: str, text: str, draft: AdvisoryDraft, context: Context) -> Message:
    read = approved.shown(context.desk.advisories + 1, draft.at or context.now, text)
    if draft.of:
        read = approved.in_language(corrections.written(draft, context), code)
    return Message("advise.preview", {"language": Message(f"language.{code}")}, (read,))


def confirm(event: Event, context: Context, draft: AdvisoryDraft, *notes: Message) -> Outcome:
    """How many get it and who gets nothing; with a narrowed audience at most so many, for what readers asked for is
    sealed. The time can still be chosen.
    """
    if draft.of:
        return corrections.confirm(event, context, draft)
    count, whole = approved.audience(draft.texts, context.desk), draft.scope == Scope()
    if not count:
        return _nobody(event, context, draft)
    asked = Message("advise.confirm", count=count) if whole else Message("advise.narrowed", {"most": count})
    warned = (*approved.without(draft.texts, context.desk), *approved.unread(draft.texts, context.desk))
    lines = (*audience.lines(draft), *warned, *schedule.lines(draft, context), *notes)
    choices = (*schedule.times(context), *rows(button("advise.ask", "advsend")), *WAYS)
    return screen(event, context, replace(asked, lines=lines, choices=choices), _at(context, Step.PREVIEW, draft))


def _nobody(event: Event, context: Context, draft: AdvisoryDraft) -> Outcome:
    """There is nobody to send it to, so there is nothing to say yes to."""
    asked = Message("advise.nobody", lines=approved.without(draft.texts, context.desk), choices=WAYS)
    return screen(event, context, asked, _at(context, Step.PREVIEW, draft))


def choose_time(event: Choice, context: Context) -> Outcome:
    """Now, in an hour, tonight, tomorrow: by the admin's own clock."""
    draft = context.conversation.advisory
    if draft is None or not draft.texts:
        return begin(event, context)
    return confirm(event, context, replace(draft, at=schedule.chosen(event.arg, context)))


def type_time(event: Text, context: Context) -> Outcome:
    """A day and a time, as they are shown: "2026-12-01 18:00"."""
    draft = context.conversation.advisory
    if draft is None or not draft.texts:
        return begin(event, context)
    at = schedule.typed(event.text, context)
    if at is None:
        return confirm(event, context, draft, Message("advise.when.unclear", {"days": schedule.LONGEST.days}))
    return confirm(event, context, replace(draft, at=at))


def _at(context: Context, step: Step, draft: AdvisoryDraft) -> Conversation:
    return replace(context.conversation, step=step, advisory=draft)
