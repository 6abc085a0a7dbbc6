"""The second admin's yes: asked with what every audience will read, and good for exactly that.

The question ends with the day (`waits.ASKED`), and no later than the time for which it is planned: a yes is to that
time, too. Then, as after a no, its writer has the words back by one press. Whoever changes the text asks anew: the
earlier question is void, and those who were asked see it. A member keeps their id when they come back with a new key
(`Measure.READMIT`), so that nobody approves their own words by another account.
"""

from msgspec.structs import replace

from handlers import approved, waits
from handlers.model import (
    Advise,
    Advisory,
    AdvisoryDraft,
    AdvisoryId,
    Button,
    Choice,
    Context,
    Entry,
    Event,
    Member,
    Message,
    Outcome,
    Send,
    Staff,
    Step,
    Text,
)
from handlers.office import advisories, broadcast, corrections, progress
from handlers.speech import audited, button, rows, say, screen, tell, with_effects

REASON_LENGTH = 1000
"""Why somebody says no fits into a message among others."""


def ask(event: Choice, context: Context) -> Outcome:
    """To all other admins, with the previews. A desk with one admin can't send: nobody could say no."""
    draft = context.conversation.advisory
    if draft is None or not draft.texts or not corrections.stands(draft, context):
        return advisories.begin(event, context)
    if not draft.of and not approved.audience(draft.texts, context.desk):
        return advisories.confirm(event, context, draft)
    if draft.at and draft.at <= context.now:
        return advisories.confirm(event, context, replace(draft, at=None), Message("advise.when.past"))
    others = [each for each in context.team if approved.may_decide(each) and each.id != context.me.id]
    if not others:
        team = Button(Message("plain", {"text": "/team"}), "team")
        alone = Message("advise.alone", choices=rows(team, button("back", "advise")))
        return screen(event, context, alone, replace(context.conversation, step=Step.ADVISE))
    return _asked(corrections.written(draft, context) if draft.of else _advisory(draft, context), others, context)


def _advisory(draft: AdvisoryDraft, context: Context) -> Advisory:
    return approved.bound(
        Advisory(
            id=AdvisoryId(""),
            number=context.desk.advisories + 1,
            texts=draft.texts,
            author=context.me.id,
            created=context.now,
            state="asked",
            left=approved.audience(draft.texts, context.desk),
            scope=draft.scope,
            salt=context.new_id(),
            at=draft.at,
            until=min(at for at in (waits.asked_until(context.now), draft.at) if at),
        )
    )


def _asked(advisory: Advisory, others: list[Member], context: Context) -> Outcome:
    resting = replace(context.conversation, step=Step.HOME, advisory=None)
    mine = replace(tell(context, progress.status(advisory, context)), slot=approved.slot(advisory))
    questions = (each for other in others for each in _question(advisory, other, context))
    outcome = with_effects(say(context, conversation=resting), Advise(advisory), mine, *questions)
    outcome = with_effects(outcome, *broadcast.wound(advisory, context))
    return audited(outcome, Entry("advise.asked", context.me.id, detail=advisory.id))


def _question(advisory: Advisory, other: Member, context: Context) -> tuple[Send, ...]:
    previews = tuple(Send(Staff(other.id), message) for message in approved.previews(advisory))
    asked = approved.question(advisory, context)
    return (*previews, Send(Staff(other.id), asked, slot=approved.slot(advisory), wakes=True))


def approve(event: Choice, context: Context) -> Outcome:
    """The yes to exactly what was shown: then it goes out, or waits for its time."""
    advisory = context.advisory
    if advisory is None or not approved.open_to(advisory, context):
        return _closed(event, context)
    if not approved.intact(advisory):
        other = replace(advisory, state="altered")
        return broadcast.altered(with_effects(say(context), Advise(other)), other, context.me.id, context)
    if not any(each.id == advisory.author and approved.may_decide(each) for each in context.team):
        gone = say(context, Message("advise.orphan", {"number": advisory.number}))
        return _void(gone, Entry("advise.refused", context.me.id, detail=advisory.id), advisory, context)
    agreed = replace(advisory, approver=context.me.id)
    outcome = audited(say(context), Entry("advise.approved", context.me.id, detail=advisory.id))
    if agreed.of:
        return corrections.started(outcome, agreed, context)
    if agreed.at and agreed.at > context.now:
        return broadcast.changed(outcome, replace(agreed, state="planned"), context)
    begun = with_effects(outcome, *broadcast.started(agreed, context))
    return audited(begun, Entry("advise", context.me.id, detail=advisory.id))


def ask_reason(event: Choice, context: Context) -> Outcome:
    """No: why? The words go to who wrote it and to the other admins."""
    advisory = context.advisory
    if advisory is None or not approved.open_to(advisory, context):
        return _closed(event, context)
    asking = replace(context.conversation, step=Step.REFUSE, focus=advisory.id)
    back = rows(button("back", "advshow", advisory.id))
    why = Message("advise.no.why", {"number": advisory.number}, choices=back)
    return screen(event, context, why, asking)


def refuse(event: Text, context: Context) -> Outcome:
    """The reason: the question is over."""
    advisory = context.advisory
    if advisory is None or not approved.open_to(advisory, context):
        return _closed(event, context)
    if len(event.text) > REASON_LENGTH:
        return say(context, Message("advise.no.long", {"limit": REASON_LENGTH}))
    resting = replace(context.conversation, step=Step.HOME, focus="")
    said = Message("advise.refused", {"number": advisory.number, "by": context.me.name, "reason": event.text})
    deed = Entry("advise.refused", context.me.id, detail=advisory.id)
    mine = replace(said, choices=rows(approved.edit(advisory)))
    deciding = (each for each in context.team if approved.may_decide(each))
    told = (Send(Staff(each.id), mine if each.id == advisory.author else said) for each in deciding)
    return with_effects(_void(say(context, conversation=resting), deed, advisory, context), *told)


def change(event: Choice, context: Context) -> Outcome:
    """Its author writes on: the question is void, if it was not yet, and what was written is a draft again."""
    advisory = context.advisory
    if advisory is None or advisory.author != context.me.id or advisory.state not in {"asked", "void"}:
        return progress.show(event, context)
    if context.conversation.advisory and context.conversation.advisory.texts:
        return say(context, Message("advise.busy"))
    draft = AdvisoryDraft(advisory.texts, scope=advisory.scope, at=advisory.at, of=advisory.of, drop=advisory.drop)
    written = advisories.menu(event, context, draft)
    if advisory.state == "void":
        return written
    return _void(written, Entry("advise.withdrawn", context.me.id, detail=advisory.id), advisory, context)


def _void(outcome: Outcome, deed: Entry, advisory: Advisory, context: Context) -> Outcome:
    return audited(broadcast.changed(outcome, replace(advisory, state="void"), context), deed)


def _closed(event: Event, context: Context) -> Outcome:
    """No answer of this member is waited for: it is theirs, or was answered, changed, or too late."""
    mine = context.advisory is not None and context.advisory.author == context.me.id
    said = Message("refused.two") if mine else Message("advise.settled")
    resting = replace(context.conversation, step=Step.HOME)
    return say(context, said, conversation=resting)
