"""Setting a sender aside: what they send is kept and nobody is called for it. They are never told; whoever else
reads the case is: nobody makes a report silent alone and unseen.

A ban is undone by the admin or by time. It silences nobody for good: a report from somebody in danger is still named to
the admins, without ringing, and everything set aside can be read.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from handlers import cards
from handlers.desk.talk import contact_of
from handlers.model import (
    Ban,
    Case,
    CaseState,
    Choice,
    Context,
    Day,
    Entry,
    Event,
    Level,
    Message,
    Outcome,
    Send,
    Staff,
)
from handlers.permissions import readers
from handlers.speech import audited, button, rows, say, with_effects

LASTS = timedelta(days=30)
"""Long enough for whoever floods to lose interest, short enough that a mistake ends by itself."""


def ask(event: Event, context: Context) -> Outcome:
    """`/ban CODE`, or a press: what it means, and whether it is really wanted."""
    case = context.known_case
    if contact_of(context.parts) is None:
        return say(context, Message("ban.unknown", {"ref": case.ref}))
    ways = rows(button("ban", "ban.yes", case.id), button("cancel", "stop"))
    return say(context, Message("ban.ask", {"ref": case.ref}, choices=ways))


def ban(event: Choice, context: Context) -> Outcome:
    """The case is set aside, and whatever comes from its sender until the ban ends."""
    contact, until = contact_of(context.parts), context.now + LASTS
    if contact is None:
        return ask(event, context)
    case = replace(context.known_case, aside=True)
    back = rows(button("unban", "unban", case.id))
    answer = say(context, Message("ban.done", {"ref": case.ref, "day": Day(until)}, choices=back))
    card = cards.changed(case, context.team, context.now)
    outcome = with_effects(replace(answer, case=case), Ban(contact.address, until), card, *_word(case, until, context))
    return audited(outcome, Entry("ban", context.me.id, case.id))


def _word(case: Case, until: datetime, context: Context) -> tuple[Send, ...]:
    """To its holder, who reads along, and the other admins."""
    told = Message("ban.told", {"ref": case.ref, "name": context.me.name, "day": Day(until)})
    urgent = case.level is Level.P1
    others = sorted(readers(case, context.team) - {context.me.id})
    return tuple(Send(to=Staff(each), message=told, urgent=urgent, wakes=urgent) for each in others)


def unban(event: Event, context: Context) -> Outcome:
    """`/unban CODE`, or a press: the sender is heard again, and the case waits and is called out as if it came now.

    Of one that was not set aside only its sender may have been, for another one: nothing is changed about the case.
    What else came from them meanwhile stays set aside: only its sealed part tells whose it is.
    """
    contact, before = contact_of(context.parts), context.known_case
    case = replace(before, aside=False)
    lifted = (Ban(contact.address, None),) if contact else ()
    said = Message("unban.done" if before.aside else "unban.none", {"ref": case.ref})
    answer = replace(say(context, said), case=case)
    waits = before.aside and case.state is CaseState.OPEN
    card = cards.changed(case, context.team, context.now)
    told = cards.reopened(case, context.team, context.now) if waits else (card,)
    return audited(with_effects(answer, *lifted, *told), Entry("unban", context.me.id, case.id))
