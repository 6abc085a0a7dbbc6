"""People type what they could have pressed, on whatever keyboard they have."""

from collections import defaultdict

import pytest

from bot.app import country_names
from bot.i18n import Catalogue, catalogues
from handlers.model import Button, Message
from handlers.program import Program
from handlers.typed import countries, meant, plain

LABELS = {"a": "Oʻtkazish", "b": "Ha", "c": "İndi", "d": "Ўзбекча", "e": "Oʻzbekcha", "f": "Ещё 24"}
BUTTONS = tuple(Button(Message(id), "press", id) for id in LABELS)
IN_EVERY_LANGUAGE = pytest.mark.parametrize("shown", catalogues(strict=True).values(), ids=lambda each: each.code)


@pytest.fixture(scope="module")
def names(program: Program) -> dict[str, str]:
    """What the running house knows countries by."""
    return country_names(program, catalogues(strict=True))


@pytest.mark.parametrize(
    ("typed", "pressed"),
    [
        ("o'tkazish", "a"),
        ("O‘TKAZISH!", "a"),
        ("Oʼtkazish", "a"),
        ("oʻtkaziş", "a"),
        ("ўтказиш", "a"),
        ("утказиш", "a"),
        ("ha", "b"),
        ("ҳа", "b"),
        ("Ха.", "b"),
        ("indi", "c"),
        ("INDI", "c"),
        ("ındı", "c"),
        ("Ўзбекча", "d"),
        ("ўЗБЕКЧА", "d"),
        ("o'zbekcha", "e"),
        ("узбекча", None),
        ("еще 24", "f"),
        ("ЕЩЁ ٢٤", "f"),
        ("ещё ２４", "f"),
        ("no", None),
        ("ъ", None),
        ("", None),
    ],
)
def test_given_a_label_typed_by_hand_when_compared_then_the_button_is_meant(typed, pressed):
    found = meant(typed, BUTTONS, lambda message: LABELS[message.id])
    assert (found.arg if found else None) == pressed


def test_given_two_buttons_that_read_alike_when_typed_then_none_is_guessed():
    twins = (Button(Message("b"), "x"), Button(Message("b"), "y"))
    assert meant("ha", twins, lambda message: LABELS[message.id]) is None


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("germany", "DE"),
        ("ГЕРМАНИЯ", "DE"),
        ("Germaniya", "DE"),
        ("o'zbekiston", "UZ"),
        ("O‘zbekiston", "UZ"),
        ("Ўзбекистон", "UZ"),
        ("узбекистон", "UZ"),
        ("Узбекистан", "UZ"),
        ("Özbəkistan", "UZ"),
        ("Өзбекстан", "UZ"),
        ("озбекстан", "UZ"),
        ("точикистон", "TJ"),
        ("Тоҷикистон", "TJ"),
        ("tojikiston", "TJ"),
        ("Киргизия", "KG"),
        ("кыргызстан", "KG"),
        ("қирғизистон", "KG"),
        ("қазақстан", "KZ"),
        ("Казакстан", "KZ"),
        ("qozog'iston", "KZ"),
        ("turkiye", "TR"),
        ("Türkiyə", "TR"),
        ("ТҮРКИЯ", "TR"),
        ("ozarbayjon", "AZ"),
        ("azerbaycan", "AZ"),
        ("AZƏRBAYCAN", "AZ"),
        ("Birlashgan Arab Amirliklari", "AE"),
        ("arab amirliklari", "AE"),
        ("оаэ", "AE"),
        ("сша", "US"),
        ("АҚШ", "US"),
        ("aqsh", "US"),
        ("usa", "US"),
        ("UK", "GB"),
        ("Turkey", "TR"),
        ("Англия", "GB"),
        ("кот д'ивуар", "CI"),
    ],
)
def test_given_a_country_typed_in_any_of_our_languages_then_it_is_found(typed: str, found: str, names: dict[str, str]):
    assert countries(typed, names) == (found,)


@IN_EVERY_LANGUAGE
def test_every_country_is_found_by_its_name_in_any_case(shown: Catalogue, program: Program, names: dict[str, str]):
    for code in program.countries:
        for name in shown.country_names(code):
            assert {countries(typed, names) for typed in (name, name.upper(), name.lower())} == {(code,)}, name


@pytest.mark.parametrize(
    ("typed", "some"),
    [
        ("united", {"AE", "GB", "US"}),
        ("герм", {"DE"}),
        ("Ўзб", {"UZ"}),
        ("un", set()),
        ("Atlantis", set()),
        ("", set()),
    ],
)
def test_given_a_beginning_when_looked_up_then_the_likely_ones_are_offered(typed: str, some: set[str], names):
    assert set(countries(typed, names)) >= some
    assert some or not countries(typed, names)


def test_no_two_countries_sound_alike(program: Program):
    codes = defaultdict(set)
    for shown in catalogues(strict=True).values():
        for code in program.countries:
            for name in shown.country_names(code):
                codes[plain(name)].add(code)
    assert [name for name, meant in codes.items() if len(meant) > 1] == []


@IN_EVERY_LANGUAGE
def test_no_two_options_of_a_question_sound_alike(shown: Catalogue, program: Program):
    for question in program.questions:
        ids = [(question.label_id(option), option) for option in question.options]
        labels = [plain(shown.country(option) if id == "country" else shown.text(id)) for id, option in ids]
        assert len(set(labels)) == len(labels), question.id
