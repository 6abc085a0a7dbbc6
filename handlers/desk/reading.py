"""Opening a case in its holder's private chat: the only place where a report can be read."""

from itertools import pairwise

from msgspec.structs import replace

from handlers import cards, keeping
from handlers.desk import ready, traces
from handlers.desk.drafts import words_of
from handlers.desk.talk import by_time, told
from handlers.model import (
    Body,
    Button,
    Case,
    CaseState,
    CheckedIn,
    Choice,
    ConsentId,
    Contact,
    Context,
    Day,
    Entry,
    Event,
    File,
    Held,
    Levelled,
    Linked,
    Member,
    Message,
    Moment,
    Note,
    Outcome,
    Param,
    Part,
    PartId,
    Plan,
    Reply,
    Said,
    SendFile,
    Story,
    Uncleanable,
    Uncleaned,
    Withdraw,
)
from handlers.permissions import Action, Verdict, verdict
from handlers.speech import Rows, audited, button, grid, say, tell, with_effects


def open_case(event: Event, context: Context) -> Outcome:
    """Everything of a case in the order in which it came, in messages that refuse to be forwarded."""
    case, news = told(replace(keeping.read(context.known_case, context.now), moved=False), context)
    moves, name = _moves(context.parts), cards.traces(case.id)
    pieces = tuple(_piece(part, context) for part in by_time(context.parts) if part.id in moves or _shown(part.body))
    last = Message("case.actions", {"ref": case.ref}, choices=_actions(case, context))
    conversation = replace(context.conversation, focus=case.id)
    # volatile: on its way to its reader a report must not lie on the disk where the server's own keys open it
    shown = (replace(tell(context, each), slot=name, volatile=True) for each in (_head(case, context), *pieces, last))
    # what was opened before goes: each message stands there once, and none for longer than it may
    outcome = Outcome(conversation, (Withdraw(context.person.address, name), *shown, *news))
    changed = case if case != context.known_case else None
    opened = traces.shown(replace(outcome, case=changed), case, context)
    return audited(opened, Entry("open", context.me.id, case.id))


def send_copy(event: Choice, context: Context) -> Outcome:
    """One file of the case without its metadata, made on its way to the holder's chat."""
    return _send_file(event, context, "file", Message("file.cleaning"))


def send_original(event: Choice, context: Context) -> Outcome:
    """The file as it came, with the warning that offered it."""
    return _send_file(event, context, "original", Message("file.warning"))


def _send_file(event: Choice, context: Context, action: str, said: Message) -> Outcome:
    case = context.known_case
    files = [(part.id, part.body.file) for part in context.parts if isinstance(part.body, File)]
    number = next((number for number, (id, _) in enumerate(files, start=1) if id == event.arg), 0)
    if number == 0:
        return say(context, Message("file.elsewhere"))
    id, file = files[number - 1]
    name = f"{case.ref}-{number}"
    sending = SendFile(context.person.address, file, case.id, id, name, action == "file", cards.traces(case.id))
    sent = traces.shown(with_effects(say(context, said), sending), case, context, "file")
    return audited(sent, Entry(action, context.me.id, case.id))


UNSENDABLE = frozenset({Uncleanable.GONE, Uncleanable.REFUSED})
"""Reasons that hold for the original as well."""


def uncleaned(event: Uncleaned, context: Context) -> Outcome:
    """There is no copy: why not, and the original for whoever needs it all the same."""
    about: dict[str, Param] = {"ref": context.known_case.ref, "why": Message(f"file.why.{event.reason.value}")}
    if event.reason in UNSENDABLE:
        return say(context, Message("file.unsent", about))
    return say(context, Message("file.uncleaned", about, choices=((button("original", "original", event.file),),)))


def more(event: Choice, context: Context) -> Outcome:
    """What is done with a case more rarely, as far as this member may."""
    case = context.known_case
    circle, sender = "widen" if case.restricted else "restrict", "unban" if case.aside else "ban"
    agreed = ConsentId.SHARE in case.agreed and context.desk.partners
    share = ((Action.SHARE, button("share", "share", case.id)),) if agreed else ()
    ways = (
        (Action.HAND_OVER, button("handover", "handover", case.id)),
        (Action.LEVEL, button("level", "level", case.id)),
        (Action.RESTRICT, Button(Message(f"button.{circle}"), circle, case.id)),
        (Action.STEP_BACK, button("notme", "notme", case.id)),
        (Action.NOTE, button("link", "link", case.id)),
        *share,
        (Action.MERGE, button("merge", "merge", case.id)),
        (Action.SETTLE, button("settle", "settle", case.id)),
        (Action.BAN, Button(Message(f"button.{sender}"), sender, case.id)),
        (Action.AUDIT, button("audit.case", "auditcase", case.ref)),
    )
    mine = tuple(way for need, way in ways if verdict(context.person, need, case, context.team) is Verdict.YES)
    return say(context, Message("case.actions", {"ref": case.ref}, choices=grid(mine, 2)))


def _head(case: Case, context: Context) -> Message:
    card = cards.card(case, context.team, context.now)
    rules = Message("case.rules", {"rules": cards.joined(tuple(Message(f"rule.{rule}") for rule in case.rules))})
    received = Message("case.received", {"at": Moment(case.created)})
    warning = (Message("case.blocked"),) if case.unreachable else ()
    agreed = cards.joined(tuple(Message(f"question.{id}.short") for id in case.agreed))
    consents = Message("case.consents", {"what": agreed})
    return replace(card, lines=(*card.lines, received, rules, consents, *warning), choices=(), protect=True)


def _shown(body: Body) -> bool:
    return isinstance(body, Story | Said | Reply | Note | File | Plan | CheckedIn | Levelled | Linked | Held)


def _moves(parts: tuple[Part, ...]) -> frozenset[PartId]:
    """Where answers began to go to another chat than before."""
    contacts = [(part.id, part.body.address) for part in by_time(parts) if isinstance(part.body, Contact)]
    return frozenset(id for (_, before), (id, after) in pairwise(contacts) if before != after)


def _piece(part: Part, context: Context) -> Message:
    head: dict[str, Param] = {"at": Moment(part.at), "who": _author(part, context.team)}
    match part.body:
        case Story(answers, words):
            lines = (*_answers(answers), *(Message("case.words", {"text": text}) for text in words))
            return Message("case.story", head, lines, protect=True)
        case File(file):
            kind, size = Message(f"file.{file.kind.value}"), max(1, file.size // 1024)
            text = Message("case.file", head | {"kind": kind, "name": file.name or "–", "size": size})
            return replace(text, choices=((button("file", "file", part.id),),), protect=True)
        case Contact():
            return Message("case.elsewhere", {"at": Moment(part.at)}, protect=True)
        case Plan(text, reports):
            known = (Message("case.plan.reports", {"refs": ", ".join(reports)}),) if reports else ()
            return Message("case.plan", head | {"text": text}, known, protect=True)
        case CheckedIn():
            return Message("case.fine", {"at": Moment(part.at)}, protect=True)
        case Levelled(was, level, text):
            levels: dict[str, Param] = {"was": Message(f"level.{was.name}"), "level": Message(f"level.{level.name}")}
            return Message("case.levelled", head | levels | {"text": text}, protect=True)
        case Held(until, text):
            return Message("case.held", head | {"day": Day(until), "text": text}, protect=True)
        case Linked(ref):
            return Message("case.linked", head | {"ref": ref}, protect=True)
        case Said(text, correction=True):
            return Message("case.correction", head | {"text": text}, protect=True)
        case Reply():
            return Message("case.reply", head | {"text": words_of(part.body)}, protect=True)
        case Said(text) | Note(text):
            return Message(f"case.{type(part.body).__name__.lower()}", head | {"text": text}, protect=True)
    raise LookupError("this kind of part is not shown")


def _author(part: Part, team: tuple[Member, ...]) -> Message:
    if part.author == "reporter":
        return Message("case.reporter")
    return Message("plain", {"text": cards.name_of(part.author, team)})  # type: ignore[arg-type]


def _answers(answers: dict[str, tuple[str, ...]]) -> tuple[Message, ...]:
    return tuple(cards.answer(question, values) for question, values in answers.items() if values)


def _actions(case: Case, context: Context) -> Rows:
    note = button("note", "note", case.id)
    further = (button("timeline", "timeline", case.id), button("more", "more", case.id))
    if case.state is CaseState.CLOSED:
        may = verdict(context.person, Action.KEEP, case, context.team) is Verdict.YES
        return grid((note, *((button("keep.longer", "keep", case.id),) if may else ()), *further), 2)
    if case.holder != context.me.id:
        return grid((note, *further), 2)
    working = (button("reply", "reply", case.id), note)
    over = (button("release", "release", case.id), button("close", "close", case.id))
    return (*grid(working, 2), *ready.ways(case, context), *grid((*over, *further), 2))
