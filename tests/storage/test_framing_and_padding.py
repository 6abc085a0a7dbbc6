"""Contexts that can't be confused, and sizes that say little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import Tampered
from storage.framing import frame
from storage.padding import BLOCK, FLOOR, blocks, pad, padme, unpad

parts = st.lists(st.text(max_size=12), max_size=6)


@given(parts, parts)
def test_two_lists_of_parts_share_a_context_only_when_they_are_the_same(first: list[str], second: list[str]):
    assert (frame(*first) == frame(*second)) == (first == second)


@given(parts, st.data())
def test_moving_a_border_between_parts_changes_the_context(words: list[str], data: st.DataObject):
    joined = "".join(words)
    cut = data.draw(st.integers(0, len(joined)))
    moved = [joined[:cut], joined[cut:]]
    assert (frame(*moved) == frame(*words)) == (moved == words)


def test_parts_that_look_like_lengths_do_not_confuse():
    assert frame("a", "b") != frame("a\0\0\0\1b")
    assert frame() != frame("")


@given(st.binary(max_size=3000))
def test_what_was_padded_comes_back(content: bytes):
    padded = pad(content)
    assert unpad(padded) == content
    assert len(padded) == padme(len(content) + 1)


@given(st.binary(max_size=64), st.integers(0, 40))
def test_content_that_looks_like_padding_comes_back(content: bytes, zeros: int):
    awkward = content + b"\x80" + bytes(zeros)
    assert unpad(pad(awkward)) == awkward


@given(st.integers(0, 10**9))
def test_a_padded_size_holds_its_content_and_costs_at_most_an_eighth(length: int):
    size = padme(length)
    assert size >= length
    assert size == FLOOR or size <= length * 1.12 + 1
    assert padme(size) == size


def test_short_answers_all_look_alike():
    assert {len(pad(b"x" * length)) for length in range(FLOOR)} == {FLOOR}


def test_sizes_of_a_year_of_reports_fall_into_few_classes():
    assert len({padme(length) for length in range(20_000)}) < 130


@pytest.mark.parametrize("padded", [b"", bytes(256), b"no mark" + bytes(249)])
def test_bytes_without_a_mark_are_refused(padded: bytes):
    with pytest.raises(Tampered):
        unpad(padded)


def test_attachments_fill_whole_blocks():
    assert [blocks(length) for length in (0, 1, BLOCK, BLOCK + 1)] == [BLOCK, BLOCK, BLOCK, 2 * BLOCK]
