"""`panah backup`, `restore`: everything into one sealed file, and a server out of it again."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from bot import backups, clock
from bot.cli.shared import WRONG_CALL, EnvFile, settings_of, stop
from storage.errors import VaultError
from storage.hygiene import wipe
from storage.recovery import parse_identity
from storage.restore import Restored, StateThere
from storage.restore import restore as restored

Identity = Annotated[str, typer.Option(help="The file of the recovery key; “ask” asks for it and doesn't show it.")]


def backup(
    env: EnvFile = Path(".env"),
    out: Annotated[Path | None, typer.Option(help="The folder for it; else PANAH_BACKUP_DIR.")] = None,
    stdout: Annotated[bool, typer.Option("--stdout", help="Write it to a pipe instead, to another machine.")] = False,
) -> None:
    """Everything in one file that only the recovery key opens. The bot may go on running."""
    settings = settings_of(env)
    if stdout and sys.stdout.isatty():
        stop("--stdout is for a pipe, not for a screen.", WRONG_CALL)
    try:
        with _progress("Backup", backups.size_of(settings)) as (progress, task):
            advance = lambda count: progress.advance(task, count)  # noqa: E731 - bound to this bar
            if stdout:
                asyncio.run(backups.to_stream(settings, sys.stdout.buffer, clock.now(), advance))
                return
            made = asyncio.run(backups.to_folder(settings, out or settings.backup_dir, clock.now(), advance))
    except (VaultError, OSError) as error:
        stop(_words(error))
    typer.echo(f"{made}: whole. Copy it to another place; only the recovery key opens it.")


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    identity: Identity = "ask",
    env: EnvFile = Path(".env"),
    state_dir: Annotated[Path | None, typer.Option(help="The folder to make; else PANAH_STATE_DIR.")] = None,
) -> None:
    """Make a server's state out of a backup and the recovery key, on a machine where there is none."""
    settings = settings_of(env)
    given = settings.database_url
    seed = seed_of(identity)
    try:
        with file.open("rb") as source, _progress("Restore", file.stat().st_size) as (progress, task):
            wrapped = progress.wrap_file(source, task_id=task)
            where, database = state_dir or settings.state_dir, given.get_secret_value() if given else None
            found = asyncio.run(restored(wrapped, seed, where, database, clock.now()))
    except StateThere as error:
        stop(str(error), WRONG_CALL)
    except (VaultError, OSError) as error:
        stop(_words(error))
    finally:
        wipe(seed)
    _tell(found, where)


def seed_of(identity: str) -> bytearray:
    """The recovery key's seed, to be wiped; out of a file, or typed."""
    try:
        if identity == "ask":
            return parse_identity(typer.prompt("Recovery key (not shown)", hide_input=True))
        return parse_identity(Path(identity).read_text(encoding="ascii"))
    except (VaultError, OSError, UnicodeDecodeError) as error:
        stop(_words(error), WRONG_CALL)


def _tell(found: Restored, where: Path) -> None:
    made, head = found.manifest.made, found.manifest.head
    typer.echo(f"Restored to {where}, as it was at {made:%Y-%m-%d %H:%M} UTC.")
    typer.echo(f"Audit head then: {head or '-'}. Compare it with what the admins were sent that day.")
    if not found.audit.ok:
        typer.echo(f"The audit chain was broken already, at line {found.audit.bad}: {found.audit.kind}.", err=True)
    typer.echo(f"Settings of then, without secrets, and your own program: {where / 'restored'}.")
    typer.echo(
        "Whoever was removed or suspended since then is a member again: an admin looks at /team before anything."
    )
    typer.echo("Next: panah check, then panah run. Keep the old server from running ever again.")


def _words(error: Exception) -> str:
    """What people read; of the system's errors what is wrong, without a path."""
    return f"{os.strerror(error.errno)}." if isinstance(error, OSError) and error.errno else str(error)


@contextmanager
def _progress(name: str, total: int) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on a terminal's standard error; elsewhere silent."""
    console = Console(stderr=True)
    columns = (TextColumn(name), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress, progress.add_task(name, total=total)
