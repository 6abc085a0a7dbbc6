"""Inviting people, comparing fingerprints, letting them in."""

from msgspec.structs import replace

from handlers import cards, clocks, codes
from handlers.model import (
    Admins,
    Button,
    Choice,
    Command,
    Context,
    Edit,
    Entry,
    Event,
    GrantPool,
    Invitation,
    Invite,
    Member,
    Message,
    Outcome,
    Param,
    PutMember,
    RemoveMember,
    Role,
    Send,
    SetMenu,
    Timer,
)
from handlers.speech import audited, button, grid, say, with_effects

INVITED = (Role.RESPONDER, Role.ADMIN)


def invite(event: Command | Choice, context: Context) -> Outcome:
    """`/invite responder|admin [call name] [countries]`, or a press on a role: a link and a code, good once, for a day.

    Countries (codes, in capitals) are where the newcomer or their family comes from: some reports are hidden from some.
    """
    wish, _, more = (event.args if isinstance(event, Command) else event.arg).strip().partition(" ")
    if wish.lower() not in INVITED:
        return say(context, Message("invite.ask", choices=grid(tuple(_role_button(role) for role in INVITED), 2)))
    countries = tuple(word for word in more.split() if word in context.program.countries)
    name = " ".join(word for word in more.split() if word not in countries)[:NAME_LENGTH] or _call_name(context)
    return _invite(Role(wish.lower()), name, countries, context)


NAME_LENGTH = 24


def _role_button(role: Role) -> Button:
    return button(f"role.{role.value}", "invite", role.value)


def _call_name(context: Context) -> str:
    """A call name that says nothing about anybody: two words of the code list."""
    words = context.desk.words.get("en", ())
    return " ".join(codes.spell(codes.new_code(context.new_id()), words).split()[:2]).title() if words else "–"


def _invite(role: Role, name: str, countries: tuple[str, ...], context: Context) -> Outcome:
    """Not protected as other secrets are: its only use is to be copied and given to somebody."""
    secret = context.new_id()
    invitation = Invitation(role=role, name=name, expires=context.now + clocks.INVITATION_LIFE, communities=countries)
    bot = context.desk.staff_bot or context.desk.bot
    said = Message(
        "invite.made",
        {
            "role": Message(f"role.{role.value}"),
            "name": name,
            "link": f"https://t.me/{bot}?start={secret}",
            "code": secret,
        },
        lines=(_origins(countries),),
    )
    outcome = with_effects(say(context, said, _witness(context)), Invite(invitation, secret))
    return audited(outcome, Entry("invite", context.me.id, detail=role.value))


def approve(event: Choice, context: Context) -> Outcome:
    """The fingerprint words were compared by voice: the newcomer gets the desk's key."""
    newcomer = _newcomer(event, context)
    if newcomer is None:
        return say(context, Message("approve.gone"))
    role = Message(f"role.{newcomer.role.value}")
    outcome = with_effects(
        say(context, _witness(context)),
        GrantPool(newcomer.id),
        PutMember(replace(newcomer, active=True)),
        SetMenu(newcomer.address, newcomer.role, newcomer.language),
        Send(to=newcomer.address, message=Message("join.approved", {"role": role}), language=newcomer.language),
        _settled("approve.done", newcomer, context),
    )
    return audited(outcome, Entry("approve", context.me.id, detail=newcomer.id))


def refuse(event: Choice, context: Context) -> Outcome:
    """The newcomer is not who they should be: nothing was granted, and they are forgotten."""
    newcomer = _newcomer(event, context)
    if newcomer is None:
        return say(context, Message("approve.gone"))
    outcome = with_effects(
        say(context, _witness(context)),
        RemoveMember(newcomer.id),
        Send(to=newcomer.address, message=Message("join.refused"), language=newcomer.language),
        _settled("approve.refused", newcomer, context),
    )
    return audited(outcome, Entry("refuse", context.me.id, detail=newcomer.id))


def team(event: Event, context: Context) -> Outcome:
    """Who is here, in which role, on duty or not; and who waits."""
    lines = tuple(_line(member) for member in context.team)
    waiting = tuple(member for member in context.team if not member.active and member.public)
    questions = tuple(cards.ask_approval(member) for member in waiting)
    return say(context, Message("team.head", lines=lines, count=len(lines)), *questions)


def witness(event: Timer, context: Context) -> Outcome:
    """The head of the audit chain, once a day, where an intruder on the server can't unsay it."""
    return say(context, _witness(context))


def _witness(context: Context) -> Message:
    return Message("audit.head", {"head": context.desk.audit_head})


def _newcomer(event: Choice, context: Context) -> Member | None:
    waiting = (member for member in context.team if not member.active and member.public)
    return next((member for member in waiting if cards.key_name(member) == event.arg), None)


def _settled(id: str, newcomer: Member, context: Context) -> Edit:
    said = Message(id, {"name": newcomer.name, "by": context.me.name})
    return Edit(to=Admins(), message=said, slot=cards.join_slot(newcomer))


def _line(member: Member) -> Message:
    state = "duty" if member.active and member.on_duty else "off" if member.active else "waiting"
    role = Message(f"role.{member.role.value}")
    said: dict[str, Param] = {"name": member.name, "role": role, "state": Message(f"team.{state}")}
    return Message("team.line", said, lines=(_origins(member.communities),))


def _origins(countries: tuple[str, ...]) -> Message:
    """Where somebody comes from, or that nobody has said."""
    named = cards.joined(tuple(cards.place("host", code) for code in countries))
    return Message("team.from", {"countries": named}) if countries else Message("team.from.unknown")
