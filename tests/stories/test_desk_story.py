"""The team's side: from an invitation to a closed case."""

from datetime import timedelta

import pytest

from handlers.model import (
    Attachment,
    CaseState,
    Choice,
    Contact,
    Edited,
    Ended,
    FileKind,
    FileRef,
    FoundPool,
    GrantPool,
    Invitation,
    Keep,
    Level,
    MessageRef,
    Note,
    PromptId,
    Reply,
    Role,
    Send,
    SetMenu,
    SetTimer,
    Step,
    Team,
    Timer,
    Undelivered,
    Unreadable,
    Withdraw,
)

PASSPHRASE = "correct horse battery staple stone river"


def _report(house, **answers):
    phone = house.reporter()
    phone.report(category="threat", **answers)
    (case,) = house.cases.values()
    return phone, case


def test_given_the_founding_invitation_when_joined_and_noted_then_the_desk_opens(house):
    house.founded = False
    secret = house.new_id()
    house.invitations[secret] = Invitation(Role.ADMIN, "First", house.now.replace(year=2027), founder=True)
    phone = house.reporter("admin")
    assert phone.command("start", secret) == ["language.ask"], "nobody reads a passphrase among words they don't know"
    assert phone.say("hello") == ["language.ask"] and phone.command("passphrase") == ["language.ask"]
    assert phone.press("lang", "ru")[:2] == ["language.set", "join.passphrase"]
    assert [line.id for line in phone.heard()[-2].message.lines] == ["join.welcome"]
    assert "join.passphrase" in [said.message.id for said in phone.heard()]
    assert phone.press("noted")[-1] == "join.founded"
    assert house.founded
    assert any(isinstance(effect, FoundPool) for effect in house.effects)
    assert [each.ended for each in house.invitations.values()] == [Ended.USED]


def test_given_two_founding_invitations_when_one_has_founded_then_the_other_waits_for_approval(house):
    house.founded = False
    until = house.now.replace(year=2027)
    house.invitations |= {f"{n:022d}": Invitation(Role.ADMIN, "First", until, True, id=str(n)) for n in (1, 2)}
    first, second = house.reporter("one"), house.reporter("two")
    for phone, secret in ((first, f"{1:022d}"), (second, f"{2:022d}")):
        phone.join(secret)
    assert first.press("noted")[-1] == "join.founded"
    assert second.press("noted")[0] == "join.waiting"


def test_given_a_passphrase_when_it_is_shown_then_it_is_volatile_and_protected(house):
    secret = house.new_id()
    house.invitations[secret] = Invitation(Role.RESPONDER, "New", house.now.replace(year=2027))
    phone = house.reporter("new")
    phone.join(secret)
    (shown,) = [each for each in house.effects if isinstance(each, Send) and PASSPHRASE in repr(each)]
    assert shown.volatile
    assert shown.message.protect


def test_given_an_expired_or_unknown_invitation_when_used_then_it_opens_nothing(house):
    secret = house.new_id()
    house.invitations[secret] = Invitation(Role.ADMIN, "Late", house.now)
    phone = house.reporter("late")
    assert phone.command("start", secret)[0] == "join.expired"
    assert phone.command("join", "x" * 22) == ["join.invalid"]
    assert not house.members


def test_given_a_newcomer_when_an_unlocked_admin_approves_then_the_desk_key_is_granted_and_menus_are_set(house):
    admin = house.member("admin", Role.ADMIN)
    admin.command("invite", "responder Falcon")
    (secret,) = house.invitations
    newcomer = house.reporter("newcomer")
    newcomer.join(secret)
    newcomer.press("noted")
    assert newcomer.say("hello") == ["join.wait"]
    assert newcomer.bring(Unreadable("contact")) == ["join.wait"]
    assert newcomer.bring(Attachment(FileKind.PHOTO, FileRef("f"), 10)) == ["join.wait"]
    assert "approve.ask" in [said.message.id for said in admin.heard()]
    admin.press("approve")
    assert any(isinstance(effect, GrantPool) for effect in house.effects)
    assert any(isinstance(effect, SetMenu) and effect.to == newcomer.address for effect in house.effects)
    assert newcomer.heard()[-1].message.id == "join.approved"
    assert newcomer.command("queue") == ["queue.empty"]


def test_given_a_newcomer_when_a_language_is_chosen_then_it_says_what_to_do_with_the_passphrase_above(house):
    admin = house.member("admin", Role.ADMIN)
    admin.command("invite", "responder Falcon")
    (secret,) = house.invitations
    newcomer = house.reporter("newcomer")
    newcomer.join(secret)
    newcomer.bring(Choice("lang", "ru", PromptId(""), MessageRef("0")))
    said = newcomer.heard()[-1].message
    assert said.id == "language.set"
    assert "join.note" in [below.id for line in said.lines for below in (line, *line.lines)]


def test_given_a_locked_admin_when_they_approve_then_they_are_asked_to_unlock(house):
    admin = house.member("admin", Role.ADMIN)
    admin.command("invite", "responder")
    (secret,) = house.invitations
    newcomer = house.reporter("newcomer")
    newcomer.join(secret)
    newcomer.press("noted")
    house.open_keys.clear()
    assert admin.press("approve") == ["refused.locked"]


def test_given_a_refused_newcomer_when_they_write_then_they_are_a_reporter_like_any_other(house):
    admin = house.member("admin", Role.ADMIN)
    admin.command("invite", "admin")
    (secret,) = house.invitations
    newcomer = house.reporter("newcomer")
    newcomer.join(secret)
    newcomer.press("noted")
    admin.press("refuse")
    assert newcomer.command("queue") == ["command.unknown", "intro.what"] or "language.ask" in newcomer.command("queue")


def test_given_a_passphrase_in_the_founders_chat_when_lost_before_noting_then_a_new_one_is_made(house):
    secret = house.new_id()
    house.invitations[secret] = Invitation(Role.RESPONDER, "New", house.now.replace(year=2027))
    phone = house.reporter("new")
    phone.join(secret)
    assert phone.bring(Undelivered("lost"))[0] == "join.again"
    assert phone.bring(Unreadable("lost"))[0] == "join.again"


def test_given_a_wrong_passphrase_five_times_when_a_sixth_is_sent_then_it_is_not_even_tried(house):
    responder = house.member("resp", unlocked=False)
    assert responder.command("unlock") == ["unlock.ask"]
    for _ in range(4):
        assert responder.say("wrong words every single time here") == ["unlock.wrong"]
    assert responder.say("wrong words every single time here") == ["unlock.paused"], "and until when"
    assert responder.say(PASSPHRASE) == ["unlock.paused"]
    assert not house.open_keys


def test_given_the_right_passphrase_when_sent_then_its_message_is_deleted_and_the_keys_open(house):
    from handlers.model import Delete

    responder = house.member("resp", unlocked=False)
    responder.command("unlock")
    assert responder.say(PASSPHRASE) == ["unlock.open"]
    assert [effect.messages for effect in house.effects if isinstance(effect, Delete)]
    assert house.conversations[responder.address].step is Step.HOME


def test_given_two_responders_when_both_claim_then_one_wins_and_every_card_shows_who(house):
    first, second = house.member("first"), house.member("second")
    _, case = _report(house)
    assert "claim.done" in first.press("claim", case.id)
    assert second.command("claim", case.ref) == ["claim.taken"]
    assert house.cases[case.id].holder.startswith("first")
    cards = [said for said in second.heard() if said.message.id == "card.head"]
    assert [line.id for line in cards[-1].message.lines][-1] == "card.claimed"
    assert not cards[-1].message.choices


def test_given_an_unlocked_claim_when_it_is_made_then_the_reporter_is_told(house):
    responder = house.member("resp")
    phone, case = _report(house)
    responder.press("claim", case.id)
    assert phone.heard()[-1].message.id == "told.claimed"


def test_given_a_locked_claim_when_the_case_is_opened_later_then_the_reporter_is_told_once(house):
    responder = house.member("resp", unlocked=False)
    phone, case = _report(house)
    assert "claim.locked" in responder.press("claim", case.id)
    assert phone.heard()[-1].message.id != "told.claimed"
    assert responder.press("open", case.id) == ["refused.locked"]
    responder.command("unlock", PASSPHRASE)
    responder.command("case", case.ref)
    responder.command("case", case.ref)
    assert [said.message.id for said in phone.heard()].count("told.claimed") == 1


def test_given_a_claimed_case_when_its_holder_opens_it_then_every_message_is_protected(house):
    responder = house.member("resp")
    _, case = _report(house, words="A LONG STORY")
    responder.press("claim", case.id)
    responder.press("open", case.id)
    opened = [said for said in responder.heard() if said.message.id in {"card.head", "case.story"}][-2:]
    assert [said.message.protect for said in opened] == [True, True]
    assert "A LONG STORY" in repr(opened)


def _opened(house):
    responder = house.member("resp")
    phone, case = _report(house)
    responder.press("claim", case.id)
    responder.press("open", case.id)
    return responder, phone, case


def _withdrawn(house):
    return [(effect.to, effect.slot) for effect in house.effects if isinstance(effect, Withdraw)]


def test_given_an_opened_case_then_everything_of_it_has_one_name_and_a_time_to_go(house):
    responder, _, case = _opened(house)
    ends = [
        effect for effect in house.effects if isinstance(effect, SetTimer) and effect.about == case.id and not effect.to
    ]
    assert [(end.name, end.at - house.now) for end in ends] == [("reading", timedelta(hours=12))]
    named = [said.message.id for said in house.said if isinstance(said, Send) and said.slot == f"read:{case.id}"]
    assert named == ["card.head", "case.story", "case.actions"]
    house.effects.clear()
    assert responder.bring(Timer("reading", case.id)) == []
    assert _withdrawn(house) == [(responder.address, f"read:{case.id}")]
    assert house.conversations[responder.address].reading == ()


def test_given_an_opened_case_when_opened_again_then_the_first_copy_goes(house):
    responder, _, case = _opened(house)
    house.effects.clear()
    responder.command("case", case.ref)
    assert isinstance(house.effects[0], Withdraw)


@pytest.mark.parametrize("locking", ["lock", "locked"])
def test_given_opened_cases_when_the_keys_are_locked_then_what_was_opened_leaves_the_chat_first(house, locking):
    responder, _, case = _opened(house)
    house.effects.clear()
    said = responder.command("lock") if locking == "lock" else responder.bring(Timer("locked"))
    assert said == ["lock.done" if locking == "lock" else "lock.idle"]
    assert _withdrawn(house) == [(responder.address, f"read:{case.id}")]
    assert isinstance(house.effects[0], Withdraw)
    assert [line.id for line in responder.heard()[-1].message.lines] == ["traces.away"]
    house.open_keys.clear()
    assert responder.press("unlock") == ["unlock.ask"]


def test_given_an_opened_case_when_it_is_closed_then_it_leaves_every_chat_of_the_team(house):
    responder, _, case = _opened(house)
    responder.press("close", case.id)
    house.effects.clear()
    responder.press("outcome", "helped")
    assert _withdrawn(house) == [(Team(), f"read:{case.id}")]
    assert house.conversations[responder.address].reading == ()


def test_given_an_opened_case_when_it_is_let_go_then_it_leaves_the_chat(house):
    responder, _, case = _opened(house)
    house.effects.clear()
    responder.press("release", case.id)
    assert _withdrawn(house) == [(responder.address, f"read:{case.id}")]


def test_given_an_opened_case_when_its_reporter_erases_it_then_it_leaves_every_chat_of_the_team(house):
    _, phone, case = _opened(house)
    phone.press("erase")
    house.effects.clear()
    phone.press("erased")
    assert (Team(), f"read:{case.id}") in _withdrawn(house)


@pytest.mark.parametrize("command", ["reply", "note"])
def test_given_words_of_a_member_about_a_case_then_they_go_with_the_rest(house, command):
    responder, _, case = _opened(house)
    responder.command(command, f"{case.ref} by the bridge")
    (kept,) = [effect for effect in house.effects if isinstance(effect, Keep)]
    assert (kept.message, kept.slot) == (str(responder.count), f"read:{case.id}")


@pytest.mark.parametrize("command", ["case", "reply", "note", "release", "close"])
def test_given_one_case_of_ones_own_when_a_command_names_none_then_that_one_is_meant(house, command):
    responder = house.member("resp")
    _, case = _report(house)
    responder.press("claim", case.id)
    assert not responder.command(command)[0].startswith(("refused", "usage"))


@pytest.mark.parametrize("command", ["claim", "case", "reply", "note", "release", "close"])
@pytest.mark.parametrize("held", [0, 2])
def test_given_no_case_or_several_when_a_command_names_none_then_its_use_is_shown(house, command, held):
    responder = house.member("resp")
    for number in range(held):
        house.reporter(f"r{number}").report(category="threat")
    for case in list(house.cases.values()):
        responder.press("claim", case.id)
    (said,) = responder.command(command)
    assert said == ("usage.words" if command in {"reply", "note"} else "usage.code")
    assert responder.heard()[-1].message.params == {"command": f"/{command}"}


def test_given_locked_keys_when_something_needs_them_then_a_button_unlocks(house):
    responder = house.member("resp", unlocked=False)
    _, case = _report(house)
    assert "claim.locked" in responder.press("claim", case.id)
    assert responder.buttons() == [("unlock", ""), ("open", case.id)]
    assert responder.press("open", case.id) == ["refused.locked"]
    assert responder.press("unlock") == ["unlock.ask"]
    assert "unlock.open" in [*responder.say(PASSPHRASE), *(said.message.id for said in responder.heard())]


@pytest.mark.parametrize("command", ["start", "help"])
def test_given_a_member_when_they_ask_for_help_then_the_next_steps_are_buttons(house, command):
    responder = house.member("resp", unlocked=False)
    assert responder.command(command) == ["help.responder"]
    assert responder.buttons() == [
        *(("queue", ""), ("next", ""), ("unlock", ""), ("oncall", "off")),
        *(("roster", ""), ("requests", ""), ("settings", ""), ("topic", "")),
    ]
    assert responder.press("queue") == ["queue.empty"]
    assert responder.press("oncall") == ["oncall.off"]
    house.open_keys.add(next(iter(house.members)))
    responder.command(command)
    assert [verb for verb, _ in responder.buttons()][2:4] == ["lock", "oncall"]
    assert responder.press("lock") == ["lock.done"]


def test_given_a_case_that_somebody_else_holds_when_opened_then_it_is_refused(house):
    first, second = house.member("first"), house.member("second")
    _, case = _report(house)
    first.press("claim", case.id)
    assert second.command("case", case.ref) == ["refused.not-holder"]
    assert second.command("reply", f"{case.ref} hello") == ["refused.not-holder"]
    assert second.command("case", "NOSUCH") == ["refused.no-case"]


def test_given_a_reply_when_sent_then_it_reaches_the_reporter_without_the_responder_and_comes_back_by_its_button(house):
    responder = house.member("resp")
    phone, case = _report(house)
    responder.press("claim", case.id)
    responder.press("open", case.id)
    responder.press("reply", case.id)
    assert responder.say("We are here.") == ["relay.reply", "draft.ask"]
    assert "reply.sent" in responder.press("relay")
    relayed = phone.heard()[-1]
    assert relayed.message.id == "relay.reply"
    assert responder.address not in repr(relayed) and "resp" not in repr(relayed.message.params)
    assert any(isinstance(part.body, Reply) for part in house.parts[case.id])
    phone.press("add")
    phone.say("Thank you")
    assert responder.heard()[-1].message.id == "case.more"


def test_given_a_note_when_kept_then_the_reporter_hears_nothing(house):
    responder = house.member("resp")
    phone, case = _report(house)
    responder.press("claim", case.id)
    before = len(phone.heard())
    assert "note.kept" in responder.command("note", f"{case.ref} careful")
    assert len(phone.heard()) == before
    assert any(isinstance(part.body, Note) for part in house.parts[case.id])


@pytest.mark.parametrize("begun", ["reply", "note", "close"])
def test_given_words_begun_on_one_case_when_another_is_opened_then_nothing_of_it_reaches_the_other(house, begun):
    responder = house.member("resp")
    _, one = _report(house)
    other_phone = house.reporter("other")
    other_phone.report(category="threat")
    other = next(case for case in house.cases.values() if case.id != one.id)
    for case in (one, other):
        responder.press("claim", case.id)
    responder.press("open", one.id)
    responder.press(begun, one.id)
    endings = [button for row in responder.heard()[-1].message.choices for button in row if button.verb == "outcome"]
    responder.press("open", other.id)
    before = len(other_phone.heard())
    assert responder.say("for the first one only") == ["desk.unasked"]
    for ending in endings:
        assert responder.bring(Choice("outcome", ending.arg, ending.prompt, MessageRef("1"))) == ["desk.stale"]
    assert len(other_phone.heard()) == before
    assert not [part for part in house.parts[other.id] if isinstance(part.body, Note | Reply)]
    assert house.cases[other.id].state is CaseState.CLAIMED


@pytest.mark.parametrize("command", ["queue", "team", "help", "oncall"])
def test_given_a_reply_begun_when_a_command_comes_between_then_later_words_go_nowhere(house, command):
    admin = house.member("admin", Role.ADMIN)
    phone, case = _report(house)
    admin.press("claim", case.id)
    admin.press("open", case.id)
    admin.press("reply", case.id)
    admin.command(command)
    before = len(phone.heard())
    assert admin.say("where was I?") == ["desk.unasked"]
    assert len(phone.heard()) == before


def test_given_an_answer_that_was_sent_when_its_message_is_edited_then_the_responder_is_told_that_it_stays(house):
    responder = house.member("resp")
    assert responder.bring(Edited("corrected", MessageRef("1"))) == ["desk.edited"]


def test_given_a_reply_begun_when_a_file_is_sent_then_it_is_said_that_only_words_go_out(house):
    responder = house.member("resp")
    _, case = _report(house)
    responder.press("claim", case.id)
    responder.press("open", case.id)
    responder.press("reply", case.id)
    assert responder.bring(Attachment(FileKind.PHOTO, FileRef("f"), 10)) == ["desk.words_only"]
    assert "draft.ask" in responder.say("in words then")


def test_given_held_cases_when_the_keys_are_opened_then_they_are_one_press_away(house):
    responder = house.member("resp", unlocked=False)
    _, case = _report(house)
    responder.press("claim", case.id)
    responder.command("unlock", PASSPHRASE)
    assert [said.message.id for said in responder.heard()[-2:]] == ["unlock.open", "queue.mine"]
    assert "case.story" in responder.press("open", case.id)


def test_given_a_report_that_nobody_holds_when_more_is_said_then_the_notice_offers_to_claim_it(house):
    responder = house.member("resp")
    phone, case = _report(house)
    phone.press("add")
    phone.say("more")
    assert responder.heard()[-1].message.id == "case.more"
    assert responder.buttons() == [("claim", case.id)]


def test_given_a_held_case_when_its_holder_lets_go_with_open_keys_then_its_reporter_is_told(house):
    responder = house.member("resp")
    phone, case = _report(house)
    responder.press("claim", case.id)
    responder.command("release", case.ref)
    assert phone.heard()[-1].message.id == "told.open"


def test_given_a_held_case_when_released_then_it_is_open_and_noticed_again(house):
    first, second = house.member("first"), house.member("second")
    _, case = _report(house)
    first.press("claim", case.id)
    assert first.command("release", case.ref)[0] == "release.done"
    assert house.cases[case.id].state is CaseState.OPEN
    assert "claim.done" in second.press("claim", case.id)


def test_given_a_case_when_closed_with_an_outcome_then_the_reporter_is_told_and_the_clock_of_deletion_starts(house):
    responder = house.member("resp")
    phone, case = _report(house)
    responder.press("claim", case.id)
    assert responder.command("close", case.ref) == ["close.ask"]
    assert responder.press("outcome", "helped")[0] == "close.done"
    closed = house.cases[case.id]
    assert (closed.state, closed.outcome, closed.closed) == (CaseState.CLOSED, "helped", house.now)
    assert phone.heard()[-1].message.id == "told.closed"
    card = next(said for said in reversed(responder.heard()) if said.message.id == "card.head")
    assert [line.id for line in card.message.lines][-1] == "card.closed"
    assert not card.message.choices


def test_given_an_undeliverable_answer_when_it_comes_back_then_the_case_shows_it_and_its_holder_is_told(house):
    responder = house.member("resp")
    phone, case = _report(house)
    responder.press("claim", case.id)
    house.bring(phone.address, Undelivered("blocked", case.id))
    assert house.cases[case.id].unreachable
    assert responder.heard()[-1].message.id == "case.unreachable"


def test_given_nobody_on_duty_when_a_report_is_sent_then_the_reporter_is_told(house):
    responder = house.member("resp")
    responder.command("oncall", "off")
    phone, _ = _report(house)
    sent = next(said for said in phone.heard() if said.message.id == "sent.done")
    assert "sent.nobody" in [line.id for line in sent.message.lines]


def test_given_the_queue_when_listed_then_the_most_urgent_stands_first(house):
    responder = house.member("resp")
    calm, urgent = house.reporter("calm"), house.reporter("urgent")
    calm.report(category="other")
    urgent.report(danger="now", category="kidnap")
    responder.command("queue")
    listed = responder.heard()[-1].message
    levels = [line.params["level"].id for line in listed.lines]
    assert levels[0] == f"level.{Level.P1.name}"


def test_given_a_contact_when_the_reporter_came_back_from_another_chat_then_answers_go_there(house):
    responder = house.member("resp")
    phone, case = _report(house)
    code = next(said.message.params["code"] for said in phone.heard() if said.message.id == "sent.code")
    other = house.reporter("other")
    other.command("start")
    other.press("lang", "ru")
    other.press("agree")
    other.command("code", code)
    responder.press("claim", case.id)
    responder.answer(case, "hello")
    assert other.heard()[-1].message.id == "relay.reply"
    assert [part.body.language for part in house.parts[case.id] if isinstance(part.body, Contact)] == ["en", "ru"]
