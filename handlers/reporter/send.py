"""Sending: triage, a case of its own, a code in words, advice at once, and a notice to those on duty."""

from msgspec.structs import replace

from handlers import cards, clocks, codes, guidance
from handlers.model import (
    REPORTER,
    Body,
    Case,
    CaseId,
    Choice,
    Contact,
    Context,
    Draft,
    Entry,
    File,
    Level,
    Message,
    OnDuty,
    OpenCase,
    Outcome,
    Part,
    PartId,
    Send,
    Span,
    Step,
    Story,
    Token,
)
from handlers.reporter import follow, form, screens
from handlers.speech import Rows, audited, button, grid, screen, tell, with_effects
from handlers.triage import triage

REF_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0, O, 1, I, L or U: a reference is read aloud between tired people."""
REF_LENGTH = 6


def send(event: Choice, context: Context) -> Outcome:
    """The draft becomes a case. After this, the server itself can't read it."""
    draft = context.conversation.draft
    if draft is None or draft.question:
        return form.resume(event, context)
    if not context.desk.founded:
        waiting = Message("send.not_open", choices=screens.review(context.program, draft).choices)
        return screen(event, context, waiting, context.conversation)
    case, token, code = _case(draft, context), Token(context.new_id()), codes.new_code(context.new_id())
    opened = OpenCase(case, _parts(draft, token, context), token, code)
    outcome = with_effects(_thanks(event, context, case, token, code), opened, _notice(case, context))
    return audited(outcome, Entry("report", REPORTER, case.id))


def _case(draft: Draft, context: Context) -> Case:
    verdict = triage(draft.answers, context.program)
    return Case(
        id=CaseId(context.new_id()),
        ref=reference(context.new_id()),
        level=verdict.level,
        rules=verdict.rules,
        category=_one(draft, "category", "other"),
        origin=draft.answers.get("origin", ()),
        host=_one(draft, "host", ""),
        language=context.conversation.language,
        program=context.program.version,
        created=context.now,
    )


def reference(fresh: str) -> str:
    """A short name of a case for the team, from 128 fresh random bits. It is no secret and says nothing."""
    number = int.from_bytes(fresh.encode(), "big")
    letters = ""
    for _ in range(REF_LENGTH):
        number, digit = divmod(number, len(REF_LETTERS))
        letters += REF_LETTERS[digit]
    return letters


def _one(draft: Draft, question: str, otherwise: str) -> str:
    return next(iter(draft.answers.get(question, ())), otherwise)


def _parts(draft: Draft, token: Token, context: Context) -> tuple[Part, ...]:
    story = Story(draft.answers, tuple(passage.text for passage in draft.words))
    contact = Contact(context.person.address, context.conversation.language, token)
    bodies: tuple[Body, ...] = (contact, story, *(File(file) for file in draft.files))
    return tuple(Part(PartId(context.new_id()), context.now, REPORTER, body) for body in bodies)


def _thanks(event: Choice, context: Context, case: Case, token: Token, code: str) -> Outcome:
    held = (*context.conversation.tokens, token)[-follow.TOKENS :]
    late = context.conversation.draft.waiting if context.conversation.draft else ()
    resting = replace(context.conversation, step=Step.HOME, draft=None, tokens=held, late=late)
    outcome = screen(event, context, Message("sent.done", lines=_next_steps(case, context)), resting)
    words = context.desk.words.get(context.conversation.language) or context.desk.words["en"]
    spelled = Message("sent.code", {"code": codes.spell(code, words)}, choices=_buttons(token))
    advice = guidance.guidance_for(context.program, _answers_of(context))
    return with_effects(outcome, *(tell(context, message) for message in (*advice, spelled)))


def _answers_of(context: Context) -> dict[str, tuple[str, ...]]:
    return context.conversation.draft.answers if context.conversation.draft else {}


def _next_steps(case: Case, context: Context) -> tuple[Message, ...]:
    aim = Message("sent.aim", {"within": Span(clocks.first_reply(case.level, context.program))})
    return (aim,) if context.desk.on_duty else (Message("sent.nobody"), aim)


def _buttons(token: Token) -> Rows:
    return grid((button("add", "add", token), button("status", "status", token), button("erase", "erase", token)), 2)


def _notice(case: Case, context: Context) -> Send:
    card = cards.card(case, (), context.now)
    return Send(to=OnDuty(), message=card, slot=cards.slot(case), urgent=case.level is Level.P1)
