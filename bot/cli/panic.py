"""`panah panic`: the server's own keys destroyed while there is time."""

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared import EnvFile, settings_of, stop
from bot.console import kill
from storage.panic import destroy, finish

WORD = "destroy"
WARNING = f"""\
This destroys the keys of {{folder}} for ever and ends the bot. Nothing that is stored can be read afterwards,
by nobody, with any passphrase. Only a backup and the recovery key bring it back, on another folder or machine.
Type “{WORD}” to do it"""


def panic(
    env: EnvFile = Path(".env"),
    state_dir: Annotated[Path | None, typer.Option(help="The state folder, when the settings can't be read.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Destroy this server's keys for ever and end the bot. Only a backup with the recovery key brings them back."""
    folder = state_dir or settings_of(env).state_dir
    if not folder.is_dir():
        stop(f"There is no folder {folder}: nothing was done.", 2)
    if not yes and typer.prompt(WARNING.format(folder=folder)) != WORD:
        stop("Nothing was done.")
    destroy(folder)
    ended = kill(folder)
    left = finish(folder)
    if left:
        stop("Could NOT be destroyed: " + ", ".join(map(str, left)))
    typer.echo("ROOT and ring are destroyed." + (" The bot was ended." if ended else " No bot was running."))
    typer.echo("Flash disks and snapshots may keep old copies: switch the machine off if its disk is encrypted.")
