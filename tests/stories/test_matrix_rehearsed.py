"""Who may do what, tried through the real chat: every person, every command and button, every state of a report.

What is expected comes from `tests.stories.matrix`, which says it a second time.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.i18n import catalogues
from handlers.model import Choice, Command, Text
from handlers.permissions import Action
from handlers.routes import ROUTES
from tests.stories.house_of_states import CANARY, REF, Cell, House, house_of_states
from tests.stories.matrix import (
    BUTTONS,
    COMMANDS,
    PERMITTED,
    TEXTS,
    At,
    Try,
    Who,
    expected,
    knows,
    named,
    reads,
    thinned,
    tries,
)

REFUSALS = {
    name: catalogues()["en"].text(f"refused.{name}") for name in ("no", "locked", "no-case", "not-holder", "closed")
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_of_states(tmp_path) as house:
        yield house


def test_every_action_and_every_route_by_hand_has_its_row_in_the_matrix() -> None:
    """When this fails, `tests.stories.matrix` lacks a row that says who may do the new thing."""
    needed: dict[type, set[tuple[Action, str]]] = {}
    for route in ROUTES:
        needed.setdefault(route.event, set()).add((route.needs, str(route.name)))
    texts = {(route.needs, step) for route in ROUTES if route.event is Text for step in route.steps}
    assert set(PERMITTED) == set(Action)
    assert needed[Command] == named(COMMANDS)
    assert needed[Choice] == named(BUTTONS)
    assert texts == {(action, step) for action, steps in TEXTS.items() for step in steps}


async def test_given_every_action_when_everybody_tries_it_then_only_those_who_may_do_it_and_nobody_else_hears_of_it(
    house: House,
) -> None:
    """Each action is tried by everybody and in every state, each pair of these once."""
    for number, each in enumerate(thinned()):
        await _tried(house, each, number)


@pytest.mark.slow
async def test_given_every_person_action_and_state_then_the_matrix_holds_throughout(house: House) -> None:
    for each in tries():
        for shift in range(len(At) if each.about else 1):
            await _tried(house, each, shift)


async def _tried(house: House, each: Try, shift: int) -> None:
    """Everybody with a report of their own; first those who may not, then those who may."""
    states = list(At)
    cells = [Cell(who, states[(number + shift) % len(states)]) for number, who in enumerate(Who)]
    denied = [cell for cell in cells if not expected(cell.who, each, cell.at).done(each)]
    await house.put_back(each, cells)
    before = await house.core()
    for cell, heard in (await house.attempt(each, denied)).items():
        _check_denied(house, each, cell, heard)
    assert await house.core() == before, f"{each}: somebody who may not has changed something"
    await _check_allowed(house, each, [cell for cell in cells if cell not in denied])
    assert await house.set_aside() == 0, f"{each}: the program failed"


def _check_denied(house: House, each: Try, cell: Cell, heard: list[str]) -> None:
    """One kind line, the row for those who may not, or deliberate silence."""
    _check_leaks(house, each, cell, heard)
    due = expected(cell.who, each, cell.at)
    if due.refusal:
        assert heard == [REFUSALS[due.refusal]], f"{cell} tried {each}: {due.refusal} was due, not {heard}"
    elif due.route is None:
        assert heard == [], f"{cell} tried {each}: nothing was due, not {heard}"
    else:
        assert len(heard) <= 3, f"{cell} tried {each}: {heard}"


async def _check_allowed(house: House, each: Try, cells: list[Cell]) -> None:
    before = await house.revisions()
    for cell, heard in (await house.attempt(each, cells)).items():
        _check_leaks(house, each, cell, heard)
        if each.about:
            assert heard, f"{cell} tried {each}: heard nothing"
            assert not set(heard) & set(REFUSALS.values()), f"{cell} tried {each}: they may, but heard {heard}"
    after = await house.revisions()
    moved = {at for at in before if after.get(at) != before[at]}
    assert not each.about or moved <= {cell.at for cell in cells} | {At.CLAIMED}, f"{each}: moved {moved}"


def _check_leaks(house: House, each: Try, cell: Cell, heard: list[str]) -> None:
    """Nobody hears words of a report that they may not read, nor the code of one of which they may not know."""
    read = {At(name) for text in heard for name in CANARY.findall(text) if name != "safeword"}
    assert all(reads(cell.who, at) for at in read), f"{cell} tried {each}, and read {read}"
    assert "safeword" not in "".join(heard), f"{cell} tried {each}, and read a safe word"
    codes = {house.refs[ref] for text in heard for ref in REF.findall(text)}
    assert all(knows(cell.who, at) for at in codes), f"{cell} tried {each}, and heard of {codes}"
