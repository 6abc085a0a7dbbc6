"""Correcting an advisory that is out: new words in the place of the old ones, seen by two before anybody reads them."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from handlers import approved
from handlers.model import Advise, Choice, MessageRef, Role, Step, Token
from handlers.office import progress

OLD, NEW = "Call +48 111.", "Call +48 222."


@pytest.fixture
def admins(house):
    house.subscribers = {"en": 40, "ru": 7}
    return house.member("author", Role.ADMIN), house.member("second", Role.ADMIN)


@pytest.fixture
def out(house, admins):
    """An advisory in two languages that everybody has; when it was asked for is an hour ago."""
    author, second = admins
    author.command("advise")
    for language, text in (("en", OLD), ("ru", "Звоните.")):
        author.press("advlang", language)
        author.say(text)
    author.press("preview")
    author.press("advsend")
    second.press("advyes")
    sent = house.advisory
    house.advisories[sent.id] = replace(sent, state="done", sent=46, copies=45, left=0)
    house.now += timedelta(hours=1)
    author.bring(Choice("advshow", sent.id, message=MessageRef("1")))
    return house.advisories[sent.id]


def write(author, text=NEW, language="en"):
    author.press("advfix")
    author.press("advlang", language)
    author.say(text)
    return author.press("preview")


def ask(author, *rest):
    write(author)
    for each in rest:
        author.press("advrest", each)
    return author.press("advsend")


def lines(phone):
    return {each.id: each for each in phone.heard()[-1].message.lines}


def begun(house):
    return [each.advisory for each in house.effects if isinstance(each, Advise) and each.advisory.turn]


def deeds(house):
    return [entry.action for entry in house.audit if entry.action.startswith("advise")]


def test_given_a_wrong_word_when_it_is_corrected_then_two_see_what_readers_will_and_each_copy_says_since_when(
    house, admins, out
):
    author, second = admins
    assert ask(author) == ["advise.fix.asked", "advise.preview", "advise.fix.question"]
    preview, question = (each.message for each in second.heard()[-2:])
    assert not begun(house), "nobody has said yes"
    assert second.press("advyes") == ["advise.fix.running"]
    (correction,) = begun(house)
    assert approved.intact(correction) and (correction.of, correction.turn) == (out.id, 1)
    read = approved.copy(correction, "en", Token("t" * 22), "pomegranate")
    assert (read.id, read.params["word"]) == ("safe.sign", "pomegranate")
    (body,) = read.lines
    assert body == preview.lines[0], "to the byte"
    assert (body.params["number"], body.params["day"].at, body.params["text"]) == (1, out.day, NEW)
    assert body.lines[0].params == {"at": "2026-11-23 13:00 UTC"}
    assert question.lines[0].params == {"copies": 45, "sent": 46}
    assert deeds(house)[-3:] == ["advise.asked", "advise.approved", "advise.corrected"]
    assert {entry.detail for entry in house.audit[-3:]} == {correction.id}, "the digest of what was approved"


def test_given_a_language_without_a_new_text_then_the_question_says_whether_its_copies_stay_or_go(house, admins, out):
    author, second = admins
    write(author)
    assert lines(author)["advise.fix.stay"].params["languages"].id == "language.ru"
    author.press("advrest", "drop")
    assert "advise.fix.drop" in lines(author)
    author.press("advrest", "stay")
    author.press("advrest", "drop")
    author.press("advsend")
    assert "advise.fix.drop" in lines(second)
    second.press("advyes")
    (correction,) = begun(house)
    assert (correction.drop, approved.changes(correction, "ru")) == (True, True)
    assert list(approved.sources(out, [correction])) == ["en"], "who still waits for the other gets none"
    assert approved.sources(out, [replace(correction, drop=False)]) == {"en": out, "ru": out}, "not what was approved"


def test_given_a_text_that_is_written_then_what_stands_in_the_chats_is_shown_to_copy_from(house, admins, out):
    author, _ = admins
    author.press("advfix")
    assert author.press("advlang", "en") == ["advise.write"]
    assert lines(author)["advisory.text"].params["text"] == OLD
    author.say(NEW)
    author.press("preview")
    author.press("advsend")
    admins[1].press("advyes")
    author.bring(Choice("advfix", out.id, message=MessageRef("1")))
    author.press("advlang", "en")
    assert lines(author)["advisory.text"].params["text"] == NEW, "after the first correction"


@pytest.mark.parametrize("what", ["texts", "of", "drop", "first"])
def test_given_a_correction_that_was_changed_behind_their_backs_then_a_yes_to_it_changes_nothing(
    house, admins, out, what
):
    author, second = admins
    ask(author)
    asked = house.advisory
    other = {"texts": {"en": "Call me."}, "of": asked.id, "drop": True, "first": house.now}
    house.advisories[asked.id] = replace(asked, **{what: other[what]})
    assert set(second.press("advyes")) == {"advise.fix.altered"}
    assert not begun(house) and deeds(house)[-1] == "advise.altered"


def test_given_its_author_or_two_days_then_no_yes_counts(house, admins, out):
    author, second = admins
    ask(author)
    assert author.bring(Choice("advyes", house.advisory.id, message=MessageRef("1"))) == ["refused.two"]
    house.advisories[out.id] = replace(out, begun=house.now - progress.RECALL)
    assert second.press("advyes") == ["advise.fix.late", "advise.fix.void"]
    assert not begun(house) and deeds(house)[-1] == "advise.over"
    assert author.bring(Choice("advfix", out.id, message=MessageRef("1"))) == ["advise.fix.late"]
    assert house.conversations[author.address].step is Step.HOME


def test_given_a_question_near_the_end_of_the_two_days_then_it_ends_with_them(house, admins, out):
    author, _ = admins
    house.advisories[out.id] = replace(out, begun=house.now - progress.RECALL + timedelta(hours=2))
    ask(author)
    assert house.advisory.until == house.now + timedelta(hours=2)


def test_given_a_question_when_its_author_changes_it_then_it_is_a_draft_of_the_same_correction(house, admins, out):
    author, second = admins
    ask(author, "drop")
    assert author.press("advedit") == ["advise.fix.menu", "advise.fix.void"]
    draft = house.conversations[author.address].advisory
    assert (draft.of, draft.texts, draft.drop) == (out.id, {"en": NEW}, True)
    author.press("preview")
    author.press("advsend")
    assert second.press("advyes") == ["advise.fix.running"]


def test_given_another_draft_when_one_is_to_be_corrected_then_it_is_not_lost(house, admins, out):
    author, _ = admins
    author.command("advise")
    author.press("advlang", "en")
    author.say("Something else.")
    assert author.bring(Choice("advfix", out.id, message=MessageRef("1"))) == ["advise.busy"]
    assert house.conversations[author.address].advisory.texts == {"en": "Something else."}


def test_given_a_correction_under_way_then_it_is_paused_resumed_stopped_and_never_corrected_itself(house, admins, out):
    author, second = admins
    ask(author)
    second.press("advyes")
    assert author.press("advhold") == ["advise.fix.held", "advise.fix.held"]
    assert second.press("advgo") == ["advise.fix.running"]
    assert author.press("advstop") == ["advise.fix.stop"]
    assert author.press("advend") == ["advise.fix.stopped", "advise.fix.stopped"]
    assert "advfix" not in {verb for verb, _ in author.buttons()}
    author.bring(Choice("advfix", house.advisory.id, message=MessageRef("1")))
    assert house.conversations[author.address].advisory.of == out.id, "never a correction of a correction"


@pytest.mark.parametrize("then", ["advwipe", "advfix"])
def test_given_a_correction_under_way_when_the_next_begins_then_it_ends_where_it_is(house, admins, out, then):
    author, second = admins
    ask(author)
    second.press("advyes")
    first = house.advisory
    if then == "advwipe":
        author.bring(Choice("advwipe", out.id, message=MessageRef("1")))
    else:
        author.bring(Choice("advfix", out.id, message=MessageRef("1")))
        author.press("advlang", "en")
        author.say("Call +48 333.")
        author.press("preview")
        author.press("advsend")
        second.press("advyes")
    assert house.advisories[first.id].state == "stopped"
    assert house.advisory.turn == 2
    left = {code: each.id for code, each in approved.sources(out, begun(house)).items()}
    assert left == ({} if then == "advwipe" else {"en": house.advisory.id, "ru": out.id})


def test_given_one_that_was_taken_back_then_there_is_nothing_to_correct(house, admins, out):
    author, _ = admins
    author.bring(Choice("advwipe", out.id, message=MessageRef("1")))
    assert author.bring(Choice("advfix", out.id, message=MessageRef("1"))) == ["advise.fix.late"]


def test_given_requests_then_a_correction_waits_there_under_its_own_name(house, admins, out):
    author, second = admins
    ask(author)
    assert second.command("requests") == ["advise.fix.waiting"]
    assert second.press("advshow") == ["advise.preview", "advise.fix.question"]
    assert second.press("advno") == ["advise.no.why"]
    second.say("The number is right.")
    assert house.advisory.state == "void" and not begun(house)


def test_given_emoji_then_a_text_is_as_long_as_messengers_count_it(house, admins, out):
    author, _ = admins
    author.press("advfix")
    author.press("advlang", "en")
    assert author.say("🔥" * 1751) == ["advise.long"], "it would be two messages, of which one can't be corrected"
    assert author.say("🔥" * 1750) == ["advise.fix.menu"]
