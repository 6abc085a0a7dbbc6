"""Who may do what: every role, every action, every state, one by one."""

from datetime import UTC, datetime
from itertools import product

import pytest

from handlers.model import Address, Case, CaseId, CaseState, Door, Level, Member, MemberId, Person, Role
from handlers.permissions import GRANTS, Action, Verdict, granted, verdict
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
    "action", [Action.READ, Action.ORIGINAL, Action.REPLY, Action.NOTE, Action.APPROVE, Action.ADVISE]
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
