"""The queue: what waits and what is being worked on, a page at a time, narrowed as wished; and the best next case."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from handlers import cards
from handlers.desk import filters
from handlers.model import (
    Button,
    Case,
    CaseState,
    Choice,
    Command,
    Context,
    Edit,
    Event,
    Level,
    Listing,
    Message,
    Outcome,
    Param,
    Rank,
    Send,
)
from handlers.permissions import cleared
from handlers.speech import Rows, button, grid, rows, say, tell

PAGE = 8
"""Cases on one page: a phone's screen, and one button each."""
OFFERED = 12
"""Values of one filter that get a button, the most frequent ones; any other can be typed."""


def queue(event: Command, context: Context) -> Outcome:
    """`/queue`, or with words that narrow it: `/queue unclaimed ru`."""
    only = filters.parsed(event.args, context)
    if only is None:
        return say(context, Message("queue.usage"))
    return _show(event, context, only, _from_the_top(_listed(only, context)))


def turn(event: Choice, context: Context) -> Outcome:
    """The next page, the one before, or the same again."""
    listing = context.conversation.listing
    listed = _listed(listing.only, context)
    if event.arg == "next" and listing.last:
        page = [case for case in listed if _rank(case, context) > listing.last][:PAGE]
    elif event.arg == "back" and listing.first:
        page = [case for case in listed if _rank(case, context) < listing.first][-PAGE:]
        page = page if len(page) == PAGE else _from_the_top(listed)
    else:
        page = _from_the_top(listed)
    return _show(event, context, listing.only, page or listed[-PAGE:])


def narrow(event: Choice, context: Context) -> Outcome:
    """What the list can be narrowed to; with a flag, that one more or less."""
    only = context.conversation.listing.only
    if event.arg in filters.flags(context):
        only = filters.toggled(only, event.arg, "")
    return _ask(event, context, dict(only), _flags(only, context))


def choose(event: Choice, context: Context) -> Outcome:
    """The languages, countries or categories that there are in the queue now; one press chooses."""
    kind, _, value = event.arg.partition(".")
    only = context.conversation.listing.only
    if kind not in filters.KINDS:
        return narrow(event, context)
    if value:
        chosen = filters.toggled(only, kind, value)
        return _ask(event, context, chosen, _flags(chosen, context))
    found = [each for case in _known(context) for each in filters.KINDS[kind](case) if each]
    frequent = sorted(set(found), key=lambda each: (-found.count(each), each))[:OFFERED]
    options = tuple(_option(kind, each, "qonly", f"{kind}.{each}", only) for each in frequent)
    return _ask(event, context, dict(only), grid(options, 2))


def _ask(event: Event, context: Context, only: dict[str, str], choices: Rows) -> Outcome:
    shown = button("queue.show", "queue")
    message = Message("queue.narrow", {"only": _said(only)}, choices=(*choices, (shown,)))
    return _in_place(event, context, message, Listing(only))


def _flags(only: filters.Filters, context: Context) -> Rows:
    on = tuple(_option(flag, "", "qnarrow", flag, only) for flag in filters.flags(context))
    kinds = tuple(Button(Message(f"filter.{kind}"), "qonly", kind) for kind in filters.KINDS)
    return (*grid(on, 2), *grid(kinds, 3))


def _option(kind: str, value: str, verb: str, arg: str, only: filters.Filters) -> Button:
    label = filters.said(kind, value)
    return Button(Message("option.marked", {"option": label}) if only.get(kind) == value else label, verb, arg)


def mine(context: Context) -> tuple[Message, ...]:
    """The member's own cases, each with a button; nothing when there is none."""
    held = tuple(case for case in _known(context) if case.holder == context.me.id)
    return (_mine(held, context),) if held else ()


def _mine(cases: tuple[Case, ...], context: Context) -> Message:
    lines = tuple(_line(case, context) for case in cases)
    opens = tuple(button("open.ref", "open", case.id, ref=case.ref) for case in cases[:PAGE])
    return Message("queue.mine", lines=lines, choices=rows(*opens))


def best(event: Event, context: Context) -> Outcome:
    """`/next`: the most urgent case that waits; of equals one whose language the member speaks, then the oldest.

    It is shown, not yet taken: a claim is decided on the locked row, by the button.
    """
    waiting = [case for case in _known(context) if case.state is CaseState.OPEN and not case.aside]
    if not waiting:
        return say(context, Message("queue.empty"))
    case = min(waiting, key=lambda each: (each.level, not context.me.speaks(each.language), _rank(each, context)))
    card = tell(context, cards.card(case, context.team, context.now))
    return Outcome(context.conversation, (replace(card, slot=cards.slot(case)),))


def _known(context: Context) -> tuple[Case, ...]:
    """What the member may know of; asked once for each circle, for there are thousands of cases and few secrecy."""
    waiting = [case for case in context.queue if case.state in {CaseState.OPEN, CaseState.CLAIMED}]
    circles = {case.clearance for case in waiting}
    mine = {circle for circle in circles if context.me.id in cleared(circle, context.team)}
    return tuple(case for case in waiting if case.clearance in mine)


def _listed(only: filters.Filters, context: Context) -> list[Case]:
    fitting = (case for case in _known(context) if filters.fits(case, only, context))
    return sorted(fitting, key=lambda case: _rank(case, context))


def _rank(case: Case, context: Context) -> Rank:
    return (case.level.value, _due(case), case.created, case.id)


def _due(case: Case) -> datetime:
    """By when it was promised that somebody does something; of what is looked after, when it came."""
    return case.wait.due if case.wait else case.created


def _from_the_top(listed: Sequence[Case]) -> list[Case]:
    return list(listed[:PAGE])


def _show(event: Event, context: Context, only: filters.Filters, page: Sequence[Case]) -> Outcome:
    listed = _listed(only, context)
    if not listed and not only:
        return _in_place(event, context, Message("queue.empty"), Listing())
    ranks = [_rank(case, context) for case in page]
    first, last = (ranks[0], ranks[-1]) if ranks else (None, None)
    filtered = (Message("queue.only", {"only": _said(only)}),) if only else ()
    lines = tuple(_line(case, context) for case in page) or (Message("queue.unfit"),)
    counts: dict[str, Param] = {level.name.lower(): sum(case.level is level for case in listed) for level in Level}
    before = first is not None and _rank(listed[0], context) < first
    after = last is not None and _rank(listed[-1], context) > last
    choices = (*_takes(page, context), *_ways(before, after))
    message = Message("queue.head", counts, (*filtered, *lines), choices)
    return _in_place(event, context, message, Listing(dict(only), first, last))


def _takes(page: Sequence[Case], context: Context) -> Rows:
    """A button to claim what waits, and to open what is one's own."""
    claims = {case.id: button("claim.ref", "claim", case.id, ref=case.ref) for case in page}
    opens = {case.id: button("open.ref", "open", case.id, ref=case.ref) for case in page}
    mine = (case for case in page if case.state is CaseState.OPEN or case.holder == context.me.id)
    return grid(tuple((opens if case.holder else claims)[case.id] for case in mine), 2)


def _ways(before: bool, after: bool) -> Rows:
    back, ahead = button("queue.back", "queue", "back"), button("queue.next", "queue", "next")
    pages = (*((back,) if before else ()), *((ahead,) if after else ()))
    return (*((pages,) if pages else ()), (button("queue.narrow", "qnarrow"),))


def _line(case: Case, context: Context) -> Message:
    line, mine = cards.line(case, context.now), case.holder == context.me.id
    standing = (cards.standing(case, context.team),) if case.holder and not mine else ()
    unread = (Message("queue.unread", count=case.unread),) if mine and case.unread else ()
    return replace(line, lines=(*line.lines, *standing, *unread))


def _said(only: filters.Filters) -> Message:
    named = tuple(filters.said(kind, value) for kind, value in only.items())
    return cards.joined(named) if named else Message("queue.all")


def _in_place(event: Event, context: Context, message: Message, listing: Listing) -> Outcome:
    """One message that changes: what was pressed becomes the next page. No prompt, for its cases stay good to claim."""
    shown: Send | Edit = tell(context, message)
    if isinstance(event, Choice) and event.message:
        shown = Edit(context.person.address, message, target=event.message)
    return Outcome(replace(context.conversation, listing=listing), (shown,))
