"""The backup drill and the night after a seizure as docs/operate.md has them: its own commands, word for word.

A private folder stands for each machine. What the page leaves to the operator is put in: the settings, the file's name,
the audit head that an admin was sent, and the paper, which is typed when it is asked for.
"""

import asyncio
import os
import random
import re
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.backups import file_of
from bot.cli.serving import DESTROYED
from bot.console import SOCKET
from bot.sandbox.remote import RemoteSandbox
from storage.keyring import RING_FILE, ROOT_FILE
from tests.crash.people import Census, Founder
from tests.crash.processes import BOT, REPOSITORY, TOKEN, sandbox_process

pytestmark = pytest.mark.slow

PAGE = (REPOSITORY / "docs" / "operate.md").read_text("utf-8")
PATIENCE = 60.0
"""Seconds for a few commands, each of which starts in one or two on a busy machine."""
NEW_TOKEN, NEW_BOT = "1000002:made-up-for-a-drill", "panah_drill_bot"
EXAMPLE = "panah-2026-11-23.age"
"""The backup's name on the page."""
SSH = 'ssh() { (mkdir -p "$1" && cd "$1" && sh -c "$2"); }'


def section(heading: str) -> str:
    """What stands under a heading of the page."""
    title, text = re.split(rf"^(#+) {re.escape(heading)}$", PAGE, flags=re.MULTILINE)[1:3]
    return re.split(rf"^#{{1,{len(title)}}} ", text, flags=re.MULTILINE)[0]


def blocks(heading: str) -> list[str]:
    """Its shell blocks."""
    return re.findall(r"^```sh\n(.*?)^```", section(heading), re.MULTILINE | re.DOTALL)


def inline(heading: str) -> list[str]:
    """The commands in its running text."""
    return re.findall(r"`(panah [^`]+)`", section(heading))


class Machine:
    """An operator's shell in a folder of its own, with settings for a bot; `panah` is what the page's alias makes."""

    def __init__(self, folder: Path, api: str, token: str) -> None:
        folder.mkdir(mode=0o700)
        self.folder, self.state = folder, folder / "state"
        env = folder / ".env"
        env.write_text(f"PANAH_TELEGRAM_TOKEN={token}\nPANAH_TELEGRAM_API={api}\nPANAH_ORGANISATION='the drill'\n")
        env.chmod(0o600)

    def is_brought(self, backup: Path) -> None:
        """A backup, under the name that it has on the page."""
        shutil.copy(backup, self.folder / EXAMPLE)

    async def does(self, script: str, typed: str = "") -> tuple[int, str]:
        """Run commands up to the first that fails; its exit code, and what all said."""
        process = await self._shell(script)
        said, _ = await asyncio.wait_for(process.communicate(typed.encode()), PATIENCE)
        return process.returncode or 0, said.decode()

    @asynccontextmanager
    async def serving(self, script: str, typed: str = "") -> AsyncIterator[None]:
        """Run commands of which the last one serves, until this is left."""
        process = await self._shell(script)
        talk = asyncio.create_task(process.communicate(typed.encode()))
        try:
            async with asyncio.timeout(PATIENCE):
                while not (self.state / SOCKET).exists():
                    assert process.returncode is None, (await talk)[0].decode()
                    await asyncio.sleep(0.05)
            yield
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGTERM)
            await asyncio.wait_for(talk, PATIENCE)

    async def _shell(self, script: str) -> Process:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        alias = f'panah() {{ "{sys.executable}" -m bot "$@"; }}'
        return await asyncio.create_subprocess_exec(
            *("sh", "-ec", "\n".join((alias, SSH, script))),
            cwd=self.folder,
            env=kept | {"PYTHONPATH": str(REPOSITORY)},
            stdin=PIPE,
            stdout=PIPE,
            stderr=STDOUT,
            start_new_session=True,
        )

    async def founded(self) -> tuple[str, str]:
        """`panah init`; the recovery key, which leaves the machine as a paper does, and the first admin's secret."""
        code, said = await self.does("panah init --yes --recovery-out paper")
        assert code == 0, said
        paper = (self.folder / "paper").read_text("ascii")
        (self.folder / "paper").unlink()
        return paper, said.split("/join ")[1].split()[0]

    async def head(self) -> str:
        """The head of the audit chain, as admins are sent it."""
        _, said = await self.does("panah audit verify")
        return said.split("Head: ")[1].split()[0]

    async def backed_up(self) -> Path:
        """By the page's first block; the newest file."""
        code, said = await self.does(blocks("Backups")[0])
        assert code == 0, said
        assert (self.folder / "elsewhere" / "panah.age").stat().st_size > 0
        return file_of(self.folder / "backups", datetime.now(UTC).date())


async def joined(amina: Founder, secret: str) -> str:
    """The first admin; their passphrase."""
    await amina.phone.start(BOT, secret)
    await amina.press("lang", "en")
    passphrase = (await amina.sees("shown only now")).text.split("\n")[1]
    await amina.press("noted")
    await amina.gone(passphrase)
    return passphrase


async def drilled(other: Machine, made: Path, paper: str, head: str) -> None:
    """The drill: it proves the file, and leaves nothing behind."""
    other.is_brought(made)
    (drill,) = (text for text in blocks("Backups") if "audit verify" in text)
    assert "panah run" not in drill
    code, said = await other.does(drill.replace("HEAD", head), paper)
    assert code == 0, said
    assert f"Audit head then: {head}." in said
    assert "unbroken" in said
    assert {path.name for path in other.folder.iterdir()} == {".env", EXAMPLE}


async def test_given_a_desk_when_the_page_is_followed_then_its_backup_holds_and_a_seized_server_stands_again(
    tmp_path: Path,
):
    panic, *again = inline("The server was seized, or somebody is at its door")
    async with sandbox_process() as api, RemoteSandbox(api) as sandbox:
        desk = Machine(tmp_path / "desk", api, TOKEN)
        paper, secret = await desk.founded()
        amina = Founder(await sandbox.phone("Amina"), Census(), random.Random(1), 0)
        async with desk.serving("panah run"):
            passphrase = await joined(amina, secret)
            head, made = await desk.head(), await desk.backed_up()
            await drilled(Machine(tmp_path / "other", api, TOKEN), made, paper, head)
            code, said = await desk.does(panic)
            assert code == 0, said
        assert (await desk.does("panah run"))[0] == DESTROYED
        assert not {ROOT_FILE, RING_FILE} & {path.name for path in desk.state.iterdir()}

        await sandbox.add_bot(NEW_TOKEN, NEW_BOT)
        new = Machine(tmp_path / "new", api, NEW_TOKEN)
        new.is_brought(made)
        async with new.serving("\n".join(again).replace("FILE", EXAMPLE), paper):
            await amina.phone.start(NEW_BOT)
            await amina.sees("At the desk and in the office")
            await amina.unlock(passphrase)
