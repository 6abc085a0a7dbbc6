"""A check-in: "if I don't press OK in time, tell the desk, with my plan".

The plan is sealed at once, in a case of its own that nobody on the team may know of (`CaseState.SILENT`). When the time
comes without an OK, that case is as urgent as any; when the OK comes in time, it is erased.

Times are counted from now; how they are named by the clock is in `moment`.
"""

import re
from datetime import datetime, timedelta

from msgspec.structs import replace

from handlers import cards, caution, consent, duty, waits
from handlers.model import (
    REPORTER,
    Body,
    ById,
    ByToken,
    Case,
    CaseId,
    CaseState,
    CheckedIn,
    CheckIn,
    Choice,
    ConsentId,
    Contact,
    Context,
    Delete,
    Effect,
    Entry,
    Erase,
    Event,
    Level,
    Message,
    OnDuty,
    OpenCase,
    Outcome,
    Part,
    PartId,
    Plan,
    Seal,
    SetTimer,
    Step,
    Team,
    Text,
    Timer,
    Token,
)
from handlers.reporter import chat, follow, screens, start
from handlers.reporter.dial import LONGEST, SHORTEST, End
from handlers.reporter.send import reference
from handlers.speech import audited, first, screen, tell, with_effects

SOON = timedelta(minutes=15)
"""How long before the end its writer is reminded."""
LATER = timedelta(hours=1)
"""One press gives so much more time."""
MINUTES = re.compile(r"\d{1,4}")
NUMBER_WORDS = 2
"""What is longer than a number and its unit is somebody's own words."""


def begin(event: Event, context: Context) -> Outcome:
    """The check-in of this chat, or how long the next one should be: one at a time."""
    conversation = context.conversation
    if start.step_of(conversation) in {Step.LANGUAGE, Step.CONSENT}:
        return start.start(event, context)
    return _show(event, context, conversation.checkin) if conversation.checkin else more(event, context)


def _show(event: Event, context: Context, checkin: CheckIn) -> Outcome:
    resting = replace(context.conversation, step=Step.HOME, focus="")
    return screen(event, context, screens.checkin(context, checkin), resting)


def more(event: Event, context: Context) -> Outcome:
    """How long, from now: of a new one, or of the one that runs."""
    checkin = context.conversation.checkin
    if checkin and checkin.passed:
        return _show(event, context, checkin)
    if not context.desk.founded:
        return screen(event, context, screens.not_open(), context.conversation)
    asking = replace(context.conversation, step=Step.CHECKIN, focus="")
    return screen(event, context, screens.current(context, asking), asking)


def choose(event: Choice, context: Context) -> Outcome:
    """A press on a length."""
    return _chosen(event, context, event.arg)


def typed(event: Text, context: Context) -> Outcome:
    """Minutes, typed; anything longer is somebody's own words, and none of them are lost."""
    if len(event.text.split()) > NUMBER_WORDS:
        return follow.offer(event, replace(context, conversation=replace(context.conversation, step=Step.HOME)))
    return _chosen(event, context, event.text.strip())


def _chosen(event: Event, context: Context, wish: str) -> Outcome:
    conversation = context.conversation
    minutes = int(wish) if MINUTES.fullmatch(wish) else 0
    if not SHORTEST <= minutes <= LONGEST:
        return screen(
            event, context, replace(screens.current(context, conversation), id="checkin.minutes"), conversation
        )
    return until(event, context, End(minutes))


def until(event: Event, context: Context, end: End) -> Outcome:
    """It is to end then: the one that runs, or a new one, of which the plan is still to be written."""
    conversation = context.conversation
    if conversation.checkin and conversation.watched:
        return _run(event, context, _ending(conversation.checkin, end, context.now), "checkin.more")
    writing = replace(conversation, step=Step.PLAN, focus=end.focus)
    return screen(event, context, screens.current(context, writing), writing)


def _ending(checkin: CheckIn, end: End, now: datetime) -> CheckIn:
    """The same with that end; what came too near while the plan was written is put off."""
    if end.at is None:
        return replace(checkin, due=now + timedelta(minutes=end.minutes))
    return replace(checkin, due=max(end.at, now + timedelta(minutes=SHORTEST)), zone=end.zone)


def later(event: Choice, context: Context) -> Outcome:
    """An hour more, in one press."""
    checkin = context.conversation.checkin
    if checkin is None or checkin.passed:
        return begin(event, context)
    due = min(max(checkin.due, context.now) + LATER, context.now + timedelta(minutes=LONGEST))
    return _run(event, context, replace(checkin, due=due), "checkin.more")


def plan(event: Text, context: Context) -> Outcome:
    """The plan, sealed at once. Its message leaves the chat: a phone that is taken must not show whom it names."""
    case, token = _silent(context), Token(context.new_id())
    opened = OpenCase(case, _parts(event.text, token, context), token)
    end = End.read(context.conversation.focus)
    running = _ending(CheckIn(case.id, token, context.now), end, context.now)
    put_off = (Message("checkin.clock.late"),) if end.at and running.due > end.at else ()
    outcome = _run(event, context, running, "checkin.set", (*put_off, *_caution(event.text)))
    taken_away = Delete(context.person.address, (event.message,))
    return audited(with_effects(outcome, opened, taken_away), Entry("checkin-set", REPORTER, case.id))


def _run(event: Event, context: Context, checkin: CheckIn, said: str, lines: tuple[Message, ...] = ()) -> Outcome:
    """It ends when it is due now, whenever it was to end before."""
    running = replace(checkin, quiet=False)
    resting = replace(context.conversation, step=Step.HOME, focus="", checkin=running)
    shown = replace(screens.checkin(context, running), id=said)
    outcome = screen(event, context, replace(shown, lines=(*shown.lines, *lines)), resting)
    return with_effects(chat.tidied(outcome, context), *_timers(running, context.now))


def _timers(checkin: CheckIn, now: datetime) -> tuple[SetTimer, ...]:
    over = SetTimer("checkin", checkin.due, checkin.case, urgent=True)
    soon = SetTimer("checkin-soon", checkin.due - SOON, checkin.case, urgent=True)
    return (over, soon) if checkin.due - now > SOON else (over,)


def _caution(text: str) -> tuple[Message, ...]:
    kinds = tuple(Message(f"trace.{kind.value}") for kind in caution.traces(text))
    return (Message("checkin.caution", {"traces": cards.joined(kinds)}),) if kinds else ()


def _earlier(context: Context) -> tuple[Case, ...]:
    """The reports that this chat remembers, the oldest first."""
    found = (context.cases.get(ByToken(token)) for token in context.conversation.tokens)
    return tuple(sorted({case.id: case for case in found if case}.values(), key=lambda case: case.created))


def _silent(context: Context) -> Case:
    """A case that waits. Whom its writer has excluded before must not learn of this either."""
    earlier = _earlier(context)
    last = next(reversed(earlier), None)
    hidden = dict.fromkeys(code for case in earlier for code in case.hidden_from)
    return Case(
        id=CaseId(context.new_id()),
        ref=reference(context.new_id()),
        level=Level.P1,
        rules=(cards.CHECKIN,),
        category=last.category if last else "",
        origin=last.origin if last else (),
        host=last.host if last else "",
        language=context.conversation.language,
        program=context.program.version,
        created=context.now,
        state=CaseState.SILENT,
        hidden_from=tuple(hidden),
        agreed=last.agreed if last else consent.UNTIL_ASKED,
        aside=context.person.banned,
    )


def _parts(text: str, token: Token, context: Context) -> tuple[Part, ...]:
    conversation, earlier = context.conversation, _earlier(context)
    contact = Contact(context.person.address, conversation.language, token, conversation.safe_word)
    agreed = not earlier or ConsentId.REPLY in earlier[-1].agreed
    stored = (conversation.consent,) if conversation.consent else ()
    written = Plan(text, tuple(case.ref for case in earlier if case.state is not CaseState.SILENT))
    bodies: tuple[Body, ...] = (*((contact,) if agreed else ()), *stored, written)
    return tuple(Part(PartId(context.new_id()), context.now, REPORTER, body) for body in bodies)


def fine(event: Event, context: Context) -> Outcome:
    """OK. In time, nothing is left of it; later, the desk hears of it."""
    checkin = context.conversation.checkin
    if checkin and checkin.passed:
        return _fine_late(event, context, checkin)
    return _over(event, context, "checkin.fine")


def end(event: Event, context: Context) -> Outcome:
    """Not needed any more; too late, when the desk was told."""
    checkin = context.conversation.checkin
    if checkin and checkin.passed:
        return _show(event, context, checkin)
    return _over(event, context, "checkin.ended")


def _over(event: Event, context: Context, said: str) -> Outcome:
    """Nobody hears of it, and its plan is erased."""
    conversation = context.conversation
    resting = replace(conversation, step=Step.HOME, focus="", checkin=None)
    home = screens.home(resting)
    if conversation.checkin is None or not conversation.watched:
        return screen(event, context, replace(home, id="checkin.none"), resting)
    outcome = screen(event, context, replace(home, id=said), resting)
    return ended(chat.tidied(outcome, context), context)


def ended(outcome: Outcome, context: Context) -> Outcome:
    """The same outcome, and no check-in runs in this chat any more."""
    checkin = context.conversation.checkin
    if checkin is None or not context.conversation.watched:
        return outcome
    after = replace(outcome.conversation, checkin=None) if outcome.conversation else None
    erased = with_effects(replace(outcome, conversation=after), Erase(checkin.case))
    return audited(erased, Entry("checkin-over", REPORTER, checkin.case))


def _fine_late(event: Event, context: Context, checkin: CheckIn) -> Outcome:
    resting = replace(context.conversation, step=Step.HOME, focus="", checkin=None)
    case = context.cases.get(ById(checkin.case))
    if case is None:
        return screen(event, context, replace(screens.home(resting), id="checkin.none"), resting)
    outcome = screen(event, context, replace(screens.home(resting), id="checkin.late"), resting)
    seal = Seal(case.id, Part(PartId(context.new_id()), context.now, REPORTER, CheckedIn()))
    news = cards.to_holder(case, Message("case.checkedin", {"ref": case.ref}))
    told = () if case.state is CaseState.CLOSED else news
    return with_effects(replace(outcome, case=replace(case, unread=case.unread + 1)), seal, *told)


def soon(event: Timer, context: Context) -> Outcome:
    """A reminder. One that was set for an earlier end, or comes too late, is none."""
    conversation = context.conversation
    checkin = conversation.checkin
    if checkin is None or checkin.case != event.about or checkin.quiet or checkin.passed:
        return Outcome(conversation)
    running = replace(checkin, due=checkin.due - waits.set_back(event, context.now))
    if not context.now < running.due <= context.now + SOON:
        return Outcome(conversation)
    said = replace(screens.checkin(context, running), id="checkin.soon")
    return Outcome(replace(conversation, checkin=running), (replace(tell(context, said), urgent=True),))


def passed(event: Timer, context: Context) -> Outcome:
    """No OK came: from now on this is a report like any other, and the most urgent. The case decides, not the chat."""
    case, conversation = context.case, context.conversation
    if case is None or case.state is not CaseState.SILENT:
        return Outcome(conversation)
    opened = waits.foreseen(case, replace(case, state=CaseState.OPEN, created=context.now), context)
    outcome = Outcome(conversation, _page(opened, context), opened, (Entry("checkin", REPORTER, case.id),))
    checkin = conversation.checkin
    if checkin is None or checkin.case != case.id:
        return outcome
    tokens = (*conversation.tokens, checkin.token)[-follow.TOKENS :]
    over = replace(checkin, passed=True)
    outcome = replace(outcome, conversation=replace(conversation, checkin=over, tokens=tokens))
    told = replace(tell(context, screens.checkin(context, over)), urgent=True)
    return outcome if checkin.quiet else first(outcome, told)


def _page(case: Case, context: Context) -> tuple[Effect, ...]:
    """Everybody on duty; when nobody who may know of it is, the whole team."""
    awake = duty.meant(OnDuty(case.clearance), context.team, context.now, context.offset)
    notices = cards.notice(case, (), context.now)
    return notices if awake or case.aside else tuple(replace(each, to=Team(case.clearance)) for each in notices)
