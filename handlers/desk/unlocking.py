"""Unlocking with the passphrase, and locking: by hand, by the clock, by an admin."""

from msgspec.structs import replace

from handlers import cards, clocks, standing
from handlers.desk import queue, traces
from handlers.model import (
    Choice,
    Command,
    Context,
    Delete,
    Entry,
    Event,
    Lock,
    Member,
    MemberId,
    Message,
    MessageRef,
    Moment,
    Outcome,
    Param,
    PutMember,
    Role,
    Span,
    Step,
    Text,
    Timer,
    Unlock,
    Unlocked,
)
from handlers.speech import UNLOCK, audited, button, first, grid, rows, say, screen, with_effects

ALL = "all"


def unlock(event: Command, context: Context) -> Outcome:
    """`/unlock`, with or without the passphrase behind it."""
    if context.person.unlocked:
        typed = _taken_away(event.message, context) if event.args.strip() else ()
        return first(say(context, Message("unlock.already")), *typed)
    if event.args.strip():
        return _try(event.args, context, event.message)
    return _ask_passphrase(event, context)


def ask_passphrase(event: Choice, context: Context) -> Outcome:
    """A press on Unlock."""
    if context.person.unlocked:
        return say(context, Message("unlock.already"))
    return _ask_passphrase(event, context)


def _ask_passphrase(event: Event, context: Context) -> Outcome:
    return screen(event, context, Message("unlock.ask"), replace(context.conversation, step=Step.PASSPHRASE))


def passphrase(event: Text, context: Context) -> Outcome:
    """The passphrase, typed. Its message is deleted before anything else happens."""
    return _try(event.text, context, event.message)


def _try(typed: str, context: Context, message: MessageRef) -> Outcome:
    me, taken_away = context.me, _taken_away(message, context)
    pause = clocks.paused_until(me.failures, context.now)
    if pause:
        return first(say(context, Message("unlock.paused", {"until": Moment(pause)})), *taken_away)
    resting = replace(context.conversation, step=Step.PASSPHRASE)
    # counted before it is known to be wrong: a hundred at once must not all be tried
    tried = replace(me, failures=(*clocks.recent_failures(me.failures, context.now), context.now))
    return Outcome(resting, (*taken_away, PutMember(tried), Unlock(me.id, " ".join(typed.lower().split()))))


def _taken_away(message: MessageRef, context: Context) -> tuple[Delete, ...]:
    """What a passphrase was typed in is deleted. At the server's console there is no message."""
    return (Delete(context.person.address, (message,)),) if message else ()


def unlocked(event: Unlocked, context: Context) -> Outcome:
    """The passphrase was right, or wrong."""
    me = context.me
    if event.until is None:
        return _wrong(me, context)
    resting = replace(context.conversation, step=Step.HOME)
    spans: dict[str, Param] = {"until": Moment(event.until), "idle": Span(context.desk.idle_minutes)}
    open_now = Message("unlock.open", spans, choices=grid((button("queue", "queue"), button("lock", "lock")), 2))
    outcome = say(context, open_now, *queue.mine(context), conversation=resting)
    fresh = replace(me, failures=(), proven=True)
    outcome = with_effects(outcome, *((PutMember(fresh),) if fresh != me else ()))
    return audited(outcome, Entry("unlock", me.id))


def _wrong(me: Member, context: Context) -> Outcome:
    left = clocks.FAILURES_ALLOWED - len(clocks.recent_failures(me.failures, context.now))
    pause = clocks.paused_until(me.failures, context.now)
    said = Message("unlock.paused", {"until": Moment(pause)}) if pause else Message("unlock.wrong", {"left": left})
    return audited(say(context, said), Entry("unlock-failed", me.id))


def lock(event: Command | Choice, context: Context) -> Outcome:
    """Forget the keys at once; for an admin, `all` forgets everybody's. Any other word locks all the same."""
    me, whose = context.me, event.args if isinstance(event, Command) else event.arg
    if whose.strip().lower() == ALL and me.role is Role.ADMIN:
        return _lock_all(context)
    return audited(with_effects(_locked("lock.done", context), Lock(me.id)), Entry("lock", me.id))


def _lock_all(context: Context) -> Outcome:
    others = tuple(each for each in context.team if each.active and each.id != context.me.id)
    opened = tuple(each for each in others if each.id in context.open_since)
    locks = tuple(effect for each in opened for effect in standing.locked(each, context.me.id, context))
    rest = tuple(Lock(each.id) for each in (*others, context.me) if each not in opened)
    return audited(with_effects(_locked("lock.all", context), *locks, *rest), Entry("lock-all", context.me.id))


def idle(event: Timer, context: Context) -> Outcome:
    """The keys were forgotten: because nobody used them, an admin locked all, or their role has changed."""
    if event.about == standing.DEMOTED:
        return _locked("lock.role", context)
    by = cards.name_of(MemberId(event.about), context.team)
    return _locked("lock.others", context, by=by) if event.about else _locked("lock.idle", context)


def _locked(id: str, context: Context, **params: Param) -> Outcome:
    """What was opened goes out of the chat with the keys."""
    resting = replace(context.conversation, step=Step.HOME, focus="", reading=())
    lines = (traces.AWAY,) if context.conversation.reading else ()
    said = Message(id, params, lines, rows(UNLOCK))
    return first(say(context, said, conversation=resting), *traces.all_away(context))


def lost(event: Event, context: Context) -> Outcome:
    """A passphrase that was on its way when the server stopped: it was never written down anywhere, so it is gone."""
    return say(context, Message("unlock.lost"), conversation=replace(context.conversation, step=Step.HOME))
