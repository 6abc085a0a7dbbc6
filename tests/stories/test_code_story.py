"""The way back by the code: looked up in its own time, in any spelling, and not for ever in a row."""

from datetime import timedelta
from pathlib import Path

import pytest

from handlers import clocks, codes
from handlers.model import Invitation, KeepCode, Role, Said, Step, Stretch
from tests.stories.conftest import WORDS
from tests.stories.rehearsal import BOT, rehearsal

LOST = [codes.spell(f"{n:020x}", WORDS) for n in range(20)]
"""Codes that hold together and lead nowhere."""


def _code(phone):
    return next(said.message.params["code"] for said in phone.heard() if said.message.id == "sent.code")


def _asked(house):
    return [effect for effect in house.effects if isinstance(effect, Stretch) and not effect.case]


@pytest.fixture
def finish(house, monkeypatch):
    """Codes wait to be stretched until this is called."""
    carry_out, waiting = house._carry_out, []

    def put_off(address, effect):
        if isinstance(effect, Stretch):
            waiting.append((address, effect))
        else:
            carry_out(address, effect)

    def finish():
        while waiting:
            carry_out(*waiting.pop(0))

    monkeypatch.setattr(house, "_carry_out", put_off)
    return finish


def test_given_codes_that_lead_nowhere_when_five_were_looked_up_then_the_next_waits_and_each_pause_is_longer(house):
    phone = house.reporter()
    said = [phone.command("code", lost) for lost in LOST[:6]]
    assert said == [["code.looking", "code.unknown"]] * 5 + [["code.paused"]]
    pauses = []
    for lost in LOST[6:16]:
        pauses.append(phone.heard()[-1].message.params["wait"].minutes)
        house.now += timedelta(minutes=pauses[-1])
        assert phone.command("code", lost) == ["code.looking", "code.unknown"]
        assert phone.command("code", lost) == ["code.paused"]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert len(_asked(house)) == 15


def test_given_a_pause_when_it_is_over_then_the_right_code_is_found_and_all_tries_are_forgotten(house):
    sender, phone = house.reporter("sender"), house.reporter()
    sender.report()
    for lost in LOST[:7]:
        phone.command("code", lost)
    assert phone.command("code", _code(sender)) == ["code.paused"]
    house.now += clocks.CODE_PAUSE
    assert phone.command("code", _code(sender)) == ["code.looking", "code.found"]
    assert phone.command("code", LOST[0]) == ["code.looking", "code.unknown"]


def test_given_words_that_were_mistyped_then_they_are_named_and_do_not_count(house):
    phone = house.reporter()
    words = LOST[0].split()
    for _ in range(20):
        assert phone.command("code", " ".join(["qqqqq", *words[1:]])) == ["code.word"]
        assert phone.command("code", " ".join(reversed(words))) == ["code.mistyped"]
    assert not _asked(house)
    assert phone.command("code", LOST[0]) == ["code.looking", "code.unknown"]


def test_given_a_hundred_codes_before_the_first_is_answered_then_no_more_than_five_are_looked_up(house, finish):
    phone = house.reporter()
    said = [phone.command("code", codes.spell(f"{n:020x}", WORDS)) for n in range(100)]
    assert said.count(["code.looking"]) == clocks.CODES_ALLOWED


def test_given_a_chat_that_was_left_while_its_code_was_looked_up_then_nothing_appears_in_it(house, finish):
    sender, phone = house.reporter("sender"), house.reporter()
    sender.report()
    finish()
    phone.command("code", _code(sender))
    phone.command("x")
    finish()
    assert phone.heard()[-1].message.id == "exit.done"
    assert phone.address not in house.conversations


def test_given_a_report_that_is_erased_before_its_code_is_kept_then_no_code_is_kept(house, finish):
    phone = house.reporter()
    phone.report()
    phone.press("erase")
    phone.press("erased")
    finish()
    assert not any(isinstance(effect, KeepCode) for effect in house.effects)
    assert phone.address not in house.conversations, "and nothing of the chat comes back"


def test_given_a_reporter_who_joins_the_team_before_their_code_is_kept_then_it_leads_back_all_the_same(house, finish):
    phone = house.reporter("new")
    phone.report()
    code, secret = _code(phone), house.new_id()
    house.invitations[secret] = Invitation(Role.RESPONDER, "New", house.now.replace(year=2027))
    phone.command("join", secret)
    finish()
    elsewhere = house.reporter("elsewhere")
    elsewhere.command("code", code)
    finish()
    assert elsewhere.heard()[-1].message.id == "code.found"


def test_given_somebody_who_began_a_report_while_their_code_was_looked_up_then_the_form_stays_where_it_is(
    house, finish
):
    phone, sender = house.reporter(), house.reporter("sender")
    sender.report()
    finish()
    phone.begin()
    phone.command("code", _code(sender))
    phone.command("report")
    asked = phone.asked()
    finish()
    assert phone.heard()[-1].message.id == "code.found"
    assert house.conversations[phone.address].step is Step.FORM
    assert phone.asked() == asked


def test_given_a_held_case_when_its_code_is_typed_then_its_holder_is_told_once_and_sees_where_answers_moved(house):
    responder, sender, elsewhere = house.member("resp"), house.reporter("sender"), house.reporter("elsewhere")
    sender.report()
    responder.press("claim")
    before = len(sender.heard())
    for _ in range(3):
        elsewhere.command("code", _code(sender))
    assert [said.message.id for said in responder.heard()].count("case.moved") == 1
    opened = responder.press("open")
    assert opened.count("case.elsewhere") == 1
    assert elsewhere.address not in repr(responder.heard()[-len(opened) :]), "and not where"
    elsewhere.command("code", _code(sender))
    assert responder.heard()[-1].message.id == "case.moved", "they had looked since"
    assert len(sender.heard()) == before, "whoever holds the earlier phone learns nothing"


def test_given_a_code_that_was_used_when_the_first_chat_writes_again_then_answers_follow_it_and_the_holder_sees_it(
    house,
):
    responder, owner, thief = house.member("resp"), house.reporter("owner"), house.reporter("thief")
    owner.report()
    responder.press("claim")
    thief.command("code", _code(owner))
    (case,) = house.cases.values()
    house.now += timedelta(minutes=1)
    responder.answer(case, "hello")
    assert thief.heard()[-1].message.id == "relay.reply"
    house.now += timedelta(minutes=1)
    owner.press("add")
    owner.say("it is me")
    responder.answer(case, "hello again")
    assert owner.heard()[-1].message.id == "relay.reply"
    assert responder.press("open").count("case.elsewhere") == 2


def test_given_a_report_whose_code_nobody_used_when_its_chat_writes_then_no_address_is_added(house):
    phone = house.reporter()
    phone.report()
    phone.press("add")
    phone.say("more")
    ((*_, last),) = house.parts.values()
    assert isinstance(last.body, Said)


async def test_given_a_report_when_its_code_is_typed_elsewhere_in_short_and_in_capitals_then_it_is_found(
    tmp_path: Path,
) -> None:
    async with rehearsal(tmp_path) as house:
        admin, sender, elsewhere = (house.phone(name) for name in ("Ada", "Sender", "Elsewhere"))
        await house.enrol(admin, house.secret)
        await sender.start(BOT)
        await house.quiet()
        for verb, arg in (("lang", "ru"), ("agree", ""), ("a", "not_now"), ("a", "threat"), ("a", "week"), ("a", "UZ")):
            await house.press(sender, verb, arg)
        await house.press(sender, "done")
        await house.press(sender, "a", "DE")
        await house.say(sender, "слова")
        await house.press(sender, "done")
        await house.press(sender, "send")
        code = next(said.text for said in sender.chat(BOT) if said.text.startswith("Ваш код: "))
        words = code.split(": ")[1].split("\n")[0].split()
        await elsewhere.start(BOT)
        await house.say(elsewhere, "/code " + ", ".join(word[:4].upper() for word in words))
        assert "Found." in [said.text for said in elsewhere.chat(BOT) if said.from_bot][-1]
