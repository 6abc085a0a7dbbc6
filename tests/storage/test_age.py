"""Files for the recovery key and for partners: other people's age opens them, and every damage is noticed."""

import io

import pyrage
import pytest

from storage import age
from storage.errors import NotAKey, Tampered, UnknownFormat
from storage.pairs import new_pair
from storage.recovery import parse_partner, recipient_text

CHUNK = 64 * 1024


def sealed(public: bytes, data: bytes, step: int = 50_000) -> bytes:
    out = io.BytesIO()
    with age.sealed(out, public) as file:
        for at in range(0, len(data), step):
            file.write(data[at : at + step])
    return out.getvalue()


SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]


@pytest.mark.parametrize("size", SIZES)
def test_given_a_partner_with_a_classic_key_then_another_implementation_opens_the_file(size: int):
    theirs = pyrage.x25519.Identity.generate()
    data = bytes(range(251)) * (size // 251 + 1)
    file = sealed(parse_partner(str(theirs.to_public())), data[:size])
    assert pyrage.decrypt(file, [theirs]) == data[:size]


@pytest.mark.parametrize("size", SIZES)
def test_given_the_recovery_key_then_the_file_comes_back_whole(size: int):
    with new_pair() as pair:
        file = sealed(parse_partner(recipient_text(pair.public)), b"x" * size)
        assert age.opened(io.BytesIO(file), pair.seed).read() == b"x" * size


def test_given_a_file_with_one_byte_changed_then_it_is_refused_wherever_the_byte_is():
    with new_pair() as pair:
        file = sealed(pair.public, b"x" * (2 * CHUNK))
        for at in (0, 25, 300, 1600, len(file) // 2, len(file) - 1):
            changed = bytearray(file)
            changed[at] ^= 1
            with pytest.raises((Tampered, UnknownFormat)):
                age.opened(io.BytesIO(bytes(changed)), pair.seed).read()


@pytest.mark.parametrize("cut", [1, 16, CHUNK, CHUNK + 16, CHUNK + 17, 2 * CHUNK + 32])
def test_given_a_file_that_was_cut_short_then_its_end_is_missed(cut: int):
    with new_pair() as pair:
        file = sealed(pair.public, b"x" * (2 * CHUNK))
        with pytest.raises(Tampered):
            age.opened(io.BytesIO(file[:-cut]), pair.seed).read()


def test_given_chunks_in_another_order_or_something_after_the_end_then_it_is_refused():
    with new_pair() as pair:
        file = sealed(pair.public, b"x" * (2 * CHUNK))
        body = len(file) - 2 * (CHUNK + 16)
        turned = file[:body] + file[body + CHUNK + 16 :] + file[body : body + CHUNK + 16]
        for damaged in (turned, file + b"x", file + file[-CHUNK - 16 :]):
            with pytest.raises(Tampered):
                age.opened(io.BytesIO(damaged), pair.seed).read()


def test_given_somebody_elses_key_then_nothing_opens():
    with new_pair() as mine, new_pair() as theirs, pytest.raises(Tampered):
        age.opened(io.BytesIO(sealed(theirs.public, b"x")), mine.seed)


@pytest.mark.parametrize(
    "junk", [b"", b"age-encryption.org/v2\n", b"age-encryption.org/v1\n-> scrypt a 18\n\n--- a\n", b"\0" * 5000]
)
def test_given_something_else_then_it_is_named_so(junk: bytes):
    with new_pair() as pair, pytest.raises(UnknownFormat):
        age.opened(io.BytesIO(junk), pair.seed)


def test_given_an_error_while_writing_then_the_file_has_no_end():
    out = io.BytesIO()
    with new_pair() as pair:
        with pytest.raises(OSError), age.sealed(out, pair.public) as file:
            file.write(b"x" * 10)
            raise OSError
        with pytest.raises(Tampered):
            age.opened(io.BytesIO(out.getvalue()), pair.seed).read()


@pytest.mark.parametrize("text", ["", "age1", "age1pq1", "age1" + "q" * 58, "AGE-SECRET-KEY-1QQ"])
def test_given_a_damaged_key_of_a_partner_then_it_is_refused(text: str):
    with pytest.raises(NotAKey):
        parse_partner(text)


def test_given_a_key_of_small_order_then_nothing_is_sealed_to_it():
    with pytest.raises(NotAKey):
        sealed(bytes(32), b"x")
