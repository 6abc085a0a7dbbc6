"""Another recovery key: what the old one and the new one open, wherever the change was cut short."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.rotating import Rotation
from handlers.model import GrantPool, Lock, Member, OpenCase, PutMember, Rekey, Role
from storage.backup import back_up
from storage.keyring import Keyring
from storage.pairs import new_pair
from storage.pool import Lacking
from storage.restore import NotOpened, restore
from tests.seized import seized


@dataclass
class Desk:
    """A desk whose admin is unlocked; the seed of its first recovery key, and of the one that was made last."""

    world: Any
    admin: Member
    folder: Path
    old: bytes
    new: bytes = b""
    copies: int = 0

    async def reports(self, story: str) -> OpenCase:
        opening: OpenCase = self.world.opening(story)
        await self.world.effects("telegram:77", opening)
        return opening

    async def replaces(self) -> int:
        session = self.world.sessions.of(self.admin.id, self.world.now)
        rotation = Rotation(self.world.database, self.world.vault.ring, self.world.now)
        with new_pair() as pair:
            self.new = bytes(pair.seed)
            return await rotation.new_recovery(self.admin, session, pair.public)

    async def strangers(self) -> int:
        """Who has the desk's key, and should not."""
        vitals = await self.world.database.signs.read(self.world.now, lambda zone, at: timedelta())
        return int(vitals.team.strangers)

    async def restored_by(self, seed: bytes) -> set[str] | None:
        """A backup made now, on an empty folder: the reports that this key alone opens; None when the file doesn't."""
        self.copies += 1
        made, state = self.folder / f"{self.copies}.age", self.folder / f"bare {self.copies}" / "state"
        with made.open("wb") as out:
            await back_up(out, self.folder / "state", self.world.url, (), self.world.now)
        try:
            with made.open("rb") as source:
                await restore(source, seed, state, None, self.world.now)
        except NotOpened:
            return None
        async with seized(state, f"sqlite+aiosqlite:///{state}/panah.db") as opened:
            return set(await opened.recovered(seed))


@pytest.fixture
async def desk(world: Any, tmp_path: Path) -> Desk:
    with new_pair() as old:
        world.vault.ring.adopt_recovery(old.public)
        return Desk(world, await world.found(), tmp_path, bytes(old.seed))


async def _moved(world: Any) -> None:
    while not await world.database.regranting.step(world.now):
        pass


async def test_given_a_new_recovery_key_then_it_opens_all_from_a_later_backup_and_the_old_one_nothing_that_comes(
    desk: Desk,
) -> None:
    before = await desk.reports("before")
    assert await desk.replaces() == 0
    after = await desk.reports("after")
    assert await desk.restored_by(desk.new) == {before.case.ref, after.case.ref}
    assert await desk.restored_by(desk.old) is None
    async with seized(desk.folder / "state", desk.world.url) as opened:
        assert await opened.recovered(desk.old) == {}
        held = await opened.recovered(desk.new)
    assert set(held) == {before.case.ref, after.case.ref}
    await desk.world.effects(desk.admin.address)
    await _moved(desk.world)
    async with seized(desk.folder / "state", desk.world.url) as opened:
        assert set(await opened.recovered(desk.new)) == {before.case.ref, after.case.ref}


@pytest.mark.parametrize("step", ["granted", "adopted"])
async def test_given_a_kill_after_any_step_then_one_key_alone_opens_the_next_backup_with_everything_in_it(
    desk: Desk, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refs = {(await desk.reports("before")).case.ref}

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(*{"granted": (Keyring, "adopt_recovery"), "adopted": (desk.world.database, "act")}[step], die)
        with pytest.raises(KeyboardInterrupt):
            await desk.replaces()
    in_force, other = (desk.new, desk.old) if step == "adopted" else (desk.old, desk.new)
    assert (await desk.restored_by(in_force), await desk.restored_by(other)) == (refs, None)
    assert await desk.strangers() == 1, "doctor says so"
    await desk.replaces()
    assert await desk.restored_by(desk.new) == refs
    assert await desk.strangers() == 0


async def test_given_reports_from_before_there_was_a_desk_then_the_old_key_goes_on_opening_them_and_they_are_counted(
    world: Any, tmp_path: Path
) -> None:
    with new_pair() as old:
        world.vault.ring.adopt_recovery(old.public)
        desk = Desk(world, world.member("x")[0], tmp_path, bytes(old.seed))
        early = await desk.reports("early")
        desk.admin = await world.found()
        later = await desk.reports("later")
        assert await desk.replaces() == 1
        async with seized(tmp_path / "state", world.url) as opened:
            assert set(await opened.recovered(desk.old)) == {early.case.ref}
            assert set(await opened.recovered(desk.new)) == {later.case.ref}


async def test_given_a_change_that_was_cut_short_and_done_again_then_reports_of_the_first_key_are_still_counted(
    world: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with new_pair() as old:
        world.vault.ring.adopt_recovery(old.public)
        desk = Desk(world, world.member("x")[0], tmp_path, bytes(old.seed))
        await desk.reports("early")
        desk.admin = await world.found()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(world.database, "act", die)
        with pytest.raises(KeyboardInterrupt):
            await desk.replaces()
    assert await desk.replaces() == 1, "or its keeper would burn the only paper that opens it"


async def test_given_an_admin_who_lacks_a_key_that_the_recovery_key_has_then_nothing_is_changed(desk: Desk) -> None:
    world = desk.world
    other, seed = world.member("bee", Role.ADMIN, active=False)
    await world.effects(other.address, PutMember(other))
    await world.effects(
        desk.admin.address, GrantPool(other.id), PutMember(replace(other, active=True)), Lock(desk.admin.id), Rekey()
    )
    world.unlock(other, seed)
    await world.effects(other.address)
    session = world.sessions.of(other.id, world.now)
    del session.pools[1]
    desk.admin = other
    with pytest.raises(Lacking):
        await desk.replaces()
    assert await desk.restored_by(desk.old) == set()
