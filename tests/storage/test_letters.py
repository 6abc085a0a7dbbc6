"""Layer 2: only the holder of a seed reads, and every letter knows where it belongs."""

import pytest

from storage import pairs
from storage.errors import NotAKey, Tampered, UnknownFormat
from storage.pairs import fingerprint, new_pair, public_of, spoken
from storage.vault import Vault

ANSWER = b"My cousin was taken from the hostel at night."


def test_given_a_letter_when_the_right_person_opens_it_then_she_reads(vault: Vault):
    with new_pair() as case:
        sealed = vault.seal_for(case.public, ANSWER, "part", "case-1", "3")
        assert sealed[0] == 0x11
        assert sealed[1:].startswith(fingerprint(case.public))
        assert vault.open_with(case.seed, sealed, "part", "case-1", "3") == ANSWER


def test_the_server_that_sealed_it_holds_nothing_that_opens_it(vault: Vault):
    with new_pair() as case:
        sealed = vault.seal_for(case.public, ANSWER, "part")
    ring = vault.ring
    for key in (ring.pepper, ring.audit_key, ring.data_key(ring.current(vault.today())), bytes(case.seed)):
        with pytest.raises(Tampered):
            vault.open_with(key, sealed, "part")


@pytest.mark.parametrize(
    "info", [("part", "case-2", "3"), ("part", "case-1", "4"), ("grant", "case-1", "3"), ("part", "case-13", ""), ()]
)
def test_given_a_part_when_it_is_moved_to_another_case_or_place_then_it_is_refused(vault: Vault, info):
    with new_pair() as case:
        sealed = vault.seal_for(case.public, ANSWER, "part", "case-1", "3")
        with pytest.raises(Tampered):
            vault.open_with(case.seed, sealed, *info)


def test_given_a_letter_when_another_key_is_named_or_used_then_it_is_refused(vault: Vault):
    with new_pair() as case, new_pair() as thief:
        sealed = vault.seal_for(case.public, ANSWER, "part")
        relabelled = sealed[:1] + fingerprint(thief.public) + sealed[17:]
        for seed, letter in ((thief.seed, sealed), (thief.seed, relabelled), (case.seed, relabelled)):
            with pytest.raises(Tampered):
                vault.open_with(seed, letter, "part")


def test_every_changed_byte_of_a_letter_is_noticed(vault: Vault):
    with new_pair() as case:
        sealed = vault.seal_for(case.public, b"", "part")
        for at in range(0, len(sealed), 11):
            changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
            with pytest.raises((Tampered, UnknownFormat)):
                vault.open_with(case.seed, changed, "part")


@pytest.mark.parametrize("length", [0, 1, 16, 17, 18, 1136, 1137, -1])
def test_a_cut_letter_is_refused(vault: Vault, length: int):
    with new_pair() as case:
        sealed = vault.seal_for(case.public, ANSWER, "part")
        with pytest.raises((Tampered, UnknownFormat)):
            vault.open_with(case.seed, sealed[:length], "part")


def test_letters_tell_a_padded_length_only(vault: Vault):
    with new_pair() as case:
        assert len(vault.seal_for(case.public, b"no")) == len(vault.seal_for(case.public, b"y" * 200))


def test_given_the_stored_public_keys_of_two_cases_when_they_are_swapped_then_nothing_is_sealed_to_the_wrong_one(
    vault: Vault,
):
    with new_pair() as case, new_pair() as thief:
        stored = vault.seal_row("cases", "public", "case-1", 1, case.public)
        planted = vault.seal_row("cases", "public", "case-2", 1, thief.public)
        assert vault.open_row("cases", "public", "case-1", 1, stored) == case.public
        with pytest.raises(Tampered):
            vault.open_row("cases", "public", "case-1", 1, planted)


@pytest.mark.parametrize("public", [b"", bytes(1215), bytes(1217), b"\xff" * 1216])
def test_what_is_no_public_key_is_refused(vault: Vault, public: bytes):
    with pytest.raises(NotAKey):
        vault.seal_for(public, ANSWER)


def test_a_public_key_of_small_order_is_refused(vault: Vault):
    with new_pair() as case, pytest.raises(NotAKey):
        vault.seal_for(case.public[:1184] + bytes(32), ANSWER)


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_what_is_no_seed_is_refused(seed: bytes):
    with pytest.raises(NotAKey):
        public_of(seed)


def test_a_pair_shows_its_fingerprint_and_wipes_its_seed():
    with new_pair() as pair:
        seed = bytes(pair.seed)
        assert public_of(seed) == pair.public
        assert seed.hex() not in repr(pair) and str(seed) not in repr(pair)
        assert fingerprint(pair.public).hex() in repr(pair)
    assert pair.seed == bytearray(32)


def test_four_spoken_words_name_a_key():
    with new_pair() as mine, new_pair() as swapped:
        assert len(spoken(mine.public).split()) == 4
        assert spoken(mine.public) == spoken(mine.public)
        assert spoken(mine.public) != spoken(swapped.public)


def test_the_seed_is_expanded_into_memory_that_is_wiped(monkeypatch: pytest.MonkeyPatch):
    wiped: list[int] = []
    monkeypatch.setattr(pairs, "wipe", lambda *secrets: wiped.extend(len(secret) for secret in secrets))
    public_of(bytes(32))
    assert wiped == [96]
