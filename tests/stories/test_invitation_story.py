"""Invitations: put together by buttons or in one command, listed, taken back, and of no use once they have ended."""

from datetime import timedelta

import pytest

from handlers import clocks
from handlers.model import Choice, Ended, Invite, Role, Span


@pytest.fixture
def admin(house):
    return house.member("admin", Role.ADMIN)


def _made(house):
    """The newest invitation and its secret."""
    effect = next(each for each in reversed(house.effects) if isinstance(each, Invite))
    return effect.invitation, effect.secret


# --- In one command ---


def test_given_one_command_when_everything_stands_in_it_then_it_is_all_understood_in_any_order(house, admin):
    for words in (
        "responder Falcon TJ UZ ru en 48h",
        "Responder 48h ru UZ en Falcon TJ",
        "responder Falcon TJ UZ ru en 2d",
    ):
        assert admin.command("invite", words)[0] == "invite.made"
        made, _ = _made(house)
        assert (made.role, made.name) == (Role.RESPONDER, "Falcon")
        assert (set(made.communities), set(made.languages)) == ({"TJ", "UZ"}, {"ru", "en"})
        assert made.expires == house.now + timedelta(hours=48)
    shown = next(said.message for said in reversed(admin.heard()) if said.message.id == "invite.made")
    assert shown.params["life"] == Span(48 * 60)


def test_given_nothing_but_a_role_when_invited_then_it_is_good_for_a_day_under_a_name_that_says_nothing(house, admin):
    admin.command("invite", "admin")
    made, _ = _made(house)
    assert made.expires - house.now == timedelta(hours=24)
    assert made.name and not made.communities and not made.languages


@pytest.mark.parametrize("word", ["tj", "ZZ", "fr", "ru_Latn", "48", "48hours", "0h", "8d", "200h", "2026-11-30"])
def test_given_a_word_that_means_nothing_when_invited_then_one_line_names_it_and_nobody_is_invited(house, admin, word):
    assert admin.command("invite", f"responder Falcon {word} UZ") == ["invite.unknown"]
    assert admin.heard()[-1].message.params["word"] == word
    assert not house.invitations


def test_given_no_role_of_ours_when_invited_then_one_line_says_so(house, admin):
    assert admin.command("invite", "boss Falcon") == ["invite.unknown"]
    assert admin.heard()[-1].message.params["word"] == "boss"


@pytest.mark.parametrize("name", ["Li", "Bo Li", "Сокол", "FALCON", "Falcon Two"])
def test_given_a_name_when_it_looks_like_no_code_then_it_is_a_name(house, admin, name):
    admin.command("invite", f"responder {name} UZ")
    assert (_made(house)[0].name, _made(house)[0].communities) == (name, ("UZ",))


# --- By buttons ---


def _by_buttons(admin, life="24h"):
    admin.command("invite")
    admin.press("invite", "responder")
    admin.press("invlang", "ru")
    admin.press("invfrom", "")
    admin.press("invfrom", "UZ")
    admin.press("invlife", "")
    return admin.press("invlife", life)


@pytest.mark.parametrize(("arg", "life"), [("1h", 1), ("24h", 24), ("3d", 72), ("7d", 168)])
def test_given_the_buttons_when_each_question_is_answered_then_the_invitation_has_it_all(house, admin, arg, life):
    assert _by_buttons(admin, arg)[0] == "invite.made"
    made, secret = _made(house)
    assert (made.languages, made.communities) == (("ru",), ("UZ",))
    assert made.expires - house.now == timedelta(hours=life)
    newcomer = house.reporter("newcomer")
    assert newcomer.command("start", secret) == ["language.ask"]
    joined = next(each for each in house.members.values() if each.address == newcomer.address)
    assert (joined.languages, joined.communities) == (("ru",), ("UZ",)), "as they were given"


def test_given_the_buttons_when_pressed_twice_or_typed_then_a_country_goes_and_one_without_a_button_comes(house, admin):
    admin.command("invite")
    for verb, arg in (("invite", "admin"), ("invfrom", ""), ("invfrom", "UZ"), ("invfrom", "UZ")):
        admin.press(verb, arg)
    assert admin.say("Germany") == ["invite.countries"]
    assert admin.say("United") == ["country.several"]
    admin.press("invfrom", "GB")
    assert admin.say("Nowhere") == ["country.unknown"]
    admin.press("invlife", "")
    admin.press("invlife", "24h")
    assert _made(house)[0].communities == ("DE", "GB")


def test_given_a_day_when_the_life_is_asked_for_then_it_is_the_one_marked(house, admin):
    admin.command("invite")
    for verb, arg in (("invite", "responder"), ("invfrom", ""), ("invlife", "")):
        admin.press(verb, arg)
    labels = {button.arg: button.label for row in admin.heard()[-1].message.choices for button in row}
    marked = [arg for arg, label in labels.items() if label.id == "option.marked"]
    assert (marked, len(labels)) == (["24h"], len(clocks.INVITATION_LIVES) + 1)


def test_given_a_half_made_invitation_when_something_else_is_done_then_words_are_no_countries_any_more(house, admin):
    admin.command("invite")
    admin.press("invite", "responder")
    admin.command("queue")
    assert admin.say("Germany") == ["desk.unasked"]
    assert admin.bring(Choice("invlife", "7d")) == ["desk.stale"]
    assert not house.invitations


def test_given_a_forged_life_when_pressed_then_nothing_longer_than_the_longest_is_made(house, admin):
    admin.command("invite")
    admin.press("invite", "responder")
    prompt = house.conversations[admin.address].prompt
    for forged in ("999d", "-1h", "x", "8d"):
        assert admin.bring(Choice("invlife", forged, prompt)) == ["invite.life"]
    assert not house.invitations


# --- On its way, and its end ---


def _listed(admin):
    admin.command("invite")
    asked = admin.heard()[-1].message
    return [line.params["name"] for each in asked.lines if each.id == "invite.pending" for line in each.lines]


def test_given_invitations_when_listed_then_their_secrets_are_not_and_each_can_be_withdrawn(house, admin):
    admin.command("invite", "responder Falcon 7d")
    falcon, secret = _made(house)
    admin.command("invite", "admin Heron 1h")
    other = house.member("other", Role.ADMIN)
    assert _listed(other) == ["Heron", "Falcon"], "the first to run out first"
    assert secret not in repr(other.heard()[-1])
    assert "invite.ask" in other.press("uninvite", falcon.id)
    assert _listed(other) == ["Heron"]
    assert (house.audit[-1].action, house.audit[-1].detail) == ("uninvite", Role.RESPONDER)
    assert other.bring(Choice("uninvite", falcon.id)) == ["invite.ask"], "an old button does nothing more"
    assert [entry.action for entry in house.audit].count("uninvite") == 1


@pytest.mark.parametrize("ended", list(Ended))
def test_given_an_invitation_that_ended_when_it_is_tried_then_it_says_why_and_the_admins_hear_of_it_once(
    house, admin, ended
):
    admin.command("invite", "responder Falcon UZ ru 1h")
    invitation, secret = _made(house)
    if ended is Ended.USED:
        house.reporter("first").command("start", secret)
    elif ended is Ended.WITHDRAWN:
        admin.command("invite")
        admin.press("uninvite")
    else:
        house.pass_time(hours=1)
    team, late = len(house.members), house.reporter("late")
    assert late.command("join", secret)[0] == f"join.{ended}"
    assert admin.heard()[-1].message.id == f"invite.tried.{ended}"
    assert late.command("start", secret) == [f"join.{ended}"], "the second time nobody else is told"
    assert [(each.action, each.detail) for each in house.audit if each.action == "join-refused"] == [
        ("join-refused", ended)
    ]
    assert str(late.address) not in repr(house.audit)
    assert len(house.members) == team
    assert _listed(admin) == []
    kept = house.invitations[secret]
    assert (kept.communities, kept.languages, kept.awaits) == ((), (), ""), "what it would have given is gone"
    assert kept.id == invitation.id


def test_given_an_hour_when_it_is_not_over_then_the_invitation_is_good_to_the_last_minute(house, admin):
    admin.command("invite", "responder 1h")
    house.pass_time(minutes=59)
    assert house.reporter("quick").command("start", _made(house)[1]) == ["language.ask"]


def test_given_a_new_way_in_when_it_is_withdrawn_then_nobody_comes_back_by_it(house, admin):
    bee = house.member("bee")
    id = next(each.id for each in house.members.values() if each.address == bee.address)
    admin.command("team")
    for verb, arg in (("member", id), ("readmit", id), ("readmit.yes", id)):
        admin.press(verb, arg)
    assert _listed(admin) == ["bee"]
    admin.press("uninvite")
    assert house.reporter("thief").command("start", _made(house)[1])[0] == "join.withdrawn"
    assert not house.members[id].active


def test_given_locked_keys_or_a_responder_then_nobody_invites_lists_or_withdraws(house, admin):
    admin.command("invite", "responder Falcon")
    invitation, _ = _made(house)
    house.open_keys.clear()
    assert admin.command("invite") == ["refused.locked"]
    assert admin.bring(Choice("uninvite", invitation.id)) == ["refused.locked"]
    bee = house.member("bee")
    assert bee.command("invite")[0] == "command.unknown"
    assert bee.bring(Choice("uninvite", invitation.id)) == ["desk.stale"]
    assert house.invitations[_made(house)[1]].ended is None
