"""Pictures that an admin can read on a phone, in each language; and what happens when there is none."""

import csv
import io
import json
import struct
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from msgspec.structs import replace

from bot import pictures
from bot.drawing import MARGIN, SMALLEST, WIDTH
from bot.drawing import drawn as figure
from bot.i18n import catalogues
from bot.messenger import Rejected, Screen, Upload
from bot.pictures import CantDraw, Pictures, sketch
from bot.program import load
from bot.sheets import as_csv, as_json
from bot.sketch import Bar, Sketch
from bot.telegram.calls import LIMITS, file_call
from handlers import charts
from handlers.figures import HOST_GROUPS
from handlers.model import (
    Address,
    Button,
    Chart,
    Counted,
    FileKind,
    Level,
    Member,
    MemberId,
    Message,
    MessageRef,
    Picture,
    Role,
)
from handlers.model import Bar as Counting
from handlers.program import Program
from storage.members import People
from storage.outbox import Errand

ADMIN = Member(MemberId("m"), Address("t:1"), Role.ADMIN, "Bee", active=True)
MONTHS = ("2026-01", "2026-11")
QUICK = ("en", "tg")
"""The shortest words, and the longest."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def program() -> Program:
    return load(None).program


def everything(program: Program) -> list[Counted]:
    """Each value of each kind at least once."""
    kinds: Iterable[tuple[Any, ...]] = [
        *((each, ("TJ",), "fsu", Level.P1, True, "helped") for each in program.categories),
        *(("hack", each, "fsu", Level.P2, False, "referred") for each in [(), ("TJ", "UZ"), ("other",), ("KZ",)]),
        *(("hack", ("RU",), each, Level.P3, None, "silent") for each in HOST_GROUPS),
        ("hack", ("AZ",), "fsu", Level.P4, None, "unrelated"),
        ("hack", ("AZ",), "fsu", Level.P4, None, ""),
    ]
    rows = [Counted("2026-10", *kind[:5], True, True, kind[5]) for kind in kinds]
    return rows * 1000  # numbers of five digits take room


def all_charts(program: Program) -> list[Chart]:
    return [charts.since(everything(program), by, *MONTHS) for by in charts.BY]


def places(sheet: Figure) -> list[Any]:
    """Where each of its texts stands, in pixels."""
    renderer = FigureCanvasAgg(sheet).get_renderer()  # type: ignore[no-untyped-call]
    return [text.get_window_extent(renderer) for text in sheet.texts]


@pytest.mark.parametrize(
    "language", [code if code in QUICK else pytest.param(code, marks=pytest.mark.slow) for code in catalogues()]
)
def test_given_every_chart_then_all_its_words_stand_whole_inside_the_picture_and_apart(program, language):
    """And the font has all their letters: to measure one that it lacks is a warning, and so a failure."""
    for chart in all_charts(program):
        words = sketch(chart, catalogues()[language])
        sheet = figure(words)
        height = sheet.get_figheight() * 100
        boxes = places(sheet)
        for text, box in zip(sheet.texts, boxes, strict=True):
            assert box.x0 >= MARGIN - 3 and box.x1 <= WIDTH - MARGIN + 3 and box.y0 >= 0 and box.y1 <= height, text
            assert float(text.get_fontsize()) * 100 / 72 >= SMALLEST - 0.1
        for number, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[number + 1 :]), sheet.texts[number]
        whole = {words.title, words.head, words.note, *(each for bar in words.bars for each in (bar.label, bar.value))}
        assert {text.get_text() for text in sheet.texts} == whole, "nothing is cut"


def test_given_a_share_beside_a_bar_then_so_much_of_its_track_is_filled_and_of_months_the_highest_is_full(program):
    for chart in all_charts(program):
        parts = [bar.part for bar in sketch(chart, catalogues()["en"]).bars]
        assert (max(parts) if chart.by == "month" else sum(parts)) == pytest.approx(1), chart.by


def test_given_a_letter_that_the_font_lacks_when_it_is_measured_then_that_is_told():
    with pytest.warns(UserWarning, match="missing from font"):
        figure(Sketch("title", "h", "n", (Bar("\u6f22", 0.5, "1"),)))


def test_given_an_endless_label_or_markup_in_it_then_it_is_cut_and_shown_to_the_letter():
    sheet = figure(Sketch("$x^2$ {a}", "h", "n", (Bar("w" * 300, 0.5, "1"),)))
    texts = [text.get_text() for text in sheet.texts]
    assert all(box.x1 <= WIDTH - MARGIN + 3 for box in places(sheet))
    assert "$x^2$ {a}" in texts and any(text.startswith("www") and text.endswith("…") for text in texts)


async def test_given_a_chart_then_a_process_of_its_own_makes_a_png_as_wide_as_a_phone(program):
    picture = await pictures.drawn(all_charts(program)[0], catalogues()["tg"])
    assert picture.startswith(SIGNATURE)
    width, height = struct.unpack(">II", picture[16:24])
    assert width == WIDTH and 400 < height < 2 * WIDTH


class Post:
    """A messenger that keeps what it gets; some refuse pictures."""

    limits = LIMITS

    def __init__(self, refuses: bool = False) -> None:
        self.refuses, self.uploads, self.said, self.deleted = refuses, list[Upload](), list[Screen](), list[Any]()

    async def send_file(self, to: Address, upload: Upload, protect: bool) -> MessageRef:
        if self.refuses:
            raise Rejected("large")
        assert protect
        self.uploads.append(upload)
        return MessageRef("8")

    async def send(self, to: Address, screen: Screen) -> MessageRef:
        self.said.append(screen)
        return MessageRef("9")

    async def delete(self, to: Address, messages: Any) -> None:
        self.deleted += messages


async def send(program: Program, post: Post, member: Member = ADMIN) -> Any:
    chart = all_charts(program)[0]
    choices = ((Button(Message("figures.by.month"), "stats", "month.year"),),)
    words = Message("figures.title", {"by": charts.title(chart)}, charts.words(chart).lines, choices)
    effect = Picture(ADMIN.address, chart, words, MessageRef("7"))

    async def people() -> People:
        return People({member.id: member})

    database: Any = SimpleNamespace(people=people)
    messengers: Any = {"t": post}
    return await Pictures(database, messengers, catalogues()).send(
        Errand(1, b"", ADMIN.address, effect, "kk", 1), effect
    )


@pytest.fixture
def quick(monkeypatch):
    async def drawn(chart: Chart, catalogue: Any) -> bytes:
        return SIGNATURE

    monkeypatch.setattr(pictures, "drawn", drawn)


async def test_given_an_admin_then_the_picture_comes_with_its_words_and_buttons_and_the_old_one_goes(program, quick):
    post = Post()
    done = await send(program, post)
    (upload,) = post.uploads
    assert (upload.kind, upload.size, post.deleted) == (FileKind.PHOTO, len(SIGNATURE), ["7"])
    assert upload.caption and catalogues()["kk"].text("figures.internal") in upload.caption.text
    assert len(upload.caption.text) <= LIMITS.caption and upload.caption.rows
    assert (done.messages, done.gone) == (("8",), ("7",))
    method, parameters = file_call(upload)
    assert method == "sendPhoto" and parameters["caption"] == upload.caption.text and parameters["reply_markup"]


@pytest.mark.parametrize("why", ["drawing", "messenger"])
async def test_given_that_no_picture_can_be_drawn_or_sent_then_the_words_come(program, quick, monkeypatch, why):
    async def fails(chart: Chart, catalogue: Any) -> bytes:
        raise CantDraw

    if why == "drawing":
        monkeypatch.setattr(pictures, "drawn", fails)
    post = Post(refuses=why == "messenger")
    await send(program, post)
    assert post.said and post.said[0].rows and not post.uploads


@pytest.mark.parametrize("how", [{"active": False}, {"role": Role.RESPONDER}, {"address": Address("t:2")}])
async def test_given_who_is_no_admin_any_more_then_nothing_is_sent(program, quick, how):
    post = Post()
    await send(program, post, replace(ADMIN, **how))
    assert not post.uploads and not post.said


async def test_given_a_drawing_that_hangs_then_it_is_ended_and_said(program, monkeypatch):
    monkeypatch.setattr(pictures, "_BOOT", "import time; time.sleep(60)")
    monkeypatch.setattr(pictures, "SECONDS", 0.3)
    with pytest.raises(CantDraw):
        await pictures.drawn(all_charts(program)[0], catalogues()["en"])


def acting() -> list[Chart]:
    return [
        Chart("category", "2026-11", tuple(Counting(each, Message("plain", {"text": each}), 1) for each in ACTS), 4)
    ]


ACTS = ("=1+1", "+1", "-1", "@SUM(A1)")


def test_given_labels_that_a_spreadsheet_would_carry_out_then_they_are_text():
    rows = list(csv.reader(io.StringIO(as_csv(acting(), catalogues()["en"]).decode("utf-8-sig"))))
    assert rows[0] == ["by", "value", "label", "count"] and len(rows) == 5
    assert all(cell[0] == "'" for row in rows[1:] for cell in row[1:3])


def test_given_charts_then_json_and_csv_say_the_same(program):
    made = all_charts(program)
    rows = list(csv.DictReader(io.StringIO(as_csv(made, catalogues()["az"]).decode("utf-8-sig"))))
    whole = json.loads(as_json(made, catalogues()["az"]))
    assert [{**each, "count": str(each["count"])} for each in whole["bars"]] == rows
    assert whole["total"] == made[0].total
