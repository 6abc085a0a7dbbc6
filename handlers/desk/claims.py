"""Taking a case, letting go of it, and handing it over to a colleague who says yes within a day."""

from msgspec.structs import replace

from handlers import cards, custody, standing, waits
from handlers.desk import traces
from handlers.desk.talk import again, sealed, told
from handlers.model import (
    Case,
    CaseState,
    Choice,
    Context,
    Edit,
    Effect,
    Entry,
    Event,
    Member,
    MemberId,
    Message,
    Note,
    Offer,
    Outcome,
    Send,
    Staff,
    Step,
    Text,
    Withdraw,
)
from handlers.permissions import cleared, may_know
from handlers.speech import UNLOCK, Rows, audited, button, grid, rows, say, screen, tell, with_effects


def claim(event: Event, context: Context) -> Outcome:
    """Take a case. Decided on the locked row, so that exactly one of many wins."""
    case, me = context.known_case, context.me
    if case.state is CaseState.CLAIMED:
        return say(context, _taken(case, context))
    claimed, news = told(custody.taken(case, me.id), context)
    answer = say(context, _next_step(case, context))
    outcome = with_effects(answer, cards.changed(claimed, context.team, context.now), *news)
    return audited(replace(outcome, case=claimed), Entry("claim", me.id, case.id))


def _next_step(case: Case, context: Context) -> Message:
    if context.person.unlocked:
        return Message("claim.done", {"ref": case.ref}, choices=rows(button("open", "open", case.id)))
    return Message("claim.locked", {"ref": case.ref}, choices=rows(UNLOCK, button("open", "open", case.id)))


def _taken(case: Case, context: Context) -> Message:
    if case.holder == context.me.id:
        return Message("claim.yours", {"ref": case.ref}, choices=rows(button("open", "open", case.id)))
    return Message("claim.taken", {"ref": case.ref, "name": cards.name_of(case.holder, context.team)})


def release(event: Event, context: Context) -> Outcome:
    """Let go of a case: it is open again, and everybody on duty is told."""
    case, me = context.known_case, context.me
    if case.state is not CaseState.CLAIMED:
        return say(context, Message("release.open", {"ref": case.ref}))
    released, news = told(waits.foreseen(case, custody.freed(case), context), context)
    resting = replace(traces.without(context.conversation, case.id), step=Step.HOME, focus="")
    outcome = with_effects(
        say(context, Message("release.done", {"ref": case.ref}), conversation=resting),
        *standing.moved(case, released, context),
        *cards.notice(released, context.team, context.now),
        Withdraw(context.person.address, cards.traces(case.id)),
        *news,
    )
    return audited(replace(outcome, case=released), Entry("release", me.id, case.id))


def ask_whom(event: Event, context: Context) -> Outcome:
    """Whom to hand it over to: everybody who may know of it."""
    case = context.known_case
    others = _others(case, context)
    if not others:
        return say(context, Message("handover.nobody", {"ref": case.ref}))
    named = tuple(cards.member_button(member, "handto") for member in others)
    asking = replace(context.conversation, step=Step.HAND_OVER, focus=case.id, chosen="")
    offered, takes_back = _standing(case, context)
    ways = (*grid(named, 2), *takes_back, *rows(button("cancel", "stop")))
    return screen(event, context, Message("handover.ask", {"ref": case.ref}, offered, ways), asking)


def _standing(case: Case, context: Context) -> tuple[tuple[Message, ...], Rows]:
    """The offer that is not answered yet, and the way to take it back."""
    if case.offered is None:
        return (), ()
    name = cards.name_of(case.offered.to, context.team)
    return (Message("handover.stands", {"name": name}),), rows(button("handover.back", "handback", case.id))


def ask_note(event: Choice, context: Context) -> Outcome:
    """The note that goes with it."""
    case, to = context.known_case, _named(event.arg, context)
    if to is None:
        return ask_whom(event, context)
    asking = replace(context.conversation, step=Step.HAND_OVER, focus=case.id, chosen=to.id)
    choices = rows(button("handover.bare", "handbare"), button("cancel", "stop"))
    return screen(event, context, Message("handover.note", {"ref": case.ref, "name": to.name}, choices=choices), asking)


def offer(event: Text | Choice, context: Context) -> Outcome:
    """The case is offered, its note sealed; until the colleague says yes it stays where it is."""
    case, me, to = context.known_case, context.me, _named(context.conversation.chosen, context)
    if to is None:
        return ask_whom(event, context)
    offered = replace(case, offered=Offer(to.id, waits.asked_until(context.now)))
    resting = replace(context.conversation, step=Step.HOME, chosen="")
    said = with_effects(screen(event, context, _offered(case, to.name), resting), *_taken_back(case, context))
    if isinstance(event, Text):
        said = sealed(said, Note(event.text), event.message, context)
    outcome = with_effects(said, Send(to=Staff(to.id), message=_offer(offered, context), slot=_slot(case), urgent=True))
    return audited(replace(outcome, case=offered), Entry("handover", me.id, case.id, to.id))


def _offered(case: Case, name: str) -> Message:
    back = rows(button("handover.back", "handback", case.id))
    return Message("handover.done", {"ref": case.ref, "name": name}, choices=back)


def waiting(case: Case, context: Context) -> Message | None:
    """The speaker's own offer, with the way to take it back."""
    offer = case.offered
    if offer is None or case.holder != context.me.id or not waits.stands(offer, context.now):
        return None
    return _offered(case, cards.name_of(offer.to, context.team))


def question(case: Case, context: Context) -> Send | None:
    """The offer once more, for whom it is made to."""
    known = _is_mine(case, context) and may_know(context.me, case, context.team)
    return replace(tell(context, _offer(case, context)), slot=_slot(case)) if known else None


def _offer(case: Case, context: Context) -> Message:
    answers = (button("handover.yes", "handyes", case.id), button("handover.no", "handno", case.id))
    card = cards.card(case, context.team, context.now)
    by = cards.name_of(case.holder, context.team)
    said = Message("handover.offer", {"ref": case.ref, "name": by}, choices=grid(answers, 2))
    return replace(said, lines=(cards.line(case, context.now), *card.lines[1:]))


def take_back(event: Choice, context: Context) -> Outcome:
    """The giver thinks better of it: the case stays with them, and whom it was offered to is told."""
    case = context.known_case
    if case.offered is None:
        return say(context, Message("handover.gone", {"ref": case.ref}))
    said = say(context, Message("handover.back", {"ref": case.ref}, choices=again(case)))
    outcome = replace(with_effects(said, *_taken_back(case, context)), case=replace(case, offered=None))
    return audited(outcome, Entry("handover.back", context.me.id, case.id, case.offered.to))


def _taken_back(case: Case, context: Context) -> tuple[Effect, ...]:
    return _gone(case, Message("handover.gone", {"ref": case.ref}), context)


def _gone(case: Case, said: Message, context: Context) -> tuple[Effect, ...]:
    """Said to whom it was offered: anew, for nobody looks for what changed above; and in the place of the question."""
    if case.offered is None:
        return ()
    to = Staff(case.offered.to)
    return Edit(to, said, slot=_slot(case)), *standing.word(to.member, said, case, context)


def over(case: Case, context: Context) -> tuple[Effect, ...]:
    """Nobody answered in time: both are told, and the case stays where it is."""
    if case.offered is None:
        return ()
    name = cards.name_of(case.offered.to, context.team)
    said = Message("handover.over", {"ref": case.ref, "name": name}, choices=again(case))
    return Send(to=Staff(case.holder), message=said), *_gone(case, Message("handover.late", {"ref": case.ref}), context)


def _slot(case: Case) -> str:
    return f"offer:{case.id}"


def _is_mine(case: Case, context: Context) -> bool:
    """Whether it is offered to the speaker, and still is."""
    offer = case.offered
    return offer is not None and offer.to == context.me.id and waits.stands(offer, context.now)


def take_over(event: Choice, context: Context) -> Outcome:
    """Yes. Whoever handed it over reads along from now on, unless the case is restricted."""
    case, me = context.known_case, context.me
    if not _is_mine(case, context):
        return say(context, Message("handover.gone", {"ref": case.ref}))
    mine = custody.taken(case, me.id, second=case.holder)
    outcome = with_effects(
        say(context, _next_step(case, context)),
        *standing.moved(case, mine, context),
        *_word_to(case.holder, "handover.taken" if mine.second else "handover.left", case, me),
    )
    return audited(replace(outcome, case=mine), Entry("takeover", me.id, case.id))


def decline(event: Choice, context: Context) -> Outcome:
    """No. It stays where it is."""
    case, me = context.known_case, context.me
    if not _is_mine(case, context):
        return say(context, Message("handover.gone", {"ref": case.ref}))
    said = say(context, Message("handover.refused", {"ref": case.ref}))
    outcome = with_effects(said, *_word_to(case.holder, "handover.declined", case, me))
    return audited(replace(outcome, case=replace(case, offered=None)), Entry("decline", me.id, case.id))


def _word_to(holder: MemberId, id: str, case: Case, me: Member) -> tuple[Send, ...]:
    word = Message(id, {"ref": case.ref, "name": me.name})
    return (Send(to=Staff(holder), message=word),) if holder else ()


def _others(case: Case, context: Context) -> tuple[Member, ...]:
    knowing = cleared(case.clearance, context.team)
    return tuple(each for each in context.team if each.id in knowing and each.id != context.me.id)


def _named(member: str, context: Context) -> Member | None:
    return next((each for each in _others(context.known_case, context) if each.id == member), None)
