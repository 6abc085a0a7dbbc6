"""The drills of docs/operate.md, by its own commands, word for word: a backup, a seizure, an arrest, a ban, a move.

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
from bot.sandbox import ChatMessage
from bot.sandbox.remote import RemotePhone, RemoteSandbox
from storage.keyring import RING_FILE, ROOT_FILE
from tests.crash.people import Census, Founder, Person, Reporter
from tests.crash.processes import BOT, REPOSITORY, TOKEN, sandbox_process
from tests.postgres import new_database
from tests.short import short_program

pytestmark = pytest.mark.slow

PAGE = (REPOSITORY / "docs" / "operate.md").read_text("utf-8")
PATIENCE = 60.0
"""Seconds for a few commands, each of which starts in one or two on a busy machine."""
NEW_TOKEN, NEW_BOT = "1000002:made-up-for-a-drill", "panah_drill_bot"
EXAMPLE = "panah-2026-11-23.age"
"""The backup's name on the page."""
FALCON = "Falcon"
DESK_TOKEN, DESK_BOT = "1000003:made-up-for-a-drill", "panah_drill_desk_bot"
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

    def __init__(self, folder: Path, api: str, token: str, **settings: str) -> None:
        folder.mkdir(mode=0o700)
        self.folder, self.state = folder, folder / "state"
        env = folder / ".env"
        env.touch(mode=0o600)
        env.write_text(f"PANAH_TELEGRAM_API={api}\nPANAH_ORGANISATION='the drill'\n")
        self.has_set(PANAH_TELEGRAM_TOKEN=token, **settings)

    def has_set(self, **settings: str) -> None:
        """Settings that count from the next command on."""
        env = self.folder / ".env"
        lines = [line for line in env.read_text().splitlines() if line.split("=")[0] not in settings]
        env.write_text("\n".join([*lines, *(f"{name}={value}" for name, value in settings.items())]) + "\n")

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


async def joined(member: Founder, secret: str, bot: str = BOT) -> str:
    """Somebody with an invitation; their passphrase."""
    await member.phone.start(bot, secret)
    await member.press("lang", "en")
    passphrase = (await member.sees("shown only now")).text.split("\n")[1]
    await member.press("noted")
    await member.gone(passphrase)
    return passphrase


async def chosen(member: Person, verb: str, label: str) -> None:
    """Press the newest button of a verb with this on it."""

    def found(chat: list[ChatMessage]) -> tuple[str, int] | None:
        keys = ((key, message) for message in reversed(chat) for row in message.buttons for key in row)
        fits = ((key.data or "", message) for key, message in keys if label in key.text)
        return next(((data, message.message_id) for data, message in fits if data.startswith(f"{verb}:")), None)

    data, message = await member.until(found)
    await member.phone.press(data, message=message)


async def measured(admin: Founder, measure: str) -> None:
    """By the page: `/team`, their name, and one of the buttons; asked once more."""
    await admin.say("/team")
    await chosen(admin, "member", FALCON)
    await admin.press(measure)
    await admin.press(f"{measure}.yes")


async def invited(admin: Founder, after: int) -> str:
    """The secret of the invitation that came after this message."""
    message = await admin.phone.wait_for_text("?start=", PATIENCE, after)
    return message.text.split("?start=")[1].split()[0]


async def newest_of(member: Person) -> int:
    """The newest message in a chat."""
    return (await member.phone.chat())[-1].message_id


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


def founder(phone: RemotePhone) -> Founder:
    return Founder(phone, Census(), random.Random(1), 0)


async def test_given_a_colleague_who_was_arrested_when_the_page_is_followed_then_they_are_out_and_come_back_by_voice(
    tmp_path: Path,
):
    unlock, *_ = inline("A colleague is arrested, or their account or phone is taken")
    async with sandbox_process() as api, RemoteSandbox(api) as sandbox:
        desk = Machine(tmp_path / "desk", api, TOKEN)
        _, secret = await desk.founded()
        amina, taken, other = [founder(await sandbox.phone(name)) for name in ("Amina", FALCON, "Another phone")]
        async with desk.serving("panah run"):
            passphrase = await joined(amina, secret)
            await amina.unlock(passphrase)
            await amina.say(f"/invite responder {FALCON}")
            old = await joined(taken, await invited(amina, 0))
            await amina.press("approve")
            await taken.unlock(old)

            await amina.say("/lock all")
            await amina.sees("All keys of the team are locked")
            code, said = await desk.does(unlock, f"1\n{passphrase}\n")
            assert code == 0 and "Open until" in said, said
            await measured(amina, "suspend")
            await taken.sees("suspended you")
            await amina.say("/audit")
            await amina.press("auditwho")
            await chosen(amina, "auditwho", FALCON)
            await amina.sees("Audit log")

            before = await newest_of(amina)
            await measured(amina, "readmit")
            new = await joined(other, await invited(amina, before))
            await amina.press("approve")
            await other.unlock(new)
            await measured(amina, "revoke")
            await amina.sees("was removed from the team by")


async def test_given_two_bots_when_the_reporters_one_is_banned_then_the_team_stays_and_the_new_one_knows_reporters(
    tmp_path: Path,
):
    async with sandbox_process() as api, RemoteSandbox(api) as sandbox:
        await sandbox.add_bot(DESK_TOKEN, DESK_BOT)
        program = str(short_program(tmp_path / "program"))
        desk = Machine(tmp_path / "desk", api, TOKEN, PANAH_DESK_TOKEN=DESK_TOKEN, PANAH_PROGRAM_DIR=program)
        _, secret = await desk.founded()
        amina = founder(await sandbox.phone("Amina"))
        reporter = Reporter(1, "en", await sandbox.phone("Dora"), Census(), random.Random(1), 0)
        async with desk.serving("panah run"):
            passphrase = await joined(amina, secret, DESK_BOT)
            await reporter.report()
            words = (await reporter.sees("Your code: ")).text.split("Your code: ")[1].split("\n")[0]

        await sandbox.add_bot(NEW_TOKEN, NEW_BOT)
        desk.has_set(PANAH_TELEGRAM_TOKEN=NEW_TOKEN)
        async with desk.serving("panah run"):
            await amina.unlock(passphrase)
            await reporter.phone.start(NEW_BOT)
            await reporter.press("status")
            await reporter.sees("Sent: ")
            elsewhere = founder(await sandbox.phone("Another phone"))
            await elsewhere.phone.start(NEW_BOT)
            await elsewhere.press("lang", "en")
            await elsewhere.say(f"/code {words}")
            await elsewhere.sees("Found. Answers to this report come to this chat")


@pytest.fixture
def empty_database(postgres_server: str) -> str:
    return new_database(postgres_server)


@pytest.mark.postgres
async def test_given_a_desk_on_sqlite_when_it_moves_by_the_page_then_it_goes_on_with_postgresql(
    tmp_path: Path, empty_database: str
):
    *_, backup, restore = inline("PostgreSQL")
    async with sandbox_process() as api, RemoteSandbox(api) as sandbox:
        desk = Machine(tmp_path / "desk", api, TOKEN)
        paper, secret = await desk.founded()
        amina = founder(await sandbox.phone("Amina"))
        async with desk.serving("panah run"):
            passphrase = await joined(amina, secret)
        code, said = await desk.does(backup)
        assert code == 0, said
        desk.state = desk.folder / "moved"
        desk.has_set(PANAH_DATABASE_URL=empty_database, PANAH_STATE_DIR=str(desk.state))
        made = file_of(desk.folder / "backups", datetime.now(UTC).date())
        async with desk.serving(f"{restore} {made}\npanah run", paper):
            await amina.unlock(passphrase)
        assert not list(desk.state.glob("*.db"))
