"""From a `Message` to finished screens: in the reader's language, within the messenger's limits.

Pure, and on the path of everything that Panah says. A parameter is text, whatever it looks like: only the catalogue's
own sentences are parsed, and spans come from them alone.
"""

from functools import lru_cache
from itertools import islice

from bot.i18n import Catalogue
from bot.labels import arranged
from bot.markup import Close, Hole, Literal, Open, parse
from bot.messenger import Key, Limits, Screen, Span, press
from bot.pages import ELLIPSIS, Page, cut, in_units, split
from bot.quote import quote
from handlers.model import words
from handlers.model.words import Button, Country, Day, Message, Moment, Param

URL = "url"
"""The verb of a button that opens its arg instead of coming back."""


def render(message: Message, catalogue: Catalogue, limits: Limits) -> tuple[Screen, ...]:
    """One screen, or several when the text is too long for one; the buttons stand under the last.

    Buttons beyond `limits.buttons` are left out. Raises `MissingText` only with a strict catalogue.
    """
    pages = [page for page in split(write(message, catalogue), limits.text) if not page.text.isspace()]
    *before, last = pages if pages and pages[-1].text else [Page(ELLIPSIS)]
    screens = [Screen(page.text, in_units(page), (), message.protect) for page in before]
    rows = keyboard(message, catalogue, limits) if message.choices else ()
    return (*screens, Screen(last.text, in_units(last), rows, message.protect))


def write(message: Message, catalogue: Catalogue) -> Page:
    """The whole text of a message on one endless page, its buttons aside."""
    writer = _Writer(catalogue)
    writer.message(message)
    return Page("".join(writer.parts), tuple(writer.spans))


def plain(message: Message, catalogue: Catalogue) -> str:
    """The whole text of a message without its styles: for menus, descriptions and terminals."""
    return write(message, catalogue).text


def keyboard(message: Message, catalogue: Catalogue, limits: Limits) -> tuple[tuple[Key, ...], ...]:
    """The buttons: labels cut, long rows parted evenly."""
    left = limits.buttons
    rows: list[list[Key]] = []
    for choices in message.choices:
        rows.append([_key(button, catalogue, limits) for button in islice(choices, left)])
        left -= len(rows[-1])
    return tuple(arranged(rows, limits.row))


def _key(button: Button, catalogue: Catalogue, limits: Limits) -> Key:
    label = _label(button.label, catalogue, limits.label)
    if button.verb == URL:
        return Key(label, url=button.arg)
    return Key(label, press(button.verb, button.arg, button.prompt))


def _label(label: Message, catalogue: Catalogue, limit: int) -> str:
    text = catalogue.text(label.id, label.count)
    if label.params or label.lines or "{" in text:
        return cut(plain(label, catalogue), limit)
    return _fixed_label(text, limit)


@lru_cache(maxsize=8192)
def _fixed_label(text: str, limit: int) -> str:
    # Nearly every label is a catalogue text alone; nobody's words are kept here.
    return cut("".join(piece.text for piece in parse(text) if isinstance(piece, Literal)), limit)


class _Writer:
    """Collects text and its styled stretches, counted in code points."""

    __slots__ = ("catalogue", "length", "parts", "spans")

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.parts: list[str] = []
        self.spans: list[Span] = []
        self.length = 0

    def text(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def message(self, message: Message) -> None:
        opened: list[tuple[str, int]] = []
        for piece in parse(self.catalogue.text(message.id, message.count)):
            match piece:
                case Literal():
                    self.text(piece.text)
                case Hole():
                    self.param(piece.name, message)
                case Open():
                    opened.append((piece.style, self.length))
                case Close():
                    self.close(opened)
        while opened:
            self.close(opened)
        for line in message.lines:
            self.text("\n")
            self.message(line)

    def close(self, opened: list[tuple[str, int]]) -> None:
        style, start = opened.pop() if opened else ("", self.length)
        if start < self.length:
            self.spans.append(Span(style, start, self.length - start))

    def param(self, name: str, message: Message) -> None:
        value = message.params.get(name)
        if value is None and name == "count":
            value = message.count
        if isinstance(value, Message):
            self.message(value)
        elif value is None:
            self.catalogue.lament(f"{message.id} {name}")
            self.text(ELLIPSIS)
        else:
            self.text(_worded(value, self.catalogue))


def _worded(value: Param, catalogue: Catalogue) -> str:
    match value:
        case str():
            return quote(value)
        case int():
            return catalogue.number(value)
        case Country():
            return catalogue.country(value.code)
        case Moment():
            return catalogue.moment(value.at, value.bare)
        case Day():
            return catalogue.day(value.at)
        case words.Zone():
            return catalogue.zone(value.name)
        case words.Span():
            return catalogue.span(value.minutes)
        case Message():
            return plain(value, catalogue)
