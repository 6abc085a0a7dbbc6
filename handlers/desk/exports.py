"""One file for a partner, of several cases: to whom, what, of which months, and exactly what it holds.

Nothing leaves before another admin has looked at the same and said yes to these bytes (`second`).
"""

from msgspec.structs import replace

from handlers import waits
from handlers.cards import EXPORT
from handlers.desk import exported, orders, traces
from handlers.desk.exported import Made
from handlers.model import (
    Button,
    Choice,
    Context,
    Conversation,
    Entry,
    Event,
    Export,
    Message,
    Order,
    Outcome,
    Param,
    Partner,
    Step,
    Text,
    Wanted,
)
from handlers.speech import Rows, audited, below, button, grid, rows, say, tell


def wanted(event: Choice | Text, conversation: Conversation) -> Wanted:
    """What the export may hold which a button names, or what was typed; and the one that waits."""
    order = orders.read(_named(event, conversation))
    if order is None or order.what == orders.ROWS:
        return Wanted(export=True, team=True, order=order)
    return Wanted(export=True, team=True, figures=True, quarter=orders.quarter(order))


def _named(event: Choice | Text, conversation: Conversation) -> str:
    """As a button carries it: the months are the pressed ones, or those that were typed, a single one twice."""
    if isinstance(event, Choice):
        return event.arg
    first, *more = event.text.split() or [""]
    return ".".join((conversation.chosen, orders.ROWS, first, *(more or (first,))))


def waiting(event: Event, conversation: Conversation) -> Wanted:
    """The export that waits, without its cases."""
    return Wanted(export=True, team=True)


def begin(event: Event, context: Context) -> Outcome:
    """`/export`: to which partner. What another has agreed to already is offered again."""
    wish = context.export
    mine = wish and wish.allowed and waits.is_own(wish, context)
    return say(context, *((ready(wish),) if wish and mine else ()), _whom(context))


def ready(wish: Export) -> Message:
    """It may go: the file is made when it is asked for."""
    return Message("export.ready", choices=rows(button("share.get", "expget", wish.order.name)))


def _whom(context: Context) -> Message:
    partners = tuple(Button(_plain(each.name), "expto", each.id) for each in context.desk.partners)
    if not partners:
        return Message("export.nobody")
    return Message("export.whom", choices=(*grid(partners, 2), *_stop()))


def ask_what(event: Choice, context: Context) -> Outcome:
    """A partner: rows, or which table?"""
    partner = exported.partner(event.arg, context)
    if partner is None:
        return begin(event, context)
    kinds = (button("export.rows", "expwhat", f"{partner.id}.{orders.ROWS}"),)
    tables = tuple(_table(each, f"{partner.id}.{each}") for each in orders.TABLES)
    asked = Message("export.what", {"partner": partner.name}, choices=(kinds, *grid(tables, 2), *_stop()))
    return say(context, asked)


def _table(what: str, name: str) -> Button:
    label = Message("button.export.both") if what == "both" else Message(f"figures.by.{what}")
    return Button(label, "expwhat", name)


def ask_when(event: Choice, context: Context) -> Outcome:
    """Rows or a table: of which months?"""
    id, _, what = event.arg.partition(".")
    partner = exported.partner(id, context)
    if partner and what in orders.TABLES:
        return _which_quarter(partner, what, context)
    return _which_months(event, id, context)


def _which_quarter(partner: Partner, what: str, context: Context) -> Outcome:
    found = orders.quarters(partner.id, what, context.now)
    quarters = tuple(Button(_plain(orders.quarter(each)), "expshow", each.name) for each in found)
    return say(context, Message("export.quarter", {"partner": partner.name}, choices=(*grid(quarters, 2), *_stop())))


def _which_months(event: Event, id: str, context: Context, *lines: Message) -> Outcome:
    partner = exported.partner(id, context)
    if partner is None:
        return begin(event, context)
    spans = tuple(_span(each, orders.lately(partner.id, each, context.now)) for each in orders.SPANS)
    asking = replace(context.conversation, step=Step.EXPORT, chosen=partner.id)
    asked = Message("export.when", {"partner": partner.name}, lines, (spans, *_stop()))
    return below(context, asked, asking)


def _span(span: str, order: Order) -> Button:
    return Button(Message(f"figures.period.{span}"), "expshow", order.name)


def _plain(text: str) -> Message:
    return Message("plain", {"text": text})


def show(event: Choice | Text, context: Context) -> Outcome:
    """All that would leave, and a button to ask for it."""
    order = orders.read(_named(event, context.conversation))
    if order is None:
        return _which_months(event, context.conversation.chosen, context, Message("export.months"))
    made = exported.made(order, context)
    if made is None:
        return say(context, _nothing(order, context))
    ask = button("share.ask", "expask", order.name)
    return preview(made, "export.preview", ((ask,), *_stop()), context)


def _nothing(order: Order, context: Context) -> Message:
    """Why there is nothing to give."""
    months: dict[str, Param] = {"first": order.first, "last": order.last}
    if order.what == orders.ROWS:
        return Message("export.none", months)
    return Message("export.forgotten", months) if context.forgotten else Message("export.withheld", months)


def preview(made: Made, id: str, choices: Rows, context: Context) -> Outcome:
    """Two messages: exactly what leaves, and what is asked about it. Who has looked at what is remembered."""
    key = Message("share.key", {"partner": made.partner.name, "words": made.partner.spoken})
    last = Message(id, exported.facts(made), (key,), choices)
    looked = replace(context.conversation, step=Step.HOME, chosen=made.digest)
    shown = traces.fleeting(tell(context, exported.shown(made)), EXPORT)
    outcome = below(context, last, looked)
    seen = traces.shown_of(replace(outcome, effects=(shown, *outcome.effects)), EXPORT, context, "words")
    return audited(seen, *(Entry("share.look", context.me.id, case.id) for case in made.cases))


def _stop() -> Rows:
    return rows(button("cancel", "stop"))
