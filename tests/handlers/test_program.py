"""The program is read whole or refused whole, and a refusal names everything that is wrong."""

from collections.abc import Callable

import pytest

from handlers.program import Kind, Program, ProgramFaults, parse

Files = dict[str, str]


@pytest.fixture
def faults_after(files: Files) -> Callable[..., str]:
    """The faults of the shipped program after (file, old text, new text) changes."""

    def faults(*changes: tuple[str, str, str]) -> str:
        changed = dict(files)
        for file, old, new in changes:
            assert old in changed[file], f"{file} no longer has the text that this test changes"
            changed[file] = changed[file].replace(old, new, 1)
        with pytest.raises(ProgramFaults) as refused:
            parse(changed)
        return str(refused.value)

    return faults


def test_the_shipped_form_asks_in_the_order_of_the_story(program: Program) -> None:
    asked = [question.id for question in program.questions]
    told = ["danger", "category", "when", "origin", "host", "words"]
    assert [id for id in asked if id in told] == told
    assert [question.id for question in program.questions if not question.skippable] == [
        "danger",
        "category",
        "agreed",
        "reply_here",
    ]
    kinds = {question.id: question.kind for question in program.questions}
    assert [kinds[id] for id in told[3:]] == [Kind.MULTI, Kind.COUNTRY, Kind.WORDS]


def test_the_twelve_categories_are_offered_in_order_of_urgency(program: Program) -> None:
    category = program.question("category")
    assert category is not None
    assert len(category.options) == 12
    assert category.options == program.categories
    assert category.options[0] == "kidnap"
    assert category.options[-1] == "other"


def test_the_same_files_give_the_same_version_and_any_change_another(files: Files, short: Program) -> None:
    changed = {**files, "triage.toml": files["triage.toml"] + "\n# a remark\n"}
    assert parse(dict(reversed(files.items()))).version == short.version
    assert parse(changed).version != short.version


def test_every_text_that_a_program_can_utter_has_an_id(program: Program) -> None:
    assert program.messages() >= {
        "category.kidnap",
        "question.when",
        "question.when.why",
        "question.when.short",
        "option.when.day",
        "option.origin.unsure",
        "option.host.other",
        "country",
        "level.P1",
        "rule.F1",
        "rule.+address",
        "guidance.danger",
        "guidance.detain.rule39",
        "guidance.source",
    }
    assert not any(".UZ" in id for id in program.messages()), "countries are named by their code, not by a text each"


def test_all_faults_of_all_files_are_named_at_once(faults_after: Callable[..., str]) -> None:
    said = faults_after(
        ("form.toml", "skippable = false", 'skipable = false\npage = "two"'),
        ("triage.toml", 'level = "P1"', 'level = "P9"'),
        ("guidance.toml", "expires = 2027-05-22", 'expires = "soon"'),
        ("taxonomy.toml", "origins =", "orgins ="),
    )
    for fault in ("skipable", "page", "floors F1.level", "blocks danger.expires", "orgins", "origins is missing"):
        assert fault in said


def test_missing_strange_and_broken_files_are_named_together(files: Files) -> None:
    broken = {name: text for name, text in files.items() if name != "emergency.toml"}
    broken |= {"extra.toml": "", "form.toml": "[[questions]\n"}
    with pytest.raises(ProgramFaults) as refused:
        parse(broken)
    said = refused.value.faults
    assert "emergency.toml: the file is missing" in said
    assert "extra.toml: not a file of a program" in said
    assert any(fault.startswith("form.toml: syntax:") for fault in said)


WORDS = '[[questions]]\nid = "words"'


def asking(id: str, when: str) -> str:
    """A question of the form that depends on earlier answers."""
    return f'[[questions]]\nid = "{id}"\nkind = "choice"\noptions = ["yes", "no"]\nwhen = {{ {when} }}\n\n'


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ([("form.toml", 'id = "when"', 'id = "category"')], "question category: is there twice"),
        ([("form.toml", 'id = "when"', 'id = "When"')], "question When: an id has only"),
        ([("form.toml", '"not_now"', '"not_now_but_perhaps_later"')], "does not fit a button"),
        ([("form.toml", '"not_now"', '"позже"')], "does not fit a button"),
        ([("form.toml", '"not_now"]', '"now"]')], "option now is there twice"),
        ([("form.toml", '"not_now"]', '"perhaps"]')], "triage does not know the option perhaps"),
        ([("form.toml", 'alone = ["unsure"]', 'alone = ["nobody"]')], "alone names nobody"),
        ([("form.toml", 'kind = "words"', 'kind = "words"\noptions = ["a"]')], "own words have no options"),
        ([("form.toml", 'kind = "words"', 'kind = "choice"')], "every other kind needs them"),
        ([("form.toml", 'kind = "words"', 'kind = "words"\nmost = 2')], "belong to a multi"),
        ([("form.toml", 'kind = "words"', 'kind = "poem"')], "questions words.kind"),
        ([("taxonomy.toml", '"kidnap", ', '"kidnap", "arson",')], "the category arson has no guidance"),
        ([("taxonomy.toml", '"devices",', '"arrest",')], "topic arrest: is there twice"),
        ([("taxonomy.toml", '"devices",', '"Papers",')], "topic Papers: an id has only"),
        ([("taxonomy.toml", '"devices",', f'"{"p" * 23}",')], "does not fit a button"),
        ([("taxonomy.toml", '"devices",', f'"{"p" * 20}", "{"q" * 20}",')], "more than 60 letters together"),
        ([("taxonomy.toml", "topics = [", "topics = []\nothers = [")], "unknown key others"),
        ([("taxonomy.toml", '"RU", "TR"', '"RU", "PT", "TR"')], "host PT has no emergency number"),
        ([("taxonomy.toml", '"RU", "TR"', '"RU", "XX", "TR"')], "hosts: XX is not one of the countries"),
        ([("taxonomy.toml", '"RU", "BY"', '"RU", "RU"')], "cooperating: RU is there twice"),
        ([("taxonomy.toml", "rule39 =", "emergency =")], "groups: emergency is the name of another fact"),
        ([("triage.toml", "kidnap = 40", "kidnaping = 40")], "category has no value kidnaping"),
        ([("triage.toml", "children = { yes = 5 }", "infants = { yes = 5 }")], "points: unknown fact infants"),
        ([("triage.toml", "children = { yes = 5 }", "children = { yes = -5 }")], "points.children.yes: is negative"),
        ([("triage.toml", 'when = { danger = ["now"] }', "")], "floors F1: needs either when"),
        ([("triage.toml", 'danger = ["now"] }', 'danger = ["soon"] }')], "danger has no value soon"),
        ([("triage.toml", 'danger = ["now"] }', "danger = [] }")], "danger lists no value"),
        ([("triage.toml", "P2 = 65", "P2 = 30")], "P2 must begin above P3"),
        ([("triage.toml", "P2 = 65", "P1 = 65")], "needs exactly P2 and P3"),
        (
            [
                (
                    "triage.toml",
                    "P4 = { reply = 4320, remind = [3960], second = 4320, duty = 4620, admins = 4920, idle = 10080 }",
                    "",
                )
            ],
            "clocks: needs exactly P1, P2, P3, P4",
        ),
        ([("triage.toml", "admins = 4920, ", "")], "clocks.P4: admins is missing"),
        ([("triage.toml", "admins = 4920", "admins = 0")], "clocks.P4: reply, idle and admins are minutes above 0"),
        ([("triage.toml", "second = 4320", "second = -1")], "clocks.P4: reply, idle and admins are minutes above 0"),
        ([("triage.toml", "remind = [3960]", "remind = []")], "clocks.P4: remind needs minutes above 0"),
        ([("triage.toml", "remind = [10, 20]", "remind = [20, 10]")], "clocks.P1: remind needs minutes above 0"),
        ([("triage.toml", "P1 = { reply = 30", "P1 = { reply = 300")], "a more urgent level is answered sooner"),
        ([("triage.toml", "reply = 4320", "answer = 4320")], "clocks.P4: reply is missing"),
        ([("guidance.toml", "expires = 2027-05-22", "expires = 2026-05-22")], "expires before it was reviewed"),
        ([("form.toml", 'id = "danger"', 'id = "safe"\nsource = "hosts"')], "the question danger is missing"),
        ([("form.toml", 'kind = "words"', 'kind = "choice"\noptions = ["a"]')], "exactly one question takes own words"),
        ([("guidance.toml", '{ id = "people" }', '{ id = "people", wen = {} }')], "unknown field `wen`"),
        ([("guidance.toml", '{ id = "people" }', '{ id = "tell" }')], "bullet tell is there twice"),
        ([("guidance.toml", '{ id = "people" }', '{ id = "people" }, { id = "more" }')], "shows 5 to 6 bullets"),
        ([("guidance.toml", 'category = ["other"]', 'category = ["online"]')], "category other has no guidance"),
        ([("desk.toml", 'id = "read"', 'id = "seen"')], "desk.toml: the answer read is missing"),
        ([("desk.toml", 'id = "safe"', 'id = "more"')], "desk.toml: answer more: is there twice"),
        ([("desk.toml", 'id = "safe"', f'id = "{"s" * 23}"')], "does not fit a button"),
        ([("desk.toml", '"last", "seen"', '"last", "last"')], "checklists.kidnap: last is there twice"),
        ([("desk.toml", "kidnap = [", "kidnaping = [")], "checklists.kidnaping: there is no such category"),
        ([("desk.toml", '"last", "seen"', '"a", "b", "c", "d", "e"')], "has 8 lines, but 1 to 7 fit a phone"),
        ([("desk.toml", 'categories = ["hack"]', 'categories = ["hacking"]')], "there is no category hacking"),
        ([("guidance.toml", 'danger = ["now"]', 'category = ["other"]')], "no block for danger"),
        ([("guidance.toml", 'cooperating = ["no"]', 'colluding = ["no"]')], "unknown fact colluding"),
    ],
)
def test_given_a_fault_when_the_program_is_read_then_it_is_refused_by_name(
    faults_after: Callable[..., str], changes: list[tuple[str, str, str]], fault: str
) -> None:
    assert fault in faults_after(*changes)


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        ('removal = ["h72"]', "is unreachable, removal is not asked before it"),
        ('words = ["yes"]', "is unreachable, words is not asked before it"),
        ('category = ["arson"]', "category has no value arson"),
        ('category = ["kidnap"], held = ["yes"]', "is unreachable, its conditions exclude each other"),
    ],
)
def test_given_a_question_that_nobody_can_reach_then_the_program_is_refused(
    faults_after: Callable[..., str], when: str, fault: str
) -> None:
    questions = asking("held", 'category = ["detain"]') + asking("lawyer", when)
    assert fault in faults_after(("form.toml", WORDS, questions + WORDS))


def test_given_sub_questions_of_a_category_then_the_program_takes_them(files: Files) -> None:
    questions = asking("held", 'category = ["detain"]') + asking("lawyer", 'held = ["yes"], cooperating = ["no"]')
    form = files["form.toml"].replace(WORDS, questions + WORDS)
    assert parse({**files, "form.toml": form}).question("lawyer") is not None


def test_a_refusal_repeats_no_line_of_a_broken_file(files: Files) -> None:
    with pytest.raises(ProgramFaults) as refused:
        parse({**files, "taxonomy.toml": 'origins = "canary-6f1d'})
    assert "canary" not in str(refused.value)
