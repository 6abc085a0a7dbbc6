"""`panah rotate`, killed behind each of its steps: called again it ends well, and what could be read still can."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from handlers.model import FoundPool, OpenCase, PutMember, Role
from storage.keyring import Keyring
from storage.pairs import new_pair, public_of
from storage.recovery import parse_identity
from tests.crash.processes import GRACE, REPOSITORY, TOKEN
from tests.seized import Seized, seized
from tests.storage.database.conftest import NOW, World

pytestmark = pytest.mark.slow

PASSPHRASE = "the words of nobody at all"


@dataclass
class House:
    """A founded state: which report came before there was a desk and which after, and the first recovery key."""

    state: Path
    early: str
    later: str
    first: bytes

    @property
    def url(self) -> str:
        return f"sqlite+aiosqlite:///{self.state}/panah.db"

    def copied(self, name: str) -> "House":
        """As it is now."""
        return House(Path(shutil.copytree(self.state, self.state.with_name(name))), self.early, self.later, self.first)

    async def rotates(self, *words: str, step: int = 0) -> int:
        """The exit code; `step`: behind which it dies."""
        settings = {"PANAH_TELEGRAM_TOKEN": TOKEN, "PANAH_ORGANISATION": "x", "PANAH_STATE_DIR": str(self.state)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.crash.cut", str(step), "rotate", "--env", str(self.state / "none"), *words),
            cwd=REPOSITORY,
            env={"PATH": os.environ["PATH"], **settings},
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,  # without a terminal, where the passphrase would be asked for
        )
        said, _ = await asyncio.wait_for(process.communicate(f"{PASSPHRASE}\n".encode()), GRACE)
        assert process.returncode in (0, -signal.SIGKILL), said.decode()
        return process.returncode

    async def opened(self) -> World:
        """As the bot opens it, with the admin's passphrase typed."""
        world = World(self.url, Keyring.open(self.state))
        await world.start()
        (admin,) = (await world.database.people()).everybody()
        assert await world.database.unlocked(admin, PASSPHRASE, world.now)
        return world

    async def moves(self) -> int:
        """Everything to the desk's present key; how many strangers have that."""
        world = await self.opened()
        while not await world.database.regranting.step(world.now):
            pass
        vitals = await world.database.signs.read(world.now, world.house.offset)
        await world.database.close()
        return int(vitals.team.strangers)


async def founded(folder: Path) -> House:
    ring = Keyring.create(folder, NOW.date())
    world = World(f"sqlite+aiosqlite:///{folder}/panah.db", ring)
    with new_pair() as first:
        ring.adopt_recovery(first.public)
        seed = bytes(first.seed)
    await world.start()
    early, later = world.opening("before there was a desk"), world.opening("with a desk")
    member, key = world.member("amina", Role.ADMIN)
    admin = replace(member, wrap=world.vault.wrap(key, PASSPHRASE, member.id))
    await world.effects("telegram:77", early)
    await world.effects(admin.address, PutMember(admin), FoundPool(admin.id))
    await world.effects("telegram:77", later)
    await world.database.close()
    return House(folder, *(_ref(each) for each in (early, later)), seed)


def _ref(opening: OpenCase) -> str:
    return opening.case.ref


async def readable(house: House, keys: list[bytes]) -> None:
    """What is there opens with the key in force, the first report with the first key, all of the desk's at the desk."""
    in_force = Keyring.open(house.state).recovery_public
    async with seized(house.state, house.url) as opened:
        (key,) = (key for key in keys if public_of(key) == in_force)
        assert house.later in await opened.recovered(key)
        assert house.early in await opened.recovered(house.first)


async def settled(house: House, key: bytes) -> None:
    """Once everything has moved, the key in force opens what is the desk's, and no other does."""
    assert await house.moves() == 0

    async def opens(opened: Seized) -> tuple[Any, ...]:
        first, last = await opened.recovered(house.first), await opened.recovered(key)
        return set(await opened.unlocked(PASSPHRASE)), set(first), set(last)

    early, later = {house.early}, {house.later}
    async with seized(house.state, house.url) as opened:
        assert await opens(opened) == (later, *((early | later,) * 2 if key == house.first else (early, later)))
        assert (await opened.audited()).ok


@pytest.mark.parametrize("kind", ["--recovery", "--desk", ""])
async def test_given_a_kill_behind_each_step_when_it_is_called_again_then_it_ends_well_and_nothing_was_lost(
    tmp_path: Path, kind: str
) -> None:
    house = await founded(tmp_path / "state")
    for step in count(1):
        cut, papers = house.copied(f"cut {step}"), [tmp_path / f"paper {step} {turn}" for turn in (1, 2)]
        ended = await cut.rotates(*words(kind, papers[0]), step=step)
        await readable(cut, [house.first, *map(written, filter(Path.exists, papers))])
        assert await cut.copied(f"left {step}").moves() <= 1, "the other key, of which doctor tells"
        if ended == 0:
            break
        assert await cut.rotates(*words(kind, papers[1])) == 0
        await settled(cut, written(papers[1]) if kind == "--recovery" else house.first)
    assert step > 1, "there are steps"
    print(f"rotate {kind}: {step - 1} kills")


def words(kind: str, paper: Path) -> list[str]:
    return [kind, "--recovery-out", str(paper)] if kind == "--recovery" else list(filter(None, [kind]))


def written(paper: Path) -> bytes:
    return bytes(parse_identity(paper.read_text()))
