"""Suspending, removing, changing roles, and coming back: what an admin does about the people of the desk."""

from itertools import product

import pytest
from msgspec.structs import replace

from handlers.measures import Measure, guarantor, measures
from handlers.model import (
    Barred,
    CaseState,
    Choice,
    Clear,
    Command,
    GrantPool,
    Invite,
    Level,
    Lock,
    Member,
    MemberId,
    Moment,
    PutMember,
    Rekey,
    Rekeying,
    Rewrap,
    Role,
    Send,
    SetMenu,
    SetTimer,
    Text,
    Timer,
    Ungrant,
    Unlocked,
)
from tests.stories.conftest import PASSPHRASE

MEASURES = tuple(Measure)


@pytest.fixture
def desk(house):
    """An admin, a responder, and two reports that the responder holds: one urgent, one not."""
    admin, bee = house.member("admin", Role.ADMIN), house.member("bee")
    for danger, name in (("now", "one"), ("not_now", "two")):
        house.reporter(name).report(category="threat", danger=danger)
    urgent, calm = sorted(house.cases.values(), key=lambda case: case.level)
    house.cases[calm.id] = replace(calm, level=Level.P4)
    for case in (urgent, calm):
        bee.bring(Choice("claim", case.id))
    return admin, bee, urgent.id, calm.id


def _take(admin, phone, measure, yes=True):
    """From the team's screen to the measure."""
    admin.command("team")
    admin.press("member", phone.id)
    said = admin.press(measure)
    return admin.press(f"{measure}.yes") if yes else said


def _effects(house, kind):
    return [each for each in house.effects if isinstance(each, kind)]


# --- Suspending ---


def test_given_a_suspension_when_it_is_confirmed_then_the_member_is_locked_out_and_told(desk, house):
    admin, bee, *_ = desk
    assert _take(admin, bee, "suspend", yes=False) == ["measure.suspend"]
    assert bee.id in house.open_keys
    assert "measure.suspend.done" in admin.press("suspend.yes")
    assert bee.id not in house.open_keys
    assert bee.heard()[-1].message.id == "suspended.told"
    assert any(clear.to == bee.address for clear in _effects(house, Clear))
    assert [each.member for each in _effects(house, Ungrant)] == [bee.id]


@pytest.mark.parametrize(
    "event",
    [
        Command("queue"),
        Command("unlock", "a b c d e f"),
        Command("passphrase"),
        Command("team"),
        Text("words"),
        Choice("claim", "x" * 22),
        Choice("newkey", "bee".ljust(22, "_")),
    ],
)
def test_given_a_suspended_member_whatever_they_try_then_they_are_told_so(desk, event):
    admin, bee, *_ = desk
    _take(admin, bee, "suspend")
    assert bee.bring(event) == ["suspended.told"]


def test_given_a_suspended_member_when_a_report_comes_then_they_hear_nothing_and_count_as_absent(desk, house):
    admin, bee, *_ = desk
    admin.command("oncall", "off")
    _take(admin, bee, "suspend")
    heard = len(bee.heard())
    reporter = house.reporter("three")
    reporter.report(category="threat")
    assert "sent.nobody" in repr(reporter.heard())
    assert len(bee.heard()) == heard


def test_given_a_suspended_member_then_what_cannot_wait_goes_back_and_the_rest_stays_theirs(desk, house):
    admin, bee, urgent, calm = desk
    _take(admin, bee, "suspend")
    assert (house.cases[urgent].state, house.cases[urgent].holder) == (CaseState.OPEN, "")
    assert house.cases[calm].holder == bee.id
    assert admin.heard()[-1].message.id == "card.head", "everybody on duty gets the card anew"
    assert ("claim", urgent) in admin.buttons()


def test_given_a_suspended_member_when_it_ends_then_they_get_the_key_and_can_work_again(desk, house):
    admin, bee, _, calm = desk
    _take(admin, bee, "suspend")
    house.effects.clear()
    _take(admin, bee, "reinstate")
    assert [each.member for each in _effects(house, GrantPool)] == [bee.id]
    assert bee.heard()[-1].message.id == "suspended.over"
    bee.command("queue")
    assert ("open", calm) in bee.buttons()


def test_given_an_unlock_that_was_on_its_way_when_a_member_is_suspended_then_its_answer_is_passed_over(desk, house):
    admin, bee, *_ = desk
    _take(admin, bee, "suspend")
    assert bee.bring(Unlocked(bee.id, house.now.replace(year=2027))) == []


# --- Removing ---


def test_given_a_removal_then_the_key_is_changed_all_cases_are_open_and_the_admin_sees_what_was_opened(desk, house):
    admin, bee, urgent, _ = desk
    bee.bring(Choice("open", urgent))
    _take(admin, bee, "revoke", yes=False)
    id = bee.id
    said = admin.press("revoke.yes")
    assert {"measure.revoke.done", "opened.head", "rekeying.begun"} <= set(said)
    seen = next(each.message for each in reversed(admin.heard()) if each.message.id == "opened.head")
    assert [line.params["ref"] for line in seen.lines] == [house.cases[urgent].ref]
    assert [each.member for each in _effects(house, Rekey)] == [id]
    assert {case.holder for case in house.cases.values()} == {""}
    after = house.members[id]
    assert (after.public, after.wrap, after.active, after.barred) == (b"", b"", False, Barred.REVOKED)


def test_given_a_removed_member_then_they_are_a_stranger_and_their_name_stays_on_record_only(desk, house):
    admin, bee, *_ = desk
    _take(admin, bee, "revoke")
    assert bee.heard()[-1].message.id == "left.told"
    assert "suspended.told" not in bee.command("queue")
    assert house.bring(bee.address, Command("start"))[-1].message.id != "help.responder"
    assert admin.command("team") == ["team.head"]
    assert len(admin.heard()[-1].message.lines) == 1
    assert [each.name for each in house.members.values()] == ["admin", "bee"]


def test_given_the_progress_when_nobody_is_unlocked_then_it_waits_and_says_so_and_ends_when_it_is_done(desk, house):
    admin, bee, *_ = desk
    _take(admin, bee, "revoke")
    for state, waits in (("running", True), ("paused", True), ("done", False)):
        house.effects.clear()
        house.rekeying = Rekeying(state, 3, 4)
        assert admin.bring(Timer("rekeying")) == [f"rekeying.{state}"]
        assert bool(_effects(house, SetTimer)) is waits
    house.rekeying = Rekeying("paused", 3, 4)
    admin.command("team")
    assert admin.heard()[-1].message.lines[-1].id == "rekeying.paused"


# --- Roles ---


def test_given_a_responder_when_they_become_an_admin_and_back_then_menu_and_rights_follow(desk, house):
    admin, bee, *_ = desk
    assert bee.command("team")[0] == "command.unknown"
    _take(admin, bee, "promote")
    assert bee.heard()[-1].message.id == "role.changed"
    assert bee.command("team") == ["team.head"]
    assert _effects(house, SetMenu)[-1].role is Role.ADMIN
    _take(admin, bee, "demote")
    assert bee.command("team")[0] == "command.unknown"
    assert [entry.action for entry in house.audit[-2:]] == ["promote", "demote"]


def test_given_a_founder_when_another_admin_demotes_them_then_they_are_no_exception(desk, house):
    admin, bee, *_ = desk
    house.members[admin.id] = replace(house.members[admin.id], founder=True)
    _take(admin, bee, "promote")
    assert "measure.demote.done" in _take(bee, admin, "demote")
    assert house.members[admin.id].role is Role.RESPONDER


def test_given_a_locked_admin_then_nothing_is_done_to_anybody(desk, house):
    admin, bee, *_ = desk
    house.open_keys.discard(admin.id)
    for measure in MEASURES:
        assert admin.bring(Choice(f"{measure}.yes", bee.id)) == ["refused.locked"]
    assert house.members[bee.id].active


def test_given_a_responder_when_they_forge_a_measure_then_nothing_happens(desk, house):
    admin, bee, *_ = desk
    for verb, whom in product([f"{measure}.yes" for measure in MEASURES], (admin, bee)):
        assert bee.bring(Choice(verb, whom.id)) == ["desk.stale"]
    assert all(each.active for each in house.members.values())


# --- An admin always remains ---


def test_given_the_only_admin_when_they_press_anything_about_themselves_then_nothing_changes(desk, house):
    admin, *_ = desk
    for measure in MEASURES:
        assert admin.bring(Choice(f"{measure}.yes", admin.id)) == ["team.nothing"]
    assert house.members[admin.id].active


def test_given_every_state_of_a_member_then_nobody_can_do_anything_to_themselves_and_old_buttons_do_nothing():
    me = Member(MemberId("me"), "t:1", Role.ADMIN, "Me", active=True, public=b"k")
    states = [
        replace(me, id=MemberId("it"), active=active, barred=barred, again=again, public=public, role=role)
        for active, barred, again, public, role in product(
            (True, False), (None, *Barred), (True, False), (b"", b"k"), (Role.ADMIN, Role.RESPONDER)
        )
        if not (active and barred)
    ]
    for it in states:
        possible = set(measures(me, it))
        assert measures(it, it) == ()
        assert (Measure.SUSPEND in possible) == it.active
        assert (Measure.REINSTATE in possible) == (it.barred is Barred.SUSPENDED and bool(it.public))
        assert possible == set() if it.barred is Barred.REVOKED else not {Measure.PROMOTE, Measure.DEMOTE} <= possible


def test_given_somebody_who_leaves_then_an_admin_who_remains_is_written_with_them(desk, house):
    admin, bee, *_ = desk
    house.effects.clear()
    _take(admin, bee, "revoke")
    assert admin.id in [put.member.id for put in _effects(house, PutMember)]
    team = tuple(house.members.values())
    me = house.members[admin.id]
    assert guarantor(me, me, team) is None, "the only admin can't leave"


# --- A passphrase, a key, an account ---


def test_given_open_keys_when_the_passphrase_is_changed_then_the_old_one_holds_until_the_new_one_is_noted(desk, house):
    _, bee, *_ = desk
    house.members[bee.id] = replace(house.members[bee.id], wrap=b"old wrap")
    assert bee.command("passphrase") == ["passphrase.change"]
    bee.press("rewrap")
    assert [each.member for each in _effects(house, Rewrap)] == [bee.id]
    shown = bee.heard()[-1] if bee.heard()[-1].message.id == "passphrase.new" else bee.heard()[-2]
    assert shown.message.protect and shown.volatile
    assert house.members[bee.id].wrap == b"old wrap"
    assert bee.press("noted") == ["passphrase.changed"]
    assert (house.members[bee.id].wrap, house.members[bee.id].next_wrap) == (b"new wrap", b"")
    assert not _effects(house, Rekey), "the key is the same"


def test_given_a_passphrase_then_it_is_known_to_be_right_once_it_has_opened_the_keys_and_until_another_is_noted(
    desk, house
):
    _, bee, *_ = desk
    house.open_keys.discard(bee.id)
    assert not house.members[bee.id].proven
    bee.command("unlock", PASSPHRASE)
    assert house.members[bee.id].proven
    bee.command("passphrase")
    bee.press("rewrap")
    bee.press("noted")
    assert not house.members[bee.id].proven


def test_given_a_noted_button_of_an_earlier_passphrase_when_pressed_then_it_does_not_hold(desk, house):
    _, bee, *_ = desk
    bee.command("passphrase")
    bee.press("rewrap")
    house.members[bee.id] = replace(house.members[bee.id], next_wrap=b"a later one")
    assert bee.press("noted") == []
    assert house.members[bee.id].next_wrap == b"a later one"


def test_given_keys_that_closed_when_the_new_passphrase_is_asked_for_then_they_must_be_opened_first(desk, house):
    _, bee, *_ = desk
    bee.command("passphrase")
    house.open_keys.discard(bee.id)
    assert bee.press("rewrap") == ["refused.locked"]
    assert not _effects(house, Rewrap)


def test_given_a_lost_passphrase_when_a_new_key_is_made_then_it_is_approved_by_voice_and_the_cases_stay_theirs(
    desk, house
):
    admin, bee, urgent, calm = desk
    id = bee.id
    house.open_keys.discard(id)
    assert bee.command("passphrase") == ["passphrase.lost"]
    assert bee.press("newkey")[0] == "join.again"
    assert [each.member for each in _effects(house, Rekey)] == [id]
    assert "passphrase.told" in [each.message.id for each in admin.heard()]
    assert bee.command("queue") == ["join.wait"]
    bee.press("noted")
    assert admin.heard()[-1].message.id == "approve.again"
    assert house.cases[calm].holder == id and house.cases[urgent].state is CaseState.OPEN
    admin.press("approve")
    assert house.members[id].active and not house.members[id].again
    bee.command("queue")
    assert ("open", calm) in bee.buttons()


def test_given_a_new_key_that_is_refused_then_the_cases_wait_for_an_admins_word(desk, house):
    admin, bee, _, calm = desk
    house.open_keys.discard(bee.id)
    bee.command("passphrase")
    bee.press("newkey")
    bee.press("noted")
    admin.press("refuse")
    after = house.members[bee.id]
    assert (after.barred, after.public) == (Barred.SUSPENDED, b"")
    assert {verb for verb, _ in _offered(admin, bee)} == {"readmit", "revoke", "team"}
    admin.press("revoke")
    admin.press("revoke.yes")
    assert house.cases[calm].holder == ""


def _offered(admin, phone):
    admin.command("team")
    admin.press("member", phone.id)
    return admin.buttons()


def test_given_the_only_admin_when_they_have_lost_the_passphrase_then_they_are_not_locked_out_for_good(desk, house):
    admin, *_ = desk
    house.open_keys.discard(admin.id)
    assert admin.command("passphrase") == ["passphrase.last"]
    assert admin.bring(Choice("newkey", admin.id)) == ["passphrase.last"]
    assert house.members[admin.id].active


def test_given_anothers_name_in_the_button_when_pressed_then_nobody_loses_their_key(desk, house):
    admin, bee, *_ = desk
    house.open_keys.discard(bee.id)
    assert bee.bring(Choice("newkey", admin.id)) == ["passphrase.lost"]
    assert all(each.active for each in house.members.values())


def test_given_a_lost_account_when_a_new_way_in_is_given_then_the_old_chat_is_out_and_the_new_one_has_the_cases(
    desk, house
):
    admin, bee, urgent, calm = desk
    id = bee.id
    _take(admin, bee, "readmit")
    assert bee.heard()[-1].message.id == "left.told"
    assert bee.command("queue") != ["queue.head"]
    (secret,) = house.invitations
    phone = house.reporter("bee's new phone")
    phone.join(secret)
    phone.press("noted")
    assert admin.heard()[-1].message.id == "approve.again"
    admin.press("approve")
    assert (house.members[id].address, house.members[id].active) == (phone.address, True)
    assert house.cases[calm].holder == id and house.cases[urgent].holder == ""
    phone.command("queue")
    assert ("open", calm) in phone.buttons()


def test_given_a_second_new_way_in_then_the_first_invitation_leads_nowhere(desk, house):
    admin, bee, *_ = desk
    id = bee.id
    _take(admin, bee, "readmit")
    (first,) = house.invitations
    admin.command("team")
    admin.press("member", id)
    admin.press("readmit")
    admin.press("readmit.yes")
    assert len(_effects(house, Rekey)) == 1, "there was no key any more that could end"
    assert house.reporter("late").command("start", first)[0] == "join.withdrawn"
    second = next(effect.secret for effect in house.effects[::-1] if isinstance(effect, Invite))
    assert house.reporter("new").command("start", second) == ["language.ask"]


# --- Everything is on record ---


@pytest.mark.parametrize("measure", ["suspend", "promote", "readmit", "revoke"])
def test_given_any_measure_then_it_is_audited_and_every_other_admin_is_told(desk, house, measure):
    admin, bee, *_ = desk
    other = house.member("other", Role.ADMIN)
    id = bee.id
    _take(admin, bee, measure)
    entry = next(each for each in reversed(house.audit) if each.action == measure)
    assert (entry.actor, entry.detail) == (admin.id, id)
    assert f"measure.{measure}.done" in [each.message.id for each in other.heard()]


def test_given_a_measure_then_the_lock_comes_with_it(desk, house):
    admin, bee, *_ = desk
    for measure in ("suspend", "readmit"):
        house.effects.clear()
        _take(admin, bee, measure)
        assert [each.member for each in _effects(house, Lock)]


def test_given_a_press_on_a_screen_that_somebody_overtook_then_it_says_so_and_does_nothing(desk, house):
    admin, bee, *_ = desk
    _take(admin, bee, "suspend")
    assert admin.bring(Choice("suspend.yes", bee.id)) == ["team.nothing"]
    assert admin.bring(Choice("member", "x" * 22)) == ["team.nothing"]
    assert not any(isinstance(each, Send) and each.to == "" for each in house.effects)


# --- What an admin sees of everybody ---


def test_given_the_team_when_shown_then_each_has_what_is_open_and_nothing_says_when_they_were_last_seen(desk, house):
    admin, _, _, calm = desk
    other = house.member("cee", communities=("DE",), unlocked=False)
    house.members[other.id] = replace(house.members[other.id], languages=("ru",))
    admin.command("team")
    lines = {line.params["name"]: line for line in admin.heard()[-1].message.lines}
    assert [(each.id, *each.params.values()) for each in lines["bee"].lines] == [
        ("team.reports", 2),
        ("team.open", Moment(house.now)),
    ]
    assert lines["cee"].lines == ()
    assert {"team.duty"} == {line.params["state"].id for line in lines.values()}
    assert ("invite", "") in admin.buttons()
    admin.press("member", other.id)
    shown = admin.heard()[-1].message
    about = shown.lines
    assert [shown.id, *(each.id for each in about)] == ["team.line", "team.from", "team.languages"]
    assert "until" not in repr(about)
    house.cases[calm] = replace(house.cases[calm], stepped_back=(admin.id,))
    admin.command("team")
    (line,) = [line for line in admin.heard()[-1].message.lines if line.params["name"] == "bee"]
    assert line.lines[0].params == {"number": 1}, "a report of which this admin may not know is not counted"
