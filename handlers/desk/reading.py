"""Opening a case in its holder's private chat: the only place where a report can be read."""

from msgspec.structs import replace

from handlers import cards
from handlers.desk.talk import told
from handlers.model import (
    Body,
    Case,
    CaseState,
    Choice,
    Context,
    Entry,
    Event,
    File,
    Member,
    Message,
    Moment,
    Note,
    Outcome,
    Param,
    Part,
    Reply,
    Said,
    SendFile,
    Story,
)
from handlers.speech import Rows, audited, button, grid, say, tell, with_effects


def open_case(event: Event, context: Context) -> Outcome:
    """Everything of a case in the order in which it came, in messages that refuse to be forwarded."""
    case, news = told(replace(context.known_case, unread=0), context)
    pieces = tuple(_piece(part, context) for part in context.parts if _shown(part.body))
    last = Message("case.actions", {"ref": case.ref}, choices=_actions(case, context))
    conversation = replace(context.conversation, focus=case.id)
    # volatile: on its way to its reader a report must not lie on the disk where the server's own keys open it
    shown = (replace(tell(context, each), volatile=True) for each in (_head(case, context), *pieces, last))
    outcome = Outcome(conversation, (*shown, *news))
    changed = case if case != context.known_case else None
    return audited(replace(outcome, case=changed), Entry("open", context.me.id, case.id))


def send_file(event: Choice, context: Context) -> Outcome:
    """One sealed file, opened on its way to the holder's chat."""
    file = next((part.body for part in context.parts if part.id == event.arg and isinstance(part.body, File)), None)
    if file is None:
        return say(context, Message("file.gone"))
    outcome = with_effects(
        say(context, Message("file.warning")), SendFile(context.person.address, file.file, context.known_case.id)
    )
    return audited(outcome, Entry("file", context.me.id, context.known_case.id))


def _head(case: Case, context: Context) -> Message:
    card = cards.card(case, context.team, context.now)
    rules = Message("case.rules", {"rules": cards.joined(tuple(Message(f"rule.{rule}") for rule in case.rules))})
    received = Message("case.received", {"at": Moment(case.created)})
    warning = (Message("case.blocked"),) if case.unreachable else ()
    return replace(card, lines=(*card.lines, received, rules, *warning), choices=(), protect=True)


def _shown(body: Body) -> bool:
    return isinstance(body, Story | Said | Reply | Note | File)


def _piece(part: Part, context: Context) -> Message:
    head: dict[str, Param] = {"at": Moment(part.at), "who": _author(part, context.team)}
    match part.body:
        case Story(answers, words):
            lines = (*_answers(answers), *(Message("case.words", {"text": text}) for text in words))
            return Message("case.story", head, lines, protect=True)
        case File(file):
            kind = Message(f"file.{file.kind.value}")
            text = Message("case.file", head | {"kind": kind, "name": file.name or "–", "size": file.size // 1024})
            return replace(text, choices=((button("file", "file", part.id),),), protect=True)
        case Said(text) | Reply(text) | Note(text):
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
    if case.holder != context.me.id:
        return ((note,),)
    if case.state is CaseState.CLOSED:
        return ((note,),)
    working = (button("reply", "reply", case.id), note)
    return grid((*working, button("release", "release", case.id), button("close", "close", case.id)), 2)
