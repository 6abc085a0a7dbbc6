"""Advisories from both sides: what somebody asks for, whom an admin means, and who gets which."""

import pytest

from handlers import approved, scopes
from handlers.model import (
    Choice,
    Country,
    MessageRef,
    Role,
    Scope,
    Step,
    Subscribe,
    Subscribed,
    Token,
    Unsubscribe,
)


@pytest.fixture
def phone(house):
    """Somebody who has chosen a language and agreed."""
    phone = house.reporter()
    phone.begin()
    phone.command("cancel")
    return phone


def subscriptions(house):
    return [effect for effect in house.effects if isinstance(effect, Subscribe)]


def subscribe(phone, *answers):
    """Country, home state and topics; nothing skips."""
    phone.command("subscribe")
    for answer in answers:
        phone.press("a", answer) if answer else phone.press("skip")
    if phone.house.conversations[phone.address].step is Step.SUBSCRIBE:
        phone.press("done")


def test_given_no_wish_when_everything_is_skipped_then_three_presses_lead_to_all_advisories(house, phone):
    assert phone.command("subscribe") == ["subscribe.host"]
    assert phone.press("skip") == ["subscribe.origin"]
    assert phone.press("skip") == ["subscribe.topic"]
    assert phone.press("skip") == ["subscribe.done"]
    (kept,) = subscriptions(house)
    assert (kept.address, kept.language, kept.scope, kept.replaces) == (phone.address, "en", Scope(), True)


def test_given_country_state_and_topics_when_they_are_chosen_then_they_are_sealed_with_the_address(house, phone):
    subscribe(phone, "DE", "UZ", "arrest", "devices", "arrest", "papers")
    assert subscriptions(house)[-1].scope == Scope(("DE",), ("UZ",), ("devices", "papers"))
    shown = phone.heard()[-1].message
    assert [line.params["question"].id for line in shown.lines] == ["scope.host", "scope.origin", "scope.topic"]
    assert shown.lines[0].params["answer"].params == {"country": Country("DE")}


@pytest.mark.parametrize(("said", "kept"), [("Germany", ("DE",)), ("united k", ("GB",)), ("button.any.host", ())])
def test_given_a_country_or_a_label_that_is_typed_when_one_is_asked_for_then_it_counts(house, phone, said, kept):
    phone.command("subscribe")
    assert phone.say(said) == ["subscribe.origin"]
    assert house.conversations[phone.address].wish.host == kept


def test_given_an_unclear_country_when_it_is_typed_then_those_that_begin_like_it_are_offered(house, phone):
    phone.command("subscribe")
    assert phone.say("united") == ["country.several"]
    assert phone.press("back") == ["subscribe.host"]
    assert phone.say("Atlantis") == ["country.unknown"]
    phone.say("united")
    assert phone.press("a", "US") == ["subscribe.origin"]


def test_given_a_story_when_it_is_told_instead_of_an_answer_then_no_word_of_it_is_lost(house, phone):
    phone.command("subscribe")
    assert phone.say("they came to my house at night") == ["held.ask"]
    assert phone.press("new")[-1].startswith("question.")
    assert [passage.text for passage in house.conversations[phone.address].draft.words] == [
        "they came to my house at night"
    ]


def test_given_no_language_yet_when_one_is_chosen_then_the_first_question_follows(house):
    phone = house.reporter()
    assert phone.command("subscribe") == ["language.ask"]
    assert phone.say("help me, please, they are here") == ["language.ask"], "held, not lost"
    assert phone.press("lang", "ru") == ["subscribe.host"]
    assert phone.press("skip") == ["subscribe.origin"]
    assert house.conversations[phone.address].held


@pytest.mark.parametrize("language", ["", "en"])
def test_given_a_desk_that_is_not_founded_then_nobody_is_subscribed(house, language):
    house.founded = False
    phone = house.reporter()
    if language:
        phone.command("start")
        phone.press("lang", language)
    assert phone.command("subscribe") == (["subscribe.not_open"] if language else ["language.ask"])
    phone.bring(Choice("wish", "", "", MessageRef("1")))
    assert house.conversations[phone.address].step is not Step.SUBSCRIBE


def test_given_a_subscription_when_it_is_shown_changed_and_stopped_then_it_stays_one_and_the_same(house, phone):
    subscribe(phone, "DE", "", "")
    first = subscriptions(house)[-1]
    assert phone.command("subscribe") == ["subscribe.done"]
    assert phone.press("wish") == ["subscribe.host"]
    assert house.conversations[phone.address].wish.host == ("DE",)
    phone.press("a", "TR")
    assert phone.press("back") == ["subscribe.host"]
    phone.press("a", "TR")
    phone.press("a", "other")
    phone.press("skip")
    second = subscriptions(house)[-1]
    assert (second.token, second.replaces) == (first.token, False)
    assert second.scope == Scope(("TR",), ("other",))
    assert phone.press("unsub") == ["unsubscribe.done"]
    assert house.effects[-1] == Unsubscribe(first.token, phone.address)
    assert phone.command("subscribe") == ["subscribe.host"]


def test_given_a_chat_that_was_forgotten_when_its_person_subscribes_again_then_the_earlier_one_ends(house, phone):
    subscribe(phone, "DE", "", "")
    del house.conversations[phone.address]
    phone.begin()
    subscribe(phone, "", "", "")
    first, second = subscriptions(house)
    assert first.token != second.token and second.replaces


def test_given_a_safe_word_or_a_language_that_changes_then_the_subscription_is_sealed_anew(house, phone):
    subscribe(phone, "DE", "", "family")
    token, scope = subscriptions(house)[-1].token, Scope(("DE",), (), ("family",))
    phone.press("home")
    phone.press("safe")
    phone.say("pomegranate")
    phone.command("language")
    phone.press("lang", "ru")
    phone.press("safe")
    phone.press("safeoff")
    told = [(each.language, each.safe_word) for each in subscriptions(house)[1:]]
    assert told == [("en", "pomegranate"), ("ru", "pomegranate"), ("ru", "")]
    assert {(each.token, each.scope, each.replaces) for each in subscriptions(house)[1:]} == {(token, scope, False)}


@pytest.mark.parametrize("known", [True, False])
def test_given_a_new_safe_word_when_the_chat_knows_no_subscription_then_it_says_what_to_do(house, phone, known):
    if known:
        subscribe(phone, "", "", "")
    phone.command("help")
    phone.press("safe")
    phone.say("pomegranate")
    (body,) = phone.heard()[-1].message.lines
    assert ("safe.earlier" in [line.id for line in body.lines]) is not known


def test_given_everything_erased_then_the_subscription_that_the_chat_knows_goes_at_once(house, phone):
    subscribe(phone, "", "", "")
    phone.command("erase")
    phone.press("erased")
    assert Unsubscribe(subscriptions(house)[-1].token, phone.address) in house.effects


def test_given_the_button_of_an_older_advisory_then_it_stops_them_all(house, phone):
    subscribe(phone, "", "", "")
    phone.bring(Choice("unsub", "t" * 22, message=MessageRef("9")))
    assert house.effects[-1] == Unsubscribe(Token("t" * 22), phone.address)
    assert house.conversations[phone.address].subscribed is None


READERS = {
    "anything": Scope(),
    "germany": Scope(("DE",)),
    "uzbek in turkey": Scope(("TR",), ("UZ",)),
    "devices": Scope(topic=("devices",)),
    "all said": Scope(("DE",), ("UZ",), ("arrest", "devices")),
}


@pytest.mark.parametrize(
    ("audience", "names"),
    [
        (Scope(), {*READERS}),
        (Scope(("DE",)), {"anything", "germany", "devices", "all said"}),
        (Scope(("DE", "TR"), ("UZ",)), {*READERS}),
        (Scope(origin=("TJ", "other")), {"anything", "germany", "devices"}),
        (Scope(topic=("arrest",)), {"anything", "germany", "uzbek in turkey", "all said"}),
        (Scope(("TR",), ("UZ",), ("devices",)), {"anything", "uzbek in turkey", "devices"}),
    ],
)
def test_given_readers_and_an_audience_then_it_meets_who_asked_for_it_or_left_it_open(audience, names):
    assert {name for name, scope in READERS.items() if scopes.meet(audience, scope)} == names


def advise(house, text="Beware of calls."):
    house.subscribers = {"en": 40}
    admin = house.member("admin", Role.ADMIN)
    house.member("second", Role.ADMIN)
    admin.command("advise")
    admin.press("advlang", "en")
    admin.say(text)
    return admin


def test_given_an_audience_when_it_is_chosen_then_preview_and_advisory_are_for_it(house):
    admin = advise(house)
    assert admin.press("advfor", "") == ["advise.audience"]
    assert admin.press("advfor", "host") == ["advise.part"]
    admin.press("advpick", "DE")
    assert admin.say("United States") == ["advise.part"]
    assert admin.press("advfor", "") == ["advise.audience"]
    admin.press("advfor", "origin")
    admin.press("advpick", "UZ")
    admin.press("advfor", "")
    admin.press("advfor", "topic")
    admin.press("advpick", "devices")
    assert admin.press("advpick", "") == ["advise.audience"], "everybody, after all"
    assert admin.press("advise") == ["advise.menu"]
    assert admin.press("preview") == ["advise.preview", "advise.narrowed"]
    assert len(admin.heard()[-1].message.lines) == 3 + len(("when", "another time"))
    admin.press("advsend")
    assert house.advisory.scope == Scope(("DE", "US"), ("UZ",))
    assert house.advisory.texts == {"en": "Beware of calls."}


def test_given_an_audience_first_when_the_text_is_written_then_both_stay(house):
    admin = house.member("admin", Role.ADMIN)
    admin.command("advise")
    admin.press("advfor", "")
    admin.press("advfor", "topic")
    admin.press("advpick", "papers")
    assert admin.say("not a topic") == ["advise.part"]
    admin.press("advfor", "")
    admin.press("advise")
    admin.press("advlang", "en")
    admin.say("Beware.")
    draft = house.conversations[admin.address].advisory
    assert (draft.texts, draft.scope) == ({"en": "Beware."}, Scope(topic=("papers",)))


@pytest.mark.parametrize(("part", "value"), [("host", "XX"), ("origin", "DE"), ("topic", "UZ"), ("", "DE")])
def test_given_a_value_that_does_not_belong_there_then_the_audience_stays(house, part, value):
    admin = advise(house)
    admin.press("advfor", "")
    if part:
        admin.press("advfor", part)
    admin.bring(Choice("advpick", value, "", MessageRef("1")))
    assert house.conversations[admin.address].advisory.scope == Scope()


@pytest.mark.parametrize(("part", "value"), [("host", "XX"), ("host", "UZBEK"), ("topic", "UZ")])
def test_given_a_value_that_was_never_offered_then_it_is_asked_again(house, phone, part, value):
    phone.command("subscribe")
    if part == "topic":
        phone.press("skip")
        phone.press("skip")
    assert phone.bring(Choice("a", value, "", MessageRef("1"))) == [f"subscribe.{part}"]
    assert house.conversations[phone.address].wish == Scope()


@pytest.mark.parametrize("word", ["", "pomegranate"])
def test_given_a_reader_with_or_without_a_safe_word_then_the_advisory_stands_under_it_and_keeps_its_way_out(
    house, word
):
    admin = advise(house)
    admin.press("preview")
    admin.press("advsend")
    said = approved.copy(house.advisory, "en", Token("t" * 22), word)
    assert said.id == ("safe.sign" if word else "advisory.text")
    assert said.params.get("word", "") == word
    assert [(each.verb, each.arg) for row in said.choices for each in row] == [("unsub", "t" * 22)]


def test_given_what_a_chat_remembers_of_its_subscription_then_it_is_shown_without_asking_the_server(house, phone):
    subscribe(phone, "PL", "KZ", "papers")
    held = house.conversations[phone.address].subscribed
    assert held == Subscribed(subscriptions(house)[-1].token, Scope(("PL",), ("KZ",), ("papers",)))
