"""Comparing fingerprints, and letting newcomers in or not."""

from msgspec.structs import replace

from handlers import cards, standing
from handlers.model import (
    Admins,
    Barred,
    Choice,
    Context,
    Edit,
    Effect,
    Entry,
    GrantPool,
    Member,
    Message,
    Outcome,
    Param,
    PutMember,
    RemoveMember,
    Send,
    SetMenu,
    Timer,
)
from handlers.speech import UNLOCK, audited, rows, say, with_effects


def approve(event: Choice, context: Context) -> Outcome:
    """The fingerprint words were compared by voice: the newcomer gets the desk's key."""
    newcomer = _newcomer(event, context)
    if newcomer is None:
        return say(context, Message("approve.gone"))
    outcome = with_effects(say(context, witness_line(context)), *admitted(newcomer, context.me.name))
    return audited(outcome, Entry("approve", context.me.id, detail=newcomer.id))


def admitted(newcomer: Member, by: Param) -> tuple[Effect, ...]:
    """The desk's key is granted to them; they are told, and the admins who were asked."""
    approved = Message("join.approved", {"role": Message(f"role.{newcomer.role.value}")}, choices=rows(UNLOCK))
    return (
        GrantPool(newcomer.id),
        PutMember(replace(newcomer, active=True, again=False)),
        SetMenu(newcomer.address, newcomer.role, newcomer.language),
        Send(to=newcomer.address, message=approved, language=newcomer.language),
        _settled("approve.done", newcomer, by),
    )


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
        _settled("approve.refused", newcomer, context.me.name),
    )
    return audited(outcome, Entry("refuse", context.me.id, detail=newcomer.id))


def witness(event: Timer, context: Context) -> Outcome:
    """The head of the audit chain, once a day, where an intruder on the server can't unsay it."""
    return say(context, Message("audit.head", {"head": context.desk.audit_head}))


def witness_line(context: Context) -> Message:
    """The head of the chain before what is being done now: it covers all that came earlier."""
    return Message("audit.mark", {"head": context.desk.audit_head})


def _newcomer(event: Choice, context: Context) -> Member | None:
    waiting = (member for member in context.team if member.waiting)
    return next((member for member in waiting if cards.key_name(member) == event.arg), None)


def _settled(id: str, newcomer: Member, by: Param) -> Edit:
    said = Message(id, {"name": newcomer.name, "by": by})
    return Edit(to=Admins(), message=said, slot=cards.join_slot(newcomer))
