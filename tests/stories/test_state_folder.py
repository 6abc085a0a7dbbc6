"""The state folder in strange hands: what can be read in it, by whom, and for how long."""

import io
import logging
import sys
import tempfile
import threading
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import pytest
import pytest_asyncio

from bot import logs
from bot.wordlists import code_words
from handlers.codes import read
from handlers.model import File, Note, Reply, Said
from tests.postgres import ENGINES, folder_of, new_database
from tests.seized import BLIND, SEALED, binary_columns
from tests.stories.lifetime import (
    ADVISORY,
    CONTENT,
    FILE_NAME,
    GONE_CONTENT,
    GONE_STORY,
    LATER,
    NOTE,
    REPLY,
    REPORTER,
    SAFE_WORD,
    STORY,
    STRANGER,
    Found,
    Lifetime,
    Telling,
    forms,
)
from tests.stories.rehearsal import TOKEN, rehearsal

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITTEN = (STORY, LATER, REPLY, NOTE, FILE_NAME, CONTENT[:60], GONE_STORY, GONE_CONTENT[:60], ADVISORY, SAFE_WORD)
PIECE = 32
"""Bytes in a row by which a sealed value is recognised; pages of a database cut longer ones."""


@contextmanager
def listening() -> Iterator[io.StringIO]:
    """All that the program logs at DEBUG, by its own set-up; afterwards everything is as before."""
    root, said = logging.getLogger(), io.StringIO()
    before = root.handlers, root.level, sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning
    try:
        with redirect_stderr(said):
            logs.setup("DEBUG")
        yield said
    finally:
        root.handlers, level, sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning = before
        root.setLevel(level)


@pytest.fixture(scope="module", params=ENGINES)
def server(request: pytest.FixtureRequest) -> tuple[str | None, tuple[Path, ...]]:
    """A database's address and where it is written, with its log of changes; None: the embedded one."""
    if request.param == "sqlite":
        return None, ()
    folder = request.getfixturevalue("postgres_server")
    url = new_database(folder)
    return url, (Path(folder) / "data" / "pg_wal", folder_of(url))


@pytest.fixture
def embedded(server: tuple[str | None, tuple[Path, ...]]) -> None:
    """For promises that only the embedded database keeps at once."""
    if server[0] is not None:
        pytest.skip("PostgreSQL keeps old rows until vacuum, sealed; there the month's key is destroyed")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def life(
    tmp_path_factory: pytest.TempPathFactory, server: tuple[str | None, tuple[Path, ...]]
) -> AsyncIterator[Lifetime]:
    """Told once for all tests here."""
    url, elsewhere = server
    folder = tmp_path_factory.mktemp("life")
    (folder / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch, listening() as said:
        patch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        async with rehearsal(folder, url) as play:
            lifetime = await Telling(play, (folder, *elsewhere)).all()
    lifetime.log = said.getvalue()
    yield lifetime


def later(life: Lifetime) -> list[Found]:
    """The moments after something was written."""
    return [life.within_a_day, life.erased_everything, life.after_a_day]


async def test_every_column_of_bytes_is_known_here_as_sealed_or_blind():
    assert binary_columns() == SEALED.keys() | BLIND


async def test_given_the_files_alone_at_any_moment_then_nothing_that_anybody_wrote_and_nobody_stands_in_them(
    life: Lifetime,
):
    people = (REPORTER, STRANGER, str(life.reporter), str(life.stranger), f"person_{life.reporter}")
    secrets = (*life.passphrases, life.code, TOKEN)
    for canary in (*WRITTEN, *people, *secrets):
        for form in forms(canary):
            assert [found.lies(form) for found in later(life) if found.lies(form)] == [], canary


async def test_given_the_log_at_debug_then_nothing_that_anybody_wrote_and_nobody_stands_in_it(life: Lifetime):
    assert "event=started" in life.log
    people = (REPORTER, STRANGER, str(life.reporter), str(life.stranger), "person_")
    for canary in (*WRITTEN, *people, *life.passphrases, life.code, TOKEN, "canary"):
        for form in forms(canary):
            assert form not in life.log.encode(), canary


async def test_given_all_keys_of_the_server_and_no_passphrase_when_a_day_has_passed_then_neither_story_nor_reporter(
    life: Lifetime,
):
    found = life.after_a_day
    assert any(value.column == "cases.header" and b"threat" in value.plain for value in found.opened), "it can read"
    (file,) = (body.file for body in life.told.of(File))
    codes = (life.code, read(life.code, code_words(("en",))))
    written = (STORY, LATER, REPLY, NOTE, FILE_NAME, CONTENT[:60], SAFE_WORD)
    for canary in (*written, file.key, *codes, str(life.reporter)):
        needles = (canary,) if isinstance(canary, bytes) else forms(canary)
        assert [found.holds(needle) for needle in needles if found.holds(needle)] == [], canary


@pytest.mark.parametrize("person", [REPORTER, STRANGER], ids=["who subscribed", "who erased everything"])
async def test_given_all_keys_of_the_server_when_a_day_has_passed_then_nothing_tells_that_a_known_chat_was_here(
    life: Lifetime, embedded: None, person: str
):
    assert life.after_a_day.lies(life.indexes[person]) == []


async def test_given_all_keys_of_the_server_within_a_day_then_a_known_chat_is_found_again_but_not_what_it_wrote(
    life: Lifetime,
):
    """The honest limit: for 24 h the chat has a row, under an index that the ring can make for any address."""
    found, index = life.within_a_day, life.indexes[REPORTER]
    assert any(value.column == "conversations.body" and value.row == index.hex() for value in found.opened)
    for canary in (STORY, LATER, REPLY, NOTE, FILE_NAME, str(life.reporter)):
        assert found.holds(canary.encode()) == [], canary


async def test_given_a_responders_passphrase_then_everything_of_the_case_opens(life: Lifetime):
    told = life.told
    assert told.story.words == (STORY,)
    assert told.contact.address == f"telegram:{life.reporter}"
    assert [body.text for kind in (Said, Reply, Note) for body in told.of(kind)] == [LATER, REPLY, NOTE]
    assert [body.file.name for body in told.of(File)] == [FILE_NAME]
    assert life.content == CONTENT


async def test_given_a_report_that_was_erased_when_the_log_is_emptied_then_no_piece_of_it_is_left(
    life: Lifetime, embedded: None
):
    assert len(life.erased) > 5
    for sealed in life.erased:
        for piece in (sealed[:PIECE], sealed[-PIECE:]):
            assert life.erased_everything.lies(piece) == []


async def test_given_a_closed_case_when_its_time_is_over_then_no_piece_of_it_is_left_in_any_file(
    life: Lifetime, embedded: None
):
    assert len(life.purged) > 20
    assert any(len(sealed) > len(CONTENT) for sealed in life.purged), "its file is among what is looked for"
    for sealed in life.purged:
        for piece in (sealed[:PIECE], sealed[-PIECE:]):
            assert life.after_its_time.lies(piece) == []


async def test_given_a_closed_case_when_its_time_is_over_then_with_all_keys_nothing_of_it_opens_and_the_chain_holds(
    life: Lifetime,
):
    """On PostgreSQL too: what lies in dead rows until vacuum, no table shows."""
    left = {value.column for value in life.after_its_time.opened}
    assert not left & {"cases.header", "cases.public", "parts.body"}
    for canary in (STORY, LATER, REPLY, NOTE, FILE_NAME, str(life.reporter)):
        assert life.after_its_time.holds(canary.encode()) == [], canary
    assert life.audited.ok and any(b"purge" in value.plain for value in life.after_its_time.opened)


async def test_given_people_who_join_and_unlock_then_their_passphrases_were_never_readable_even_with_all_keys(
    life: Lifetime,
):
    hidden = [value for found in life.joining for value in found.opened if b"veiled" in value.plain]
    assert {value.column for value in hidden} >= {"outbox.body"}, "nobody looked while one was on its way"
    for passphrase in life.passphrases:
        words = passphrase.split()
        for stretch in (" ".join(words[:3]), " ".join(words[3:])):
            found = [each.holds(stretch.encode()) for each in (*life.joining, *later(life))]
            assert [places for places in found if places] == []
