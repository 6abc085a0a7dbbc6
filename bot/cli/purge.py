"""`panah purge`: which closed cases are to go, what waits and why; and letting go of them now."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from bot import clock, purging
from bot.cli.shared import EnvFile, settings_of, stop
from bot.console import Ask, NotServing, ask
from bot.settings import Settings
from handlers.keeping import Standing
from storage.errors import VaultError
from storage.records import UnknownRecord
from storage.retention import Ending, NotEmptied

PATIENCE = timedelta(hours=1)
"""For a running bot's answer: it erases in short transactions and goes on serving in between."""
WHY = {
    Standing.DUE: "due since",
    Standing.LATER: "goes after",
    Standing.HELD: "held until",
    Standing.UNREAD: "waits, unread, since",
    Standing.UNDELIVERED: "waits for its reporter until",
    Standing.ASKED: "waits for an answer about a partner until",
}
Purged = tuple[Sequence[Ending], int]
"""How the closed cases stood before, and how many were erased."""


def purge(
    env: EnvFile = Path(".env"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is due, what waits, and why.")] = False,
) -> None:
    """Let go now of everything whose time is over. A running bot does so by itself, every ten minutes."""
    settings = settings_of(env)
    try:
        found, erased = _by_the_bot(settings, dry_run)
    except NotServing:
        found, erased = _alone(settings, dry_run)
    for each in found:
        typer.echo(f"{each.ref}  {WHY[each.standing]} {each.day}")
    typer.echo(_summed(found))
    if not dry_run:
        typer.echo(f"Erased now: {erased}")


def _summed(found: Sequence[Ending]) -> str:
    counted = Counter(each.standing for each in found)
    return f"Closed cases: {len(found)} ({', '.join(f'{each.value} {counted[each]}' for each in Standing)})"


def _by_the_bot(settings: Settings, dry_run: bool) -> Purged:
    """Raises NotServing."""
    with _progress(None):
        answer = ask(settings.state_dir, Ask(endings=True, purge=not dry_run), PATIENCE)
    return answer.endings, answer.erased


def _alone(settings: Settings, dry_run: bool) -> Purged:
    try:
        return asyncio.run(_purged(settings, dry_run))
    except NotEmptied:
        stop("What was erased is still in the database's log: something else reads the file. End it and try again.")
    except UnknownRecord:
        stop("A newer version wrote into this database: use that one.")
    except VaultError as error:
        stop(str(error))


async def _purged(settings: Settings, dry_run: bool) -> Purged:
    async with purging.opened(settings) as database:
        now = clock.now()
        found = await database.retention.standings(now)
        if dry_run:
            return found, 0
        with _progress(sum(each.standing is Standing.DUE for each in found)) as (progress, task):
            swept = await purging.purge(settings, database, now, lambda count: progress.advance(task, count))
        return found, swept.cases


@contextmanager
def _progress(total: int | None) -> Iterator[tuple[Progress, TaskID]]:
    """A bar on a terminal's standard error; elsewhere silent."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield progress, progress.add_task("Purge", total=total)
