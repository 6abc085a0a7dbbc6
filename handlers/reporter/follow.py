"""After sending: adding, and asking how it stands."""

from collections.abc import Mapping

from msgspec.structs import replace

from handlers import cards, clocks, custody, forms, waits
from handlers.model import (
    REPORTER,
    Attachment,
    Case,
    CaseState,
    Choice,
    ConsentId,
    Contact,
    Context,
    Conversation,
    Day,
    Edited,
    Entry,
    Event,
    Message,
    MessageRef,
    Outcome,
    Part,
    PartId,
    Passage,
    Said,
    Seal,
    Span,
    Step,
    Text,
    Token,
)
from handlers.reporter import form, screens
from handlers.speech import audited, button, first, grid, rows, say, screen, tell, with_effects

TOKENS = 20
"""Reports that a chat remembers at once; the way to older ones is their code."""

REMEMBERED = 50
"""Messages of a chat whose edits still find their report."""


def _known(context: Context, token: str) -> Conversation:
    """The chat, as far as its report tells: after 24 h of silence nothing else is remembered of it."""
    conversation = context.conversation
    language = conversation.language or context.known_case.language
    tokens = tuple(held for held in conversation.tokens if held != token)
    return replace(conversation, language=language, tokens=(*tokens, Token(token))[-TOKENS:])


def add(event: Choice, context: Context) -> Outcome:
    """A press on Add: what comes next belongs to that report."""
    if context.case is None:
        return gone(event, context)
    conversation = replace(_known(context, event.arg), step=Step.FOLLOW, focus=event.arg)
    if not context.conversation.held:
        return screen(event, context, screens.current(context, conversation), conversation)
    return _add_words(event, context, replace(conversation, held=()), context.conversation.held)


def said(event: Text, context: Context) -> Outcome:
    """Words for a sent report: after Add, or as a reply to one of our messages."""
    if context.case is None:
        return _homeless(event, context)
    token = event.reply or Token(context.conversation.focus)
    conversation = replace(_known(context, token), step=Step.FOLLOW, focus=token)
    return _add_words(event, context, conversation, (Passage(event.message, event.text),))


def _homeless(event: Text, context: Context) -> Outcome:
    """Words for a report that is gone: that is said, and the words are kept."""
    gone = tell(context, Message("case.gone"))
    if context.conversation.step in {Step.NEW, Step.LANGUAGE, Step.CONSENT}:
        return first(first_words(event, context), gone)
    resting = replace(context.conversation, step=Step.HOME, focus="")
    return first(offer(event, replace(context, conversation=resting)), gone)


def _add_words(event: Event, context: Context, conversation: Conversation, words: tuple[Passage, ...]) -> Outcome:
    case = context.known_case
    parts = tuple(Seal(case.id, _part(context, Said(passage.text))) for passage in words)
    message = Message("follow.kept", choices=grid((button("done", "finish"), screens.LANGUAGE), 2))
    here = whereabouts(context, Token(conversation.focus))
    known = replace(conversation, said=remembered(conversation.said, words, Token(conversation.focus)))
    return updated(with_effects(screen(event, context, message, known), *parts, *here), context)


def whereabouts(context: Context, token: Token) -> tuple[Seal, ...]:
    """Where this is said from, when answers are wanted and several chats lead to the report, they go to the last; or
    the address that it came from was erased.
    """
    case = context.known_case
    if not (case.by_code or case.unlinked) or ConsentId.REPLY not in case.agreed:
        return ()
    conversation = context.conversation
    language = conversation.language or case.language
    contact = Contact(context.person.address, language, token, conversation.safe_word)
    return (Seal(case.id, Part(PartId(context.new_id()), context.now, REPORTER, contact)),)


def remembered(said: Mapping[MessageRef, Token], words: tuple[Passage, ...], token: Token) -> dict[MessageRef, Token]:
    """Which message went to which report, the newest few: an edit of one becomes a correction."""
    more = {**said, **{passage.message: token for passage in words if passage.message}}
    return dict(list(more.items())[-REMEMBERED:])


def updated(outcome: Outcome, context: Context) -> Outcome:
    """The same outcome; the case has one more unread piece. A closed case opens again: nobody writes to a wall.

    Only the first unread piece is announced: else one chat could ring for everybody on duty, as often as it likes.
    """
    case = replace(context.known_case, unread=context.known_case.unread + 1)
    if case.state is not CaseState.CLOSED:
        news = cards.to_holder(case, Message("case.more", {"ref": case.ref})) if case.unread == 1 else ()
        return with_effects(replace(outcome, case=case), *news)
    opened = waits.foreseen(case, custody.reopened(case), context)
    outcome = with_effects(replace(outcome, case=opened), *cards.notice(opened, (), context.now))
    return audited(outcome, Entry("reopen", REPORTER, case.id))


def status(event: Choice, context: Context) -> Outcome:
    """How it stands, whose turn it is, and when it will be deleted."""
    case = context.case
    if case is None:
        return gone(event, context)
    sent, state = Message("status.sent", {"day": Day(case.created)}), Message(f"status.{case.state.value}")
    lines = (sent, state, *_awaited(case, context), _expiry(case, context))
    mine = (button("add", "add", event.arg), button("consents", "consents", event.arg))
    buttons = (*grid(mine, 2), *rows(button("erase", "erase", event.arg)))
    message = Message("status.head", lines=lines, choices=(*buttons, *rows(button("back", "home"))))
    return screen(event, context, message, _known(context, event.arg))


def _awaited(case: Case, context: Context) -> tuple[Message, ...]:
    """What comes next, and by when; of an answer only to those who want one here."""
    if case.state is CaseState.CLOSED:
        return ()
    if ConsentId.REPLY not in case.agreed:
        return (Message("sent.unanswered"),)
    return (*_aim(case, context), Message("status.next"))


def _aim(case: Case, context: Context) -> tuple[Message, ...]:
    """By when we mean to answer; and honestly, when it is later than that."""
    if waits.overdue(case, context.now):
        return (Message("status.late"),)
    aim = Message("status.aim", {"within": Span(clocks.first_reply(case.level, context.program))})
    return (aim,) if case.state is CaseState.OPEN else ()


def _expiry(case: Case, context: Context) -> Message:
    if case.keeping is None:
        return Message("status.kept", {"days": context.desk.retention_days})
    return Message("status.expires", {"day": Day(case.keeping.until)})


def gone(event: Event, context: Context) -> Outcome:
    """The report that was meant does not exist any more."""
    resting = replace(context.conversation, step=Step.HOME, focus="")
    return screen(event, context, replace(screens.home(resting), id="case.gone"), resting)


def _part(context: Context, body: Said) -> Part:
    return Part(PartId(context.new_id()), context.now, REPORTER, body)


def edited(event: Edited, context: Context) -> Outcome:
    """An edit after sending: the new wording is sealed beside the old one, or we say how to correct it."""
    if context.case is not None:
        seal = Seal(context.case.id, _part(context, Said(event.text, correction=True)))
        return updated(with_effects(say(context, Message("edited.sealed")), seal), context)
    if not context.conversation.tokens:
        return Outcome(context.conversation)
    token = context.conversation.tokens[-1]
    return say(context, Message("edited.late", choices=rows(button("add", "add", token))))


def offer(event: Text | Attachment, context: Context) -> Outcome:
    """Words that nobody asked for: they are held, and one press says what they are."""
    words = event.text if isinstance(event, Text) else event.caption
    held = (*context.conversation.held, *((Passage(event.message, words),) if words.strip() else ()))
    if not forms.has_room(held):
        return form.full(context)
    conversation = replace(context.conversation, held=held)
    mine = screens.to_report(conversation, "add.these", "add")
    fresh = button("draft.these", "resume") if conversation.draft else button("new.these", "new")
    message = Message("held.ask", choices=rows(*mine, fresh, button("held.drop", "drop")))
    return screen(event, context, message, conversation)


def drop(event: Choice, context: Context) -> Outcome:
    """The held words are forgotten."""
    resting = replace(context.conversation, held=(), step=Step.HOME)
    return screen(event, context, replace(screens.home(resting), id="held.dropped"), resting)


def first_words(event: Text, context: Context) -> Outcome:
    """Words before a language and consent: held, while both are asked for."""
    held = (*context.conversation.held, Passage(event.message, event.text))
    if not forms.has_room(held):
        return form.full(context)
    conversation = replace(context.conversation, held=held)
    return screen(event, context, screens.current(context, conversation), conversation)
