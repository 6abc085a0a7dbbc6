"""The team's group: an admin makes it, presses on its cards, and its end. What stands on the cards: `handlers.board`.

One group, or one topic of a forum, for a desk. What is typed in any group is passed over, but for `/desk here` and for
a passphrase that went astray; all answers go to the private chat of whoever pressed or typed.
"""

from msgspec.structs import replace

from handlers import board
from handlers.desk import claims, talk
from handlers.model import (
    Admins,
    Board,
    Button,
    Clear,
    Context,
    Delete,
    Door,
    Effect,
    Entry,
    Event,
    InGroup,
    Message,
    Moved,
    Outcome,
    PutBoard,
    Role,
    Send,
    Step,
    Undelivered,
)
from handlers.speech import Rows, audited, button, rows, say, screen, with_effects

HERE = "here"
SYSTEM = "system"
"""The actor of what Telegram did to the group."""


def asked(event: InGroup, context: Context) -> Outcome:
    """`/desk here`, in a group: whether it is really wanted is asked in private, with all that it means."""
    if event.arg != HERE:
        return show(event, context)
    wish = Board(event.address, event.group, context.me.language)
    asking = replace(context.conversation, step=Step.BOARD, focus=wish.address, board=wish)
    choices = rows(button("group.yes", "boardyes"), button("cancel", "stop"))
    return screen(event, context, Message("group.ask", choices=choices), asking)


def anonymous(event: InGroup, context: Context) -> Outcome:
    """The same in the group's name: who asks, nobody can know. It is said there, for want of a chat of theirs."""
    if context.person.door is Door.FRONT:  # there the team's commands don't exist
        return Outcome(None)
    admins = (each.language for each in context.team if each.active and each.role is Role.ADMIN)
    language = context.desk.board.language if context.desk.board else next(admins, "")
    return Outcome(None, (Send(event.address, Message("group.anonymous"), language=language),))


def agreed(event: Event, context: Context) -> Outcome:
    """Confirmed. An earlier group ends, and every open case that may stand in the new one does."""
    wish = context.conversation.board
    if wish is None:
        return show(event, context)
    resting = replace(context.conversation, step=Step.HOME, focus="", board=None)
    outcome = screen(event, context, Message("group.done"), resting)
    told = Send(to=Admins(), message=Message("group.set", {"name": context.me.name}))
    outcome = with_effects(outcome, *_cleared(context), *_begun(wish, context), told)
    return audited(outcome, Entry("group-set", context.me.id))


def show(event: Event, context: Context) -> Outcome:
    """`/desk`: whether there is a group, and the way to one or out of it."""
    there = context.desk.board is not None
    choices = rows(button("group.end", "boardend")) if there else _ways(context)
    resting = replace(context.conversation, board=None)
    return screen(event, context, Message("group.on" if there else "group.off", choices=choices), resting)


def _ways(context: Context) -> Rows:
    """Telegram's own link: it lets an admin choose a group, adds the bot, and types `/start here` there."""
    bot = context.desk.staff_bot or context.desk.bot
    if not bot:
        return ()
    return ((Button(Message("button.group.add"), "url", f"https://t.me/{bot}?startgroup={HERE}"),),)


def ended(event: Event, context: Context) -> Outcome:
    """No group any more: its cards are taken away, as far as the messenger lets us."""
    if context.desk.board is None:
        return show(event, context)
    told = Send(to=Admins(), message=Message("group.ended", {"name": context.me.name}))
    outcome = screen(event, context, Message("group.off", choices=_ways(context)), context.conversation)
    outcome = with_effects(outcome, *_cleared(context), PutBoard(None), told)
    return audited(outcome, Entry("group-ended", context.me.id))


def claimed(event: InGroup, context: Context) -> Outcome:
    """A press on a card in the group: a claim like any other. On a card of a group that was, nothing happens."""
    if context.desk.board is None or context.desk.board.address != event.address:
        return Outcome(context.conversation)
    return claims.claim(event, context)


def leaked(event: InGroup, context: Context) -> Outcome:
    """A member typed a passphrase into a group: it is taken away, and is burnt all the same."""
    away = Delete(event.group, (event.message,), urgent=True)
    outcome = with_effects(say(context, Message("group.leaked")), away)
    return audited(outcome, Entry("leaked", context.me.id))


def undelivered(event: Undelivered, context: Context) -> Outcome:
    """We can't write into the group any more: it ends, and the admins hear why. Of any other chat: see `talk`."""
    if not _is_ours(context):
        return talk.undelivered(event, context)
    told = Send(to=Admins(), message=Message("group.lost"), urgent=True)
    return Outcome(None, (PutBoard(None), told), audit=(Entry("group-ended", SYSTEM),))


def moved(event: Moved, context: Context) -> Outcome:
    """Telegram made another kind of group of it, with another address: the cards are written there anew."""
    if not _is_ours(context) or context.desk.board is None:
        return Outcome(None)
    there = replace(context.desk.board, address=event.to, group=event.to)
    told = Send(to=Admins(), message=Message("group.moved"))
    return Outcome(None, (*_begun(there, context), told), audit=(Entry("group-set", SYSTEM),))


def _is_ours(context: Context) -> bool:
    ours = context.desk.board
    return ours is not None and context.person.address in {ours.address, ours.group}


def _begun(new: Board, context: Context) -> tuple[Effect, ...]:
    hello = Send(new.address, Message("group.hello"), language=new.language)
    return (PutBoard(new), hello, *board.posted(context.queue, new, context.now))


def _cleared(context: Context) -> tuple[Clear, ...]:
    return (Clear(context.desk.board.address),) if context.desk.board else ()
