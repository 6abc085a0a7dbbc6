"""`panah unlock`, `status`: the keys of the running bot, at the console."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared import WRONG_CALL, EnvFile, settings_of, stop
from bot.console import Answer, Ask, NotServing, ask


def unlock(
    env: EnvFile = Path(".env"),
    name: Annotated[str, typer.Option(help="Whose keys, by call name; else chosen from a list.")] = "",
) -> None:
    """Open a member's keys in the running bot, without Telegram. The passphrase is asked for and not shown."""
    folder = settings_of(env).state_dir
    name = name or _chosen(list(_asked_of(folder, Ask()).keys))
    answer = _asked_of(folder, Ask(name, typer.prompt("Passphrase (not shown)", hide_input=True)))
    if answer.tried != "open":
        stop(UNOPENED[answer.tried])
    typer.echo(f"Open until {_moment(answer.keys[name])} if nothing more is said. /lock in the chat locks at once.")


UNOPENED = {
    "unknown": "Nobody is called so: `panah status` shows all names.",
    "wrong": "That is not the passphrase.",
    "late": "It was not tried: too many were wrong, or the bot is busy. The member's chat says more.",
}


def status(env: EnvFile = Path(".env")) -> None:
    """Say whether the bot runs, and whose keys are open in it until when."""
    keys = _asked_of(settings_of(env).state_dir, Ask()).keys
    typer.echo("The bot is running.")
    for name, until in keys.items():
        typer.echo(f"{name}: open until {_moment(until)}" if until else f"{name}: locked")


def _chosen(names: list[str]) -> str:
    if not names:
        stop("There is nobody on the team yet.")
    for place, name in enumerate(names, start=1):
        typer.echo(f"{place}  {name}")
    number: int = typer.prompt("Whose keys (the number)", type=int)
    if not 0 < number <= len(names):
        stop(f"Choose a number from 1 to {len(names)}.", WRONG_CALL)
    return names[number - 1]


def _asked_of(folder: Path, question: Ask) -> Answer:
    try:
        return ask(folder, question)
    except NotServing:
        stop(f"No bot runs from {folder} as this user. Start it with `panah run`.")


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "-"
