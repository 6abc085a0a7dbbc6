"""Talking to a reporter without either side's address, and to colleagues by notes."""

from msgspec.structs import replace

from handlers import cards, custody, keeping, waits
from handlers.desk import traces
from handlers.model import (
    Body,
    Called,
    Case,
    CaseState,
    Choice,
    Command,
    ConsentId,
    Contact,
    Context,
    Effect,
    Entry,
    Event,
    Keep,
    Level,
    Message,
    MessageRef,
    Note,
    Outcome,
    Param,
    Part,
    PartId,
    Seal,
    Send,
    Step,
    Team,
    Text,
    Undelivered,
    Withdraw,
)
from handlers.program import Circle
from handlers.speech import Rows, audited, button, grid, rows, say, screen, signed, with_effects


def contact_of(parts: tuple[Part, ...]) -> Contact | None:
    """Where the reporter is now: the last place they wrote from, by the time under the seal, not by the row's place."""
    return next((each.body for each in reversed(by_time(parts)) if isinstance(each.body, Contact)), None)


def by_time(parts: tuple[Part, ...]) -> list[Part]:
    """By the time under the seal: a writer of the database may change the order of rows."""
    return sorted(parts, key=lambda each: each.at)


def reachable(case: Case, context: Context) -> Contact | None:
    """Where to write to the reporter, as long as they agree to that."""
    return contact_of(context.parts) if ConsentId.REPLY in case.agreed else None


def told(case: Case, context: Context) -> tuple[Case, tuple[Effect, ...]]:
    """Tell the reporter how their report stands, if they have not been told and their address is open to us now."""
    contact = reachable(case, context)
    if contact is None or case.told is case.state:
        return case, ()
    cut = (Message("told.cut", {"days": keeping.CUT.days}),) if case.state is CaseState.CLOSED else ()
    news = to_reporter(case, contact, Message(f"told.{case.state.value}", lines=cut))
    return replace(case, told=case.state), (news,)


def ask_reply(event: Event, context: Context) -> Outcome:
    """The next words are for the reporter."""
    return _ask(event, context, Step.REPLY, "reply.ask")


def ask_note(event: Event, context: Context) -> Outcome:
    """The next words are for the people on this case."""
    return _ask(event, context, Step.NOTE, "note.ask")


def _ask(event: Event, context: Context, step: Step, question: str) -> Outcome:
    case = context.known_case
    conversation = replace(context.conversation, step=step, focus=case.id)
    message = Message(question, {"ref": case.ref}, choices=rows(button("cancel", "stop")))
    return screen(event, context, message, conversation)


def note_typed(event: Text, context: Context) -> Outcome:
    """The words after a press on Note."""
    return _note(event.text, event.message, context)


def note_command(event: Command, context: Context) -> Outcome:
    """`/note REF words`."""
    words = after_ref(event.args)
    return _note(words, event.message, context) if words else ask_note(event, context)


def _note(text: str, message: MessageRef, context: Context) -> Outcome:
    case = context.known_case
    resting = replace(context.conversation, step=Step.HOME)
    said = say(context, Message("note.kept", {"ref": case.ref}, choices=again(case)), conversation=resting)
    outcome = sealed(said, Note(text), message, context)
    return audited(outcome, Entry("note", context.me.id, case.id))


def ask_close(event: Event, context: Context) -> Outcome:
    """How did it end? One press closes."""
    case = context.known_case
    conversation = replace(context.conversation, step=Step.CLOSE, focus=case.id)
    outcomes = tuple(button(f"outcome.{each}", "outcome", each) for each in OUTCOMES)
    message = Message("close.ask", {"ref": case.ref}, choices=(*grid(outcomes, 2), *rows(button("cancel", "stop"))))
    return screen(event, context, message, conversation)


OUTCOMES = ("helped", "referred", "silent", "unrelated")
"""How a case may end: helped, passed on to others with consent, no more answer, not for us."""


def close(event: Event, context: Context) -> Outcome:
    """Closed. The reporter is told, and the day of deletion is counted from now."""
    case = context.known_case
    ending = getattr(event, "arg", "")
    if ending not in OUTCOMES:
        return ask_close(event, context)
    over = replace(case, state=CaseState.CLOSED, closed=context.now, outcome=ending)
    over = replace(over, keeping=keeping.begun(context.now, context.desk.retention_days))
    closed, news = told(replace(over, offered=None, lowering=None, original=None, share=None), context)
    resting = replace(traces.without(context.conversation, case.id), step=Step.HOME, focus="")
    unread = (Message("close.unread"),) if case.unread else ()
    said = Message("close.done", {"ref": case.ref, "days": context.desk.retention_days}, (*unread, traces.AWAY))
    ways = (button("keep.longer", "keep", case.id), button("reopen", "reopen", case.id))
    said = replace(said, choices=rows(*ways))
    card = cards.changed(closed, context.team, context.now)
    away = Withdraw(Team(), cards.traces(case.id))
    outcome = with_effects(screen(event, context, said, resting), card, away, *news, *_watched(closed, context))
    return audited(replace(outcome, case=closed), Entry("close", context.me.id, case.id, ending))


def _watched(case: Case, context: Context) -> tuple[Send, ...]:
    """One member may close a P1, for no second one may be awake; the admins hear of it at once, and can undo it."""
    if case.level is not Level.P1:
        return ()
    outcome = Message(f"button.outcome.{case.outcome}")
    facts: dict[str, Param] = {"ref": case.ref, "name": context.me.name, "outcome": outcome}
    ways = rows(button("open.ref", "open", case.id, ref=case.ref), button("reopen", "reopen", case.id))
    to = Called((Circle.ADMINS,), case.clearance, context.me.id, case=case.id)
    return (Send(to=to, message=Message("close.critical", facts, choices=ways), urgent=True, wakes=True),)


def reopen(event: Event, context: Context) -> Outcome:
    """A closed case waits again for somebody to take it, and its reporter hears that. What was erased stays erased."""
    case = context.known_case
    if case.state is not CaseState.CLOSED:
        return say(context, Message("release.open", {"ref": case.ref}))
    opened, news = told(waits.foreseen(case, custody.reopened(case), context), context)
    outcome = say(context, Message("release.done", {"ref": case.ref}))
    outcome = with_effects(outcome, *cards.reopened(opened, context.team, context.now), *news)
    return audited(replace(outcome, case=opened), Entry("reopen", context.me.id, case.id))


def stop(event: Event, context: Context) -> Outcome:
    """Leave what was being written; the draft of an advisory only by a button of its own.

    Who thought better of `/panic` may not read here that the bot was stopped.
    """
    own = event.arg if isinstance(event, Choice) else "panic" if context.conversation.panic else ""
    if own == "advise":
        return leave(event, context)
    resting = replace(context.conversation, step=Step.HOME, focus="", panic=None)
    return screen(event, context, Message("panic.kept" if own == "panic" else "stop.done"), resting)


def leave(event: Event, context: Context) -> Outcome:
    """The same where nothing else was being written: the draft of an advisory is dropped too, if there is one.

    Of one that is on its way nobody may read here that it was stopped.
    """
    said = Message("advise.left" if context.conversation.advisory else "stop.done")
    return screen(event, context, said, replace(context.conversation, step=Step.HOME, focus="", advisory=None))


def to_reporter(case: Case, contact: Contact, message: Message) -> Send:
    """A message of ours where the reporter is now, in their language and under their safe word."""
    buttons = (button("add", "add", contact.token), button("status", "status", contact.token))
    return Send(
        to=contact.address,
        message=signed(replace(message, choices=grid(buttons, 2)), contact.safe_word),
        language=contact.language,
        about=case.id,
        urgent=True,
    )


def part(context: Context, body: Body) -> Part:
    """Something that the speaking member adds to a case."""
    return Part(PartId(context.new_id()), context.now, context.me.id, body)


def sealed(outcome: Outcome, body: Body, message: MessageRef, context: Context) -> Outcome:
    """The same outcome; words that a member typed are sealed to the case, and leave their chat after a while."""
    case = context.known_case
    kept = with_effects(outcome, Seal(case.id, part(context, body)), Keep(message, cards.traces(case.id)))
    return traces.shown(kept, case, context, "words")


def after_ref(args: str) -> str:
    """What stands behind the reference of a case."""
    return args.strip().partition(" ")[2].strip()


def again(case: Case) -> Rows:
    """The ways back into a case."""
    return grid((button("open.ref", "open", case.id, ref=case.ref), button("reply", "reply", case.id)), 2)


def undelivered(event: Undelivered, context: Context) -> Outcome:
    """A message could not reach its reporter: the case shows it, and its holder is told."""
    if context.case is None:
        return Outcome(context.conversation)
    conversation = replace(context.conversation, missed=context.case.id)
    marked = replace(context.case, unreachable=True)
    return Outcome(conversation, cards.to_holder(marked, Message("case.unreachable", {"ref": marked.ref})), marked)
