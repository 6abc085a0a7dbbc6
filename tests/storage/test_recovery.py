"""The recovery key as text that the age tool reads: checked against the age specification's own example."""

import pytest

from storage.errors import NotAKey
from storage.pairs import new_pair, public_of
from storage.recovery import identity_text, parse_identity, parse_recipient, recipient_text

# C2SP, age.md, "The MLKEM768-X25519 (i.e. X-Wing) hybrid post-quantum recipient type"
AGE_IDENTITY = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
AGE_RECIPIENT_START = "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87pzf5zrqtzdxz95paef6caq5aapdmwjjqpj"
AGE_RECIPIENT_END = "xpfqdkmhh6gjtqmwze9pyyzk3tlhl53k2ykx3qheyty7saeq0d3fzv49zc0k"


def test_given_the_example_of_the_age_specification_then_both_texts_are_the_same():
    seed = parse_identity(AGE_IDENTITY)
    assert identity_text(seed) == AGE_IDENTITY
    recipient = recipient_text(public_of(seed))
    assert recipient.startswith(AGE_RECIPIENT_START) and recipient.endswith(AGE_RECIPIENT_END)
    assert parse_recipient(recipient) == public_of(seed)


def test_a_fresh_key_comes_back_from_its_texts_and_in_small_letters():
    with new_pair() as pair:
        assert parse_identity(identity_text(pair.seed).lower() + "\n") == pair.seed
        assert parse_recipient(recipient_text(pair.public)) == pair.public


def test_any_one_wrong_letter_is_noticed():
    for at in range(len("AGE-SECRET-KEY-PQ-1"), len(AGE_IDENTITY)):
        other = "Q" if AGE_IDENTITY[at] != "Q" else "P"
        with pytest.raises(NotAKey):
            parse_identity(AGE_IDENTITY[:at] + other + AGE_IDENTITY[at + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AGE-SECRET-KEY-PQ-1",
        AGE_IDENTITY[:-1],
        AGE_IDENTITY + "Q",
        AGE_IDENTITY.replace("AGE", "age"),
        "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
        AGE_IDENTITY.replace("X", "b"),
    ],
)
def test_what_is_no_identity_is_refused_without_repeating_it(text: str):
    with pytest.raises(NotAKey) as refusal:
        parse_identity(text)
    assert len(text) < 5 or text not in str(refusal.value)


def test_an_identity_is_no_recipient_and_a_short_key_is_neither():
    with pytest.raises(NotAKey):
        parse_recipient(AGE_IDENTITY)
    with pytest.raises(NotAKey):
        parse_recipient(recipient_text(bytes(100)))
    with pytest.raises(NotAKey):
        parse_identity(identity_text(bytes(31)))
