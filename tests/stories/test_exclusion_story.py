"""Who may not see a report: what its writer says decides who hears of it, on every way there is."""

import pytest

from handlers.model import CaseState, Edit, Role, Send

HIDDEN = {"category": "threat", "origin": "TJ", "community": "home"}


def _about(phone, case):
    """Everything of this case that was ever said to this person, and is not taken back."""
    return [
        said.message.id
        for said in phone.heard()
        if case.ref in repr(said.message) and said.message.id not in {"card.withdrawn", "case.erased"}
    ]


def _only(house):
    (case,) = house.cases.values()
    return case


@pytest.fixture
def team(house):
    return {
        "outsider": house.member("outsider", communities=("DE",)),
        "tajik": house.member("tajik", communities=("TJ", "RU")),
        "unknown": house.member("unknown"),
        "admin": house.member("admin", Role.ADMIN, communities=("TJ",)),
    }


def test_given_people_of_ones_country_excluded_when_sent_then_only_those_surely_from_elsewhere_hear_of_it(house, team):
    phone = house.reporter()
    phone.report(**HIDDEN)
    case = _only(house)
    assert case.hidden_from == ("TJ",)
    assert _about(team["outsider"], case) == ["card.head"]
    assert not any(_about(team[name], case) for name in ("tajik", "unknown", "admin"))


@pytest.mark.parametrize("name", ["tajik", "unknown", "admin"])
def test_given_an_excluded_member_when_they_try_everything_then_the_case_does_not_exist(house, team, name):
    phone, member = house.reporter(), team[name]
    phone.report(**HIDDEN)
    case = _only(house)
    for command in ("claim", "case", "reply", "note", "release", "close"):
        assert member.command(command, case.ref) == ["refused.no-case"]
    assert case.ref not in repr(house.said[-6:])
    assert member.command("queue") == ["queue.empty"]
    assert _only(house) == case


def test_given_a_check_in_that_runs_when_a_report_is_kept_from_some_then_so_is_the_check_in(house, team):
    phone = house.reporter()
    phone.report(category="threat", origin="TJ")
    phone.command("checkin")
    phone.press("wait", "60")
    phone.say("Call my sister.")
    phone.command("report")
    phone.fill(**HIDDEN)
    phone.press("send")
    house.pass_time(hours=2)
    checkin = next(case for case in house.cases.values() if "checkin" in case.rules)
    assert checkin.state is CaseState.OPEN and checkin.hidden_from == ("TJ",)
    assert set(_about(team["outsider"], checkin)) == {"card.head"}
    assert not any(_about(team[name], checkin) for name in ("tajik", "unknown", "admin"))


def test_given_an_excluded_member_when_the_case_goes_its_way_then_they_never_hear_of_it(house, team):
    phone, outsider = house.reporter(), team["outsider"]
    phone.report(**HIDDEN)
    case = _only(house)
    outsider.press("claim", case.id)
    outsider.answer(case, "Are you safe?")
    outsider.command("release", case.ref)
    phone.press("add")
    phone.say("they are back")
    outsider.command("claim", case.ref)
    outsider.command("close", case.ref)
    outsider.press("outcome", "helped")
    phone.press("add")
    phone.say("again")
    assert _only(house).state is CaseState.OPEN
    phone.press("finish")
    phone.press("erase")
    phone.press("erased")
    for name in ("tajik", "unknown", "admin"):
        assert not [said for said in team[name].heard() if case.ref in repr(said.message)]


def test_given_nobody_surely_from_elsewhere_when_sent_then_only_an_admin_hears_of_it(house):
    tajik, unknown = house.member("tajik", communities=("TJ",)), house.member("unknown")
    admin = house.member("admin", Role.ADMIN)
    house.reporter().report(**HIDDEN)
    case = _only(house)
    assert _about(admin, case) == ["card.head"]
    assert not _about(tajik, case) and not _about(unknown, case)


def test_given_nobody_on_duty_who_may_see_it_when_sent_then_the_person_is_told_that_nobody_is(house, team):
    outsider = next(member for member in house.members.values() if member.name == "outsider")
    team["outsider"].command("oncall", "off")
    assert not house.members[outsider.id].on_duty
    phone = house.reporter()
    phone.report(**HIDDEN)
    done = next(said for said in phone.heard() if said.message.id == "sent.done")
    assert "sent.nobody" in [line.id for line in done.message.lines]


def test_given_ones_own_country_not_said_when_it_is_excluded_then_all_that_the_form_names_are(house, program):
    house.reporter().report(category="threat", community="home")
    assert _only(house).hidden_from == program.origins


def test_given_exclusion_asked_for_later_then_who_held_it_loses_it_and_their_card(house, team):
    phone, tajik = house.reporter(), team["tajik"]
    phone.report(danger="now")
    case = _only(house)
    tajik.press("claim", case.id)
    phone.press("complete")
    phone.fill(category="threat", community="TJ")
    before = len(house.said)
    phone.press("send")
    after = _only(house)
    assert (after.state, after.holder, after.hidden_from) == (CaseState.OPEN, "", ("TJ",))
    news = [said for said in house.said[before:] if isinstance(said, Send | Edit)]
    taken = [said for said in news if said in tajik.heard()]
    assert {said.message.id for said in taken} == {"card.withdrawn"}
    withdrawn = [said for said in news if said.message.id == "card.withdrawn"]
    assert [said.to.clearance.hidden_from for said in withdrawn] == [()]
    assert tajik.command("case", case.ref) == ["refused.no-case"]
    assert "case.more" in _about(team["outsider"], after)


def test_given_countries_in_an_invitation_then_the_newcomer_has_them_and_the_team_list_says_so(house):
    admin = house.member("admin", Role.ADMIN)
    admin.command("invite", "responder Falcon Two TJ UZ")
    (secret, invitation), *_ = house.invitations.items()
    assert (invitation.name, invitation.communities) == ("Falcon Two", ("TJ", "UZ"))
    newcomer = house.reporter("newcomer")
    newcomer.join(secret)
    joined = next(member for member in house.members.values() if member.address == newcomer.address)
    assert joined.communities == ("TJ", "UZ")
    for member, origin in zip(house.members.values(), ("team.from.unknown", "team.from"), strict=True):
        admin.command("team")
        admin.press("member", member.id)
        assert origin in [line.id for line in admin.heard()[-1].message.lines]
