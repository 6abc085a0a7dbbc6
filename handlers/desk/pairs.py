"""Two cases that have to do with each other: choosing the other one by buttons, and linking the two.

What is linked stays two, and each names the other. Two reports of one person that are one are merged (`merging`).
"""

from msgspec.structs import replace

from handlers import cards, menus
from handlers.model import (
    Button,
    ById,
    Case,
    CaseId,
    Choice,
    Command,
    Context,
    Entry,
    Linked,
    Message,
    Outcome,
    Part,
    PartId,
    Seal,
    Step,
)
from handlers.permissions import Action, Verdict, cleared, may_know, verdict
from handlers.speech import Rows, audited, button, grid, rows, say, screen, with_effects
from handlers.wants import refs

PAGE = 8
"""Cases to choose from on one screen: as many as the queue shows."""
KINDS = {"link": (Action.NOTE, Step.LINK), "merge": (Action.MERGE, Step.MERGE)}
"""What can be done with two, what one must be allowed to do with either, and the step at which the other is chosen."""


def which(event: Choice, context: Context) -> Outcome:
    """The other case: one's own first, then by urgency. The arg of a page's button is its number, from 0."""
    kind = "link" if event.verb.startswith("link") else "merge"
    case, (needs, step) = context.known_case, KINDS[kind]
    others = _others(needs, context)
    if not others:
        return say(context, Message("pair.none", {"ref": case.ref}))
    page = _page(event, len(others))
    shown = others[page * PAGE : (page + 1) * PAGE]
    choosing = replace(context.conversation, step=step, focus=case.id, chosen="")
    lines = tuple(cards.line(each, context.now) for each in shown)
    choices = (*_takes(shown, kind), *_ways(kind, page, len(others)), *rows(button("cancel", "stop")))
    return screen(event, context, Message(f"{kind}.which", {"ref": case.ref}, lines, choices), choosing)


def _page(event: Choice, cases: int) -> int:
    """The page that was pressed for, as far as there are so many; the first one for a press that begins."""
    turned = event.verb.endswith("page") and event.arg.isascii() and event.arg.isdecimal()
    return min(int(event.arg), (cases - 1) // PAGE) if turned else 0


def _others(needs: Action, context: Context) -> list[Case]:
    """Those about which the speaker may do the same."""
    rest = (each for each in context.queue if each.id != context.known_case.id)
    able = (each for each in rest if verdict(context.person, needs, each, context.team) is Verdict.YES)
    return sorted(able, key=lambda each: (each.holder != context.me.id, each.level, each.created, each.id))


def _takes(shown: list[Case], kind: str) -> Rows:
    labels = (Message("plain", {"text": f"{each.level.name} {each.ref}"}) for each in shown)
    return grid(tuple(Button(label, f"{kind}to", each.id) for label, each in zip(labels, shown, strict=True)), 2)


def _ways(kind: str, page: int, cases: int) -> Rows:
    back = button("queue.back", f"{kind}page", str(page - 1))
    ahead = button("queue.next", f"{kind}page", str(page + 1))
    ways = (*((back,) if page else ()), *((ahead,) if (page + 1) * PAGE < cases else ()))
    return (ways,) if ways else ()


def ask(event: Choice, context: Context) -> Outcome:
    """Which two it will be; asked once more, for a link stays."""
    case, other = context.known_case, context.cases.get(ById(CaseId(event.arg)))
    refusal = _refusal(case, other, context)
    if other is None or refusal:
        return screen(event, context, refusal or menus.usage("link"), context.conversation)
    asking = replace(context.conversation, step=Step.LINK, focus=case.id, chosen=other.id)
    choices = rows(button("link.yes", "linkyes"), button("cancel", "stop"))
    return screen(event, context, Message("link.ask", {"ref": case.ref, "other": other.ref}, choices=choices), asking)


def link(event: Command | Choice, context: Context) -> Outcome:
    """`/link CODE CODE`, or the yes: each names the other from now on, for whoever may read it. Both must be theirs.

    A case that some may know of does not name one that is kept from any of them. What is kept from them later stays
    named.
    """
    key = refs(event)[1] if isinstance(event, Command) else ById(CaseId(context.conversation.chosen))
    case, other = context.known_case, context.cases.get(key)
    refusal = _refusal(case, other, context)
    if other is None or refusal:
        return say(context, refusal or menus.usage("link"))
    resting = replace(context.conversation, step=Step.HOME, chosen="")
    pairs = tuple(each for each in ((case, other), (other, case)) if _may_name(*each, context))
    said = screen(event, context, _said(pairs), resting)
    outcome = with_effects(said, *(_linked(*each, context) for each in pairs))
    return audited(outcome, *(Entry("link", context.me.id, each.id) for each in (case, other)))


def _refusal(case: Case, other: Case | None, context: Context) -> Message | None:
    """Why these two can't be linked by the speaker; None when they can."""
    if other is None or other.id == case.id or not may_know(context.me, other, context.team):
        return menus.usage("link")
    answer = verdict(context.person, Action.NOTE, other, context.team)
    return None if answer is Verdict.YES else Message(f"refused.{answer.value}")


def _may_name(case: Case, other: Case, context: Context) -> bool:
    return cleared(case.clearance, context.team) <= cleared(other.clearance, context.team)


def _said(pairs: tuple[tuple[Case, Case], ...]) -> Message:
    if not pairs:
        return Message("link.none")
    (case, other), *mutual = pairs
    return Message("link.done" if mutual else "link.one", {"ref": case.ref, "other": other.ref})


def _linked(case: Case, other: Case, context: Context) -> Seal:
    return Seal(case.id, Part(PartId(context.new_id()), context.now, context.me.id, Linked(other.ref)))
