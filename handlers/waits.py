"""How long a case may wait, and what follows: the one place that begins, ends and counts the waits of cases.

What one member asks of another about it waits too (`Request`), for a day; then it ends as if nobody had asked.

A wait stands in the header of its case. Whatever an outcome does to a case, `watched` looks at the header before and
after and at what was done, gives the case the wait that it should have, and sets its timer: no handler has to think of
it. A timer only wakes: what is due is read from the header then. So one that comes late, twice or for nothing does no
harm, and a server that was off for days calls once.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from handlers.model import (
    Address,
    Case,
    CaseId,
    CaseState,
    ConsentId,
    Context,
    Export,
    Level,
    Lowering,
    OpenCase,
    Original,
    Outcome,
    Request,
    SetTimer,
    Share,
    Timer,
    Wait,
)
from handlers.program import Circle, Clock, Program

TIMER = "wait"
EARLY = timedelta(minutes=1)
"""A timer that comes this much too early has come: clocks are set back by seconds all the time."""
DAILY = timedelta(days=1)
ASKED = timedelta(hours=24)
"""How long a request stands. Everybody has been awake and within reach of the chat once in a day (an invitation lasts
as long); a yes that comes later would be to a case that has changed meanwhile."""
LONG = timedelta(hours=12)
"""What lies in the database for longer than this tells nobody the minute in which a report came."""

ANSWERS = frozenset({"reply", "settle"})
"""Deeds of a holder (names of audit lines) that end the wait for an answer."""
OVER = frozenset({CaseState.SILENT, CaseState.CLOSED})
"""States in which a case waits for nobody: its time has not come, or it is done."""
PUT_OFF = frozenset({"hold", "settle"})
"""Deeds of a holder by which a case rests, and nobody else hears of it."""
READING = frozenset({"open"})
"""What ends the wait too, where the reporter wants no answer in the chat."""


def chat(case: CaseId) -> Address:
    """Where a case's own timers come back to: no messenger's chat, so nobody can leave, erase or ban it."""
    return Address(f"case:{case}")


def begun(case: Case, program: Program, now: datetime, idle: bool = False) -> Wait:
    """A wait that begins now."""
    clock = _clock(case.level, program)
    return Wait(now, now + timedelta(minutes=clock.idle if idle else clock.reply), idle)


def idle(level: Level, program: Program) -> int:
    """Minutes for which the holder of an answered case may do nothing."""
    return _clock(level, program).idle


def overdue(case: Case, now: datetime) -> bool:
    """Whether its reporter waits for longer than we aimed for."""
    return case.wait is not None and not case.wait.idle and now >= case.wait.due


def asked_until(now: datetime) -> datetime:
    """When a request of now ends."""
    return now + ASKED


def stands(request: Request | Export | None, now: datetime) -> bool:
    """Whether it can still be answered: by its own time, whenever the timer comes."""
    return request is not None and now < request.until


def is_own(wish: Lowering | Original | Share | Export, context: Context) -> bool:
    """Whether the speaker asked for it, and it can still be answered."""
    return wish.by == context.me.id and stands(wish, context.now)


def settled(case: Case, now: datetime) -> Case:
    """The case without the requests that nobody answered in time."""
    offered, lowering, original, share = (
        None if each and each.until <= now + EARLY else each
        for each in (case.offered, case.lowering, case.original, case.share)
    )
    return replace(case, offered=offered, lowering=lowering, original=original, share=share)


def watched(outcome: Outcome, context: Context) -> Outcome:
    """The same outcome, its cases with the waits that they should have and with their timers set."""
    before = context.headers
    effects = tuple(_opened(each, context) if isinstance(each, OpenCase) else each for each in outcome.effects)
    cases = tuple(_waiting(before.get(each.id), each, outcome, context) for each in outcome.cases)
    case = outcome.case
    if case or (context.case and _deeds(context.case, outcome)):
        case = _waiting(context.case, case or context.known_case, outcome, context)
    written = (*(each.case for each in effects if isinstance(each, OpenCase)), *cases, *((case,) if case else ()))
    timers = (timer for each in written for timer in _rewound(before.get(each.id), each, context))
    return replace(outcome, effects=(*effects, *timers), cases=cases, case=case)


def foreseen(before: Case, after: Case, context: Context) -> Case:
    """The case with the wait that `watched` will give it, for a handler that shows by when an answer is due."""
    return replace(after, wait=_wait(before, after, frozenset(), context))


def wound(case: Case, context: Context) -> tuple[SetTimer, ...]:
    """The timer of what comes next; none when nobody is to be called and nothing ends."""
    at = _wake(case, context)
    if at is None:
        return ()
    if at - context.now > LONG:
        at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return (SetTimer(TIMER, at, case.id, case.level is Level.P1, chat(case.id)),)


def set_back(event: Timer, now: datetime) -> timedelta:
    """By how much the machine's clock was set back, as a timer knows that comes before the time it was set for."""
    back = event.at - now if event.at else timedelta()
    return back if back > EARLY else timedelta()


def put_back(case: Case, event: Timer, now: datetime) -> Case:
    """The case, its wait told by a clock that was set back since: it has waited as long as before."""
    back = set_back(event, now)
    if case.wait is None or not back:
        return case
    return replace(case, wait=replace(case.wait, since=case.wait.since - back, due=case.wait.due - back))


def stepped(case: Case, context: Context) -> Case:
    """The case after all steps whose time has come; the same when none has."""
    if case.wait is None or case.aside or case.state in OVER:
        return case
    if case.wait.since > context.now + EARLY:  # begun by a clock that was set back since
        return replace(
            case, wait=replace(begun(case, context.program, context.now, case.wait.idle), seen=case.wait.seen)
        )
    passed = max(case.wait.steps, _passed(case, case.wait, context))
    return replace(case, wait=replace(case.wait, steps=passed))


def circles(before: Case, after: Case, program: Program) -> tuple[Circle, ...]:
    """Whom the steps reach that were done between; what is repeated calls the admins alone, when nobody holds it."""
    steps = _steps(after, program)
    if before.wait and before.wait.steps >= len(steps) and not after.holder:
        return (Circle.ADMINS,)
    done = after.wait.steps if after.wait else 0
    return tuple(dict.fromkeys(circle for _, circle in steps[:done]))


def _opened(effect: OpenCase, context: Context) -> OpenCase:
    case = effect.case
    waiting = case.state is not CaseState.SILENT
    wait = case.wait or (begun(case, context.program, context.now) if waiting else None)
    return replace(effect, case=replace(case, wait=wait))


def _waiting(before: Case | None, after: Case, outcome: Outcome, context: Context) -> Case:
    known = before if before and before.id == after.id else None
    deeds = _deeds(after, outcome)
    wait, in_time = _wait(known, after, deeds, context), _in_time(after, deeds, context)
    return replace(after, wait=wait, in_time=in_time, put_off=_put_off(known, after, deeds))


def _put_off(before: Case | None, after: Case, deeds: frozenset[str]) -> int:
    """How often it was put off, by whoever holds it and since they answered last: only an answer reaches anybody."""
    if before is None or before.holder != after.holder or "reply" in deeds:
        return 0
    return after.put_off + bool(deeds & PUT_OFF)


def _in_time(after: Case, deeds: frozenset[str], context: Context) -> bool | None:
    """Whether the first answer came by when it was promised; of a case that is closed too late without one, that it
    did not. No time is kept, so that nobody's hours of work are.
    """
    if after.in_time is not None or after.wait is None or after.wait.idle:
        return after.in_time
    late = context.now > after.wait.due
    if "reply" in deeds:
        return not late
    return False if late and after.state is CaseState.CLOSED else None


def _deeds(case: Case, outcome: Outcome) -> frozenset[str]:
    """What its holder did to a case, by the audit."""
    theirs = (entry for entry in outcome.audit if entry.case == case.id and entry.actor == case.holder)
    return frozenset(entry.action for entry in theirs)


def _rewound(before: Case | None, after: Case, context: Context) -> tuple[SetTimer, ...]:
    """The timer of a case, if it is not the one that is set already."""
    if before and _wake(before, context) == _wake(after, context):
        return ()
    return wound(after, context)


def _wait(before: Case | None, after: Case, deeds: frozenset[str], context: Context) -> Wait | None:
    """What a case waits for, once this has happened to it."""
    fresh, wait = begun(after, context.program, context.now), after.wait
    if after.state in OVER:
        return None
    if wait is None or wait.since > context.now + EARLY:
        return fresh
    if before and before.aside and not after.aside:  # until now nobody was to be called
        return fresh
    if deeds & (ANSWERS if ConsentId.REPLY in after.agreed else ANSWERS | READING):
        return begun(after, context.program, context.now, idle=True)
    if wait.idle:
        return _idle(before, after, deeds, context, fresh)
    if before and after.level != before.level:
        return replace(fresh, due=min(wait.due, fresh.due)) if after.level < before.level else fresh
    if before and before.holder and not after.holder:
        return replace(fresh, due=min(wait.due, fresh.due))
    # who has seen that nobody holds it has not seen that its holder doesn't answer
    return replace(wait, seen=()) if after.holder else wait


def _idle(before: Case | None, after: Case, deeds: frozenset[str], context: Context, fresh: Wait) -> Wait | None:
    """Of an answered case: its reporter writes again, its holder lets go of it, or does something."""
    wrote = before is not None and after.unread > before.unread
    if wrote or not after.holder:
        return fresh
    return begun(after, context.program, context.now, idle=True) if deeds else after.wait


def _wake(case: Case, context: Context) -> datetime | None:
    """When the next step of a case is due, or the first of its requests ends."""
    step = _step(case, context)
    ends = (each.until for each in (case.offered, case.lowering, case.original, case.share) if each)
    return min((*ends, *((step,) if step else ())), default=None)


def _step(case: Case, context: Context) -> datetime | None:
    if case.wait is None or case.aside or case.state in OVER:
        return None
    steps, done = _steps(case, context.program), case.wait.steps
    after = (
        steps[done][0] if done < len(steps) else steps[-1][0] + (done - len(steps) + 1) * _again(case, context.program)
    )
    return case.wait.since + after


def _passed(case: Case, wait: Wait, context: Context) -> int:
    """Steps whose time has come, the repeated last one included."""
    elapsed, steps = context.now + EARLY - wait.since, _steps(case, context.program)
    done = sum(after <= elapsed for after, _ in steps)
    return done + (elapsed - steps[-1][0]) // _again(case, context.program) if done == len(steps) else done


def _steps(case: Case, program: Program) -> tuple[tuple[timedelta, Circle], ...]:
    clock = _clock(case.level, program)
    if case.wait and case.wait.idle:
        idle = timedelta(minutes=clock.idle)
        return ((idle, Circle.HOLDER), (2 * idle, Circle.ADMINS))
    return tuple((timedelta(minutes=minutes), circle) for minutes, circle in clock.steps())


def _again(case: Case, program: Program) -> timedelta:
    """After the last step: daily, or as slowly as an answered case is looked at."""
    idle = case.wait is not None and case.wait.idle
    return timedelta(minutes=_clock(case.level, program).idle) if idle else DAILY


def _clock(level: Level, program: Program) -> Clock:
    return next(clock for name, clock in program.clocks.items() if name == level.name)
