"""Somebody on the team who is not what they seem: what they never learn, and what stays in no chat of theirs."""

import pytest
from msgspec.structs import replace

from handlers.model import (
    CaseState,
    Choice,
    File,
    FileKind,
    Keep,
    Level,
    Linked,
    Part,
    PartId,
    Role,
    SendFile,
    Staff,
    StoredFile,
    Withdraw,
)

HIDDEN = {"category": "threat", "origin": "TJ", "community": "home"}


@pytest.fixture
def team(house):
    people = {name: house.member(name) for name in ("holder", "other", "third")}
    return people | {name: house.member(name, Role.ADMIN) for name in ("admin", "second")}


@pytest.fixture
def case(house, team):
    return _reported(house, team["holder"])


@pytest.fixture
def critical(house, team):
    return _reported(house, team["holder"], danger="now")


@pytest.fixture
def hidden(house):
    """A desk on which one member alone may know of a case; an admin is of the community that it is hidden from."""
    outsider = house.member("outsider", communities=("DE",))
    insider = house.member("insider", Role.ADMIN, communities=("TJ",))
    return outsider, insider, _reported(house, outsider, **HIDDEN)


def _reported(house, holder, **answers):
    """A report in somebody's hands."""
    known = set(house.cases)
    house.reporter(f"reporter {len(known)}").report(**{"category": "threat", **answers})
    (id,) = set(house.cases) - known
    holder.bring(Choice("claim", id))
    return house.cases[id]


def _now(house, case):
    return house.cases[case.id]


def _with_file(house, case):
    file = StoredFile("b" * 22, b"k" * 32, FileKind.DOCUMENT, 9, b"d" * 32)
    house.parts[case.id].append(Part(PartId("f" * 22), house.now, "reporter", File(file)))
    return "f" * 22


def _emptied(house, case):
    """Whose chats what was opened of a case has left, by other people's deeds."""
    slot = f"read:{case.id}"
    gone = [each.to for each in house.effects if isinstance(each, Withdraw) and each.slot == slot]
    return {to.member for to in gone if isinstance(to, Staff)}


# --- What nobody hears of who may not know of it ---


def test_given_the_only_one_who_may_know_when_an_original_is_asked_for_then_nobody_else_hears_of_the_case(
    house, hidden
):
    outsider, insider, case = hidden
    file, before = _with_file(house, case), len(insider.heard())
    outsider.command("case", case.ref)
    assert outsider.forge("original", file)[0] == "second.nobody"
    assert insider.heard()[before:] == []


@pytest.mark.parametrize("role", [Role.RESPONDER, Role.ADMIN])
def test_given_the_only_one_who_may_decide_when_a_p1_is_to_be_lowered_then_nobody_else_hears_of_the_case(house, role):
    alone = house.member("alone", role, communities=("DE",))
    others = [house.member("insider", Role.ADMIN, communities=("TJ",)), house.member("other", communities=("FR",))]
    case = _reported(house, alone, danger="now")
    house.cases[case.id] = replace(case, hidden_from=("TJ",), restricted=True)
    before = [len(each.heard()) for each in others]
    assert alone.command("level", f"{case.ref} P3 calmer") == ["request.nobody"]
    assert [len(each.heard()) for each in others] == before
    assert _now(house, case).lowering is None
    assert f"read:{case.id}" in [each.slot for each in house.effects if isinstance(each, Keep)], "the reason goes away"


def test_given_a_wish_when_its_wisher_has_stepped_back_then_they_are_not_told_how_it_ended(house, team, critical):
    file = _with_file(house, critical)
    admin = team["admin"]
    admin.command("level", f"{critical.ref} P3 calmer")
    admin.command("case", critical.ref)
    admin.forge("original", file)
    admin.forge("notme", critical.id)
    admin.press("notmeyes")
    before = len(admin.heard())
    assert _now(house, critical).lowering is None and _now(house, critical).original is None
    assert team["second"].forge("lower.P3", critical.id) == ["level.settled"]
    assert team["other"].press("vouch") == ["level.settled"]
    assert admin.heard()[before:] == []


def test_given_a_wish_when_its_wisher_was_put_out_of_the_team_then_nobody_agrees_to_it(house, team, critical):
    team["admin"].command("level", f"{critical.ref} P3 calmer")
    house.members[team["admin"].id] = replace(house.members[team["admin"].id], active=False)
    assert team["second"].forge("lower.P3", critical.id) == ["level.settled"]
    assert _now(house, critical).level is Level.P1


def test_given_a_wish_when_its_wisher_may_no_longer_know_of_the_case_then_they_are_not_told_how_it_ended(
    house, team, critical
):
    holder, file = team["holder"], _with_file(house, critical)
    holder.command("level", f"{critical.ref} P3 calmer")
    holder.command("case", critical.ref)
    holder.forge("original", file)
    holder.command("release", critical.ref)
    team["admin"].command("restrict", critical.ref)
    before = len(holder.heard())
    assert team["second"].press("lower.P3", critical.id)[0] == "level.done"
    team["second"].press("vouch")
    assert holder.heard()[before:] == []


@pytest.mark.parametrize("command", ["link", "merge"])
def test_given_a_case_that_does_not_exist_for_a_member_when_named_then_the_answer_is_that_of_one_that_never_was(
    house, team, case, command
):
    restricted = _reported(house, team["other"])
    team["other"].command("restrict", restricted.ref)
    holder = team["holder"]
    answers = [holder.command(command, f"{case.ref} {ref}") for ref in (restricted.ref, "NOSUCH")]
    assert answers[0] == answers[1] == ["usage"]
    assert restricted.ref not in repr([said.message for said in holder.heard()[-1:]])


def test_given_linked_cases_when_some_may_know_of_one_alone_then_that_one_does_not_name_the_other(house, team):
    outsider = house.member("outsider", communities=("DE",))
    hidden, plain = _reported(house, outsider, **HIDDEN), _reported(house, outsider)
    assert outsider.command("link", f"{hidden.ref} {plain.ref}") == ["link.one"]
    links = [[part.body for part in house.parts[each.id] if isinstance(part.body, Linked)] for each in (hidden, plain)]
    assert links == [[Linked(plain.ref)], []]


def test_given_a_merge_into_a_case_that_some_may_not_know_of_then_their_card_does_not_name_it(house, team):
    outsider, phone = house.member("outsider", communities=("DE",)), house.reporter()
    phone.report(**HIDDEN)
    phone.command("report")
    phone.fill(category="threat")
    phone.press("send")
    hidden, plain = house.cases.values()
    for each in (hidden, plain):
        outsider.bring(Choice("claim", each.id))
    outsider.command("merge", f"{hidden.ref} {plain.ref}")
    outsider.press("mergeyes")
    assert list(house.cases) == [hidden.id]
    for name in ("holder", "admin"):
        assert hidden.ref not in repr(team[name].heard())
    assert "card.merged" in [said.message.id for said in outsider.heard()]


# --- What leaves the chats of those who may no longer read ---


def test_given_a_case_that_an_admin_lets_go_of_then_it_leaves_the_chats_of_its_holder_and_of_who_reads_along(
    house, team, case
):
    _hand_over(team, case, "holder", "other")
    house.effects.clear()
    team["admin"].command("release", case.ref)
    assert _emptied(house, case) == {team["holder"].id, team["other"].id}


def test_given_a_case_handed_on_twice_then_it_leaves_the_chat_of_whoever_had_it_first(house, team, case):
    _hand_over(team, case, "holder", "other")
    house.effects.clear()
    _hand_over(team, case, "other", "third")
    assert _emptied(house, case) == {team["holder"].id}


def test_given_a_holder_who_steps_back_then_it_leaves_the_chat_of_who_reads_along_too(house, team, case):
    _hand_over(team, case, "holder", "other")
    house.effects.clear()
    team["other"].command("notme", f"{case.ref} my cousin")
    assert _emptied(house, case) == {team["holder"].id}


def test_given_a_holder_who_is_removed_then_it_leaves_the_chat_of_who_reads_along_too(house, team, case):
    _hand_over(team, case, "holder", "other")
    house.effects.clear()
    admin = team["admin"]
    admin.command("team")
    for verb in ("member", "revoke", "revoke.yes"):
        admin.press(verb, team["other"].id)
    assert _now(house, case).state is CaseState.OPEN
    assert team["holder"].id in _emptied(house, case)


def test_given_exclusion_asked_for_later_then_it_leaves_the_chat_of_the_holder_who_may_not_know(house):
    tajik, _ = house.member("tajik", communities=("TJ",)), house.member("outsider", communities=("DE",))
    case = _reported(house, tajik, danger="now")
    phone = house.reporter("reporter 0")
    phone.press("complete")
    phone.fill(category="threat", community="TJ")
    phone.press("send")
    assert _emptied(house, case) == {tajik.id}


def test_given_a_merge_that_restricts_then_it_leaves_the_chat_of_who_read_along(house, team):
    phone, holder, other = house.reporter(), team["holder"], team["other"]
    phone.report(category="threat")
    phone.command("report")
    phone.fill(category="threat")
    phone.press("send")
    one, two = house.cases.values()
    for each in (one, two):
        holder.bring(Choice("claim", each.id))
    _hand_over(team, one, "holder", "other")
    holder.command("release", two.ref)
    other.command("claim", two.ref)
    other.command("restrict", two.ref)
    house.effects.clear()
    other.command("merge", f"{one.ref} {two.ref}")
    other.press("mergeyes")
    assert _now(house, one).restricted and not _now(house, one).second
    assert holder.id in _emptied(house, one)


def _hand_over(team, case, one, two):
    team[one].command("handover", case.ref)
    team[one].press("handto", team[two].id)
    team[one].press("handbare")
    team[two].press("handyes", case.id)


def test_given_everybody_locked_by_an_admin_then_what_was_opened_leaves_every_chat(house, team, case):
    holder = team["holder"]
    holder.command("case", case.ref)
    house.effects.clear()
    team["admin"].command("lock", "all")
    house.pass_time(minutes=1)
    assert holder.address in [each.to for each in house.effects if isinstance(each, Withdraw)]
    assert house.conversations[holder.address].reading == ()
    assert holder.heard()[-1].message.id == "lock.others"


def test_given_an_admin_who_becomes_a_responder_then_what_they_read_as_admin_leaves_their_chat(house, team, case):
    second, admin = team["second"], team["admin"]
    second.command("case", case.ref)
    admin.command("team")
    for verb in ("member", "demote", "demote.yes"):
        admin.press(verb, second.id)
    house.effects.clear()
    house.pass_time(minutes=1)
    assert second.address in [each.to for each in house.effects if isinstance(each, Withdraw)]
    assert second.id not in house.open_keys


# --- Two people are two, and each knows to what they say yes ---


def test_given_a_question_when_the_wish_has_changed_since_then_a_yes_to_the_old_one_changes_nothing(
    house, team, critical
):
    holder, admin = team["holder"], team["admin"]
    holder.command("level", f"{critical.ref} P2 a little calmer")
    holder.command("level", f"{critical.ref} P4 nothing at all")
    assert admin.forge("lower.P2", critical.id) == ["level.agree"], "asked anew, as it stands now"
    assert _now(house, critical).level is Level.P1
    assert admin.press("lower.P4")[0] == "level.done"
    assert _now(house, critical).level is Level.P4


def test_given_a_member_with_a_new_way_in_when_they_agree_to_their_own_wish_then_they_are_still_one_person(
    house, team, critical
):
    admin, second = team["admin"], team["second"]
    second.command("level", f"{critical.ref} P3 calmer")
    admin.command("team")
    for verb in ("member", "readmit", "readmit.yes"):
        admin.press(verb, second.id)
    (secret,) = house.invitations
    phone = house.reporter("a new phone")
    phone.join(secret)
    phone.press("noted")
    admin.press("approve")
    house.open_keys.add(phone.id)
    assert phone.forge("lower.P3", critical.id) == ["refused.two"]


def test_given_a_puppet_whom_an_admin_invites_and_approves_alone_then_every_other_admin_sees_it(house, team):
    admin, second = team["admin"], team["second"]
    admin.command("invite", "admin Puppet")
    (secret,) = house.invitations
    puppet = house.reporter("puppet")
    puppet.join(secret)
    puppet.press("noted")
    assert second.heard()[-1].message.id == "approve.ask"
    admin.press("approve")
    told = second.heard()[-1].message
    assert (told.id, told.params["by"]) == ("approve.done", "admin")


def test_given_an_admin_who_sets_a_sender_aside_then_its_holder_and_the_other_admins_are_told_by_whom(
    house, team, critical
):
    team["admin"].command("ban", critical.ref)
    team["admin"].press("ban.yes", critical.id)
    for name in ("holder", "second"):
        told = next(said.message for said in team[name].heard() if said.message.id == "ban.told")
        assert (told.params["ref"], told.params["name"]) == (critical.ref, "admin")
    assert "ban.told" not in [said.message.id for said in team["other"].heard()]


def test_given_a_hidden_case_when_its_sender_is_set_aside_then_no_excluded_admin_is_told(house, hidden):
    outsider, insider, case = hidden
    house.members[outsider.id] = replace(house.members[outsider.id], role=Role.ADMIN)
    before = len(insider.heard())
    outsider.command("ban", case.ref)
    outsider.press("ban.yes", case.id)
    assert insider.heard()[before:] == []


@pytest.mark.parametrize("restricted_first", [True, False])
def test_given_a_restricted_case_when_it_is_widened_then_nobody_reads_along_by_an_earlier_hand_over(
    house, team, case, restricted_first
):
    holder, admin = team["holder"], team["admin"]
    if restricted_first:
        holder.command("restrict", case.ref)
    _hand_over(team, case, "holder", "admin")
    if not restricted_first:
        admin.command("restrict", case.ref)
    admin.command("widen", case.ref)
    assert holder.command("case", case.ref) == ["refused.not-holder"]


@pytest.mark.parametrize(("who", "file"), [("admin", "f" * 22), ("holder", "g" * 22)])
def test_given_a_yes_to_one_persons_wish_for_one_file_then_nobody_else_and_no_other_file_goes_by_it(
    house, team, case, who, file
):
    wanted = _with_file(house, case)
    (part,) = [each for each in house.parts[case.id] if each.id == wanted]
    house.parts[case.id].append(replace(part, id=PartId("g" * 22)))
    for name in ("holder", "admin"):
        team[name].command("case", case.ref)
    team["holder"].forge("original", wanted)
    team["other"].press("vouch")
    assert team[who].forge("original", file)[0] == "original.waits"
    assert not [effect for effect in house.effects if isinstance(effect, SendFile)]


def _twins(house, holder, first, second):
    """Two reports of one chat, both in the same hands."""
    phone = house.reporter()
    phone.report(**{"category": "threat", **first})
    phone.command("report")
    phone.fill(**{"category": "threat", **second})
    phone.press("send")
    for each in house.cases.values():
        holder.bring(Choice("claim", each.id))
    return tuple(house.cases.values())


def test_given_a_hidden_report_when_it_becomes_part_of_a_plain_one_then_that_is_hidden_too(house, team):
    outsider = house.member("outsider", communities=("DE",))
    plain, hidden = _twins(house, outsider, {}, HIDDEN)
    outsider.command("merge", f"{plain.ref} {hidden.ref}")
    outsider.press("mergeyes")
    assert list(house.cases) == [plain.id]
    assert "TJ" in _now(house, plain).hidden_from
    assert team["admin"].command("case", plain.ref) == ["refused.no-case"]


def test_given_a_consent_to_one_report_alone_when_merged_then_it_does_not_hold_for_both(house, team):
    one, two = _twins(house, team["holder"], {}, {})
    house.cases[one.id] = replace(_now(house, one), agreed=("reply_here", "share"))
    house.cases[two.id] = replace(_now(house, two), agreed=("reply_here",))
    team["holder"].command("merge", f"{one.ref} {two.ref}")
    team["holder"].press("mergeyes")
    assert _now(house, one).agreed == ("reply_here",)


def test_given_an_opened_case_when_its_reader_steps_back_then_it_leaves_their_chat(house, team, case):
    holder = team["holder"]
    holder.command("case", case.ref)
    house.effects.clear()
    holder.command("notme", f"{case.ref} my cousin")
    assert holder.address in [each.to for each in house.effects if isinstance(each, Withdraw)]
