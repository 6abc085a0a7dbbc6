"""Giving a partner in one file what they were given of several cases: to whom, of which months, exactly what it holds.

Nothing leaves before another admin has looked at the same rows and said yes to these bytes (`second`).
"""

from msgspec.structs import replace

from handlers import waits
from handlers.cards import EXPORT
from handlers.desk import exported, traces
from handlers.desk.exported import Made
from handlers.model import (
    Button,
    Choice,
    Context,
    Conversation,
    Event,
    Export,
    Message,
    Order,
    Outcome,
    Step,
    Text,
    Wanted,
)
from handlers.speech import Rows, below, button, grid, rows, say, tell


def wanted(event: Choice | Text, conversation: Conversation) -> Wanted:
    """The cases that the export may hold which a button names, or what was typed; and the one that waits."""
    return Wanted(export=True, team=True, order=exported.read(_named(event, conversation)))


def _named(event: Choice | Text, conversation: Conversation) -> str:
    """As a button carries it: the months are the pressed ones, or those that were typed, a single one twice."""
    if isinstance(event, Choice):
        return event.arg
    first, *more = event.text.split() or [""]
    return ".".join((conversation.chosen, exported.ROWS, first, *(more or (first,))))


def waiting(event: Event, conversation: Conversation) -> Wanted:
    """The export that waits, without its cases."""
    return Wanted(export=True, team=True)


def begin(event: Event, context: Context) -> Outcome:
    """`/export`: to which partner. What another has agreed to already is offered again."""
    wish = context.export
    mine = wish and wish.by == context.me.id and wish.allowed and waits.stands(wish, context.now)
    return say(context, *((ready(wish),) if wish and mine else ()), _whom(context))


def ready(wish: Export) -> Message:
    """It may go: the file is made when it is asked for."""
    return Message("export.ready", choices=rows(button("share.get", "expget", wish.order.name)))


def _whom(context: Context) -> Message:
    partners = tuple(Button(Message("plain", {"text": each.name}), "expto", each.id) for each in context.desk.partners)
    if not partners:
        return Message("export.nobody")
    return Message("export.whom", choices=(*grid(partners, 2), *_stop()))


def ask_when(event: Choice, context: Context) -> Outcome:
    """A partner: of which months?"""
    return _when(event, event.arg, context)


def _when(event: Event, id: str, context: Context, *lines: Message) -> Outcome:
    partner = exported.partner(id, context)
    if partner is None:
        return begin(event, context)
    spans = tuple(_span(each, exported.lately(partner, each, context.now)) for each in exported.SPANS)
    asking = replace(context.conversation, step=Step.EXPORT, chosen=partner.id)
    asked = Message("export.when", {"partner": partner.name}, lines, (spans, *_stop()))
    return below(context, asked, asking)


def _span(span: str, order: Order) -> Button:
    return Button(Message(f"figures.period.{span}"), "expshow", order.name)


def show(event: Choice | Text, context: Context) -> Outcome:
    """All that would leave, and a button to ask for it."""
    order = exported.read(_named(event, context.conversation))
    if order is None:
        return _when(event, context.conversation.chosen, context, Message("export.months"))
    made = exported.made(order, context)
    if made is None:
        return say(context, Message("export.none", {"first": order.first, "last": order.last}))
    ask = button("share.ask", "expask", order.name)
    return preview(made, "export.preview", ((ask,), *_stop()), context)


def preview(made: Made, id: str, choices: Rows, context: Context) -> Outcome:
    """Two messages: exactly what leaves, and what is asked about it. Who has looked at what is remembered."""
    key = Message("share.key", {"partner": made.partner.name, "words": made.partner.spoken})
    last = Message(id, exported.facts(made), (key,), choices)
    looked = replace(context.conversation, step=Step.HOME, chosen=made.digest)
    shown = traces.fleeting(tell(context, exported.shown(made)), EXPORT)
    outcome = below(context, last, looked)
    return traces.shown_of(replace(outcome, effects=(shown, *outcome.effects)), EXPORT, context, "words")


def _stop() -> Rows:
    return rows(button("cancel", "stop"))
