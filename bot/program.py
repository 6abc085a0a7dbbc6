"""The program in force: rules and texts of the operator's folder, or ours. Judged whole before anybody is served."""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from bot.catalogues.files import Entries, Unreadable, read
from bot.catalogues.gates import holes, text_faults
from bot.i18n import Catalogue, catalogues, compile_po, po_path
from bot.languages import SOURCE
from bot.markup import TAG
from handlers.program import Block, Program, ProgramFaults, parse
from handlers.program.checks import Vocabulary, bullets_together, vocabulary

TEXTS = "locales"
"""The folder, beside the program's files, of texts that stand before ours: laid out as the `locales/` of the source."""
ANSWER = 500
"""The most characters of a ready answer: it is read at once, on a phone."""
ADVICE = 700
"""The most characters of one message of advice, without its line of sources: one screen of a phone."""

Catalogues = Mapping[str, Catalogue]
Texts = Mapping[str, Entries]


class Loaded(NamedTuple):
    """A program, and every catalogue with the program's own texts before ours."""

    program: Program
    catalogues: Catalogues


def load(folder: Path | None, ours: Catalogues | None = None) -> Loaded:
    """The built-in program, or the one in the operator's folder with its texts.

    Raises `ProgramFaults` with everything that is wrong with either.
    """
    ours = ours or catalogues()
    program, faults = _rules(folder)
    texts, unreadable = _texts(folder, ours)
    faults += [*unreadable, *_wrong(texts, ours)]
    if program is not None:
        for look in (_unspoken, _unfilled, _long):
            faults += look(program, texts, ours)
    if faults or program is None:
        raise ProgramFaults(faults)
    return Loaded(program, {code: _over(each, folder) if code in texts else each for code, each in ours.items()})


def _rules(folder: Path | None) -> tuple[Program | None, list[str]]:
    source = folder or resources.files("handlers") / "data"
    try:
        files = {file.name: file.read_text("utf-8") for file in source.iterdir() if file.name.endswith(".toml")}
        return parse(files), []
    except ProgramFaults as found:
        return found.program, list(found.faults)
    except UnicodeDecodeError:
        return None, ["a file of the program is no UTF-8 text"]


def _texts(folder: Path | None, ours: Catalogues) -> tuple[Texts, list[str]]:
    """The operator's texts by language, and what can't be read."""
    if folder is None or not (own := folder / TEXTS).is_dir():
        return {}, []
    codes = sorted(path.name for path in own.iterdir() if path.is_dir())
    faults = [f"{TEXTS}: {code}: no language is called so" for code in codes if code not in ours]
    texts: dict[str, Entries] = {}
    for code in (code for code in codes if code in ours):
        try:
            texts[code] = read(po_path(own, code), code)
        except Unreadable as error:
            faults.append(f"{TEXTS}: {error}")
    return texts, faults


def _wrong(texts: Texts, ours: Catalogues) -> Iterator[str]:
    """What the gates of our own catalogues say of the texts."""
    for code, entries in texts.items():
        for id, entry in sorted(entries.items()):
            english = texts.get(SOURCE, {}).get(id, entry)
            for wrong in text_faults(ours[code].language, id, entry, english):
                yield f"{TEXTS}: {code}: {id}: {wrong}"


def _unspoken(program: Program, texts: Texts, ours: Catalogues) -> Iterator[str]:
    """Texts that the program never says, and those that it says and that a language lacks.

    A text of the operator's must be there in every language: ours, beside it, would say something else.
    """
    given = {id for entries in texts.values() for id in entries}
    yield from (f"{TEXTS}: {id}: the program never says it" for id in sorted(given - program.messages()))
    for id in sorted(program.messages()):
        known = id not in given and ours[SOURCE].knows(id)
        if lacking := [code for code in ours if not known and id not in texts.get(code, {})]:
            yield f"{TEXTS}: {id}: is missing in {', '.join(lacking)}"


def _unfilled(program: Program, texts: Texts, ours: Catalogues) -> Iterator[str]:
    """Placeholders that nobody fills."""
    numbers = {id for block in program.guidance for id in block.naming_numbers()}
    for id, entry in sorted(texts.get(SOURCE, {}).items()):
        filled = holes([ours[SOURCE].text(id)]) if ours[SOURCE].knows(id) else set()
        filled |= {"numbers", "country"} if id in numbers else set()
        if unfilled := sorted(holes(entry.forms) - filled):
            yield f"{TEXTS}: {SOURCE}: {id}: nothing fills {', '.join(unfilled)}"


def _long(program: Program, texts: Texts, ours: Catalogues) -> Iterator[str]:
    known = vocabulary(program)
    for code, catalogue in ours.items():
        said = {id: entry.forms[0] for id, entry in texts.get(code, {}).items()}
        for answer in program.answers:
            if (length := _length(f"ready.{answer.id}", said, catalogue)) > ANSWER:
                yield f"desk.toml: answer {answer.id}: {length} characters in {code}, at most {ANSWER} fit"
        for block in program.guidance:
            length = _longest(block, known, said, catalogue)
            if length > ADVICE:
                yield f"guidance.toml: block {block.id}: up to {length} characters in {code}, at most {ADVICE} fit"


def _longest(block: Block, known: Vocabulary, said: Mapping[str, str], catalogue: Catalogue) -> int:
    """The length of the longest message that a block can become, its line of sources aside."""

    def length(id: str) -> int:
        return _length(id, said, catalogue) + 1

    fixed = length(f"guidance.{block.id}") + length("guidance.care") - 1
    lines = {bullet.id: length(f"guidance.{block.id}.{bullet.id}") for bullet in block.bullets}
    return fixed + max(sum(lines[bullet.id] for bullet in shown) for shown in bullets_together(block, known))


def _length(id: str, said: Mapping[str, str], catalogue: Catalogue) -> int:
    """Characters that are shown of a text; none of one that is missing."""
    return len(TAG.sub("", said.get(id) or (catalogue.text(id) if catalogue.knows(id) else "")))


def _over(catalogue: Catalogue, folder: Path | None) -> Catalogue:
    path = po_path((folder or Path()) / TEXTS, catalogue.code)
    return catalogue.under(compile_po(path, catalogue.code)) if path.is_file() else catalogue
