"""`panah run`, `check`, `doctor`, `demo`: to serve, to look before it and beside it, and to rehearse."""

import asyncio
import json
import os
import signal
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import logs, notify
from bot.app import assemble
from bot.checking import Finding, Grade, before_start, everything
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
    logs.setup(settings.log_level, settings.log_format)
    try:
        asyncio.run(_until_stopped(_serve(settings)))
    except Destroyed as error:
        stop(str(error), DESTROYED)
    except (VaultError, MessengerError, ProgramFaults) as error:
        stop(str(error))


async def _serve(settings: Settings) -> None:
    async with assemble(settings) as app:
        try:
            await app.run()
        except Destroyed:
            os._exit(DESTROYED)  # nothing more is tidied up or written: what is in memory ends here
        finally:
            notify.tell(notify.STOPPING)


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
    """Look at settings, files, the program and its texts, keys, database, team, programs and token. Serves nobody."""
    settings = settings_of(env)
    _tell([Finding("settings", Grade.OK), *asyncio.run(before_start(settings, env))])


def doctor(
    env: EnvFile = Path(".env"),
    as_json: Annotated[bool, typer.Option("--json", help="A list of findings, for programs.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only what is wrong: nothing, when all is well.")] = False,
) -> None:
    """Look at everything, beside the running bot or without one, and name a remedy for what is wrong.

    Exit code 1 when there is a FAULT: then people can't be served, or not safely.
    """
    settings = settings_of(env)
    findings = [Finding("settings", Grade.OK), *asyncio.run(everything(settings, env))]
    if as_json:
        typer.echo(json.dumps([found._asdict() for found in findings if found.says or not quiet], ensure_ascii=False))
        raise typer.Exit(_code(findings))
    _tell([found for found in findings if found.says or not quiet])


def _tell(findings: Sequence[Finding]) -> None:
    for found in findings:
        typer.echo(str(found))
    raise typer.Exit(_code(findings))


def _code(findings: Sequence[Finding]) -> int:
    return int(any(found.grade is Grade.FAULT for found in findings))


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
