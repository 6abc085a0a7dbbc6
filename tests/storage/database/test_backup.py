"""A backup of one moment, and what a restore lets go of before anybody is served."""

import io
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from handlers import keeping
from handlers.approved import bound
from handlers.model import Advise, Advisory, AdvisoryId, ById, CaseState, Outcome, Wanted
from storage import age, archive, snapshot
from storage.backup import back_up
from storage.blobs import Blobs
from storage.errors import Tampered
from storage.keyring import Keyring
from storage.migrate import ForeignDatabase
from storage.pairs import KeyPair, new_pair
from storage.restore import CutShort, NotOpened, restore
from storage.retention import NotEmptied
from tests.seized import seized
from tests.storage.database.conftest import NOW


@pytest.fixture
def recovery(world: Any) -> KeyPair:
    """The recovery key of this world, with its seed."""
    pair = new_pair()
    world.vault.ring.adopt_recovery(pair.public)
    return pair


async def backed_up(world: Any, state: Path) -> io.BytesIO:
    out = io.BytesIO()
    await back_up(out, state, world.url, (), world.now)
    out.seek(0)
    return out


def inside(state: Path) -> str:
    return f"sqlite+aiosqlite:///{state}/panah.db"


async def test_given_a_case_whose_days_were_over_meanwhile_then_it_does_not_come_back(
    world: Any, recovery: KeyPair, tmp_path: Path
):
    await world.found()
    kept, closed = world.opening(), world.opening("closed long ago")
    await world.effects("telegram:77", kept, closed)
    kept_for = replace(keeping.begun(world.now, world.house.desk.retention_days), warned=len(keeping.WARNINGS))
    over = replace(closed.case, state=CaseState.CLOSED, closed=world.now, keeping=kept_for)
    await world.tell("telegram:77", lambda context: Outcome(context.conversation, case=over), Wanted(ById(over.id)))
    backup = await backed_up(world, tmp_path / "state")
    found = await restore(backup, recovery.seed, tmp_path / "new", None, world.later(days=365))
    assert found.manifest.rows["cases"] == 2
    async with seized(tmp_path / "new", inside(tmp_path / "new")) as opened:
        assert list(await opened.headers()) == [kept.case.ref]
        assert [entry.action for entry in await opened.entries()][-2:] == ["purge", "restore"]
        assert (await opened.audited()).ok


@pytest.mark.parametrize("state", ["planned", "running", "paused"])
async def test_given_an_advisory_that_was_not_over_then_nothing_of_it_goes_out_by_itself_after_a_restore(
    world: Any, recovery: KeyPair, tmp_path: Path, state: str
):
    admin = await world.found()
    text = Advisory(AdvisoryId(""), 1, {"en": "beware"}, admin.id, world.now, state=state, at=world.now)
    recall = Advisory(AdvisoryId("r" * 22), 1, {}, admin.id, world.now, of=AdvisoryId("x" * 22))
    await world.effects(admin.address, Advise(bound(text)), Advise(recall))
    backup = await backed_up(world, tmp_path / "state")
    await restore(backup, recovery.seed, tmp_path / "new", None, world.later(hours=2))
    with closing(sqlite3.connect(tmp_path / "new" / "panah.db")) as rows:
        states = dict(rows.execute("SELECT id, state FROM advisories").fetchall())
    assert states == {bound(text).id: "held", recall.id: "running"}, "what takes one back goes on"


async def test_given_a_file_that_is_erased_while_the_backup_is_made_then_the_backup_is_whole_without_it(
    world: Any, recovery: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    blobs = Blobs(tmp_path / "state" / "blobs")

    async def one() -> Any:
        yield b"a file"

    gone, stays = await blobs.write(one()), await blobs.write(one())
    known = await blobs.ids()

    async def all_of_a_moment_ago(self: Blobs) -> set[str]:
        await blobs.delete(gone.blob)
        return known

    monkeypatch.setattr(Blobs, "ids", all_of_a_moment_ago)
    backup = await backed_up(world, tmp_path / "state")
    found = await restore(backup, recovery.seed, tmp_path / "new", None, NOW)
    assert [name for name in found.manifest.members if name.startswith("blobs/")] == [f"blobs/{stays.blob}"]


@pytest.mark.slow  # SQLite waits for ten seconds until its log is let go
async def test_given_a_month_that_ends_while_a_backup_is_made_then_ring_and_rows_still_belong_together(
    world: Any, recovery: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    admin = await world.found()
    pieces, ended = snapshot.pieces, []

    async def a_month_later(connection: Any) -> AsyncIterator[snapshot.Piece]:
        world.later(days=40)
        with suppress(NotEmptied):  # the backup still reads
            ended.append(await world.database.retention.end_months(world.now))
        async for piece in pieces(connection):
            yield piece

    monkeypatch.setattr(snapshot, "pieces", a_month_later)
    before = world.vault.ring.holds_before(world.now.date())
    backup = await backed_up(world, tmp_path / "state")
    assert not before and not world.vault.ring.holds_before(world.now.date()), "the month's key is gone here"
    await restore(backup, recovery.seed, tmp_path / "new", None, world.now)
    async with seized(tmp_path / "new", inside(tmp_path / "new")) as opened:
        assert [member.name for member in await opened._members()] == [admin.name]


async def test_given_another_servers_keys_then_no_backup_mixes_the_two(world: Any, recovery: KeyPair, tmp_path: Path):
    other = Keyring.create(tmp_path / "other", NOW.date())
    other.adopt_recovery(recovery.public)
    with pytest.raises(ForeignDatabase):
        await back_up(io.BytesIO(), tmp_path / "other", world.url, (), NOW)


@pytest.mark.parametrize("cut", [40, 1600, 5000])
async def test_given_a_backup_that_was_cut_anywhere_then_nothing_stands(
    world: Any, recovery: KeyPair, tmp_path: Path, cut: int
):
    backup = (await backed_up(world, tmp_path / "state")).getvalue()[:cut]
    with pytest.raises((CutShort, NotOpened)):
        await restore(io.BytesIO(backup), recovery.seed, tmp_path / "new", None, NOW)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("new")]


async def test_given_rows_that_do_not_fit_then_nothing_stands(world: Any, recovery: KeyPair, tmp_path: Path):
    await world.found()
    backup = await backed_up(world, tmp_path / "state")
    folder = tmp_path / "opened"
    folder.mkdir()
    manifest = archive.unpack(age.opened(backup, recovery.seed), folder)
    out = io.BytesIO()
    with age.sealed(out, recovery.public) as sealed:
        packer = archive.Packer(sealed, lambda _: None)
        for name in manifest.members:
            data = (folder / name).read_bytes()
            packer.add(name, data.replace(b"\xa4chat", b"\xa4chap") if name.startswith("rows/members") else data)
        packer.finish(replace(manifest, members=dict(packer.contents)))
    out.seek(0)
    with pytest.raises(archive.BrokenBackup):
        await restore(out, recovery.seed, tmp_path / "new", None, NOW)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("new")]


async def test_given_the_servers_own_keys_then_they_do_not_open_its_backup(
    world: Any, recovery: KeyPair, tmp_path: Path
):
    backup = await backed_up(world, tmp_path / "state")
    for key in (world.vault.ring._ring.static, *world.vault.ring._ring.data.values()):
        with pytest.raises(Tampered):
            age.opened(io.BytesIO(backup.getvalue()), key)
