"""The form: which question comes next, and whether an answer fits it.

Answers are a mapping from question id to chosen values; what is asked follows from the program and from what was
answered, so going back, skipping and changing an answer need no memory of their own.
"""

from msgspec.structs import replace

from handlers.model import Answers, Button, Country, Message, Passage, Value
from handlers.program import REST, Kind, Program, Question, facts, holds
from handlers.speech import grid, rows

WORDS_LIMIT = 4096
"""The longest single message of own words, in characters: Telegram's limit for a text."""


DRAFT_LENGTH = 40_000
"""Characters of own words in one draft, ten of the longest messages; more can follow once it is sent. Without an end,
one chat's draft would be read and sealed anew for each of its messages until nobody else is heard."""
DRAFT_PASSAGES = 200
FILES_WAITING = 20
"""Files in one draft, and new pieces of a sent report that nobody has read: more files are not fetched."""


class Answer(Value, frozen=True):
    """A fitting answer. For a question in own words, `values` is the one text of one message, kept to the letter."""

    question: str
    values: tuple[str, ...]


class Refusal(Value, frozen=True):
    """An answer that does not fit, and what to say: never the answer itself."""

    message: Message


def visible(program: Program, answers: Answers) -> tuple[Question, ...]:
    """The questions to be asked, in order, as far as the answers tell.

    An answer counts only while its own question is asked: what was said before a change of mind opens nothing.
    """
    own = {question.id for question in program.questions}
    counted = {question: values for question, values in answers.items() if question not in own}
    asked, lists = [], program.lists
    known = facts(counted, lists)
    for question in program.questions:
        if holds(question.when, known):
            asked.append(question)
            if values := answers.get(question.id):
                counted[question.id] = values
                known = facts(counted, lists)
    return tuple(asked)


def next_question(program: Program, answers: Answers) -> Question | None:
    """The first question that was neither answered nor skipped. None: everything was asked, on to the review."""
    return next((question for question in visible(program, answers) if question.id not in answers), None)


def previous_question(program: Program, answers: Answers, current: Question | None) -> Question | None:
    """The question before `current`, or the last one from the review (`current` None). None: there is none."""
    asked = visible(program, answers)
    places = {question.id: place for place, question in enumerate(asked)}
    place = len(asked) if current is None else places.get(current.id, 0)
    return asked[place - 1] if place else None


def progress(program: Program, answers: Answers, question: Question) -> tuple[int, int]:
    """Which question of how many this is, counted from 1. The second number may grow with the answers."""
    asked = visible(program, answers)
    before = [other.id for other in asked].index(question.id) if question in asked else len(asked) - 1
    return before + 1, len(asked)


def still_asked(program: Program, answers: Answers) -> dict[str, tuple[str, ...]]:
    """The answers without those whose question is no longer asked, after another answer was changed.

    A country stays all the same: somebody in danger may have shared it by a location, though nobody asks them.
    """
    countries = (question.id for question in program.questions if question.kind is Kind.COUNTRY)
    kept = {REST, *countries, *(question.id for question in visible(program, answers))}
    return {question: values for question, values in answers.items() if question in kept}


def still_fitting(program: Program, answers: Answers) -> dict[str, tuple[str, ...]]:
    """The answers, given under another program, that this one asks for and offers; without a value left, unanswered."""
    offered = {id: tuple(value for value in values if _fits(program, id, value)) for id, values in answers.items()}
    return still_asked(program, {id: offered[id] for id, values in answers.items() if offered[id] or not values})


def _fits(program: Program, id: str, value: str) -> bool:
    question = program.question(id)
    return question is None or _offered(program, question, value) == value


def said(answers: Answers) -> dict[str, tuple[str, ...]]:
    """The answers that a person gave, without what only steers the form."""
    return {question: values for question, values in answers.items() if question != REST}


def accept(program: Program, question: Question, value: str) -> Answer | Refusal:
    """A pressed or typed value as the answer of a question; for a multi, its only choice so far (see `toggle`)."""
    if question.kind is Kind.WORDS:
        return _words(question, value)
    chosen = _offered(program, question, value)
    return Answer(question.id, (chosen,)) if chosen else _refuse("refusal.choose")


def toggle(program: Program, question: Question, chosen: tuple[str, ...], value: str) -> Answer | Refusal:
    """Choose one value more, or one less, of a multiple choice. Values keep the order of the buttons."""
    pressed = _offered(program, question, value)
    if not pressed:
        return _refuse("refusal.choose")
    if pressed in chosen:
        return Answer(question.id, tuple(other for other in chosen if other != pressed))
    if pressed in question.alone:
        return Answer(question.id, (pressed,))
    together = {*chosen, pressed}.difference(question.alone)
    if question.most and len(together) > question.most:
        return _refuse("refusal.many", limit=question.most)
    return Answer(question.id, tuple(option for option in question.options if option in together))


def has_room(words: tuple[Passage, ...]) -> bool:
    """Whether a chat may hold these words until they are sent."""
    return len(words) <= DRAFT_PASSAGES and sum(len(passage.text) for passage in words) <= DRAFT_LENGTH


def which_country(here: Message, found: tuple[str, ...], verb: str, back: Button) -> Message:
    """A typed name that is not one country: those that begin like it, or the buttons that stand `here`."""
    if not found:
        return replace(here, id="country.unknown", lines=())
    buttons = tuple(Button(Message("country", {"country": Country(code)}), verb, code) for code in found)
    return Message("country.several", choices=(*grid(buttons, 2), *rows(back)))


def _offered(program: Program, question: Question, value: str) -> str:
    """The option that was meant, or "". A country picker takes any country, offered as a button or not."""
    meant = value.strip()
    more = program.countries if question.kind is Kind.COUNTRY else ()
    return next((option for option in (meant, meant.upper()) if option in question.options or option in more), "")


def _words(question: Question, text: str) -> Answer | Refusal:
    if not text.strip():
        return _refuse("refusal.empty")
    if len(text) > WORDS_LIMIT:
        return _refuse("refusal.long", limit=WORDS_LIMIT)
    return Answer(question.id, (text,))


def _refuse(id: str, **params: int) -> Refusal:
    return Refusal(Message(id, {**params}))
