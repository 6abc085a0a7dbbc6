"""Cases that wait too long: whom the next step calls, and the ways to be called no more; requests that end."""

from msgspec.structs import replace

from handlers import cards, waits
from handlers.desk import requests
from handlers.model import (
    CLOCK,
    Button,
    Called,
    Case,
    ConsentId,
    Context,
    Entry,
    Event,
    Level,
    Message,
    Outcome,
    Param,
    Send,
    Span,
    Staff,
    Timer,
)
from handlers.program import Circle
from handlers.speech import audited, button, rows, say, with_effects

OFTEN = 3
"""Times that a holder may put a case off by themselves: once is patience, twice an illness or a holiday."""


def due(event: Timer, context: Context) -> Outcome:
    """The time of a case has come. Without a case nothing is left to wait for; else the next timer is set."""
    case = context.case
    if case is None:
        return Outcome(None)
    settled = waits.settled(waits.put_back(case, event, context.now), context.now)
    later = waits.stepped(settled, context)
    if later == case:
        return Outcome(None, waits.wound(case, context))
    outcome = audited(Outcome(None, requests.told(case, settled, context), later), *requests.ended(case, settled))
    circles = waits.circles(settled, later, context.program) if later != settled else ()
    if not circles:
        return outcome
    return audited(with_effects(outcome, *_calls(later, circles, context)), Entry("call", CLOCK, case.id, circles[-1]))


def _calls(case: Case, circles: tuple[Circle, ...], context: Context) -> tuple[Send, ...]:
    if not case.holder:
        return (_page(case, circles, context),)
    others = () if set(circles) <= {Circle.HOLDER} else (_send(case, _held(case, context), circles),)
    return (_reminder(case, context), *others)


def _page(case: Case, circles: tuple[Circle, ...], context: Context) -> Send:
    """The card once more, to be claimed."""
    card = cards.card(case, context.team, context.now)
    return replace(_send(case, card, circles), slot=cards.slot(case))


def _reminder(case: Case, context: Context) -> Send:
    """To the holder: what is asked of them, and the ways out."""
    opens = button("open.ref", "open", case.id, ref=case.ref)
    said = Message(f"wait.{_what(case)}.yours", _facts(case, context), choices=rows(opens, *_ways_out(case)))
    return Send(to=Staff(case.holder), message=said, urgent=_critical(case), wakes=_critical(case), together=MANY)


MANY = "notice.waiting"
"""What is said once instead of many such notices."""


def _ways_out(case: Case) -> tuple[Button, ...]:
    hold = button("hold", "hold", case.id)
    return (hold, button("release", "release", case.id)) if _idle(case) else (button("settle", "settle", case.id),)


def _held(case: Case, context: Context) -> Message:
    """To everybody else: who has it, and for how long it has been waiting."""
    return Message(
        f"wait.{_what(case)}.held", _facts(case, context) | {"name": cards.name_of(case.holder, context.team)}
    )


def _send(case: Case, message: Message, circles: tuple[Circle, ...]) -> Send:
    """Who has seen it is not called again, until the daily reminder: then everybody is."""
    seen = case.wait.seen if case.wait and circles != (Circle.ADMINS,) else ()
    to = Called(circles, case.clearance, case.holder, seen, case.id, case.language)
    return Send(to=to, message=message, urgent=_critical(case), wakes=_critical(case), together=MANY)


def _idle(case: Case) -> bool:
    return case.wait is not None and case.wait.idle


def _what(case: Case) -> str:
    return "idle" if _idle(case) else "answer"


def _facts(case: Case, context: Context) -> dict[str, Param]:
    since = case.wait.since if case.wait else context.now
    minutes = int((context.now - since).total_seconds() // 60)
    return {"ref": case.ref, "level": cards.level(case), "age": Span(max(minutes, 1))}


def _critical(case: Case) -> bool:
    return case.level is Level.P1


def seen(event: Event, context: Context) -> Outcome:
    """No more pages of this case for this member, as long as it waits for the same."""
    case, me = context.known_case, context.me
    if case.wait is None or case.holder:
        return say(context, Message("seen.over", {"ref": case.ref}))
    known = tuple(dict.fromkeys((*case.wait.seen, me.id)))
    claims = rows(button("claim.ref", "claim", case.id, ref=case.ref))
    outcome = say(context, Message("seen.done", {"ref": case.ref}, choices=claims))
    changed = replace(case, wait=replace(case.wait, seen=known))
    return audited(replace(outcome, case=changed), Entry("seen", me.id, case.id))


def settle(event: Event, context: Context) -> Outcome:
    """Nothing has to be answered: what the reporter wrote last needs none, or was answered elsewhere."""
    case = context.known_case
    outcome = with_effects(say(context, Message("settle.done", {"ref": case.ref})), *_put_off(context))
    return audited(outcome, Entry("settle", context.me.id, case.id))


def hold(event: Event, context: Context) -> Outcome:
    """Its holder goes on with it, and is asked again in as long a time. Whoever waits for an answer still does."""
    case = context.known_case
    if not _idle(case):
        return say(context, _reminder(case, context).message)
    again = Span(waits.idle(case.level, context.program))
    outcome = with_effects(say(context, Message("hold.done", {"ref": case.ref, "again": again})), *_put_off(context))
    return audited(outcome, Entry("hold", context.me.id, case.id))


def _put_off(context: Context) -> tuple[Send, ...]:
    """A case that rests again and again, and its reporter hears nothing: the admins hear of it. Of somebody in danger
    who never had an answer, and wants one, they hear at once.
    """
    case, times = context.known_case, context.known_case.put_off + 1
    alone = _critical(case) and case.in_time is None and ConsentId.REPLY in case.agreed
    if times < OFTEN and not alone:
        return ()
    facts: dict[str, Param] = {"ref": case.ref, "level": cards.level(case), "name": context.me.name, "times": times}
    ways = rows(button("open.ref", "open", case.id, ref=case.ref), button("release", "release", case.id))
    to = Called((Circle.ADMINS,), case.clearance, case.holder, case=case.id)
    return (Send(to=to, message=Message("hold.often", facts, choices=ways), urgent=alone, wakes=alone),)
