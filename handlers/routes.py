"""One table shows every conversation: which event, at which step, needs which permission, and who answers.

The first route that fits wins. A route fits when its event (and its name: a command, a verb, a timer) and its step are
those at hand and the person's role may try its action at this door: what somebody may not try does not exist for them.
docs/architecture.md is drawn from this table.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from handlers import codes
from handlers.desk import people as staff
from handlers.desk import queue, reading, talk
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
    Context,
    Conversation,
    Downloaded,
    Edited,
    Enrolled,
    Event,
    Location,
    Message,
    Outcome,
    Person,
    Step,
    Text,
    Timer,
    Token,
    Uncleaned,
    Undelivered,
    Unlocked,
    Unreadable,
    Wanted,
)
from handlers.office import advisories
from handlers.office import people as office
from handlers.permissions import Action, Verdict, granted, verdict
from handlers.reporter import erase, files, follow, form, send, start, subscribe, unasked
from handlers.speech import say

Handler = Callable[[Any, Context], Outcome]
Words = Mapping[str, tuple[str, ...]]
Wants = Callable[[Any, Conversation, Words], Wanted]
FindCase = Callable[[Any, Conversation, Words], CaseKey | None]

ANY = "*"
"""Stands for every name of an event."""


class Route(Struct, frozen=True):
    """One row. `needs` has no default; `wants` says what must be at hand before `handler` is called."""

    event: type
    name: str
    handler: Handler
    needs: Action
    steps: frozenset[Step] = frozenset()
    wants: Wants = lambda event, conversation, words: Wanted()

    def fits(self, person: Person, conversation: Conversation) -> bool:
        """Whether this row is for this person at this step."""
        return (not self.steps or conversation.step in self.steps) and granted(person, self.needs)


def _at(*steps: Step) -> frozenset[Step]:
    return frozenset(steps)


def _case(find: FindCase, *, parts: bool = False, team: bool = False) -> Wants:
    return lambda event, conversation, words: Wanted(find(event, conversation, words), parts=parts, team=team)


def _team(event: Event, conversation: Conversation, words: Words) -> Wanted:
    return Wanted(team=True)


def _queue(event: Event, conversation: Conversation, words: Words) -> Wanted:
    return Wanted(queue=True, team=True)


def _invitation(event: Command, conversation: Conversation, words: Words) -> Wanted:
    return Wanted(invitation=event.args.strip())


def _advisory(event: Timer, conversation: Conversation, words: Words) -> Wanted:
    return Wanted(advisory=AdvisoryId(event.about))


def _arg_token(event: Choice, conversation: Conversation, words: Words) -> CaseKey | None:
    return ByToken(Token(event.arg)) if event.arg else None


def _arg_id(event: Choice, conversation: Conversation, words: Words) -> CaseKey | None:
    return ById(CaseId(event.arg))


def _arg_ref(event: Command, conversation: Conversation, words: Words) -> CaseKey | None:
    ref = event.args.strip().partition(" ")[0].strip("#").upper()
    return ByRef(ref) if ref else _focus(event, conversation, words)


def _focus(event: Event, conversation: Conversation, words: Words) -> CaseKey | None:
    return ById(CaseId(conversation.focus)) if conversation.focus else None


def _reply(event: Text | Attachment, conversation: Conversation, words: Words) -> CaseKey | None:
    return ByToken(event.reply)


def _focus_token(event: Event, conversation: Conversation, words: Words) -> CaseKey | None:
    return ByToken(Token(conversation.focus)) if conversation.focus else None


def _code(event: Text | Command, conversation: Conversation, words: Words) -> CaseKey | None:
    code = codes.read(event.args if isinstance(event, Command) else event.text, words)
    return ByCode(code) if isinstance(code, str) else None


def _about(event: Undelivered, conversation: Conversation, words: Words) -> CaseKey | None:
    return ById(event.about) if event.about else None


def _of_file(event: Uncleaned, conversation: Conversation, words: Words) -> CaseKey | None:
    return ById(event.case)


def _of_download(event: Downloaded, conversation: Conversation, words: Words) -> CaseKey | None:
    if event.case:
        return ById(event.case)
    late = event.source.message in conversation.late and conversation.tokens
    return ByToken(conversation.tokens[-1]) if late else None


BEFORE = _at(Step.NEW, Step.LANGUAGE, Step.CONSENT)
WRITING = _at(Step.FORM, Step.REVIEW)
WRITING_AT_THE_DESK = _at(Step.REPLY, Step.NOTE, Step.CLOSE, Step.ADVISE, Step.PREVIEW)

ROUTES: tuple[Route, ...] = (
    # --- Joining ---
    Route(Command, "join", staff.join, Action.JOIN, wants=_invitation),
    Route(Enrolled, ANY, staff.enrolled, Action.ENROL),
    Route(Choice, "noted", staff.noted, Action.ENROL),
    Route(Command, "passphrase", staff.enrol_again, Action.ENROL),
    Route(Undelivered, "lost", staff.enrol_again, Action.ENROL),
    Route(Unreadable, "lost", staff.enrol_again, Action.ENROL),
    Route(Choice, "lang", staff.language, Action.BELONG),
    Route(Command, "language", staff.choose_language, Action.BELONG),
    Route(Command, ANY, staff.waiting, Action.ENROL),
    Route(Choice, ANY, staff.waiting, Action.ENROL),
    Route(Text, ANY, staff.waiting, Action.ENROL),
    # --- Locking and unlocking ---
    Route(Command, "unlock", staff.unlock, Action.UNLOCK),
    Route(Text, ANY, staff.passphrase, Action.UNLOCK, _at(Step.PASSPHRASE)),
    Route(Unlocked, ANY, staff.unlocked, Action.UNLOCK, wants=_queue),
    Route(Command, "lock", staff.lock, Action.UNLOCK),
    Route(Timer, "locked", staff.idle, Action.UNLOCK),
    Route(Command, "oncall", staff.on_call, Action.DUTY),
    # --- The desk ---
    Route(Command, "queue", queue.queue, Action.QUEUE, wants=_queue),
    Route(Command, "claim", queue.claim, Action.CLAIM, wants=_case(_arg_ref, parts=True, team=True)),
    Route(Choice, "claim", queue.claim, Action.CLAIM, wants=_case(_arg_id, parts=True, team=True)),
    Route(Command, "case", reading.open_case, Action.READ, wants=_case(_arg_ref, parts=True, team=True)),
    Route(Choice, "open", reading.open_case, Action.READ, wants=_case(_arg_id, parts=True, team=True)),
    Route(Choice, "file", reading.send_copy, Action.READ, wants=_case(_focus, parts=True)),
    Route(Choice, "original", reading.send_original, Action.ORIGINAL, wants=_case(_focus, parts=True)),
    Route(Uncleaned, ANY, reading.uncleaned, Action.READ, wants=_case(_of_file)),
    Route(Command, "reply", talk.reply_command, Action.REPLY, wants=_case(_arg_ref, parts=True, team=True)),
    Route(Choice, "reply", talk.ask_reply, Action.REPLY, wants=_case(_arg_id)),
    Route(Text, ANY, talk.reply_typed, Action.REPLY, _at(Step.REPLY), _case(_focus, parts=True, team=True)),
    Route(Command, "note", talk.note_command, Action.NOTE, wants=_case(_arg_ref)),
    Route(Choice, "note", talk.ask_note, Action.NOTE, wants=_case(_arg_id)),
    Route(Text, ANY, talk.note_typed, Action.NOTE, _at(Step.NOTE), _case(_focus)),
    Route(Command, "release", queue.release, Action.RELEASE, wants=_case(_arg_ref, parts=True, team=True)),
    Route(Choice, "release", queue.release, Action.RELEASE, wants=_case(_arg_id, parts=True, team=True)),
    Route(Command, "close", talk.ask_close, Action.CLOSE, wants=_case(_arg_ref)),
    Route(Choice, "close", talk.ask_close, Action.CLOSE, wants=_case(_arg_id)),
    Route(Choice, "outcome", talk.close, Action.CLOSE, _at(Step.CLOSE), _case(_focus, parts=True, team=True)),
    Route(Choice, "stop", talk.stop, Action.DUTY),
    Route(Command, "cancel", talk.stop, Action.DUTY),
    # --- The office ---
    Route(Command, "invite", office.invite, Action.INVITE),
    Route(Choice, "invite", office.invite, Action.INVITE),
    Route(Choice, "approve", office.approve, Action.APPROVE, wants=_team),
    Route(Choice, "refuse", office.refuse, Action.APPROVE, wants=_team),
    Route(Command, "team", office.team, Action.TEAM, wants=_team),
    Route(Timer, "witness", office.witness, Action.TEAM),
    Route(Command, "advise", advisories.begin, Action.ADVISE),
    Route(Choice, "advlang", advisories.choose_language, Action.ADVISE),
    Route(Text, ANY, advisories.write, Action.ADVISE, _at(Step.ADVISE, Step.PREVIEW)),
    Route(Choice, "preview", advisories.preview, Action.ADVISE, _at(Step.ADVISE)),
    Route(Choice, "advsend", advisories.send, Action.ADVISE, _at(Step.PREVIEW)),
    Route(Timer, "progress", advisories.progress, Action.TEAM, wants=_advisory),
    # --- A member, otherwise ---
    Route(Command, "start", staff.help, Action.DUTY),
    Route(Command, "help", staff.help, Action.DUTY),
    Route(Unreadable, "lost", staff.lost, Action.DUTY),
    Route(Unreadable, "fault", staff.fault, Action.DUTY),
    Route(Command, ANY, staff.unknown, Action.DUTY),
    Route(Choice, ANY, staff.stale, Action.DUTY),
    Route(Text, ANY, staff.unasked, Action.DUTY),
    Route(Attachment, ANY, staff.unasked, Action.DUTY),
    Route(Location, ANY, staff.unasked, Action.DUTY),
    Route(Edited, ANY, staff.edited, Action.DUTY),
    Route(Unreadable, ANY, staff.unasked, Action.DUTY),
    # --- Before a reporter's consent ---
    Route(Choice, "lang", start.language, Action.REPORT),
    Route(Choice, "agree", start.agree, Action.REPORT, _at(Step.CONSENT)),
    Route(Choice, "decline", start.decline, Action.REPORT, _at(Step.CONSENT)),
    Route(Choice, "privacy", start.privacy, Action.REPORT),
    Route(Command, "privacy", start.privacy, Action.REPORT),
    Route(Command, "start", start.start, Action.REPORT),
    Route(Command, "help", start.help, Action.REPORT),
    Route(Command, "language", start.choose_language, Action.REPORT),
    Route(Choice, "language", start.choose_language, Action.REPORT),
    Route(Command, "cancel", form.cancel, Action.REPORT),
    Route(Command, "clear", erase.clear, Action.REPORT),
    Route(Choice, "clear", erase.clear, Action.REPORT),
    Route(Text, "reply", follow.said, Action.FOLLOW, wants=_case(_reply)),
    Route(Text, ANY, follow.first_words, Action.REPORT, BEFORE),
    # --- The form ---
    Route(Choice, "new", form.new, Action.REPORT, _at(Step.HOME, Step.FOLLOW, Step.CODE, Step.ERASE)),
    Route(Command, "report", form.new, Action.REPORT),
    Route(Choice, "resume", form.resume, Action.REPORT),
    Route(Choice, "stay", form.stay, Action.REPORT),
    Route(Choice, "a", form.answer, Action.REPORT, _at(Step.FORM)),
    Route(Choice, "skip", form.skip, Action.REPORT, _at(Step.FORM)),
    Route(Choice, "done", form.done, Action.REPORT, _at(Step.FORM)),
    Route(Choice, "back", form.back, Action.REPORT, _at(Step.FORM)),
    Route(Choice, "cancel", form.cancel, Action.REPORT),
    Route(Choice, "review", form.review, Action.REPORT, WRITING),
    Route(Choice, "change", form.change, Action.REPORT, _at(Step.REVIEW)),
    Route(Choice, "redo", form.redo, Action.REPORT, _at(Step.REVIEW)),
    Route(Choice, "send", send.send, Action.REPORT, _at(Step.REVIEW)),
    Route(Text, ANY, form.words, Action.REPORT, WRITING),
    Route(Edited, ANY, form.edited, Action.REPORT, WRITING),
    # --- After sending ---
    Route(Choice, "add", follow.add, Action.FOLLOW, wants=_case(_arg_token)),
    Route(Choice, "status", follow.status, Action.FOLLOW, wants=_case(_arg_token)),
    Route(Choice, "erase", erase.ask, Action.FOLLOW),
    Route(Command, "erase", erase.ask, Action.REPORT),
    Route(Choice, "erased", erase.erase, Action.FOLLOW, _at(Step.ERASE), _case(_arg_token)),
    Route(Choice, "code", follow.ask_code, Action.FOLLOW),
    Route(Command, "code", follow.code, Action.FOLLOW, wants=_case(_code)),
    Route(Text, ANY, follow.code, Action.FOLLOW, _at(Step.CODE), _case(_code)),
    Route(Text, ANY, follow.said, Action.FOLLOW, _at(Step.FOLLOW), _case(_focus_token)),
    Route(Edited, ANY, follow.edited, Action.FOLLOW),
    Route(Choice, "sub", subscribe.subscribe, Action.SUBSCRIBE),
    Route(Command, "subscribe", subscribe.subscribe, Action.SUBSCRIBE),
    Route(Choice, "unsub", subscribe.unsubscribe, Action.SUBSCRIBE),
    Route(Command, "unsubscribe", subscribe.unsubscribe, Action.SUBSCRIBE),
    Route(Choice, "home", start.home, Action.REPORT),
    Route(Choice, "drop", follow.drop, Action.REPORT),
    # --- Files ---
    Route(Attachment, "reply", files.for_case, Action.FOLLOW, wants=_case(_reply)),
    Route(Attachment, ANY, unasked.later, Action.REPORT, BEFORE),
    Route(Attachment, ANY, files.for_draft, Action.REPORT, WRITING),
    Route(Attachment, ANY, files.for_case, Action.FOLLOW, _at(Step.FOLLOW), _case(_focus_token)),
    Route(Attachment, ANY, unasked.file, Action.REPORT),
    Route(Downloaded, ANY, files.downloaded, Action.FOLLOW, wants=_case(_of_download)),
    # --- What nobody asked for ---
    Route(Text, ANY, follow.offer, Action.REPORT),
    Route(Command, ANY, unasked.command, Action.REPORT),
    Route(Choice, ANY, unasked.press, Action.REPORT),
    Route(Location, ANY, unasked.location, Action.REPORT),
    Route(Unreadable, ANY, unasked.unreadable, Action.REPORT),
    # --- A stranger at the desk's own bot ---
    Route(Command, ANY, staff.stranger, Action.JOIN),
    # --- What the world sends back ---
    Route(Undelivered, ANY, talk.undelivered, Action.CONVERSE, wants=_case(_about)),
)
"""Rows of one event and name are tried in this order."""

NAMES = frozenset(route.name for route in ROUTES)


def name_of(event: Event) -> str:
    """What a route knows an event by."""
    match event:
        case Command("start", args) if SECRET.fullmatch(args.strip()):
            return "join"
        case Command(name) | Choice(name) | Timer(name) | Undelivered(name) | Unreadable(name):
            return name
        case Text(reply=token) | Attachment(reply=token) if token:
            return "reply"
    return ""


@cache
def _rows(kind: type, name: str) -> tuple[Route, ...]:
    return tuple(route for route in ROUTES if route.event is kind and route.name in {name, ANY})


def find(event: Event, person: Person, conversation: Conversation) -> Route | None:
    """The first row that fits; None for what is deliberately left unanswered."""
    name = name_of(event)
    rows = _rows(type(event), name if name in NAMES else ANY)
    if isinstance(event, Choice) and event.prompt not in {"", conversation.prompt} and event.verb not in TIMELESS:
        rows = STALE
    return next((route for route in rows if route.fits(person, conversation)), None)


def wanted(event: Event, person: Person, conversation: Conversation, words: Words) -> Wanted:
    """What must be in the context before `decide` is called with this event. `words`: the lists that codes use."""
    route = find(event, person, conversation)
    return route.wants(event, conversation, words) if route else Wanted()


def decide(event: Event, context: Context) -> Outcome:
    """The whole core: what follows from an event. What fits no row changes nothing and is not answered."""
    route = find(event, context.person, context.conversation)
    if route is None:
        return Outcome(context.conversation)
    answer = verdict(context.person, route.needs, context.case)
    if answer is not Verdict.YES:
        return say(context, Message(f"refused.{answer.value}"))
    return route.handler(event, _put_down(event, context))


def _put_down(event: Event, context: Context) -> Context:
    """A command or a press ends what a member was writing: their next words must not reach another case's reporter."""
    conversation = context.conversation
    if not isinstance(event, Command | Choice) or conversation.step not in WRITING_AT_THE_DESK:
        return context
    return replace(context, conversation=replace(conversation, step=Step.HOME))


SECRET = re.compile(r"[A-Za-z0-9_-]{22}")
"""The shape of an invitation's secret in a start link."""

TIMELESS = frozenset({"lang"})
"""Verbs that mean the same on every screen, however old: a language can be chosen wherever it is offered."""

STALE = (
    Route(Choice, ANY, staff.stale, Action.BELONG),
    Route(Choice, ANY, start.again, Action.REPORT),
)
"""For a press on a screen that is out of date."""
