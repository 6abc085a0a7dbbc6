"""What a partner gets of several cases in one file: what they were given before, once more, by two admins."""

import csv
import io
import json
import tarfile
from datetime import timedelta

import pyrage
import pytest
from msgspec.structs import replace

from bot import bundles as files
from bot.i18n import catalogues
from handlers import duty, keeping
from handlers.desk import orders
from handlers.model import (
    CaseState,
    Counted,
    Given,
    Keeping,
    Level,
    MessageRef,
    Order,
    Part,
    PartId,
    Passed,
    Role,
    SendExport,
    Withdraw,
)
from handlers.speech import PROMPT_LENGTH
from storage.dispatch import Done
from storage.outbox import Errand
from tests.stories.conftest import partner
from tests.stories.test_sharing_story import _Memory, _Post

CANARY = "CANARY call me at +998 90 123 45 67"


@pytest.fixture
def team(house):
    """Two admins, and who holds the cases. Both admins belong to a community of which nobody's report is hidden."""
    admins = {name: house.member(name, Role.ADMIN, communities=("FR",)) for name in ("asker", "other")}
    return admins | {"holder": house.member("holder"), "seconder": house.member("seconder")}


@pytest.fixture
def cases(house, team):
    """Two reports that were given to the same partner, each by two, with a summary and without the reporter's words."""
    house.partners = ("Lighthouse", "Harbour")
    for name, summary in (("one", "=Watched at home."), ("two", "Followed, twice.")):
        house.reporter(name).report(category="surveil", words=CANARY, share="yes")
        case = list(house.cases.values())[-1]
        team["holder"].command("claim", case.ref)
        _give(team, case, summary)
    return tuple(house.cases.values())


def _give(team, case, summary, to="lighthouse"):
    holder, second = team["holder"], team["seconder"]
    holder.command("share", case.ref)
    holder.press("shareto", to)
    holder.press("sharerest")
    holder.say(summary)
    holder.press("shareask")
    second.press("sharelook", case.id)
    second.press("shareyes")
    holder.press("shareget", case.id)


def _shown(phone, months="month"):
    phone.command("export")
    assert phone.press("expto", "lighthouse") == ["export.what"]
    assert phone.press("expwhat", "lighthouse.rows") == ["export.when"]
    names = [arg for verb, arg in phone.buttons() if verb == "expshow"]
    return phone.press("expshow", names[("month", "quarter", "year").index(months)])


def _asked(team):
    assert _shown(team["asker"]) == ["export.head", "export.preview"]
    return team["asker"].press("expask")


def _agreed(team):
    _asked(team)
    assert team["other"].press("explook") == ["export.head", "export.look"]
    return team["other"].press("expyes")


def _sent(house):
    return [effect for effect in house.effects if isinstance(effect, SendExport)]


def _rows(sent):
    """What the partner reads, with an age of other people's."""
    theirs = pyrage.x25519.Identity.generate()
    to = replace(sent, partner=replace(sent.partner, recipient=str(theirs.to_public())))
    sealed = files.packed(to, catalogues()["ru"])
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(sealed, [theirs]))) as tar:
        assert tar.getnames() == ["uwazi.csv"]
        text = tar.extractfile("uwazi.csv").read().decode()
    return text, list(csv.DictReader(io.StringIO(text)))


def _withdraw(house, name):
    phone = house.reporter(name)
    phone.command("start")
    phone.press("status")
    phone.press("consents")
    phone.press("consent", "share")
    return phone.press("withdraw")


# --- The whole way ---


def test_given_an_export_that_two_admins_agree_on_then_the_asker_gets_it_once_and_every_deed_is_on_record(
    house, team, cases
):
    assert _asked(team)[0] == "export.waits"
    assert not _sent(house)
    team["other"].press("explook")
    assert "export.ready" in team["other"].press("expyes")
    assert not _sent(house), "it goes when it is asked for"
    assert team["asker"].press("expget") == ["export.done"]
    (sent,) = _sent(house)
    assert (sent.to, sent.partner.id) == (team["asker"].address, "lighthouse")
    assert set(sent.cases) == {case.id for case in cases}
    done = [(entry.action, entry.actor, entry.case) for entry in house.audit if entry.action.startswith("export")]
    asker, other = team["asker"].id, team["other"].id
    assert done[:3] == [("export.asked", asker, ""), ("export.yes", other, ""), ("export", asker, "")]
    assert sorted(done[3:]) == sorted(("export", asker, case.id) for case in cases)
    assert {entry.detail for entry in house.audit if entry.action.startswith("export")} == {
        f"lighthouse.rows.2026-11.2026-11 {_digest(house)}"
    }
    assert house.export is None
    assert team["asker"].forge("expget", "lighthouse.rows.2026-11.2026-11") == ["export.settled"], "once"


def _digest(house):
    return next(entry.detail for entry in house.audit if entry.action == "export.asked").split()[1]


def test_given_an_export_then_the_partner_opens_it_and_finds_the_rows_as_they_were_given_and_nothing_else(
    house, team, cases
):
    one = cases[0]
    house.cases[one.id] = replace(house.cases[one.id], level=Level.P1, category="kidnap")  # since it was given
    _agreed(team)
    team["asker"].press("expget")
    text, rows = _rows(_sent(house)[0])
    assert {row["title"] for row in rows} == {case.ref for case in cases}
    assert {row["incident_type"] for row in rows} == {"surveil"}
    assert {row["summary"] for row in rows} == {"'=Watched at home.", "Followed, twice."}
    assert {row["tlp"] for row in rows} == {"TLP:AMBER+STRICT"}
    assert {row["month"] for row in rows} == {"2026-11-01:2026-11-30"}
    assert "id" not in rows[0], "an update by id would clear what the file does not name"
    for hidden in ("CANARY", "998", *(case.id for case in cases), *(each.name for each in house.members.values())):
        assert hidden not in text, hidden


def test_given_what_was_given_then_no_word_of_the_reporter_stays_of_it(house, cases):
    bodies = [part.body for case in cases for part in house.parts[case.id] if isinstance(part.body, Passed)]
    assert len(bodies) == 2
    assert all("words" not in json.loads(body.content) for body in bodies)


def test_given_months_typed_then_only_their_reports_are_in_it(house, team, cases):
    one, two = cases
    house.cases[one.id] = replace(house.cases[one.id], created=house.now.replace(month=3))
    asker = team["asker"]
    for typed, ids in (("2026-04 2026-11", (two.id,)), ("2026-03", (one.id,)), ("2026-01 2026-11", (one.id, two.id))):
        asker.command("export")
        asker.press("expto", "lighthouse")
        asker.press("expwhat", "lighthouse.rows")
        assert asker.say(typed) == ["export.head", "export.preview"]
        assert len(asker.heard()[-2].message.lines) == len(ids), typed
    asker.press("expwhat", "lighthouse.rows")
    for typed in ("soon", "2026-13", "2026-05 2026-01", "2025-01 2026-11", "2026-01 2026-02 2026-03"):
        assert asker.say(typed) == ["export.when"], typed
        assert [line.id for line in asker.heard()[-1].message.lines] == ["export.months"]
    asker.say("2020-01")
    assert asker.heard()[-1].message.id == "export.none"


def test_given_a_preview_then_it_lies_nowhere_readable_and_leaves_the_chats_when_a_reporter_takes_consent_back(
    house, team, cases
):
    _asked(team)
    team["other"].press("explook")
    shown = [each for each in house.said if each.message.id == "export.head"]
    assert len(shown) == 2
    assert all(each.volatile and each.message.protect and each.slot == "read:export" for each in shown)
    assert house.conversations[team["other"].address].reading == ("export",)
    _withdraw(house, "one")
    assert "read:export" in [each.slot for each in house.effects if isinstance(each, Withdraw)]


# --- Who is not in it ---


@pytest.mark.parametrize("moment", ["before", "asked", "agreed"])
def test_given_a_consent_taken_back_then_the_report_is_in_no_file_whenever_it_was(house, team, cases, moment):
    {"asked": _asked, "agreed": _agreed}.get(moment, lambda team: None)(team)
    _withdraw(house, "one")
    name = "lighthouse.rows.2026-11.2026-11"
    if moment == "asked":
        assert team["other"].forge("explook", name) == ["export.settled"]
    assert team["asker"].forge("expget", name) == ["export.settled"]
    assert not _sent(house)
    _agreed(team)
    team["asker"].press("expget")
    assert [row["title"] for row in _rows(_sent(house)[0])[1]] == [cases[1].ref]


def test_given_a_consent_that_does_not_name_the_partner_any_more_then_the_report_is_not_in_it(house, team, cases):
    one = cases[0]
    house.parts[one.id] = [
        replace(part, body=replace(part.body, partners=("harbour",))) if hasattr(part.body, "partners") else part
        for part in house.parts[one.id]
    ]
    _shown(team["asker"])
    assert len(team["asker"].heard()[-2].message.lines) == 1


def test_given_what_another_partner_got_then_it_is_not_in_this_ones_file(house, team, cases):
    one = cases[0]
    _give(team, one, "CANARY of Harbour.", to="harbour")
    _agreed(team)
    team["asker"].press("expget")
    assert "CANARY" not in _rows(_sent(house)[0])[0]


def test_given_a_report_that_was_never_given_then_an_admin_can_not_put_it_in(house, team, cases):
    house.reporter("three").report(category="threat", share="yes")
    three = list(house.cases.values())[-1]
    _shown(team["asker"])
    assert three.ref not in str(team["asker"].heard()[-2].message)
    house.cases[three.id] = replace(three, given=(Given("lighthouse", house.now),))
    _shown(team["asker"])
    assert three.ref not in str(team["asker"].heard()[-2].message), "its row is what two agreed to, or there is none"


def test_given_a_report_hidden_from_an_admin_then_it_is_never_in_their_file_and_they_can_not_agree_to_one_with_it(
    house, team, cases
):
    one, two = cases
    house.cases[one.id] = replace(house.cases[one.id], hidden_from=("TJ",))
    theirs = house.member("theirs", Role.ADMIN, communities=("TJ",))
    assert _shown(theirs) == ["export.head", "export.preview"]
    assert one.ref not in str(theirs.heard()[-2].message) and two.ref in str(theirs.heard()[-2].message)
    _asked(team)
    assert one.ref not in str(team["asker"].heard()[-3].message), "or what others can't look at would tell them"
    assert theirs.press("explook") == ["export.head", "export.look"]
    house.cases[two.id] = replace(house.cases[two.id], hidden_from=("TJ",))
    assert _shown(theirs) == _shown(team["other"]) == ["export.none"], "as if there were nothing"


def test_given_a_hidden_report_whose_consent_is_taken_back_then_nothing_vanishes_where_it_was_never_shown(
    house, team, cases
):
    one, _ = cases
    theirs = house.member("theirs", Role.ADMIN, communities=("TJ",))
    house.cases[one.id] = replace(house.cases[one.id], hidden_from=("TJ",))
    _shown(theirs)
    before = len(house.effects)
    _withdraw(house, "one")
    gone = [each.to for each in house.effects[before:] if isinstance(each, Withdraw) and each.slot == "read:export"]
    readers = [each.id for to in gone for each in duty.meant(to, house.members.values(), house.now, house.offset)]
    assert team["asker"].id in readers and theirs.id not in readers


def test_given_a_report_that_is_hidden_after_it_was_shown_then_the_preview_leaves_that_admins_chat(house, team, cases):
    one, _ = cases
    for phone in (team["asker"], team["other"]):
        _shown(phone)
    team["other"].forge("notme", one.id)
    team["other"].press("notmeyes")
    gone = [each.to for each in house.effects if isinstance(each, Withdraw) and each.slot == "read:export"]
    assert gone == [team["other"].address]


@pytest.mark.parametrize("moment", ["asked", "agreed"])
def test_given_a_partner_who_is_gone_or_has_another_key_then_nothing_leaves(house, team, cases, moment):
    {"asked": _asked, "agreed": _agreed}[moment](team)
    house.partners = ("Harbour",)
    name = "lighthouse.rows.2026-11.2026-11"
    assert team["other"].forge("explook", name) == ["export.settled"]
    assert team["asker"].forge("expget", name) == ["export.settled"]
    assert not _sent(house)


# --- The second admin ---


def test_given_the_asker_then_they_can_not_agree_to_their_own(house, team, cases):
    _asked(team)
    name = house.export.order.name
    assert team["asker"].forge("explook", name) == ["refused.two"]
    assert team["asker"].forge("expyes", name) == ["refused.two"]
    assert team["asker"].forge("expget", name) == ["export.settled"]
    assert not house.export.allowed and not _sent(house)


def test_given_a_yes_without_a_look_at_these_rows_then_it_does_not_count(house, team, cases):
    _asked(team)
    name, other = house.export.order.name, team["other"]
    assert other.forge("expyes", name) == ["export.head", "export.look"], "then it is shown"
    assert not house.export.allowed
    house.parts[cases[0].id].append(
        Part(PartId("p" * 22), house.now, "holder", Passed("lighthouse", json.dumps(_other_row(house, cases[0]))))
    )
    assert other.forge("expyes", name) == ["export.settled"]
    assert not house.export.allowed


def _other_row(house, case):
    row = next(part.body for part in house.parts[case.id] if isinstance(part.body, Passed))
    return json.loads(row.content) | {"summary": "Something else."}


def test_given_a_responder_then_exports_do_not_exist_for_them(house, team, cases):
    _asked(team)
    name = house.export.order.name
    assert team["holder"].command("export") == ["command.unknown"]
    assert team["holder"].forge("explook", name) == ["desk.stale"]
    assert team["holder"].command("requests") == ["requests.none"]


def test_given_one_that_waits_then_requests_show_it_to_the_other_admin_and_a_second_one_must_wait(house, team, cases):
    _asked(team)
    assert team["other"].command("requests") == ["export.asks"]
    assert team["asker"].command("requests") == ["export.waits"]
    _shown(team["other"])
    assert team["other"].press("expask") == ["export.busy"]
    assert house.export.by == team["asker"].id


def test_given_one_that_nobody_fetches_then_another_admin_finds_it_and_ends_it(house, team, cases):
    _agreed(team)
    _shown(team["other"])
    assert team["other"].press("expask") == ["export.busy"]
    assert team["other"].command("requests") == ["export.agreed"]
    assert "export.kept" in team["other"].press("expno")
    assert house.export is None and team["asker"].heard()[-1].message.id == "export.kept"


def test_given_a_no_then_it_ends_and_the_asker_hears_who(house, team, cases):
    _asked(team)
    assert "export.kept" in team["other"].press("expno")
    assert house.export is None
    assert team["asker"].heard()[-1].message.id == "export.kept"
    assert team["other"].forge("expno", "lighthouse.rows.2026-11.2026-11") == ["export.settled"]


def test_given_an_old_question_then_a_no_to_it_does_not_end_another_one(house, team, cases):
    _asked(team)
    old = house.export.order.name
    team["asker"].press("expno", old)
    assert _shown(team["asker"], "year") == ["export.head", "export.preview"]
    team["asker"].press("expask")
    assert team["other"].press("expno", old) == ["export.settled"]
    assert house.export is not None


def test_given_one_admin_then_nobody_is_asked_and_that_is_said(house, team, cases):
    _shown(team["asker"])
    house.members[team["other"].id] = replace(house.members[team["other"].id], role=Role.RESPONDER)
    assert team["asker"].press("expask") == ["export.alone"]
    assert house.export is None and "export.asks" not in [each.message.id for each in house.said]


def test_given_the_asker_takes_it_back_then_nobody_can_agree_to_it(house, team, cases):
    _asked(team)
    assert "export.kept" in team["asker"].press("expno")
    assert team["other"].press("explook") == ["export.settled"]


@pytest.mark.parametrize("far", [_asked, _agreed], ids=["asked", "agreed"])
def test_given_nobody_answers_or_fetches_for_a_day_then_it_ends_and_the_asker_is_told(house, team, cases, far):
    far(team)
    house.pass_time(hours=25)
    assert house.export is None
    assert "export.over" in [each.message.id for each in team["asker"].heard()]
    assert ("export.over", "clock") in [(entry.action, entry.actor) for entry in house.audit]


def test_given_a_yes_of_somebody_who_is_no_admin_any_more_then_it_has_ended_with_them(house, team, cases):
    _agreed(team)
    other = house.members[team["other"].id]
    for gone in (replace(other, role=Role.RESPONDER), replace(other, active=False)):
        house.members[other.id] = gone
        assert team["asker"].press("expget") == ["export.settled"]
    assert not _sent(house)
    assert house.export is None, "another can be asked for"


def test_given_who_looks_at_what_is_to_leave_then_each_report_has_a_line_of_it(house, team, cases):
    _shown(team["asker"])
    seen = [entry.case for entry in house.audit if (entry.action, entry.actor) == ("share.look", team["asker"].id)]
    assert seen == [case.id for case in sorted(cases, key=lambda case: case.ref)]


# --- A table of figures ---


def _counted(**numbers):
    """So many reports of each category of the second quarter, of two states in turn."""
    kinds = [kind for kind, number in numbers.items() for _ in range(number)]
    return tuple(
        Counted("2026-05", kind, (("UZ",), ("TJ",))[at % 2], "fsu", Level.P3, True, closed=True, consented=True)
        for at, kind in enumerate(kinds)
    )


QUARTER = "lighthouse.category.2026-04.2026-06"


@pytest.fixture
def figures(house, team):
    """Two of threats, seven of hacking; the rest are many."""
    house.partners = ("Lighthouse", "Harbour")
    house.kept = _counted(threat=2, hack=7, surveil=42, detain=60)


def _table_of(phone, partner="lighthouse"):
    phone.command("export")
    assert phone.press("expto", partner) == ["export.what"]
    assert phone.press("expwhat", f"{partner}.category") == ["export.quarter"]
    return phone.press("expshow", f"{partner}.category.2026-04.2026-06")


def _given_table(team, partner="lighthouse"):
    assert _table_of(team["asker"], partner) == ["export.head", "export.preview"]
    team["asker"].press("expask")
    team["other"].press("explook")
    team["other"].press("expyes")
    return team["asker"].press("expget")


def test_given_a_table_that_two_admins_agree_on_then_the_partner_reads_no_number_under_five(house, team, figures):
    assert _given_table(team) == ["export.done"]
    (sent,) = _sent(house)
    theirs = pyrage.x25519.Identity.generate()
    sealed = files.packed(
        replace(sent, partner=replace(sent.partner, recipient=str(theirs.to_public()))), catalogues()["ru"]
    )
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(sealed, [theirs]))) as tar:
        assert tar.getnames() == ["figures.csv"]
        rows = list(csv.DictReader(io.StringIO(tar.extractfile("figures.csv").read().decode())))
    numbers = {row["cell"]: int(row["reports"]) for row in rows}
    assert numbers == {"all": 110, "surveil": 40, "detain": 60, "rest": 10}
    assert {"threat", "hack"} <= set(rows[-1]["together"].split()), "the smallest larger one stands with the small ones"
    assert {row["tlp"] for row in rows} == {"TLP:AMBER+STRICT"}
    assert [entry.detail for entry in house.audit if entry.action == "export"] == [f"{QUARTER} {_digest(house)}"]


def test_given_a_table_that_was_given_then_every_partner_gets_the_same_numbers_whatever_becomes_of_the_reports(
    house, team, figures
):
    _given_table(team)
    house.kept = (*house.kept, *_counted(hack=30))
    _given_table(team, "harbour")
    one, two = _sent(house)
    assert one.figures == two.figures and one.partner != two.partner
    assert house.released["2026Q2"].partners.tables, "kept with what may be published of the same reports"


def test_given_a_quarter_that_may_have_been_given_before_a_restore_then_that_is_said_and_no_table_is_made(
    house, team, figures
):
    house.forgotten = {"2026Q2"}
    assert _table_of(team["asker"]) == ["export.forgotten"]


def test_given_reports_that_come_or_go_before_it_was_given_then_the_yes_does_not_count_for_other_numbers(
    house, team, figures
):
    _table_of(team["asker"])
    team["asker"].press("expask")
    team["other"].press("explook")
    house.kept = (*house.kept, *_counted(surveil=10))
    assert team["other"].press("expyes") == ["export.settled"]
    assert not house.export.allowed and not house.released


def test_given_a_report_that_is_hidden_from_anybody_then_no_table_counts_it(house, team, figures):
    _table_of(team["asker"])
    shown = team["asker"].heard()[-2].message
    house.kept = (*house.kept, *(replace(row, hidden=True) for row in _counted(surveil=40)))
    _table_of(team["asker"])
    assert team["asker"].heard()[-2].message == shown


def test_given_a_quarter_of_which_too_little_may_be_said_then_there_is_no_table_and_a_late_one_is_not_offered(
    house, team, figures
):
    asker = team["asker"]
    house.kept = _counted(hack=29)
    assert _table_of(asker) == ["export.withheld"]
    house.kept = _counted(threat=2, hack=5, surveil=42, detain=60)
    assert _table_of(asker) == ["export.withheld"], "a rest of seven would say something of the two"
    offered = [arg for verb, arg in asker.buttons() if verb == "expshow"]
    assert offered[0] == QUARTER and len(offered) == 4, "the third quarter ended in September"
    assert asker.forge("expshow", "lighthouse.category.2026-07.2026-09") == ["export.withheld"]


# --- Erasing waits for the answer ---


def test_given_a_closed_report_in_an_export_then_it_is_not_erased_before_the_question_has_ended(house, team, cases):
    one = cases[0]
    due = Keeping(house.now - timedelta(days=1), warned=2)
    house.cases[one.id] = replace(house.cases[one.id], state=CaseState.CLOSED, closed=house.now, keeping=due)
    _asked(team)
    kept, until = house.cases[one.id], house.export.until
    assert keeping.end(kept) == until
    assert keeping.standing(kept, house.now) is keeping.Standing.ASKED
    assert keeping.standing(kept, until + timedelta(days=1)) is keeping.Standing.DUE
    house.pass_time(hours=1)
    team["other"].press("explook")
    team["other"].press("expyes")
    assert keeping.end(house.cases[one.id]) == house.export.until > until, "and one more day to fetch it"


def test_given_a_closed_report_that_is_to_be_shared_then_it_is_kept_until_that_was_answered(house, team, cases):
    one, holder = cases[0], team["holder"]
    due = Keeping(house.now - timedelta(days=1), warned=2)
    house.cases[one.id] = replace(house.cases[one.id], state=CaseState.CLOSED, closed=house.now, keeping=due)
    holder.command("share", one.ref)
    for verb in ("shareto", "sharerest", "shareskip", "shareask"):
        holder.press(verb)
    assert keeping.end(house.cases[one.id]) == house.cases[one.id].share.until
    team["seconder"].press("shareno", one.id)
    team["seconder"].press("sharebare")
    assert keeping.end(house.cases[one.id]) == due.until, "it ends with the question"


# --- The errand ---


def _effect():
    theirs = pyrage.x25519.Identity.generate()
    to = replace(partner("Lighthouse"), recipient=str(theirs.to_public()))
    row = {"ref": "K7MPQR", "category": "hack", "origin": [], "host": "", "month": "2026-11", "level": "P3"}
    content = json.dumps(row | {"answers": {}, "summary": "", "tlp": "TLP:RED"})
    return SendExport("t:1", to, "n" * 22, "read:export", ("c", "d"), (content,))


@pytest.mark.parametrize(
    ("memory", "sent"),
    [(_Memory(), 1), (_Memory(agrees=False), 0), (_Memory(active=False), 0)],
    ids=["all agree", "consent taken back", "admin gone"],
)
async def test_given_the_errand_then_it_goes_only_while_all_agree_and_the_admin_is_there(memory, sent):
    post, effect = _Post(), _effect()
    done = await files.Bundles(memory, {"t": post}, catalogues()).send(Errand(7, b"", "t:1", effect, "en", 1), effect)
    assert len(post.uploads) == sent
    assert done == Done(7, (MessageRef("9"),) if sent else ())


def test_given_the_longest_names_then_a_button_still_carries_them():
    name = Order("p" * 22, max((orders.ROWS, *orders.TABLES), key=len), "2026-01", "2026-12").name
    assert len(f"explook:{name}:{'x' * PROMPT_LENGTH}".encode()) <= 64, "Bot API, InlineKeyboardButton.callback_data"
