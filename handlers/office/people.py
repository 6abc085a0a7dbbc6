"""Inviting people, comparing fingerprints, letting them in."""

from msgspec.structs import replace

from handlers import cards, clocks, codes, standing
from handlers.model import (
    Admins,
    Barred,
    Button,
    Choice,
    Command,
    Context,
    Edit,
    Entry,
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
from handlers.office import team
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
    outcome = with_effects(
        say(context, made(invitation, secret, context), witness_line(context)), Invite(invitation, secret)
    )
    return audited(outcome, Entry("invite", context.me.id, detail=role.value))


def made(invitation: Invitation, secret: str, context: Context) -> Message:
    """The link and the code, to be given to somebody."""
    bot = context.desk.staff_bot or context.desk.bot
    params: dict[str, Param] = {
        "role": Message(f"role.{invitation.role.value}"),
        "name": invitation.name,
        "link": f"https://t.me/{bot}?start={secret}",
        "code": secret,
    }
    return Message("invite.made", params, lines=(team.origins(invitation.communities),))


def approve(event: Choice, context: Context) -> Outcome:
    """The fingerprint words were compared by voice: the newcomer gets the desk's key."""
    newcomer = _newcomer(event, context)
    if newcomer is None:
        return say(context, Message("approve.gone"))
    role = Message(f"role.{newcomer.role.value}")
    outcome = with_effects(
        say(context, witness_line(context)),
        GrantPool(newcomer.id),
        PutMember(replace(newcomer, active=True, again=False)),
        SetMenu(newcomer.address, newcomer.role, newcomer.language),
        Send(to=newcomer.address, message=Message("join.approved", {"role": role}), language=newcomer.language),
        _settled("approve.done", newcomer, context),
    )
    return audited(outcome, Entry("approve", context.me.id, detail=newcomer.id))


def refuse(event: Choice, context: Context) -> Outcome:
    """The newcomer is not who they should be: nothing was granted, and they are forgotten.

    Somebody who was here before stays as suspended, without a key: their cases are theirs until an admin revokes them.
    """
    newcomer = _newcomer(event, context)
    if newcomer is None:
        return say(context, Message("approve.gone"))
    outcome = with_effects(
        say(context, witness_line(context)),
        PutMember(replace(standing.keyless(newcomer), barred=Barred.SUSPENDED))
        if newcomer.again
        else RemoveMember(newcomer.id),
        Send(to=newcomer.address, message=Message("join.refused"), language=newcomer.language),
        _settled("approve.refused", newcomer, context),
    )
    return audited(outcome, Entry("refuse", context.me.id, detail=newcomer.id))


def witness(event: Timer, context: Context) -> Outcome:
    """The head of the audit chain, once a day, where an intruder on the server can't unsay it."""
    return say(context, witness_line(context))


def witness_line(context: Context) -> Message:
    """The head of the chain before what is being done now: it covers all that came earlier."""
    return Message("audit.head", {"head": context.desk.audit_head})


def _newcomer(event: Choice, context: Context) -> Member | None:
    waiting = (member for member in context.team if member.waiting)
    return next((member for member in waiting if cards.key_name(member) == event.arg), None)


def _settled(id: str, newcomer: Member, context: Context) -> Edit:
    said = Message(id, {"name": newcomer.name, "by": context.me.name})
    return Edit(to=Admins(), message=said, slot=cards.join_slot(newcomer))
