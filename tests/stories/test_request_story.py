"""What colleagues ask of each other: answered, refused, taken back, or ended by time."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from handlers import waits
from handlers.desk.originals import agreeing
from handlers.model import (
    CaseState,
    File,
    FileKind,
    Level,
    Original,
    Part,
    PartId,
    Role,
    SendFile,
    StoredFile,
)

FILE = "f" * 22


@pytest.fixture
def team(house):
    people = {name: house.member(name) for name in ("holder", "other", "third")}
    return people | {name: house.member(name, Role.ADMIN) for name in ("admin", "second")}


@pytest.fixture
def case(house, team):
    """A P1 with a file, in the hands of its holder, who has answered: nobody is called for it any more."""
    house.reporter("urgent").report(danger="now")
    (case,) = house.cases.values()
    team["holder"].press("claim", case.id)
    stored = StoredFile("b" * 22, b"k" * 32, FileKind.DOCUMENT, 9, b"d" * 32)
    house.parts[case.id].append(Part(PartId(FILE), house.now, "reporter", File(stored)))
    team["holder"].answer(case, "We are here.")
    return case


def _offer(team, case, to="other"):
    team["holder"].command("handover", case.ref)
    team["holder"].press("handto", team[to].id)
    return team["holder"].press("handbare")


def _lower(team, case):
    return team["holder"].command("level", f"{case.ref} P3 It was a mistake.")


def _want_original(team, case):
    team["holder"].command("case", case.ref)
    return team["holder"].forge("original", FILE)


ASK = {"offered": _offer, "lowering": _lower, "original": _want_original}


def _yes(house, phone, kind, case):
    """The second one's yes, as its button carries it."""
    if kind == "original":
        return phone.forge("vouch", agreeing(case, Original(PartId(FILE), case.holder, house.now)))
    return phone.forge({"offered": "handyes", "lowering": "lower.P3"}[kind], case.id)


ENDED = {"offered": "handover.over", "lowering": "level.over", "original": "original.over"}
ANSWERER = {"offered": "other", "lowering": "admin", "original": "admin"}


def _last(phone, id):
    return next(said for said in reversed(phone.heard()) if said.message.id == id)


# --- Refused ---


def test_given_an_original_asked_for_when_refused_then_the_asker_is_told_by_whom_and_no_file_goes(house, team, case):
    _want_original(team, case)
    question = _last(team["other"], "original.ask").message.choices
    assert [button.verb for row in question for button in row] == ["vouch", "vouchno"]
    assert "original.kept" in team["other"].press("vouchno")
    assert _last(team["holder"], "original.kept").message.params["name"] == "other"
    assert house.cases[case.id].original is None
    assert ("original.kept", team["other"].id) in [(entry.action, entry.actor) for entry in house.audit]
    assert _yes(house, team["admin"], "original", house.cases[case.id]) == ["level.settled"], (
        "a no is a no until it is asked for again"
    )
    assert not [effect for effect in house.effects if isinstance(effect, SendFile)]
    assert _want_original(team, case)[0] == "original.waits"


def test_given_a_file_agreed_to_when_somebody_says_no_afterwards_then_it_is_settled_already(house, team, case):
    _want_original(team, case)
    team["other"].press("vouch")
    assert team["third"].forge("vouchno", case.id) == ["level.settled"]


# --- Taken back ---


def test_given_an_offer_when_its_giver_takes_it_back_then_it_can_no_longer_be_accepted_and_the_other_is_told(
    house, team, case
):
    _offer(team, case)
    assert team["holder"].press("handback")[0] == "handover.back"
    assert _last(team["other"], "handover.gone")
    assert team["other"].forge("handyes", case.id) == ["handover.gone"]
    after = house.cases[case.id]
    assert (after.state, after.holder, after.offered) == (CaseState.CLAIMED, team["holder"].id, None)
    assert house.audit[-1].action == "handover.back"
    assert team["holder"].forge("handback", case.id) == ["handover.gone"]


def test_given_an_offer_when_another_is_made_then_the_first_is_told_and_only_the_second_counts(house, team, case):
    _offer(team, case)
    assert team["holder"].command("handover", case.ref) == ["handover.ask"]
    shown = team["holder"].heard()[-1].message
    assert [line.id for line in shown.lines] == ["handover.stands"]
    assert "handback" in [button.verb for row in shown.choices for button in row]
    team["holder"].press("handto", team["third"].id)
    team["holder"].press("handbare")
    assert _last(team["other"], "handover.gone")
    assert team["other"].forge("handyes", case.id) == ["handover.gone"]
    assert "claim.done" in team["third"].press("handyes")


def test_given_somebody_elses_offer_then_nobody_but_its_giver_takes_it_back(house, team, case):
    _offer(team, case)
    for name in ("other", "third", "admin"):
        assert team[name].forge("handback", case.id) == ["refused.not-holder"]
    assert house.cases[case.id].offered


# --- Ended by time ---


@pytest.mark.parametrize("kind", ASK)
def test_given_a_request_that_nobody_answers_then_it_ends_after_a_day_and_its_asker_is_told(house, team, case, kind):
    ASK[kind](team, case)
    house.pass_time(hours=23)
    assert getattr(house.cases[case.id], kind) is not None
    house.pass_time(hours=2, minutes=5)
    assert getattr(house.cases[case.id], kind) is None
    assert _last(team["holder"], ENDED[kind])
    (line,) = [entry for entry in house.audit if entry.action == ENDED[kind]]
    assert (line.actor, line.case) == ("clock", case.id)
    assert _yes(house, team[ANSWERER[kind]], kind, house.cases[case.id])[0] in {"handover.gone", "level.settled"}
    assert house.cases[case.id].level is Level.P1


def test_given_an_offer_that_ends_then_both_are_told(house, team, case):
    _offer(team, case)
    house.pass_time(hours=26)
    assert _last(team["other"], "handover.late")
    assert _last(team["holder"], "handover.over").message.params["name"] == "other"


@pytest.mark.parametrize("kind", ASK)
def test_given_a_server_that_stood_still_when_the_yes_comes_before_the_timer_then_it_is_too_late(
    house, team, case, kind
):
    ASK[kind](team, case)
    house.now += waits.ASKED
    assert _yes(house, team[ANSWERER[kind]], kind, house.cases[case.id])[0] in {"handover.gone", "level.settled"}
    assert house.cases[case.id].holder == team["holder"].id
    assert house.cases[case.id].level is Level.P1


def test_given_a_yes_to_an_original_that_is_not_fetched_within_a_day_then_it_counts_no_more(house, team, case):
    _want_original(team, case)
    team["other"].press("vouch")
    house.now += waits.ASKED
    assert team["holder"].forge("original", FILE)[0] == "original.waits"
    assert not [effect for effect in house.effects if isinstance(effect, SendFile)]


def test_given_all_three_at_once_then_each_ends_in_its_own_time_and_the_case_goes_on_waiting(house, team, case):
    for number, ask in enumerate(ASK.values()):
        house.now += timedelta(hours=3 * number)
        ask(team, case)
    house.pass_time(days=2)
    ended = [entry.action for entry in house.audit if entry.action in ENDED.values()]
    assert ended == list(ENDED.values())
    assert house.timers[waits.chat(case.id), waits.TIMER, case.id] > house.now, "the wait of the case goes on"


def test_given_a_request_that_ends_then_nobody_is_called_for_the_case_because_of_it(house, team):
    house.reporter("calm").report(category="other")
    (case,) = house.cases.values()
    team["holder"].press("claim", case.id)
    house.pass_time(hours=1)
    _offer(team, case)
    called = len([entry for entry in house.audit if entry.action == "call"])
    due = house.cases[case.id].offered.until
    house.cases[case.id] = replace(house.cases[case.id], wait=replace(house.cases[case.id].wait, since=due))
    house.now = due
    house.ring(waits.chat(case.id), waits.TIMER, case.id)
    assert house.cases[case.id].offered is None
    assert len([entry for entry in house.audit if entry.action == "call"]) == called


def test_given_a_case_that_is_closed_or_restricted_then_no_request_of_it_ends_later(house, team, case):
    _offer(team, case)
    _lower(team, case)
    team["holder"].command("close", case.ref)
    team["holder"].press("outcome", "helped")
    house.pass_time(days=2)
    assert not [entry for entry in house.audit if entry.action in ENDED.values()]
