"""An answer is shown to its writer before it goes out. Until then it lies in the case, sealed like the rest of it.

So it outlives a restart, and the server's own keys don't open it. What is shown is volatile: whoever finds no preview
any more gets it again by the button that began it. No "typing…" is shown to a reporter meanwhile: it would tell
whoever watches that phone when somebody of the team is awake.
"""

from msgspec.structs import replace

from handlers import cards
from handlers.desk import traces
from handlers.desk.talk import after_ref, again, ask_reply, by_time, part, reachable, to_reporter
from handlers.model import (
    Choice,
    Command,
    Contact,
    Context,
    Effect,
    Entry,
    Event,
    Keep,
    Message,
    MessageRef,
    Outcome,
    Param,
    PartId,
    Reply,
    Seal,
    Send,
    Step,
    Text,
    Unsent,
)
from handlers.speech import Rows, audited, below, button, grid, rows, say, screen, tell, turned, with_effects


def begin(event: Event, context: Context) -> Outcome:
    """The next words are for the reporter, if anything reaches them. What was written and not sent is shown again."""
    left = unsent(context)
    contact = reachable(context.known_case, context)
    if contact is None:
        return nobody(context)
    return _shown(*left, contact, context) if left else ask_reply(event, context)


def typed(event: Text, context: Context) -> Outcome:
    """The words after a press on Reply, or other ones instead of those that were shown."""
    return _kept(event.text, event.message, context)


def command(event: Command, context: Context) -> Outcome:
    """`/reply REF words`."""
    words = after_ref(event.args)
    return _kept(words, event.message, context) if words else begin(event, context)


def _kept(words: str, message: MessageRef, context: Context) -> Outcome:
    return drafted(Unsent(words), context, Keep(message, cards.traces(context.known_case.id)))


def drafted(body: Unsent, context: Context, *more: Effect) -> Outcome:
    """Sealed, and shown as its reader will see it, with the question whether to send it."""
    case = context.known_case
    contact = reachable(case, context)
    if contact is None:
        return traces.shown(with_effects(nobody(context), *more), case, context, "words")
    draft = part(context, body)
    return with_effects(_shown(draft.id, body, contact, context), Seal(case.id, draft), *more)


def nobody(context: Context) -> Outcome:
    """There is no way to the reporter, or they don't want to be written to."""
    resting = replace(context.conversation, step=Step.HOME)
    return say(context, Message("reply.nobody", {"ref": context.known_case.ref}), conversation=resting)


def unsent(context: Context) -> tuple[PartId, Unsent] | None:
    """What the speaking member wrote last to this reporter, if no answer of anybody's came after it."""
    for each in reversed(by_time(context.parts)):
        if isinstance(each.body, Reply) or each.body == Unsent():
            return None
        if isinstance(each.body, Unsent) and each.author == context.me.id:
            return each.id, each.body
    return None


def words_of(body: Reply | Unsent) -> Param:
    """Somebody's own words, or a ready answer in the language of whoever reads it."""
    return Message(f"ready.{body.ready}") if body.ready else body.text


def _shown(id: PartId, body: Unsent, contact: Contact, context: Context) -> Outcome:
    """Two messages: what goes out, in the reporter's language; and the question, in the member's."""
    case = context.known_case
    meaning = (Message("draft.meaning", {"text": words_of(body)}),) if body.ready else ()
    facts: dict[str, Param] = {"ref": case.ref, "language": Message(f"language.{contact.language}")}
    question = Message("draft.ask", facts, meaning, _ways(id), protect=True)
    writing = replace(context.conversation, step=Step.REPLY, focus=case.id)
    asked = below(context, question, writing)
    relayed = replace(tell(context, replace(_relayed(body), protect=True)), language=contact.language)
    shown = (relayed, *(each for each in asked.effects if isinstance(each, Send)))
    hidden = tuple(traces.fleeting(each, case.id) for each in shown)
    return traces.shown(replace(asked, effects=hidden), case, context, "words")


def _ways(id: PartId) -> Rows:
    ways = (button("send", "relay", id), button("rewrite", "rewrite"))
    return (*grid(ways, 2), *rows(button("discard", "discard")))


def _relayed(body: Reply | Unsent) -> Message:
    return Message("relay.reply", {"text": words_of(body)})


def send(event: Choice, context: Context) -> Outcome:
    """What was shown goes out; only that, and only once."""
    case = context.known_case
    id, body = unsent(context) or ("", Unsent())
    if id != event.arg:
        return say(context, Message("draft.gone", {"ref": case.ref}, choices=again(case)))
    return answered(Reply(body.text, body.ready), event, context)


def answered(body: Reply, event: Event, context: Context) -> Outcome:
    """An answer is sealed to the case and on its way to the reporter."""
    case = context.known_case
    contact = reachable(case, context)
    if contact is None:
        return nobody(context)
    said = tell(context, Message("reply.sent", {"ref": case.ref}, choices=again(case)))
    resting = replace(context.conversation, step=Step.HOME)
    effects = (turned(event, said), Seal(case.id, part(context, body)), to_reporter(case, contact, _relayed(body)))
    sent = Outcome(resting, effects, replace(case, unread=0))
    return audited(sent, Entry("reply", context.me.id, case.id))


def discard(event: Choice, context: Context) -> Outcome:
    """What was written is not to be sent. It stays sealed, as everything that was ever said of a case does."""
    case = context.known_case
    resting = replace(context.conversation, step=Step.HOME)
    told = screen(event, context, Message("draft.discarded", {"ref": case.ref}, choices=again(case)), resting)
    return with_effects(told, Seal(case.id, part(context, Unsent())))


def resend(event: Event, context: Context) -> Outcome:
    """The newest answer once more, for somebody whom it could not reach and who is back."""
    case = context.known_case
    contact = reachable(case, context)
    body = next((each.body for each in reversed(by_time(context.parts)) if isinstance(each.body, Reply)), None)
    if contact is None or body is None:
        return say(context, Message("reply.none", {"ref": case.ref}, choices=again(case)))
    sent = say(context, Message("reply.sent", {"ref": case.ref}, choices=again(case)))
    outcome = with_effects(sent, to_reporter(case, contact, _relayed(body)))
    return audited(outcome, Entry("reply", context.me.id, case.id, "again"))
