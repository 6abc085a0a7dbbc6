"""`panah release`: the public tables of a quarter."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot import clock
from bot.cli.shared import WRONG_CALL, EnvFile, database_of, settings_of, stop
from bot.program import load
from bot.publishing import as_csv, write
from bot.settings import Settings
from handlers.release import DELAY, LEAST, MOST, Release, Withheld, months_of
from storage.errors import VaultError

REASONS = {
    "early": f"Nothing is published before {DELAY.days} days have passed since the end of the quarter.",
    "few": f"Under {LEAST} reports may be counted in it: nothing is published, that nobody be made out.",
    "restored": "This server was restored from a backup when it may have been published already, and a second version "
    "would tell what neither does. If it was, keep those files; if you know that it never was, add --never-released.",
    "one-sided": f"One state stands behind more than {MOST:.0%} of its reports: nothing is published.",
}


def release(
    quarter: Annotated[str, typer.Option(help="Which quarter, as 2026Q2.")],
    env: EnvFile = Path(".env"),
    out: Annotated[Path, typer.Option(help="The folder for the two files.")] = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show it; publish and remember nothing.")] = False,
    never: Annotated[bool, typer.Option("--never-released", help="It was not published before a restore.")] = False,
) -> None:
    """What may be said of a quarter in public. Once made it never changes: the same is written again."""
    try:
        months_of(quarter)
    except ValueError:
        stop("A quarter is written as 2026Q2.", WRONG_CALL)
    try:
        said = asyncio.run(_released(settings_of(env), quarter, keep=not dry_run, never=never))
        if dry_run:
            typer.echo(as_csv(said), nl=False)
        else:
            typer.echo("\n".join(f"Written: {path}" for path in write(said, out)))
    except Withheld as withheld:
        stop(REASONS[withheld.reason])
    except VaultError as error:
        stop(str(error))
    except OSError as error:
        stop(f"{out} can't be written ({type(error).__name__}).")


async def _released(settings: Settings, quarter: str, keep: bool, never: bool) -> Release:
    program = load(settings.program_dir).program
    async with database_of(settings, "release") as database:
        now = clock.now()
        said = await database.released(quarter, program, now, never)
        return (await database.publish(said, now) if keep else said).public
