"""A sealed file stays as long as something refers to it; what a crash left goes when it is old enough."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.janitor import SAFE_AGE, Janitor
from handlers.model import (
    Address,
    Attachment,
    BlobId,
    Conversation,
    Download,
    Downloaded,
    Draft,
    File,
    FileKind,
    FileRef,
    Outcome,
    Part,
    PartId,
    Seal,
    StoredFile,
)
from storage import references
from storage.blobs import Blobs
from storage.dispatch import Done
from storage.tables import Lane

REPORTER = Address("telegram:77")
PHOTO = Attachment(FileKind.PHOTO, FileRef("f"))


async def _content() -> AsyncIterator[bytes]:
    yield b"a picture"


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs")


async def _sealed(blobs: Blobs) -> StoredFile:
    stored = await blobs.write(_content())
    return StoredFile(BlobId(stored.blob), stored.key, FileKind.PHOTO, stored.size, stored.sha256)


async def _swept(world: Any, blobs: Blobs, tmp_path: Path, age: float) -> set[str]:
    """What is left after a janitor's round, when the files are so old (seconds)."""
    for file in (tmp_path / "blobs").iterdir():
        os.utime(file, times=(world.now.timestamp() - age,) * 2)
    await Janitor(world.database, world.sessions, blobs, lambda: world.now, tmp_path).round()
    return await blobs.ids()


OLD = SAFE_AGE.total_seconds() + 1


async def test_given_a_kill_between_sealing_and_settling_then_the_file_goes_when_it_is_old_enough(
    world: Any, blobs: Blobs, tmp_path: Path
) -> None:
    await world.effects(REPORTER, Download(PHOTO))
    await world.database.dispatch.lease(Lane.ERRANDS, 10, world.now)
    orphan = await _sealed(blobs)
    await world.restart()
    assert await _swept(world, blobs, tmp_path, OLD - 2) == {orphan.blob}, "it may be on its way still"
    assert await _swept(world, blobs, tmp_path, OLD) == set()


@pytest.mark.parametrize("page", [1, 200])
async def test_given_a_file_on_its_way_then_it_stays_at_every_step_and_after_every_kill(
    world: Any, blobs: Blobs, tmp_path: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "PAGE", page)
    await world.found()
    opening = world.opening()
    await world.effects(REPORTER, opening)
    await world.effects(REPORTER, Download(PHOTO))
    (errand,) = await world.database.dispatch.lease(Lane.ERRANDS, 10, world.now)
    file = await _sealed(blobs)
    await world.database.dispatch.settle([Done(errand.id, event=Downloaded(PHOTO, file))], world.now)
    part = Part(PartId("p" * 22), world.now, "reporter", File(file))

    async def into_the_draft() -> None:
        drafted = Conversation(draft=Draft("1", files=(file,)))
        await world.run(lambda event, context: Outcome(drafted if isinstance(event, Downloaded) else Conversation()))

    async def into_the_case() -> None:
        await world.tell(REPORTER, lambda context: Outcome(Conversation(), (Seal(opening.case.id, part),)))

    async def nowhere_else() -> None:
        return None

    for step in (nowhere_else, into_the_draft, into_the_case):
        await step()
        await world.restart()
        assert await _swept(world, blobs, tmp_path, OLD) == {file.blob}, step.__name__
