"""Files as they came: hostile for all we know, and able to show who sent them. Nobody gets one alone."""

from msgspec.structs import replace

from handlers.desk import reading
from handlers.model import (
    Case,
    Choice,
    Context,
    Edit,
    Entry,
    File,
    Message,
    OnDuty,
    Original,
    Outcome,
    PartId,
    Send,
    Staff,
)
from handlers.speech import audited, button, rows, say, with_effects


def ask(event: Choice, context: Context) -> Outcome:
    """The file, if another has said yes to exactly this; otherwise those on duty who may know of it are asked."""
    case, wish = context.known_case, Original(PartId(event.arg), context.me.id)
    if case.original == replace(wish, allowed=True):
        return replace(reading.send_original(event, context), case=replace(case, original=None))
    if not any(part.id == event.arg and isinstance(part.body, File) for part in context.parts):
        return say(context, Message("file.elsewhere"))
    asked = Message("original.ask", {"ref": case.ref, "name": context.me.name})
    question = Send(
        _others(case, context), replace(asked, choices=rows(button("vouch", "vouch", case.id))), _slot(case)
    )
    outcome = with_effects(say(context, Message("original.waits", {"ref": case.ref})), question)
    entry = Entry("original.asked", context.me.id, case.id)
    return audited(replace(outcome, case=replace(case, original=wish)), entry)


def vouch(event: Choice, context: Context) -> Outcome:
    """The second person's yes. The file goes to whoever asked, when they press for it with open keys."""
    case, wish, me = context.known_case, context.known_case.original, context.me
    if wish is None or wish.allowed:
        return say(context, Message("level.settled", {"ref": case.ref}))
    if wish.by == me.id:
        return say(context, Message("refused.two"))
    said = Message("original.allowed", {"ref": case.ref, "name": me.name})
    fetch = replace(said, choices=rows(button("original.get", "original", wish.file)))
    outcome = with_effects(
        say(context, said),
        Edit(_others(case, context), said, slot=_slot(case)),
        Send(to=Staff(wish.by), message=fetch),
    )
    allowed = replace(case, original=replace(wish, allowed=True))
    return audited(replace(outcome, case=allowed), Entry("vouch", me.id, case.id))


def _others(case: Case, context: Context) -> OnDuty:
    asking = case.original.by if case.original else context.me.id
    return OnDuty(replace(case.clearance, without=(*case.clearance.without, asking)))


def _slot(case: Case) -> str:
    return f"original:{case.id}"
