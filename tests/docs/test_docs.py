"""The documents keep up with the product: links lead somewhere, named tests, commands and settings exist."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from bot.cli import main
from bot.languages import LANGUAGES
from bot.settings import Settings, variable
from docs.draw_routes import PAGE, drawn

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("handlers/**/*.md")])

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
SOURCE = re.compile(r"`((?:bot|handlers|storage|locales|tests|docs)/[\w./]+)`")
OF_A_MACHINE = re.compile(r"(?<![\w.$}])/(?:home|Users|root|work)/\w")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def test_the_picture_of_the_routes_is_drawn_from_the_routes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == drawn(page), "run `python -m docs.draw_routes`"


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = [link.group() for link in LINK.finditer(page.read_text("utf-8")) if not _leads(page, *link.groups(""))]
    assert not lost


def _leads(page: Path, path: str, heading: str) -> bool:
    target = page.parent / path if path else page
    return target.exists() and (not heading or heading in _anchors(target.read_text("utf-8")))


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pages
def test_every_test_that_is_named_exists(page: Path) -> None:
    named = TEST.findall(page.read_text("utf-8"))
    assert not [f"{file}::{name}" for file, name in named if not _defines(ROOT / file, name)]


def _defines(file: Path, name: str) -> bool:
    return (
        file.is_file() and re.search(rf"^\s*(async )?def {name}\(", file.read_text("utf-8"), re.MULTILINE) is not None
    )


@pages
def test_every_source_that_is_named_exists(page: Path) -> None:
    named = SOURCE.findall(page.read_text("utf-8"))
    assert not [path for path in named if not (ROOT / path).exists()]


@pages
def test_every_setting_that_is_named_exists(page: Path) -> None:
    known = {variable(field) for field in Settings.model_fields}
    assert set(re.findall(r"PANAH_[A-Z]+(?:_[A-Z]+)*", page.read_text("utf-8"))) <= known


@pytest.mark.parametrize("page", ["README.md", "docs/operate.md"])
def test_every_command_that_is_shown_exists(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    shown = re.findall(r"`panah ([a-z-]+(?: verify)?)\b", text) + re.findall(r"^panah ([a-z-]+)", text, re.MULTILINE)
    assert set(shown) <= set(_commands())
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) <= set(targets)


def _commands() -> Iterator[str]:
    for name, command in typer.main.get_command(main).commands.items():  # type: ignore[attr-defined]
        yield name
        yield from (f"{name} {inner}" for inner in getattr(command, "commands", {}))


def test_the_state_of_every_language_is_told() -> None:
    told = (ROOT / "docs" / "translate.md").read_text("utf-8")
    for code in (language.code for language in LANGUAGES):
        line = next(line for line in told.splitlines() if f"| `{code}` |" in line)
        assert ("| none |" not in line) == (ROOT / "locales" / code).exists(), code


def test_no_file_knows_a_path_of_somebodys_machine() -> None:
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    files = [ROOT / name for name in listed.split("\0") if name]
    texts = {file: file.read_bytes().decode("utf-8", "ignore") for file in files if file.is_file()}
    assert not [str(file.relative_to(ROOT)) for file, text in texts.items() if OF_A_MACHINE.search(text)]
