"""A code is kept stretched, under a salt that is the server's own."""

from datetime import date
from pathlib import Path

from storage import codes
from storage.keyring import Keyring
from storage.vault import Vault

CODE = "00112233445566778899"
DAY = date(2026, 11, 23)


def test_a_code_is_stretched_as_it_always_was():
    assert codes.stretch(CODE, b"\x07" * 32) == "fa49f2fbb6e1880888d6f36991ed5e7979a22ccf9c1a97003f88ec44a517e987"


def test_the_costs_are_among_the_published_minima():
    """OWASP's Password Storage Cheat Sheet, Argon2id: memory in KiB, passes, lanes."""
    minima = {(47_104, 1, 1), (19_456, 2, 1), (12_288, 3, 1), (9_216, 4, 1), (7_168, 5, 1)}
    assert (codes.MEMORY, codes.PASSES, codes.LANES) in minima


def test_given_one_code_on_two_servers_then_what_is_kept_has_nothing_in_common(tmp_path: Path):
    first, second = (Vault(Keyring.create(tmp_path / name, DAY)) for name in ("first", "second"))
    assert first.stretch(CODE) != second.stretch(CODE)
    assert first.stretch(CODE) == Vault(Keyring.open(tmp_path / "first")).stretch(CODE), "found again after a restart"
