"""Budgets at the door: nobody is refused, whoever asks too much waits, and danger goes first as long as it can."""

from bot.budgets import BURST, DANGER_BURST, DANGER_LASTS, Budgets
from handlers.model import Address, Choice, Command, Event, Text
from storage.records import AT_ONCE, Arrival, Turn


def _arrivals(count: int, event: Event, chat: str = "telegram:1") -> list[Arrival]:
    return [Arrival(f"{chat}:{n}", Address(chat), event) for n in range(count)]


def _turns(budgets: Budgets, arrivals: list[Arrival], at: float) -> list[Turn]:
    return [each.turn for each in budgets.weigh(arrivals, at)]


def test_given_somebody_who_presses_through_the_whole_form_then_they_never_wait():
    assert _turns(Budgets(30), _arrivals(BURST, Text("x")), 0) == [AT_ONCE] * BURST


def test_given_one_chat_that_floods_then_its_events_are_spread_over_time_in_order_and_others_do_not_wait():
    budgets = Budgets(30)
    waits = [turn.after for turn in _turns(budgets, _arrivals(BURST + 100, Text("x")), 0)]
    assert waits == sorted(waits)
    assert waits[-1] == 200  # two seconds each
    assert _turns(budgets, _arrivals(1, Text("x"), "telegram:2"), 0) == [AT_ONCE]


def test_given_a_chat_that_flooded_when_it_has_been_quiet_then_it_is_served_at_once_again():
    budgets = Budgets(30)
    _turns(budgets, _arrivals(BURST + 30, Text("x")), 0)
    assert _turns(budgets, _arrivals(1, Text("x")), 120) == [AT_ONCE]


def test_given_somebody_who_speaks_of_danger_then_all_they_send_goes_first_for_an_hour():
    for event in (Command("danger"), Choice("a", "now")):
        budgets = Budgets(30)
        assert _turns(budgets, _arrivals(1, event), 0) == [Turn(urgent=True)]
        assert _turns(budgets, _arrivals(1, Text("at the door")), 60) == [Turn(urgent=True)]
        assert _turns(budgets, _arrivals(1, Text("later")), DANGER_LASTS + 1) == [AT_ONCE]


def test_given_a_crowd_that_claims_danger_then_the_lane_keeps_to_its_own_budget_and_nobody_is_refused():
    budgets = Budgets(30)
    turns = [
        turn
        for n in range(DANGER_BURST + 50)
        for turn in _turns(budgets, _arrivals(1, Command("danger"), f"telegram:{n}"), 0)
    ]
    assert sum(turn.urgent for turn in turns) == DANGER_BURST
    assert all(turn.after == 0 for turn in turns)


def test_given_one_chat_that_floods_the_danger_lane_then_only_its_burst_goes_first():
    turns = _turns(Budgets(30), _arrivals(BURST + 50, Command("danger")), 0)
    assert sum(turn.urgent for turn in turns) == BURST
