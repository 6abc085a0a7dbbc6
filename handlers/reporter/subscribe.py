"""Advisories: asking for some or all, seeing and changing what was asked for, and stopping them from any message."""

from msgspec.structs import replace

from handlers import forms, scopes, typed
from handlers.model import (
    Choice,
    Context,
    Conversation,
    Event,
    Message,
    Outcome,
    Scope,
    Step,
    Subscribe,
    Subscribed,
    Text,
    Token,
    Unsubscribe,
)
from handlers.reporter import follow, screens
from handlers.speech import below, button, rows, screen, with_effects


def subscribe(event: Event, context: Context) -> Outcome:
    """What this chat is subscribed to, as far as it is remembered; otherwise the first question about it."""
    conversation = context.conversation
    if not context.desk.founded:
        waiting = Message("subscribe.not_open", choices=rows(button("back", "home")))
        said = waiting if conversation.language else screens.language(context)
        return screen(event, context, said, conversation)
    if conversation.subscribed:
        resting = _resting(conversation)
        return screen(event, context, screens.subscribed(resting, conversation.subscribed), resting)
    return _ask(event, context, Scope(), scopes.PARTS[0])


def change(event: Event, context: Context) -> Outcome:
    """The questions again, with what was chosen before."""
    held = context.conversation.subscribed
    return _ask(event, context, held.scope, scopes.PARTS[0]) if held else subscribe(event, context)


def _ask(event: Event, context: Context, wish: Scope, part: str) -> Outcome:
    conversation = replace(context.conversation, step=Step.SUBSCRIBE, focus=part, wish=wish)
    return screen(event, context, screens.current(context, conversation), conversation)


def choose(event: Choice, context: Context) -> Outcome:
    """A press on a country, a state or a topic."""
    return _chosen(event, context, event.arg)


def _chosen(event: Event, context: Context, value: str) -> Outcome:
    part, wish = context.conversation.focus, context.conversation.wish
    if not scopes.knows(context.program, part, value):
        return _ask(event, context, wish, part)
    if part == "topic":
        return _ask(event, context, scopes.toggled(wish, part, value), part)
    return _onward(event, context, scopes.put(wish, part, value))


def skip(event: Choice, context: Context) -> Outcome:
    """Any country, no word about the home state, all topics."""
    return _onward(event, context, scopes.put(context.conversation.wish, context.conversation.focus))


def done(event: Choice, context: Context) -> Outcome:
    """Enough topics."""
    return _onward(event, context, context.conversation.wish)


def back(event: Choice, context: Context) -> Outcome:
    """The question before this one."""
    place = scopes.PARTS.index(context.conversation.focus)
    return _ask(event, context, context.conversation.wish, scopes.PARTS[max(0, place - 1)])


def _onward(event: Event, context: Context, wish: Scope) -> Outcome:
    left = scopes.PARTS[scopes.PARTS.index(context.conversation.focus) + 1 :]
    return _ask(event, context, wish, left[0]) if left else _subscribed(event, context, wish)


def _subscribed(event: Event, context: Context, wish: Scope) -> Outcome:
    """The subscription that this chat knows is sealed anew; one that it may have forgotten is replaced."""
    held = context.conversation.subscribed
    mine = Subscribed(held.token if held else Token(context.new_id()), wish)
    resting = replace(_resting(context.conversation), subscribed=mine)
    outcome = screen(event, context, screens.subscribed(resting, mine), resting)
    return with_effects(outcome, _sealed(context, resting, mine, replaces=held is None))


def followed(outcome: Outcome, context: Context) -> Outcome:
    """The language or the safe word has changed: so do the advisories of a subscription that this chat knows."""
    changed = outcome.conversation
    if changed is None or changed.subscribed is None:
        return outcome
    return with_effects(outcome, _sealed(context, changed, changed.subscribed))


def _sealed(context: Context, conversation: Conversation, mine: Subscribed, replaces: bool = False) -> Subscribe:
    return Subscribe(
        context.person.address,
        conversation.language,
        mine.token,
        scope=mine.scope,
        safe_word=conversation.safe_word,
        replaces=replaces,
    )


def _resting(conversation: Conversation) -> Conversation:
    return replace(conversation, step=Step.HOME, focus="", wish=Scope())


def words(event: Text, context: Context) -> Outcome:
    """The name of a country where one is asked for. Other words answer nothing here, and none of them are lost."""
    conversation = context.conversation
    if not conversation.language:
        return follow.first_words(event, context)
    if conversation.focus != "host" or len(event.text.split()) > typed.NAME_WORDS:
        return follow.offer(event, replace(context, conversation=_resting(conversation)))
    found = typed.countries(event.text, context.desk.countries)
    if len(found) == 1:
        return _chosen(event, context, found[0])
    here = screens.current(context, conversation)
    return below(context, forms.which_country(here, found, "a", button("back", "back")), conversation)


def unsubscribe(event: Event, context: Context) -> Outcome:
    """Stop: by the button of an advisory, or for this chat as a whole."""
    held = context.conversation.subscribed
    token = event.arg if isinstance(event, Choice) else held.token if held else ""
    here = context.conversation
    left = replace(_resting(here) if here.step is Step.SUBSCRIBE else here, subscribed=None)
    said = Message("unsubscribe.done", choices=screens.home(left).choices)
    return with_effects(screen(event, context, said, left), Unsubscribe(Token(token), context.person.address))
