"""Backups as the operator meets them: which file in which folder, what goes along, and which old ones go."""

import asyncio
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from bot.settings import SECRETS, Settings, variable
from storage import durable
from storage.archive import PARTNERS, Advance
from storage.backup import BLOBS, back_up, only_backup, remember

_NAME = re.compile(r"panah-(\d{4}-\d\d-\d\d)\.age(\.part)?")
_PROGRAM = ("*.toml", "locales/*/LC_MESSAGES/*.po")
_PATHS = ("state_dir", "backup_dir", "program_dir", "partners", "telegram_files")
_OF_THIS_MACHINE = {*SECRETS, *(f"{name}_file" for name in SECRETS), *_PATHS}


def file_of(folder: Path, day: date) -> Path:
    """Named by its day alone; a second backup of a day takes the place of the first."""
    return folder / f"panah-{day:%Y-%m-%d}.age"


async def to_folder(settings: Settings, folder: Path, now: datetime, advance: Advance) -> Path:
    """A new backup in this folder, whole or not there at all; then those go whose days are over.

    Raises BackupRunning, OSError, and what `storage.backup` raises.
    """
    path = file_of(folder, now.date())
    with only_backup(settings.state_dir):
        with _whole_or_absent(path) as file:
            await _written(file, settings, now, advance)
        remember(settings.state_dir, now)
    for old in outdated(folder, settings.backup_days, now.date()):
        old.unlink(missing_ok=True)
    return path


async def to_stream(settings: Settings, out: BinaryIO, now: datetime, advance: Advance) -> None:
    """A new backup through a pipe. It lies in the state folder first, sealed and without a name: a pipe may be slow."""
    with only_backup(settings.state_dir), tempfile.TemporaryFile(dir=settings.state_dir) as file:
        await _written(file, settings, now, advance)
        file.seek(0)
        await asyncio.to_thread(shutil.copyfileobj, file, out)
        out.flush()
        remember(settings.state_dir, now)


def outdated(folder: Path, days: int, today: date) -> list[Path]:
    """Backups in this folder, by their names, that are older than these days; and what a crash has left of one."""
    return [path for path in sorted(folder.iterdir()) if _is_over(path.name, today - timedelta(days))]


def size_of(settings: Settings) -> int:
    """About how many bytes a backup will have; the rows of a server's database are not counted."""
    files = [settings.state_dir / "panah.db", *(settings.state_dir / BLOBS).glob("*")]
    return sum(path.stat().st_size for path in files if path.exists())


def _is_over(name: str, oldest: date) -> bool:
    found = _NAME.fullmatch(name)
    with suppress(ValueError):
        return found is not None and (bool(found[2]) or date.fromisoformat(found[1]) < oldest)
    return False


async def _written(file: BinaryIO, settings: Settings, now: datetime, advance: Advance) -> None:
    await back_up(file, settings.state_dir, settings.database, _beside(settings), now, advance)


def _beside(settings: Settings) -> Iterator[tuple[str, bytes]]:
    """The settings that were made, without secrets and what is this machine's; the partners; the operator's program."""
    made = {name: getattr(settings, name) for name in sorted(settings.model_fields_set - _OF_THIS_MACHINE)}
    lines = (f"{variable(name)}={shlex.quote(str(value))}\n" for name, value in made.items() if value is not None)
    yield "settings.env", "".join(lines).encode()
    if settings.partners:
        yield PARTNERS, settings.partners.read_bytes()
    if folder := settings.program_dir:
        for path in sorted(path for pattern in _PROGRAM for path in folder.glob(pattern)):
            yield f"program/{path.relative_to(folder)}", path.read_bytes()


@contextmanager
def _whole_or_absent(path: Path) -> Iterator[BinaryIO]:
    """A private file that gets its name when it is on the disk to its end."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = durable.part_of(path)
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        durable.sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)
