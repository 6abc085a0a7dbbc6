"""The queue, claiming and letting go."""

from msgspec.structs import replace

from handlers import cards
from handlers.desk import traces
from handlers.desk.talk import told
from handlers.model import (
    Case,
    CaseState,
    Command,
    Context,
    Edit,
    Entry,
    Event,
    MemberId,
    Message,
    Outcome,
    Role,
    Step,
    Team,
    Withdraw,
)
from handlers.permissions import may_know
from handlers.speech import UNLOCK, audited, button, rows, say, with_effects

SHOWN = 8
"""Cases on one page of the queue: a phone's screen, and one button each."""
ASIDE = "aside"


def queue(event: Event, context: Context) -> Outcome:
    """Open cases, most urgent first, and the member's own; for an admin, `aside` shows those that were set aside."""
    known = tuple(case for case in _known(context) if case.state is CaseState.OPEN)
    aside = isinstance(event, Command) and event.args.strip() == ASIDE and context.me.role is Role.ADMIN
    if aside:
        return say(context, _open(tuple(case for case in known if case.aside), context))
    return say(context, _open(tuple(case for case in known if not case.aside), context), *mine(context))


def mine(context: Context) -> tuple[Message, ...]:
    """The member's own cases, each with a button; nothing when there is none."""
    held = tuple(case for case in _known(context) if case.holder == context.me.id)
    return (_mine(held, context),) if held else ()


def _known(context: Context) -> tuple[Case, ...]:
    return tuple(case for case in context.queue if may_know(context.me, case, context.team))


def _open(cases: tuple[Case, ...], context: Context) -> Message:
    if not cases:
        return Message("queue.empty")
    shown = cases[:SHOWN]
    lines = tuple(cards.line(case, context.now) for case in shown)
    more = (Message("queue.more", count=len(cases) - SHOWN),) if len(cases) > SHOWN else ()
    claims = tuple(button("claim.ref", "claim", case.id, ref=case.ref) for case in shown)
    return Message("queue.open", lines=(*lines, *more), choices=rows(*claims), count=len(cases))


def _mine(cases: tuple[Case, ...], context: Context) -> Message:
    lines = tuple(_own_line(case, context) for case in cases)
    opens = tuple(button("open.ref", "open", case.id, ref=case.ref) for case in cases[:SHOWN])
    return Message("queue.mine", lines=lines, choices=rows(*opens))


def _own_line(case: Case, context: Context) -> Message:
    line = cards.line(case, context.now)
    unread = (Message("queue.unread", count=case.unread),) if case.unread else ()
    return replace(line, lines=(*line.lines, *unread))


def claim(event: Event, context: Context) -> Outcome:
    """Take a case. Decided on the locked row, so that exactly one of many wins."""
    case, me = context.known_case, context.me
    if case.state is CaseState.CLAIMED:
        return say(context, _taken(case, context))
    claimed = replace(case, state=CaseState.CLAIMED, holder=me.id, aside=False)
    claimed, news = told(claimed, context)
    answer = say(context, _next_step(case, context))
    card = Edit(
        to=Team(case.hidden_from), message=cards.card(claimed, context.team, context.now), slot=cards.slot(case)
    )
    outcome = with_effects(answer, card, *news)
    return audited(replace(outcome, case=claimed), Entry("claim", me.id, case.id))


def _next_step(case: Case, context: Context) -> Message:
    if context.person.unlocked:
        return Message("claim.done", {"ref": case.ref}, choices=rows(button("open", "open", case.id)))
    return Message("claim.locked", {"ref": case.ref}, choices=rows(UNLOCK, button("open", "open", case.id)))


def _taken(case: Case, context: Context) -> Message:
    if case.holder == context.me.id:
        return Message("claim.yours", {"ref": case.ref}, choices=rows(button("open", "open", case.id)))
    return Message("claim.taken", {"ref": case.ref, "name": cards.name_of(case.holder, context.team)})


def release(event: Event, context: Context) -> Outcome:
    """Let go of a case: it is open again, and everybody on duty is told."""
    case, me = context.known_case, context.me
    if case.state is not CaseState.CLAIMED:
        return say(context, Message("release.open", {"ref": case.ref}))
    released, news = told(replace(case, state=CaseState.OPEN, holder=MemberId("")), context)
    resting = replace(traces.without(context.conversation, case.id), step=Step.HOME, focus="")
    outcome = with_effects(
        say(context, Message("release.done", {"ref": case.ref}), conversation=resting),
        *cards.reopened(released, context.team, context.now),
        Withdraw(context.person.address, cards.traces(case.id)),
        *news,
    )
    return audited(replace(outcome, case=released), Entry("release", me.id, case.id))
