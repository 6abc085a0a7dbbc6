"""Joining: an invitation, a key and a passphrase, and the wait for an admin's yes."""

from msgspec.structs import replace

from handlers import cards
from handlers.deeds import STRANGER
from handlers.model import (
    Admins,
    Choice,
    Command,
    Context,
    Conversation,
    Delete,
    Discard,
    Ended,
    Enrol,
    Enrolled,
    Entry,
    Event,
    FoundPool,
    Invitation,
    KeepInvitation,
    Member,
    MemberId,
    Message,
    Outcome,
    PutMember,
    Role,
    Send,
    SetMenu,
    Step,
)
from handlers.speech import UNLOCK, audited, button, first, languages, rows, say, with_effects


def join(event: Command, context: Context) -> Outcome:
    """An invitation, by its link or typed: the newcomer is a member who waits for a key and for approval.

    A chat without a language chooses one first: nobody reads their passphrase among words that they don't know.
    """
    invitation = context.invitation
    if invitation is None:
        return say(context, Message("join.invalid"))
    member = None if invitation.over(context.now) else _newcomer(invitation, context)
    if member is None:
        return _too_late(invitation, context)
    draft, language = context.conversation.draft, context.conversation.language
    # a member's chat is never forgotten: what led from it to reports of their own must not stay in it
    begun = Conversation(language=language, step=Step.NEW if language else Step.LANGUAGE)
    hello = welcome(member) if language else languages(context.desk.languages)
    left_behind = (Discard(tuple(file.blob for file in draft.files)),) if draft and draft.files else ()
    key = (Enrol(member.id),) if language else ()
    menu = SetMenu(member.address, Role.NEWCOMER, member.language)
    entered = (KeepInvitation(invitation.closed(Ended.USED)), PutMember(member), *key, menu, *left_behind)
    outcome = with_effects(say(context, hello, conversation=begun), *entered)
    outcome = with_effects(outcome, Delete(context.person.address, (event.message,)))
    return audited(outcome, Entry("join", member.id, detail=member.role.value))


def welcome(member: Member) -> Message:
    """Who they are here. Their passphrase follows."""
    return Message("join.welcome", {"name": member.name, "role": Message(f"role.{member.role.value}")})


def chooses(context: Context) -> bool:
    """Whether a newcomer has yet to choose a language: their key is made then."""
    return context.conversation.step is Step.LANGUAGE


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
    if chooses(context):
        return waiting(event, context)
    return with_effects(say(context, Message("join.again")), Enrol(context.me.id))


def noted(event: Choice, context: Context) -> Outcome:
    """The passphrase is written down. The founder may start; everybody else waits for an admin."""
    member = context.me
    taken_away = Delete(context.person.address, (event.message,))
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
    return say(context, languages(context.desk.languages) if chooses(context) else next_step(context))


def next_step(context: Context) -> Message:
    """What a newcomer waits for. Their passphrase may still stand above, in another language."""
    newcomer = context.me
    if not newcomer.public:
        return Message("join.preparing")
    noting = Message("join.note")
    alone = newcomer.founder and not context.desk.founded
    return noting if alone else Message("join.wait", lines=(noting,))
