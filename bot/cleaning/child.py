"""The inside: one process for one file. Bytes come in by stdin; a line with the verdict and the copy go out by stdout.

Started as `python -I` with nothing in its environment. It says nothing else: what it may stumble over is content.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

from bot.cleaning import jail
from bot.cleaning.refusal import Clean, Refusal

FONTS = ("/usr/share/fonts", "/usr/local/share/fonts")
PROGRAMS = (
    *("/usr", "/bin", "/lib", "/lib64", "/dev/urandom"),
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/mime.types"),
)


class Cell(NamedTuple):
    """How a type is held: which module cleans it, what it may read, where it may write, how many threads it gets."""

    module: str
    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    tasks: int = 0


SOME = 64
"""Processes and threads: a decoder of HEIC starts a few, ffmpeg some for each core."""
IMAGES = Cell("bot.cleaning.images")
FILMS = Cell("bot.cleaning.programs", PROGRAMS, (str(jail.SCRATCH),), SOME)
CELLS = {
    **dict.fromkeys(("jpeg", "png", "gif", "webp", "bmp", "tiff"), IMAGES),
    **dict.fromkeys(("heif", "avif"), IMAGES._replace(tasks=SOME)),
    "pdf": Cell("bot.cleaning.pages", FONTS),  # what is written in a font that the PDF lacks must not vanish
    "ogg": Cell("bot.cleaning.recordings"),
    **dict.fromkeys(("zip", "mp3", "flac", "mp4", "webm", "mkv"), FILMS),
}


def main() -> None:
    """Arguments: the type of the file, memory in bytes, processor time in seconds."""
    kind, memory, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    try:
        clean = _cleaner(CELLS[kind], memory, seconds)
        copy = clean(sys.stdin.buffer.read(), kind)
    except Refusal as refusal:
        _answer(refusal.code)
    except MemoryError:
        _answer("heavy")
    except Exception:  # of a library, about a file of its enemy's making: it must not be quoted
        _answer("broken")
    else:
        _answer(f"clean {copy.ending} {copy.mime}", copy.data)


def _cleaner(cell: Cell, memory: int, seconds: int) -> Callable[[bytes, str], Clean]:
    """The module's `clean`, with the door closed behind it."""
    jail.enter(memory, seconds, jail.SCRATCH_BYTES if cell.writable else 0)
    if not cell.writable:
        jail.cut_off()  # where the kernel lets nobody, the other bolts must do
    elif not jail.own_memory():
        raise Refusal("untooled")
    module = import_module(cell.module)
    jail.lock(cell.readable, cell.writable, cell.tasks)
    clean: Callable[[bytes, str], Clean] = module.clean
    return clean


def _answer(verdict: str, data: bytes = b"") -> None:
    sys.stdout.buffer.write(verdict.encode("ascii") + b"\n" + data)
    sys.stdout.buffer.flush()
