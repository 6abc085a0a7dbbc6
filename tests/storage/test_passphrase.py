"""A member's seed under her passphrase: slow to guess, bound to her, refused when anything was changed."""

import struct
import threading

import pytest

from storage import passphrase
from storage.errors import BadParameters, Tampered, UnknownFormat, WordListChanged, WrongPassphrase
from storage.passphrase import Kdf, new_passphrase
from storage.vault import Vault

SEED = bytes(range(32))
WORDS = "abacus zoom t-shirt grumble easel lung"


def test_given_a_wrapped_seed_when_the_words_are_right_then_it_comes_back_as_something_to_wipe(vault: Vault):
    wrapped = vault.wrap(SEED, WORDS, "member-1")
    assert wrapped[0] == 0x21
    seed = vault.unwrap(wrapped, WORDS, "member-1")
    assert isinstance(seed, bytearray) and seed == SEED


def test_a_telephone_that_capitalises_and_doubles_spaces_changes_nothing(vault: Vault):
    wrapped = vault.wrap(SEED, WORDS, "member-1")
    typed = " Abacus  zoom T-Shirt\u00a0grumble\n easel LUNG "
    assert vault.unwrap(wrapped, typed, "member-1") == SEED


def test_given_wrong_words_or_another_member_then_it_is_refused(vault: Vault):
    wrapped = vault.wrap(SEED, WORDS, "member-1")
    for words, member in ((WORDS + " x", "member-1"), ("", "member-1"), (WORDS, "member-2")):
        with pytest.raises(WrongPassphrase):
            vault.unwrap(wrapped, words, member)


def test_given_the_same_words_on_a_server_with_another_pepper_then_they_open_nothing(vault: Vault):
    wrapped = vault.wrap(SEED, WORDS, "member-1")
    vault.ring.pepper = bytes(32)
    with pytest.raises(WrongPassphrase):
        vault.unwrap(wrapped, WORDS, "member-1")


def test_given_a_changed_salt_or_seal_then_it_is_refused(vault: Vault):
    wrapped = vault.wrap(SEED, WORDS, "member-1")
    for at in (7, 22, 23, len(wrapped) - 1):
        with pytest.raises(WrongPassphrase):
            vault.unwrap(wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :], WORDS, "member-1")


@pytest.mark.parametrize(
    ("memory", "passes", "lanes"),
    [
        (64 * 1024 - 1, 3, 4),
        (4096 * 1024 + 1, 3, 4),
        (64 * 1024, 2, 4),
        (64 * 1024, 17, 4),
        (64 * 1024, 3, 0),
        (64 * 1024, 3, 17),
        (0, 0, 0),
        (2**32 - 1, 255, 255),
    ],
)
def test_costs_outside_the_bounds_are_refused_before_any_work(vault: Vault, memory: int, passes: int, lanes: int):
    with pytest.raises(BadParameters):
        Kdf(memory, passes, lanes)
    forged = struct.pack(">BIBB16s", 0x21, memory, passes, lanes, bytes(16)) + bytes(104)
    with pytest.raises(BadParameters):
        vault.unwrap(forged, WORDS, "member-1")


def test_a_wrap_of_lower_costs_within_the_bounds_does_not_open_either(vault: Vault):
    wrapped = vault.wrap(SEED, WORDS, "member-1")
    cheaper = wrapped[:6] + b"\x02" + wrapped[7:]
    with pytest.raises(WrongPassphrase):
        vault.unwrap(cheaper, WORDS, "member-1")


def test_what_is_no_wrap_is_refused(vault: Vault):
    with pytest.raises(UnknownFormat):
        vault.unwrap(b"", WORDS, "member-1")
    with pytest.raises(Tampered):
        vault.unwrap(b"\x21\0\0", WORDS, "member-1")


def test_the_default_cost_is_that_of_the_design():
    assert Kdf() == Kdf(memory=256 * 1024, passes=3, lanes=4)


def test_key_and_typed_words_are_wiped(vault: Vault, monkeypatch: pytest.MonkeyPatch):
    wiped: list[bytearray] = []
    monkeypatch.setattr(passphrase, "wipe", lambda *secrets: wiped.extend(secrets))
    vault.wrap(SEED, WORDS, "member-1")
    assert [len(secret) for secret in wiped] == [len(WORDS), 32]


def test_a_new_passphrase_is_six_words_of_the_list_and_never_the_same():
    phrases = [new_passphrase().split() for _ in range(50)]
    assert all(len(words) == 6 for words in phrases)
    assert {word for words in phrases for word in words} <= set(passphrase._eff_words())
    assert len({tuple(words) for words in phrases}) == 50


def test_a_shortened_word_list_is_refused_at_load(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(passphrase, "_LIST_LENGTH", 7777)
    passphrase._eff_words.cache_clear()
    with pytest.raises(WordListChanged):
        new_passphrase()
    passphrase._eff_words.cache_clear()


def test_no_word_of_the_list_is_changed_by_normalisation():
    assert all(passphrase._as_typed(word) == word for word in passphrase._eff_words())


def test_given_several_who_unlock_at_the_same_moment_when_they_are_let_in_then_none_waits_for_ever(vault: Vault):
    wrapped = vault.wrap(SEED, WORDS, "member-1")
    opened: list[bytearray] = []
    begin = threading.Barrier(3)

    def unlock() -> None:
        begin.wait()
        opened.extend(vault.unwrap(wrapped, WORDS, "member-1") for _ in range(2))

    people = [threading.Thread(target=unlock, daemon=True) for _ in range(3)]
    for person in people:
        person.start()
    for person in people:
        person.join(timeout=60)
    assert opened == [SEED] * 6
