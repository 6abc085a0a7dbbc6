"""A code is kept stretched, under a salt that is the server's own."""

from datetime import date
from pathlib import Path

from storage import codes
from storage.keyring import Keyring
from storage.vault import Vault

CODE = "00112233445566778899"
DAY = date(2026, 11, 23)


def test_a_code_is_stretched_as_it_always_was():
    assert codes.stretch(CODE, b"\x07" * 32) == "234155c166ad38a207311795b3c232d880873de45d8df8236a4bbf57e0c44711"


def test_the_costs_are_no_less_than_the_published_minimum():
    assert (codes.MEMORY, codes.PASSES, codes.LANES) >= (19_456, 2, 1)


def test_given_one_code_on_two_servers_then_what_is_kept_has_nothing_in_common(tmp_path: Path):
    first, second = (Vault(Keyring.create(tmp_path / name, DAY)) for name in ("first", "second"))
    assert first.stretch(CODE) != second.stretch(CODE)
    assert first.stretch(CODE) == Vault(Keyring.open(tmp_path / "first")).stretch(CODE), "found again after a restart"
