"""Downloads: tried while there is hope, and then the person is told."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.errands import DOWNLOAD_TRIES, SLOW_TRIES, Errands
from bot.messenger import RetryLater, TooSlow
from handlers.model import Address, Attachment, Download, Downloaded, FileKind, FileRef
from storage.blobs import Blobs
from storage.outbox import Errand

PHOTO = Attachment(FileKind.PHOTO, FileRef("f"))


@pytest.mark.parametrize(("fault", "tries"), [(RetryLater(3), DOWNLOAD_TRIES), (TooSlow(3), SLOW_TRIES)])
async def test_given_a_file_that_does_not_come_when_it_was_tried_often_then_the_person_is_told(tmp_path, fault, tries):
    async def download(file: FileRef) -> Any:
        raise fault
        yield b""

    messengers = {"t": SimpleNamespace(download=download)}
    tools = SimpleNamespace(messengers=messengers, blobs=Blobs(tmp_path), cleaner=None, clock=None)
    errands = Errands(tools)  # type: ignore[arg-type]

    def attempt(number: int) -> Errand:
        return Errand(1, b"", Address("t:1"), Download(PHOTO), "", number)

    with pytest.raises(RetryLater):
        await errands.carry_out(attempt(tries - 1))
    done = await errands.carry_out(attempt(tries))
    assert done.event == Downloaded(PHOTO, fault="gone")  # type: ignore[union-attr]
    assert list(tmp_path.iterdir()) == []
