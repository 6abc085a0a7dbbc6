"""A new passphrase for the same key, while it is open; and a new key for somebody who has lost theirs."""

from msgspec.structs import replace

from handlers import cards, standing
from handlers.desk import traces
from handlers.measures import guarantor
from handlers.model import (
    Admins,
    Choice,
    Context,
    Delete,
    Enrol,
    Entry,
    Event,
    Lock,
    Message,
    Outcome,
    PutMember,
    Rekey,
    Rewrap,
    Rewrapped,
    Role,
    Send,
    SetMenu,
    Step,
)
from handlers.speech import UNLOCK, audited, button, first, rows, say, screen, with_effects


def ask(event: Event, context: Context) -> Outcome:
    """`/passphrase`: with open keys, another passphrase; with closed ones, a new key."""
    cancel = button("cancel", "stop")
    if context.person.unlocked:
        question = Message("passphrase.change", choices=rows(button("passphrase.change", "rewrap"), cancel))
    elif guarantor(context.me, context.me, context.team):
        lost = button("passphrase.lost", "newkey", context.me.id)
        question = Message("passphrase.lost", choices=rows(UNLOCK, lost, cancel))
    else:
        question = Message("passphrase.last", choices=rows(UNLOCK))
    return screen(event, context, question, replace(context.conversation, step=Step.HOME))


def change(event: Choice, context: Context) -> Outcome:
    """Another passphrase is made; the present one holds until the new one is noted."""
    if not context.person.unlocked:
        return _locked(context)
    return with_effects(say(context, Message("passphrase.making")), Rewrap(context.me.id))


def rewrapped(event: Rewrapped, context: Context) -> Outcome:
    """Shown once, as at joining."""
    if not event.wrap:
        return _locked(context)
    noted = button("noted", "noted", cards.fingerprint(event.wrap))
    shown = Message("passphrase.new", {"passphrase": event.passphrase}, choices=rows(noted), protect=True)
    kept = PutMember(replace(context.me, next_wrap=event.wrap))
    return with_effects(say(context), kept, Send(to=context.person.address, message=shown, volatile=True))


def noted(event: Choice, context: Context) -> Outcome:
    """From now on the new passphrase holds, and the one before does not. An older screen only goes away."""
    me, taken_away = context.me, Delete(context.person.address, (event.message,))
    if not me.next_wrap or event.arg != cards.fingerprint(me.next_wrap):
        return first(say(context), taken_away)
    holds = PutMember(replace(me, wrap=me.next_wrap, next_wrap=b"", proven=False))
    outcome = first(with_effects(say(context, Message("passphrase.changed")), holds), taken_away)
    return audited(outcome, Entry("passphrase", me.id))


def new_key(event: Choice, context: Context) -> Outcome:
    """The passphrase is lost: the old key ends as when somebody is revoked, and the new one must be approved.

    The cases stay theirs, but for those that can't wait.
    """
    me = context.me
    if event.arg != me.id or guarantor(me, me, context.team) is None:
        return ask(event, context)
    resting = replace(context.conversation, step=Step.HOME, focus="", reading=())
    begun = first(say(context, Message("join.again"), conversation=resting), *traces.all_away(context))
    outcome = standing.changed(begun, me, replace(standing.keyless(me), again=True), context)
    outcome = with_effects(
        outcome,
        Lock(me.id),
        Rekey(me.id),
        Enrol(me.id),
        SetMenu(me.address, Role.NEWCOMER, me.language),
        Send(to=Admins(), message=Message("passphrase.told", {"name": me.name})),
    )
    return standing.set_down(audited(outcome, Entry("new-key", me.id)), standing.pressing(context.held), context)


def _locked(context: Context) -> Outcome:
    return say(context, Message("refused.locked", choices=rows(UNLOCK)))
