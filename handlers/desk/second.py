"""An export goes by two admins: another looks at the same, and says yes to these bytes or no.

What may leave is found anew at each step with the keys of whoever takes it. A consent that was taken back, a case that
was hidden, changed or erased, another key: then the bytes are others, and nothing leaves by the old yes. As long as it
can be answered, no case of it is erased by time (`handlers.keeping`).
"""

from msgspec.structs import replace

from handlers import approved, cards, waits
from handlers.desk import exported, exports, orders
from handlers.desk.exported import Made
from handlers.model import (
    CLOCK,
    Address,
    Button,
    Called,
    Choice,
    Context,
    Edit,
    Entry,
    Export,
    Message,
    Outcome,
    PutExport,
    Send,
    SetTimer,
    Staff,
    Timer,
)
from handlers.program import Circle
from handlers.speech import audited, button, grid, rows, say, tell, with_effects

TIMER = "export"
CHAT = Address("export:desk")
"""Where its timer comes back to: no messenger's chat, so nobody can leave, erase or ban it."""
SLOT = "export"
"""Where the question stands in each admin's chat."""
DIGITS = 16
"""Of the digest, in the audit chain: 64 bits tell one export from another."""


def ask(event: Choice, context: Context) -> Outcome:
    """What the speaker has looked at is shown to another admin; those on duty hear of it. One waits at a time."""
    order, earlier = orders.read(event.arg), context.export
    made = exported.made(order, context) if order else None
    if made is None or made.digest != context.conversation.chosen:
        return exports.show(event, context)
    if not any(approved.may_decide(each) and each.id != context.me.id for each in context.team):
        team = Button(Message("plain", {"text": "/team"}), "team")
        return say(context, Message("export.alone", choices=rows(team)))
    if earlier and earlier.by != context.me.id and waits.stands(earlier, context.now):
        return say(context, Message("export.busy"))
    wish = Export(made.order, context.me.id, waits.asked_until(context.now), made.digest)
    outcome = with_effects(say(context, _waiting(wish)), Send(_others(wish), _asked(wish, context), SLOT))
    return audited(_put(outcome, wish, made), Entry("export.asked", context.me.id, detail=_detail(made)))


def look(event: Choice, context: Context) -> Outcome:
    """Exactly what leaves, for the second person."""
    found = _standing(event, context)
    if found is None:
        return _settled(context)
    wish, made = found
    if wish.by == context.me.id:
        return say(context, Message("refused.two"))
    ways = (button("vouch", "expyes", wish.order.name), button("vouch.no", "expno", wish.order.name))
    return exports.preview(made, "export.look", grid(ways, 2), context)


def agree(event: Choice, context: Context) -> Outcome:
    """The second person's yes to what they have looked at last; else they are shown what it would be to."""
    me, found = context.me, _standing(event, context)
    if found is None:
        return _settled(context)
    wish, made = found
    if wish.by == me.id or made.digest != context.conversation.chosen:
        return look(event, context)
    allowed = replace(wish, allowed=me.id, until=waits.asked_until(context.now))
    said = Message("export.agreed", {"name": me.name})
    ready = Send(Staff(wish.by), exports.ready(wish))
    outcome = with_effects(say(context, said), Edit(_others(wish), said, SLOT), ready)
    return audited(_put(outcome, allowed, made), Entry("export.yes", me.id, detail=_detail(made)))


def refuse(event: Choice, context: Context) -> Outcome:
    """The second person's no, or the first one's change of mind; to what they were asked about."""
    wish, me = context.export, context.me
    if wish is None or wish.order.name != event.arg or not waits.stands(wish, context.now):
        return _settled(context)
    said = Message("export.kept", {"name": me.name})
    told = (Send(Staff(wish.by), said),) if wish.by != me.id else ()
    outcome = with_effects(say(context, said), Edit(_others(wish), said, SLOT), *told, PutExport(None))
    return audited(outcome, Entry("export.no", me.id, detail=_detail(wish)))


def fetch(event: Choice, context: Context) -> Outcome:
    """The file, for whoever asked: once, and only as it was agreed to."""
    found = _standing(event, context, allowed=True)
    if found is None or found[0].by != context.me.id:
        return _lapsed(context)
    made, me = found[1], context.me.id
    done = Message("export.done", {"partner": made.partner.name})
    file = exported.leaving(made, context.person.address, context.new_id())
    outcome = with_effects(say(context, done), *file, PutExport(None))
    each = (Entry("export", me, case.id, _detail(made)) for case in made.cases)
    return audited(outcome, Entry("export", me, detail=_detail(made)), *each)


def question(context: Context) -> tuple[Send, ...]:
    """What another admin asks for once more, for somebody who may say yes to it; or who agreed, and the way to end it:
    as long as it waits to be fetched, no other can be asked for.
    """
    wish = context.export
    if wish is None or wish.by == context.me.id or not waits.stands(wish, context.now):
        return ()
    message = _agreed(wish, context) if wish.allowed else _asked(wish, context)
    return (replace(tell(context, message), slot=SLOT),)


def _waiting(wish: Export) -> Message:
    return Message("export.waits", choices=rows(button("cancel", "expno", wish.order.name)))


def waiting(context: Context) -> Message | None:
    """The speaker's own wish: the way to take it back, or to the file that another agreed to."""
    wish = context.export
    if wish is None or not waits.is_own(wish, context):
        return None
    return exports.ready(wish) if wish.allowed else _waiting(wish)


def over(event: Timer, context: Context) -> Outcome:
    """Nobody answered in time, or nobody fetched the file."""
    wish = context.export
    if wish is None or wish.until > context.now + waits.EARLY:
        return Outcome(None, _wound(wish) if wish else ())
    said = Message("export.over")
    told = (Send(Staff(wish.by), said), Edit(_others(wish), said, SLOT))
    return Outcome(None, (*told, PutExport(None)), audit=(Entry("export.over", CLOCK, detail=_detail(wish)),))


def _standing(event: Choice, context: Context, allowed: bool = False) -> tuple[Export, Made] | None:
    """What was asked for, if the speaker's keys make the same bytes of it now. A yes ends with whoever gave it."""
    wish = context.export
    if wish is None or bool(wish.allowed) != allowed or not waits.stands(wish, context.now):
        return None
    deciding = {each.id for each in context.team if approved.may_decide(each)}
    if not {wish.by, wish.allowed or wish.by} <= deciding:
        return None
    made = exported.made(wish.order, context) if wish.order.name == event.arg else None
    return (wish, made) if made and made.digest == wish.digest else None


def _put(outcome: Outcome, wish: Export, made: Made) -> Outcome:
    """It waits from now on, and its cases stay as long."""
    cases = tuple(replace(case, exporting=wish.until) for case in made.cases)
    return with_effects(replace(outcome, cases=cases), PutExport(wish), *_wound(wish))


def _wound(wish: Export) -> tuple[SetTimer, ...]:
    return (SetTimer(TIMER, wish.until, to=CHAT),)


def _asked(wish: Export, context: Context) -> Message:
    ways = grid((button("share.look", "explook", wish.order.name), button("vouch.no", "expno", wish.order.name)), 2)
    return Message("export.asks", {"name": cards.name_of(wish.by, context.team)}, choices=ways)


def _agreed(wish: Export, context: Context) -> Message:
    ends = rows(button("cancel", "expno", wish.order.name))
    return Message("export.agreed", {"name": cards.name_of(wish.allowed, context.team)}, choices=ends)


def _settled(context: Context) -> Outcome:
    """Ended, answered, changed, or not the same for who looks: nothing leaves by this."""
    return say(context, Message("export.settled"))


def _lapsed(context: Context) -> Outcome:
    """What another agreed to is not what it was: that ends, so that it can be asked for anew."""
    wish, settled = context.export, _settled(context)
    if wish is None or not wish.allowed or wish.by != context.me.id:
        return settled
    ended = with_effects(settled, PutExport(None))
    return audited(ended, Entry("export.over", context.me.id, detail=_detail(wish)))


def _detail(about: Export | Made) -> str:
    return f"{about.order.name} {about.digest[:DIGITS]}"


def _others(wish: Export) -> Called:
    """Every other admin."""
    return Called((Circle.ADMINS,), holder=wish.by)
