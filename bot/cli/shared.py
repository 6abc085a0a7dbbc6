"""What many commands need: the settings, the database, and a way to stop that says why."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.opening import database_of
from bot.settings import Settings, SettingsFaults

__all__ = ["WRONG_CALL", "EnvFile", "database_of", "settings_of", "stop"]

WRONG_CALL = 2

EnvFile = Annotated[Path, typer.Option("--env", help="The file of settings, beside the environment.")]


def settings_of(env: Path) -> Settings:
    """The settings. Wrong and missing ones are named, and the command ends."""
    try:
        return Settings.load(env)
    except SettingsFaults as faults:
        stop(f"{faults}\n.env.example explains every setting.", WRONG_CALL)


def stop(message: str, code: int = 1) -> NoReturn:
    """End the command with one line that says what to do."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
