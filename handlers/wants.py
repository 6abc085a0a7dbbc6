"""What must be at hand before a handler is called: which case an event is about, and what else.

Pure questions about an event and the chat that it meets; the memory answers them for a whole batch at once.
"""

from collections.abc import Callable
from typing import Any

from handlers.model import (
    AdvisoryId,
    Attachment,
    ByCode,
    ById,
    ByRef,
    ByToken,
    CaseId,
    CaseKey,
    Choice,
    Command,
    Conversation,
    Downloaded,
    Edited,
    Event,
    InGroup,
    MemberId,
    Stretched,
    Text,
    Timer,
    Token,
    Uncleaned,
    Undelivered,
    Wanted,
)

Wants = Callable[[Any, Conversation], Wanted]
OF_CASE = "."
"""Between a case's reference and what is meant of it, under a button."""
FindCase = Callable[[Any, Conversation], CaseKey | None]


def nothing(event: Event, conversation: Conversation) -> Wanted:
    """Nothing but the person and their chat."""
    return Wanted()


def case(find: FindCase, *, parts: bool = False, team: bool = False) -> Wants:
    return lambda event, conversation: Wanted(find(event, conversation), parts=parts, team=team)


def team(event: Event, conversation: Conversation) -> Wanted:
    return Wanted(team=True)


def absent(event: Choice, conversation: Conversation) -> Wanted:
    """The team, and the claimed cases of the member whom a button names."""
    return Wanted(team=True, held=MemberId(event.arg))


def departed(event: Choice, conversation: Conversation) -> Wanted:
    """The same, and what they have opened."""
    return Wanted(team=True, held=MemberId(event.arg), opened=MemberId(event.arg))


def queue(event: Event, conversation: Conversation) -> Wanted:
    return Wanted(queue=True, team=True)


def among(find: FindCase) -> Wants:
    """A case, and all those that wait or are worked on."""
    return lambda event, conversation: Wanted(find(event, conversation), queue=True, team=True)


def mine(event: Event, conversation: Conversation) -> Wanted:
    """Every report that this chat remembers."""
    return Wanted(cases=tuple(ByToken(token) for token in conversation.tokens))


def invitation(event: Command, conversation: Conversation) -> Wanted:
    return Wanted(invitation=event.args.strip(), team=True)


def invitations(event: Event, conversation: Conversation) -> Wanted:
    """Every invitation on its way, and the team."""
    return Wanted(invitations=True, team=True)


def advisory_due(event: Timer, conversation: Conversation) -> Wanted:
    return Wanted(advisory=AdvisoryId(event.about), team=True)


def advisory(event: Choice, conversation: Conversation) -> Wanted:
    return Wanted(advisory=AdvisoryId(event.arg))


def advisory_in_focus(event: Text, conversation: Conversation) -> Wanted:
    return Wanted(advisory=AdvisoryId(conversation.focus))


def advisory_written(event: Event, conversation: Conversation) -> Wanted:
    """All of them; and the one that is being corrected."""
    draft = conversation.advisory
    return Wanted(advisory=draft.of if draft else AdvisoryId(""), advisories=True)


def advisories(event: Event, conversation: Conversation) -> Wanted:
    return Wanted(advisories=True)


def requests(event: Event, conversation: Conversation) -> Wanted:
    """The queue, and what admins ask of each other."""
    return Wanted(queue=True, team=True, advisories=True, export=True)


def arg_token(event: Choice, conversation: Conversation) -> CaseKey | None:
    return ByToken(Token(event.arg)) if event.arg else None


def arg_id(event: Choice | InGroup, conversation: Conversation) -> CaseKey | None:
    return ById(CaseId(event.arg))


def arg_marked(event: Choice, conversation: Conversation) -> CaseKey | None:
    """The case of a button that says of what about it, too (`cards.marked`)."""
    return ByRef(event.arg.partition(".")[0])


def arg_ref(event: Command, conversation: Conversation) -> CaseKey | None:
    ref = _ref(event.args.strip().partition(" ")[0])
    return ByRef(ref) if ref else focus(event, conversation)


def of_line(event: Choice, conversation: Conversation) -> CaseKey | None:
    """The case whose reference stands before a line of its checklist."""
    return ByRef(event.arg.partition(OF_CASE)[0])


def two_refs(*, parts: bool = False) -> Wants:
    """The cases of the first and the second reference."""
    return lambda event, conversation: Wanted(refs(event)[0], cases=refs(event)[1:], parts=parts, beside=parts)


def two_ids(*, parts: bool = False) -> Wants:
    """The case in focus, and another that was chosen."""
    return lambda event, conversation: _two(conversation.chosen, event, conversation, parts)


def other_id(*, parts: bool = False) -> Wants:
    """The case in focus, and another that a button names."""
    return lambda event, conversation: _two(event.arg, event, conversation, parts)


def _two(other: str, event: Event, conversation: Conversation, parts: bool) -> Wanted:
    return Wanted(focus(event, conversation), cases=(ById(CaseId(other)),), parts=parts, beside=parts)


def refs(event: Command) -> tuple[ByRef, ByRef]:
    """The two references behind a command; an empty one leads nowhere."""
    one, _, two = event.args.strip().partition(" ")
    return ByRef(_ref(one)), ByRef(_ref(two))


def _ref(typed: str) -> str:
    return typed.strip().strip("#").upper()


def focus(event: Event, conversation: Conversation) -> CaseKey | None:
    return ById(CaseId(conversation.focus)) if conversation.focus else None


def reply(event: Text | Attachment, conversation: Conversation) -> CaseKey | None:
    return ByToken(event.reply)


def focus_token(event: Event, conversation: Conversation) -> CaseKey | None:
    return ByToken(Token(conversation.focus)) if conversation.focus else None


def stretched(event: Stretched, conversation: Conversation) -> CaseKey | None:
    return ByCode(event.stretched)


def kept(event: Stretched, conversation: Conversation) -> CaseKey | None:
    return ById(event.case)


def completed(event: Choice, conversation: Conversation) -> CaseKey | None:
    return ByToken(conversation.draft.completes) if conversation.draft and conversation.draft.completes else None


def said(event: Edited, conversation: Conversation) -> CaseKey | None:
    token = conversation.said.get(event.message)
    return ByToken(token) if token else None


def last_token(event: Event, conversation: Conversation) -> CaseKey | None:
    return ByToken(conversation.tokens[-1]) if conversation.tokens else None


def about(event: Undelivered, conversation: Conversation) -> CaseKey | None:
    return ById(event.about) if event.about else None


def of_wait(event: Timer, conversation: Conversation) -> CaseKey | None:
    return ById(CaseId(event.about))


def of_file(event: Uncleaned, conversation: Conversation) -> CaseKey | None:
    return ById(event.case)


def of_checkin(event: Timer, conversation: Conversation) -> CaseKey | None:
    return ById(CaseId(event.about))


def of_download(event: Downloaded, conversation: Conversation) -> CaseKey | None:
    if event.case:
        return ById(event.case)
    late = event.source.message in conversation.late and conversation.tokens
    return ByToken(conversation.tokens[-1]) if late else None
