"""The queue: in order, narrowed, page by page, for thousands of cases; and the best next one."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from handlers.desk import queue as desk_queue
from handlers.model import Case, CaseId, CaseState, Choice, Edit, Level, MemberId, Message, MessageRef, Role, Span, Wait


def _case(house, number, **more):
    id = CaseId(f"{number:0>22}")
    facts = {"level": Level.P3, "rules": (), "category": "threat", "origin": ("TJ",), "host": "PL", "language": "tg"}
    created = house.now - timedelta(minutes=number)
    house.cases[id] = Case(id=id, ref=f"R{number:05}", program="1", **{"created": created, **facts, **more})
    house.parts[id] = []
    return house.cases[id]


def _press(phone, arg, verb="queue"):
    return phone.bring(Choice(verb, arg, message=MessageRef("9")))


def _shown(phone):
    """The references on the page that is shown."""
    message = phone.heard()[-1].message
    return [line.params["ref"] for line in message.lines if line.id == "card.line"]


def test_given_cases_of_all_kinds_then_level_comes_first_and_then_due_time(house):
    responder = house.member("resp")
    old, young = _case(house, 5), _case(house, 2)
    calm, urgent = _case(house, 9, level=Level.P4), _case(house, 1, level=Level.P1)
    assert responder.command("queue") == ["queue.head"]
    assert _shown(responder) == [case.ref for case in (urgent, old, young, calm)]
    params = responder.heard()[-1].message.params
    assert [params[level] for level in ("p1", "p2", "p3", "p4")] == [1, 0, 2, 1]


def test_given_what_has_just_come_then_its_line_says_so(house):
    responder = house.member("resp")
    _case(house, 0), _case(house, 3)
    responder.command("queue")
    ages = [line.params["age"] for line in responder.heard()[-1].message.lines]
    assert ages == [Span(3), Message("card.now")]


def test_given_twenty_cases_when_pages_are_turned_then_one_message_changes_and_shows_each_once(house):
    responder = house.member("resp")
    every = [_case(house, number).ref for number in range(20, 0, -1)]
    responder.command("queue")
    seen = _shown(responder)
    for _ in range(2):
        assert _press(responder, "next") == ["queue.head"]
        assert isinstance(responder.heard()[-1], Edit)
        seen += _shown(responder)
    assert seen == every
    _press(responder, "back")
    assert _shown(responder) == every[8 - 4 : 16 - 4] or _shown(responder) == every[8:16]


def test_given_cases_that_come_and_go_while_paging_then_none_is_passed_over_or_shown_twice(house):
    responder = house.member("resp")
    every = [_case(house, number) for number in range(20, 0, -1)]
    responder.command("queue")
    seen = _shown(responder)
    del house.cases[every[3].id]
    _case(house, 99, level=Level.P1)
    _press(responder, "next")
    seen += _shown(responder)
    _press(responder, "next")
    seen += _shown(responder)
    assert seen == [case.ref for case in every]


def test_given_the_last_page_gone_meanwhile_when_next_is_pressed_then_the_end_is_shown(house):
    responder = house.member("resp")
    every = [_case(house, number) for number in range(12, 0, -1)]
    responder.command("queue")
    for case in every[8:]:
        del house.cases[case.id]
    _press(responder, "next")
    assert _shown(responder) == [case.ref for case in every[:8]]


@pytest.mark.parametrize(
    ("words", "fitting"),
    [
        ("mine", {1}),
        ("unclaimed", {2, 3, 4, 5}),
        ("overdue", {3}),
        ("ru", {4}),
        ("DE", {5}),
        ("kidnap", {2}),
        ("unclaimed DE", {5}),
        ("mine ru", set()),
    ],
)
def test_given_words_behind_the_command_then_only_what_fits_is_listed(house, words, fitting):
    responder = house.member("resp")
    me = next(iter(house.members))
    cases = {
        1: _case(house, 1, state=CaseState.CLAIMED, holder=me),
        2: _case(house, 2, category="kidnap"),
        3: _case(house, 3, wait=Wait(house.now - timedelta(days=9), house.now - timedelta(days=8))),
        4: _case(house, 4, language="ru"),
        5: _case(house, 5, host="DE"),
        6: _case(house, 6, state=CaseState.CLAIMED, holder=MemberId("else")),
    }
    assert responder.command("queue", words) == ["queue.head"]
    assert set(_shown(responder)) == {cases[number].ref for number in fitting}
    said = [line.id for line in responder.heard()[-1].message.lines]
    assert ("queue.unfit" in said) == (not fitting), "others wait all the same"


def test_given_a_word_that_means_nothing_then_the_words_that_do_are_named(house):
    responder = house.member("resp")
    _case(house, 1)
    assert responder.command("queue", "urgentest") == ["queue.usage"]
    assert responder.command("queue", "aside") == ["queue.usage"], "for admins"


def test_given_filters_when_pressed_then_they_are_marked_and_hold_until_pressed_again(house):
    responder = house.member("resp")
    _case(house, 1)
    german = _case(house, 2, host="DE")
    responder.command("queue")
    assert _press(responder, "", "qnarrow") == ["queue.narrow"]
    assert _press(responder, "country", "qonly") == ["queue.narrow"]
    assert ("qonly", "country.DE") in responder.buttons()
    _press(responder, "country.DE", "qonly")
    _press(responder, "unclaimed", "qnarrow")
    assert "option.marked" in repr(responder.heard()[-1].message)
    _press(responder, "")
    assert _shown(responder) == [german.ref]
    _press(responder, "country.DE", "qonly")
    _press(responder, "")
    assert len(_shown(responder)) == 2


def test_given_cases_that_a_member_may_not_know_of_then_they_are_neither_listed_nor_counted_nor_offered(house):
    responder = house.member("resp", communities=("DE",))
    me = next(iter(house.members))
    house.member("other", communities=("FR",))
    house.member("admin", Role.ADMIN)
    _case(house, 1, hidden_from=("DE",))
    _case(house, 2, stepped_back=(me,))
    _case(house, 3, restricted=True)
    assert responder.command("queue") == ["queue.empty"]
    assert responder.command("next") == ["queue.empty"]
    visible = _case(house, 4)
    responder.command("queue")
    assert _shown(responder) == [visible.ref]
    assert responder.heard()[-1].message.params["p3"] == 1
    _press(responder, "country", "qonly")
    assert ("qonly", "country.PL") in responder.buttons()


def test_given_a_case_in_the_list_when_its_button_is_pressed_then_it_is_claimed_however_old_the_list(house):
    responder = house.member("resp")
    case = _case(house, 1)
    responder.command("queue")
    responder.command("help")
    assert "claim.done" in responder.press("claim", case.id)
    responder.command("queue")
    assert ("open", case.id) in responder.buttons()


def test_given_cases_that_wait_when_next_is_asked_then_level_counts_before_language_and_language_before_age(house):
    responder = house.member("resp")
    old = _case(house, 9)
    russian = _case(house, 3, language="ru")
    responder.command("next")
    assert responder.buttons()[0] == ("claim", old.id)
    assert responder.command("languages") == ["languages.ask"]
    responder.press("speak", "ru")
    responder.command("next")
    assert responder.buttons()[0] == ("claim", russian.id)
    urgent = _case(house, 1, level=Level.P2)
    responder.command("next")
    assert "claim.done" in responder.press("claim", urgent.id)
    responder.press("speak", "ru")
    assert next(iter(house.members.values())).languages == ()


def test_given_ten_thousand_open_cases_then_one_page_of_them_is_shown_and_all_are_counted(house):
    responder = house.member("resp")
    for number in range(10_000):
        _case(house, number, level=Level(1 + number % 4), hidden_from=("TJ",) if number % 7 == 0 else ())
    house.member("outsider", communities=("DE",))
    responder.command("queue")
    assert len(_shown(responder)) == desk_queue.PAGE
    assert replace(responder.heard()[-1].message, lines=(), choices=()).params["p1"] > 2000
