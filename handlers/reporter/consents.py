"""My consents: each with its state, given or taken back at any time, and what taking back can't undo."""

from msgspec.structs import replace

from handlers import cards, consent
from handlers.model import (
    REPORTER,
    Body,
    Button,
    Case,
    Choice,
    Consent,
    ConsentId,
    Contact,
    Context,
    Day,
    Desk,
    Effect,
    Entry,
    Message,
    Outcome,
    Param,
    Part,
    PartId,
    Seal,
    Send,
    Staff,
    Step,
    Token,
)
from handlers.reporter import follow
from handlers.speech import audited, button, grid, rows, screen, with_effects

ALLOW, WITHDRAW = "allow", "withdraw"


def overview(event: Choice, context: Context) -> Outcome:
    """All four of one report. The first is taken back by erasing it."""
    if context.case is None:
        return follow.gone(event, context)
    resting = replace(context.conversation, step=Step.HOME, focus=event.arg)
    return screen(event, context, _overview(context.case, Token(event.arg), context), resting)


def ask(event: Choice, context: Context) -> Outcome:
    """One of them: its text, how it stands, and one press to change it."""
    if context.case is None or event.arg not in _listed(context.case, context.desk):
        return follow.gone(event, context)
    id = ConsentId(event.arg)
    given = id in context.case.agreed
    change = button("withdraw", WITHDRAW, id) if given else button("allow", ALLOW, id)
    asked = consent.asked(id, context.desk)
    shown = replace(asked, lines=(*asked.lines, _state(id, context.case), *_given(id, context.case, context.desk)))
    choices = rows(change, button("back", "consents", context.conversation.focus))
    return screen(event, context, replace(shown, choices=choices), context.conversation)


def change(event: Choice, context: Context) -> Outcome:
    """Given, or taken back: a dated entry is sealed, the header has the present state, who holds the case is told."""
    if context.case is None or event.arg not in _listed(context.case, context.desk):
        return follow.gone(event, context)
    id, given = ConsentId(event.arg), event.verb == ALLOW
    decided = consent.recorded(id, given, consent.asked(id, context.desk), context)
    case = replace(context.case, agreed=consent.in_force(context.case.agreed, (decided,)))
    withheld = id is ConsentId.SHARE and not given
    case = replace(case, share=None) if withheld else case
    token = Token(context.conversation.focus)
    overview = _overview(case, token, context)
    said = replace(overview, lines=(*overview.lines, _follows(id, given, context), *_given(id, case, context.desk)))
    outcome = with_effects(screen(event, context, said, context.conversation), *_sealed(case, decided, token, context))
    if withheld:  # a file that was made and not passed on yet leaves the chats of the team
        outcome = with_effects(outcome, *cards.withheld(case))
    return audited(replace(outcome, case=case), Entry("consent", REPORTER, case.id, f"{id} {event.verb}"))


def _overview(case: Case, token: Token, context: Context) -> Message:
    listed = _listed(case, context.desk)
    lines = (Message("consents.on", {"what": Message("consents.store")}), *(_state(id, case) for id in listed))
    optional = tuple(Button(Message(f"question.{id}.short"), "consent", id) for id in listed)
    ways_out = rows(button("erase", "erase", token), button("back", "status", token))
    return Message("consents.head", lines=lines, choices=(*grid(optional, 2), *ways_out))


def _listed(case: Case, desk: Desk) -> tuple[ConsentId, ...]:
    """What this house asks for, and what it asked for once: nobody is left with what they can't take back."""
    return tuple(id for id in consent.OPTIONAL if id in consent.offered(desk) or id in case.agreed)


def _state(id: ConsentId, case: Case) -> Message:
    return Message(f"consents.{'on' if id in case.agreed else 'off'}", {"what": Message(f"question.{id}.short")})


def _follows(id: ConsentId, given: bool, context: Context) -> Message:
    """What this does from now on, and what it can't undo."""
    if given:
        return Message("consents.given")
    return Message(f"consents.withdrawn.{id}", {"days": context.desk.backup_days})


def _given(id: ConsentId, case: Case, desk: Desk) -> tuple[Message, ...]:
    """To whom it was given already, and when: that can't be undone."""
    names = {each.id: each.name for each in desk.partners}
    gone = case.given if id is ConsentId.SHARE else ()
    return tuple(
        Message("consents.shared", {"partner": names.get(each.partner, each.partner), "day": Day(each.day)})
        for each in gone
    )


def _sealed(case: Case, decided: Consent, token: Token, context: Context) -> tuple[Effect, ...]:
    here = Contact(context.person.address, context.conversation.language, token, context.conversation.safe_word)
    bodies: tuple[Body, ...] = (decided, here) if decided.given and decided.id is ConsentId.REPLY else (decided,)
    parts = (Part(PartId(context.new_id()), context.now, REPORTER, body) for body in bodies)
    changed = Message(f"case.consent.{'on' if decided.given else 'off'}", _named(decided.id, case))
    told = (Send(to=Staff(case.holder), message=changed),) if case.holder else ()
    return (*(Seal(case.id, part) for part in parts), *told)


def _named(id: ConsentId, case: Case) -> dict[str, Param]:
    return {"ref": case.ref, "what": Message(f"question.{id}.short")}
