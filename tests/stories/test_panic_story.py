"""`/panic`: who may, what it takes, and everything that destroys nothing."""

from datetime import timedelta

import pytest

from handlers.model import Panic, Role, Step
from handlers.office import panic
from tests.stories.conftest import House, Phone


def _asked(phone: Phone) -> str:
    """The number that is shown."""
    assert phone.command("panic") == ["panic.ask"]
    return str(phone.heard()[-1].message.params["number"])


def _orders(house: House) -> list[Panic]:
    return [effect for effect in house.effects if isinstance(effect, Panic)]


def test_given_an_admin_with_open_keys_when_the_number_is_typed_then_the_keys_are_destroyed_and_nothing_is_answered(
    house: House,
):
    admin = house.member("ada", Role.ADMIN)
    number = _asked(admin)
    assert len(number) == panic.DIGITS and not _orders(house)
    assert admin.say(f" {number[:2]} {number[2:]} ") == []
    (order,) = _orders(house)
    assert (order.done.id, order.left.id, order.done.params) == ("panic.told", "panic.left", {"by": "ada"})
    assert [entry.action for entry in house.audit] == ["panic.asked", "panic"]


def test_given_two_minutes_or_another_number_then_nothing_is_destroyed_and_another_number_is_needed(house: House):
    admin = house.member("ada", Role.ADMIN)
    number = _asked(admin)
    house.now += panic.WITHIN + timedelta(seconds=1)
    assert admin.say(number) == ["panic.over"]
    other = _asked(admin)
    assert other != number
    assert admin.say(number) == ["panic.other"]
    assert admin.say(other) == ["desk.unasked"]
    assert not _orders(house)


@pytest.mark.parametrize("leaving", [("command", "queue"), ("command", "cancel"), ("press", "stop")])
def test_given_anything_else_that_is_done_then_the_number_does_nothing(house: House, leaving: tuple[str, str]):
    admin = house.member("ada", Role.ADMIN)
    number = _asked(admin)
    how, what = leaving
    said = getattr(admin, how)(what)
    assert what == "queue" or said == ["panic.kept"]
    admin.say(number)
    assert not _orders(house) and house.conversations[admin.address].step is not Step.PANIC


def test_given_closed_keys_then_neither_the_question_nor_the_number_does_anything(house: House):
    admin = house.member("ada", Role.ADMIN)
    number = _asked(admin)
    house.open_keys.clear()
    assert admin.say(number) == ["refused.locked"]
    assert admin.command("panic") == ["refused.locked"]
    assert not _orders(house)


def test_given_anybody_but_an_admin_then_the_command_does_not_exist(house: House):
    reporter = house.reporter()
    reporter.begin()
    assert reporter.command("panic") == reporter.command("nosuchthing")
    assert house.member("ruth").command("panic") == ["command.unknown"]
