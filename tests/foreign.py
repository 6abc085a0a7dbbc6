"""A program of another operator: the short form, with a category of their own, its sub-question and its advice."""

import json
from pathlib import Path

from bot.catalogues.merge import merge
from tests.short import short_files

Text = dict[str, str]

QUESTION = """[[questions]]
id = "arson_place"
kind = "choice"
options = ["home", "car"]
when = { category = ["arson"] }

[[questions]]
id = "when"
"""
BLOCK = """
[[blocks]]
id = "arson"
when = { category = ["arson"] }
bullets = [{ id = "out" }, { id = "call", when = { emergency = ["yes"] } }]
sources = ["Fire brigade of nowhere"]
authority = "a test"
reviewed_on = 2026-11-01
expires = 2036-11-01
"""
TEXTS: dict[str, Text] = {
    "category.arson": {
        **{"en": "Arson", "ru": "Поджог", "uz": "Oʻt qoʻyish", "uz_Cyrl": "Ўт қўйиш"},
        **{"tg": "Оташ задан", "az": "Yandırma", "kk": "Өртеу"},
    },
    "question.arson_place": {
        **{"en": "What burned?", "ru": "Что горело?", "uz": "Nima yondi?", "uz_Cyrl": "Нима ёнди?"},
        **{"tg": "Чӣ сӯхт?", "az": "Nə yandı?", "kk": "Не жанды?"},
    },
    "question.arson_place.why": {
        **{"en": "It says who else is near.", "ru": "Это говорит, кто ещё рядом."},
        **{"uz": "Bu yonida yana kim borligini aytadi.", "uz_Cyrl": "Бу ёнида яна ким борлигини айтади."},
        **{"tg": "Ин мегӯяд, ки боз кӣ наздик аст.", "az": "Bu, yaxında kimin olduğunu deyir."},
        **{"kk": "Бұл қасында тағы кім барын айтады."},
    },
    "question.arson_place.short": {
        **{"en": "Burned", "ru": "Горело", "uz": "Yongan", "uz_Cyrl": "Ёнган"},
        **{"tg": "Сӯхта", "az": "Yanıb", "kk": "Жанған"},
    },
    "option.arson_place.home": {
        **{"en": "Home", "ru": "Дом", "uz": "Uy", "uz_Cyrl": "Уй", "tg": "Хона", "az": "Ev", "kk": "Үй"},
    },
    "option.arson_place.car": {
        **{"en": "Car", "ru": "Машина", "uz": "Mashina", "uz_Cyrl": "Машина"},
        **{"tg": "Мошин", "az": "Maşın", "kk": "Көлік"},
    },
    "guidance.arson": {
        **{"en": "<b>If it burned</b>", "ru": "<b>Если горело</b>", "uz": "<b>Agar yongan boʻlsa</b>"},
        **{"uz_Cyrl": "<b>Агар ёнган бўлса</b>", "tg": "<b>Агар сӯхта бошад</b>"},
        **{"az": "<b>Yanıbsa</b>", "kk": "<b>Өртенсе</b>"},
    },
    "guidance.arson.out": {
        **{"en": "• Stay outside.", "ru": "• Не входите.", "uz": "• Kirmang.", "uz_Cyrl": "• Кирманг."},
        **{"tg": "• Надароед.", "az": "• Girməyin.", "kk": "• Кірмеңіз."},
    },
    "guidance.arson.call": {
        **{"en": "• Call: {numbers} ({country}).", "ru": "• Звоните: {numbers} ({country})."},
        **{"uz": "• Telefon: {numbers} ({country}).", "uz_Cyrl": "• Телефон: {numbers} ({country})."},
        **{"tg": "• Телефон: {numbers} ({country}).", "az": "• Telefon: {numbers} ({country})."},
        **{"kk": "• Телефон: {numbers} ({country})."},
    },
}


def foreign_files() -> dict[str, str]:
    """Name -> text of each file of rules."""
    files = short_files()
    files["taxonomy.toml"] = files["taxonomy.toml"].replace('"kidnap", ', '"kidnap", "arson", ', 1)
    files["form.toml"] = files["form.toml"].replace('[[questions]]\nid = "when"\n', QUESTION, 1)
    files["guidance.toml"] += BLOCK
    return files


def foreign_program(folder: Path, texts: dict[str, Text] = TEXTS, **changed: str) -> Path:
    """The same as a folder for PANAH_PROGRAM_DIR; `changed`: the text of a file, by its name without the end."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in foreign_files().items():
        (folder / name).write_text(changed.get(name.removesuffix(".toml"), text), encoding="utf-8")
    source = folder.with_name(f"{folder.name}.json")
    source.write_text(json.dumps(texts), encoding="utf-8")
    merge(folder / "locales", [source])
    return folder
