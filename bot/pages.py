"""Long texts in several messages: where to cut, and how lengths are counted.

Within this module positions are code points, so no cut can part a surrogate pair. What leaves it for a messenger counts
in UTF-16 units.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.messenger import Span

ELLIPSIS = "…"

# Where a reader pauses, best first. A page ends after the match.
_BORDERS = tuple(map(re.compile, (r"\n\n+", r"\n", r"[.!?…][»”\")\]]*[ \u00a0]+", r"\s+")))


class Page(NamedTuple):
    """A stretch of styled text; its spans count in code points from its own beginning."""

    text: str
    spans: tuple[Span, ...] = ()


def units(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """The text on one line, in at most `limit` UTF-16 units; an ellipsis shows that something is missing."""
    line = " ".join(text.split()) or ELLIPSIS
    return line if units(line) <= limit else line[: _reach(line, 0, limit - 1)].rstrip() + ELLIPSIS


def in_units(page: Page) -> tuple[Span, ...]:
    """The spans of a page, counted in UTF-16 units."""
    text, spans = page
    if not spans or units(text) == len(text):
        return spans
    return tuple(
        Span(span.style, units(text[: span.offset]), units(text[span.offset : span.offset + span.length]))
        for span in spans
    )


def split(page: Page, limit: int) -> Iterator[Page]:
    """Pages of at most `limit` UTF-16 units (2 or more) which together are the whole text.

    Cut after a paragraph, a line, a sentence or a word, outside spans; a span is divided only when it alone is longer.
    """
    text, spans = page
    start, longest = 0, len(text)
    while units(text[start:]) > limit:
        end = _border(text, start, _reach(text, start, limit), spans)
        yield Page(text[start:end], tuple(_within(spans, start, end)))
        start = end
    yield page if start == 0 else Page(text[start:], tuple(_within(spans, start, longest)))


def _reach(text: str, start: int, limit: int) -> int:
    window = text[start : start + limit].encode("utf-16-le")[: 2 * limit]
    return start + len(window.decode("utf-16-le", "ignore"))


def _border(text: str, start: int, reach: int, spans: Sequence[Span]) -> int:
    middle = (start + reach) // 2
    beginnings = [span.offset for span in spans if start < span.offset < reach < span.offset + span.length]
    return (
        _last_pause(text, middle, reach, spans)
        or _last_pause(text, start, middle, spans)
        or min(beginnings, default=0)
        or (_inside(reach, spans) and _last_pause(text, middle, reach, ()))
        or reach
    )


def _last_pause(text: str, start: int, end: int, spans: Sequence[Span]) -> int:
    for border in _BORDERS:
        ends = [match.end() for match in border.finditer(text, start, end)]
        free = (at for at in reversed(ends) if start < at and not _inside(at, spans))
        if found := next(free, 0):
            return found
    return 0


def _inside(at: int, spans: Iterable[Span]) -> bool:
    return any(span.offset < at < span.offset + span.length for span in spans)


def _within(spans: Iterable[Span], start: int, end: int) -> Iterator[Span]:
    for span in spans:
        first, last = max(span.offset, start), min(span.offset + span.length, end)
        if first < last:
            yield Span(span.style, first - start, last - first)
