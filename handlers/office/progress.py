"""How far an advisory has come: the message of it that every admin has, the list, and what can still be done.

Called by whoever changes an advisory (`broadcast`, `approvals`, `corrections`); changes none itself.
"""

import math
from datetime import datetime, timedelta

from msgspec.structs import replace

from handlers import approved
from handlers.cards import name_of
from handlers.model import UNDER_WAY, Advisory, Button, Context, Day, Event, Message, Moment, Outcome, Param, Send, Span
from handlers.speech import UNLOCK, Rows, button, grid, rows, say, screen, tell, with_effects

RECALL = timedelta(hours=48)
"""How long after it began an advisory can be taken back (Bot API, `deleteMessages`: sent less than 48 hours ago)."""
LEAVE = button("cancel", "stop", "advise")
"""On every screen of a draft: leaves it, and drops it."""
MARK = " ✎"
"""On the button of what changes the copies of one: both bear the same number."""
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
    labels = (Message("plain", {"text": f"№ {each.number}{MARK if each.of else ''}"}) for each in context.advisories)
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
    drop, stop = button("advise.drop", "advdrop", advisory.id), button("advise.stop", "advstop", advisory.id)
    match advisory.state:
        case "asked":
            return grid(approved.ways_back(advisory), 2)
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
