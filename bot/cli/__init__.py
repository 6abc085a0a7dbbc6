"""The command line, a file for each kind of command; `main` has them all.

What lives here: options, questions, and what is printed. What may enter: anything of the shell. What never does: work
that a running server could need; a command calls it where it lives.

Exit codes: 0 done; 1 something was found or failed; 2 the settings or the call are wrong.
"""

import typer

from bot.cli.backups import backup, restore
from bot.cli.chain import audit
from bot.cli.figures import stats
from bot.cli.founding import init, invite_admin
from bot.cli.keys import status, unlock
from bot.cli.panic import panic
from bot.cli.publishing import release
from bot.cli.purge import purge
from bot.cli.recovery import recover
from bot.cli.rotation import rotate
from bot.cli.serving import check, demo, doctor, run
from bot.cli.upgrade import upgrade
from storage.hygiene import harden

main = typer.Typer(add_completion=False, no_args_is_help=True, help="Panah: a shelter in a chat.")


@main.callback()
def _before() -> None:
    harden()


COMMANDS = (
    *(init, invite_admin, run, check, doctor, demo),
    *(unlock, status, rotate, panic),
    *(backup, restore, purge, upgrade),
    *(stats, release),
)

for command in COMMANDS:
    main.command()(command)
main.add_typer(audit, name="audit")
main.add_typer(recover, name="recover")
