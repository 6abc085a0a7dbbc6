"""`panah stats`: the figures of a state folder, whether the bot runs or not. Internal, not for publishing."""

import asyncio
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.shared import WRONG_CALL, EnvFile, database_of, settings_of, stop
from bot.i18n import catalogues
from bot.languages import SOURCE
from bot.pictures import CantDraw, drawn
from bot.settings import Settings
from bot.sheets import FORMATS
from handlers import charts
from handlers.model import Counted
from storage.errors import VaultError

PICTURE = "png"


def stats(
    env: EnvFile = Path(".env"),
    format: Annotated[str, typer.Option(help="csv, json or png.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="A file; else it is printed.")] = None,
    since: Annotated[str, typer.Option(help="The first month, as 2026-01; else all.")] = "",
    by: Annotated[str, typer.Option(help=f"One of: {', '.join(charts.BY)}; else all (png: category).")] = "",
    language: Annotated[str, typer.Option(help="Of the labels: en, ru, uz, uz_Cyrl, tg, az, kk.")] = SOURCE,
) -> None:
    """Count reports by category, state, region, level, first answer, outcome or month. Internal: small numbers show."""
    _check(format, since, by, language)
    if format == PICTURE and out is None and sys.stdout.isatty():
        stop("A picture can't be shown here: name a file with --out.", WRONG_CALL)
    try:
        written = asyncio.run(_written(settings_of(env), format, since, by, language))
    except (VaultError, CantDraw) as error:
        stop(str(error) or "The picture could not be drawn. `--format csv` has the same numbers.")
    if out is None:
        typer.echo(written, nl=False)
        return
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(written)
    except OSError as error:
        stop(f"{out} can't be written: {error.strerror}.")


def _check(format: str, since: str, by: str, language: str) -> None:
    if format not in {*FORMATS, PICTURE}:
        stop("--format is csv, json or png.", WRONG_CALL)
    if since and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", since, re.ASCII):
        stop("--since is a month, as 2026-01.", WRONG_CALL)
    if by and by not in charts.BY:
        stop(f"--by is one of: {', '.join(charts.BY)}.", WRONG_CALL)
    if language not in catalogues():
        stop(f"--language is one of: {', '.join(catalogues())}.", WRONG_CALL)


async def _written(settings: Settings, format: str, since: str, by: str, language: str) -> bytes:
    now = datetime.now(UTC)
    rows, catalogue = await _counted(settings, now), catalogues()[language]
    kinds = (by,) if by else tuple(charts.BY)
    shown = [charts.since(rows, each, since, f"{now:%Y-%m}") for each in kinds]
    return await drawn(shown[0], catalogue) if format == PICTURE else FORMATS[format](shown, catalogue)


async def _counted(settings: Settings, now: datetime) -> tuple[Counted, ...]:
    async with database_of(settings, "stats") as database:
        return await database.counted(now)
