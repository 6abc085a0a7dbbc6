"""Inviting somebody: by buttons or in one command; the invitations on their way, and taking one back."""

import re
from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from handlers import clocks, codes, forms, menus, typed
from handlers.model import (
    Button,
    Choice,
    Command,
    Context,
    Country,
    Ended,
    Entry,
    Event,
    Invitation,
    Invite,
    KeepInvitation,
    Message,
    Moment,
    Outcome,
    Param,
    Role,
    Span,
    Step,
    Text,
)
from handlers.office import team
from handlers.office.people import witness_line
from handlers.speech import audited, button, grid, rows, say, screen, with_effects

INVITED = (Role.RESPONDER, Role.ADMIN)
NAME_LENGTH = 24
"""Characters of a call name: as many as a button shows."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LANGUAGES, COUNTRIES, LIFE = "invlang", "invfrom", "invlife"
"""The verbs of the three questions, in their order: with an arg they answer, without one they ask."""
_LIFE = re.compile(r"([1-9]\d{0,2})([hd])")
_CODE = re.compile(r"\d.*|[a-z]{2}|[A-Z]{2}|[a-z]{2}[_-].*")
"""What looks like a length of time, a language or a country, and so is no part of a name."""


def invite(event: Command | Choice, context: Context) -> Outcome:
    """`/invite` with all that is wished for; or step by step: a role, languages, countries, for how long it is good.

    Countries (codes, in capitals) are where the newcomer or their family comes from: some reports are hidden from some.
    """
    words = (event.args if isinstance(event, Command) else event.arg).split()
    if not words:
        return _show(event, context, context.invitations)
    role = next((each for each in INVITED if each == words[0].lower()), None)
    if role is None:
        return _unknown(words[0], context)
    blank = Invitation(role, "", context.now + clocks.INVITATION_LIFE, id=context.new_id())
    if isinstance(event, Choice):
        return _ask(event, context, blank, _languages(blank, context))
    filled = _filled(blank, words[1:], context)
    return _make(filled, context) if isinstance(filled, Invitation) else _unknown(filled, context)


def _filled(invitation: Invitation, words: Iterable[str], context: Context) -> Invitation | str:
    """The invitation that these words wish for; or the first word that means nothing."""
    for word in dict.fromkeys(words):
        understood = _with(word, invitation, context)
        if understood is None:
            return word
        invitation = understood
    return invitation


def _with(word: str, invitation: Invitation, context: Context) -> Invitation | None:
    """The invitation with one more word: capitals are a country, small letters a language, 48h or 7d its life."""
    if word in context.program.countries:
        return replace(invitation, communities=(*invitation.communities, word))
    if word in context.desk.languages:
        return replace(invitation, languages=(*invitation.languages, word))
    if life := _life(word):
        return replace(invitation, expires=context.now + life)
    return None if _CODE.fullmatch(word) else replace(invitation, name=f"{invitation.name} {word}".strip())


def _life(word: str) -> timedelta | None:
    """48h or 7d; None when it is neither, or longer than an invitation may be good."""
    found = _LIFE.fullmatch(word)
    if found is None:
        return None
    life = int(found[1]) * (HOUR if found[2] == "h" else DAY)
    return life if life <= clocks.INVITATION_LIVES[-1] else None


def _unknown(word: str, context: Context) -> Outcome:
    """One line: which word was not understood, and how it is done."""
    params: dict[str, Param] = {
        "word": word[:NAME_LENGTH],
        "example": menus.EXAMPLES["invite"],
        "languages": " ".join(context.desk.languages),
        "shortest": _spelled(clocks.INVITATION_LIVES[0]),
        "longest": _spelled(clocks.INVITATION_LIVES[-1]),
    }
    return say(context, Message("invite.unknown", params))


def choose_language(event: Choice, context: Context) -> Outcome:
    """A language that they can work in, or one less."""
    wished = context.conversation.inviting
    if wished is None:
        return _show(event, context, context.invitations)
    if event.arg in context.desk.languages:
        wished = replace(wished, languages=_toggled(wished.languages, event.arg))
    return _ask(event, context, wished, _languages(wished, context))


def choose_country(event: Choice, context: Context) -> Outcome:
    """A country that they or their family come from, or one less."""
    wished = context.conversation.inviting
    if wished is None:
        return _show(event, context, context.invitations)
    return _from(event, context, wished, event.arg)


def name_country(event: Text, context: Context) -> Outcome:
    """The name of a country that has no button."""
    wished = context.conversation.inviting
    if wished is None:
        return _show(event, context, context.invitations)
    found = typed.countries(event.text, context.desk.countries)
    if len(found) == 1:
        return _from(event, context, wished, found[0])
    asked = forms.which_country(_countries(wished, context), found, COUNTRIES, button("back", COUNTRIES))
    return _ask(event, context, wished, asked)


def _from(event: Event, context: Context, wished: Invitation, country: str) -> Outcome:
    if country in context.program.countries:
        wished = replace(wished, communities=_toggled(wished.communities, country))
    return _ask(event, context, wished, _countries(wished, context))


def choose_life(event: Choice, context: Context) -> Outcome:
    """For how long it is good: the last answer makes it."""
    wished, life = context.conversation.inviting, _life(event.arg)
    if wished is None:
        return _show(event, context, context.invitations)
    if life is None:
        return _ask(event, context, wished, _lives())
    return _make(replace(wished, expires=context.now + life), context)


def _ask(event: Event, context: Context, wished: Invitation, question: Message) -> Outcome:
    return screen(event, context, question, replace(context.conversation, step=Step.INVITE, inviting=wished))


def _languages(wished: Invitation, context: Context) -> Message:
    names = tuple(
        _option(Message(f"language.{code}"), LANGUAGES, code, code in wished.languages)
        for code in context.desk.languages
    )
    ways = (button("cancel", "stop"), button("done", COUNTRIES))
    return Message("invite.languages", choices=(*grid(names, 2), *grid(ways, 2)))


def _countries(wished: Invitation, context: Context) -> Message:
    """The home states of most who write, and whatever was chosen; every other country is typed."""
    offered = dict.fromkeys((*context.program.origins, *wished.communities))
    names = tuple(
        _option(Message("country", {"country": Country(code)}), COUNTRIES, code, code in wished.communities)
        for code in offered
    )
    ways = (button("back", LANGUAGES), button("done", LIFE))
    return Message("invite.countries", lines=(Message("form.country"),), choices=(*grid(names, 2), *grid(ways, 2)))


def _lives() -> Message:
    names = tuple(
        _option(Message("plain", {"text": Span(life // MINUTE)}), LIFE, _spelled(life), life == clocks.INVITATION_LIFE)
        for life in clocks.INVITATION_LIVES
    )
    return Message("invite.life", choices=(*grid(names, 2), *rows(button("back", COUNTRIES))))


def _spelled(life: timedelta) -> str:
    return f"{life // DAY}d" if life > DAY else f"{life // HOUR}h"


def _option(label: Message, verb: str, arg: str, marked: bool) -> Button:
    return Button(Message("option.marked", {"option": label}) if marked else label, verb, arg)


def _toggled(chosen: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(each for each in chosen if each != value) if value in chosen else (*chosen, value)


def _make(wished: Invitation, context: Context) -> Outcome:
    """Not protected as other secrets are: its only use is to be copied and given to somebody."""
    secret = context.new_id()
    named = replace(wished, name=wished.name[:NAME_LENGTH] or _call_name(context))
    resting = replace(context.conversation, step=Step.HOME, inviting=None)
    outcome = say(context, made(named, secret, context), witness_line(context), conversation=resting)
    return audited(with_effects(outcome, Invite(named, secret)), Entry("invite", context.me.id, detail=named.role))


def _call_name(context: Context) -> str:
    """A call name that says nothing about anybody: two words of the code list."""
    words = context.desk.words.get("en", ())
    return " ".join(codes.spell(codes.new_code(context.new_id()), words).split()[:2]).title() if words else "–"


def made(invitation: Invitation, secret: str, context: Context) -> Message:
    """The link and the code, to be given to somebody."""
    bot = context.desk.staff_bot or context.desk.bot
    params: dict[str, Param] = {
        "role": Message(f"role.{invitation.role.value}"),
        "name": invitation.name,
        "life": Span((invitation.expires - context.now) // MINUTE),
        "link": f"https://t.me/{bot}?start={secret}",
        "code": secret,
    }
    return Message("invite.made", params, lines=team.background(invitation.communities, invitation.languages))


def withdraw(event: Choice, context: Context) -> Outcome:
    """One that is on its way leads nowhere from now on."""
    found = next((each for each in _pending(context.invitations, context) if each.id == event.arg), None)
    if found is None:
        return _show(event, context, context.invitations)
    rest = tuple(each for each in context.invitations if each.id != found.id)
    outcome = _show(event, context, rest, Message("invite.withdrawn", {"name": found.name}), witness_line(context))
    outcome = with_effects(outcome, KeepInvitation(found.closed(Ended.WITHDRAWN)))
    return audited(outcome, Entry("uninvite", context.me.id, detail=found.role))


def _show(event: Event, context: Context, invitations: tuple[Invitation, ...], *news: Message) -> Outcome:
    """Whom to invite, and who is invited: without the secrets, which nobody can see again."""
    pending = _pending(invitations, context)
    listed = (Message("invite.pending", lines=tuple(_line(each) for each in pending)),) if pending else ()
    roles = tuple(button(f"role.{role.value}", "invite", role.value) for role in INVITED)
    choices = (*grid(roles, 2), *rows(*(button("uninvite", "uninvite", each.id, name=each.name) for each in pending)))
    resting = replace(context.conversation, step=Step.HOME, inviting=None)
    asked = Message("invite.ask", {"example": menus.EXAMPLES["invite"]}, (*listed, *news), choices)
    return screen(event, context, asked, resting)


def _pending(invitations: tuple[Invitation, ...], context: Context) -> tuple[Invitation, ...]:
    """Those that lead somewhere, the first to run out first."""
    awaited = {"", *(member.awaits for member in context.team)}
    live = (each for each in invitations if not each.over(context.now) and each.awaits in awaited)
    return tuple(sorted(live, key=lambda each: (each.expires, each.id)))


def _line(invitation: Invitation) -> Message:
    role = Message(f"role.{invitation.role.value}")
    return Message("invite.line", {"name": invitation.name, "role": role, "until": Moment(invitation.expires)})
