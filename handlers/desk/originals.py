"""Files as they came: hostile for all we know, and able to show who sent them. Nobody gets one alone.

Whoever says yes or no is named to whoever asked, so that they can talk about it: the timeline of the case says it too.
Who does not want to be named leaves it unanswered; then it ends by itself (`waits.ASKED`), in nobody's name.
"""

from msgspec.structs import replace

from handlers import cards, standing, waits
from handlers.desk import reading
from handlers.model import (
    Called,
    Case,
    Choice,
    Context,
    Edit,
    Effect,
    Entry,
    File,
    MemberId,
    Message,
    Original,
    Outcome,
    PartId,
    Send,
    Staff,
)
from handlers.permissions import another, cleared, may_know, readers
from handlers.program import Circle
from handlers.speech import audited, button, grid, rows, say, tell, with_effects


def ask(event: Choice, context: Context) -> Outcome:
    """The file, if another has said yes to exactly this; otherwise those on duty who may know of it are asked."""
    case, file = context.known_case, PartId(event.arg)
    if _allowed(case, file, context):
        return replace(reading.send_original(event, context), case=replace(case, original=None))
    if not any(part.id == event.arg and isinstance(part.body, File) for part in context.parts):
        return say(context, Message("file.elsewhere"))
    wish = Original(file, context.me.id, waits.asked_until(context.now))
    asked = Send(_others(case, context.me.id), _asked(case, wish, context), _slot(case))
    outcome = with_effects(say(context, _waiting(case, context)), asked)
    entry = Entry("original.asked", context.me.id, case.id)
    return audited(replace(outcome, case=replace(case, original=wish)), entry)


def _allowed(case: Case, file: PartId, context: Context) -> bool:
    """Whether another has said yes to exactly this, not too long ago. A yes ends with whoever gave it."""
    wish = case.original
    if wish is None or wish.file != file or not waits.is_own(wish, context):
        return False
    return wish.allowed in cleared(case.clearance, context.team)


def _asked(case: Case, wish: Original, context: Context) -> Message:
    answers = grid((button("vouch", "vouch", agreeing(case, wish)), button("vouch.no", "vouchno", case.id)), 2)
    return Message("original.ask", {"ref": case.ref, "name": cards.name_of(wish.by, context.team)}, choices=answers)


def agreeing(case: Case, wish: Original) -> str:
    """What the yes to this file for this member carries."""
    return cards.marked(case, wish.file, wish.by)


def _waiting(case: Case, context: Context) -> Message:
    id = "original.waits" if another(case, context.me, context.team) else "second.nobody"
    return Message(id, {"ref": case.ref}, choices=rows(button("cancel", "vouchno", case.id)))


def waiting(case: Case, context: Context) -> Message | None:
    """The speaker's own wish that nobody has answered, with the way to take it back."""
    wish = case.original
    return _waiting(case, context) if wish and not wish.allowed and waits.is_own(wish, context) else None


def question(case: Case, context: Context) -> Send | None:
    """What another asks for once more, for somebody who may say yes to it."""
    wish, me = case.original, context.me
    if wish is None or wish.allowed or wish.by == me.id or not waits.stands(wish, context.now):
        return None
    known = may_know(me, case, context.team)
    return replace(tell(context, _asked(case, wish, context)), slot=_slot(case)) if known else None


def vouch(event: Choice, context: Context) -> Outcome:
    """The second person's yes, to what they were asked: another wish since is asked anew. The file goes to whoever
    wished for it, when they press for it with open keys.
    """
    case, wish, me = context.known_case, context.known_case.original, context.me
    if wish is None or wish.allowed or not waits.stands(wish, context.now):
        return say(context, Message("level.settled", {"ref": case.ref}))
    if wish.by not in readers(case, context.team):
        return say(context, Message("level.settled", {"ref": case.ref}))
    if wish.by == me.id:
        return say(context, Message("refused.two"))
    if event.arg != agreeing(case, wish):
        return say(context, _asked(case, wish, context))
    said = Message("original.allowed", {"ref": case.ref, "name": me.name})
    fetch = replace(said, choices=rows(button("original.get", "original", wish.file)))
    outcome = with_effects(
        say(context, said),
        Edit(_others(case, wish.by), said, slot=_slot(case)),
        Send(to=Staff(wish.by), message=fetch),
    )
    allowed = replace(case, original=replace(wish, allowed=me.id, until=waits.asked_until(context.now)))
    return audited(replace(outcome, case=allowed), Entry("vouch", me.id, case.id))


def refuse(event: Choice, context: Context) -> Outcome:
    """The second person's no, or the first one's change of mind: no file goes, and it can be asked for again."""
    case, wish, me = context.known_case, context.known_case.original, context.me
    if wish is None or wish.allowed:
        return say(context, Message("level.settled", {"ref": case.ref}))
    said = Message("original.kept", {"ref": case.ref, "name": me.name})
    told = standing.word(wish.by, said, case, context) if wish.by != me.id else ()
    outcome = with_effects(say(context, said), Edit(_others(case, wish.by), said, slot=_slot(case)), *told)
    return audited(replace(outcome, case=replace(case, original=None)), Entry("original.kept", me.id, case.id))


def over(case: Case, context: Context) -> tuple[Effect, ...]:
    """Nobody answered in time, or nobody fetched the file: who asked is told, and the question goes."""
    if case.original is None:
        return ()
    said, by = Message("original.over", {"ref": case.ref}), case.original.by
    return *standing.word(by, said, case, context), Edit(_others(case, by), said, slot=_slot(case))


def _others(case: Case, asking: MemberId) -> Called:
    """Everybody on duty who may know of it; when nobody else may, nobody: an exclusion is not lifted for a question."""
    return Called((Circle.DUTY,), case.clearance, holder=asking, case=case.id)


def _slot(case: Case) -> str:
    return f"original:{case.id}"
