"""How fast we speak: bursts in one chat, one limit for all."""

from bisect import bisect_left

import pytest

from bot.pace import CHAT_BURST, Pace


def most_in_a_second(times):
    """The most of these that fall into any one second."""
    return max(bisect_left(times, at + 1.0) - place for place, at in enumerate(times))


def test_given_a_quiet_chat_when_a_burst_is_sent_then_it_goes_at_once_and_the_next_waits():
    pace = Pace(per_second=1000, per_chat_second=1)
    assert [pace.wait("a", 0.0) for _ in range(int(CHAT_BURST))] == [0.0] * int(CHAT_BURST)
    assert 0 < pace.wait("a", 0.0) <= 1.0
    assert pace.wait("a", 1.01) == 0.0


def test_given_one_chat_over_its_limit_when_another_is_spoken_to_then_it_does_not_wait():
    pace = Pace(per_second=1000, per_chat_second=1)
    for _ in range(20):
        pace.wait("a", 0.0)
    assert pace.wait("b", 0.0) == 0.0


def test_given_many_chats_when_the_whole_bot_is_at_its_limit_then_everybody_waits_a_little():
    pace = Pace(per_second=30, per_chat_second=1)
    waits = [pace.wait(f"{chat}", 0.0) for chat in range(40)]
    assert waits[:30] == [0.0] * 30
    assert all(0 < wait <= 1 for wait in waits[30:])


@pytest.mark.parametrize("bulk", [True, False])
@pytest.mark.parametrize("paid", [0, 300])
def test_given_full_load_when_any_second_is_counted_then_no_more_than_the_rate_was_sent(bulk, paid):
    pace = Pace(per_second=30, per_chat_second=1, paid=paid)
    sent = [tick / 1000 for tick in range(5000) if pace.wait(f"{tick}", tick / 1000, bulk) == 0.0]
    rate = paid if bulk and paid else 30
    assert most_in_a_second(sent) <= rate
    assert len(sent) >= 0.97 * 4 * rate


def test_given_paid_advisories_and_words_together_when_counted_then_words_keep_to_what_is_free():
    pace = Pace(per_second=30, per_chat_second=1, paid=300)
    bulk, words = [], []
    for tick in range(4000):
        words += [tick / 1000] if pace.wait(f"w{tick}", tick / 1000) == 0.0 else []
        bulk += [tick / 1000] if pace.wait(f"b{tick}", tick / 1000, bulk=True) == 0.0 else []
    assert most_in_a_second(words) == 30
    assert most_in_a_second(sorted(bulk + words)) <= 300


def test_given_a_paid_pace_when_advisories_are_corrected_then_that_keeps_to_what_is_free_together_with_words():
    pace = Pace(per_second=30, per_chat_second=1, paid=300)
    changes, words = [], []
    for tick in range(4000):
        words += [tick / 1000] if tick % 100 == 0 and pace.wait(f"w{tick}", tick / 1000) == 0.0 else []
        changes += [tick / 1000] if pace.wait(f"b{tick}", tick / 1000, bulk=True, change=True) == 0.0 else []
    assert most_in_a_second(sorted(changes + words)) <= 30
    assert len(changes) >= 0.9 * 4 * 20


def test_given_advisories_at_full_pace_when_somebody_is_answered_then_it_goes_within_a_tenth_of_a_second():
    pace = Pace(per_second=30, per_chat_second=1)
    for tick in range(5000):
        pace.wait(f"{tick}", tick / 1000, bulk=True)
    assert pace.wait("a", 5.0) < 0.1


def test_given_one_chat_that_was_refused_when_others_are_spoken_to_then_only_advisories_wait_with_it():
    pace = Pace(per_second=30, per_chat_second=1)
    pace.refused("a", 20, at=100.0)
    assert pace.pause(100.0) == pace.wait("b", 100.0) == 0.0
    assert pace.wait("b", 100.0, bulk=True) == 20.0
    assert pace.wait("b", 120.0, bulk=True) == 0.0


def test_given_several_chats_that_were_refused_when_others_are_spoken_to_then_everybody_waits_as_long_as_was_asked():
    pace = Pace(per_second=30, per_chat_second=1)
    pace.refused("a", 20, at=100.0)
    pace.refused("a", 30, at=100.0)
    assert pace.pause(100.0) == 0.0, "the same chat once more is no sign that it is us"
    pace.refused("b", 10, at=100.0)
    assert pace.wait("c", 100.0) == 10.0
    assert pace.wait("c", 111.0) == 0.0


def test_given_groups_that_were_refused_when_people_are_spoken_to_then_nobody_waits_for_them():
    pace = Pace(per_second=30, per_chat_second=1, is_group=lambda chat: chat.startswith("-"))
    for group in ("-1", "-2", "-3"):
        pace.refused(group, 40, at=100.0)
    assert pace.wait("a", 100.0) == 0.0


def test_given_a_clock_that_was_set_back_when_asked_then_nothing_breaks():
    pace = Pace(per_second=30, per_chat_second=1)
    assert pace.wait("a", 100.0) == 0.0
    assert pace.wait("a", 50.0) == 0.0


def test_given_a_group_when_much_is_said_there_then_never_more_than_twenty_in_any_minute():
    pace = Pace(per_second=1000, per_chat_second=1, is_group=lambda chat: chat.startswith("-"))
    sent = [second / 10 for second in range(6000) if pace.wait("-100", second / 10) == 0.0]
    assert len(sent) > 100
    assert max(sum(at <= each < at + 60 for each in sent) for at in sent) <= 20
    assert pace.wait("77", 601.0) == 0.0
