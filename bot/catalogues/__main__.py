"""The commands of this room; see `python -m bot.catalogues --help`."""

from pathlib import Path
from typing import Annotated

import typer

from bot.catalogues import msgfmt, spelling
from bot.catalogues.extract import uttered
from bot.catalogues.files import Unreadable, read_all
from bot.catalogues.gates import check as faults_of
from bot.catalogues.merge import merge as put_in
from bot.catalogues.merge import write_template
from bot.i18n import catalogues
from bot.languages import LOCALES, SOURCE
from bot.program import load
from handlers.menus import MENUS
from handlers.program import ProgramFaults, parse

ROOT = Path(__file__).resolve().parents[2]

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The catalogues as files.")

Sources = Annotated[list[Path], typer.Argument(help="JSON files: id -> language -> text, or a list of plural forms.")]
Folder = Annotated[Path, typer.Option("--locales", help="The folder of the catalogues.")]


@app.command()
def merge(sources: Sources, folder: Folder = LOCALES) -> None:
    """Put texts into the catalogues, and write messages.pot anew."""
    try:
        changed = put_in(folder, sources)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    for code, count in changed.items():
        typer.echo(f"{code}: {count} changed")


@app.command()
def template(folder: Folder = LOCALES) -> None:
    """Write messages.pot anew from the English catalogue."""
    write_template(folder, read_all(folder).get(SOURCE, {}))


@app.command()
def check(folder: Folder = LOCALES) -> None:
    """Name every fault of every catalogue, and of the program with these texts; fails when there is one."""
    try:
        found = faults_of(folder, uttered(ROOT, program_ids(ROOT / "handlers" / "data")))
        faults = [str(fault) for fault in found] or _faults_of_program(folder)
    except Unreadable as error:
        faults = [str(error)]
    for fault in faults:
        typer.echo(fault)
    if not msgfmt.installed():
        typer.echo("Not asked: msgfmt is not installed (Debian: gettext).", err=True)
    if faults:
        typer.echo(f"{len(faults)} faults", err=True)
        raise typer.Exit(1)


@app.command()
def spell(folder: Folder = LOCALES) -> None:
    """Show the words that no dictionary knows. Never fails: dictionaries are incomplete."""
    for line in spelling.report(folder):
        typer.echo(line)


def _faults_of_program(folder: Path) -> list[str]:
    """What only shows when the program speaks: advice that is too long, say."""
    try:
        load(None, catalogues(folder))
    except ProgramFaults as found:
        return list(found.faults)
    return []


def program_ids(folder: Path) -> frozenset[str]:
    """Every id that the program's data and the command menus lead to."""
    files = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.toml")}
    menus = {f"menu.{command}" for commands in MENUS.values() for command in commands}
    return parse(files).messages() | menus


if __name__ == "__main__":
    app()
