"""Who may do what: every role, every action, every state, one by one."""

from datetime import UTC, datetime
from itertools import product

import pytest
from msgspec.structs import replace

from handlers.model import Address, Case, CaseId, CaseState, Clearance, Door, Level, Member, MemberId, Person, Role
from handlers.permissions import GRANTS, NEEDS_CASE, Action, Verdict, cleared, granted, verdict
from handlers.routes import ROUTES

ME, OTHER = MemberId("me"), MemberId("other")


def _person(role: Role, unlocked: bool = True, door: Door = Door.BOTH) -> Person:
    member = None if role is Role.REPORTER else Member(ME, Address("t:1"), role, "Me", active=True)
    return Person(Address("t:1"), door, role, member, unlocked)


def _case(state: CaseState, holder: MemberId) -> Case:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Case(CaseId("c"), "REF", Level.P2, (), "threat", (), "DE", "en", "v", now, state, holder)


def test_every_route_names_an_action_that_some_role_has():
    everything = frozenset().union(*GRANTS.values())
    assert all(route.needs in everything for route in ROUTES)


def test_every_action_is_used_by_a_route():
    assert {route.needs for route in ROUTES} == set(Action)


@pytest.mark.parametrize("action", [action for action in Action if action not in GRANTS[Role.REPORTER]])
def test_given_a_reporter_when_they_try_what_is_the_teams_then_the_answer_is_no(action):
    for state, holder, door in product(CaseState, ("", ME, OTHER), Door):
        assert verdict(_person(Role.REPORTER, door=door), action, _case(state, MemberId(holder))) is Verdict.NO


@pytest.mark.parametrize("role", [Role.NEWCOMER, Role.RESPONDER, Role.ADMIN])
def test_given_a_second_bot_when_a_member_stands_at_the_front_door_then_the_desk_does_not_exist(role):
    person = _person(role, door=Door.FRONT)
    assert {action for action in Action if granted(person, action)} == {Action.CONVERSE}


def test_given_the_desks_own_bot_when_a_stranger_stands_there_then_they_can_only_join():
    person = _person(Role.REPORTER, door=Door.DESK)
    assert {action for action in Action if granted(person, action)} == {Action.CONVERSE, Action.JOIN}


@pytest.mark.parametrize(
    "action",
    [
        Action.READ,
        Action.ORIGINAL,
        Action.REPLY,
        Action.NOTE,
        Action.CLOSE,
        Action.INVITE,
        Action.APPROVE,
        Action.ADVISE,
    ],
)
def test_given_locked_keys_when_content_is_wanted_then_they_must_be_unlocked_first(action):
    mine = _case(CaseState.CLAIMED, ME)
    assert verdict(_person(Role.ADMIN, unlocked=False), action, mine) is Verdict.LOCKED
    assert verdict(_person(Role.ADMIN), action, mine) is Verdict.YES


@pytest.mark.parametrize(
    "action", [Action.READ, Action.ORIGINAL, Action.REPLY, Action.NOTE, Action.RELEASE, Action.CLOSE]
)
@pytest.mark.parametrize("holder", ["", OTHER])
def test_given_a_case_that_is_not_theirs_when_a_responder_tries_then_they_are_not_the_holder(action, holder):
    assert verdict(_person(Role.RESPONDER), action, _case(CaseState.CLAIMED, holder)) is Verdict.NOT_HOLDER


@pytest.mark.parametrize("action", [Action.REPLY, Action.CLOSE])
def test_given_an_admin_when_the_case_is_somebody_elses_then_they_may_read_but_not_act_for_the_holder(action):
    theirs = _case(CaseState.CLAIMED, OTHER)
    assert verdict(_person(Role.ADMIN), action, theirs) is Verdict.NOT_HOLDER
    assert verdict(_person(Role.ADMIN), Action.READ, theirs) is Verdict.YES


@pytest.mark.parametrize("action", [Action.CLAIM, Action.REPLY, Action.RELEASE, Action.CLOSE])
def test_given_a_closed_case_when_it_is_worked_on_then_it_says_closed(action):
    assert verdict(_person(Role.RESPONDER), action, _case(CaseState.CLOSED, ME)) is Verdict.CLOSED


@pytest.mark.parametrize("action", [Action.CLAIM, Action.READ, Action.REPLY])
def test_given_no_case_when_one_is_needed_then_the_answer_says_so(action):
    assert verdict(_person(Role.ADMIN), action, None) is Verdict.NO_CASE


def test_given_a_responder_when_they_try_what_is_the_offices_then_the_answer_is_no():
    for action in (Action.INVITE, Action.APPROVE, Action.TEAM, Action.ADVISE):
        assert verdict(_person(Role.RESPONDER), action, None) is Verdict.NO


# --- Communities that a case is hidden from ---

ORIGINS = ((), ("TJ",), ("UZ",), ("TJ", "UZ"), ("DE",))
HIDDEN = ("TJ",)


def _team(mine: tuple[str, ...], role: Role, others: tuple[tuple[Role, tuple[str, ...]], ...]) -> tuple[Member, ...]:
    me = Member(ME, Address("t:1"), role, "Me", active=True, communities=mine)
    rest = (
        Member(MemberId(f"m{n}"), Address(f"t:m{n}"), role, "x", active=True, communities=communities)
        for n, (role, communities) in enumerate(others)
    )
    return (me, *rest)


def _allowed(me: Member, team: tuple[Member, ...]) -> bool:
    """The rule once more, said by rank: surely outside, then an admin of unknown origin, then an admin."""

    def rank(member: Member) -> int:
        if member.communities and "TJ" not in member.communities:
            return 3
        return 0 if member.role is not Role.ADMIN else 1 if member.communities else 2

    return 0 < rank(me) == max(map(rank, team))


TEAMS = (
    (),
    *(
        tuple(zip(roles, origins, strict=True))
        for roles in product((Role.RESPONDER, Role.ADMIN), repeat=2)
        for origins in product(((), ("TJ",), ("DE",)), repeat=2)
    ),
)


@pytest.mark.parametrize("role", [Role.RESPONDER, Role.ADMIN])
@pytest.mark.parametrize("mine", ORIGINS)
def test_given_a_case_hidden_from_a_community_then_for_its_members_it_does_not_exist_whatever_they_try(role, mine):
    for others, action, state, holder in product(TEAMS, NEEDS_CASE, CaseState, ("", ME, OTHER)):
        team = _team(mine, role, others)
        case = replace(_case(state, MemberId(holder)), hidden_from=HIDDEN)
        person = Person(Address("t:1"), Door.BOTH, role, team[0], True)
        open_to_all = verdict(person, action, replace(case, hidden_from=()), team)
        beyond_role = open_to_all is Verdict.NO
        expected = open_to_all if beyond_role or _allowed(team[0], team) else Verdict.NO_CASE
        assert verdict(person, action, case, team) is expected


def test_given_any_team_then_somebody_may_know_of_a_hidden_case_if_there_is_an_admin():
    for others in TEAMS:
        team = _team((), Role.ADMIN, others)
        assert cleared(Clearance(HIDDEN), team)


def test_given_a_case_with_exclusions_when_the_team_is_not_at_hand_then_nobody_may():
    case = replace(_case(CaseState.OPEN, MemberId("")), hidden_from=HIDDEN)
    assert verdict(_person(Role.ADMIN), Action.CLAIM, case) is Verdict.NO_CASE


def test_given_a_member_who_is_not_approved_then_they_never_count():
    waiting = Member(OTHER, Address("t:2"), Role.RESPONDER, "New", communities=("DE",))
    admin = Member(ME, Address("t:1"), Role.ADMIN, "Me", active=True)
    assert cleared(Clearance(HIDDEN), (waiting, admin)) == {ME}
