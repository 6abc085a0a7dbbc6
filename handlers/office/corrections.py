"""Correcting an advisory that is out: new texts for some of its languages, put in the place of the old ones.

It is an advisory of its own (`Advisory.of`), written and approved like any other; then it walks through the copies of
the one that it corrects, and whoever still waits for that gets the new text at once (`storage.wording`).
"""

from msgspec.structs import replace

from handlers import approved, waits
from handlers.model import (
    Advisory,
    AdvisoryDraft,
    AdvisoryId,
    Choice,
    Context,
    Conversation,
    Entry,
    Event,
    Message,
    Outcome,
    Step,
)
from handlers.office import broadcast, progress
from handlers.speech import Rows, audited, button, grid, rows, say, screen, with_effects


def begin(event: Choice, context: Context) -> Outcome:
    """Correct this one: which language? Whoever has begun to goes on."""
    draft, corrected = context.conversation.advisory or AdvisoryDraft(), context.corrected
    if corrected is None:
        return progress.show(event, context)
    if draft.texts and draft.of != corrected.id:
        return say(context, Message("advise.busy"))
    return menu(event, context, draft if draft.of == corrected.id else AdvisoryDraft(of=corrected.id))


def stands(draft: AdvisoryDraft, context: Context) -> bool:
    """Whether a draft corrects nothing, or something that can still be corrected."""
    return not draft.of or (context.corrected is not None and bool(languages(context)))


def languages(context: Context) -> dict[str, Advisory]:
    """The languages in which copies may be corrected, and whose words they bear now."""
    corrected = context.corrected
    if corrected is None or not approved.intact(corrected) or not progress.correctable(corrected, context.now):
        return {}
    return approved.sources(corrected, context.corrections)


def as_it_reads(language: str, context: Context) -> tuple[Message, ...]:
    """What stands in the chats, to be copied from."""
    return (Message("advise.fix.now"), approved.in_language(languages(context)[language], language))


def menu(event: Event, context: Context, draft: AdvisoryDraft) -> Outcome:
    """What is written anew, what stays, and the ways on; or that it is too late."""
    if context.corrected is None or not stands(draft, context):
        resting = replace(context.conversation, step=Step.HOME, advisory=None)
        return screen(event, context, Message("advise.fix.late"), resting)
    found = languages(context)
    lines = tuple(
        Message("advise.fix.written" if code in draft.texts else "advise.fix.kept", {"language": _named(code)})
        for code in found
    )
    ways = rows(*((button("preview", "preview"),) if draft.texts else ()), progress.LEAVE)
    choices = (*grid(tuple(button(f"language.{code}", "advlang", code) for code in found), 2), *ways)
    asked = Message("advise.fix.menu", {"number": context.corrected.number}, lines, choices)
    return screen(event, context, asked, _at(context, Step.ADVISE, replace(draft, language="", part="")))


def confirm(event: Event, context: Context, draft: AdvisoryDraft) -> Outcome:
    """How many copies it may reach, and what becomes of those in other languages: they stay, or are deleted."""
    if context.corrected is None or not stands(draft, context):
        return menu(event, context, draft)
    others = [code for code in languages(context) if code not in draft.texts]
    ways = (*(_rest(draft) if others else ()), *rows(button("advise.ask", "advsend"), button("back", "advise")))
    lines = approved.rest(draft.texts, context, drop=draft.drop)
    choices = (*ways, *rows(progress.LEAVE))
    asked = Message("advise.fix.confirm", {"number": context.corrected.number}, lines, choices)
    return screen(event, context, asked, _at(context, Step.PREVIEW, draft))


def _rest(draft: AdvisoryDraft) -> Rows:
    stay = button("advise.fix.stay", "advrest", "stay")
    return rows(stay if draft.drop else button("advise.fix.drop", "advrest", "drop"))


def choose_rest(event: Choice, context: Context) -> Outcome:
    """Copies in languages for which nothing new is written stay as they are, or are deleted."""
    draft = context.conversation.advisory
    if draft is None or not draft.of:
        return say(context, Message("advise.fix.late"))
    return confirm(event, context, replace(draft, drop=event.arg == "drop"))


def written(draft: AdvisoryDraft, context: Context) -> Advisory:
    """The correction as it is asked for. Only a draft that `stands` has one. The question ends with the two days."""
    corrected = context.corrected
    if corrected is None or corrected.begun is None:
        raise LookupError("a correction of nothing was written")
    return approved.bound(
        Advisory(
            id=AdvisoryId(""),
            number=corrected.number,
            texts=draft.texts,
            author=context.me.id,
            created=context.now,
            state="asked",
            left=corrected.copies,
            scope=corrected.scope,
            salt=context.new_id(),
            until=min(waits.asked_until(context.now), corrected.begun + progress.RECALL),
            of=corrected.id,
            drop=draft.drop,
            first=corrected.day,
        )
    )


def started(outcome: Outcome, correction: Advisory, context: Context) -> Outcome:
    """The same outcome; the correction is on its way, instead of any before it. What was deleted meanwhile is not."""
    if not languages(context).keys() & correction.texts.keys():
        late = broadcast.changed(say(context, Message("advise.fix.late")), replace(correction, state="void"), context)
        return audited(late, Entry("advise.over", context.me.id, detail=correction.id))
    outcome = broadcast.replaced(outcome, context)
    turned = replace(correction, turn=approved.next_turn(context.corrections))
    begun = with_effects(outcome, *broadcast.started(turned, context))
    return audited(begun, Entry("advise.corrected", context.me.id, detail=correction.id))


def _named(code: str) -> Message:
    return Message(f"language.{code}")


def _at(context: Context, step: Step, draft: AdvisoryDraft) -> Conversation:
    return replace(context.conversation, step=step, advisory=draft)
