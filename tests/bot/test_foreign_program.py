"""A program of another operator, with their own texts: taken whole, or refused with everything that is wrong."""

from pathlib import Path

import pytest

from bot.i18n import catalogues, po_path
from bot.program import load
from handlers.program import ProgramFaults
from tests.foreign import TEXTS, Text, foreign_files, foreign_program

FILES = foreign_files()


def faults(folder: Path) -> tuple[str, ...]:
    with pytest.raises(ProgramFaults) as refused:
        load(folder)
    return refused.value.faults


def texts(**changed: Text | None) -> dict[str, Text]:
    """The texts with these instead (dots written as __); None leaves one out."""
    after = {**TEXTS, **{id.replace("__", "."): text for id, text in changed.items()}}
    return {id: text for id, text in after.items() if text is not None}


def all_in(text: str) -> Text:
    return dict.fromkeys(catalogues(), text)


def test_given_no_folder_then_our_program_speaks_with_our_texts():
    program, shown = load(None)
    assert "kidnap" in program.categories and shown == catalogues()


def test_given_a_whole_foreign_program_then_its_texts_stand_before_ours(tmp_path: Path):
    program, shown = load(foreign_program(tmp_path / "program"))
    assert "arson" in program.categories
    assert {code: each.text("category.arson") for code, each in shown.items()} == TEXTS["category.arson"]
    assert shown["ru"].text("category.kidnap") == catalogues()["ru"].text("category.kidnap")
    assert catalogues()["ru"].knows("category.arson") is False


def test_given_a_text_of_ours_in_other_words_then_theirs_is_said(tmp_path: Path):
    other = {**TEXTS["category.arson"], "en": "Taken away"}
    shown = load(foreign_program(tmp_path / "program", texts(category__kidnap=other))).catalogues
    assert [shown[code].text("category.kidnap") for code in ("en", "ru")] == ["Taken away", "Поджог"]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (texts(category__arson=None), "locales: category.arson: is missing in ru, uz, uz_Cyrl, tg, az, kk, en"),
        (
            texts(category__arson={"en": "Arson", "ru": "Поджог"}),
            "category.arson: is missing in uz, uz_Cyrl, tg",
        ),
        (texts(category__arsn=all_in("X")), "locales: category.arsn: the program never says it"),
        (texts(consent__ask=all_in("Yes?")), "locales: consent.ask: the program never says it"),
        (texts(category__arson=all_in("1" * 25)), "locales: kk: category.arson: is longer than 24 characters"),
        (texts(option__arson_place__car=all_in("1" * 25)), "option.arson_place.car: is longer than 24 characters"),
        (texts(category__arson=all_in("жертва")), "locales: ru: category.arson: says жертва"),
        (texts(category__arson=all_in("Поджoг")), "locales: ru: category.arson: mixes scripts: Поджoг"),
        (texts(category__arson=all_in("Өртеу")), "locales: tg: category.arson: has letters of another alphabet: Ө"),
        (texts(category__arson=all_in("{name}")), "locales: en: category.arson: nothing fills name"),
        (texts(guidance__arson__out=all_in("{numbers}")), "locales: en: guidance.arson.out: nothing fills numbers"),
        (
            texts(category__arson={**TEXTS["category.arson"], "az": "<b>Yandırma</b>"}),
            "locales: az: category.arson: has other tags than English",
        ),
        (
            texts(guidance__arson__out=all_in("1" * 700)),
            "guidance.toml: block arson: up to 803 characters in en, at most 700 fit",
        ),
        (texts(ready__read=all_in("1" * 501)), "desk.toml: answer read: 501 characters in kk, at most 500 fit"),
    ],
)
def test_given_a_fault_in_a_text_then_the_program_is_refused_by_name(
    changed: dict[str, Text], fault: str, tmp_path: Path
):
    assert any(fault in each for each in faults(foreign_program(tmp_path / "program", changed)))


def test_faults_of_rules_and_texts_are_named_together(tmp_path: Path):
    folder = foreign_program(
        tmp_path / "program",
        texts(category__arson=None, question__arson_place=all_in("Hi ")),
        guidance=FILES["guidance.toml"].replace('category = ["arson"]', 'category = ["other"]'),
        form=FILES["form.toml"].replace('when = { category = ["arson"] }', 'when = { host = ["DE"] }'),
    )
    found = "\n".join(faults(folder))
    for fault in (
        "form.toml: question arson_place: is unreachable, host is not asked before it",
        "guidance.toml: the category arson has no guidance",
        "locales: category.arson: is missing in",
        "locales: ru: question.arson_place: begins or ends with a blank",
    ):
        assert fault in found


def test_faults_of_texts_are_named_even_when_the_rules_cannot_be_read(tmp_path: Path):
    folder = foreign_program(tmp_path / "program", texts(category__arson=all_in("Hi ")), triage="[broken")
    found = faults(folder)
    assert any(fault.startswith("triage.toml: syntax:") for fault in found)
    assert "locales: kk: category.arson: begins or ends with a blank" in found


def test_given_unreadable_or_unknown_texts_then_they_are_named(tmp_path: Path):
    folder = foreign_program(tmp_path / "program")
    po_path(folder / "locales", "ru").write_bytes(b"\xff\xfe")
    (folder / "locales" / "tlh").mkdir()
    (folder / "triage.toml").write_bytes(b"\xff\xfe")
    found = faults(folder)
    assert "locales: tlh: no language is called so" in found
    assert "a file of the program is no UTF-8 text" in found
    assert any(fault.startswith("locales: ru: can't be read") for fault in found)
