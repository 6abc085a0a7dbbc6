"""A check-in that ends at a time by its writer's clock: "if I don't press OK by 18:00".

Which clock, is asked each time and kept with the check-in alone. The time is the next at which that clock shows it.
"""

from datetime import time

from msgspec.structs import replace

from handlers import typed as names
from handlers import wall
from handlers.model import ByToken, Choice, Context, Event, Outcome, Step, Text
from handlers.reporter import checkin, dial, follow, screens
from handlers.reporter.dial import Wish
from handlers.speech import screen


def begin(event: Choice, context: Context) -> Outcome:
    """A clock time is wished for."""
    return _next(event, context, _wish(context))


def length(event: Text, context: Context) -> Outcome:
    """Where a length was asked: a clock time, or else minutes."""
    at = wall.time_of_day(event.text)
    return _next(event, context, replace(_wish(context), time=f"{at:%H:%M}")) if at else checkin.typed(event, context)


def there(event: Choice, context: Context) -> Outcome:
    """A press on what the clock there shows; without an arg it is asked anew."""
    wish = Wish.read(context.conversation.focus)
    known = event.arg in context.desk.zones.values() or wall.distance(event.arg) == event.arg
    return _next(event, context, replace(wish, zone=event.arg if known else ""))


def then(event: Choice, context: Context) -> Outcome:
    """A press on a time."""
    at, wish = wall.time_of_day(event.arg), Wish.read(context.conversation.focus)
    return _next(event, context, replace(wish, time=f"{at:%H:%M}" if at else ""))


def typed(event: Text, context: Context) -> Outcome:
    """What the clock there shows, a city, or the time that is wished for; longer words are somebody's own."""
    wish, at = Wish.read(context.conversation.focus), wall.time_of_day(event.text)
    if wish.zone and at:
        return _next(event, context, replace(wish, time=f"{at:%H:%M}"))
    zone = wall.ahead(at, context.now) if at else _named(event.text, context)
    if zone and not wish.zone:
        return _next(event, context, replace(wish, zone=zone))
    if len(event.text.split()) > names.NAME_WORDS:
        return follow.offer(event, replace(context, conversation=replace(context.conversation, step=Step.HOME)))
    return _again(event, context, wish, "checkin.clock.time" if wish.zone else "checkin.clock.unknown")


def _named(text: str, context: Context) -> str:
    return wall.distance(text) or context.desk.zones.get(names.plain(text), "")


def _wish(context: Context) -> Wish:
    """Nothing but what is known already: the clock of the check-in that runs, and where its writer said they live."""
    conversation = context.conversation
    sent = [found for token in conversation.tokens if (found := context.cases.get(ByToken(token)))]
    answers = conversation.draft.answers.get("host", ()) if conversation.draft else ()
    country = next(iter(answers), max(sent, key=lambda case: case.created).host if sent else "")
    return Wish(zone=conversation.checkin.zone if conversation.checkin else "", country=country)


def _next(event: Event, context: Context, wish: Wish) -> Outcome:
    """Ask for what is still unknown; then it ends at that time."""
    if not (wish.zone and wish.time):
        return _again(event, context, wish)
    at = wall.coming(time.fromisoformat(wish.time), wish.zone, context.now, context.offset)
    if not dial.within(at, context.now):
        return _again(event, context, replace(wish, time=""), "checkin.clock.range")
    return checkin.until(event, context, dial.End(at=at, zone=wish.zone))


def _again(event: Event, context: Context, wish: Wish, id: str = "") -> Outcome:
    asking = replace(context.conversation, step=Step.CLOCK, focus=wish.focus)
    shown = screens.current(context, asking)
    return screen(event, context, replace(shown, id=id or shown.id), asking)
