"""What people read: our words in their language, and nobody's words taken for ours."""

import unicodedata
from datetime import UTC, datetime
from gettext import NullTranslations
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.i18n import Catalogue, MissingText, catalogues
from bot.labels import EDGES, ROW, width
from bot.messenger import Key, Limits, Screen, Span
from bot.pages import Page, cut, in_units, split, units
from bot.program import load
from bot.quote import FSI, PDI, quote
from bot.render import plain, render
from handlers.model import Button, Country, Day, Message, Moment, PromptId
from handlers.model.words import Span as Minutes
from handlers.speech import grid

LIMITS = Limits(
    text=4096,
    caption=1024,
    label=24,
    buttons=6,
    row=3,
    download=1,
    upload=1,
    delete_hours=48,
    delete_batch=100,
    per_second=30,
    per_chat_second=1,
)


class Words(NullTranslations):
    """A catalogue of a few made-up texts."""

    texts: ClassVar = {
        "said": "They said: {text}",
        "bold": "<b>{text}</b> and <i>ours</i>",
        "whole": "{text}",
        "code": "Your code: <code>{code}</code>",
        "pair": "{first} / {second}",
        "line": "- {text}",
        "head": "<b>List</b>",
        "yes": "Yes",
        "wide": "Eighteen characters",
        "long": "A label that is far too long for a button",
        "cases": "{count} cases",
        "stray": "1 < 2 <u>x</u> {Not} {} <b>open",
        "text.missing": "Something is missing.",
    }

    def gettext(self, message: str) -> str:
        return self.texts.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return "{count} case" if n == 1 and msgid1 == "cases" else self.gettext(msgid1)


ENGLISH = Catalogue(catalogues()["en"].language, Words())
ACTING = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}
TRICKS = [
    "<b>x</b>",
    "{text}",
    "{first}",
    "</b><code>",
    "<i>",
    "\u202eevil",
    "\u2069\u2069",
    "\ud83d",
    "שלום",
    "a\u2028b",
    "😀",
]
HOSTILE = st.text() | st.sampled_from(TRICKS)


def one(message: Message, limits: Limits = LIMITS) -> Screen:
    (screen,) = render(message, ENGLISH, limits)
    return screen


def styled(screen: Screen) -> list[tuple[str, str]]:
    raw = screen.text.encode("utf-16-le")
    return [(s.style, raw[2 * s.offset : 2 * (s.offset + s.length)].decode("utf-16-le")) for s in screen.spans]


def button(id: str, verb: str = "go", arg: str = "") -> Button:
    return Button(Message(id), verb, arg, PromptId("p"))


def test_tags_of_the_catalogue_become_spans():
    screen = one(Message("bold", {"text": "x"}))
    assert screen.text == "x and ours"
    assert styled(screen) == [("bold", "x"), ("italic", "ours")]


def test_given_words_that_look_like_markup_when_rendered_then_they_stand_to_the_letter():
    screen = one(Message("said", {"text": "<b>{text}</b> {first} &lt;"}))
    assert screen.text == "They said: <b>{text}</b> {first} &lt;"
    assert screen.spans == ()


def test_what_is_no_tag_or_placeholder_of_ours_stays_and_a_tag_left_open_ends_with_the_text():
    screen = one(Message("stray"))
    assert screen.text == "1 < 2 <u>x</u> {Not} {} open"
    assert styled(screen) == [("bold", "open")]


def test_spans_count_utf16_units_after_an_emoji():
    screen = one(Message("pair", {"first": "😀😀", "second": Message("code", {"code": "a😀b"})}))
    assert styled(screen) == [("code", "a😀b")]
    assert screen.spans[0].offset == len("😀😀 / Your code: ") + 2


def test_parameters_of_every_kind_are_worded_for_the_reader():
    at = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
    russian = catalogues(strict=True)["ru"]
    shown = [
        plain(Message("said", {"text": value}), _with(russian))
        for value in (Country("KG"), Moment(at), Day(at), Minutes(120), 12345)
    ]
    assert [text.removeprefix("They said: ").replace("\u00a0", " ") for text in shown] == [
        "Кыргызстан",
        "2026-11-22 14:05 UTC",
        "22 ноября 2026",
        "2 часа",
        "12 345",
    ]


def _with(catalogue: Catalogue) -> Catalogue:
    """The same language, with our made-up texts before its own."""
    words = Words()
    words.add_fallback(catalogue._words)
    words.ngettext = catalogue._words.ngettext  # type: ignore[method-assign]
    return Catalogue(catalogue.language, words)


def test_lines_stand_below_each_on_its_own():
    rows = tuple(Message("line", {"text": text}) for text in ("one", "two"))
    assert one(Message("head", lines=rows)).text == "List\n- one\n- two"


def test_the_count_picks_the_plural_and_fills_its_own_place():
    assert [one(Message("cases", count=count)).text for count in (1, 3)] == ["1 case", "3 cases"]


def test_given_a_forgotten_parameter_when_rendered_then_people_see_an_ellipsis_and_tests_an_error():
    assert one(Message("said")).text == "They said: …"
    with pytest.raises(MissingText, match="said text"):
        render(Message("said"), Catalogue(ENGLISH.language, Words(), strict=True), LIMITS)


def test_given_an_unknown_id_when_rendered_then_a_neutral_sentence_stands_there_and_never_the_id():
    assert one(Message("no.such.id", {"text": "x"})).text == "Something is missing."


def test_buttons_carry_verb_arg_and_prompt_and_links_their_address():
    screen = one(Message("head", choices=((button("yes", "answer", "now"), button("yes", "url", "https://t.me/x")),)))
    assert screen.rows == ((Key("Yes", "answer:now:p"), Key("Yes", url="https://t.me/x")),)


def test_given_a_long_label_when_rendered_then_it_is_cut_with_an_ellipsis():
    ((key,),) = one(Message("head", choices=((button("long"),),))).rows
    assert key.label == "A label that is far too…"
    assert units(key.label) <= LIMITS.label


def test_given_somebodys_words_on_a_button_when_rendered_then_they_are_one_plain_line():
    label = Message("whole", {"text": "<b>two\nlines 😀😀😀😀😀😀😀😀😀"})
    ((key,),) = one(Message("head", choices=((Button(label, "go"),),))).rows
    assert key.label == "<b>two lines 😀😀😀😀😀…"


def test_given_a_long_row_when_rendered_then_it_is_parted_evenly():
    rows = one(Message("head", choices=(tuple(button("yes", arg=str(n)) for n in range(4)), (button("yes"),)))).rows
    assert [len(row) for row in rows] == [2, 2, 1]


def test_given_labels_that_a_phone_would_cut_side_by_side_when_rendered_then_they_stand_one_under_the_other():
    rows = one(Message("head", choices=((button("yes"), button("wide")),))).rows
    assert [len(row) for row in rows] == [1, 1]


@pytest.mark.parametrize("language", sorted(catalogues()))
def test_given_a_table_of_countries_when_rendered_then_no_label_is_cut(language: str):
    hosts = load(None).program.hosts
    choices = grid(tuple(Button(Message("country", {"country": Country(code)}), "a", code) for code in hosts), 3)
    (screen,) = render(Message("home", choices=choices), catalogues()[language], replace(LIMITS, buttons=100, row=8))
    assert all(len(row) * (width(key.label) + EDGES) <= ROW for row in screen.rows for key in row if len(row) > 1)
    assert len(screen.rows) <= len(hosts) * 3 / 5, "one long name doesn't make a column of all"
    assert "…" not in str(screen.rows)


def test_given_the_label_that_was_cut_when_three_like_it_stand_in_a_row_then_two_do():
    def labelled(text: str) -> Button:
        return Button(Message("whole", {"text": text}), "go")

    for text, columns in (("Швейтсария", 2), ("Lithuania!", 3), ("Illinoisil", 3)):
        rows = one(Message("head", choices=(tuple(labelled(text) for _ in range(6)),))).rows
        assert {len(row) for row in rows} == {columns}


def test_given_too_many_buttons_when_rendered_then_the_first_stay():
    rows = one(Message("head", choices=tuple((button("yes", arg=str(n)),) for n in range(9)))).rows
    assert [key.data for row in rows for key in row] == [f"go:{n}:p" for n in range(6)]


def test_given_a_text_too_long_when_rendered_then_it_is_parted_at_a_paragraph_and_the_last_has_the_buttons():
    text = "First. " * 10 + "\n\n" + "Second. " * 10
    small = replace(LIMITS, text=100)
    first, last = render(Message("whole", {"text": text}, choices=((button("yes"),),), protect=True), ENGLISH, small)
    assert (first.text, last.text) == ("First. " * 10 + "\n\n", "Second. " * 10)
    assert (first.rows, len(last.rows)) == ((), 1)
    assert first.protect and last.protect


def test_given_only_blanks_when_rendered_then_there_is_still_something_to_send():
    assert [one(Message("whole", {"text": text})).text for text in ("", " \n ", "\u202e\x00")] == ["…"] * 3


@pytest.mark.parametrize(
    ("text", "limit", "first"),
    [
        ("one two three", 9, "one two "),
        ("One. Two three", 11, "One. Two "),
        ("Aa bb cc. Dd ee", 13, "Aa bb cc. "),
        ("a\nbb cc dd\nee", 12, "a\nbb cc dd\n"),
        ("nospaceatall", 5, "nospa"),
        ("😀😀😀", 3, "😀"),
    ],
)
def test_a_page_ends_where_a_reader_pauses(text: str, limit: int, first: str):
    assert next(split(Page(text), limit)).text == first


def test_a_span_is_carried_whole_to_the_next_page():
    pages = list(split(Page("aaa (bbb ccc)", (Span("bold", 5, 7),)), 9))
    assert [page.text for page in pages] == ["aaa ", "(bbb ccc)"]
    assert pages[1].spans == (Span("bold", 1, 7),)


def test_a_span_longer_than_a_page_goes_on_on_the_next():
    pages = list(split(Page("aaa bbb ccc", (Span("code", 0, 11),)), 8))
    assert [(page.text, page.spans) for page in pages] == [
        ("aaa bbb ", (Span("code", 0, 8),)),
        ("ccc", (Span("code", 0, 3),)),
    ]


@given(st.text(), st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20)), max_size=3), st.integers(2, 30))
def test_splitting_loses_no_character_and_keeps_spans_within(text: str, stretches: list[tuple[int, int]], limit: int):
    text = text.encode("utf-16-le", "ignore").decode("utf-16-le")
    spans = tuple(Span("bold", at, length) for at, length in stretches if at + length <= len(text))
    pages = list(split(Page(text, spans), limit))
    assert "".join(page.text for page in pages) == text
    assert all(0 < units(page.text) <= limit for page in pages) or not text
    assert sum(span.length for page in pages for span in page.spans) == sum(span.length for span in spans)
    for page in pages:
        for span in in_units(page):
            assert span.offset >= 0 and span.length > 0 and span.offset + span.length <= units(page.text)


@given(st.text(alphabet="ab .\n😀", max_size=200), st.integers(4, 40))
def test_no_span_is_divided_that_fits_a_page(text: str, limit: int):
    spans = tuple(Span("bold", at, 2) for at in range(0, len(text) - 2, 7))
    pages = split(Page(text, spans), limit)
    assert all(span.length == 2 for page in pages for span in page.spans)


@given(HOSTILE, HOSTILE)
def test_hostile_words_never_become_spans_and_never_vanish(first: str, second: str):
    screens = render(Message("pair", {"first": first, "second": second}), ENGLISH, LIMITS)
    assert all(screen.spans == () for screen in screens)
    assert "".join(screen.text for screen in screens) == f"{quote(first)} / {quote(second)}"


@given(HOSTILE, st.integers(2, 60))
def test_every_screen_keeps_the_limits_and_its_spans_within(text: str, limit: int):
    small = replace(LIMITS, text=limit)
    for screen in render(Message("bold", {"text": text}), ENGLISH, small):
        raw = screen.text.encode("utf-16-le")  # would raise for half a surrogate pair
        assert 0 < len(raw) // 2 <= limit
        assert all(s.offset >= 0 and s.length > 0 and s.offset + s.length <= len(raw) // 2 for s in screen.spans)
        [piece.encode("utf-16-le") for _, piece in styled(screen)]


@given(HOSTILE)
def test_a_quotation_can_not_reorder_what_stands_around_it(text: str):
    quoted = quote(text)
    for line in quoted.split("\n"):
        inner = line[1:-1] if line.startswith(FSI) else line
        assert not ACTING & set(inner)
        turns = any(unicodedata.bidirectional(char) in ("R", "AL") for char in inner)
        assert line == f"{FSI}{inner}{PDI}" if turns else True


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"])))
def test_a_quotation_shows_ordinary_words_to_the_letter(text: str):
    assert quote(text).replace(FSI, "").replace(PDI, "") == text


def test_joiners_that_scripts_and_emoji_need_stay():
    family = "👩\u200d👧 می\u200cخواهم"
    assert quote(family).strip(FSI + PDI) == family


@given(st.text(min_size=1), st.integers(2, 30))
@settings(max_examples=60)
def test_a_cut_label_fits_and_is_never_empty(text: str, limit: int):
    line = cut(text.encode("utf-16-le", "ignore").decode("utf-16-le"), limit)
    assert 0 < units(line) <= limit
    assert "\n" not in line
