"""What happened to a case.

Every line of the audit chain about a case is sealed into it as a `Fact` too (`recorded`): the chain is for whoever
doubts the server, the timeline for whoever works on the case, and it goes when the case goes.
"""

import re

from msgspec.structs import replace

from handlers import cards, deeds
from handlers.desk import traces
from handlers.desk.talk import by_time
from handlers.model import (
    Body,
    CaseId,
    Context,
    Effect,
    Entry,
    Erase,
    Event,
    Fact,
    File,
    Held,
    Linked,
    MemberId,
    Message,
    Moment,
    Note,
    OpenCase,
    Outcome,
    Part,
    PartId,
    Reply,
    Said,
    Seal,
    Story,
)
from handlers.speech import audited, tell, with_effects

SAID_OTHERWISE = frozenset({"reply", "note", "link", "consent", "timeline", "keep"})
"""Actions that leave a part of their own, or are none."""
PARTS: dict[type, str] = {Story: "report", Reply: "reply", Note: "note", Linked: "link", Held: "keep"}
"""Parts that tell by themselves what was done, and its name."""
CAME: dict[type, Message] = {Said: Message("timeline.said"), File: Message("timeline.file")}
"""Parts that came in."""
CHANGE = re.compile(r"P[1-4]>P[1-4]")
"""The only detail that a timeline shows: from which level to which."""
SHOWN = frozenset({*PARTS, *CAME, Fact})


def recorded(outcome: Outcome, context: Context) -> Outcome:
    """The same outcome, with each of its audit lines sealed into the case that it is about."""
    passing = {_passing(effect) for effect in outcome.effects}
    told = (entry for entry in outcome.audit if entry.case and entry.action not in SAID_OTHERWISE)
    return with_effects(outcome, *(Seal(each.case, _fact(each, context)) for each in told if each.case not in passing))


def _passing(effect: Effect) -> CaseId | None:
    """A case that begins or ends with this effect: its first part tells the one, and nothing is left of the other."""
    match effect:
        case OpenCase(case):
            return case.id
        case Erase(case):
            return case
    return None


def _fact(entry: Entry, context: Context) -> Part:
    return Part(PartId(context.new_id()), context.now, entry.actor, Fact(entry.action, entry.detail))


def timeline(event: Event, context: Context) -> Outcome:
    """Who did what and when, in one message that refuses to be forwarded; call names, no words of anybody."""
    case = context.known_case
    done = tuple(_line(part, context) for part in by_time(context.parts) if type(part.body) in SHOWN)
    message = Message(
        "timeline.head", {"ref": case.ref, "level": cards.level(case)}, (cards.clock(context), *done), protect=True
    )
    shown = replace(tell(context, message), slot=cards.traces(case.id), volatile=True)
    outcome = Outcome(context.conversation, (shown,))
    return audited(traces.shown(outcome, case, context), Entry("timeline", context.me.id, case.id))


def _line(part: Part, context: Context) -> Message:
    who = _who(part.author, context)
    return Message("timeline.line", {"at": Moment(part.at, bare=True), "who": who, "what": _what(part.body)})


def _who(author: str, context: Context) -> Message:
    if author in deeds.OTHERS:
        return Message(f"audit.by.{author}")
    return Message("plain", {"text": cards.name_of(MemberId(author), context.team)})


def _what(body: Body) -> Message:
    match body:
        case Fact(action, detail) if CHANGE.fullmatch(detail):
            return cards.joined((deeds.named(action), Message("plain", {"text": detail})))
        case Fact(action):
            return deeds.named(action)
    return CAME.get(type(body)) or deeds.named(PARTS[type(body)])
