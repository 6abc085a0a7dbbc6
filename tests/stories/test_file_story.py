"""Files on their way: from a reporter into a case, and as copies to the one who holds it."""

import pytest

from handlers.model import (
    Attachment,
    BlobId,
    Downloaded,
    File,
    FileKind,
    FileRef,
    MessageRef,
    Seal,
    SendFile,
    StoredFile,
    Uncleanable,
    Uncleaned,
)

SECRET_NAME = "passport of Dilnoza.jpg"


def _file(number=1, kind=FileKind.DOCUMENT):
    return Attachment(kind, FileRef(f"f{number}"), 1000, SECRET_NAME, "image/jpeg", message=MessageRef(f"m{number}"))


def _stored(number=1):
    return StoredFile(BlobId(f"b{number}"), b"k", FileKind.DOCUMENT, 1000, b"digest", SECRET_NAME, "image/jpeg")


@pytest.fixture
def opened(house):
    """A responder has opened a case that holds two files."""
    responder, reporter = house.member("resp"), house.reporter()
    reporter.report(category="threat")
    reporter.press("add")
    for number in (1, 2):
        (case,) = house.cases
        house.bring(reporter.address, Downloaded(_file(number), _stored(number), case=case))
    responder.press("claim")
    responder.press("open")
    return responder


def _files(house):
    ((_, parts),) = house.parts.items()
    return [part for part in parts if isinstance(part.body, File)]


def _sent(house):
    return [effect for effect in house.effects if isinstance(effect, SendFile)]


def test_given_a_file_when_its_button_is_pressed_then_a_cleaned_copy_is_sent_under_the_cases_name(house, opened):
    second = _files(house)[1]
    assert opened.press("file", second.id) == ["file.cleaning"]
    (sending,) = _sent(house)
    (case,) = house.cases.values()
    assert sending.cleaned and sending.part == second.id
    assert sending.name == f"{case.ref}-2"
    assert house.audit[-1].action == "file" and SECRET_NAME not in repr(house.audit)


def test_given_a_file_that_can_not_be_cleaned_then_the_responder_hears_why_and_may_ask_for_the_original(house, opened):
    (case,) = house.cases
    part = _files(house)[0].id
    assert opened.bring(Uncleaned(case, part, Uncleanable.DISGUISED)) == ["file.uncleaned"]
    assert opened.heard()[-1].message.params["why"].id == "file.why.disguised"
    colleague = house.member("colleague")
    assert opened.press("original", part) == ["original.waits", "original.ask"]
    colleague.press("vouch")
    assert opened.press("original", part) == ["file.warning"]
    (sending,) = _sent(house)
    assert not sending.cleaned and sending.file == _stored(1)
    assert house.audit[-1].action == "original"


@pytest.mark.parametrize("reason", [Uncleanable.GONE, Uncleanable.REFUSED])
def test_given_a_file_that_can_not_be_sent_at_all_then_no_original_is_offered(house, opened, reason):
    (case,) = house.cases
    assert opened.bring(Uncleaned(case, _files(house)[0].id, reason)) == ["file.unsent"]
    assert not opened.heard()[-1].message.choices


def test_given_a_case_that_was_handed_on_when_a_copy_fails_then_its_former_holder_gets_no_original(house, opened):
    (case,) = house.cases
    opened.press("release")
    assert opened.bring(Uncleaned(case, _files(house)[0].id, Uncleanable.BROKEN)) == ["refused.not-holder"]


def test_given_locked_keys_when_an_original_is_wanted_then_it_stays_sealed(house, opened):
    (case,) = house.cases
    part = _files(house)[0].id
    opened.bring(Uncleaned(case, part, Uncleanable.BROKEN))
    opened.command("lock")
    assert opened.press("original", part)[0].startswith("refused.")
    assert not _sent(house)


def test_given_the_file_of_another_case_when_its_old_button_is_pressed_then_nothing_is_sent(house, opened):
    reporter = house.reporter("second")
    reporter.report(category="threat")
    opened.press("claim")
    opened.press("open")
    assert opened.press("file") == ["file.elsewhere"]
    assert not _sent(house)


@pytest.mark.parametrize("reason", Uncleanable)
def test_every_reason_has_its_sentence(reason):
    from bot.i18n import catalogues

    for catalogue in catalogues().values():
        assert catalogue.text(f"file.why.{reason.value}")


def test_given_several_files_when_they_arrive_then_only_the_first_is_told_what_a_file_keeps(house):
    reporter = house.reporter()
    reporter.begin()
    assert reporter.bring(_file(1)) == ["file.coming"]
    assert reporter.bring(_file(2)) == ["file.more.coming"]
    reporter.bring(Downloaded(_file(1), _stored(1)))
    assert reporter.bring(_file(3)) == ["file.more.coming"]


def test_given_a_photo_when_it_arrives_then_nothing_is_said_of_hidden_data(house):
    reporter = house.reporter()
    reporter.begin()
    assert reporter.bring(_file(1, FileKind.PHOTO)) == ["file.photo.coming"]


@pytest.mark.parametrize("fault", ["large", "empty", "gone"])
def test_given_a_file_that_could_not_be_had_then_the_person_hears_why_and_nothing_is_kept(house, fault):
    reporter = house.reporter()
    reporter.begin()
    reporter.bring(_file(1))
    assert reporter.bring(Downloaded(_file(1), fault=fault)) == [f"file.{fault}"]
    assert reporter.heard()[-1].message.params["megabytes"] == 20
    draft = house.conversations[reporter.address].draft
    assert (draft.files, draft.waiting) == ((), ())
    assert not [effect for effect in house.effects if isinstance(effect, Seal)]
