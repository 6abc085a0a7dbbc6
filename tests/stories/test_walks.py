"""Random walks through the whole bot: whatever people do, in whatever order, each is answered and nothing leaks."""

from pathlib import Path

import pytest

from bot.languages import LANGUAGES
from tests.stories.explorer import Explorer
from tests.stories.rehearsal import rehearsal
from tests.stories.walker import party
from tests.stories.witness import Witness

STEPS = 60
MANY_STEPS = 300
SCREENS = 35
"""As many at least are there to be found."""


async def walk(folder: Path, seed: int, steps: int) -> None:
    async with rehearsal(folder) as house:
        witness = Witness(house.sandbox)
        with witness.watching():
            walked = await party(house, witness, seed)
            try:
                for _ in range(steps):
                    await walked.step()
            except BaseException:
                print(f"seed {seed}; the last deeds:", *walked.deeds[-12:], sep="\n  ")
                raise
        print(walked.did)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
async def test_given_anybody_when_they_do_anything_then_each_is_answered_and_nothing_leaks(
    tmp_path: Path, seed: int
) -> None:
    await walk(tmp_path, seed, STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 103))
async def test_given_a_long_day_when_everybody_does_anything_then_still_nothing_breaks(
    tmp_path: Path, seed: int
) -> None:
    await walk(tmp_path, seed, MANY_STEPS)


async def explore(folder: Path, language: str) -> None:
    async with rehearsal(folder) as house:
        witness = Witness(house.sandbox)
        admin = house.phone("Ada")
        await house.enrol(admin, house.secret)
        witness.meet([admin], {}, admin)
        explorer = Explorer(house, witness, language)
        with witness.watching():
            await explorer.explore()
    assert not explorer.dead_ends
    assert len(explorer.ways) >= SCREENS, sorted(explorer.ways)


@pytest.mark.slow
@pytest.mark.parametrize("language", [each.code for each in LANGUAGES])
async def test_given_every_screen_of_a_reporter_when_every_button_is_pressed_then_each_answers_and_none_is_a_dead_end(
    tmp_path: Path, language: str
) -> None:
    await explore(tmp_path, language)
