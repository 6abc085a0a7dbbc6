"""Reading the audit chain: who did what to which case, and when. Never content.

Lines about a case of which an admin may not know are not among what is found, and no number shows that they are there
(`permissions.may_see`, `storage.view`); nor are those about one that waits in silence. Reading leaves a line itself.
"""

import re
from datetime import date

from msgspec.structs import replace

from handlers import cards, deeds, wall
from handlers.model import (
    Button,
    ByRef,
    Choice,
    Command,
    Context,
    Conversation,
    Entry,
    Event,
    MemberId,
    Message,
    Moment,
    Outcome,
    Record,
    Search,
    Wanted,
)
from handlers.speech import Rows, audited, button, grid, rows, screen

CHOSEN = ("claim", "open", "original", "reply", "close", "erase", "invite", "approve", "unlock", "advise", "revoke")
"""What most searches are about: these have a button, the others are typed."""
OLDER = "older"
"""The next page. Where it begins stays in the memory: a number in a button would tell how many lines lie between."""
DAYS = 6
"""Days with a button, today's first; any other is typed."""
REF = re.compile(r"#\S+|[2-9A-HJ-NP-TV-Z]{6}")
"""How a case is named: as it stands on its card, in capitals, or with a # before it."""


def wanted(event: Command | Choice, conversation: Conversation) -> Wanted:
    search = _asked(event, conversation)
    return Wanted(cases=(ByRef(search.ref),) if search.ref else (), team=True, search=search)


def _asked(event: Command | Choice, conversation: Conversation) -> Search:
    """What is looked for now."""
    if isinstance(event, Command):
        return _typed(event.args)
    held = conversation.search
    match event.verb:
        case "auditwho":
            return replace(held, member=event.arg, before=0)
        case "auditwhat":
            return replace(held, action=event.arg, before=0)
        case "auditday":
            return replace(held, day=event.arg if _is_day(event.arg) else "", before=0)
        case "auditcase":
            return Search(ref=event.arg)
    return held if event.arg == OLDER else Search()


def _typed(args: str) -> Search:
    """`/audit`, with any of: a case, a day, an action, a call name; in any order."""
    search, names = Search(), []
    for word in args.split():
        if word.lower() in deeds.ACTIONS:
            search = replace(search, action=word.lower())
        elif REF.fullmatch(word):
            search = replace(search, ref=word.strip("#").upper())
        elif _is_day(word):
            search = replace(search, day=word)
        else:
            names.append(word)
    return replace(search, member=" ".join(names))


def _is_day(word: str) -> bool:
    try:
        return date.fromisoformat(word).isoformat() == word
    except ValueError:
        return False


def show(event: Command | Choice, context: Context) -> Outcome:
    """The lines that were asked for, the newest first."""
    search = _asked(event, context.conversation)
    if search.member and cards.called(search.member, context.team) is None:
        return _screen(event, context, Search(), Message("audit.usage", choices=rows(button("audit.all", "audit"))))
    found = context.found
    clock = (cards.clock(context),) if found.records else ()
    lines = (*_filters(search, context), *clock, *(_line(record, context) for record in found.records))
    said = Message("audit.lines" if found.records else "audit.nothing", lines=lines, choices=_ways(search, context))
    shown = _screen(event, context, replace(search, before=found.older), said)
    return audited(shown, Entry("audit", context.me.id))


def _screen(event: Event, context: Context, search: Search, said: Message) -> Outcome:
    return screen(event, context, said, replace(context.conversation, search=search))


def choose_member(event: Choice, context: Context) -> Outcome:
    """Whose lines? Without an arg, asks."""
    if event.arg:
        return show(event, context)
    people = tuple(Button(Message("plain", {"text": each.name}), "auditwho", each.id) for each in context.team)
    return _ask(event, context, "audit.who", people)


def choose_action(event: Choice, context: Context) -> Outcome:
    """Which action? Without an arg, asks."""
    if event.arg:
        return show(event, context)
    actions = tuple(Button(deeds.named(each), "auditwhat", each) for each in CHOSEN)
    return _ask(event, context, "audit.what", actions)


def choose_day(event: Choice, context: Context) -> Outcome:
    """Which day? Without an arg, asks."""
    if event.arg:
        return show(event, context)
    today = wall.local(context.me.zone, context.now, context.offset).date()
    days = ((today - ago * wall.DAY).isoformat() for ago in range(DAYS))
    return _ask(event, context, "audit.day", tuple(Button(_plain(day), "auditday", day) for day in days))


def _ask(event: Choice, context: Context, question: str, options: tuple[Button, ...]) -> Outcome:
    choices = (*grid(options, 2), *rows(button("back", "audit")))
    return _screen(event, context, context.conversation.search, Message(question, choices=choices))


def _line(record: Record, context: Context) -> Message:
    entry = record.entry
    what = deeds.named(entry.action)
    about = record.case.ref if record.case else cards.name_of(MemberId(entry.detail), context.team)
    at = Moment(record.at, bare=True)
    return Message("audit.line", {"at": at, "who": _who(entry.actor, context), "what": what, "about": about})


def _who(actor: str, context: Context) -> Message:
    if actor in deeds.OTHERS:
        return Message(f"audit.by.{actor}")
    return _plain(cards.name_of(MemberId(actor), context.team))


def _plain(text: str) -> Message:
    return Message("plain", {"text": text})


def _filters(search: Search, context: Context) -> tuple[Message, ...]:
    """What is looked for, so that an empty answer is understood."""
    whose = cards.called(search.member, context.team)
    parts = (*((whose.name,) if whose else ()), *(part for part in (search.ref, search.day) if part))
    action = (deeds.named(search.action),) if search.action else ()
    chosen = (*action, *(_plain(part) for part in parts))
    return (Message("audit.filter", {"what": cards.joined(chosen)}),) if chosen else ()


def _ways(search: Search, context: Context) -> Rows:
    older = (button("audit.older", "audit", OLDER),) if context.found.older else ()
    filters = (button("audit.who", "auditwho"), button("audit.what", "auditwhat"), button("audit.day", "auditday"))
    everything = (button("audit.all", "audit"),) if search != Search() else ()
    return (*rows(*older), *grid(filters, 3), *rows(*everything))
