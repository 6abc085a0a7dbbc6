"""Advisories: asking for them, and stopping them from any message."""

from handlers.model import Choice, Context, Event, Message, Outcome, Subscribe, Token, Unsubscribe
from handlers.reporter import screens
from handlers.speech import button, rows, screen, with_effects


def subscribe(event: Event, context: Context) -> Outcome:
    """Advisories in this chat's language. The address is sealed: only an unlocked desk can read it."""
    if not context.conversation.language:
        return screen(event, context, screens.language(context), context.conversation)
    token = Token(context.new_id())
    language = context.conversation.language
    choices = rows(button("unsubscribe", "unsub", token), button("back", "home"))
    if not context.desk.founded:
        waiting = Message("subscribe.not_open", choices=rows(button("back", "home")))
        return screen(event, context, waiting, context.conversation)
    said = Message("subscribe.done", {"language": Message(f"language.{language}")}, choices=choices)
    outcome = screen(event, context, said, context.conversation)
    return with_effects(outcome, Subscribe(context.person.address, language, token))


def unsubscribe(event: Event, context: Context) -> Outcome:
    """Stop: by the button of an advisory, or for this chat as a whole."""
    if isinstance(event, Choice):
        wish = Unsubscribe(token=Token(event.arg), address=context.person.address)
    else:
        wish = Unsubscribe(address=context.person.address)
    said = Message("unsubscribe.done", choices=screens.home(context.conversation).choices)
    return with_effects(screen(event, context, said, context.conversation), wish)
