"""Layer 1: a sealed value opens in its own place, at its own revision, in its own server, and nowhere else."""

from datetime import date
from pathlib import Path

import pytest

from storage.errors import KeyDestroyed, Tampered, UnknownFormat
from storage.keyring import Keyring
from storage.vault import Vault
from storage.volatile import VolatileKey

PLACE = ("cases", "header", "c0ffee", 7)
STORY = b"They waited for my brother at the bridge."


def test_given_a_sealed_row_when_opened_in_its_place_then_the_content_comes_back(vault: Vault):
    sealed = vault.seal_row(*PLACE, STORY)
    assert sealed[0] == 0x01
    assert STORY not in sealed
    assert vault.open_row(*PLACE, sealed) == STORY


@pytest.mark.parametrize(
    "elsewhere",
    [
        ("drafts", "header", "c0ffee", 7),
        ("cases", "note", "c0ffee", 7),
        ("cases", "header", "decade", 7),
        ("cases", "header", "c0ffee", 6),
        ("cases", "header", "c0ffee", 8),
        ("casesheader", "", "c0ffee", 7),
    ],
    ids=["other table", "other column", "other row", "rolled back", "rolled forward", "border moved"],
)
def test_given_a_sealed_row_when_it_is_put_elsewhere_then_it_is_refused(vault: Vault, elsewhere):
    sealed = vault.seal_row(*PLACE, STORY)
    with pytest.raises(Tampered):
        vault.open_row(*elsewhere, sealed)


def test_given_two_servers_when_rows_are_exchanged_then_they_are_refused(vault: Vault, tmp_path: Path):
    other = Vault(Keyring.create(tmp_path / "other", date(2026, 11, 1)), today=lambda: date(2026, 11, 2))
    with pytest.raises(Tampered):
        other.open_row(*PLACE, vault.seal_row(*PLACE, STORY))


def test_every_changed_byte_is_noticed(vault: Vault):
    sealed = vault.seal_row(*PLACE, b"")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises((Tampered, UnknownFormat)):
            vault.open_row(*PLACE, changed)


def test_every_cut_and_every_extension_is_noticed(vault: Vault):
    sealed = vault.seal_row(*PLACE, STORY)
    for damaged in [*(sealed[:length] for length in range(1, len(sealed), 7)), sealed + b"\0", sealed + sealed]:
        with pytest.raises(Tampered):
            vault.open_row(*PLACE, damaged)


@pytest.mark.parametrize("first", [b"", b"\x00", b"\x02", b"\x11", b"\xff"])
def test_an_unknown_first_byte_is_refused(vault: Vault, first: bytes):
    with pytest.raises(UnknownFormat):
        vault.open_row(*PLACE, first + vault.seal_row(*PLACE, STORY)[1:] if first else b"")


def test_sealing_twice_gives_unlike_bytes_of_the_same_length(vault: Vault):
    first, second = vault.seal_row(*PLACE, b"yes"), vault.seal_row(*PLACE, "нет, никогда".encode())
    assert first != second
    assert len(first) == len(second)


def test_given_a_row_of_last_month_when_it_is_labelled_with_this_month_then_it_is_refused(ring: Keyring):
    days = iter([date(2026, 10, 9), date(2026, 11, 9)])
    vault = Vault(ring, today=lambda: next(days))
    october, november = vault.seal_row(*PLACE, STORY), vault.seal_row(*PLACE, STORY)
    with pytest.raises(Tampered):
        vault.open_row(*PLACE, november[:3] + october[3:])


def test_given_a_destroyed_month_when_its_row_is_opened_then_it_is_gone_and_the_next_month_is_not(ring: Keyring):
    days = iter([date(2026, 10, 9), date(2026, 11, 9)])
    vault = Vault(ring, today=lambda: next(days))
    october, november = vault.seal_row(*PLACE, STORY), vault.seal_row(*PLACE, STORY)
    ring.destroy(before=date(2026, 11, 1))
    with pytest.raises(KeyDestroyed):
        vault.open_row(*PLACE, october)
    assert vault.open_row(*PLACE, november) == STORY


def test_a_month_that_never_had_a_key_is_a_forgery(vault: Vault):
    sealed = vault.seal_row(*PLACE, STORY)
    with pytest.raises(Tampered):
        vault.open_row(*PLACE, sealed[:1] + b"\xff\xff" + sealed[3:])


def test_given_a_restart_when_a_volatile_row_is_opened_then_it_has_evaporated():
    before, after = VolatileKey(), VolatileKey()
    sealed = before.seal_row(*PLACE, b"correct horse")
    assert sealed[0] == 0x02
    assert before.open_row(*PLACE, sealed) == b"correct horse"
    with pytest.raises(Exception, match="Ask the person again"):
        after.open_row(*PLACE, sealed)


def test_given_a_volatile_row_when_it_is_moved_or_changed_then_it_is_refused():
    key = VolatileKey()
    sealed = key.seal_row(*PLACE, b"correct horse")
    with pytest.raises(Tampered):
        key.open_row("inbox", "payload", "1", 1, sealed)
    with pytest.raises(Tampered):
        key.open_row(*PLACE, sealed[:-1])


def test_a_volatile_key_writes_nothing_of_itself_into_its_rows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("storage.box.new_key", lambda: b"K" * 32)
    key = VolatileKey()
    assert b"KKKK" not in key.seal_row(*PLACE, b"x")
    assert "KKKK" not in repr(key)
