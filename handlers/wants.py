"""What must be at hand before a handler is called: which case an event is about, and what else.

Pure questions about an event and the chat that it meets; the memory answers them for a whole batch at once.
"""

from collections.abc import Callable, Mapping
from typing import Any

from handlers import codes
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
    Text,
    Timer,
    Token,
    Uncleaned,
    Undelivered,
    Wanted,
)

Words = Mapping[str, tuple[str, ...]]
"""The word lists that codes are spelled with, by language."""
Wants = Callable[[Any, Conversation, Words], Wanted]
FindCase = Callable[[Any, Conversation, Words], CaseKey | None]


def nothing(event: Event, conversation: Conversation, words: Words) -> Wanted:
    """Nothing but the person and their chat."""
    return Wanted()


def case(find: FindCase, *, parts: bool = False, team: bool = False) -> Wants:
    return lambda event, conversation, words: Wanted(find(event, conversation, words), parts=parts, team=team)


def team(event: Event, conversation: Conversation, words: Words) -> Wanted:
    return Wanted(team=True)


def queue(event: Event, conversation: Conversation, words: Words) -> Wanted:
    return Wanted(queue=True, team=True)


def invitation(event: Command, conversation: Conversation, words: Words) -> Wanted:
    return Wanted(invitation=event.args.strip())


def advisory(event: Timer, conversation: Conversation, words: Words) -> Wanted:
    return Wanted(advisory=AdvisoryId(event.about))


def arg_token(event: Choice, conversation: Conversation, words: Words) -> CaseKey | None:
    return ByToken(Token(event.arg)) if event.arg else None


def arg_id(event: Choice, conversation: Conversation, words: Words) -> CaseKey | None:
    return ById(CaseId(event.arg))


def arg_ref(event: Command, conversation: Conversation, words: Words) -> CaseKey | None:
    ref = event.args.strip().partition(" ")[0].strip("#").upper()
    return ByRef(ref) if ref else focus(event, conversation, words)


def focus(event: Event, conversation: Conversation, words: Words) -> CaseKey | None:
    return ById(CaseId(conversation.focus)) if conversation.focus else None


def reply(event: Text | Attachment, conversation: Conversation, words: Words) -> CaseKey | None:
    return ByToken(event.reply)


def focus_token(event: Event, conversation: Conversation, words: Words) -> CaseKey | None:
    return ByToken(Token(conversation.focus)) if conversation.focus else None


def code(event: Text | Command, conversation: Conversation, words: Words) -> CaseKey | None:
    code = codes.read(event.args if isinstance(event, Command) else event.text, words)
    return ByCode(code) if isinstance(code, str) else None


def completed(event: Choice, conversation: Conversation, words: Words) -> CaseKey | None:
    return ByToken(conversation.draft.completes) if conversation.draft and conversation.draft.completes else None


def said(event: Edited, conversation: Conversation, words: Words) -> CaseKey | None:
    token = conversation.said.get(event.message)
    return ByToken(token) if token else None


def last_token(event: Event, conversation: Conversation, words: Words) -> CaseKey | None:
    return ByToken(conversation.tokens[-1]) if conversation.tokens else None


def about(event: Undelivered, conversation: Conversation, words: Words) -> CaseKey | None:
    return ById(event.about) if event.about else None


def of_file(event: Uncleaned, conversation: Conversation, words: Words) -> CaseKey | None:
    return ById(event.case)


def of_download(event: Downloaded, conversation: Conversation, words: Words) -> CaseKey | None:
    if event.case:
        return ById(event.case)
    late = event.source.message in conversation.late and conversation.tokens
    return ByToken(conversation.tokens[-1]) if late else None
