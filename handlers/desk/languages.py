"""The language in which a member is spoken to, and those that they can work in: these decide what `/next` finds."""

from msgspec.structs import replace

from handlers.desk.joining import chooses, next_step, welcome
from handlers.model import (
    Button,
    Choice,
    Context,
    Enrol,
    Event,
    Member,
    Message,
    Outcome,
    PutMember,
    Role,
    SetMenu,
    Step,
)
from handlers.speech import button, grid, languages, screen, with_effects


def language(event: Choice, context: Context) -> Outcome:
    """A member's language: of what the bot says to them, and of their menu. A newcomer's first one makes their key."""
    me, begins = context.me, chooses(context)
    if event.arg not in context.desk.languages:
        return choose_language(event, context)
    stays = context.conversation
    conversation = replace(stays, language=event.arg, step=Step.NEW if begins else stays.step)
    next_one = welcome(me) if begins else next_step(context)
    lines = (next_one,) if context.person.role is Role.NEWCOMER else ()
    outcome = screen(event, context, Message("language.set", lines=lines), conversation)
    menu, key = SetMenu(me.address, context.person.role, event.arg), (Enrol(me.id),) if begins else ()
    return with_effects(outcome, PutMember(replace(me, language=event.arg)), menu, *key)


def choose_language(event: Event, context: Context) -> Outcome:
    """All languages, by their own names."""
    return screen(event, context, languages(context.desk.languages), context.conversation)


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
