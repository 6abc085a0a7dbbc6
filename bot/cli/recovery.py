"""`panah recover …`: a way back for a desk whose passphrases are all lost."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot import clock
from bot.cli.backups import Identity, seed_of
from bot.cli.shared import WRONG_CALL, EnvFile, settings_of, stop
from bot.recovering import Nobody, Recovery, recovering
from bot.settings import Settings
from handlers.model import Member
from storage.errors import VaultError
from storage.hygiene import wipe
from storage.members import ChangedMeanwhile

recover = typer.Typer(no_args_is_help=True, help="A way back with the recovery key, when all passphrases are lost.")
T = TypeVar("T")
NEW = "Recovered admin"


@recover.command()
def invite(
    identity: Identity = "ask",
    member: Annotated[str, typer.Option(help="For this member of the team, by call name; else for a new admin.")] = "",
    env: EnvFile = Path(".env"),
) -> None:
    """First: an invitation, good once, for 24 hours. Whoever takes it up joins in the chat."""
    settings = settings_of(env)
    secret = _with_key(settings, identity, lambda recovery: recovery.invite(member or NEW, again=bool(member)))
    typer.echo("The invitation, good once, for 24 hours; typed in the bot:\n")
    typer.echo(f"    /join {secret}\n")
    typer.echo("Once they have noted their passphrase: panah recover approve.")


@recover.command()
def approve(identity: Identity = "ask", env: EnvFile = Path(".env")) -> None:
    """Then: call them, have them read four words, type those words. The desk's key is granted to them."""
    settings = settings_of(env)
    name = _with_key(settings, identity, _approved)
    typer.echo(f"{name} has the desk's key, and can /unlock in the chat. The team was told.")


async def _approved(recovery: Recovery) -> str:
    newcomer = _chosen(await recovery.waiting())
    await recovery.approve(newcomer, typer.prompt(f"The four words that {newcomer.name} reads to you"))
    return newcomer.name


def _chosen(waiting: tuple[Member, ...]) -> Member:
    if not waiting:
        stop("Nobody waits. Let them join by the invitation and note their passphrase first.")
    for place, member in enumerate(waiting, start=1):
        typer.echo(f"{place}  {member.name} ({member.role})")
    number: int = typer.prompt("Who (the number)", type=int) if len(waiting) > 1 else 1
    if not 0 < number <= len(waiting):
        stop(f"Choose a number from 1 to {len(waiting)}.", WRONG_CALL)
    return waiting[number - 1]


def _with_key(settings: Settings, identity: str, work: Callable[[Recovery], Awaitable[T]]) -> T:
    """What the recovery key does; its seed is wiped."""
    seed = seed_of(identity)

    async def done() -> T:
        async with recovering(settings.state_dir, settings.database, seed, clock.now()) as recovery:
            return await work(recovery)

    try:
        return asyncio.run(done())
    except Nobody as error:
        stop(str(error), WRONG_CALL)
    except ChangedMeanwhile:
        stop("Something changed meanwhile; nothing was done. Try again.")
    except VaultError as error:
        stop(str(error))
    finally:
        wipe(seed)
