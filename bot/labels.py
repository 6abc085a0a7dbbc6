"""How wide a button's label is, and so how many buttons stand side by side on a phone.

Telegram names no number, and cuts what is longer: measured are the letters of Liberation Sans, which are as wide as
Arial's, in tenths of the letters' size. Phones set labels in 15 points of something like it.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby

from bot.messenger import Key

ROW = 207
"""A row: 310 of the 390 points of an ordinary phone, beside the picture of the bot and the margins."""
EDGES = 16
"""Around each label: the button's own edges and its distance from the next."""
GRID = 3
"""So many buttons side by side and more are a table, whose rows are all alike; two are a choice."""

_WIDTHS = {
    **dict.fromkeys("ijlі’", 2),
    **dict.fromkeys("!(),-./:;I[\\]frt{|}·İıʻʼІ“” ", 3),
    **dict.fromkeys('"гк•', 4),
    **dict.fromkeys("JcksvxyzçşГвзпстухчьэяў'", 5),
    **dict.fromkeys("&ABCDEHKNPRSUVXYwÇÜŞЁАБВДЕИЙЛНПРСХЦЧЭЯжмыҚңҲҶ", 7),
    **dict.fromkeys("GMOQmÖƏФфшщюӘӨ↳◆✓", 8),
    **dict.fromkeys("%WЖШЫЩ", 9),
    **dict.fromkeys("@Ю—…←→", 10),
}
_ORDINARY, _PICTURE = 6, 13
"""Every other letter; and signs beyond the first plane, which are pictures."""
_FIRST_PLANE = "\uffff"


def width(label: str) -> int:
    """In tenths of the letters' size."""
    return sum(_WIDTHS.get(letter, _PICTURE if letter > _FIRST_PLANE else _ORDINARY) for letter in label)


def arranged(rows: Iterable[list[Key]], most: int) -> Iterator[tuple[Key, ...]]:
    """The rows, parted evenly until no label is cut. A table, of however many rows, keeps its columns throughout."""
    for is_table, several in groupby(rows, lambda row: len(row) >= GRID):
        given = list(several)
        for keys in [list(chain.from_iterable(given))] if is_table else given:
            yield from _parted(keys, most)


def _parted(keys: list[Key], most: int) -> Iterator[tuple[Key, ...]]:
    """In columns as wide as the longest label; of ten labels, one that is longer may stand in a row of its own."""
    widths = sorted(width(key.label) for key in keys)
    longest = widths[-1 - len(keys) // 10] if keys else 0
    lines = -(-len(keys) // min(most, ROW // (longest + EDGES) or 1))
    columns = -(-len(keys) // max(lines, 1))
    line: list[Key] = []
    for key in keys:
        alone = columns * (width(key.label) + EDGES) > ROW
        if line and (alone or len(line) == columns):
            yield tuple(line)
            line = []
        line.append(key)
        if alone:
            yield (line.pop(),)
    if line:
        yield tuple(line)
