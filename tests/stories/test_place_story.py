"""A shared location: its country, and nothing else, unless the person says before that the point matters."""

import asyncio
from pathlib import Path

import pytest

from bot.sandbox.attachments import THINGS
from bot.sandbox.chats import Person
from handlers.model import Country, Level, Location, MessageRef, Story
from tests.seized import seized
from tests.stories.rehearsal import BOT, newest, rehearsal

POINT = "52.229700, 21.012200"
WARSAW = Location(MessageRef("70"), ("PL",), POINT)
BORDER = Location(MessageRef("71"), ("PL", "DE"), "52.345000, 14.560000")
AT_SEA = Location(MessageRef("72"), (), "30.000000, -40.000000")


def _draft(house, phone):
    return house.conversations[phone.address].draft


def _writing(house, upto="host", **answers):
    phone = house.reporter()
    phone.begin()
    phone.fill(upto=upto, **answers)
    return phone


def test_given_the_question_where_one_is_when_a_location_comes_then_one_press_answers_it_with_the_country(house):
    phone = _writing(house)
    assert phone.bring(WARSAW) == ["place.one"]
    assert phone.heard()[-1].message.params["country"] == Country("PL")
    assert phone.press("here") == ["question.about"]
    assert _draft(house, phone).answers["host"] == ("PL",)
    assert POINT not in repr(house.conversations) and POINT not in repr(house.effects)


def test_given_any_other_question_when_a_location_comes_then_the_country_is_kept_and_the_question_stays(house):
    phone = _writing(house, upto="when")
    phone.bring(WARSAW)
    assert phone.press("here") == ["question.when"]
    assert _draft(house, phone).answers["host"] == ("PL",)
    phone.fill()
    assert "question.host" not in [said.message.id for said in phone.heard()]


def test_given_danger_now_when_a_location_is_shared_then_its_country_goes_with_the_report_and_its_numbers_are_told(
    house,
):
    phone = house.reporter()
    phone.begin()
    phone.press("a", "now")
    phone.bring(WARSAW)
    phone.press("here")
    phone.say("They are at the door.")
    phone.press("send")
    (case,) = house.cases.values()
    assert (case.level, case.host) == (Level.P1, "PL")
    assert any("numbers" in line.params for said in phone.heard() for line in said.message.lines)


def test_given_a_place_near_a_border_then_the_person_says_which_side(house):
    phone = _writing(house)
    assert phone.bring(BORDER) == ["place.several"]
    assert [button for button in phone.buttons() if button[0] == "here"] == [("here", "PL"), ("here", "DE")]
    phone.press("here", "DE")
    assert _draft(house, phone).answers["host"] == ("DE",)


@pytest.mark.parametrize("event", [AT_SEA, Location(MessageRef("73"), ("XK",), "42.660000, 21.160000")])
def test_given_a_place_whose_country_is_not_known_then_that_is_said_and_the_question_stays(house, event):
    phone = _writing(house)
    assert phone.bring(event) == ["place.unknown", "question.host"]
    assert "host" not in _draft(house, phone).answers


def test_given_a_location_when_it_is_to_be_forgotten_then_nothing_changed(house):
    phone = _writing(house)
    before = _draft(house, phone)
    phone.bring(WARSAW)
    assert phone.press("stay") == ["question.host"]
    assert _draft(house, phone) == before


def test_given_exactness_matters_when_the_location_is_sent_again_then_it_is_words_of_their_own(house):
    phone = _writing(house)
    phone.bring(WARSAW)
    assert phone.press("exact") == ["place.exact"]
    assert POINT not in repr(house.conversations)
    assert phone.bring(WARSAW) == ["place.kept", "question.host"]
    phone.fill(words="Here.")
    assert POINT in repr(phone.heard()[-1].message), "shown in the review"
    phone.press("send")
    (parts,) = house.parts.values()
    assert [part.body.words for part in parts if isinstance(part.body, Story)] == [(POINT, "Here.")]
    assert POINT not in repr(house.cases)


def test_given_an_exact_point_kept_when_it_is_taken_out_again_then_it_is_gone(house):
    phone = _writing(house)
    phone.bring(WARSAW)
    phone.press("exact")
    phone.bring(WARSAW)
    phone.press("unsay")
    assert not _draft(house, phone).words


@pytest.mark.parametrize("then", ["stay", "words", "skip"])
def test_given_exactness_asked_for_and_something_else_done_then_the_next_location_is_not_kept(house, then):
    phone = _writing(house)
    phone.bring(WARSAW)
    phone.press("exact")
    if then == "words":
        phone.say("On second thoughts I would rather not say where exactly I am.")
    else:
        phone.press("stay")
    if then == "skip":
        phone.press("skip")
    assert phone.bring(WARSAW) == ["place.one"]
    assert POINT not in repr(house.conversations)


@pytest.mark.parametrize("event", [WARSAW, AT_SEA, BORDER])
def test_given_a_live_location_then_the_person_is_told_to_stop_it(house, event):
    phone = _writing(house)
    phone.bring(Location(event.message, event.countries, event.point, live=True))
    assert "place.live" in [line.id for said in phone.heard()[-2:] for line in said.message.lines]


def test_given_no_report_being_written_when_a_location_comes_then_nothing_of_it_is_kept(house):
    phone = house.reporter()
    assert phone.bring(WARSAW)[0] == "location.dropped"
    phone.command("start")
    phone.press("lang", "en")
    phone.press("agree")
    phone.command("help")
    assert phone.bring(WARSAW)[0] == "location.dropped"
    assert "PL" not in repr(house.conversations) and POINT not in repr(house.conversations)


def _bytes_of(folder: Path) -> bytes:
    return b"\0".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def test_given_the_country_only_when_the_state_folder_is_opened_with_every_key_then_the_point_is_nowhere(
    tmp_path: Path,
):
    shared = THINGS["location"](Person(1, "Somebody", "somebody", "en"))
    async with rehearsal(tmp_path) as stage:
        phone = stage.phone("Somebody")
        await phone.start(BOT)
        await stage.quiet()
        for verb, arg in (("lang", "en"), ("agree", ""), ("a", "not_now")):
            await stage.press(phone, verb, arg)
        await phone.attach("location")
        await stage.quiet()
        async with seized(tmp_path / "state", stage.app.settings.database) as keys:
            before = await keys.layer_one()
        assert newest(phone.chat(BOT), "here", "DE")
        await stage.press(phone, "here", "DE")
        async with seized(tmp_path / "state", stage.app.settings.database) as keys:
            after = await keys.layer_one()
    assert any(b"\xa2DE" in value.plain for value in after if value.column == "conversations.body")
    written = await asyncio.to_thread(_bytes_of, tmp_path)
    for number in shared.values():
        short = str(number).encode()
        assert not [value.column for value in (*before, *after) if short in value.plain]
        assert short not in written
