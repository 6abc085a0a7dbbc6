"""`panah upgrade`: the database brought to this program's schema, and the way back from it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.app import LOCK
from bot.cli.shared import EnvFile, settings_of, stop
from bot.settings import Settings
from storage import wayback
from storage.durable import only_holder
from storage.engine import file_of
from storage.errors import VaultError
from storage.keyring import Keyring
from storage.migrate import migrate, newest, owner_of

WORD = "back"
WARNING = f"""\
This puts back the database of {{made:%Y-%m-%d %H:%M}} UTC (schema {{schema}}). Lost for ever is what came since:
reports, answers, members, passphrases, entries of the audit chain. Erased reports and removed members come back, and
messages that waited then are sent once more.
Type “{WORD}” to do it"""


def upgrade(
    env: EnvFile = Path(".env"),
    back: Annotated[bool, typer.Option("--back", help="Put back the copy from before the last upgrade.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask; on PostgreSQL: a backup was made.")] = False,
) -> None:
    """Bring the database to this version, while the bot is stopped; or go back, within two days (SQLite)."""
    settings = settings_of(env)
    try:
        ring = Keyring.open(settings.state_dir)
        with only_holder(settings.state_dir / LOCK):
            if back:
                _go_back(settings, yes)
            else:
                _upgrade(settings, owner_of(ring), yes)
    except VaultError as error:
        stop(str(error))


def _upgrade(settings: Settings, owner: bytes, saved: bool) -> None:
    before = asyncio.run(migrate(settings.database, owner, saved=saved))
    if before == newest():
        typer.echo(f"The database has this version's schema already: {before}.")
        return
    typer.echo(f"The database was upgraded from {before or 'nothing'} to {newest()}.")
    if before and file_of(settings.database):
        typer.echo("For two days `panah upgrade --back` puts back what was before, and loses what came since.")


def _go_back(settings: Settings, yes: bool) -> None:
    file = file_of(settings.database)
    if file is None or not file.exists():
        raise wayback.NoWayBack
    copy = wayback.find(file)
    schema = wayback.schema(copy)
    if not yes and typer.prompt(WARNING.format(made=wayback.made(copy), schema=schema)) != WORD:
        stop("Nothing was done.")
    wayback.go_back(file, copy)
    typer.echo(f"The database is as it was, with schema {schema}. Start the version that ran before, not this one.")
