"""Weeks of a desk in three time zones, through summer time, wrong clocks, sleep and restarts."""

from datetime import timedelta

import pytest

from tests.stories.weeks import Weeks

LONG = 8


@pytest.mark.parametrize(
    ("seed", "long"), [(0, 3), *(pytest.param(seed, LONG, marks=pytest.mark.slow) for seed in range(5))]
)
def test_given_weeks_of_anything_then_no_case_is_forgotten_and_nobody_is_called_but_by_the_rule(program, seed, long):
    weeks = Weeks(program, seed=seed)
    chance = weeks.chance
    for _ in range(long * 7):
        weeks.awake(chance.uniform(0.2, 0.8))
        match chance.randrange(6):
            case 0:
                weeks.jump(timedelta(minutes=chance.randint(-300, -2)))
            case 1:
                weeks.jump(timedelta(minutes=chance.randint(1, 90)))
            case 2:
                weeks.restart()
            case 3 if chance.random() < 0.2:
                weeks.asleep(timedelta(hours=30))
        weeks.awake(0.5)
    most, bound = weeks.judge_load()
    print(f"{len(weeks.cases)} cases, {weeks.calls} calls, at most {most} for one member on one day, bound {bound}")
    assert weeks.calls > 12 * long
