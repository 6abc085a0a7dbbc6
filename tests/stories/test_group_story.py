"""The team's group: what stands there, who may press, and how it ends."""

import pytest
from msgspec.structs import replace

from handlers.model import (
    Address,
    Barred,
    Board,
    CaseState,
    Choice,
    Clear,
    Delete,
    Door,
    Edit,
    InGroup,
    Level,
    Lock,
    Moved,
    Role,
    Send,
    Undelivered,
    Withdraw,
)

GROUP, TOPIC, ELSEWHERE = Address("test:-100"), Address("test:-100/7"), Address("test:-200")
DANGER = {"danger": "now", "category": "threat"}


@pytest.fixture
def amina(house):
    """An admin with open keys, whose desk has a group."""
    phone = house.member("amina", Role.ADMIN)
    _typed(phone, "desk", "here")
    phone.press("boardyes")
    return phone


def _typed(phone, name, arg="", address=GROUP):
    return phone.bring(InGroup(name, arg, address, GROUP, "99"))


def _pressed(phone, case, address=GROUP):
    return phone.bring(InGroup("claim", case.id, address, GROUP, "98"))


def _only(house):
    (case,) = house.cases.values()
    return case


def _there(house, address=GROUP):
    """All that was ever asked of the messenger for the group."""
    return [each for each in house.effects if getattr(each, "to", None) == address]


def _cards(house, address=GROUP):
    return [each for each in _there(house, address) if isinstance(each, Send | Edit) and each.slot]


def _states(house):
    return [each.message.lines[0].id for each in _cards(house)]


def _withdrawn(house, case):
    return [each for each in _there(house) if isinstance(each, Withdraw) and each.slot == f"case:{case.id}"]


# --- Making it ---


def test_given_an_admin_who_types_it_in_a_group_then_nothing_happens_there_until_they_agree_in_private(house):
    amina, bee = house.member("amina", Role.ADMIN), house.member("bee", Role.ADMIN)
    assert _typed(amina, "desk", "here") == ["group.ask"]
    assert not _there(house)
    assert house.board is None
    amina.press("boardyes")
    assert house.board == Board(GROUP, GROUP, "en")
    assert [each.message.id for each in _there(house)] == ["group.hello"]
    assert "group.set" in [said.message.id for said in bee.heard()]
    assert [entry.action for entry in house.audit] == ["group-set"]


def test_given_locked_keys_when_an_admin_asks_for_a_group_then_they_must_be_unlocked_first(house):
    amina = house.member("amina", Role.ADMIN, unlocked=False)
    assert _typed(amina, "desk", "here") == ["refused.locked"]
    assert house.board is None


def test_given_keys_that_were_locked_meanwhile_when_it_is_confirmed_then_there_is_no_group(house):
    amina = house.member("amina", Role.ADMIN)
    _typed(amina, "desk", "here")
    house.open_keys.clear()
    assert amina.press("boardyes") == ["refused.locked"]
    assert house.board is None


@pytest.mark.parametrize("role", [Role.RESPONDER, None])
def test_given_anybody_else_when_they_type_it_then_nothing_is_said_anywhere(house, role):
    phone = house.member("falcon", role) if role else house.reporter()
    assert _typed(phone, "desk", "here") == []
    assert house.said == []


def test_given_an_anonymous_admin_when_they_type_it_then_they_are_told_there_why_it_cant_be_and_nothing_changes(house):
    admin = house.member("zarina", Role.ADMIN)
    member = next(iter(house.members.values()))
    house.members[member.id] = replace(member, language="tg")
    house.bring(GROUP, InGroup("anonymous", "", TOPIC, GROUP))
    told = house.said[-1]
    assert (told.to, told.message.id, told.language) == (TOPIC, "group.anonymous", "tg")
    assert house.board is None and GROUP not in house.conversations and not admin.heard()
    house.door = Door.FRONT
    house.bring(GROUP, InGroup("anonymous", "", TOPIC, GROUP))
    assert house.said[-1] is told, "the reporters' bot says nothing about the team"


def test_given_a_group_then_the_reporters_card_says_what_it_sees_and_only_then(house, amina):
    def card(name):
        phone = house.reporter(name)
        phone.begin()
        phone.command("privacy")
        return [line.id for line in phone.heard()[-1].message.lines]

    assert "privacy.group" in card("one")
    amina.command("desk")
    amina.press("boardend")
    assert "privacy.group" not in card("two")


def test_given_an_admin_who_does_something_else_first_then_the_old_question_is_no_longer_good(house):
    amina = house.member("amina", Role.ADMIN)
    _typed(amina, "desk", "here")
    amina.command("help")
    assert amina.press("boardyes") != ["group.done"]
    assert house.board is None


def test_given_open_cases_when_a_group_is_made_then_each_that_may_stand_there_does(house):
    house.member("falcon")
    house.reporter("one").report(**DANGER)
    house.reporter("two").report(origin="TJ", community="home")
    amina = house.member("amina", Role.ADMIN)
    _typed(amina, "desk", "here", TOPIC)
    amina.press("boardyes")
    open_one, hidden = house.cases.values()
    assert [each.slot for each in _cards(house, TOPIC)] == [f"case:{open_one.id}"]
    assert hidden.ref not in repr(_there(house, TOPIC))


def test_given_another_group_then_the_one_before_is_emptied_and_pressed_in_vain(house, amina):
    house.reporter().report()
    _typed(amina, "desk", "here", ELSEWHERE)
    amina.press("boardyes")
    assert _there(house)[-1] == Clear(GROUP)
    assert len(_cards(house, ELSEWHERE)) == 1
    assert _pressed(house.member("falcon"), _only(house)) == []
    assert _only(house).state is CaseState.OPEN


def test_given_a_group_when_an_admin_ends_it_then_its_cards_go_and_no_more_come(house, amina):
    assert amina.command("desk") == ["group.on"]
    assert "group.off" in amina.press("boardend")
    assert _there(house)[-1] == Clear(GROUP)
    house.reporter().report()
    assert not _cards(house)
    assert [entry.action for entry in house.audit if entry.action.startswith("group")] == ["group-set", "group-ended"]


# --- What stands there ---


def test_given_a_report_when_sent_then_the_group_learns_its_number_level_time_and_that_it_waits(house, amina):
    house.reporter().report(**DANGER, host="DE", origin="TJ", words="Rustam stands at the door.")
    case = _only(house)
    (card,) = _cards(house)
    assert card.message.params == {"ref": case.ref, "level": card.message.params["level"]}
    assert [line.id for line in card.message.lines] == ["card.open", "card.due", "group.below"]
    assert [button.verb for row in card.message.choices for button in row] == ["claim"]


def test_given_a_case_that_goes_its_way_then_its_card_says_waiting_taken_or_closed_and_never_who(house, amina):
    house.reporter().report()
    case = _only(house)
    _pressed(amina, case)
    amina.command("release", case.ref)
    amina.press("claim", case.id)
    amina.command("close", case.ref)
    amina.press("outcome")
    assert _states(house) == ["card.open", "group.taken", "card.open", "group.taken", "card.closed"]
    assert [type(each) for each in _cards(house)] == [Send, Edit, Send, Edit, Edit]
    assert "amina" not in repr(_there(house))
    assert not _cards(house)[1].message.choices


def test_given_a_case_that_is_restricted_then_its_card_goes_and_comes_back_when_it_is_open_to_all_again(house, amina):
    house.reporter().report()
    case = _only(house)
    amina.command("claim", case.ref)
    amina.command("restrict", case.ref)
    assert _withdrawn(house, case)
    before = len(_cards(house))
    amina.command("note", f"{case.ref} quietly")
    amina.command("release", case.ref)
    assert len(_cards(house)) == before, "nothing of it is told while it is restricted"
    amina.command("claim", case.ref)
    amina.command("widen", case.ref)
    assert _states(house)[before:] == ["group.taken"]


def test_given_a_case_hidden_from_a_community_then_the_group_never_hears_of_it(house, amina):
    phone = house.reporter()
    phone.report(origin="TJ", community="home")
    case = _only(house)
    amina.command("claim", case.ref)
    house.pass_time(days=3)
    assert not _cards(house)
    assert case.ref not in repr(_there(house))


def test_given_a_member_who_steps_back_then_the_card_is_withdrawn_for_they_may_be_in_the_group(house, amina):
    falcon = house.member("falcon")
    house.reporter().report()
    falcon.command("notme", f"{_only(house).ref} I know them.")
    assert _withdrawn(house, _only(house))
    amina.command("claim", _only(house).ref)
    assert _states(house) == ["card.open"]


def test_given_a_report_that_is_erased_then_its_card_is_withdrawn(house, amina):
    phone = house.reporter()
    phone.report()
    case = _only(house)
    phone.press("erase")
    phone.press("erased")
    assert not house.cases
    assert _withdrawn(house, case)


def test_given_a_check_in_that_runs_then_the_group_hears_of_it_only_when_it_has_passed(house, amina):
    phone = house.reporter()
    phone.begin()
    phone.command("checkin")
    phone.press("wait")
    phone.say("Call my sister.")
    assert not _cards(house)
    house.pass_time(days=2)
    assert _states(house)[0] == "card.open"


def test_given_a_sender_who_is_set_aside_then_their_card_is_withdrawn(house, amina):
    house.reporter().report(reply_here="yes")
    case = _only(house)
    amina.command("claim", case.ref)
    amina.command("ban", case.ref)
    amina.press("ban.yes")
    assert _withdrawn(house, case)


def test_given_nobody_claims_when_time_passes_then_the_group_is_paged_with_a_fresh_card(house, amina):
    house.reporter().report(**DANGER)
    house.pass_time(minutes=31)
    cards = _cards(house)
    assert len(cards) >= 3
    assert all(isinstance(each, Send) for each in cards)
    assert "card.late" in [line.id for line in cards[-1].message.lines]
    assert len(_withdrawn(house, _only(house))) == len(cards) - 1


def test_given_only_its_holder_is_reminded_then_the_group_is_not(house, amina):
    house.reporter().report(**DANGER)
    _pressed(amina, _only(house))
    before = len(_cards(house))
    for _ in range(50):
        house.pass_time(minutes=1)
        calls = [entry.detail for entry in house.audit if entry.action == "call"]
        if calls and calls[-1] == "holder":
            break
    assert calls == ["holder"]
    assert len(_cards(house)) == before


def test_given_another_level_then_the_card_shows_it(house, amina):
    house.reporter().report()
    case = _only(house)
    amina.command("claim", case.ref)
    amina.command("level", case.ref)
    amina.press("setlevel", "P1")
    amina.say("They were seen again.")
    assert _only(house).level is Level.P1
    assert _cards(house)[-1].message.params["level"].id == "level.P1"


# --- Who presses ---


def test_given_a_member_who_presses_claim_there_then_the_case_is_theirs_and_all_is_said_in_private(house, amina):
    house.reporter().report()
    falcon, before = house.member("falcon"), len(_there(house))
    assert "claim.done" in _pressed(falcon, _only(house))
    assert _only(house).holder == house._person(falcon.address).member.id
    assert [type(each) for each in _there(house)[before:]] == [Edit]
    assert falcon.buttons() == [("open", _only(house).id)]


@pytest.mark.parametrize("who", ["reporter", "newcomer", "suspended", "excluded"])
def test_given_somebody_who_may_not_claim_when_they_press_then_nothing_happens_to_the_case(house, amina, who):
    house.reporter().report()
    case = _only(house)
    phone = house.member(who) if who != "reporter" else house.reporter("passer-by")
    member = house._person(phone.address).member
    match who:
        case "newcomer":
            house.members[member.id] = replace(member, active=False)
        case "suspended":
            house.members[member.id] = replace(member, active=False, barred=Barred.SUSPENDED)
        case "excluded":
            house.cases[case.id] = replace(case, stepped_back=(member.id,))
    said = _pressed(phone, case)
    assert said == (["refused.no-case"] if who == "excluded" else [])
    assert _only(house).state is CaseState.OPEN


def test_given_presses_in_the_group_and_in_private_then_one_of_them_has_the_case(house, amina):
    house.reporter().report()
    case, falcon, bee = _only(house), house.member("falcon"), house.member("bee")
    answers = [
        _pressed(falcon, case),
        bee.bring(Choice("claim", case.id)),
        amina.command("claim", case.ref),
        _pressed(bee, case),
        _pressed(falcon, case),
    ]
    assert [each[0] for each in answers] == ["claim.done", "claim.taken", "claim.taken", "claim.taken", "claim.yours"]
    assert _states(house) == ["card.open", "group.taken"]


def test_given_a_press_there_then_the_keys_stay_as_they_are(house, amina):
    house.reporter().report()
    falcon = house.member("falcon", unlocked=False)
    assert "claim.locked" in _pressed(falcon, _only(house))
    assert not any(isinstance(each, Lock) for each in house.effects)


# --- What goes astray ---


def test_given_a_passphrase_typed_in_a_group_then_it_is_taken_away_first_and_its_member_told_to_change_it(house):
    falcon = house.member("falcon")
    assert _typed(falcon, "unlock", address=TOPIC) == ["group.leaked"]
    assert _there(house) == [Delete(GROUP, ("99",), urgent=True)]
    assert [entry.action for entry in house.audit] == ["leaked"]


def test_given_somebody_who_is_no_member_when_they_type_it_then_nothing_is_said_or_deleted(house):
    assert _typed(house.reporter(), "unlock") == []
    assert house.effects == []


# --- How it ends ---


@pytest.mark.parametrize("reason", ["blocked", "rejected", "removed", "closed"])
@pytest.mark.parametrize("address", [GROUP, TOPIC])
def test_given_a_group_that_we_cant_write_into_then_it_ends_and_the_admins_are_told(house, reason, address):
    amina = house.member("amina", Role.ADMIN)
    _typed(amina, "desk", "here", TOPIC)
    amina.press("boardyes")
    house.bring(address, Undelivered(reason))
    assert house.board is None
    assert amina.heard()[-1].message.id == "group.lost"
    assert house.audit[-1].action == "group-ended"


def test_given_another_group_that_we_were_put_out_of_then_ours_stays(house, amina):
    house.bring(ELSEWHERE, Undelivered("removed"))
    house.bring(ELSEWHERE, Moved(Address("test:-300")))
    assert house.board == Board(GROUP, GROUP, "en")


def test_given_a_group_that_moves_then_the_desk_follows_and_the_cards_are_written_anew(house, amina):
    house.reporter().report()
    house.bring(GROUP, Moved(ELSEWHERE))
    house.bring(GROUP, Undelivered("blocked"))
    assert house.board == Board(ELSEWHERE, ELSEWHERE, "en")
    assert [each.message.id for each in _there(house, ELSEWHERE)] == ["group.hello", "card.head"]
    assert "group.moved" in [said.message.id for said in amina.heard()]
    assert "claim.done" in _pressed(amina, _only(house), ELSEWHERE)
