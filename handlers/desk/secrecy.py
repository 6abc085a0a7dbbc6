"""Who may know of a case, as the team narrows it: restricting it, and stepping back from it."""

from msgspec.structs import replace

from handlers import cards, custody, standing
from handlers.desk import traces
from handlers.desk.talk import after_ref, sealed, told
from handlers.model import (
    Button,
    Case,
    CaseState,
    Choice,
    Command,
    Context,
    Entry,
    Event,
    MemberId,
    Message,
    Note,
    Outcome,
    Step,
    Text,
    Withdraw,
)
from handlers.permissions import cleared
from handlers.speech import audited, button, rows, say, screen, with_effects


def restrict(event: Event, context: Context) -> Outcome:
    """From now on only its holder and the admins know of it; nobody reads along, and no offer stands."""
    case = context.known_case
    narrowed = replace(case, restricted=True, second=custody.NOBODY, offered=None)
    return _moved(narrowed, "restrict", "widen", context)


def widen(event: Event, context: Context) -> Outcome:
    """The whole team may know of it again, as far as its writer wished."""
    return _moved(replace(context.known_case, restricted=False), "widen", "restrict", context)


def _moved(after: Case, action: str, back: str, context: Context) -> Outcome:
    before, undoes = context.known_case, Button(Message(f"button.{back}"), back, after.id)
    said = say(context, Message(f"{action}.done", {"ref": after.ref}, choices=rows(undoes)))
    if after.restricted == before.restricted:
        return said
    outcome = with_effects(said, *standing.moved(before, after, context))
    return audited(replace(outcome, case=after), Entry(action, context.me.id, after.id))


def ask(event: Event, context: Context) -> Outcome:
    """Is this case not for me? What it means, and a reason, if there is one to give."""
    case = context.known_case
    reason = after_ref(event.args) if isinstance(event, Command) else ""
    if reason:
        return _step_back(reason, event, context)
    asking = replace(context.conversation, step=Step.STEP_BACK, focus=case.id)
    choices = rows(button("stepback.yes", "notmeyes"), button("cancel", "stop"))
    return screen(event, context, Message("stepback.ask", {"ref": case.ref}, choices=choices), asking)


def step_back(event: Text | Choice, context: Context) -> Outcome:
    """Confirmed by a press, or by the words of a reason."""
    return _step_back(event.text if isinstance(event, Text) else "", event, context)


def _step_back(reason: str, event: Event, context: Context) -> Outcome:
    """The case is hidden from this member for good. The reason is sealed to it, for whoever works on it then.

    It may never let somebody know of the case who could not before, and never leave nobody.
    """
    before, me = context.known_case, context.me
    after = _without(before, me.id)
    left = cleared(after.clearance, context.team)
    resting = replace(traces.without(context.conversation, before.id), step=Step.HOME, focus="")
    if not left or me.id in left or not left <= cleared(before.clearance, context.team):
        return screen(event, context, Message("stepback.last", {"ref": before.ref}), resting)
    after, news = told(after, context)
    outcome = screen(event, context, Message("stepback.done", {"ref": before.ref}), resting)
    if reason and isinstance(event, Text | Command):
        outcome = sealed(outcome, Note(reason), event.message, context)
    outcome = with_effects(
        outcome,
        *standing.moved(before, after, context),
        *(cards.notice(after, context.team, context.now) if before.holder == me.id else ()),
        *(Withdraw(context.person.address, slot) for slot in cards.all_traces(before)),
        *news,
    )
    return audited(replace(outcome, case=after), Entry("stepback", me.id, before.id))


def _without(case: Case, member: MemberId) -> Case:
    """What they wished for and nobody has agreed to falls away too: they are not to hear what became of it."""
    stepped = replace(case, stepped_back=(*case.stepped_back, member))
    wishes = {"lowering": case.lowering, "original": case.original, "share": case.share}
    stepped = replace(stepped, **{name: None for name, wish in wishes.items() if wish and wish.by == member})
    if case.holder == member and case.state is CaseState.CLAIMED:
        return custody.freed(stepped)
    offered = None if case.offered and case.offered.to == member else case.offered
    left = {each: custody.NOBODY for each in ("holder", "second") if getattr(case, each) == member}
    return replace(stepped, offered=offered, **left)
