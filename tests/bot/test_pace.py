"""How fast we speak: bursts in one chat, one limit for all."""

from bot.pace import CHAT_BURST, Pace


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
    assert all(0 < wait < 1 for wait in waits[30:])


def test_given_a_second_of_full_load_when_counted_then_no_more_than_the_rate_was_sent():
    pace = Pace(per_second=30, per_chat_second=1)
    sent = sum(pace.wait(f"{tick}", tick / 1000) == 0.0 for tick in range(3000))
    assert sent <= 30 + 3 * 30


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
