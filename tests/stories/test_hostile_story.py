"""People who mean harm: they flood, race, replay and press what was not offered."""

import time

import pytest

from handlers import forms
from handlers.caution import traces
from handlers.model import (
    Attachment,
    BlobId,
    Contact,
    Discard,
    Download,
    Downloaded,
    Enrolled,
    FileKind,
    FileRef,
    GrantPool,
    Invitation,
    MessageRef,
    Part,
    PartId,
    Role,
    Send,
    StoredFile,
    Token,
    Unlock,
)
from handlers.reporter.follow import TOKENS

LONGEST = "w" * 4096


def _picture(ref: str) -> Attachment:
    return Attachment(FileKind.PHOTO, FileRef(f"f{ref}"), message=MessageRef(ref))


def _sealed(source: Attachment) -> Downloaded:
    return Downloaded(source, StoredFile(BlobId("b" * 32), b"k", FileKind.PHOTO, 1, b"d"))


def _newcomer(house, role=Role.RESPONDER):
    secret = house.new_id()
    house.invitations[secret] = Invitation(role, "New", house.now.replace(year=2027))
    phone = house.reporter("new")
    phone.join(secret)
    phone.press("noted")
    return phone


def test_given_a_key_made_anew_after_the_words_were_compared_when_the_old_card_is_approved_then_nothing_is_granted(
    house,
):
    admin = house.member("admin", Role.ADMIN)
    newcomer = _newcomer(house)
    (member,) = [each for each in house.members.values() if each.address == newcomer.address]
    newcomer.bring(Enrolled(member.id, b"another key", b"wrap", ("five", "six", "seven", "eight"), "p a s s e s"))
    assert admin.press("approve") == ["approve.gone"]
    assert not any(isinstance(effect, GrantPool) for effect in house.effects)
    admin.command("team")
    admin.press("approve")
    assert any(isinstance(effect, GrantPool) for effect in house.effects), "with the present words it goes on"


def test_given_many_passphrases_at_once_when_none_is_answered_yet_then_no_more_than_five_are_tried(house, monkeypatch):
    phone = house.member("resp", unlocked=False)
    carry_out = house._carry_out
    monkeypatch.setattr(
        house, "_carry_out", lambda to, effect: None if isinstance(effect, Unlock) else carry_out(to, effect)
    )
    said = [phone.command("unlock", f"guess number {n}") for n in range(20)]
    assert said.count(["unlock.paused"]) == 15


def test_given_a_case_on_its_way_to_its_holder_then_nothing_of_it_can_be_read_on_disk_after_this_process(house):
    responder = house.member("resp")
    house.reporter().report(category="threat", words="SECRET STORY")
    (case,) = house.cases.values()
    responder.press("claim", case.id)
    before = len(house.said)
    responder.press("open", case.id)
    told = [each for each in house.said[before:] if "SECRET" in repr(each)]
    assert told
    assert all(isinstance(each, Send) and each.volatile for each in told)


def test_given_words_without_end_when_a_report_is_written_then_the_draft_stops_growing_and_says_so(house):
    phone = house.reporter()
    phone.begin()
    said = [phone.say(LONGEST) for _ in range(30)]
    assert said[-1] == ["words.full"]
    draft = house.conversations[phone.address].draft
    assert sum(len(passage.text) for passage in draft.words) <= forms.DRAFT_LENGTH


@pytest.mark.parametrize("began", [False, True])
def test_given_words_without_end_when_nobody_asked_for_them_then_no_more_is_held(house, began):
    phone = house.reporter()
    if began:
        phone.begin()
        phone.command("cancel")
    said = [phone.say(LONGEST) for _ in range(30)]
    assert said[-1] == ["words.full"]


def test_given_files_without_end_then_no_more_are_fetched_than_can_wait(house):
    phone = house.reporter()
    phone.report()
    phone.command("report")
    for n in range(2 * forms.FILES_WAITING):
        phone.bring(_picture(f"d{n}"))
    assert sum(isinstance(effect, Download) for effect in house.effects) == forms.FILES_WAITING


def test_given_a_file_still_on_its_way_when_the_draft_is_cancelled_then_it_reaches_no_earlier_report(house):
    phone = house.reporter()
    phone.report()
    (case,) = house.cases.values()
    phone.command("report")
    phone.bring(_picture("p1"))
    phone.command("cancel")
    parts = list(house.parts[case.id])
    phone.bring(_sealed(_picture("p1")))
    assert house.parts[case.id] == parts
    assert isinstance(house.effects[-1], Discard)


def test_given_a_file_still_on_its_way_when_the_report_is_sent_then_it_follows_into_it(house):
    phone = house.reporter()
    phone.begin()
    phone.bring(_picture("p1"))
    phone.press("a", "not_now")
    phone.press("a", "other")
    while "send" not in [verb for verb, _ in phone.buttons()]:
        verbs = [verb for verb, _ in phone.buttons()]
        phone.press(next(verb for verb in ("skip", "done", "a") if verb in verbs))
    phone.press("send")
    assert phone.bring(_sealed(_picture("p1")))[0] == "file.sealed"


def test_given_one_reporter_who_writes_without_end_then_the_team_is_rung_once_until_somebody_reads(house):
    responder = house.member("resp")
    phone = house.reporter()
    phone.report()
    phone.press("add")
    before = len(responder.heard())
    for n in range(10):
        phone.say(f"more {n}")
    assert [said.message.id for said in responder.heard()[before:]] == ["case.more"]


def test_given_words_in_answer_to_a_message_of_an_erased_report_then_they_are_held_and_not_lost(house):
    phone = house.reporter()
    phone.report()
    said = phone.say("they are back", reply=Token("x" * 22))
    assert said == ["case.gone", "held.ask"]
    assert [passage.text for passage in house.conversations[phone.address].held] == ["they are back"]
    stranger = house.reporter("stranger")
    assert stranger.say("help", reply=Token("x" * 22))[0] == "case.gone"
    assert [passage.text for passage in house.conversations[stranger.address].held] == ["help"]


def test_given_a_reporter_who_joins_the_team_then_nothing_in_their_chat_leads_to_their_report(house):
    phone = house.reporter("new")
    phone.report()
    assert house.conversations[phone.address].tokens
    secret = house.new_id()
    house.invitations[secret] = Invitation(Role.RESPONDER, "New", house.now.replace(year=2027))
    phone.command("join", secret)
    assert not house.conversations[phone.address].tokens


def test_given_rows_put_in_another_order_then_answers_go_to_where_the_reporter_was_last_by_the_sealed_time(house):
    responder = house.member("resp")
    phone = house.reporter()
    phone.report()
    (case,) = house.cases.values()
    later = house.now.replace(hour=13)
    moved = Part(PartId("m" * 22), later, "reporter", Contact(house.reporter("safe").address, "en"))
    house.parts[case.id].insert(0, moved)
    responder.press("claim", case.id)
    responder.answer(case, "hello")
    assert house.reporter("safe").heard()[-1].message.id == "relay.reply"


def test_given_a_code_typed_again_and_again_then_the_chat_remembers_a_bounded_number_of_ways_in(house):
    phone = house.reporter()
    phone.report()
    code = next(said.message.params["code"] for said in phone.heard() if said.message.id == "sent.code")
    for _ in range(2 * TOKENS):
        phone.command("code", code)
    assert len(house.conversations[phone.address].tokens) == TOKENS


@pytest.mark.parametrize("text", ["a" * 4096, "a." * 2048, "a@" + "a" * 4094, "1-" * 2048, "№" * 4096])
def test_given_a_text_made_to_be_slow_then_looking_for_traces_is_not(text):
    began = time.thread_time()
    traces(text)
    assert time.thread_time() - began < 0.1
