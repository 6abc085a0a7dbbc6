"""The lock: what a process can't do any more once it is locked up, whatever code a hostile file makes it run."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.cleaning import jail
from tests.bot.cleaning.needs import ROOT, needs_landlock, needs_namespaces

LOCKED = """
import ctypes, os, resource, socket, subprocess, sys
sys.path.append(sys.argv[1])
from bot.cleaning import jail
there, port = sys.argv[2], int(sys.argv[3])
mine = open(there, "rb+")
jail.enter(256 << 20, 1)
jail.cut_off()
jail.lock()
"""
WITH_FONTS = LOCKED.replace("jail.lock()", "from bot.cleaning.child import FONTS; jail.lock(FONTS)")
WITH_PROGRAMS = """
import ctypes, os, resource, socket, subprocess, sys
sys.path.append(sys.argv[1])
from bot.cleaning import child, jail
there, port = sys.argv[2], int(sys.argv[3])
jail.enter(256 << 20, 1, jail.SCRATCH_BYTES)
assert jail.own_memory()
jail.lock(child.PROGRAMS, (str(jail.SCRATCH),), 64)
"""

REPORT = """
except BaseException as error:
    print(type(error).__name__)
else:
    print("done")
"""


@pytest.fixture
def evidence(tmp_path):
    """A file that lies on the same disk."""
    file = tmp_path / "ring"
    file.write_bytes(b"key")
    return file


def end_of(lock: str, attempt: str, evidence: Path, port: int = 1) -> str:
    """What the attempt ends with, tried behind the lock: the last word that is said about it."""
    program = f"{lock}\ntry:\n    {attempt}{REPORT}"
    run = [sys.executable, "-I", "-B", "-c", program, str(ROOT), str(evidence), str(port)]
    said = subprocess.run(run, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, check=False, timeout=60)
    return said.stdout.decode().strip() or f"killed by {-said.returncode}"


@pytest.mark.parametrize(
    "attempt",
    [
        "open(there, 'rb')",
        "open('/etc/passwd')",
        "os.memfd_create('x')",
        "socket.socket()",
        "os.pipe()",
        "mine.write(b'x'); mine.flush()",
    ],
)
def test_given_a_locked_process_then_it_opens_writes_and_reaches_nothing(attempt, evidence):
    assert end_of(LOCKED, attempt, evidence) == "OSError"
    assert evidence.read_bytes() == b"key"


@needs_landlock
def test_given_a_locked_process_then_it_starts_nothing(evidence):
    assert end_of(LOCKED, "os.execv('/bin/true', ['true'])", evidence) == "PermissionError"


def test_given_a_locked_process_then_memory_and_time_end(evidence):
    assert end_of(LOCKED, "bytearray(1 << 30)", evidence) == "MemoryError"
    assert end_of(LOCKED, "any(iter(int, 1))", evidence).startswith("killed by")


def test_given_a_locked_process_then_its_limits_and_privileges_stay(evidence):
    assert end_of(LOCKED, "assert open", evidence) == "done"
    assert end_of(LOCKED, "assert ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 1", evidence) == "done"
    raised = "resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))"
    assert end_of(LOCKED, raised, evidence) == "ValueError"


@needs_landlock
@needs_namespaces
@pytest.mark.parametrize(
    ("attempt", "end"),
    [
        ("open(there, 'rb')", "FileNotFoundError PermissionError"),
        ("open('/etc/passwd')", "PermissionError"),
        ("open('/proc/self/environ')", "PermissionError"),
        ("open('/usr/x', 'w')", "PermissionError"),
        ("socket.create_connection(('127.0.0.1', port), 2)", "OSError PermissionError ConnectionRefusedError"),
        ("(jail.SCRATCH / 'x').write_bytes(b'x')", "done"),
        ("subprocess.run(['/bin/true'], check=True, stdout=2, stderr=2, stdin=0)", "done"),
    ],
)
def test_given_a_program_in_its_folder_in_memory_then_it_can_do_no_more_than_it_must(attempt, end, evidence):
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert end_of(WITH_PROGRAMS, attempt, evidence, server.getsockname()[1]) in end.split()


@needs_landlock
@needs_namespaces
@pytest.mark.parametrize(
    ("attempt", "end"),
    [
        ("open(there, 'rb')", "PermissionError"),
        ("os.execv('/bin/true', ['true'])", "PermissionError"),
        ("socket.create_connection(('127.0.0.1', port), 2)", "OSError PermissionError"),
        ("socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', port))", "OSError"),
    ],
)
def test_given_a_process_that_may_read_fonts_then_it_reads_and_reaches_nothing_else(attempt, end, evidence):
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert end_of(WITH_FONTS, attempt, evidence, server.getsockname()[1]) in end.split()


@needs_namespaces
def test_given_a_file_in_the_folder_in_memory_then_nobody_else_ever_sees_it(evidence):
    before = set(os.listdir(jail.SCRATCH))
    look = "(jail.SCRATCH / 'canary').write_bytes(b'x'); print(os.listdir(jail.SCRATCH))"
    assert end_of(WITH_PROGRAMS, look, evidence).splitlines() == ["['canary']", "done"]
    assert "canary" not in set(os.listdir(jail.SCRATCH)) - before


def test_given_a_bot_that_is_killed_while_a_file_is_cleaned_then_its_process_ends_too():
    inside = "import sys, time; sys.path.append(sys.argv[1]); from bot.cleaning import jail; jail.enter(1 << 28, 9); "
    inside += "print('locked', flush=True); time.sleep(60)"
    bot = "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-I', '-c', *sys.argv[1:]]); "
    bot += "print(child.pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", bot, inside, str(ROOT)], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert "locked" in {running.stdout.readline().strip(), running.stdout.readline().strip()}
        running.kill()
        started = time.monotonic()
        running.stdout.read()  # ends when nobody is left who could write
    assert time.monotonic() - started < 50
