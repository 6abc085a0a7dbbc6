"""What a reporter sees at each step. Every screen asks at most one thing, and every one can be left."""

from msgspec.structs import replace

from handlers import cards, forms, scopes
from handlers.consent import names
from handlers.model import Button, CheckIn, Context, Conversation, Desk, Draft, Message, Span, Step, Subscribed
from handlers.program import Kind, Program, Question
from handlers.reporter import dial
from handlers.speech import Rows, button, grid, languages, rows

CHOICES_PER_ROW = 2
COUNTRIES_PER_ROW = 3
LIKELIEST = 9
"""Countries that have a button at first: three rows of three."""
EVERY_COUNTRY = button("countries", "every")
SURE = "sure"
"""The arg of a second press that deletes."""
KEEP, END = "keep", "end"
"""The args of a press that clears a chat in which a check-in runs."""
LENGTHS = (60, 180, 720, 1440)
"""Minutes of a check-in that have a button; others are typed."""
FINE = button("fine", "ok")
LANGUAGE = button("language", "language")
"""On every screen where a chat can stand: whoever can't read it is one press from a language that they can."""
STOP_OR_SPEAK = grid((button("cancel", "cancel"), LANGUAGE), 2)
"""The last row of every screen of the form."""
LEAVE_OR_SPEAK = grid((button("cancel", "home"), LANGUAGE), 2)
"""The same on every screen that asks something else."""


def current(context: Context, conversation: Conversation) -> Message:
    """The screen of the step where this chat stands."""
    draft = conversation.draft
    match conversation.step:
        case Step.NEW | Step.LANGUAGE:
            return language(context)
        case Step.CONSENT:
            return consent(context, conversation)
        case Step.FORM if draft:
            return question(context, draft)
        case Step.REVIEW if draft:
            return review(context.program, draft)
        case Step.FOLLOW:
            return Message("follow.ask", choices=grid((button("done", "finish"), LANGUAGE), 2))
        case Step.SAFE:
            return safe_word(conversation)
        case Step.SUBSCRIBE:
            return wish(context, conversation)
        case Step.CODE:
            return Message("code.ask", choices=LEAVE_OR_SPEAK)
        case Step.CHECKIN:
            return length(conversation)
        case Step.CLOCK:
            return clock(context, dial.Wish.read(conversation.focus))
        case Step.PLAN:
            return plan(context, conversation)
        case Step.ERASE:
            return confirm_erase(context, conversation)
    return home(conversation)


def language(context: Context, guess: str = "") -> Message:
    """All languages, by their own names; a guess only puts one of them first."""
    return languages(sorted(context.desk.languages, key=lambda code: code != guess))


def consent(context: Context, conversation: Conversation) -> Message:
    """What this is, what it isn't, and what is agreed to: before anything is stored."""
    lines = (
        Message("intro.not"),
        Message("intro.telegram"),
        Message("intro.care"),
        Message("consent.ask", {"organisation": context.desk.organisation, "days": context.desk.retention_days}),
        *((Message("held.kept"),) if conversation.held else ()),
    )
    answers = grid((button("agree", "agree"), button("decline", "decline")), CHOICES_PER_ROW)
    aside = grid((button("privacy", "privacy"), LANGUAGE), CHOICES_PER_ROW)
    return Message("intro.what", lines=lines, choices=(*answers, *aside))


def privacy(context: Context, agreed: bool) -> Message:
    """Who can read what, and for how long: made from the settings in force."""
    desk, writing = context.desk, context.conversation.step in {Step.FORM, Step.REVIEW}
    back = rows(button("back", "stay" if writing else "home"))
    if not agreed:
        back = grid((button("agree", "agree"), button("decline", "decline")), CHOICES_PER_ROW)
    return Message("privacy.head", lines=_readers(desk), choices=back)


def _readers(desk: Desk) -> tuple[Message, ...]:
    """Who can read what: each sentence is true of the code and of docs/threat-model.md, each number is in force."""
    whose = names(desk)
    return (
        Message("privacy.telegram"),
        Message("privacy.phone"),
        Message("privacy.draft"),
        Message("privacy.sent", whose),
        Message("privacy.header"),
        *((Message("privacy.group"),) if desk.board else ()),
        *((Message("privacy.recovery", whose),) if desk.recovery else ()),
        *((Message("privacy.partners", whose),) if desk.partners else ()),
        Message("privacy.files", {"megabytes": desk.max_file_mb}),
        Message("privacy.not"),
        Message("privacy.place"),
        Message("privacy.days", {"days": desk.retention_days, "backups": desk.backup_days}),
    )


def home(conversation: Conversation) -> Message:
    """The menu."""
    start = button("resume", "resume") if conversation.draft else button("new", "new")
    settings = (
        button("advice", "tips"),
        button("code", "code"),
        button("checkin", "checkin"),
        button("subscribe", "sub"),
        button("safe", "safe"),
        LANGUAGE,
        button("privacy", "privacy"),
        button("clear", "clear"),
        button("tidy.off" if conversation.tidy else "tidy.on", "tidy"),
    )
    fine = rows(FINE) if conversation.checkin else ()
    mine = _mine(conversation)
    return Message("home", choices=(*fine, *rows(start), *mine, *grid(settings, CHOICES_PER_ROW)))


def _mine(conversation: Conversation) -> Rows:
    both = (*to_report(conversation, "add", "add"), *to_report(conversation, "status", "status"))
    return (*grid(both, 2), *rows(*to_report(conversation, "erase", "erase")))


def to_report(conversation: Conversation, id: str, verb: str) -> tuple[Button, ...]:
    """A button that does this with the chat's report, or asks with which; none when it has none."""
    if len(conversation.tokens) > 1:
        return (button(id, "mine", verb),)
    return tuple(button(id, verb, token) for token in conversation.tokens)


def not_open() -> Message:
    """A check-in that nobody would hear of is none."""
    return Message("checkin.not_open", choices=rows(button("back", "home")))


def length(conversation: Conversation) -> Message:
    """How long from now: of the check-in that runs, or of a new one."""
    lengths = tuple(button(f"wait.{minutes}", "wait", str(minutes)) for minutes in LENGTHS)
    asked = "checkin.longer" if conversation.watched else "checkin.ask"
    ways = (*grid(lengths, CHOICES_PER_ROW), *rows(button("checkin.clock", "clock")), *LEAVE_OR_SPEAK)
    return Message(asked, choices=ways)


def clock(context: Context, wish: dial.Wish) -> Message:
    """By the clock: where it hangs, and what it will show."""
    asked = dial.screen(context, wish)
    return replace(asked, choices=(*asked.choices, *LEAVE_OR_SPEAK))


def plan(context: Context, conversation: Conversation) -> Message:
    """What should be done, and whom to tell; and when, as it was chosen."""
    end = dial.End.read(conversation.focus)
    ways = (*rows(button("checkin.more", "more")), *LEAVE_OR_SPEAK)
    if end.at is None:
        return Message("checkin.plan", {"left": Span(end.minutes)}, choices=ways)
    left = {"left": dial.left(end.at, context.now)}
    return Message("checkin.plan.clock", left, dial.by_the_clock(end.at, end.zone, context), ways)


def checkin(context: Context, running: CheckIn) -> Message:
    """The check-in of this chat: how long is left, or that the desk was told."""
    if running.passed:
        usual = (button("add", "add", running.token), button("status", "status", running.token))
        return Message("checkin.passed", choices=(*rows(FINE), *grid(usual, 2), *rows(button("back", "home"))))
    left, clocked = dial.left(running.due, context.now), dial.by_the_clock(running.due, running.zone, context)
    ways = (button("checkin.later", "later"), button("checkin.more", "more"), button("checkin.end", "endcheck"))
    choices = (*rows(FINE), *grid((*ways, button("back", "home")), 2))
    return Message("checkin.running", {"left": left}, clocked, choices)


def confirm_clear() -> Message:
    """While a check-in runs: whether it goes on without what stands in the chat."""
    ways = (button("clear.keep", "clear", KEEP), button("clear.end", "clear", END), button("cancel", "home"))
    return Message("clear.ask", choices=rows(*ways))


def safe_word(conversation: Conversation) -> Message:
    """A word of the person's own, by which our messages can be told from others'."""
    off = (button("safe.off", "safeoff"),) if conversation.safe_word else ()
    return Message("safe.ask", choices=grid((*off, button("cancel", "home"), LANGUAGE), 2))


def wish(context: Context, conversation: Conversation) -> Message:
    """One question about the advisories that somebody wants; each may be left open."""
    if not conversation.language:
        return language(context)
    part, scope = conversation.focus, conversation.wish
    typed = (Message("form.country"),) if part == "host" else ()
    back = (button("back", "back"),) if part != scopes.PARTS[0] else ()
    done = (button("done", "done"),) if part == "topic" and scope.topic else ()
    choices = (
        *rows(button(f"any.{part}", "skip")),
        *scopes.options(context.program, scope, part, "a"),
        *grid((*back, *done), CHOICES_PER_ROW),
        *rows(button("cancel", "home")),
    )
    return Message(f"subscribe.{part}", lines=(*typed, Message("subscribe.sealed")), choices=choices)


def subscribed(conversation: Conversation, mine: Subscribed) -> Message:
    """Which advisories come to this chat, and the ways to change that."""
    ways = (button("subscribe.change", "wish"), button("unsubscribe", "unsub", mine.token), button("back", "home"))
    spoken = {"language": Message(f"language.{conversation.language}")}
    return Message("subscribe.done", {**spoken}, lines=scopes.lines(mine.scope), choices=rows(*ways))


def advice(program: Program) -> Message:
    """About what?"""
    topics = tuple(Button(Message(f"category.{category}"), "tips", category) for category in program.categories)
    return Message("advice.ask", choices=(*grid(topics, CHOICES_PER_ROW), *rows(button("back", "home"))))


def question(context: Context, draft: Draft, everything: bool = False) -> Message:
    """One question: why it is asked, how far along, its answers, and the ways out.

    Of countries the likeliest, unless `everything` is wished for: all of them are longer than a phone's screen.
    """
    program = context.program
    asked = program.question(draft.question) or program.questions[0]
    number, of = forms.progress(program, draft.answers, asked)
    typed = (Message("form.country"), Message("place.offer")) if asked.kind is Kind.COUNTRY else ()
    lines = (Message(f"question.{asked.id}.why"), *typed, Message("form.progress", {"number": number, "of": of}))
    choices = (*_options(asked, draft, everything), *_ways_out(asked, draft, number))
    return Message(f"question.{asked.id}", names(context.desk), lines=lines, choices=choices)


def _options(asked: Question, draft: Draft, everything: bool) -> Rows:
    chosen = draft.answers.get(asked.id, ())
    buttons = tuple(_option(asked, value, value in chosen and asked.kind is Kind.MULTI) for value in asked.options)
    if asked.kind is not Kind.COUNTRY:
        return grid(buttons, CHOICES_PER_ROW)
    shown = buttons if everything else buttons[:LIKELIEST]
    return (*grid(shown, COUNTRIES_PER_ROW), *rows(*((EVERY_COUNTRY,) if len(shown) < len(buttons) else ())))


def _option(asked: Question, value: str, marked: bool) -> Button:
    label = cards.chosen(asked.id, value)
    return Button(Message("option.marked", {"option": label}) if marked else label, "a", value)


def hasty(draft: Draft) -> bool:
    """Somebody in danger now, with nothing but words before Send."""
    return "now" in draft.answers.get("danger", ()) and not draft.completes


def _ways_out(asked: Question, draft: Draft, number: int) -> Rows:
    answered = bool(draft.answers.get(asked.id) or (asked.kind is Kind.WORDS and (draft.words or draft.files)))
    done = asked.kind in {Kind.MULTI, Kind.WORDS} and answered
    if done and asked.kind is Kind.WORDS and hasty(draft):
        return (*rows(button("send.now", "send"), button("back", "back")), *STOP_OR_SPEAK)
    onward = (button("done", "done"),) if done else (button("skip", "skip"),) if asked.skippable else ()
    back = (button("back", "back"),) if number > 1 or draft.changing else ()
    return (*grid((*back, *onward), 2), *STOP_OR_SPEAK)


def review(program: Program, draft: Draft) -> Message:
    """Everything that will be sent, to the letter, before it is sent."""
    answers = tuple(cards.answer(each, values) for each, values in forms.said(draft.answers).items() if values)
    words = tuple(Message("review.words", {"text": passage.text}) for passage in draft.words)
    files = (Message("review.files", count=len(draft.files)),) if draft.files else ()
    waiting = (Message("review.pending", count=len(draft.waiting)),) if draft.waiting else ()
    choices = (*rows(button("send", "send"), button("change", "change")), *STOP_OR_SPEAK)
    return Message("review.head", lines=(*answers, *words, *files, *waiting, Message("review.ask")), choices=choices)


def change(program: Program, draft: Draft) -> Message:
    """Which answer is to be changed."""
    asked = tuple(each for each in program.questions if each.id in draft.answers)
    buttons = tuple(Button(Message(f"question.{each.id}.short"), "redo", each.id) for each in asked)
    return Message("change.ask", choices=(*grid(buttons, CHOICES_PER_ROW), *rows(button("back", "review"))))


def confirm_cancel() -> Message:
    """Delete the draft, words and all, or go on where it stands."""
    choices = rows(button("cancel.yes", "cancel", SURE), button("cancel.no", "stay"))
    return Message("cancel.ask", choices=choices)


def confirm_erase(context: Context, conversation: Conversation) -> Message:
    """What is deleted, what remains, and one press either way."""
    answers = (button("erase.yes", "erased", conversation.focus), button("keep", "home"), LANGUAGE)
    lines = (Message("erase.checkin"),) if conversation.watched else ()
    return Message("erase.ask", {"days": context.desk.backup_days}, lines, rows(*answers))
