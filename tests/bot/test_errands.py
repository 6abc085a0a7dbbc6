"""Errands: tried while there is hope, and then the person is told."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from bot.errands import DOWNLOAD_TRIES, SLOW_TRIES, Errands
from bot.messenger import RetryLater, TooSlow
from handlers.model import (
    Address,
    Advise,
    Advisory,
    AdvisoryId,
    Attachment,
    Download,
    Downloaded,
    FileKind,
    FileRef,
    Member,
    MemberId,
    Rekey,
    Role,
    Unlock,
)
from storage.blobs import Blobs
from storage.dispatch import Later
from storage.outbox import Errand

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PHOTO = Attachment(FileKind.PHOTO, FileRef("f"))


@pytest.mark.parametrize(("fault", "tries"), [(RetryLater(3), DOWNLOAD_TRIES), (TooSlow(3), SLOW_TRIES)])
async def test_given_a_file_that_does_not_come_when_it_was_tried_often_then_the_person_is_told(tmp_path, fault, tries):
    async def download(file: FileRef) -> Any:
        raise fault
        yield b""

    messengers = {"t": SimpleNamespace(download=download)}
    tools = SimpleNamespace(
        catalogues={}, messengers=messengers, blobs=Blobs(tmp_path), cleaner=None, clock=None, database=None
    )
    errands = Errands(tools)  # type: ignore[arg-type]

    def attempt(number: int) -> Errand:
        return Errand(1, b"", Address("t:1"), Download(PHOTO), "", number)

    with pytest.raises(RetryLater):
        await errands.carry_out(attempt(tries - 1))
    done = await errands.carry_out(attempt(tries))
    assert done.event == Downloaded(PHOTO, fault="gone")  # type: ignore[union-attr]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("effect", [Rekey(MemberId("m")), Advise(Advisory(AdvisoryId("a"), 1, {}, MemberId("m"), NOW))])
async def test_given_a_fault_of_ours_while_a_new_key_is_served_or_an_advisory_then_it_is_never_given_up(
    effect: Rekey | Advise,
) -> None:
    async def step(*_: object) -> bool:
        raise RuntimeError

    tools = SimpleNamespace(
        catalogues={},
        messengers={},
        blobs=None,
        cleaner=None,
        clock=lambda: NOW,
        database=SimpleNamespace(regranting=SimpleNamespace(step=step), broadcast=SimpleNamespace(fan_out=step)),
    )
    errand = Errand(1, b"", Address(""), effect, "", 99)
    assert isinstance(await Errands(tools).carry_out(errand), Later)  # type: ignore[arg-type]


async def test_given_a_member_who_is_suspended_while_they_unlock_then_their_keys_do_not_stay_open() -> None:
    here = Member(MemberId("m"), Address("t:1"), Role.RESPONDER, "Bee", active=True, wrap=b"wrap")
    roster, locked = [here, replace(here, active=False)], []

    async def people() -> dict[MemberId, Member]:
        return {here.id: roster.pop(0)}

    async def unlock(member: Member, passphrase: str, now: datetime) -> datetime:
        return now

    sessions = SimpleNamespace(unlock=unlock, lock=locked.append)
    database = SimpleNamespace(people=people)
    tools = SimpleNamespace(
        catalogues={}, messengers={}, blobs=None, cleaner=None, clock=lambda: NOW, database=database, sessions=sessions
    )
    errand = Errand(1, b"", Address("t:1"), Unlock(here.id, "six words"), "", 1)
    done = await Errands(tools).carry_out(errand)  # type: ignore[arg-type]
    assert (done.event, locked) == (None, [here.id])  # type: ignore[union-attr]
