"""The way in: from an event to the row of the table that answers it, and from its answer to what is said.

`wanted` says what must be at hand, `decide` what follows. Nothing here knows what any single row does.
"""

import re
from functools import cache

from msgspec.structs import replace

from handlers import board, menus, typed, waits, wants
from handlers.desk import timeline
from handlers.model import (
    Attachment,
    ByHolder,
    ById,
    CaseId,
    Choice,
    Clear,
    Command,
    Context,
    Conversation,
    Edit,
    Effect,
    Event,
    InGroup,
    Member,
    Message,
    Outcome,
    Person,
    Role,
    Search,
    Send,
    Step,
    Stretched,
    Text,
    Timer,
    Undelivered,
    Unreadable,
    Wanted,
)
from handlers.permissions import HOLDER_ONLY, HOLDER_OR_ADMIN, IN_FRONT, Verdict, verdict
from handlers.reporter import form, missed, screens
from handlers.routes import ANY, ROUTES, STALE, WRITING_AT_THE_DESK, Route
from handlers.speech import UNLOCK, first, rows, say, signed, tell

LABEL_LENGTH = 40
"""Characters: no label of ours is longer, so a longer text is somebody's own words."""

SECRET = re.compile(r"[A-Za-z0-9_-]{22}")
"""The shape of an invitation's secret in a start link."""

NAMES = frozenset(route.name for route in ROUTES)


WITH_WORDS = frozenset({"reply", "note"})
"""Commands that take words behind the code."""

DESK = frozenset({Role.RESPONDER, Role.ADMIN})
"""Who is told that a command takes less: a reporter's words behind one are never held against them."""

TIMELESS = frozenset({"lang", "ok"})
"""Verbs that mean the same on every screen, however old: a language wherever it is offered, and that one is safe."""


def name_of(event: Event) -> str:
    """What a route knows an event by."""
    match event:
        case Command("start", args) if SECRET.fullmatch(args.strip()):
            return "join"
        case Command(name) | Choice(name) | InGroup(name) | Timer(name) | Undelivered(name) | Unreadable(name):
            return name
        case Text(reply=token) | Attachment(reply=token) if token:
            return "reply"
        case Stretched(case=case) if case:
            return "kept"
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


def wanted(event: Event, person: Person, conversation: Conversation) -> Wanted:
    """What must be in the context before `decide` is called with this event."""
    route = find(event, person, conversation)
    wants = _meant(route.wants(event, conversation), route, event, person) if route else Wanted()
    # what a member may know of a case hangs on who else is there (`permissions.cleared`)
    wants = replace(wants, team=True, search=_by_their_clock(wants.search, person.member)) if person.member else wants
    remembered = (conversation.missed, conversation.checkin.case if conversation.checkin else "")
    return replace(wants, cases=(*wants.cases, *(ById(CaseId(case)) for case in remembered if case)))


def _by_their_clock(search: Search | None, member: Member) -> Search | None:
    """Days begin where the lines that are found are read."""
    return replace(search, zone=member.zone) if search else None


def _meant(wishes: Wanted, route: Route, event: Event, person: Person) -> Wanted:
    """A command about a case that names none means the only one that its speaker holds."""
    unnamed = isinstance(event, Command) and wishes.case is None and route.needs in HOLDER_ONLY | HOLDER_OR_ADMIN
    return replace(wishes, case=ByHolder(person.member.id)) if unnamed and person.member else wishes


def decide(event: Event, context: Context) -> Outcome:
    """The whole core: what follows from an event. What fits no row changes nothing and is not answered."""
    before, context = context.conversation, form.carried_over(context)
    event = _as_pressed(event, context)
    route = find(event, context.person, context.conversation)
    if route is None:
        return Outcome(before)
    answer = verdict(context.person, route.needs, context.case, context.team)
    if answer is not Verdict.YES:
        return say(context, _refusal(answer, event))
    misused = menus.too_much(event) if isinstance(event, Command) and context.person.role in DESK else None
    if misused:
        return say(context, misused)
    outcome = timeline.recorded(route.handler(event, _put_down(event, context)), context)
    outcome = board.kept(waits.watched(outcome, context), context)
    if context.conversation.prompt != before.prompt:
        outcome = first(outcome, tell(context, Message("form.changed")))
    if route.needs in IN_FRONT:
        outcome = missed.noticed(event, context, outcome)
    return _in_their_name(outcome, context)


def _refusal(answer: Verdict, event: Event) -> Message:
    """Why not, and the next step."""
    if answer is Verdict.LOCKED:
        return Message("refused.locked", choices=rows(UNLOCK))
    if answer is Verdict.NO_CASE and isinstance(event, Command) and not event.args.strip():
        if menus.TAKES.get(event.name) == "codes":
            return menus.usage(event.name)
        kind = "words" if event.name in WITH_WORDS else "code"
        return Message(f"usage.{kind}", {"command": f"/{event.name}"})
    return Message(f"refused.{answer.value}")


def _as_pressed(event: Event, context: Context) -> Event:
    """A button's label, typed by hand, is a press on it: as far as that press needs nothing else at hand."""
    person, conversation = context.person, context.conversation
    if not isinstance(event, Text) or event.reply or len(event.text) > LABEL_LENGTH or person.role is not Role.REPORTER:
        return event
    buttons = (button for row in screens.current(context, conversation).choices for button in row)
    meant = typed.meant(event.text, buttons, context.label)
    if meant is None:
        return event
    press = Choice(meant.verb, meant.arg, conversation.prompt)
    route, written = find(press, person, conversation), find(event, person, conversation)
    at_hand = (wants.nothing, written.wants if written else wants.nothing)
    return press if route and route.wants in at_hand else event


def _in_their_name(outcome: Outcome, context: Context) -> Outcome:
    """What is said to the speaker stands under their safe word, and goes first while they are in danger."""
    conversation = outcome.conversation or context.conversation
    answers = conversation.draft.answers if conversation.draft else {}
    urgent = "now" in answers.get("danger", ())
    if not conversation.safe_word and not urgent:
        return outcome
    return replace(outcome, effects=tuple(_theirs(effect, context, conversation, urgent) for effect in outcome.effects))


def _theirs(effect: Effect, context: Context, conversation: Conversation, urgent: bool) -> Effect:
    if not isinstance(effect, Send | Edit | Clear) or effect.to != context.person.address:
        return effect
    if isinstance(effect, Clear):
        return replace(effect, urgent=urgent)
    return replace(effect, message=signed(effect.message, conversation.safe_word), urgent=effect.urgent or urgent)


def _put_down(event: Event, context: Context) -> Context:
    """A command or a press ends what a member was writing: their next words must not reach another case's reporter."""
    conversation = context.conversation
    if not isinstance(event, Command | Choice) or conversation.step not in WRITING_AT_THE_DESK:
        return context
    return replace(context, conversation=replace(conversation, step=Step.HOME))
