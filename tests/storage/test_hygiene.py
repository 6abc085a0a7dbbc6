"""Secrets of the process stay in the process; errors and names show nothing."""

import subprocess
import sys

import pytest

from storage import errors
from storage.errors import VaultError
from storage.hygiene import wipe

HARDENED = """
import resource
from pathlib import Path
from storage.hygiene import harden
assert harden() and harden()
assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
import ctypes
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_given_a_hardened_process_then_it_leaves_no_core_and_cannot_be_dumped():
    done = subprocess.run([sys.executable, "-c", HARDENED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "0", "")


def test_wiping_leaves_zeros_in_place():
    one, two = bytearray(b"secret"), bytearray(b"")
    wipe(one, two)
    assert (one, two) == (bytearray(6), bytearray())


def every(kind: type[VaultError]) -> list[type[VaultError]]:
    return [kind, *(deeper for child in kind.__subclasses__() for deeper in every(child))]


@pytest.mark.parametrize("kind", every(VaultError))
def test_the_message_of_an_error_is_its_docstring_and_the_tree_on_the_first_page_names_it(kind: type[VaultError]):
    assert " ".join(str(kind()).split()) == " ".join((kind.__doc__ or "").split())
    if kind.__module__ == errors.__name__:
        assert kind.__name__ in (errors.__doc__ or "")
    assert str(kind("ring.sealed")).startswith("ring.sealed: ")
