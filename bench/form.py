"""The form that both bots ask, word for word and button for button: read from Panah's own program and catalogue."""

from dataclasses import dataclass
from functools import cache
from itertools import pairwise, takewhile

from bot.i18n import catalogues
from bot.render import render
from bot.telegram.calls import LIMITS
from handlers import guidance
from handlers.model import Button, Country, Draft, Message, Span
from handlers.program import Program, parse
from handlers.reporter import screens
from handlers.speech import button, grid, rows
from tests.short import short_files

LANGUAGE = "en"
ORGANISATION = "the bench"
WORDS = (
    "Two men waited for me after work and called me by my name. They said that they know where my mother lives, "
    "and that I should stop writing. Since then the same grey car stands in front of the house."
)
ANSWERS: dict[str, tuple[str, ...]] = {
    "danger": ("not_now",),
    "category": ("threat",),
    "when": ("week",),
    "origin": ("UZ",),
    "host": ("DE",),
}
CODE = "anchor basket candle dolphin engine forest garden harbour"
REPLY_HOURS = 72


@dataclass(frozen=True)
class Style:
    """A styled stretch of a text, in UTF-16 units."""

    kind: str
    offset: int
    length: int


@dataclass(frozen=True)
class Screen:
    """A text with its buttons as (label, data)."""

    text: str
    styles: tuple[Style, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]


@dataclass(frozen=True)
class Act:
    """One update of a reporter: what is pressed or typed, and the button that shows that it was answered."""

    data: str
    then: str

    @property
    def pressed(self) -> bool:
        """Whether it is a press on a button, and not a message."""
        return ":" in self.data


def acts() -> tuple[Act, ...]:
    """The whole form, from the start to the code."""
    done = ("/start", "lang:en", "agree:", "a:not_now", "a:threat", "a:week", "a:UZ", "done:", "a:DE")
    ends = (WORDS, "done:", "send:", "status:")
    shown = {WORDS: "skip:"}  # nothing is pressed next: the question for words shows the button to skip it
    return tuple(Act(now, shown.get(then, then)) for now, then in pairwise((*done, *ends)))


@cache
def program() -> Program:
    """The program with a form of six questions: for both bots the same."""
    return parse(short_files())


def language() -> Screen:
    """Which language?"""
    return _shown(Message("language.ask", choices=grid(tuple(_language(code) for code in catalogues()), 2)))


def consent() -> Screen:
    """What this is, and what is agreed to."""
    about = Message("consent.ask", {"organisation": ORGANISATION, "days": 90})
    lines = (Message("intro.not"), Message("intro.telegram"), Message("intro.care"), about)
    answers = (*grid((button("agree", "agree"), button("decline", "decline")), 2), *rows(button("privacy", "privacy")))
    return _shown(Message("intro.what", lines=lines, choices=answers))


def questions() -> dict[str, Screen]:
    """Every question as it is first shown."""
    return {each.id: _shown(screens.question(program(), _draft(each.id))) for each in program().questions}


def chosen() -> Screen:
    """The question of several answers with the first one marked."""
    return _shown(screens.question(program(), _draft("host", "origin")))


def kept() -> Screen:
    """Own words were kept."""
    choices = grid((button("back", "back"), button("done", "done")), 2)
    return _shown(Message("words.kept", count=1, choices=(*choices, *rows(button("cancel", "cancel")))))


def review() -> Screen:
    """The head of the review, with its buttons."""
    choices = rows(button("send", "send"), button("change", "change"), button("cancel", "cancel"))
    return _shown(Message("review.head", lines=(Message("review.ask"),), choices=choices))


def labels() -> dict[str, str]:
    """What each question is called in the review."""
    return {each.id: _shown(Message(f"question.{each.id}.short")).text for each in program().questions}


def sent() -> tuple[Screen, ...]:
    """What follows the sending: thanks, advice, the code."""
    aim = Message("sent.aim", {"within": Span(REPLY_HOURS * 60)})
    thanks = Message("sent.done", lines=(aim,))
    ways = grid((button("add", "add"), button("status", "status"), button("erase", "erase")), 2)
    spelled = Message("sent.code", {"code": CODE}, choices=ways)
    return tuple(map(_shown, (thanks, *guidance.guidance_for(program(), ANSWERS), spelled)))


def country(code: str) -> str:
    """A country's name."""
    return catalogues()[LANGUAGE].country(Country(code).code)


def _language(code: str) -> Button:
    return button(f"language.{code}", "lang", code)


def _draft(question: str, here: str = "") -> Draft:
    """A draft that has come to `question`, or back `here`."""
    before = dict(takewhile(lambda answer: answer[0] != question, ANSWERS.items()))
    return Draft(program=program().version, question=here or question, answers=before)


def _shown(message: Message) -> Screen:
    screen = render(message, catalogues()[LANGUAGE], LIMITS)[0]
    styles = tuple(Style(span.style, span.offset, span.length) for span in screen.spans)
    return Screen(screen.text, styles, tuple(tuple((key.label, key.data) for key in row) for row in screen.rows))
