"""An advisory that was asked for or approved: what becomes of it, by its own clock and by what admins do about it.

Every admin has one message of it (`progress`), which is changed as it goes on. Its timer only wakes: what is due is
told by its state, so one that comes late, twice or after a restart does no harm.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from handlers import approved
from handlers.model import (
    CLOCK,
    UNDER_WAY,
    Admins,
    Advise,
    Advisory,
    AdvisoryId,
    Button,
    Choice,
    Context,
    Edit,
    Effect,
    Entry,
    Message,
    Outcome,
    Param,
    Send,
    SetTimer,
    Staff,
    Timer,
)
from handlers.office import progress
from handlers.speech import UNLOCK, audited, button, rows, say, with_effects
from handlers.waits import EARLY

TIMER = "advisory"
BEAT = timedelta(seconds=3)
"""How often the live count is refreshed: well under one edit a second for a chat."""
LONG_BEAT = timedelta(seconds=15)
"""The same while it waits: that may last all night."""


def due(event: Timer, context: Context) -> Outcome:
    """Its time has come, or it is looked at again while it is on its way."""
    advisory = context.advisory
    if advisory is None:
        return Outcome(None)
    over = advisory.until is None or advisory.until <= context.now + EARLY
    if advisory.state == "asked" and over:
        ended = changed(Outcome(None), replace(advisory, state="void"), context)
        return audited(with_effects(ended, _late(advisory)), Entry("advise.over", CLOCK, detail=advisory.id))
    if advisory.state == "planned" and advisory.at and advisory.at <= context.now:
        return _on_time(advisory, context)
    if advisory.state == "altered":
        return altered(Outcome(None), advisory, CLOCK, context)
    shown = (_shown(advisory, context),) if advisory.state not in {"asked", "planned"} else ()
    return Outcome(None, (*shown, *wound(advisory, context)))


def _late(advisory: Advisory) -> Send:
    """Its writer counts on it, and has its words again by one press."""
    said = Message("advise.late", {"number": advisory.number}, choices=rows(approved.edit(advisory)))
    return Send(Staff(advisory.author), said, wakes=True)


def _on_time(advisory: Advisory, context: Context) -> Outcome:
    """It begins; or waits, when nobody is unlocked, and the admins are told. A yes ends with whoever gave it."""
    deciding = {each.id for each in context.team if approved.may_decide(each)}
    if not {advisory.author, advisory.approver} <= deciding:
        void = changed(Outcome(None), replace(advisory, state="void"), context)
        unsaid = Send(Admins(), Message("advise.unsaid", {"number": advisory.number}), wakes=True)
        return audited(with_effects(void, unsaid), Entry("advise.over", CLOCK, detail=advisory.id))
    begun = with_effects(Outcome(None), *started(advisory, context))
    locked = Message("advise.locked", {"number": advisory.number}, choices=rows(UNLOCK))
    told = () if context.open_since else (Send(Admins(), locked, wakes=True),)
    return audited(with_effects(begun, *told), Entry("advise", CLOCK, detail=advisory.id))


def started(advisory: Advisory, context: Context) -> tuple[Effect, ...]:
    """It goes out from now on, or goes on."""
    running = replace(advisory, state="running", begun=context.now, before=advisory.sent + advisory.failed)
    return (Advise(running), _shown(running, context), *wound(running, context))


def changed(outcome: Outcome, after: Advisory, context: Context) -> Outcome:
    """The same outcome; the advisory is in another state, which every admin sees."""
    return with_effects(outcome, Advise(after), _shown(after, context), *wound(after, context))


def altered(outcome: Outcome, advisory: Advisory, actor: str, context: Context) -> Outcome:
    """The same outcome; the advisory is no longer what was approved, which no admin may miss."""
    told = Send(Admins(), progress.status(advisory, context), slot=approved.slot(advisory), wakes=True)
    return audited(
        with_effects(outcome, _shown(advisory, context), told), Entry("advise.altered", actor, detail=advisory.id)
    )


def wound(advisory: Advisory, context: Context) -> tuple[SetTimer, ...]:
    """Its timer, for what comes next; none when nothing does."""
    at = _wake(advisory, context.now)
    return (SetTimer(TIMER, at, advisory.id, to=approved.chat(advisory.id)),) if at else ()


def _wake(advisory: Advisory, now: datetime) -> datetime | None:
    match advisory.state:
        case "asked":
            return advisory.until
        case "planned":
            return advisory.at
        case "running":
            return now + BEAT
        case "paused" | "held":
            return now + LONG_BEAT
    return None


def _shown(advisory: Advisory, context: Context) -> Edit:
    return Edit(to=Admins(), message=progress.status(advisory, context), slot=approved.slot(advisory))


# --- What an admin does about it ---


def hold(event: Choice, context: Context) -> Outcome:
    """Nothing more goes out until it goes on. What a messenger is being told just then (ten at most) still arrives."""
    advisory = context.advisory
    if advisory is None or advisory.deletes or advisory.state not in {"running", "paused"}:
        return progress.show(event, context)
    after = replace(advisory, state="held")
    held = with_effects(changed(say(context), after, context), *_told(after, context))
    return audited(held, Entry("advise.held", context.me.id, detail=advisory.id))


def _told(advisory: Advisory, context: Context) -> tuple[Send, ...]:
    """The other admins hear by whom a warning was held back: a message that only changes rings at nobody's."""
    shown = progress.status(advisory, context)
    said = replace(shown, lines=(*shown.lines, Message("advise.by", {"name": context.me.name})), choices=())
    others = (each for each in context.team if approved.may_decide(each) and each.id != context.me.id)
    return tuple(Send(Staff(each.id), said) for each in others)


def go_on(event: Choice, context: Context) -> Outcome:
    """From where it was."""
    advisory = context.advisory
    if advisory is None or advisory.state != "held":
        return progress.show(event, context)
    outcome = with_effects(say(context), *started(advisory, context))
    return audited(outcome, Entry("advise.resumed", context.me.id, detail=advisory.id))


def ask_stop(event: Choice, context: Context) -> Outcome:
    """Asked once more, for those who have it and those who don't would be hard to tell apart afterwards."""
    advisory = context.advisory
    if advisory is None or advisory.deletes or advisory.state not in UNDER_WAY:
        return progress.show(event, context)
    yes, id = button("advise.stop.yes", "advend", advisory.id), "advise.fix.stop" if advisory.of else "advise.stop.ask"
    return say(context, Message(id, {"number": advisory.number}, choices=rows(yes, _no(advisory))))


def drop(event: Choice, context: Context) -> Outcome:
    """What has not begun never does. Of what has, it is asked first: the button may stand there from before."""
    advisory = context.advisory
    begins = advisory is not None and advisory.state in {"asked", "planned"}
    return end(event, context) if begins else ask_stop(event, context)


def end(event: Choice, context: Context) -> Outcome:
    """What has not begun never does; what is on its way ends where it is: what is out is out."""
    advisory = context.advisory
    if advisory is None or advisory.deletes or advisory.state not in {"asked", "planned", *UNDER_WAY}:
        return progress.show(event, context)
    begun = advisory.state in UNDER_WAY
    after = replace(advisory, state="stopped" if begun else "void")
    told = () if advisory.state == "asked" else _told(after, context)
    ended = with_effects(changed(say(context), after, context), *told)
    last = SetTimer(TIMER, context.now + BEAT, advisory.id, to=approved.chat(advisory.id))
    outcome = with_effects(ended, *((last,) if begun else ()))  # a few were on their way
    return audited(outcome, Entry("advise.stopped", context.me.id, detail=advisory.id))


def ask_recall(event: Choice, context: Context) -> Outcome:
    """Asked once more: a warning that vanishes frightens too."""
    advisory = context.advisory
    if advisory is None or not progress.recallable(advisory, context.now):
        return progress.show(event, context)
    yes = button("advise.recall.yes", "advwipe", advisory.id)
    facts: dict[str, Param] = {"number": advisory.number, "sent": advisory.sent}
    return say(context, Message("advise.recall.ask", facts, choices=rows(yes, _no(advisory))))


def _no(advisory: Advisory) -> Button:
    """To where it stands, with nothing done."""
    return button("back", "advshow", advisory.id)


def recall(event: Choice, context: Context) -> Outcome:
    """Out of every chat that has it, at the pace of an advisory. One admin may: it takes words back, and adds none."""
    advisory = context.advisory
    if advisory is None or not progress.recallable(advisory, context.now):
        return progress.show(event, context)
    under_way = next((each for each in context.corrections if each.deletes and each.state in UNDER_WAY), None)
    if under_way:
        return progress.show(event, replace(context, advisory=under_way))
    taking = _taking_back(advisory, context)
    told = Send(Admins(), progress.status(taking, context), slot=approved.slot(taking))
    outcome = with_effects(replaced(say(context), context), Advise(taking), told, *wound(taking, context))
    return audited(outcome, Entry("advise.recalled", context.me.id, detail=advisory.id))


def replaced(outcome: Outcome, context: Context) -> Outcome:
    """The same outcome; corrections that are under way end where they are, for the next one reaches all copies."""
    for each in context.corrections:
        if each.state in UNDER_WAY:
            outcome = changed(outcome, replace(each, state="stopped"), context)
            outcome = audited(outcome, Entry("advise.stopped", context.me.id, detail=each.id))
    return outcome


def _taking_back(advisory: Advisory, context: Context) -> Advisory:
    return approved.bound(
        Advisory(
            id=AdvisoryId(""),
            number=advisory.number,
            texts={},
            author=context.me.id,
            created=context.now,
            left=advisory.sent,
            salt=context.new_id(),
            begun=context.now,
            of=advisory.id,
            drop=True,
            turn=approved.next_turn(context.corrections),
        )
    )
