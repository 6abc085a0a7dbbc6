"""A code is read back however a tired person types it, and a wrong word is named."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wordlists import code_words
from handlers.codes import BITS_PER_WORD, ENTROPY_BYTES, Mistyped, new_code, read, spell

LISTS = code_words(("en", "ru", "uz", "tg"))


def test_a_code_holds_eighty_random_bits():
    assert ENTROPY_BYTES * 8 >= 80
    assert len({new_code(secrets.token_urlsafe(16)) for _ in range(200)}) == 200


@pytest.mark.parametrize("language", ["en", "ru", "tg"])
@given(entropy=st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES))
def test_given_any_code_when_spelled_in_a_language_then_it_reads_back(language, entropy):
    spelled = spell(entropy.hex(), LISTS[language])
    assert read(spelled, LISTS) == entropy.hex()
    assert read(f"  {spelled.upper().replace(' ', ', ')}. ", LISTS) == entropy.hex()


@given(entropy=st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES))
def test_given_only_four_letters_of_each_word_when_typed_then_the_code_is_still_read(entropy):
    spelled = spell(entropy.hex(), LISTS["en"])
    assert read(" ".join(word[:4] for word in spelled.split()), LISTS) == entropy.hex()


def test_given_a_word_in_no_list_when_typed_then_it_is_named():
    words = spell("00" * ENTROPY_BYTES, LISTS["en"]).split()
    assert read(" ".join([*words[:7], "xxxxxx"]), LISTS) == Mistyped("xxxxxx")


def test_given_another_valid_word_when_typed_then_the_check_finds_it_nearly_always():
    caught = 0
    for index in range(200):
        words = spell(new_code(secrets.token_urlsafe(16)), LISTS["en"]).split()
        words[3] = LISTS["en"][index * 7]
        caught += isinstance(read(" ".join(words), LISTS), Mistyped)
    assert caught > 180  # eight check bits let one in 256 through


@pytest.mark.parametrize("text", ["", "hello", "they came to my house and took him away", "1 2 3 4 5 6 7 8"])
def test_given_something_that_is_no_code_when_typed_then_it_is_none(text):
    assert read(text, LISTS) is None or isinstance(read(text, LISTS), Mistyped)


def test_the_lists_fit_the_bits():
    assert all(len(words) == 2**BITS_PER_WORD for words in LISTS.values())
