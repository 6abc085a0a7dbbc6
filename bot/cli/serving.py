"""`panah run`, `check`, `demo`: to serve, to look before it, and to rehearse."""

import asyncio
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import logs
from bot.app import assemble
from bot.checking import findings
from bot.cli.shared import EnvFile, settings_of, stop
from bot.messenger import MessengerError
from bot.settings import Settings
from handlers.program import ProgramFaults
from storage.errors import Destroyed, VaultError

DESTROYED = 77
"""The exit code after a panic, for the service manager: to start again is of no use (deploy/panah.service)."""


def run(env: EnvFile = Path(".env")) -> None:
    """Serve, until stopped."""
    settings = settings_of(env)
    logs.setup(settings.log_level)
    try:
        asyncio.run(_until_stopped(_serve(settings)))
    except Destroyed as error:
        stop(str(error), DESTROYED)
    except (VaultError, MessengerError, ProgramFaults) as error:
        stop(str(error))


async def _serve(settings: Settings) -> None:
    async with assemble(settings) as app:
        await app.run()


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run until it ends, or until a signal asks us to stop; what was committed is safe in either case."""
    loop = asyncio.get_running_loop()
    logs.watch(loop)
    task = loop.create_task(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logs.event("stopped")


def check(env: EnvFile = Path(".env")) -> None:
    """Look at settings, the program and its texts, keys, database, team, programs and token. Serves nobody."""
    settings = settings_of(env)
    typer.echo("ok    settings")
    wrong = 0
    for name, fault, fatal in asyncio.run(findings(settings)):
        wrong += bool(fault) and fatal
        typer.echo(f"{'FAULT' if fatal else 'WARN '} {name}: {fault}" if fault else f"ok    {name}")
    raise typer.Exit(1 if wrong else 0)


def demo(
    script: Annotated[bool, typer.Option("--script", help="Play the story by itself and print the chats.")] = False,
    port: Annotated[int, typer.Option(help="The page's port on 127.0.0.1; 0 takes a free one.")] = 0,
) -> None:
    """Rehearse on this computer, without a token or a network: a local Bot API server, three phones, the real bot."""
    from bot.demo import by_hand, by_script  # the rehearsal stage is no part of a running server

    logs.setup("WARNING")
    if script:
        raise typer.Exit(asyncio.run(by_script()))
    asyncio.run(_until_stopped(by_hand(port)))
