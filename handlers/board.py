"""The cards in the team's group: the one place that says which cases stand there, and as what.

Not everybody in a group is a member, and members can't be told apart there. So a card has a number, a level, a time and
whether somebody has the case; no category, country, language, name or word. A case that is hidden from anybody on the
team is not shown at all. `kept` looks at every outcome and at the headers before and after it, as `waits.watched` does:
no handler has to think of the group.
"""

from collections.abc import Iterable
from datetime import datetime

from handlers import cards
from handlers.model import (
    Board,
    Case,
    CaseId,
    CaseState,
    Clearance,
    Context,
    Edit,
    Effect,
    Entry,
    Erase,
    Merge,
    Message,
    OpenCase,
    Outcome,
    Param,
    Send,
    Withdraw,
)
from handlers.program import Circle
from handlers.speech import button, rows, with_effects

MANY = "group.many"
"""What is said once instead of many new cards."""
BELOW = Message("group.below")
"""Under each card: where one reads."""


def kept(outcome: Outcome, context: Context) -> Outcome:
    """The same outcome, and the cards in the group as they should be after it."""
    board = context.desk.board
    if board is None:
        return outcome
    before = context.headers
    opened = tuple(each.case for each in outcome.effects if isinstance(each, OpenCase))
    changed = {each.id: each for each in (*outcome.cases, outcome.case) if each}
    gone = frozenset(_gone(outcome.effects))
    effects = (
        *(effect for case in opened for effect in _new(case, board, context.now)),
        *(
            effect
            for id_, case in changed.items()
            if id_ not in gone
            for effect in _turned(before.get(id_), case, _called(case, outcome.audit), board, context.now)
        ),
        *(Withdraw(board.address, cards.slot_of(id_)) for id_ in gone),
    )
    return with_effects(outcome, *effects)


def posted(cases: Iterable[Case], board: Board, now: datetime) -> tuple[Send, ...]:
    """A card for each case that may stand in the group, the most urgent first."""
    waiting = sorted(cases, key=lambda case: (case.level, case.created))
    return tuple(send for case in waiting for send in _new(case, board, now))


def shown(case: Case) -> bool:
    """Whether a case may stand in the group: everybody on the team may know of it, and it calls somebody."""
    return case.clearance == Clearance() and case.state is not CaseState.SILENT and not case.aside


def card(case: Case, now: datetime) -> Message:
    """All that a group may learn of a case."""
    claim = rows(button("claim", "claim", case.id)) if case.state is CaseState.OPEN else ()
    state = Message("group.taken" if case.state is CaseState.CLAIMED else f"card.{case.state.value}")
    head: dict[str, Param] = {"ref": case.ref, "level": cards.level(case)}
    return Message("card.head", head, (state, *cards.due(case, now), BELOW), claim)


def _turned(before: Case | None, after: Case, called: bool, board: Board, now: datetime) -> tuple[Effect, ...]:
    """What changes in the group. A card that waits again, or for too long, comes anew: an edit rings at nobody's."""
    away = Withdraw(board.address, cards.slot(after))
    if not shown(after):
        return (away,) if before is None or shown(before) else ()
    if before is None or called or not shown(before) or _freed(before, after):
        return (away, *_new(after, board, now))
    if card(before, now) == card(after, now):
        return ()
    return (Edit(board.address, card(after, now), cards.slot(after), language=board.language),)


def _freed(before: Case, after: Case) -> bool:
    return after.state is CaseState.OPEN and before.state is not CaseState.OPEN


def _new(case: Case, board: Board, now: datetime) -> tuple[Send, ...]:
    if not shown(case):
        return ()
    said = card(case, now)
    return (Send(board.address, said, cards.slot(case), language=board.language, together=MANY),)


def _called(case: Case, audit: tuple[Entry, ...]) -> bool:
    """Whether this case has just called others than its holder (`desk.watch`)."""
    calls = [entry.detail for entry in audit if (entry.action, entry.case) == ("call", case.id)]
    return any(not case.holder or circle != Circle.HOLDER for circle in calls)


def _gone(effects: Iterable[Effect]) -> Iterable[CaseId]:
    for effect in effects:
        match effect:
            case Erase(case):
                yield case
            case Merge(gone=case):
                yield case
