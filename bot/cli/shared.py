"""What many commands need: the settings, the database, and a way to stop that says why."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.settings import Settings, SettingsFaults
from storage.database import Database
from storage.keyring import Keyring
from storage.sessions import Sessions
from storage.vault import Vault

WRONG_CALL = 2

EnvFile = Annotated[Path, typer.Option("--env", help="The file of settings, beside the environment.")]


def settings_of(env: Path) -> Settings:
    """The settings. Wrong and missing ones are named, and the command ends."""
    try:
        return Settings.load(env)
    except SettingsFaults as faults:
        stop(f"{faults}\n.env.example explains every setting.", WRONG_CALL)


@asynccontextmanager
async def database_of(settings: Settings, process: str) -> AsyncIterator[Database]:
    """The database with the server's keys, and nobody's. Raises VaultError."""
    vault = Vault(Keyring.open(settings.state_dir))
    database = await Database.open(settings.database, vault, Sessions(vault), process=process)
    try:
        yield database
    finally:
        await database.close()


def stop(message: str, code: int = 1) -> NoReturn:
    """End the command with one line that says what to do."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
