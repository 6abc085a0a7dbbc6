"""The inside of a picture: bars with their labels, drawn by a process of its own that ends with its memory.

    python -c … < sketch as JSON > PNG

Nothing else enters and nothing else leaves: no file is written, but the library's own list of the machine's fonts. The
only font in use comes with the library; it has the letters of every language that Panah speaks.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from matplotlib import get_data_path
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from bot.sketch import Bar, Sketch

WIDTH, MARGIN = 1080, 60
"""Pixels. A phone shows a picture of this width across its whole screen, at about a third of its size."""
TITLE, HEAD, LABEL, NOTE = 54, 36, 36, 29
"""Heights of letters in pixels: none is shown smaller than ten points on a phone."""
SMALLEST = 27
TOP, ROW, BAR, BOTTOM = 216, 92, 20, 104
INK, FAINT, BAR_COLOUR, TRACK = "#1b2733", "#5b6875", "#26708f", "#e9eef2"
ELLIPSIS = "…"
_PER_POINT = 100 / 72
_FONTS = {weight: Path(get_data_path(), "fonts", "ttf", f"DejaVuSans{weight}.ttf") for weight in ("", "-Bold")}


class _Sheet:
    """A figure measured in pixels from its top left corner."""

    def __init__(self, height: int) -> None:
        self.height = height
        self.figure = Figure((WIDTH / 100, height / 100), dpi=100, facecolor="white")
        self._renderer: Any = FigureCanvasAgg(self.figure).get_renderer()  # type: ignore[no-untyped-call]

    def write(self, text: str, x: float, y: float, size: float, colour: str, bold: bool = False) -> Text:
        """One line whose foot stands at `y`. Nothing in it is read as markup."""
        font = FontProperties(fname=_FONTS["-Bold" if bold else ""], size=size / _PER_POINT)
        place = (x / WIDTH, 1 - y / self.height)
        return self.figure.text(*place, text, fontproperties=font, color=colour, parse_math=False)

    def width(self, text: Text) -> float:
        return float(text.get_window_extent(self._renderer).width)

    def fit(self, text: Text, room: float) -> None:
        """Smaller letters where it is too long, and at last fewer of them."""
        whole, size = text.get_text(), float(text.get_fontsize())
        if (width := self.width(text)) > room:
            text.set_fontsize(max(size * room / width, SMALLEST / _PER_POINT))
        while self.width(text) > room and len(whole) > 1:
            whole = whole[:-1]
            text.set_text(whole.rstrip() + ELLIPSIS)

    def block(self, y: float, width: float, colour: str) -> None:
        low = 1 - (y + BAR) / self.height
        patch = Rectangle((MARGIN / WIDTH, low), width / WIDTH, BAR / self.height, color=colour, linewidth=0)
        patch.set_transform(self.figure.transFigure)
        self.figure.add_artist(patch)


def drawn(sketch: Sketch) -> Figure:
    """The picture, not yet in pixels."""
    sheet = _Sheet(TOP + ROW * max(len(sketch.bars), 1) + BOTTOM)
    room = WIDTH - 2 * MARGIN
    sheet.fit(sheet.write(sketch.title, MARGIN, 98, TITLE, INK, bold=True), room)
    sheet.fit(sheet.write(sketch.head, MARGIN, 158, HEAD, FAINT), room)
    for number, bar in enumerate(sketch.bars):
        _bar(sheet, bar, TOP + ROW * number, room)
    sheet.fit(sheet.write(sketch.note, MARGIN, sheet.height - 42, NOTE, FAINT), room)
    return sheet.figure


def _bar(sheet: _Sheet, bar: Bar, top: float, room: float) -> None:
    """The label and the number above, the bar below across the whole width: long words have room, in any language."""
    value = sheet.write(bar.value, WIDTH - MARGIN, top + 34, LABEL, INK, bold=True)
    value.set_horizontalalignment("right")
    sheet.fit(sheet.write(bar.label, MARGIN, top + 34, LABEL, INK), room - sheet.width(value) - 30)
    sheet.block(top + 48, room, TRACK)
    sheet.block(top + 48, room * min(max(bar.part, 0), 1), BAR_COLOUR)


def png(figure: Figure) -> bytes:
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def main() -> None:
    sketch = msgspec.json.decode(sys.stdin.buffer.read(), type=Sketch)
    sys.stdout.buffer.write(png(drawn(sketch)))


if __name__ == "__main__":
    main()
