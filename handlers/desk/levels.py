"""Another level than the rules gave: at once, with a reason; a P1 becomes less urgent only when two people agree.

Until then, or until the day is over (`waits.ASKED`), it stays as urgent as it was.
"""

from msgspec.structs import replace

from handlers import cards, menus, standing, waits
from handlers.desk import traces
from handlers.desk.talk import after_ref, sealed
from handlers.model import (
    Button,
    Case,
    CaseState,
    Choice,
    Command,
    Context,
    Conversation,
    Edit,
    Effect,
    Entry,
    Event,
    Keep,
    Level,
    Levelled,
    Lowering,
    MemberId,
    Message,
    Outcome,
    Param,
    Role,
    Send,
    Staff,
    Step,
    Team,
    Text,
)
from handlers.permissions import cleared, may_know
from handlers.speech import Rows, audited, button, rows, say, screen, tell, with_effects


def ask(event: Command | Choice, context: Context) -> Outcome:
    """`/level CODE P2 reason`, or a press: which level, and why. What is no level gets the right use."""
    named, _, reason = (after_ref(event.args) if isinstance(event, Command) else "").partition(" ")
    level = Level.__members__.get(named.upper())
    if level and reason.strip() and isinstance(event, Command):
        return _set(level, reason.strip(), event, context)
    if level:
        return _ask_why(level, event, context)
    return _ask_which(event, context, (menus.usage("level"),) if named else ())


def chosen(event: Choice, context: Context) -> Outcome:
    """A level was pressed: why?"""
    level = Level.__members__.get(event.arg)
    return _ask_why(level, event, context) if level else _ask_which(event, context)


def why(event: Text, context: Context) -> Outcome:
    """The reason, in words."""
    level = Level.__members__.get(context.conversation.chosen)
    return _set(level, event.text, event, context) if level else _ask_which(event, context)


def _ask_which(event: Event, context: Context, lines: tuple[Message, ...] = ()) -> Outcome:
    case = context.known_case
    others = tuple(
        Button(Message(f"level.{each.name}"), "setlevel", each.name) for each in Level if each is not case.level
    )
    asking = replace(context.conversation, step=Step.LEVEL, focus=case.id, chosen="")
    message = Message("level.ask", {"ref": case.ref, "level": cards.level(case)}, lines)
    return screen(event, context, replace(message, choices=(*rows(*others), *rows(button("cancel", "stop")))), asking)


def _ask_why(level: Level, event: Event, context: Context) -> Outcome:
    case = context.known_case
    asking = replace(context.conversation, step=Step.LEVEL, focus=case.id, chosen=level.name)
    message = Message("level.why", {"ref": case.ref, "level": Message(f"level.{level.name}")})
    return screen(event, context, replace(message, choices=rows(button("cancel", "stop"))), asking)


def _set(level: Level, reason: str, event: Text | Command, context: Context) -> Outcome:
    case, lowers = context.known_case, context.known_case.level is Level.P1 and level is not Level.P1
    resting = replace(context.conversation, step=Step.HOME, chosen="")
    if lowers and not _others(case, context):
        alone = say(context, Message("request.nobody", {"ref": case.ref}), conversation=resting)
        return traces.shown(with_effects(alone, Keep(event.message, cards.traces(case.id))), case, context, "words")
    outcome = _proposed(level, resting, context) if lowers else _done(level, resting, context)
    return sealed(outcome, Levelled(case.level, level, reason), event.message, context)


def _about(case: Case, level: Level) -> dict[str, Param]:
    return {"ref": case.ref, "level": Message(f"level.{level.name}")}


def _done(level: Level, resting: Conversation, context: Context) -> Outcome:
    said = Message("level.done", _about(context.known_case, level))
    return _changed(level, say(context, said, conversation=resting), context)


def _proposed(level: Level, resting: Conversation, context: Context) -> Outcome:
    """It waits for the yes of another who holds the case or is an admin: the chat of one member must not be enough."""
    me, was = context.me, context.known_case
    wish = Lowering(level, me.id, waits.asked_until(context.now))
    case = replace(was, lowering=wish)
    asked = _question(case, wish, context)
    # each by name: a circle without who asks could fall back on some who may not know of it (`permissions.cleared`)
    questions = (Send(to=Staff(each), message=asked, slot=_slot(case), urgent=True) for each in _others(case, context))
    outcome = with_effects(say(context, _waiting(case, wish), conversation=resting), *questions)
    return audited(replace(outcome, case=case), Entry("level.asked", me.id, case.id, _change(was.level, level)))


def _others(case: Case, context: Context) -> tuple[MemberId, ...]:
    """Who may decide about it, besides the speaker."""
    return tuple(sorted(cleared(_deciders(case).clearance, context.team) - {context.me.id}))


def _waiting(case: Case, wish: Lowering) -> Message:
    back = rows(button("level.no", "keeplevel", case.id))
    return Message("level.waits", _about(case, wish.to), choices=back)


def waiting(case: Case, context: Context) -> Message | None:
    """The speaker's own wish, with the way to take it back."""
    wish = case.lowering
    return _waiting(case, wish) if wish and waits.is_own(wish, context) else None


def _question(case: Case, wish: Lowering, context: Context) -> Message:
    answers = (button("level.yes", agreeing(wish.to), case.id), button("level.no", "keeplevel", case.id))
    facts = _about(case, wish.to) | {"name": cards.name_of(wish.by, context.team)}
    return Message("level.agree", facts, choices=(*_open(case), answers))


def agreeing(level: Level) -> str:
    """The verb of the yes to this level."""
    return f"lower.{level.name}"


def question(case: Case, context: Context) -> Send | None:
    """The wish of another once more, for somebody who may decide about it."""
    wish, me = case.lowering, context.me
    decider = me.role is Role.ADMIN or case.holder == me.id
    if wish is None or wish.by == me.id or not waits.stands(wish, context.now):
        return None
    known = decider and may_know(me, case, context.team)
    return replace(tell(context, _question(case, wish, context)), slot=_slot(case)) if known else None


def agree(event: Choice, context: Context) -> Outcome:
    """The second person's yes, to what they were asked: a wish that has changed since is asked anew."""
    case, wish = context.known_case, context.known_case.lowering
    present = {each.id for each in context.team if each.active}  # who was put out since is no second person
    if wish is None or not waits.stands(wish, context.now) or wish.by not in present:
        return say(context, Message("level.settled", {"ref": case.ref}))
    if wish.by == context.me.id:
        return say(context, Message("refused.two"))
    if event.verb != agreeing(wish.to):
        return say(context, _question(case, wish, context))
    return _changed(wish.to, _settled("level.done", wish, context), context)


def keep(event: Choice, context: Context) -> Outcome:
    """The second person's no, or the first one's change of mind."""
    case, wish = context.known_case, context.known_case.lowering
    if wish is None:
        return say(context, Message("level.settled", {"ref": case.ref}))
    outcome = replace(_settled("level.kept", wish, context), case=replace(case, lowering=None))
    return audited(outcome, Entry("level.kept", context.me.id, case.id, _change(case.level, wish.to)))


def _settled(id: str, wish: Lowering, context: Context) -> Outcome:
    """Said to both, as far as they may know of the case, and in the place of the question."""
    case = context.known_case
    said = Message(id, _about(case, wish.to))
    told = standing.word(wish.by, said, case, context) if wish.by != context.me.id else ()
    return with_effects(say(context, said), Edit(_deciders(case), said, slot=_slot(case)), *told)


def over(case: Case, context: Context) -> tuple[Effect, ...]:
    """Nobody answered in time: who wished it is told, and the question goes."""
    if case.lowering is None:
        return ()
    said = Message("level.over", _about(case, case.lowering.to))
    told = standing.word(case.lowering.by, said, case, context)
    return *told, Edit(_deciders(case), said, slot=_slot(case))


def _changed(level: Level, said: Outcome, context: Context) -> Outcome:
    """What the rules said stays in the header, so that the card can show both. Urgency calls those on duty again."""
    case = context.known_case
    judged = case.judged or case.level
    after = replace(case, level=level, judged=None if level is judged else judged, lowering=None)
    after = waits.foreseen(case, after, context)
    calls = level < case.level and case.state is CaseState.OPEN
    notice = cards.notice(after, context.team, context.now) if calls else ()
    outcome = with_effects(said, cards.changed(after, context.team, context.now), *notice)
    return audited(replace(outcome, case=after), Entry("level", context.me.id, case.id, _change(case.level, level)))


def _deciders(case: Case) -> Team:
    """The holder and the admins, of those who may know of it."""
    return Team(replace(case.clearance, restricted=True, holder=case.holder))


def _slot(case: Case) -> str:
    return f"level:{case.id}"


def _open(case: Case) -> Rows:
    return rows(button("open.ref", "open", case.id, ref=case.ref))


def _change(was: Level, level: Level) -> str:
    """As the audit chain says it."""
    return f"{was.name}>{level.name}"
