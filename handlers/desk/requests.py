"""What one member asks of another about a case: where it is found again, and what follows when nobody answers."""

from collections.abc import Iterable

from handlers import approved
from handlers.desk import claims, countersign, levels, originals, second
from handlers.model import CLOCK, Case, Context, Effect, Entry, Event, Message, Outcome, Role, Send
from handlers.permissions import may_know
from handlers.speech import say, tell, with_effects

KINDS = {"offered": "handover.over", "lowering": "level.over", "original": "original.over", "share": "share.over"}
"""Where a request stands in the header of its case, and how its end is audited."""


MOST = 8
"""Questions shown at once, the most urgent cases first; more come when these are answered."""


def mine(event: Event, context: Context) -> Outcome:
    """`/requests`: what waits for the speaker's yes or no about open cases, each with its buttons; then what they
    asked of others.
    """
    cases = sorted(context.queue, key=lambda case: (case.level, case.created, case.id))
    of_cases = [question for case in cases for question in _asked(case, context)]
    office = (*_of_advisories(context), *second.question(context)) if context.me.role is Role.ADMIN else ()
    asked = [*office, *of_cases, *(tell(context, own) for own in _own(cases, context))][:MOST]
    return with_effects(say(context), *asked) if asked else say(context, Message("requests.none"))


def _own(cases: Iterable[Case], context: Context) -> Iterable[Message]:
    """What the speaker waits for, and the way to take it back."""
    if context.me.role is Role.ADMIN:
        yield from (approved.asked(each) for each in context.advisories if approved.is_own(each, context))
        yield from filter(None, (second.waiting(context),))
    known = (case for case in cases if may_know(context.me, case, context.team))
    every = (each.waiting(case, context) for case in known for each in (claims, levels, originals, countersign))
    yield from filter(None, every)


def _asked(case: Case, context: Context) -> tuple[Send, ...]:
    every = (each.question(case, context) for each in (claims, levels, originals, countersign))
    return tuple(question for question in every if question)


def _of_advisories(context: Context) -> tuple[Send, ...]:
    """What another admin wants to send; the question stands below its texts, a press away."""
    return tuple(
        tell(context, approved.waiting(each, context)) for each in context.advisories if approved.open_to(each, context)
    )


def ended(before: Case, after: Case) -> tuple[Entry, ...]:
    """The audit lines of the requests that time has ended."""
    return tuple(Entry(action, CLOCK, before.id) for kind, action in KINDS.items() if _gone(kind, before, after))


def told(before: Case, after: Case, context: Context) -> tuple[Effect, ...]:
    """What those concerned hear of it."""
    endings = {
        "offered": claims.over(before, context),
        "lowering": levels.over(before, context),
        "original": originals.over(before, context),
        "share": countersign.over(before, context),
    }
    return tuple(each for kind, said in endings.items() if _gone(kind, before, after) for each in said)


def _gone(kind: str, before: Case, after: Case) -> bool:
    return getattr(before, kind) is not None and getattr(after, kind) is None
