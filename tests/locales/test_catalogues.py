"""Catalogues as files: what is merged comes back, and nothing half translated passes the gates."""

import json
from pathlib import Path
from subprocess import run
from sys import executable

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from bot.catalogues import msgfmt, wording
from bot.catalogues.extract import Uttered, uttered
from bot.catalogues.files import Entry, Unreadable, read, read_all, template
from bot.catalogues.gates import check
from bot.catalogues.merge import BadTexts, merge
from bot.catalogues.scripts import mixed_words
from bot.i18n import catalogues, po_path
from bot.languages import LANGUAGES, LOCALES

ROOT = Path(__file__).parents[2]
LANGUAGE = {language.code: language for language in LANGUAGES}
HELLO = {"hello": {"en": "Hello, <b>{name}</b>", "ru": "Здравствуйте, <b>{name}</b>"}}
FILES = {
    "files": {"en": ["{count} file", "{count} files"], "ru": ["{count} файл", "{count} файла", "{count} файлов"]},
}


@pytest.fixture
def put(tmp_path: Path):
    """Merges texts into a folder of its own."""

    def put(*texts: object) -> Path:
        for number, text in enumerate(texts):
            (tmp_path / f"{number}.json").write_text(json.dumps(text), encoding="utf-8")
        merge(tmp_path / "locales", [tmp_path / f"{number}.json" for number in range(len(texts))])
        return tmp_path / "locales"

    return put


def reason(code: str, words: str) -> str:
    """Why a language does not say these words."""
    return next(each.reason for each in wording.forbidden() if each.language == code and words in each.words)


def faults(folder: Path, *ids: str) -> list[str]:
    required = frozenset(ids) or frozenset(id for entries in read_all(folder).values() for id in entries)
    return [str(fault) for fault in check(folder, Uttered(required, frozenset(), frozenset()))]


def test_given_texts_when_merged_then_they_are_read_back_and_pass(put):
    folder = put({**HELLO, **FILES})
    assert read(po_path(folder, "ru"), "ru") == {
        "files": Entry(("{count} файл", "{count} файла", "{count} файлов"), plural=True),
        "hello": Entry(("Здравствуйте, <b>{name}</b>",)),
    }
    assert faults(folder) == []


def test_given_the_same_texts_in_another_order_when_merged_then_the_files_are_the_same(put):
    folder = put({**HELLO, **FILES})
    before = {path: path.read_bytes() for path in folder.rglob("*.po*")}
    put(FILES, HELLO)
    assert {path: path.read_bytes() for path in folder.rglob("*.po*")} == before
    assert len(before) == 3


def test_given_a_later_text_when_merged_then_it_replaces_only_its_own(put):
    folder = put(HELLO, {"hello": {"ru": "Привет, <b>{name}</b>"}})
    assert read(po_path(folder, "ru"), "ru")["hello"].forms == ("Привет, <b>{name}</b>",)
    assert read(po_path(folder, "en"), "en")["hello"].forms == ("Hello, <b>{name}</b>",)


def test_no_date_tool_or_path_is_written(put, tmp_path: Path):
    written = b"".join(path.read_bytes() for path in put(HELLO).rglob("*.po*"))
    assert str(tmp_path).encode() not in written
    assert not any(word in written for word in (b"Date", b"Generated", b"Translator", b"#:"))


def test_the_english_sentence_stands_above_each_translation(put):
    assert "#. Hello, <b>{name}</b>\n" in po_path(put(HELLO), "ru").read_text(encoding="utf-8")


def test_typed_apostrophes_become_the_languages_own(put):
    folder = put({"no": {"en": "don't", "uz": "yo'q, ma'no, Qo‘shma"}})
    assert read(po_path(folder, "en"), "en")["no"].forms == ("don’t",)
    assert read(po_path(folder, "uz"), "uz")["no"].forms == ("yoʻq, maʼno, Qoʻshma",)


def test_given_a_language_that_nobody_knows_when_merged_then_it_is_refused(put):
    with pytest.raises(BadTexts, match="hello: no language is called xx"):
        put({"hello": {"xx": "?"}})


@pytest.mark.parametrize(
    ("id", "texts", "wrong"),
    [
        ("a", {"en": "Hi {name}", "ru": "Эй {nam}"}, "ru: a: has other placeholders than English: nam, name"),
        ("a", {"en": "<b>Hi</b>", "ru": "Эй"}, "ru: a: has other tags than English"),
        ("a", {"en": "Hi", "ru": "<b>Эй"}, "ru: a: has tags that don't close each other"),
        ("a", {"en": "Hi", "ru": "<b><i>Эй</b></i>"}, "ru: a: has tags that don't close each other"),
        ("a", {"en": "Hi", "ru": "Эй</i>"}, "ru: a: has tags that don't close each other"),
        ("a", {"en": "<u>Hi</u>"}, "en: a: has a tag other than <b>, <i> and <code>"),
        ("a", {"en": "Hi {Name}"}, "en: a: has a brace that is no placeholder"),
        ("a", {"en": 'say "hi"'}, "en: a: has straight quotation marks"),
        ("a", {"en": "Hi "}, "en: a: begins or ends with a blank"),
        ("a", {"en": "Hi", "ru": "\nЭй"}, "ru: a: begins or ends with a blank"),
        ("a", {"en": "Hi", "ru": ""}, "ru: a: is not translated"),
        (
            "a",
            {"en": ["{count} x", "{count} y"], "ru": "{count} к"},
            "ru: a: is plural in one language, not in both",
        ),
        ("a", {"en": ["{count} x", "{count} y"], "ru": ["{count} к", "{count} л"]}, "ru: a: is not translated"),
        ("a", {"en": "x" * 3501}, "en: a: is longer than 3500 characters"),
        ("button.a", {"en": "x" * 25}, "en: button.a: is longer than 24 characters"),
        ("category.a", {"en": "x" * 25}, "en: category.a: is longer than 24 characters"),
        ("option.q.a", {"en": "x" * 25}, "en: option.q.a: is longer than 24 characters"),
        ("menu.a", {"en": "x" * 257}, "en: menu.a: is longer than 256 characters"),
        ("about.short", {"en": "x" * 121}, "en: about.short: is longer than 120 characters"),
        ("about.long", {"en": "x" * 513}, "en: about.long: is longer than 512 characters"),
        ("a", {"en": "Hi", "ru": "Рoссия"}, "ru: a: mixes scripts: Рoссия"),
        ("a", {"en": "Hi", "tg": "Хабарі нав"}, "tg: a: has letters of another alphabet: і"),
        ("a", {"en": "Hi", "kk": "Ҳабар"}, "kk: a: has letters of another alphabet: Ҳ"),
        ("a", {"en": "Hi", "uz_Cyrl": "Ҷавоб"}, "uz_Cyrl: a: has letters of another alphabet: Ҷ"),
        ("a", {"en": "Hi", "ru": "Привет, ўқиш"}, "ru: a: has letters of another alphabet: ўқ"),
        ("a", {"en": "Hi", "az": "Sanʼat şöbəsi"}, "az: a: has letters of another alphabet: ʼ"),
        ("a", {"en": "Hi", "uz": "Şahar"}, "uz: a: has letters of another alphabet: Ş"),
        ("a", {"en": "“Hi”", "ru": "“Эй”"}, "ru: a: has quotation marks of another language: ”"),
        ("a", {"en": "“Hi”", "kk": "“Иә”"}, "kk: a: has quotation marks of another language: “”"),
        ("a", {"en": "Hi", "uz": "maʻno"}, "uz: a: has other apostrophes than ʻ in oʻ and gʻ, ʼ elsewhere"),
        ("a", {"en": "Hi  you"}, "en: a: has a blank too many"),
        ("a", {"en": "Hi, you", "ru": "Эй , Вы"}, "ru: a: has a blank too many"),
        ("a", {"en": "Hi \nyou"}, "en: a: has a blank too many"),
        ("a", {"en": "Hi..."}, "en: a: has dots instead of an ellipsis (…)"),
        ("a", {"en": "Press /start", "ru": "Нажмите /старт"}, "ru: a: has other commands than English"),
        ("a", {"en": "Hi\nyou", "ru": "Эй"}, "ru: a: has other line breaks than English"),
        (
            "a",
            {"en": "Your report", "ru": "Ваш отчёт"},
            "ru: a: says отчёт: " + reason("ru", "отч"),
        ),
        (
            "a",
            {"en": "Hi", "ru": "Ждём вас"},
            "ru: a: says вас: " + reason("ru", "вас"),
        ),
        (
            "a",
            {"en": "Hi", "az": "Nə edirsən?"},
            "az: a: says edirsən: " + reason("az", "sən"),
        ),
        ("a", {"ru": "Эй"}, "ru: a: is not in English"),
    ],
)
def test_the_gates_name_what_is_wrong(id: str, texts: dict[str, str], wrong: str, put):
    assert wrong in faults(put({"b": {"en": "Yes", "ru": "Да"}, id: texts}))


def test_given_an_unfinished_language_then_every_missing_text_is_named(put):
    folder = put({**HELLO, **FILES, "yes": {"en": "Yes", "kk": "Иә"}})
    assert faults(folder) == ["ru: yes: is missing", "kk: files: is missing", "kk: hello: is missing"]


def test_given_a_fuzzy_text_then_it_does_not_pass(put):
    folder = put({"yes": {"en": "Yes", "ru": "Да"}})
    path = po_path(folder, "ru")
    path.write_text(path.read_text("utf-8").replace('msgid "yes"', '#, fuzzy\nmsgid "yes"'), encoding="utf-8")
    assert faults(folder) == ["ru: yes: is fuzzy"]


def test_given_a_form_that_says_an_hour_without_a_number_then_it_passes(put):
    assert faults(put({"h": {"en": ["an hour", "{count} hours"], "uz": ["bir soat", "{count} soat"]}})) == []


def test_given_ids_that_source_and_catalogue_do_not_share_then_both_are_named(put):
    folder = put({"old": {"en": "Old"}, "told.open": {"en": "Open"}, "spoken": {"en": "Aloud"}})
    ids = Uttered(frozenset({"new"}), frozenset({r"told\..+", r"rule\..+"}), frozenset({"spoken"}))
    assert [str(fault) for fault in check(folder, ids)] == [
        "en: new: is uttered and has no text",
        "en: old: is never uttered",
        r"en: rule\..+: fits no text",
    ]


def test_given_a_template_older_than_its_catalogue_then_it_is_a_fault(put):
    folder = put(HELLO)
    (folder / "messages.pot").write_text("")
    assert [fault.split(":")[1] for fault in faults(folder)] == [" messages.pot"]


@pytest.mark.parametrize(
    ("code", "text", "words"),
    [
        ("ru", "Автонастрoйка", ["Автонастрoйка"]),
        ("kk", "cіздің", ["cіздің"]),
        ("ru", "Я c вами", ["c"]),
        ("tg", "Ҳамлаи ҷисмонӣ, Telegram", []),
        ("uz_Cyrl", "Ўзбекча {case_ref} <b>йўқ</b> /claim", []),
        ("az", "Аzərbаycаn", ["Аzərbаycаn"]),
        ("az", "Adam oğurluğu, itkin", []),
        ("uz", "Oʻzbekiston maʼno", []),
        ("uz", "Murojaat на", ["на"]),
        ("en", "Press Язык, PIN", ["Язык"]),
        ("ru", "VPN-сервис, SIM-карта, t.me/panah_bot, r39.echr.coe.int, PIN", []),
    ],
)
def test_a_word_keeps_to_one_script_and_a_language_to_its_own(code: str, text: str, words: list[str]):
    assert list(mixed_words(text, LANGUAGE[code])) == words


@pytest.mark.parametrize("code", LANGUAGE)
def test_each_language_has_words_that_it_does_not_say(code: str):
    reasons = {each.reason for each in wording.forbidden() if each.language == code}
    assert any("“Victim”" in reason or "not their harm" in reason for reason in reasons)
    assert code == "en" or {"The informal you" in reason for reason in reasons} == {True, False}


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("en", "victims"),
        ("en", "an informant"),
        *(("ru", word) for word in ("информатора", "отчет", "жертвы", "твой", "получил(а)", "стукач")),
        *(("uz", word) for word in ("Hisobotingiz", "qurbonlar", "sizning", "sening", "chaqimchi")),
        *(("uz_Cyrl", word) for word in ("ҳисобот", "Қурбонлар", "сизнинг", "сен", "чақимчилар")),
        *(("tg", word) for word in ("ҳисобот", "қурбонӣ", "Ифшогар", "парвандаи Шумо", "туро", "ба шумо", "хабаркаш")),
        *(("az", word) for word in ("Hesabat", "qurbanı", "sənin", "istəyirsən", "sizə", "xəbərçi", "informator")),
        *(("kk", word) for word in ("есебі", "Есеп", "құрбаны", "саған", "сіздің", "тыңшылар", "сатқын")),
    ],
)
def test_a_forbidden_word_is_refused(code: str, word: str):
    assert any("says" in fault for fault in wording.faults(LANGUAGE[code], "a", f"Xx {word}."))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ru", "вредоносный файл, заявить, Ваше, твёрдо"),
        ("az", "insan, Siz, hesab"),
        ("kk", "есептік жазба, сенім телефоны, Сізден"),
        ("uz", "sentabr, hisob, Sizning"),
        ("tg", "турк, ҳисоб, Шумо"),
    ],
)
def test_words_that_only_look_like_forbidden_ones_pass(code: str, text: str):
    assert not any("says" in fault for fault in wording.faults(LANGUAGE[code], "a", text))


@pytest.mark.skipif(not msgfmt.installed(), reason="gettext is not installed")
def test_given_an_id_that_stands_twice_then_msgfmt_names_it(put):
    folder = put(HELLO)
    path = po_path(folder, "ru")
    path.write_text(path.read_text("utf-8") + '\nmsgid "hello"\nmsgstr "Эй, <b>{name}</b>"\n', encoding="utf-8")
    assert [fault for fault in faults(folder) if fault.startswith("ru: msgfmt: ") and "duplicate" in fault]


def test_given_a_file_that_is_no_catalogue_then_it_is_named(put):
    folder = put(HELLO)
    po_path(folder, "ru").write_bytes(b"\xff\xfe")
    with pytest.raises(Unreadable, match="ru: can't be read"):
        faults(folder)


def test_ids_are_found_where_the_source_utters_them(tmp_path: Path):
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "talk.py").write_text(
        "def say(state, n):\n"
        '    Message("hello", {}), Message("a" if n else "b.c"), Message("files", count=n), button("yes", "go")\n'
        '    Message(f"told.{state}"), button(f"role.{state}", "go"), Message(state), words.text("x.y"), other("no")\n'
        '    other("spoken.elsewhere", "not an id", "\\n")\n'
    )
    ids = uttered(tmp_path, more=("rule.f1",))
    assert ids.required == {"hello", "a", "b.c", "files", "button.yes", "x.y", "rule.f1"}
    assert ids.patterns == {r"told\..+", r"button\.role\..+"}
    assert [ids.knows(id) for id in ("spoken.elsewhere", "told.open", "told.", "untold.x", "no")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.slow
def test_babel_finds_the_same_ids_by_the_mapping(ours: Uttered):
    with (LOCALES / "babel.cfg").open(encoding="utf-8") as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = list(extract_from_dir(ROOT, methods, options, directory_filter=lambda path: Path(path).name[0] != "."))
    ids = {id[0] if isinstance(id, tuple) else id for _, _, id, _, _ in found}
    assert ids == ours.required
    assert {id[0] for _, _, id, _, _ in found if isinstance(id, tuple)} <= plural_ids()


def plural_ids() -> set[str]:
    return {id for id, entry in read_all(LOCALES)["en"].items() if entry.plural}


def test_our_own_catalogues_pass_every_gate(needed: Uttered):
    assert [str(fault) for fault in check(LOCALES, needed)] == []


def test_our_own_catalogues_load_and_speak():
    assert {"en", "ru"} <= catalogues(strict=True).keys()
    assert (LOCALES / "messages.pot").read_bytes() == template(read_all(LOCALES)["en"])


@pytest.mark.slow
def test_the_command_lists_faults_and_fails(put):
    folder = put({"nobody.says.this": {"en": "x"}})
    done = run(
        [executable, "-m", "bot.catalogues", "check", "--locales", folder], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "en: nobody.says.this: is never uttered" in done.stdout.splitlines()
