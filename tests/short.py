"""The shipped program with a form of six questions: for tests of everything but the form, and for the bench."""

from pathlib import Path

import handlers

SHIPPED = Path(handlers.__file__).parent / "data"
FORM = Path(__file__).with_name("short_form.toml")


def short_files() -> dict[str, str]:
    """Name -> text of each file."""
    shipped = {path.name: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*.toml")}
    return {**shipped, "form.toml": FORM.read_text(encoding="utf-8")}


def short_program(folder: Path) -> Path:
    """The same as a folder for PANAH_PROGRAM_DIR."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in short_files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
