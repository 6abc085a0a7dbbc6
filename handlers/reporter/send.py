"""Sending: triage, a case of its own, a code in words, advice at once, and a notice to those on duty."""

from msgspec.structs import replace

from handlers import cards, clocks, codes, consent, duty, forms, guidance, waits
from handlers.model import (
    REPORTER,
    Body,
    Case,
    CaseId,
    Choice,
    Consent,
    ConsentId,
    Contact,
    Context,
    Draft,
    Edit,
    Entry,
    File,
    Message,
    OnDuty,
    OpenCase,
    Outcome,
    Part,
    PartId,
    Seal,
    Send,
    Span,
    Step,
    Story,
    Stretch,
    Token,
)
from handlers.program import REST, Kind
from handlers.reporter import chat, exclusion, follow, form, screens
from handlers.speech import Rows, audited, button, grid, rows, screen, tell, with_effects
from handlers.triage import triage

REF_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0, O, 1, I, L or U: a reference is read aloud between tired people."""
REF_LENGTH = 6


def send(event: Choice, context: Context) -> Outcome:
    """The draft becomes a case, or part of one. After this, the server itself can't read it."""
    draft = _finished(context)
    if draft is None:
        return form.resume(event, context)
    if not context.desk.founded:
        waiting = Message("send.not_open", choices=screens.review(context.program, draft).choices)
        return screen(event, context, waiting, context.conversation)
    if draft.completes:
        return _completed(event, context, draft)
    case, token, code = _case(draft, context), Token(context.new_id()), codes.new_code(context.new_id())
    opened = OpenCase(case, _parts(case, draft, token, context), token)
    thanks = chat.tidied(_unhurried(_thanks(event, context, draft, case, token, code)), context)
    outcome = with_effects(thanks, opened, Stretch(code, case.id), *cards.notice(case, (), context.now))
    return audited(exclusion.shared(outcome, case, context), Entry("report", REPORTER, case.id))


def _finished(context: Context) -> Draft | None:
    """The draft, if nothing is left to ask. Own words end with Send: somebody in danger presses nothing else."""
    draft = context.conversation.draft
    question = context.program.question(draft.question) if draft else None
    if draft and question and question.kind is Kind.WORDS:
        draft = replace(draft, answers={**draft.answers, question.id: ()}, question="")
    if draft is None or draft.question or forms.next_question(context.program, draft.answers):
        return None
    return draft


def complete(event: Choice, context: Context) -> Outcome:
    """The rest of the questions, for a report that was sent in haste."""
    if context.case is None:
        return follow.gone(event, context)
    draft = Draft(context.program.version, {form.DANGER: ("now",), REST: ("yes",)}, completes=Token(event.arg))
    return form.onward(event, context, context.conversation, draft)


def _completed(event: Choice, context: Context, draft: Draft) -> Outcome:
    """Later answers: sealed beside the first ones; the header learns what it lacked and never becomes less urgent."""
    if context.case is None:
        return follow.gone(event, context)
    judged, before = triage(draft.answers, context.program), context.case
    fuller = replace(
        _headed(before, draft, context),
        level=min(before.level, judged.level),
        rules=tuple(dict.fromkeys((*before.rules, *judged.rules))),
    )
    shown, moved = exclusion.enforced(before, fuller, context)
    resting = replace(context.conversation, step=Step.HOME, draft=None)
    outcome = screen(event, context, replace(screens.home(resting), id="complete.done"), resting)
    parts = (Part(PartId(context.new_id()), context.now, REPORTER, body) for body in _bodies(draft))
    seals = (*(Seal(before.id, part) for part in parts), *follow.whereabouts(context, draft.completes))
    told = exclusion.shared(with_effects(chat.tidied(outcome, context), *seals, *moved), shown, context)
    return follow.updated(told, replace(context, case=shown))


def _headed(case: Case, draft: Draft, context: Context) -> Case:
    return replace(
        case,
        category=_one(draft, "category", case.category),
        origin=draft.answers.get("origin", ()) or case.origin,
        host=_one(draft, "host", case.host),
        hidden_from=exclusion.hidden_from(context.program, draft.answers) or case.hidden_from,
        agreed=consent.in_force(case.agreed, _decided(draft)),
    )


def _case(draft: Draft, context: Context) -> Case:
    judged = triage(draft.answers, context.program)
    case = Case(
        id=CaseId(context.new_id()),
        ref=reference(context.new_id()),
        level=judged.level,
        rules=judged.rules,
        category="",
        origin=(),
        host="",
        language=context.conversation.language,
        program=context.program.version,
        created=context.now,
        agreed=consent.UNTIL_ASKED,
        aside=context.person.banned,
    )
    headed = _headed(case, draft, context)
    return replace(headed, wait=waits.begun(headed, context.program, context.now))


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


def _parts(case: Case, draft: Draft, token: Token, context: Context) -> tuple[Part, ...]:
    conversation = context.conversation
    contact = Contact(context.person.address, conversation.language, token, conversation.safe_word)
    reachable = (contact,) if ConsentId.REPLY in case.agreed else ()
    stored = (conversation.consent,) if conversation.consent else ()
    bodies: tuple[Body, ...] = (*reachable, *stored, *_bodies(draft))
    return tuple(Part(PartId(context.new_id()), context.now, REPORTER, body) for body in bodies)


def _bodies(draft: Draft) -> tuple[Body, ...]:
    words = tuple(passage.text for passage in draft.words)
    said = forms.said(draft.answers)
    answers = {question: values for question, values in said.items() if question not in consent.OPTIONAL}
    return (Story(answers, words), *_decided(draft), *(File(file) for file in draft.files))


def _decided(draft: Draft) -> tuple[Consent, ...]:
    """The consents that were given or refused, and not skipped or made pointless by another answer since."""
    return tuple(decision for question, decision in draft.consents.items() if draft.answers.get(question))


def _thanks(event: Choice, context: Context, draft: Draft, case: Case, token: Token, code: str) -> Outcome:
    conversation = context.conversation
    said = follow.remembered(conversation.said, draft.words, token)
    tokens = (*conversation.tokens, token)[-follow.TOKENS :]
    rest = {"draft": None, "tokens": tokens, "late": draft.waiting, "said": said}
    resting = replace(conversation, step=Step.HOME, **rest)
    outcome = screen(event, context, Message("sent.done", lines=_next_steps(case, context)), resting)
    words = context.desk.words.get(conversation.language) or context.desk.words["en"]
    hasty = "now" in draft.answers.get(form.DANGER, ())
    spelled = Message("sent.code", {"code": codes.spell(code, words)}, choices=_buttons(token, hasty))
    more = (Message("sent.complete"),) if hasty else ()
    advice = guidance.guidance_for(context.program, draft.answers)
    return with_effects(outcome, *(tell(context, message) for message in (*advice, *more, spelled)))


def _unhurried(outcome: Outcome) -> Outcome:
    """Whoever has sent can wait a little for whoever has not: it shows when very many write at once."""
    effects = (replace(each, patient=True) if isinstance(each, Send | Edit) else each for each in outcome.effects)
    return replace(outcome, effects=tuple(effects))


def _next_steps(case: Case, context: Context) -> tuple[Message, ...]:
    aim = Message("sent.aim", {"within": Span(clocks.first_reply(case.level, context.program))})
    on_duty = bool(duty.meant(OnDuty(case.clearance), context.team, context.now, context.offset))
    answered = aim if ConsentId.REPLY in case.agreed else Message("sent.unanswered")
    return (answered,) if on_duty else (Message("sent.nobody"), answered)


def _buttons(token: Token, hasty: bool) -> Rows:
    more = (button("complete", "complete", token),) if hasty else ()
    usual = (button("add", "add", token), button("status", "status", token), button("erase", "erase", token))
    return (*rows(*more), *grid(usual, 2))
