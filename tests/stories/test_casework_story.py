"""One case among colleagues: handed over, restricted, stepped back from, judged anew, linked, told in its order."""

import pytest
from msgspec.structs import replace

from handlers.desk.originals import agreeing
from handlers.model import (
    CaseState,
    Choice,
    File,
    FileKind,
    Level,
    Levelled,
    Linked,
    MessageRef,
    Moment,
    Note,
    Part,
    PartId,
    Role,
    SendFile,
    StoredFile,
    Withdraw,
)


@pytest.fixture
def team(house):
    people = {name: house.member(name) for name in ("holder", "other", "third")}
    return people | {name: house.member(name, Role.ADMIN) for name in ("admin", "second")}


@pytest.fixture
def case(house, team):
    house.reporter().report(category="threat", words="A LONG STORY")
    (case,) = house.cases.values()
    team["holder"].press("claim", case.id)
    return case


@pytest.fixture
def critical(house, team):
    house.reporter("urgent").report(danger="now")
    case = next(case for case in house.cases.values() if case.level is Level.P1)
    team["holder"].press("claim", case.id)
    return case


def _now(house, case):
    return house.cases[case.id]


def _bodies(house, case, kind):
    return [part.body for part in house.parts[case.id] if isinstance(part.body, kind)]


def _facts(phone, case):
    """What the timeline says happened, in order."""
    phone.command("timeline", case.ref)
    (shown,) = [said for said in phone.heard() if said.message.id == "timeline.head"][-1:]
    return [_deed(line.params["what"]) for line in shown.message.lines if line.id == "timeline.line"]


def _deed(what):
    """The name of what was done, without what it was done to."""
    return what.params["first"].id if what.id == "join" else what.id


# --- Handing over ---


def _offer(team, case, to="other", note="Careful, she has moved."):
    holder = team["holder"]
    assert holder.command("handover", case.ref) == ["handover.ask"]
    assert holder.press("handto", team[to].id) == ["handover.note"]
    return holder.say(note) if note else holder.press("handbare")


def test_given_a_case_offered_with_a_note_when_accepted_then_it_is_theirs_and_the_note_is_sealed(house, team, case):
    assert _offer(team, case) == ["handover.done", "handover.offer"]
    assert _now(house, case).holder == team["holder"].id, "until they accept, it stays"
    assert "Careful" not in repr(team["other"].heard()), "a note is content: it is read in the opened case"
    assert "claim.done" in team["other"].press("handyes")
    after = _now(house, case)
    assert (after.holder, after.second, after.offered) == (team["other"].id, team["holder"].id, None)
    assert [note.text for note in _bodies(house, case, Note)] == ["Careful, she has moved."]
    assert "case.note" in team["other"].press("open", case.id)
    assert team["holder"].heard()[-1].message.id == "handover.taken"


def test_given_a_case_handed_over_then_its_former_holder_reads_and_notes_but_no_longer_answers(house, team, case):
    _offer(team, case, note="")
    team["other"].press("handyes")
    former = team["holder"]
    assert "case.story" in former.command("case", case.ref)
    assert "note.kept" in former.command("note", f"{case.ref} one more thing")
    for command in ("reply", "close", "release", "handover", "restrict", "level"):
        assert former.command(command, case.ref) == ["refused.not-holder"]


def test_given_an_offer_when_it_is_declined_then_the_case_stays_and_its_holder_is_told(house, team, case):
    _offer(team, case)
    assert team["other"].press("handno") == ["handover.refused", "handover.declined"]
    assert (_now(house, case).holder, _now(house, case).offered) == (team["holder"].id, None)
    assert team["other"].press("handyes") == ["handover.gone"]


def test_given_an_offer_to_one_when_another_accepts_or_it_was_let_go_then_nothing_happens(house, team, case):
    _offer(team, case)
    assert team["third"].forge("handyes", case.id) == ["handover.gone"]
    team["holder"].command("release", case.ref)
    assert team["other"].forge("handyes", case.id) == ["handover.gone"]
    assert _now(house, case).state is CaseState.OPEN


def test_given_a_case_hidden_from_some_when_handed_over_then_only_those_who_may_know_can_be_chosen(house):
    outsider, tajik = house.member("outsider", communities=("DE",)), house.member("tajik", communities=("TJ",))
    friend = house.member("friend", communities=("FR",))
    house.reporter().report(category="threat", origin="TJ", community="home")
    (case,) = house.cases.values()
    outsider.press("claim", case.id)
    outsider.command("handover", case.ref)
    assert [arg for verb, arg in outsider.buttons() if verb == "handto"] == [friend.id]
    handing = next(said for said in reversed(outsider.heard()) if said.message.id == "handover.ask").message.choices
    prompt = handing[0][0].prompt
    assert outsider.bring(Choice("handto", tajik.id, prompt, MessageRef("1"))) == ["handover.ask"]


# --- Restricting ---


def test_given_a_case_when_restricted_then_only_holder_and_admins_know_of_it_and_other_cards_are_withdrawn(
    house, team, case
):
    before = len(house.said)
    team["holder"].command("restrict", case.ref)
    for name in ("other", "third"):
        member = team[name]
        news = [said for said in house.said[before:] if said in member.heard()]
        assert [said.message.id for said in news] == ["card.withdrawn"]
        for command in ("claim", "case", "reply", "note", "release", "close", "level", "notme", "timeline"):
            assert member.command(command, case.ref) == ["refused.no-case"]
        assert member.command("queue") == ["queue.empty"]
    assert "case.story" in team["admin"].command("case", case.ref)
    team["admin"].command("release", case.ref)
    assert team["other"].command("queue") == ["queue.empty"], "also when nobody holds it"
    team["second"].command("widen", case.ref)
    assert team["other"].command("queue") == ["queue.head"]


def test_given_somebody_who_read_along_when_restricted_then_what_they_opened_leaves_their_chat(house, team, case):
    _offer(team, case, note="")
    team["other"].press("handyes")
    team["other"].command("restrict", case.ref)
    assert team["holder"].command("case", case.ref) == ["refused.no-case"]
    assert [effect.to.member for effect in house.effects if isinstance(effect, Withdraw)][-1] == team["holder"].id


# --- Stepping back ---


def test_given_a_conflict_of_interest_then_the_case_no_longer_exists_for_that_member(house, team, case):
    other = team["other"]
    assert other.forge("notme", case.id) == ["stepback.ask"]
    assert other.press("notmeyes")[0] == "stepback.done"
    before = len(other.heard())
    team["holder"].command("release", case.ref)
    team["third"].command("claim", case.ref)
    team["third"].command("level", f"{case.ref} P2 it got worse")
    assert len(other.heard()) == before, "never told of it again"
    for command in ("claim", "case", "notme"):
        assert other.command(command, case.ref) == ["refused.no-case"]
    assert other.command("queue") == ["queue.empty"]


def test_given_a_holder_with_a_conflict_when_they_say_why_then_the_case_waits_again_and_the_reason_is_sealed(
    house, team, case
):
    assert team["holder"].command("notme", f"{case.ref} He is my cousin.")[0] == "stepback.done"
    after = _now(house, case)
    assert (after.state, after.holder, after.stepped_back) == (CaseState.OPEN, "", (team["holder"].id,))
    assert [note.text for note in _bodies(house, case, Note)] == ["He is my cousin."]
    assert "cousin" not in repr(house.audit) and "cousin" not in repr(house.cases)
    assert "card.head" in [said.message.id for said in team["other"].heard()][-2:]


def test_given_a_locked_member_with_a_conflict_then_they_may_step_back_all_the_same(house, team, case):
    house.open_keys.clear()
    team["other"].forge("notme", case.id)
    assert team["other"].press("notmeyes")[0] == "stepback.done"


def test_given_the_only_one_who_may_know_when_they_step_back_then_nobody_else_is_let_in(house):
    outsider = house.member("outsider", communities=("DE",))
    tajik = house.member("tajik", Role.ADMIN, communities=("TJ",))
    house.reporter().report(category="threat", origin="TJ", community="home")
    (case,) = house.cases.values()
    outsider.press("claim", case.id)
    assert outsider.command("notme", f"{case.ref} my cousin") == ["stepback.last"]
    assert _now(house, case).stepped_back == ()
    assert tajik.command("case", case.ref) == ["refused.no-case"]


# --- Levels ---


def test_given_a_reason_when_a_level_is_raised_then_it_counts_at_once_and_the_rules_level_stays_on_the_card(
    house, team, case
):
    was = case.level
    assert team["holder"].command("level", case.ref) == ["level.ask"]
    assert team["holder"].press("setlevel", "P1") == ["level.why"]
    assert team["holder"].say("He called again.")[0] == "level.done"
    after = _now(house, case)
    assert (after.level, after.judged) == (Level.P1, was)
    assert _bodies(house, case, Levelled) == [Levelled(was, Level.P1, "He called again.")]
    entry = next(entry for entry in reversed(house.audit) if entry.action == "level")
    assert entry.detail == f"{was.name}>P1"
    assert "called" not in repr(house.audit)
    card = next(said for said in reversed(team["third"].heard()) if said.message.id == "card.head").message
    assert "card.judged" in [line.id for line in card.lines]
    due = next(line for line in card.lines if line.id == "card.due")
    assert due.params["at"] == Moment(after.wait.due), "by when an answer is due now, not by when it was"
    assert "case.levelled" in team["holder"].command("case", case.ref)


def test_given_no_reason_then_no_level_changes(house, team, case):
    assert team["holder"].command("level", f"{case.ref} P2") == ["level.why"]
    assert _now(house, case).level is case.level


def _lower(team, case):
    return team["holder"].command("level", f"{case.ref} P3 It was a mistake.")


def test_given_a_p1_when_lowered_then_it_stays_until_another_agrees(house, team, critical):
    assert _lower(team, critical)[0] == "level.waits"
    assert _now(house, critical).level is Level.P1
    assert team["holder"].forge("lower.P3", critical.id) == ["refused.two"], "not the same person"
    assert team["other"].forge("lower.P3", critical.id) == ["refused.not-holder"], "neither holder nor admin"
    house.open_keys.discard(team["admin"].id)
    assert team["admin"].forge("lower.P3", critical.id) == ["refused.locked"]
    assert team["second"].forge("lower.P3", critical.id)[0] == "level.done"
    after = _now(house, critical)
    assert (after.level, after.judged, after.lowering) == (Level.P3, Level.P1, None)
    assert [(entry.action, entry.detail) for entry in house.audit if entry.action.startswith("level")] == [
        ("level.asked", "P1>P3"),
        ("level", "P1>P3"),
    ]
    assert team["second"].forge("lower.P3", critical.id) == ["level.settled"]


def test_given_a_wish_to_lower_when_it_is_refused_then_nothing_changes(house, team, critical):
    _lower(team, critical)
    assert team["admin"].forge("keeplevel", critical.id)[0] == "level.kept"
    assert (_now(house, critical).level, _now(house, critical).lowering) == (Level.P1, None)
    assert team["second"].forge("lower.P3", critical.id) == ["level.settled"]


def test_given_a_wish_to_lower_then_only_holder_and_admins_are_asked(house, team, critical):
    before = len(house.said)
    _lower(team, critical)
    asked = [said for said in house.said[before:] if said.message.id == "level.agree"]
    assert [each.to.member for each in asked] == [team["admin"].id, team["second"].id], "who asks is not asked"


def test_given_a_wish_to_lower_when_its_own_author_thinks_again_then_one_press_takes_it_back(house, team, critical):
    _lower(team, critical)
    assert team["holder"].press("keeplevel")[0] == "level.kept"
    assert _now(house, critical).lowering is None


def test_given_a_level_other_than_p1_when_lowered_then_one_person_is_enough(house, team, case):
    team["holder"].command("level", f"{case.ref} P4 Settled.")
    assert _now(house, case).level is Level.P4


def test_given_a_command_for_two_reports_when_none_is_named_then_its_use_shows_two(team):
    assert team["holder"].command("merge") == ["usage"]
    assert team["holder"].command("link") == ["usage"]


# --- Originals ---


def _with_file(house, case):
    file = StoredFile("b" * 22, b"k" * 32, FileKind.DOCUMENT, 9, b"d" * 32)
    house.parts[case.id].append(Part(PartId("f" * 22), house.now, "reporter", File(file)))
    return "f" * 22


def test_given_an_original_when_asked_for_then_it_is_sent_only_after_another_agreed_and_only_once(house, team, case):
    file, holder = _with_file(house, case), team["holder"]
    holder.command("case", case.ref)
    assert holder.forge("original", file) == ["original.waits", "original.ask"]
    assert "original.ask" not in [said.message.id for said in holder.heard()]
    assert holder.forge("vouch", agreeing(case, _now(house, case).original)) == ["refused.two"]
    assert not [effect for effect in house.effects if isinstance(effect, SendFile)]
    assert "original.allowed" in team["other"].press("vouch")
    assert holder.press("original") == ["file.warning"]
    (sent,) = [effect for effect in house.effects if isinstance(effect, SendFile)]
    assert not sent.cleaned and sent.to == holder.address
    assert holder.press("original") == ["original.waits", "original.ask"], "a yes counts once"
    assert [entry.action for entry in house.audit if entry.action in {"vouch", "original"}] == ["vouch", "original"]


def test_given_a_yes_to_one_file_when_another_is_wanted_then_that_needs_its_own(house, team, case):
    file, holder = _with_file(house, case), team["holder"]
    holder.command("case", case.ref)
    holder.forge("original", file)
    team["other"].press("vouch")
    assert holder.forge("original", "g" * 22) == ["file.elsewhere"]
    team["admin"].command("case", case.ref)
    assert team["admin"].forge("original", file)[0] == "original.waits", "nor is it another's"


@pytest.mark.parametrize("other", ["file", "person"])
def test_given_a_question_about_an_original_when_another_is_wished_for_then_the_old_yes_counts_for_nothing(
    house, team, case, other
):
    file, holder, colleague = _with_file(house, case), team["holder"], team["other"]
    second = replace(house.parts[case.id][-1], id=PartId("g" * 22))
    house.parts[case.id].append(second)
    holder.command("case", case.ref)
    holder.forge("original", file)
    (old,) = {arg for verb, arg in colleague.buttons() if verb == "vouch"}
    asker = holder if other == "file" else team["admin"]
    asker.command("case", case.ref)
    asker.forge("original", second.id if other == "file" else file)
    assert colleague.forge("vouch", old) == ["original.ask"], "asked anew, about what is wished for now"
    assert not _now(house, case).original.allowed
    assert "original.allowed" in colleague.press("vouch")
    assert _now(house, case).original.allowed


def test_given_a_locked_or_excluded_colleague_then_their_yes_does_not_count(house, team, case):
    file, holder = _with_file(house, case), team["holder"]
    holder.command("case", case.ref)
    holder.forge("original", file)
    house.open_keys.discard(team["other"].id)
    yes = agreeing(case, _now(house, case).original)
    assert team["other"].forge("vouch", yes) == ["refused.locked"]
    team["third"].forge("notme", case.id)
    team["third"].press("notmeyes")
    assert team["third"].forge("vouch", yes) == ["refused.no-case"]


# --- Links, and the timeline ---


def test_given_two_cases_when_linked_then_each_names_the_other_for_those_who_read_it(house, team, case, critical):
    assert team["holder"].command("link", f"{case.ref} {critical.ref}") == ["link.done"]
    assert _bodies(house, case, Linked) == [Linked(critical.ref)]
    assert _bodies(house, critical, Linked) == [Linked(case.ref)]
    assert "case.linked" in team["holder"].command("case", case.ref)


def test_given_a_case_that_is_somebody_elses_when_linked_then_it_is_refused(house, team, case):
    house.reporter("two").report(category="threat")
    other = next(each for each in house.cases.values() if each.id != case.id)
    team["other"].press("claim", other.id)
    assert team["holder"].command("link", f"{case.ref} {other.ref}") == ["refused.not-holder"]
    assert team["holder"].command("link", case.ref) == ["usage"]
    assert team["holder"].command("link", f"{case.ref} {case.ref}") == ["usage"]
    assert team["holder"].command("link", f"{case.ref} NOSUCH") == ["usage"]
    assert not _bodies(house, case, Linked)


def test_given_a_long_way_then_the_timeline_tells_all_of_it_in_order_without_a_word_of_anybody(house, team, case):
    holder = team["holder"]
    holder.command("case", case.ref)
    holder.command("note", f"{case.ref} SECRET NOTE")
    holder.command("reply", f"{case.ref} SECRET ANSWER")
    holder.press("relay")
    holder.command("level", f"{case.ref} P2 SECRET REASON")
    _offer(team, case, note="")
    team["other"].press("handyes")
    expected = ["report", "claim", "open", "note", "reply", "level", "handover", "takeover"]
    assert _facts(team["other"], case) == [f"audit.act.{each}" for each in expected]
    shown = team["other"].heard()[-1]
    assert shown.message.protect and shown.volatile
    assert "SECRET" not in repr(shown) and "STORY" not in repr(shown)
    assert team["third"].command("timeline", case.ref) == ["refused.not-holder"]


def test_given_a_level_changed_then_the_timeline_tells_from_which_to_which(house, team, case):
    team["holder"].command("level", f"{case.ref} P1 SECRET REASON")
    team["holder"].command("timeline", case.ref)
    assert f"{case.level.name}>P1" in repr(team["holder"].heard()[-1])


# --- Merging ---


@pytest.fixture
def twins(house, team):
    """Two reports of one chat, both in the hands of the same member."""
    phone = house.reporter()
    phone.report(category="threat", words="FIRST WORDS")
    phone.command("report")
    phone.fill(category="threat", words="SECOND WORDS", origin="TJ")
    phone.press("send")
    for case in house.cases.values():
        team["holder"].press("claim", case.id)
    return phone, *house.cases.values()


def test_given_two_reports_of_one_chat_when_merged_then_one_is_left_with_everything_and_both_ways_lead_to_it(
    house, team, twins
):
    phone, one, two = twins
    tokens = house.conversations[phone.address].tokens
    assert team["holder"].command("merge", f"{one.ref} {two.ref}") == ["merge.ask"]
    assert "merge.done" in team["holder"].press("mergeyes")
    assert list(house.cases) == [one.id]
    team["holder"].command("case", one.ref)
    opened = repr(team["holder"].heard())
    assert "FIRST WORDS" in opened and "SECOND WORDS" in opened
    assert {house.secrets[token] for token in tokens} == {one.id}
    team["holder"].command("reply", f"{two.ref} the old code still leads here")
    assert "reply.sent" in team["holder"].press("relay")
    assert [said.message.id for said in phone.heard()].count("relay.reply") == 1
    assert _now(house, one).origin == ("TJ",)
    for token in tokens:
        phone.bring(Choice("add", token, message=MessageRef("1")))
        phone.say(f"for {token}")
    assert _now(house, one).unread == 2
    assert "audit.act.merge" in _facts(team["holder"], one)


def test_given_reports_of_different_people_then_they_are_never_merged(house, team, case, critical):
    assert team["holder"].command("merge", f"{case.ref} {critical.ref}") == ["merge.others"]
    assert len(house.cases) == 2


def test_given_a_report_that_is_somebody_elses_or_gone_then_nothing_is_merged(house, team, twins):
    _, one, two = twins
    holder = team["holder"]
    assert holder.command("merge", f"{one.ref} {one.ref}") == ["usage"]
    assert holder.command("merge", one.ref) == ["usage"]
    assert holder.command("merge", f"{one.ref} {two.ref}") == ["merge.ask"]
    team["admin"].command("release", two.ref)
    team["other"].command("claim", two.ref)
    assert holder.press("mergeyes")[0] == "usage", "looked at once more when it is confirmed"
    assert holder.command("merge", f"{one.ref} {two.ref}") == ["merge.others"]
    assert len(house.cases) == 2
    house.open_keys.clear()
    assert holder.command("merge", f"{one.ref} {two.ref}") == ["refused.locked"]


def test_given_limits_on_either_report_when_merged_then_all_of_them_hold(house, team, twins):
    _, one, two = twins
    team["third"].forge("notme", two.id)
    team["third"].press("notmeyes")
    team["holder"].command("restrict", one.ref)
    team["holder"].command("level", f"{two.ref} P1 worse")
    team["holder"].command("merge", f"{one.ref} {two.ref}")
    team["holder"].press("mergeyes")
    after = _now(house, one)
    assert (after.level, after.restricted, after.stepped_back) == (Level.P1, True, (team["third"].id,))
    assert team["other"].command("case", one.ref) == ["refused.no-case"]


# --- What a member may do with a case, everything by everybody ---


def test_given_more_pressed_then_only_what_is_possible_is_offered(house, team, case):
    team["holder"].command("case", case.ref)
    team["holder"].press("more")
    assert [verb for verb, _ in team["holder"].buttons()] == [
        *("handover", "level", "restrict", "notme", "link", "merge", "settle")
    ]
    team["admin"].command("case", case.ref)
    team["admin"].press("more")
    assert [verb for verb, _ in team["admin"].buttons()] == [
        *("level", "restrict", "notme", "link", "ban", "auditcase")
    ]


VERBS = (
    "handover",
    "handyes",
    "handno",
    "restrict",
    "widen",
    "notme",
    "level",
    "lower.P3",
    "keeplevel",
    "vouch",
    "timeline",
)
CARRIED = {"vouch": "{0.ref}.mark"}
"""What a button carries, where it is not the case's id."""
ALLOWED = {
    "holder": set(VERBS),
    "admin": set(VERBS) - {"handover"},
    "other": {"handyes", "handno", "notme", "vouch"},
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("who", ["holder", "admin", "other", "reporter"])
def test_given_any_person_and_any_verb_then_they_may_exactly_what_the_table_says(house, team, case, who, verb):
    person = team.get(who) or house.reporter()
    answer = person.forge(verb, CARRIED.get(verb, "{0.id}").format(case))
    refused = answer[0].startswith("refused.not-holder")
    if who == "reporter":
        assert answer[0] == "screen.old"
    else:
        assert refused is (verb not in ALLOWED[who])


@pytest.mark.parametrize(
    "verb", ["handover", "restrict", "widen", "level", "lower.P3", "keeplevel", "vouch", "timeline"]
)
def test_given_locked_keys_then_what_touches_the_case_waits_for_the_passphrase(house, team, case, verb):
    house.open_keys.clear()
    assert team["holder"].forge(verb, CARRIED.get(verb, "{0.id}").format(case)) == ["refused.locked"]


def test_given_two_hundred_presses_on_one_case_then_one_wins_and_the_others_are_told_who(house):
    members = [house.member(f"m{number}") for number in range(200)]
    house.reporter().report(category="threat")
    (case,) = house.cases.values()
    answers = [member.forge("claim", case.id)[0] for member in members]
    assert answers.count("claim.done") == 1
    assert answers.count("claim.taken") == 199
    told = [said.message.params["name"] for said in house.said if said.message.id == "claim.taken"]
    assert set(told) == {"m0"}


def test_given_two_wishes_at_once_then_the_later_one_counts_and_the_first_wisher_may_agree(house, team, critical):
    _lower(team, critical)
    team["admin"].command("level", f"{critical.ref} P2 Not so bad.")
    assert team["holder"].forge("lower.P2", critical.id)[0] == "level.done"
    assert _now(house, critical).level is Level.P2
