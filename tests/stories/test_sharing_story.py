"""What a partner gets of a report: chosen piece by piece, agreed to by two, as long as the reporter agrees."""

import csv
import io
import json
import tarfile

import pyrage
import pytest
from msgspec.structs import replace

from bot import bundles as files
from bot import uwazi
from bot.i18n import catalogues
from handlers.desk import bundles
from handlers.desk.countersign import agreeing
from handlers.desk.merging import _merged
from handlers.model import (
    Address,
    Attachment,
    Bundle,
    CaseId,
    Choice,
    FileKind,
    FileRef,
    Given,
    Level,
    Member,
    MessageRef,
    Note,
    Part,
    PartId,
    Role,
    Said,
    SendBundle,
    Withdraw,
)
from handlers.reporter import consents
from storage.dispatch import Done
from storage.members import People
from storage.outbox import Errand
from tests.stories.conftest import partner

CANARY = "CANARY call me at +998 90 123 45 67"
REWRITTEN = "They were followed twice."


@pytest.fixture
def team(house):
    people = {name: house.member(name) for name in ("holder", "other", "third")}
    return people | {"admin": house.member("admin", Role.ADMIN)}


@pytest.fixture
def case(house, team):
    """A report whose writer agrees to sharing, in the hands of its holder, with a second message."""
    house.partners = ("Lighthouse", "Harbour")
    house.reporter("writer").report(category="surveil", words=CANARY, share="yes", watched_by="person")
    (case,) = house.cases.values()
    house.parts[case.id].append(Part(PartId("s" * 22), house.now, "reporter", Said("CANARY second")))
    team["holder"].command("claim", case.ref)
    return house.cases[case.id]


def _put_together(team, case, who="holder"):
    """The first message written anew, the second left out, a summary."""
    phone = team[who]
    assert phone.command("share", case.ref) == ["share.whom"]
    assert phone.press("shareto", "lighthouse") == ["share.piece"]
    assert phone.say(REWRITTEN) == ["share.piece"]
    assert phone.press("shareskip") == ["share.summary"]
    return phone.say("Watched at home.")


def _asked(team, case, who="holder"):
    _put_together(team, case, who)
    return team[who].press("shareask")


def _agreed(team, case):
    _asked(team, case)
    assert team["other"].press("sharelook") == ["bundle.head", "share.look"]
    return team["other"].press("shareyes")


def _sent(house):
    return [effect for effect in house.effects if isinstance(effect, SendBundle)]


def _withdraw(house, case):
    phone = house.reporter("writer")
    phone.command("start")
    phone.press("status")
    phone.press("consents")
    phone.press("consent", "share")
    return phone.press("withdraw")


def _opened(sent, key):
    """What the partner reads, with an age of other people's."""
    theirs = pyrage.x25519.Identity.generate() if key is None else key
    sealed = files.packed(
        replace(sent, partner=replace(sent.partner, recipient=str(theirs.to_public()))), catalogues()["ru"]
    )
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(sealed, [theirs]))) as tar:
        return sealed, {each.name: tar.extractfile(each).read().decode() for each in tar}


# --- The whole way ---


def test_given_a_bundle_that_two_have_agreed_to_then_the_asker_gets_it_and_every_deed_is_on_record(house, team, case):
    assert _put_together(team, case) == ["bundle.head", "share.preview"]
    assert team["holder"].press("shareask")[0] == "share.waits"
    assert not _sent(house)
    team["other"].press("sharelook")
    assert "share.ready" in team["other"].press("shareyes")
    assert not _sent(house), "it goes when it is asked for"
    assert team["holder"].press("shareget") == ["share.done"]
    (sent,) = _sent(house)
    assert (sent.to, sent.partner.id) == (team["holder"].address, "lighthouse")
    after = house.cases[case.id]
    assert after.share is None
    assert after.given == (Given("lighthouse", house.now.replace(hour=0)),)
    done = {entry.action: (entry.actor, entry.detail) for entry in house.audit if entry.action.startswith("share")}
    digest = bundles.digest(sent.content, sent.partner)[:16]
    assert done == {
        "share.begun": (team["holder"].id, ""),
        "share.look": (team["other"].id, ""),
        "share.asked": (team["holder"].id, f"lighthouse {digest}"),
        "share.yes": (team["other"].id, f"lighthouse {digest}"),
        "share": (team["holder"].id, f"lighthouse {digest}"),
    }
    assert team["holder"].forge("shareget", case.id) == ["share.settled"], "once"


def test_given_a_bundle_then_the_partner_opens_it_and_finds_what_was_chosen_and_nothing_else(house, team, case):
    _agreed(team, case)
    team["holder"].press("shareget")
    (sent,) = _sent(house)
    sealed, read = _opened(sent, None)
    facts = json.loads(read["bundle.json"])
    assert (facts["format"], facts["version"], facts["tlp"]) == ("panah-bundle", 1, "TLP:AMBER+STRICT")
    assert (facts["category"], facts["month"], facts["words"]) == ("surveil", "2026-11", [REWRITTEN])
    assert facts["summary"] == "Watched at home."
    assert read["bundle.json"] == sent.content and "Watched at home." in read["summary.md"]
    whole = "".join(read.values())
    members = [each.name for each in house.members.values()]
    for hidden in ("CANARY", "998", "writer", "four words", case.id, *members, *house.secrets, "2026-11-23"):
        assert hidden not in whole, hidden
    assert b"CANARY" not in sealed and sent.name not in {case.id, case.ref}
    assert set(facts) == {
        *("format", "version", "tlp", "ref", "month", "level", "category", "origin", "host", "answers"),
        *("summary", "words"),
    }
    assert set(facts["answers"]) <= set(bundles.ASKED)


def test_given_nothing_chosen_then_no_word_of_the_reporter_is_in_it(house, team, case):
    holder = team["holder"]
    holder.command("share", case.ref)
    holder.press("shareto", "lighthouse")
    assert holder.press("sharerest") == ["share.summary"]
    assert holder.press("shareskip") == ["bundle.head", "share.preview"]
    body = house.parts[case.id][-1].body
    assert isinstance(body, Bundle) and set(body.words) == {""}
    assert json.loads(bundles.content(case, body, tuple(house.parts[case.id])))["words"] == []


def test_given_traces_in_a_message_then_they_are_pointed_at_before_it_is_given_as_it_is(house, team, case):
    holder = team["holder"]
    holder.command("share", case.ref)
    holder.press("shareto", "lighthouse")
    assert [line.id for line in holder.heard()[-1].message.lines] == ["share.traces"]
    holder.press("sharekeep")
    assert holder.heard()[-1].message.lines == ()
    assert house.parts[case.id][-1].body.words == (CANARY,)


def test_given_a_file_instead_of_words_then_it_is_said_that_only_words_count(house, team, case):
    team["holder"].command("share", case.ref)
    team["holder"].press("shareto")
    assert team["holder"].bring(Attachment(FileKind.VOICE, FileRef("f"), 10)) == ["desk.words_only"]


def test_given_an_old_button_then_it_counts_for_the_message_that_it_stood_under(house, team, case):
    holder = team["holder"]
    holder.command("share", case.ref)
    holder.press("shareto", "lighthouse")
    keep = next(each for row in holder.heard()[-1].message.choices for each in row if each.verb == "sharekeep")
    holder.say(REWRITTEN)
    assert holder.bring(Choice(keep.verb, keep.arg, keep.prompt, MessageRef("0"))) == ["share.piece"]
    assert house.parts[case.id][-1].body.words == (REWRITTEN,)


def test_given_another_marking_then_preview_and_file_carry_it(house, team, case):
    _put_together(team, case)
    assert team["holder"].press("sharetlp", "RED") == ["bundle.head", "share.preview"]
    assert team["holder"].heard()[-2].message.params["marking"] == "TLP:RED"
    assert team["holder"].heard()[-2].language == "ru", "in the partner's language"


def test_given_a_preview_then_it_lies_nowhere_readable_and_leaves_the_chat(house, team, case):
    _asked(team, case)
    team["other"].press("sharelook")
    shown = [each for each in house.said if each.message.id in {"bundle.head", "share.piece"}]
    assert shown and all(each.volatile and each.message.protect and each.slot == f"read:{case.id}" for each in shown)
    assert house.conversations[team["other"].address].reading == (case.id,)


# --- The reporter's consent ---


@pytest.mark.parametrize("moment", ["before", "put together", "asked", "agreed"])
def test_given_a_consent_taken_back_then_nothing_leaves_whenever_it_was(house, team, case, moment):
    steps = {"put together": _put_together, "asked": _asked, "agreed": _agreed}
    if moment in steps:
        steps[moment](team, case)
    _withdraw(house, case)
    holder, other = team["holder"], team["other"]
    if moment == "before":
        assert holder.command("share", case.ref) == ["share.unasked"]
    if moment == "put together":
        assert holder.press("shareask") == ["share.unasked"]
    if moment == "asked":
        assert other.forge("sharelook", case.id) == ["share.settled"]
    assert holder.forge("shareget", case.id) == ["share.settled"]
    assert not _sent(house) and house.cases[case.id].share is None


def test_given_a_consent_that_no_longer_holds_for_the_whole_then_what_was_said_once_does_not_count(house, team, case):
    """As after merging: a consent holds when it holds for both."""
    house.cases[case.id] = replace(case, agreed=())
    assert team["holder"].command("share", case.ref) == ["share.unasked"]
    team["holder"].forge("more", case.id)
    assert "share" not in [verb for verb, _ in team["holder"].buttons()]


def test_given_a_consent_that_names_other_partners_then_it_does_not_count_for_a_new_one(house, team, case):
    house.partners = ("Newcomer",)
    assert team["holder"].command("share", case.ref) == ["share.unnamed"]
    house.partners = ("Lighthouse", "Newcomer")
    team["holder"].command("share", case.ref)
    assert [arg for verb, arg in team["holder"].buttons() if verb == "shareto"] == ["lighthouse"]
    assert team["holder"].press("shareto", "lighthouse") == ["share.piece"]


def test_given_what_was_shared_when_consent_is_taken_back_then_the_reporter_hears_to_whom_and_when(house, team, case):
    _agreed(team, case)
    team["holder"].press("shareget")
    _withdraw(house, case)
    lines = house.reporter("writer").heard()[-1].message.lines
    (told,) = [line for line in lines if line.id == "consents.shared"]
    assert told.params["partner"] == "Lighthouse"
    assert [each.slot for each in house.effects if isinstance(each, Withdraw)][-1] == f"handed:{case.id}"


def test_given_a_file_that_was_not_passed_on_yet_when_the_report_is_erased_then_it_leaves_the_chat_too(
    house, team, case
):
    _agreed(team, case)
    team["holder"].press("shareget")
    phone = house.reporter("writer")
    phone.command("erase")
    phone.press("erased")
    assert not house.cases
    assert f"handed:{case.id}" in [each.slot for each in house.effects if isinstance(each, Withdraw)]


def test_given_a_question_that_ended_while_a_reason_was_written_then_the_next_words_are_for_something_else(
    house, team, case
):
    _asked(team, case)
    team["other"].press("shareno")
    team["holder"].press("shareno")
    assert team["other"].say("The street is named.") == ["share.settled"]
    assert team["other"].say("Hello?") == ["desk.unasked"]


def test_given_a_partner_who_is_gone_then_the_reporter_still_hears_the_name_on_record(house, case):
    after = replace(case, given=(Given("harbour", house.now),))
    house.partners = ()
    (line,) = consents._given(consents.ConsentId.SHARE, after, house.desk())
    assert line.params["partner"] == "harbour"


# --- The second person ---


def test_given_the_asker_then_they_can_not_agree_to_their_own(house, team, case):
    _asked(team, case)
    assert team["holder"].forge("sharelook", case.id) == ["refused.two"]
    assert team["holder"].forge("shareyes", agreeing(case, house.cases[case.id].share)) == ["refused.two"]
    assert not house.cases[case.id].share.allowed


def test_given_a_case_that_changed_after_the_question_then_neither_yes_nor_file_counts_for_it(house, team, case):
    _asked(team, case)
    team["other"].press("sharelook")
    house.cases[case.id] = replace(house.cases[case.id], level=Level.P4)
    assert team["other"].press("shareyes") == ["share.settled"]
    house.cases[case.id] = replace(house.cases[case.id], level=case.level)
    assert "share.agreed" in team["other"].press("shareyes")
    house.cases[case.id] = replace(house.cases[case.id], level=Level.P4)
    assert team["holder"].press("shareget") == ["share.settled"]
    assert not _sent(house)


def test_given_a_yes_of_somebody_who_was_put_out_since_then_it_has_ended_with_them(house, team, case):
    _agreed(team, case)
    house.members[team["other"].id] = replace(house.members[team["other"].id], active=False)
    assert team["holder"].press("shareget") == ["share.settled"]
    assert not _sent(house)
    assert team["holder"].command("share", case.ref) == ["share.whom"], "it can be asked for anew"


def test_given_a_newer_question_then_a_yes_to_the_older_one_does_not_count(house, team, case):
    _asked(team, case)
    team["other"].press("sharelook")
    older = agreeing(case, house.cases[case.id].share)
    _asked(team, case)
    assert team["other"].forge("shareyes", older) == ["share.settled"]
    assert not house.cases[case.id].share.allowed


def test_given_another_case_opened_after_a_look_then_the_yes_still_counts_for_what_was_looked_at(house, team, case):
    _asked(team, case)
    team["other"].press("sharelook")
    house.reporter("later").report(category="threat")
    later = list(house.cases.values())[-1]
    team["other"].command("claim", later.ref)
    team["other"].command("case", later.ref)
    assert "share.agreed" in team["other"].press("shareyes")
    assert house.cases[case.id].share.allowed


def test_given_the_same_choice_asked_for_again_when_the_case_has_changed_then_the_yes_to_what_was_seen_does_not_count(
    house, team, case
):
    _asked(team, case)
    part = house.cases[case.id].share.part
    team["other"].press("sharelook")
    house.cases[case.id] = replace(house.cases[case.id], level=Level.P4)
    team["holder"].command("share", case.ref)
    team["holder"].forge("shareask", part)
    assert house.cases[case.id].share.part == part
    assert team["other"].press("shareyes") == ["share.settled"]
    assert not house.cases[case.id].share.allowed


def test_given_a_no_with_a_reason_then_the_asker_hears_who_and_the_reason_is_a_note(house, team, case):
    _asked(team, case)
    team["other"].press("shareno")
    assert "share.kept" in team["other"].say("The street is named.")
    assert house.cases[case.id].share is None
    assert Note("The street is named.") in [part.body for part in house.parts[case.id]]
    assert [each.message.id for each in team["holder"].heard()][-1] == "share.kept"
    assert "The street is named." not in str([each.message for each in team["third"].heard()])


def test_given_a_no_without_a_reason_then_it_ends_as_well(house, team, case):
    _asked(team, case)
    team["other"].press("shareno")
    assert "share.kept" in team["other"].press("sharebare")
    assert house.cases[case.id].share is None


def test_given_a_no_that_was_thought_better_of_then_the_way_back_leads_to_what_was_looked_at(house, team, case):
    _asked(team, case)
    team["other"].press("sharelook")
    assert team["other"].press("shareno") == ["share.why"]
    assert team["other"].press("sharelook") == ["bundle.head", "share.look"]
    assert "share.ready" in team["other"].press("shareyes")


def test_given_a_question_of_ones_own_then_it_can_be_taken_back(house, team, case):
    _asked(team, case)
    assert set(team["holder"].press("shareno")) == {"share.kept"}, "to both, and no reason is asked for"
    assert house.cases[case.id].share is None
    assert [entry.action for entry in house.audit][-1] == "share.no"


def test_given_nobody_else_who_may_know_of_it_then_the_asker_is_not_told_that_others_were_asked(house, team, case):
    for each in set(team) - {"holder"}:
        house.members[team[each].id] = replace(house.members[team[each].id], active=False)
    _put_together(team, case)
    assert team["holder"].press("shareask")[0] == "second.nobody"


def test_given_nobody_answers_for_a_day_then_it_ends_and_the_asker_is_told(house, team, case):
    _asked(team, case)
    house.pass_time(hours=25)
    assert house.cases[case.id].share is None
    assert "share.over" in [each.message.id for each in team["holder"].heard()]
    assert ("share.over", "clock") in [(entry.action, entry.actor) for entry in house.audit]


def test_given_a_question_then_requests_show_it_to_who_may_answer(house, team, case):
    _asked(team, case)
    assert team["other"].command("requests") == ["share.asks"]
    assert team["holder"].command("requests") == ["share.waits"], "what one asked oneself, to be taken back"
    team["other"].press("sharelook")
    team["other"].press("shareyes")
    assert team["holder"].command("requests") == ["share.ready"]
    assert team["other"].command("requests") == ["requests.none"]


def test_given_somebody_from_whom_a_case_is_hidden_then_they_can_not_look_at_what_leaves(house, team, case):
    outsider = house.member("outsider", communities=("TJ",))
    house.cases[case.id] = replace(house.cases[case.id], hidden_from=("TJ",))
    _asked(team, house.cases[case.id], "admin")
    assert outsider.forge("sharelook", case.id) == ["refused.no-case"]
    assert team["holder"].forge("share", case.id) == ["refused.no-case"], "of unknown community"


def test_given_a_member_who_does_not_hold_it_then_they_can_not_share(house, team, case):
    assert team["third"].command("share", case.ref) == ["refused.not-holder"]


def test_given_two_reports_merged_then_what_was_given_of_either_is_on_record(house, team, case):
    other = replace(case, id=CaseId("o"), given=(Given("harbour", house.now),))
    merged = _merged(replace(case, given=(Given("lighthouse", house.now),)), other)
    assert [each.partner for each in merged.given] == ["lighthouse", "harbour"]


# --- The file ---


class _Post:
    """A messenger that keeps what it is given, and may be slow."""

    def __init__(self, meanwhile=lambda: None):
        self.uploads, self.deleted, self._meanwhile = [], [], meanwhile

    async def send_file(self, to, upload, protect):
        self._meanwhile()
        self.uploads.append((upload, b"".join([chunk async for chunk in upload.chunks()]), protect))
        return MessageRef("9")

    async def delete(self, to, messages):
        self.deleted += messages


class _Memory:
    """What the errand asks the database."""

    def __init__(self, agrees=True, active=True):
        self.agreed, self.active = agrees, active

    async def agree(self, cases, consent):
        return self.agreed

    async def people(self):
        return People({"m": Member("m", Address("t:1"), Role.RESPONDER, "Bee", active=self.active)})


CONTENT = json.dumps(
    {
        **{"ref": "K7MPQR", "category": "surveil", "origin": ["TJ", "RU"], "host": "DE", "month": "2028-02"},
        **{"level": "P2", "answers": {"also": ["hack", "online"]}, "tlp": "TLP:RED", "words": ["CANARY"]},
        "summary": '=HYPERLINK("https://example.org")\nsecond, line',
    }
)


def _effect(text="words"):
    theirs = pyrage.x25519.Identity.generate()
    house = replace(partner("Lighthouse"), recipient=str(theirs.to_public()))
    message = bundles.Message("bundle.head", {"marking": "TLP:RED", "ref": "K7MPQR"})
    line = bundles.Message("bundle.words", {"text": text})
    return SendBundle(
        Address("t:1"), CaseId("c"), house, CONTENT, replace(message, lines=(line,)), "n" * 22, "handed:c"
    )


async def _errand(memory, post, effect):
    return await files.Bundles(memory, {"t": post}, catalogues()).send(
        Errand(7, b"", Address("t:1"), effect, "en", 1), effect
    )


async def test_given_the_reporter_agrees_then_the_file_goes_and_can_be_passed_on():
    post = _Post()
    assert await _errand(_Memory(), post, _effect()) == Done(7, (MessageRef("9"),))
    ((upload, data, protect),) = post.uploads
    assert (upload.name, upload.size, protect) == ("n" * 22 + ".age", len(data), False)


@pytest.mark.parametrize("memory", [_Memory(agrees=False), _Memory(active=False)], ids=["taken back", "removed"])
async def test_given_a_consent_taken_back_or_a_member_removed_before_delivery_then_nothing_leaves(memory):
    post = _Post()
    assert await _errand(memory, post, _effect()) == Done(7)
    assert not post.uploads


async def test_given_a_consent_taken_back_while_the_file_is_on_its_way_then_it_is_taken_out_of_the_chat():
    memory = _Memory()
    post = _Post(lambda: setattr(memory, "agreed", False))
    assert await _errand(memory, post, _effect()) == Done(7)
    assert post.deleted == [MessageRef("9")]


def test_given_short_and_longer_words_then_the_files_are_of_one_size_and_the_same_files_the_same_tar():
    sizes = {len(files.packed(_effect("x" * length), catalogues()["ru"])) for length in (1, 100, 5000)}
    assert len(sizes) == 1
    assert files.tarred({"a": "b"}) == files.tarred({"a": "b"})


def test_given_words_that_would_act_in_markdown_then_they_are_shown_to_the_letter():
    text = files.markdown(_effect("![x](https://example.org/x) <img src=x>\n# head").summary, catalogues()["en"])
    assert r"\!\[x\]" in text and r"\<img" in text and "\n  \\# head" in text


# --- The row for Uwazi ---


def test_given_a_bundle_then_its_row_keeps_uwazis_rules_and_has_no_word_of_the_reporter():
    text = uwazi.table([CONTENT])
    ((row),) = csv.DictReader(io.StringIO(text))
    assert (row["title"], row["also"], row["origin_state"]) == ("K7MPQR", "hack|online", "TJ|RU")
    assert row["month"] == "2028-02-01:2028-02-29", "a range: no day is given"
    assert row["huridocs_act"] == uwazi.ACTS["surveil"]
    assert row["summary"].startswith("'=") and row["summary"].endswith("second, line")
    assert "CANARY" not in text and not text.startswith("\ufeff")


@pytest.mark.parametrize("sign", "=+-@\t\r")
def test_given_a_summary_that_a_spreadsheet_would_run_then_it_is_text(sign):
    ((row),) = csv.DictReader(io.StringIO(uwazi.table([json.dumps(json.loads(CONTENT) | {"summary": sign + "1"})])))
    assert row["summary"][0] == "'"
