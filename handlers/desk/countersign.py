"""What goes to a partner goes by two: another member looks at exactly what leaves, and says yes or no to these bytes.

The reporter's consent is asked for anew at each step, the last time when the file is made. Who says no may say why.
"""

from datetime import UTC

from msgspec.structs import replace

from handlers import cards, standing, waits
from handlers.desk import bundles, sharing
from handlers.desk.talk import part, sealed
from handlers.model import (
    Bundle,
    Called,
    Case,
    Choice,
    Context,
    Edit,
    Effect,
    Entry,
    Given,
    MemberId,
    Message,
    Note,
    Outcome,
    Partner,
    Seal,
    Send,
    SendBundle,
    Share,
    Staff,
    Step,
    Text,
)
from handlers.permissions import another, cleared, may_know, readers
from handlers.program import Circle
from handlers.speech import audited, button, grid, rows, say, tell, with_effects

DIGITS = 16
"""Of the digest, in the audit chain: 64 bits tell one bundle from another."""


def ask(event: Choice, context: Context) -> Outcome:
    """What the speaker has put together is shown to another; those on duty who may know of the case are asked."""
    case, draft = context.known_case, sharing.newest(context)
    if draft is None or draft[0] != event.arg or draft[1].summary is None:
        return say(context, Message("draft.gone", {"ref": case.ref}))
    id, body = draft
    partner = bundles.partner(body.partner, context)
    if partner is None:
        return say(context, Message("share.unasked", {"ref": case.ref}))
    me = context.me.id
    wish = Share(id, me, waits.asked_until(context.now), _digest(body, partner, context))
    asked = Send(_others(case, me), _asked(case, me, context), slot(case))
    outcome = with_effects(say(context, _waiting(case, context)), asked)
    return audited(
        replace(outcome, case=replace(case, share=wish)),
        Entry("share.asked", context.me.id, case.id, _detail(wish, partner)),
    )


def look(event: Choice, context: Context) -> Outcome:
    """Exactly what leaves, for the second person."""
    case, found = context.known_case, _standing(context)
    if found is None:
        return _settled(context)
    wish, body, partner = found
    if wish.by == context.me.id:
        return say(context, Message("refused.two"))
    ways = (button("vouch", "shareyes", agreeing(case, wish)), button("vouch.no", "shareno", case.id))
    key = Message("share.key", {"partner": partner.name, "words": partner.spoken})
    last = Message("share.look", sharing.facts(body, partner, context), (key,), grid(ways, 2), protect=True)
    seen = sharing.preview(body, partner, last, context, Step.HOME)
    return audited(seen, Entry("share.look", context.me.id, case.id))


def agree(event: Choice, context: Context) -> Outcome:
    """The second person's yes to what they have looked at."""
    case, me, found = context.known_case, context.me, _standing(context)
    if found is None or agreeing(case, found[0]) != event.arg:
        return _settled(context)
    wish, _, partner = found
    if wish.by == me.id:
        return say(context, Message("refused.two"))
    allowed = replace(wish, allowed=me.id, until=waits.asked_until(context.now))
    said = Message("share.agreed", {"ref": case.ref, "name": me.name})
    outcome = with_effects(
        say(context, said),
        Edit(_others(case, wish.by), said, slot=slot(case)),
        Send(to=Staff(wish.by), message=sharing.ready(case, context)),
    )
    return audited(
        replace(outcome, case=replace(case, share=allowed)),
        Entry("share.yes", context.me.id, case.id, _detail(wish, partner)),
    )


def ask_why(event: Choice, context: Context) -> Outcome:
    """Before a no: why, if it can be said. Who takes their own question back gives no reason."""
    case, wish = context.known_case, context.known_case.share
    if wish is None or wish.allowed:
        return _settled(context)
    if wish.by == context.me.id:
        return refuse(event, context)
    writing = replace(context.conversation, step=Step.SHARE_NO, focus=case.id)
    choices = rows(button("share.nowhy", "sharebare"), button("back", "sharelook", case.id))
    return say(context, Message("share.why", {"ref": case.ref}, choices=choices), conversation=writing)


def refuse(event: Choice | Text, context: Context) -> Outcome:
    """The second person's no, or the first one's change of mind. The reason is a note of the case."""
    case, wish, me = context.known_case, context.known_case.share, context.me
    if wish is None or wish.allowed:
        return _settled(context)
    said = Message("share.kept", {"ref": case.ref, "name": me.name})
    told = standing.word(wish.by, said, case, context) if wish.by != me.id else ()
    resting = replace(context.conversation, step=Step.HOME)
    outcome = say(context, said, conversation=resting)
    outcome = with_effects(outcome, Edit(_others(case, wish.by), said, slot=slot(case)), *told)
    outcome = audited(replace(outcome, case=replace(case, share=None)), Entry("share.no", me.id, case.id))
    return sealed(outcome, Note(event.text), event.message, context) if isinstance(event, Text) else outcome


def fetch(event: Choice, context: Context) -> Outcome:
    """The file, for whoever asked: once, and only as it was agreed to."""
    case, found = context.known_case, _standing(context, allowed=True)
    if found is None or found[0].by != context.me.id:
        return _lapsed(context)
    wish, body, partner = found
    name = context.new_id()
    content = bundles.content(case, body, context.parts)
    summary = bundles.summary(case, body, context.parts, context)
    sending = SendBundle(context.person.address, case.id, partner, content, summary, name, cards.handed(case.id))
    day = context.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    done = Message("share.done", {"ref": case.ref, "partner": partner.name})
    passed = replace(case, share=None, given=(*case.given, Given(partner.id, day)))
    stays = Seal(case.id, part(context, bundles.passed(case, body, context.parts)))
    outcome = replace(with_effects(say(context, done), sending, stays), case=passed)
    return audited(outcome, Entry("share", context.me.id, case.id, _detail(wish, partner)))


def _waiting(case: Case, context: Context) -> Message:
    id = "share.waits" if another(case, context.me, context.team) else "second.nobody"
    return Message(id, {"ref": case.ref}, choices=rows(button("cancel", "shareno", case.id)))


def waiting(case: Case, context: Context) -> Message | None:
    """The speaker's own wish: the way to take it back, or to the file that another agreed to."""
    wish = case.share
    if wish is None or not waits.is_own(wish, context):
        return None
    return sharing.ready(case, context) if wish.allowed else _waiting(case, context)


def question(case: Case, context: Context) -> Send | None:
    """What another asks for once more, for somebody who may say yes to it."""
    wish, me = case.share, context.me
    if wish is None or wish.allowed or wish.by == me.id or not waits.stands(wish, context.now):
        return None
    known = may_know(me, case, context.team)
    return replace(tell(context, _asked(case, wish.by, context)), slot=slot(case)) if known else None


def over(case: Case, context: Context) -> tuple[Effect, ...]:
    """Nobody answered in time, or nobody fetched the file."""
    if case.share is None:
        return ()
    said, by = Message("share.over", {"ref": case.ref}), case.share.by
    return *standing.word(by, said, case, context), Edit(_others(case, by), said, slot=slot(case))


def slot(case: Case) -> str:
    """Where the question stands in each member's chat."""
    return f"share:{case.id}"


def _standing(context: Context, allowed: bool = False) -> tuple[Share, Bundle, Partner] | None:
    """What was asked for, if it still is what it was: the same bytes, key, consent, and somebody who may read it. A
    yes ends with whoever gave it.
    """
    case, wish = context.known_case, context.known_case.share
    if wish is None or bool(wish.allowed) != allowed or not waits.stands(wish, context.now):
        return None
    if allowed and wish.allowed not in cleared(case.clearance, context.team):
        return None
    body = next((each.body for each in context.parts if each.id == wish.part), None)
    if not isinstance(body, Bundle) or wish.by not in readers(case, context.team):
        return None
    partner = bundles.partner(body.partner, context)
    if partner is None or _digest(body, partner, context) != wish.digest:
        return None
    return wish, body, partner


def agreeing(case: Case, wish: Share) -> str:
    """What the yes carries: of which case, who asks for which choice, and the digest of what was looked at."""
    return cards.marked(case, wish.by, wish.part, wish.digest)


def _digest(body: Bundle, partner: Partner, context: Context) -> str:
    return bundles.digest(bundles.content(context.known_case, body, context.parts), partner)


def _asked(case: Case, by: MemberId, context: Context) -> Message:
    ways = grid((button("share.look", "sharelook", case.id), button("vouch.no", "shareno", case.id)), 2)
    return Message("share.asks", {"ref": case.ref, "name": cards.name_of(by, context.team)}, choices=ways)


def _settled(context: Context) -> Outcome:
    """Withdrawn, ended, changed or done: nothing leaves by this."""
    resting = replace(context.conversation, step=Step.HOME)
    return say(context, Message("share.settled", {"ref": context.known_case.ref}), conversation=resting)


def _lapsed(context: Context) -> Outcome:
    """What another agreed to is not what it was: that ends, so that it can be asked for anew."""
    case, settled = context.known_case, _settled(context)
    if case.share is None or not case.share.allowed or case.share.by != context.me.id:
        return settled
    ended = replace(settled, case=replace(case, share=None))
    return audited(ended, Entry("share.over", context.me.id, case.id))


def _detail(wish: Share, partner: Partner) -> str:
    return f"{partner.id} {wish.digest[:DIGITS]}"


def _others(case: Case, asking: MemberId) -> Called:
    """Everybody on duty who may know of it."""
    return Called((Circle.DUTY,), case.clearance, holder=asking, case=case.id)
