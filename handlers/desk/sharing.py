"""Putting together what a partner gets of a case: which partner, the reporter's messages one by one, a summary.

Nothing that a person wrote is in it unless a member puts it there: as it stands, or as they write it anew. The choice
lies in the case, sealed like the rest of it; only a second person's yes lets it out (`countersign`).
"""

from msgspec.structs import replace

from handlers import cards, caution, waits
from handlers.desk import bundles, traces
from handlers.desk.talk import again, by_time, part
from handlers.model import (
    Bundle,
    Button,
    Case,
    Choice,
    ConsentId,
    Context,
    Conversation,
    Effect,
    Entry,
    Event,
    Keep,
    Marking,
    Message,
    Outcome,
    Param,
    PartId,
    Partner,
    Seal,
    Send,
    Step,
    Text,
)
from handlers.speech import Rows, audited, below, button, grid, rows, say, tell, with_effects


def begin(event: Event, context: Context) -> Outcome:
    """`/share CODE`: to which partner. What another has agreed to already is offered instead."""
    case, wish = context.known_case, context.known_case.share
    if wish and wish.allowed and waits.is_own(wish, context):
        return say(context, ready(case, context))
    partners = bundles.partners(context)
    if not partners:
        return say(context, _nobody(case))
    names = tuple(Button(Message("plain", {"text": each.name}), "shareto", each.id) for each in partners)
    lines = tuple(_key(each) for each in partners)
    asked = Message("share.whom", {"ref": case.ref}, lines, (*grid(names, 2), *_stop()))
    return audited(below(context, asked, _writing(context)), Entry("share.begun", context.me.id, case.id))


def chosen(event: Choice, context: Context) -> Outcome:
    """A partner: nothing is in the bundle yet."""
    if bundles.partner(event.arg, context) is None:
        return say(context, _nobody(context.known_case))
    return _kept(Bundle(event.arg), context)


def keep(event: Choice, context: Context) -> Outcome:
    """This message as it stands."""
    draft = newest(context)
    return _taken(event, context, _piece(draft[1], context) if draft else "")


def skip(event: Choice, context: Context) -> Outcome:
    """This message not at all; or no summary."""
    return _taken(event, context, "")


def _taken(event: Choice, context: Context, words: str) -> Outcome:
    """A press counts for the message that it stood under."""
    draft = newest(context)
    if draft is None:
        return _again(context)
    id, body = draft
    if event.arg != _mark(body, context):
        return _next(id, body, context)
    return _kept(_with(body, words, context), context)


def rest(event: Choice, context: Context) -> Outcome:
    """No further message."""
    draft = newest(context)
    if draft is None:
        return _again(context)
    _, body = draft
    left = ("",) * (len(bundles.pieces(context.parts)) - len(body.words))
    return _kept(replace(body, words=(*body.words, *left)), context)


def typed(event: Text, context: Context) -> Outcome:
    """How it is to read instead; or the summary, which can be written anew under the preview too."""
    draft = newest(context)
    if draft is None:
        return _again(context)
    away = Keep(event.message, cards.traces(context.known_case.id))
    return _kept(_with(draft[1], event.text, context), context, away)


def mark(event: Choice, context: Context) -> Outcome:
    """How far the partner may pass it on."""
    draft = newest(context)
    if draft is None or event.arg not in set(Marking):
        return _again(context)
    return _kept(replace(draft[1], marking=Marking(event.arg)), context)


def preview(body: Bundle, partner: Partner, last: Message, context: Context, step: Step = Step.SHARE) -> Outcome:
    """Two messages: exactly what leaves, in the partner's language; and what is asked about it."""
    case = context.known_case
    content = bundles.summary(case, body, context.parts, context)
    leaving = replace(tell(context, content), language=partner.language)
    return _hidden(below(context, last, replace(_writing(context), step=step)), context, leaving)


def facts(body: Bundle, partner: Partner, context: Context) -> dict[str, Param]:
    """What is said around a preview."""
    return {"ref": context.known_case.ref, "partner": partner.name, "marking": f"TLP:{body.marking}"}


def ready(case: Case, context: Context) -> Message:
    """It may go: the file is made when it is asked for."""
    return Message("share.ready", {"ref": case.ref}, choices=rows(button("share.get", "shareget", case.id)))


def newest(context: Context) -> tuple[PartId, Bundle] | None:
    """What the speaking member chose last."""
    mine = (each for each in reversed(by_time(context.parts)) if each.author == context.me.id)
    return next(((each.id, each.body) for each in mine if isinstance(each.body, Bundle)), None)


def _kept(body: Bundle, context: Context, *more: Effect) -> Outcome:
    """Sealed to the case, and what comes next."""
    fresh = part(context, body)
    return with_effects(_next(fresh.id, body, context), Seal(context.known_case.id, fresh), *more)


def _next(id: PartId, body: Bundle, context: Context) -> Outcome:
    partner = bundles.partner(body.partner, context)
    if partner is None:
        return say(context, _nobody(context.known_case))
    if body.summary is None:
        return _hidden(below(context, _question(body, context), _writing(context)), context)
    marks = tuple(_marking(each, body.marking) for each in Marking)
    ask = button("share.ask", "shareask", id)
    last = Message("share.preview", facts(body, partner, context), (_key(partner),), protect=True)
    return preview(body, partner, replace(last, choices=(*grid(marks, 2), (ask,), *_stop())), context)


def _marking(each: Marking, chosen: Marking) -> Button:
    label = Message("plain", {"text": f"TLP:{each}"})
    return Button(Message("option.marked", {"option": label}) if each == chosen else label, "sharetlp", each)


def _question(body: Bundle, context: Context) -> Message:
    """The next message of the reporter's, with what may give somebody away in it; after the last, the summary."""
    piece, here = _piece(body, context), _mark(body, context)
    if not piece:
        without = rows(button("share.bare", "shareskip", here))
        return Message("share.summary", {"ref": context.known_case.ref}, choices=(*without, *_stop()), protect=True)
    total, found = len(bundles.pieces(context.parts)), caution.traces(piece)
    kinds = cards.joined(tuple(Message(f"trace.{kind.value}") for kind in found))
    warning = (Message("share.traces", {"kinds": kinds}),) if found else ()
    about: dict[str, Param] = {"number": len(body.words) + 1, "total": total, "text": piece}
    ways = (button("share.skip", "shareskip", here), button("share.keep", "sharekeep", here))
    choices = (*grid(ways, 2), (button("share.rest", "sharerest"),), *_stop())
    return Message("share.piece", about, warning, choices, protect=True)


def _piece(body: Bundle, context: Context) -> str:
    """The reporter's message that is being decided on; empty after the last."""
    left = bundles.pieces(context.parts)[len(body.words) :]
    return left[0] if left else ""


def _mark(body: Bundle, context: Context) -> str:
    """Names what is being decided on, as a button carries it."""
    return cards.fingerprint(f"{len(body.words)} {body.summary is None} {_piece(body, context)}".encode())


def _with(body: Bundle, words: str, context: Context) -> Bundle:
    if body.summary is None and _piece(body, context):
        return replace(body, words=(*body.words, words))
    return replace(body, summary=words)


def _hidden(outcome: Outcome, context: Context, *before: Send) -> Outcome:
    """The same outcome; what it shows of the case lies nowhere readable, and leaves the chat after a while."""
    case = context.known_case
    said = (*before, *(each for each in outcome.effects if isinstance(each, Send)))
    return traces.shown(
        replace(outcome, effects=tuple(traces.fleeting(each, case.id) for each in said)), case, context, "words"
    )


def _again(context: Context) -> Outcome:
    case = context.known_case
    return say(context, Message("draft.gone", {"ref": case.ref}, choices=again(case)))


def _nobody(case: Case) -> Message:
    """There is no partner to whom its reporter agrees, by name."""
    return Message("share.unnamed" if ConsentId.SHARE in case.agreed else "share.unasked", {"ref": case.ref})


def _key(partner: Partner) -> Message:
    return Message("share.key", {"partner": partner.name, "words": partner.spoken})


def _stop() -> Rows:
    return rows(button("cancel", "stop"))


def _writing(context: Context) -> Conversation:
    return replace(context.conversation, step=Step.SHARE, focus=context.known_case.id)
