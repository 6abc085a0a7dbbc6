"""`panah audit …`: the audit chain, read from outside."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared import EnvFile, database_of, settings_of, stop
from bot.settings import Settings
from storage.audit import Head, Report
from storage.errors import VaultError

audit = typer.Typer(no_args_is_help=True, help="The audit chain.")


@audit.command()
def verify(
    env: EnvFile = Path(".env"),
    witness: Annotated[str, typer.Option(help="A head of the chain, as it was sent to the admins.")] = "",
) -> None:
    """Read the whole audit chain: edits, cuts, splices and roll-backs are found."""
    settings = settings_of(env)
    try:
        head = Head.parse(witness) if witness else None
        report = asyncio.run(_verified(settings, head))
    except VaultError as error:
        stop(str(error))
    if not report.ok:
        stop(f"The audit chain is broken at line {report.bad}: {report.kind}.")
    typer.echo(f"{report.lines} lines, unbroken. Head: {report.head or '-'}")


async def _verified(settings: Settings, witness: Head | None) -> Report:
    async with database_of(settings, "audit") as database:
        return await database.verify_audit(witness)
