"""Two reports of the same person that are one: the second becomes part of the first.

Only of the same person, as far as we know: both are answered in the same chat now. Otherwise answers would reach
somebody whom they are not meant for. Reports of different people are linked (`pairs.link`), never merged.
"""

from msgspec.structs import replace

from handlers import cards, custody, menus, standing
from handlers.desk import traces
from handlers.desk.talk import contact_of
from handlers.model import (
    Bundle,
    ById,
    Case,
    CaseId,
    CaseKey,
    Choice,
    Command,
    Contact,
    Context,
    Edit,
    Entry,
    Merge,
    Message,
    Outcome,
    Part,
    PartId,
    Step,
    Team,
    Ticked,
    Unsent,
    Withdraw,
)
from handlers.permissions import Action, Verdict, cleared, may_know, verdict
from handlers.speech import audited, button, rows, say, screen, with_effects
from handlers.wants import refs


def ask(event: Command | Choice, context: Context) -> Outcome:
    """`/merge CODE CODE`, or a press on the other one (`pairs`): what it means, for it can't be undone."""
    key = refs(event)[1] if isinstance(event, Command) else ById(CaseId(event.arg))
    case = context.known_case
    other = context.cases.get(key)
    if other is None or other.id == case.id or not may_know(context.me, other, context.team):
        return say(context, menus.usage("merge"))
    if not _one(case, other, key, context):
        return say(context, Message("merge.others", {"ref": case.ref, "other": other.ref}))
    asking = replace(context.conversation, step=Step.MERGE, focus=case.id, chosen=other.id)
    choices = rows(button("merge.yes", "mergeyes"), button("cancel", "stop"))
    return screen(event, context, Message("merge.ask", {"ref": case.ref, "other": other.ref}, choices=choices), asking)


def merge(event: Choice, context: Context) -> Outcome:
    """Confirmed, and looked at once more: either may have changed meanwhile."""
    case, key = context.known_case, ById(CaseId(context.conversation.chosen))
    other = context.cases.get(key)
    resting = replace(context.conversation, step=Step.HOME, chosen="")
    if other is None or not _one(case, other, key, context):
        return screen(event, context, menus.usage("merge"), resting)
    merged = _merged(case, other)
    brought = tuple(replace(part, id=PartId(context.new_id())) for part in context.beside[key] if _goes_along(part))
    gone = Message("card.merged", {"ref": other.ref, "other": case.ref})
    done = Message("merge.done", {"ref": case.ref, "other": other.ref})
    outcome = with_effects(
        screen(event, context, done, traces.without(resting, other.id)),
        Merge(case.id, other.id, other.ref, brought),
        # who may not know of the one that is left is not told its name
        Edit(Team(other.clearance), Message("card.withdrawn", {"ref": other.ref}), cards.slot(other)),
        Edit(Team(merged.clearance), gone, cards.slot(other)),
        Withdraw(Team(), cards.traces(other.id)),
        *standing.moved(case, merged, context),
    )
    return audited(replace(outcome, case=merged), Entry("merge", context.me.id, case.id, other.ref))


def _one(case: Case, other: Case, key: CaseKey, context: Context) -> bool:
    """Whether both are the speaker's to merge, are answered in the same chat, and stay theirs to know of."""
    mine = verdict(context.person, Action.MERGE, other, context.team) is Verdict.YES
    contacts = contact_of(context.parts), contact_of(context.beside.get(key, ()))
    same = contacts[0] is not None and contacts[1] is not None and contacts[0].address == contacts[1].address
    return mine and same and context.me.id in cleared(_merged(case, other).clearance, context.team)


def _merged(case: Case, other: Case) -> Case:
    """The graver of both in every respect; a consent holds when it holds for both.

    Nobody reads along what is restricted.
    """
    restricted = case.restricted or other.restricted
    along = {"second": custody.NOBODY, "offered": None} if restricted else {}
    return replace(
        case,
        level=min(case.level, other.level),
        rules=tuple(dict.fromkeys((*case.rules, *other.rules))),
        origin=tuple(dict.fromkeys((*case.origin, *other.origin))),
        created=min(case.created, other.created),
        hidden_from=tuple(dict.fromkeys((*case.hidden_from, *other.hidden_from))),
        stepped_back=tuple(dict.fromkeys((*case.stepped_back, *other.stepped_back))),
        restricted=restricted,
        agreed=tuple(consent for consent in case.agreed if consent in other.agreed),
        unread=case.unread + other.unread,
        unreachable=case.unreachable or other.unreachable,
        by_code=case.by_code or other.by_code,
        moved=case.moved or other.moved,
        unlinked=case.unlinked or other.unlinked,
        lowering=None,
        share=None,
        given=(*case.given, *other.given),
        **along,
    )


def _goes_along(part: Part) -> bool:
    """Everything but what a case has once: where to answer, what is ticked off, what was never sent."""
    return not isinstance(part.body, Contact | Ticked | Unsent | Bundle)
