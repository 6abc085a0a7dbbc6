"""Joining, the passphrase, locking and unlocking, being on duty."""

from msgspec.structs import replace

from handlers import cards, clocks, duty, standing
from handlers.deeds import STRANGER
from handlers.desk import queue, roster, traces
from handlers.model import (
    Admins,
    Button,
    Choice,
    Command,
    Context,
    Conversation,
    Delete,
    Discard,
    Edited,
    Ended,
    Enrol,
    Enrolled,
    Entry,
    Event,
    FoundPool,
    Invitation,
    KeepInvitation,
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
    Send,
    SetMenu,
    Span,
    Step,
    Text,
    Timer,
    Unlock,
    Unlocked,
    Unreadable,
)
from handlers.speech import UNLOCK, audited, button, first, grid, rows, say, screen, tell, with_effects

ALL = "all"


def join(event: Command, context: Context) -> Outcome:
    """An invitation, by its link or typed: the newcomer is a member who waits for a key and for approval."""
    invitation = context.invitation
    if invitation is None:
        return say(context, Message("join.invalid"))
    member = None if invitation.over(context.now) else _newcomer(invitation, context)
    if member is None:
        return _too_late(invitation, context)
    draft = context.conversation.draft
    hello = Message("join.welcome", {"name": member.name, "role": Message(f"role.{member.role.value}")})
    # a member's chat is never forgotten: what led from it to reports of their own must not stay in it
    welcome = say(context, hello, conversation=Conversation(language=context.conversation.language))
    left_behind = (Discard(tuple(file.blob for file in draft.files)),) if draft and draft.files else ()
    menu = SetMenu(member.address, Role.NEWCOMER, member.language)
    entered = (KeepInvitation(invitation.closed(Ended.USED)), PutMember(member), Enrol(member.id), menu, *left_behind)
    picker = tell(context, _languages(context))
    outcome = with_effects(welcome, picker, *entered, _delete(context, event.message))
    return audited(outcome, Entry("join", member.id, detail=member.role.value))


def _too_late(invitation: Invitation, context: Context) -> Outcome:
    """Why it leads nowhere. The first time admins hear of it too: somebody else may have used it, or have it."""
    ended = invitation.over(context.now) or Ended.WITHDRAWN  # another way in took its place
    answer = say(context, Message(f"join.{ended}"))
    if invitation.tried:
        return answer
    news = Send(to=Admins(), message=Message(f"invite.tried.{ended}", {"name": invitation.name}))
    outcome = with_effects(answer, KeepInvitation(replace(invitation.closed(ended), tried=True)), news)
    return audited(outcome, Entry("join-refused", STRANGER, detail=ended))


def _newcomer(invitation: Invitation, context: Context) -> Member | None:
    """A new member, or the one who awaits this invitation; None when they await it no longer."""
    address, language = context.person.address, context.conversation.language or "en"
    if invitation.awaits:
        found = next((each for each in context.team if each.awaits == invitation.awaits), None)
        return found and replace(found, address=address, language=language, awaits="")
    return Member(
        id=MemberId(context.new_id()),
        address=address,
        role=invitation.role,
        name=invitation.name,
        language=language,
        founder=invitation.founder,
        communities=invitation.communities,
        languages=invitation.languages,
    )


def enrolled(event: Enrolled, context: Context) -> Outcome:
    """The key pair is made: show the passphrase once, and the words that will be compared by voice."""
    member = replace(context.me, public=event.public, wrap=event.wrap, fingerprint=event.fingerprint)
    secret = Message(
        "join.passphrase",
        {"passphrase": event.passphrase},
        choices=rows(button("noted", "noted")),
        protect=True,
    )
    show = Send(to=context.person.address, message=secret, volatile=True)
    return Outcome(context.conversation, (PutMember(member), show))


def enrol_again(event: Event, context: Context) -> Outcome:
    """The passphrase never arrived, or was not noted: make a new pair, as long as nothing hangs on the old one."""
    return with_effects(say(context, Message("join.again")), Enrol(context.me.id))


def noted(event: Choice, context: Context) -> Outcome:
    """The passphrase is written down. The founder may start; everybody else waits for an admin."""
    member = context.me
    taken_away = _delete(context, event.message)
    if member.active:
        return first(say(context), taken_away)
    founds = member.founder and not context.desk.founded
    outcome = _found(member, context) if founds else _ask_admins(member, context)
    return first(outcome, taken_away)


def _found(member: Member, context: Context) -> Outcome:
    founder = replace(member, active=True)
    outcome = with_effects(
        say(context, Message("join.telegram"), Message("join.founded", choices=rows(UNLOCK))),
        PutMember(founder),
        FoundPool(member.id),
        SetMenu(context.person.address, member.role, member.language),
    )
    return audited(outcome, Entry("found", member.id))


def _ask_admins(member: Member, context: Context) -> Outcome:
    words = " ".join(member.fingerprint)
    return with_effects(
        say(context, Message("join.waiting", {"words": words}), Message("join.telegram")),
        Send(to=Admins(), message=cards.ask_approval(member), slot=cards.join_slot(member)),
    )


def waiting(event: Event, context: Context) -> Outcome:
    """Anything that a newcomer says before approval."""
    return say(context, _next_step(context))


def _next_step(context: Context) -> Message:
    """What a newcomer waits for. Their passphrase may still stand above, in a language they did not choose yet."""
    newcomer = context.me
    if not newcomer.public:
        return Message("join.preparing")
    noting = Message("join.note")
    alone = newcomer.founder and not context.desk.founded
    return noting if alone else Message("join.wait", lines=(noting,))


def unlock(event: Command, context: Context) -> Outcome:
    """`/unlock`, with or without the passphrase behind it."""
    if context.person.unlocked:
        return first(say(context, Message("unlock.already")), *_deletes(context, event))
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
    me = context.me
    taken_away = (_delete(context, message),) if message else ()  # at the server's console there is none
    pause = clocks.paused_until(me.failures, context.now)
    if pause:
        return first(say(context, Message("unlock.paused", {"until": Moment(pause)})), *taken_away)
    resting = replace(context.conversation, step=Step.PASSPHRASE)
    # counted before it is known to be wrong: a hundred at once must not all be tried
    tried = replace(me, failures=(*clocks.recent_failures(me.failures, context.now), context.now))
    return Outcome(resting, (*taken_away, PutMember(tried), Unlock(me.id, " ".join(typed.lower().split()))))


def unlocked(event: Unlocked, context: Context) -> Outcome:
    """The passphrase was right, or wrong."""
    me = context.me
    if event.until is None:
        return _wrong(me, context)
    resting = replace(context.conversation, step=Step.HOME)
    spans: dict[str, Param] = {"until": Moment(event.until), "idle": Span(context.desk.idle_minutes)}
    open_now = Message("unlock.open", spans, choices=grid((button("queue", "queue"), button("lock", "lock")), 2))
    outcome = say(context, open_now, *queue.mine(context), conversation=resting)
    outcome = with_effects(outcome, *((PutMember(replace(me, failures=())),) if me.failures else ()))
    return audited(outcome, Entry("unlock", me.id))


def _wrong(me: Member, context: Context) -> Outcome:
    left = clocks.FAILURES_ALLOWED - len(clocks.recent_failures(me.failures, context.now))
    return audited(say(context, Message("unlock.wrong", {"left": max(0, left)})), Entry("unlock-failed", me.id))


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


def on_call(event: Command | Choice, context: Context) -> Outcome:
    """`/oncall on|off`, or a press: who is on duty is told of new cases."""
    wish = (event.args if isinstance(event, Command) else event.arg).strip().lower()
    me = context.me
    if wish not in {"on", "off"}:
        return say(
            context, Message("oncall.usage", {"now": roster.standing(me, context)}, choices=rows(shift(context)))
        )
    changed = duty.wishing(me, wish == "on", context.now, context.offset)
    outcome = with_effects(say(context, roster.standing(changed, context)), PutMember(changed))
    return audited(outcome, Entry("oncall", me.id, detail=wish))


def language(event: Choice, context: Context) -> Outcome:
    """A member's language: of what the bot says to them, and of their command menu."""
    me = context.me
    if event.arg not in context.desk.languages:
        return choose_language(event, context)
    conversation = replace(context.conversation, language=event.arg)
    changed = replace(me, language=event.arg)
    lines = (_next_step(context),) if context.person.role is Role.NEWCOMER else ()
    outcome = screen(event, context, Message("language.set", lines=lines), conversation)
    return with_effects(outcome, PutMember(changed), SetMenu(context.person.address, context.person.role, event.arg))


def choose_language(event: Event, context: Context) -> Outcome:
    """All languages, by their own names."""
    return screen(event, context, _languages(context), context.conversation)


def _languages(context: Context) -> Message:
    buttons = tuple(button(f"language.{code}", "lang", code) for code in context.desk.languages)
    return Message("language.ask", choices=grid(buttons, 2))


def shift(context: Context) -> Button:
    """Begins or ends being on duty, whichever is not so now."""
    on_duty = duty.on_duty(context.me, context.now, context.offset)
    return button("duty.off", "oncall", "off") if on_duty else button("duty.on", "oncall", "on")


WRITING = frozenset(
    {Step.REPLY, Step.NOTE, Step.HAND_OVER, Step.STEP_BACK, Step.LEVEL, Step.ADVISE, Step.REFUSE, Step.INVITE}
)


def unasked(event: Event, context: Context) -> Outcome:
    """Words, files or stickers that no step asked for."""
    writing = context.conversation.step in WRITING
    return say(context, Message("desk.words_only" if writing else "desk.unasked"))


def edited(event: Edited, context: Context) -> Outcome:
    """A member changed a message of theirs. What was sent on or sealed is not changed by it."""
    return say(context, Message("desk.edited"))


def stale(event: Event, context: Context) -> Outcome:
    """A press on a screen that is out of date."""
    return say(context, Message("desk.stale"))


def fault(event: Unreadable, context: Context) -> Outcome:
    """Something of theirs could not be carried out, through a fault of ours."""
    return say(context, Message("unreadable.fault"), conversation=replace(context.conversation, step=Step.HOME))


def lost(event: Event, context: Context) -> Outcome:
    """A passphrase that was on its way when the server stopped: it was never written down anywhere, so it is gone."""
    return say(context, Message("unlock.lost"), conversation=replace(context.conversation, step=Step.HOME))


def suspended(event: Event, context: Context) -> Outcome:
    """Whatever a suspended member tries."""
    return say(context, Message("suspended.told"))


def stranger(event: Command, context: Context) -> Outcome:
    """Somebody who is not on the team, at the team's own bot."""
    return say(context, Message("join.stranger"))


def _delete(context: Context, message: MessageRef) -> Delete:
    return Delete(context.person.address, (message,))


def _deletes(context: Context, event: Command) -> tuple[Delete, ...]:
    return (_delete(context, event.message),) if event.args.strip() else ()
