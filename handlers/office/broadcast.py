"""An advisory that was asked for or approved: how far it has come, what can be done about it, and its own clock.

Every admin has one message of it, which is changed as it goes on. Its timer only wakes: what is due is told by its
state, so one that comes late, twice or after a restart does no harm.
"""

import math
from datetime import datetime, timedelta

from msgspec.structs import replace

from handlers import approved
from handlers.cards import name_of
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
    Day,
    Edit,
    Effect,
    Entry,
    Event,
    Message,
    Moment,
    Outcome,
    Param,
    Send,
    SetTimer,
    Span,
    Staff,
    Timer,
)
from handlers.speech import UNLOCK, Rows, audited, button, grid, rows, say, screen, tell, with_effects
from handlers.waits import EARLY

TIMER = "advisory"
BEAT = timedelta(seconds=3)
"""How often the live count is refreshed: well under one edit a second for a chat."""
LONG_BEAT = timedelta(seconds=15)
"""The same while it waits: that may last all night."""
RECALL = timedelta(hours=48)
"""How long after it began an advisory can be taken back (Bot API, `deleteMessages`: sent less than 48 hours ago)."""
SHOWN = 3
"""Buttons abreast in the list."""


def lines(context: Context, *, all_of_them: bool = True) -> tuple[Message, ...]:
    """One for each advisory: those that are asked for, planned or on their way; or the last ten too."""
    waiting = {"asked", "planned", *UNDER_WAY}
    named = (each for each in context.advisories if all_of_them or each.state in waiting)
    return tuple(_line(each) for each in named)


def _line(advisory: Advisory) -> Message:
    state = Message(f"advise.state.{advisory.state}")
    if advisory.of:
        fix = "advise.state.fix.asked" if advisory.state == "asked" else "advise.state.fix"
        state = Message("advise.state.recall" if advisory.deletes else fix)
    facts: dict[str, Param] = {"number": advisory.number, "day": Day(advisory.day), "state": state}
    return Message("advise.line", {**facts, "sent": advisory.sent})


def listing(event: Event, context: Context) -> Outcome:
    """What is asked for, planned or on its way, and the last ten, each behind a button."""
    labels = (Message("plain", {"text": f"№ {each.number}"}) for each in context.advisories)
    found = zip(labels, context.advisories, strict=True)
    shown = tuple(Button(label, "advshow", each.id) for label, each in found)
    choices = (*grid(shown, SHOWN), *rows(button("back", "advise")))
    message = Message("advise.list" if shown else "advise.list.none", lines=lines(context), choices=choices)
    return screen(event, context, message, context.conversation)


def show(event: Event, context: Context) -> Outcome:
    """Its message once more; from then on this is the one that is kept up to date."""
    advisory = context.advisory
    if advisory is None:
        return say(context, Message("advise.gone"))
    if approved.open_to(advisory, context):
        return with_effects(say(context, *approved.previews(advisory)), asked_of(advisory, context))
    return with_effects(say(context), replace(tell(context, status(advisory, context)), slot=approved.slot(advisory)))


def asked_of(advisory: Advisory, context: Context) -> Send:
    """The question, to the speaker."""
    message = approved.question(advisory, context)
    return replace(tell(context, message), slot=approved.slot(advisory))


def status(advisory: Advisory, context: Context) -> Message:
    """Where it stands, in words, with what can be done about it."""
    state, message = advisory.state, Message(f"advise.{advisory.state}", _facts(advisory))
    if advisory.of:
        message = Message(f"advise.recall.{state}" if advisory.deletes else f"advise.fix.{state}", _facts(advisory))
    return replace(message, lines=_details(advisory, context), choices=_controls(advisory, context.now))


def _facts(advisory: Advisory) -> dict[str, Param]:
    counts: dict[str, Param] = {"sent": advisory.sent, "failed": advisory.failed, "left": advisory.left}
    if advisory.state in {"asked", "planned", "void"}:
        counts = {}
    at = advisory.until if advisory.state == "asked" else advisory.at if advisory.state == "planned" else None
    return {"number": advisory.number, **counts, **({"at": Moment(at)} if at else {})}


def _details(advisory: Advisory, context: Context) -> tuple[Message, ...]:
    named = {"name": name_of(advisory.author, context.team), "by": name_of(advisory.approver, context.team)}
    who = (Message("advise.two", {**named}),) if advisory.approver else ()
    out_of_reach = (Message("advise.blocked", {"chats": advisory.blocked}),) if advisory.blocked else ()
    why = (Message("advise.fix.failed"),) if advisory.of and advisory.failed else ()
    return (*who, *out_of_reach, *why, *_pace(advisory, context))


def _pace(advisory: Advisory, context: Context) -> tuple[Message, ...]:
    """How fast it goes since it began or went on, and how long it still takes at that rate."""
    if advisory.state != "running" or advisory.begun is None:
        return ()
    tried, seconds = advisory.sent + advisory.failed - advisory.before, (context.now - advisory.begun).total_seconds()
    if tried <= 0 or seconds < 1:
        return ()
    left = math.ceil(advisory.left * seconds / tried / 60)
    return (Message("advise.pace", {"rate": round(tried * 60 / seconds), "end": Span(left)}),)


def _controls(advisory: Advisory, now: datetime) -> Rows:
    drop, stop = button("advise.drop", "advend", advisory.id), button("advise.stop", "advstop", advisory.id)
    match advisory.state:
        case "asked":
            return grid((button("advise.edit", "advedit", advisory.id), drop), 2)
        case "planned":
            return rows(drop)
        case "running" if not advisory.deletes:
            return _with_correction(advisory, now, button("advise.hold", "advhold", advisory.id), stop)
        case "paused":
            return rows(UNLOCK) if advisory.deletes else _with_correction(advisory, now, UNLOCK, stop)
        case "held":
            return _with_correction(advisory, now, button("advise.go", "advgo", advisory.id), stop)
    back = button("advise.recall", "advback", advisory.id)
    return _with_correction(advisory, now, *((back,) if recallable(advisory, now) else ()))


def _with_correction(advisory: Advisory, now: datetime, *others: Button) -> Rows:
    fix = button("advise.fix", "advfix", advisory.id)
    return (*grid(others, 2), *(rows(fix) if correctable(advisory, now) else ()))


def recallable(advisory: Advisory, now: datetime) -> bool:
    """Whether its messages may still be taken out of the chats: it is over, and Telegram deletes what is so young."""
    over = advisory.state in {"done", "stopped", "altered"} and not advisory.of
    return over and advisory.sent > 0 and _is_young(advisory, now)


def correctable(advisory: Advisory, now: datetime) -> bool:
    """Whether its words may still be changed: somebody has it, or gets it."""
    out = advisory.state in UNDER_WAY or (advisory.state in {"done", "stopped"} and advisory.sent > 0)
    return out and not advisory.of and _is_young(advisory, now)


def _is_young(advisory: Advisory, now: datetime) -> bool:
    return advisory.begun is not None and now < advisory.begun + RECALL


def due(event: Timer, context: Context) -> Outcome:
    """Its time has come, or it is looked at again while it is on its way."""
    advisory = context.advisory
    if advisory is None:
        return Outcome(None)
    over = advisory.until is None or advisory.until <= context.now + EARLY
    if advisory.state == "asked" and over:
        ended = changed(Outcome(None), replace(advisory, state="void"), context)
        return audited(ended, Entry("advise.over", CLOCK, detail=advisory.id))
    if advisory.state == "planned" and advisory.at and advisory.at <= context.now:
        return _on_time(advisory, context)
    if advisory.state == "altered":
        return altered(Outcome(None), advisory, CLOCK, context)
    shown = (_shown(advisory, context),) if advisory.state not in {"asked", "planned"} else ()
    return Outcome(None, (*shown, *wound(advisory, context)))


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
    told = Send(Admins(), status(advisory, context), slot=approved.slot(advisory), wakes=True)
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
    return Edit(to=Admins(), message=status(advisory, context), slot=approved.slot(advisory))


# --- What an admin does about it ---


def hold(event: Choice, context: Context) -> Outcome:
    """Nothing more goes out until it goes on. What a messenger is being told just then (ten at most) still arrives."""
    advisory = context.advisory
    if advisory is None or advisory.deletes or advisory.state not in {"running", "paused"}:
        return show(event, context)
    after = replace(advisory, state="held")
    held = with_effects(changed(say(context), after, context), *_told(after, context))
    return audited(held, Entry("advise.held", context.me.id, detail=advisory.id))


def _told(advisory: Advisory, context: Context) -> tuple[Send, ...]:
    """The other admins hear by whom a warning was held back: a message that only changes rings at nobody's."""
    shown = status(advisory, context)
    said = replace(shown, lines=(*shown.lines, Message("advise.by", {"name": context.me.name})), choices=())
    others = (each for each in context.team if approved.may_decide(each) and each.id != context.me.id)
    return tuple(Send(Staff(each.id), said) for each in others)


def go_on(event: Choice, context: Context) -> Outcome:
    """From where it was."""
    advisory = context.advisory
    if advisory is None or advisory.state != "held":
        return show(event, context)
    outcome = with_effects(say(context), *started(advisory, context))
    return audited(outcome, Entry("advise.resumed", context.me.id, detail=advisory.id))


def ask_stop(event: Choice, context: Context) -> Outcome:
    """Asked once more, for those who have it and those who don't would be hard to tell apart afterwards."""
    advisory = context.advisory
    if advisory is None or advisory.deletes or advisory.state not in UNDER_WAY:
        return show(event, context)
    yes, id = button("advise.stop.yes", "advend", advisory.id), "advise.fix.stop" if advisory.of else "advise.stop.ask"
    return say(context, Message(id, {"number": advisory.number}, choices=rows(yes)))


def end(event: Choice, context: Context) -> Outcome:
    """What has not begun never does; what is on its way ends where it is: what is out is out."""
    advisory = context.advisory
    if advisory is None or advisory.deletes or advisory.state not in {"asked", "planned", *UNDER_WAY}:
        return show(event, context)
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
    if advisory is None or not recallable(advisory, context.now):
        return show(event, context)
    yes = button("advise.recall.yes", "advwipe", advisory.id)
    facts: dict[str, Param] = {"number": advisory.number, "sent": advisory.sent}
    return say(context, Message("advise.recall.ask", facts, choices=rows(yes)))


def recall(event: Choice, context: Context) -> Outcome:
    """Out of every chat that has it, at the pace of an advisory. One admin may: it takes words back, and adds none."""
    advisory = context.advisory
    if advisory is None or not recallable(advisory, context.now):
        return show(event, context)
    under_way = next((each for each in context.corrections if each.deletes and each.state in UNDER_WAY), None)
    if under_way:
        return show(event, replace(context, advisory=under_way))
    taking = _taking_back(advisory, context)
    told = Send(Admins(), status(taking, context), slot=approved.slot(taking))
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
