"""The languages that a member can work in: they decide what `/next` finds."""

from msgspec.structs import replace

from handlers.model import Button, Choice, Context, Event, Member, Message, Outcome, PutMember
from handlers.speech import button, grid, screen, with_effects


def ask(event: Event, context: Context) -> Outcome:
    """All languages, those that are theirs marked."""
    return screen(event, context, _screen(context.me, context), context.conversation)


def toggle(event: Choice, context: Context) -> Outcome:
    """One more, or one less."""
    me = context.me
    if event.arg not in context.desk.languages:
        return ask(event, context)
    rest = tuple(each for each in me.languages if each != event.arg)
    changed = replace(me, languages=rest if event.arg in me.languages else (*me.languages, event.arg))
    return with_effects(screen(event, context, _screen(changed, context), context.conversation), PutMember(changed))


def _screen(member: Member, context: Context) -> Message:
    choices = tuple(_choice(code, member) for code in context.desk.languages)
    return Message("languages.ask", choices=grid(choices, 2))


def _choice(code: str, member: Member) -> Button:
    name = button(f"language.{code}", "speak", code)
    return replace(name, label=Message("option.marked", {"option": name.label})) if member.speaks(code) else name
