"""`panah rotate`: the server's root key, the desk's key, or the recovery key made anew."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot import clock
from bot.app import LOCK
from bot.cli.founding import hand_over
from bot.cli.shared import WRONG_CALL, EnvFile, settings_of, stop
from bot.rotating import Rotation, rotating
from bot.settings import Settings
from handlers.model import Member
from storage import keyring
from storage.durable import only_holder
from storage.errors import VaultError
from storage.members import ChangedMeanwhile
from storage.pairs import new_pair
from storage.recovery import identity_text

T = TypeVar("T")
CHECKED = 6
"""Characters of the new recovery key that are typed back: what was not written down must not come into force."""
MOVES = "What is stored moves to the desk's new key while somebody is unlocked in the bot; /team shows how far it is."


def rotate(
    env: EnvFile = Path(".env"),
    desk: Annotated[bool, typer.Option("--desk", help="A new key of the desk instead; the bot may run.")] = False,
    recovery: Annotated[bool, typer.Option("--recovery", help="A new recovery key instead.")] = False,
    name: Annotated[str, typer.Option(help="With --recovery: which admin, by call name; else from a list.")] = "",
    recovery_out: Annotated[Path | None, typer.Option(help="Write that key here, and don't show it.")] = None,
) -> None:
    """Give the server a new root key, while the bot is stopped. The old one alone opens nothing any more."""
    settings = settings_of(env)
    if desk and recovery:
        stop("One after the other: --recovery changes the desk's key too.", WRONG_CALL)
    if not recovery and (name or recovery_out):
        stop("--name and --recovery-out belong to --recovery: nothing was changed.", WRONG_CALL)
    if recovery_out is not None and recovery_out.exists():
        stop(f"{recovery_out} exists already; name a new file for the recovery key.", WRONG_CALL)
    try:
        if desk:
            _with_keys(settings, lambda rotation: rotation.new_desk())
            typer.echo(f"The desk has a new key, and the team was told. {MOVES}")
            return
        with only_holder(settings.state_dir / LOCK):
            if recovery:
                _rotate_recovery(settings, name, recovery_out)
            else:
                _rotate_root(settings)
    except ChangedMeanwhile:
        stop("Something changed meanwhile. Call it again.")
    except (VaultError, OSError) as error:
        stop(str(error) if isinstance(error, VaultError) else f"{settings.state_dir}: {type(error).__name__}")


def _rotate_root(settings: Settings) -> None:
    keyring.rotate(settings.state_dir)
    typer.echo("The ring has a new root key. Make a backup now: an older one still holds the old key.")
    typer.echo("Whoever copied the old key together with the ring still has the keys that the ring held then.")


def _rotate_recovery(settings: Settings, name: str, out: Path | None) -> None:
    left = _with_keys(settings, lambda rotation: _replaced(rotation, name, out))
    typer.echo("The new recovery key is in force, and the team will be told. Make a backup now: panah backup.")
    typer.echo("Backups from before open with the old key only: keep it as long as you keep them.")
    if left:
        typer.echo(f"Reports from before there was a desk, which only the first key opens: {left}. Keep it for them.")
    typer.echo(MOVES)


async def _replaced(rotation: Rotation, name: str, out: Path | None) -> int:
    admin = _chosen(await rotation.admins(), name)
    session = await rotation.unlocked(admin, typer.prompt("Passphrase (not shown)", hide_input=True))
    with new_pair() as pair:
        text = identity_text(pair.seed)
        shown = hand_over(text, out)
        if shown and typer.prompt(f"Its last {CHECKED} characters, as you wrote them down") != text[-CHECKED:]:
            stop("These are others: nothing was changed, and that key is good for nothing.")
        return await rotation.new_recovery(admin, session, pair.public)


def _chosen(admins: tuple[Member, ...], name: str) -> Member:
    names = [admin.name for admin in admins]
    if not names:
        stop("There is no admin yet: the first one who joins founds the desk.")
    if name and name not in names:
        stop("No admin is called so.", WRONG_CALL)
    if not name and len(names) > 1:
        for each in names:
            typer.echo(each)
        name = typer.prompt("Whose passphrase (the call name)", type=str)
        return _chosen(admins, name)
    return admins[names.index(name or names[0])]


def _with_keys(settings: Settings, work: Callable[[Rotation], Awaitable[T]]) -> T:
    async def done() -> T:
        async with rotating(settings.state_dir, settings.database, clock.now()) as rotation:
            return await work(rotation)

    return asyncio.run(done())
