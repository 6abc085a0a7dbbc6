"""The audit chain: an edited, cut, spliced or rolled-back past shows, and says where."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.audit import Audit, Fault, Head, Line, Verifier
from storage.errors import NotAHead

AUDIT = Audit(b"k" * 32, "deployment")


def chain(length: int, audit: Audit = AUDIT) -> list[Line]:
    lines: list[Line] = []
    for number in range(length):
        lines.append(audit.next(lines[-1] if lines else None, f"sealed entry {number}".encode()))
    return lines


def test_given_an_untouched_chain_then_it_is_whole_and_its_head_matches_the_witness():
    lines = chain(9)
    for witness in (None, Head.of(lines[0]), Head.of(lines[-1])):
        report = AUDIT.verify(lines, witness)
        assert report.ok and report.lines == 9 and report.head == Head.of(lines[-1])


def test_an_empty_chain_is_whole_unless_somebody_saw_a_head():
    assert AUDIT.verify([]).ok
    report = AUDIT.verify([], Head.of(chain(1)[0]))
    assert (report.kind, report.bad) == (Fault.ROLLED_BACK, 1)


@given(st.integers(0, 8), st.binary(min_size=1, max_size=20))
def test_given_an_edited_entry_then_its_line_is_named(at: int, words: bytes):
    lines = chain(9)
    lines[at] = replace(lines[at], sealed=words)
    report = AUDIT.verify(lines)
    assert (report.kind, report.bad) == (Fault.EDITED, at + 1)


@given(st.integers(0, 7))
def test_given_a_line_cut_out_then_the_gap_is_named(at: int):
    lines = chain(9)
    del lines[at]
    report = AUDIT.verify(lines)
    assert (report.kind, report.bad) == (Fault.CUT, at + 2)


@given(st.integers(0, 7))
def test_given_a_line_cut_out_and_the_rest_renumbered_then_it_shows(at: int):
    lines = chain(9)
    del lines[at]
    renumbered = [replace(line, number=number) for number, line in enumerate(lines, 1)]
    report = AUDIT.verify(renumbered)
    assert (report.kind, report.bad) == (Fault.SPLICED, at + 1)


def test_given_lines_swapped_repeated_or_taken_from_another_server_then_they_are_named():
    lines, foreign = chain(6), chain(6, Audit(b"k" * 32, "elsewhere"))
    swapped = [*lines[:2], replace(lines[3], number=3), replace(lines[2], number=4), *lines[4:]]
    repeated = [*lines[:3], lines[2], *lines[3:]]
    spliced = [*lines[:4], *foreign[4:]]
    found = [(report.kind, report.bad) for report in map(AUDIT.verify, (swapped, repeated, spliced, foreign))]
    assert found == [(Fault.SPLICED, 3), (Fault.SPLICED, 3), (Fault.SPLICED, 5), (Fault.SPLICED, 1)]


def test_given_an_edit_that_mends_commitment_and_chain_without_the_key_then_it_shows():
    lines = chain(5)
    forger = Audit(b"guess" * 6, "deployment")
    forged = lines[:3]
    for words in (b"nothing happened", b"at all"):
        forged.append(forger.next(forged[-1], words))
    report = AUDIT.verify(forged)
    assert (report.kind, report.bad) == (Fault.SPLICED, 4)


def test_given_an_older_copy_when_a_later_head_was_posted_then_it_is_rolled_back():
    lines = chain(9)
    report = AUDIT.verify(lines[:6], Head.of(lines[8]))
    assert (report.kind, report.bad) == (Fault.ROLLED_BACK, 7)


def test_given_a_chain_written_anew_with_the_servers_own_key_then_the_posted_head_shows_it():
    lines = chain(5)
    anew = lines[:2]
    for words in (b"another story", b"and another", b"and its end"):
        anew.append(AUDIT.next(anew[-1], words))
    assert AUDIT.verify(anew).ok
    assert AUDIT.verify(anew, Head.of(lines[1])).ok
    report = AUDIT.verify(anew, Head.of(lines[4]))
    assert (report.kind, report.bad) == (Fault.ROLLED_BACK, 5)


def test_given_an_entry_that_was_emptied_after_its_retention_then_the_chain_holds_and_says_so():
    lines = chain(5)
    lines[0] = replace(lines[0], sealed=None)
    report = AUDIT.verify(lines, Head.of(lines[4]))
    assert report.ok and report.emptied == 1


def test_given_several_faults_then_the_first_is_named():
    lines = chain(9)
    lines[2], lines[6] = replace(lines[2], sealed=b"x"), replace(lines[6], sealed=b"y")
    assert AUDIT.verify(lines).bad == 3


def test_a_chain_is_read_line_by_line():
    verifier = Verifier(AUDIT)
    for line in chain(3):
        verifier.read(line)
    assert verifier.report() == AUDIT.verify(chain(3))


def test_a_head_is_short_enough_to_read_aloud_and_comes_back():
    head = Head.of(chain(12)[-1])
    assert len(str(head)) == len("12:") + 16
    assert Head.parse(f"  #{str(head).upper()}\n") == head


@pytest.mark.parametrize("text", ["", "12", "12:", "0:0123456789abcdef", "12:0123", "12:0123456789abcdef0", "x:y"])
def test_what_is_no_head_is_refused(text: str):
    with pytest.raises(NotAHead):
        Head.parse(text)
