"""Panic, at the server and from the chat, and `panah rotate`: nothing without the word, everything with it, and clear
words afterwards.
"""

import asyncio
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import bot.panic
import storage.panic
from bot.app import LOCK
from bot.cli import main
from bot.i18n import catalogues
from bot.messenger import Screen
from bot.sandbox import Phone
from bot.telegram.calls import LIMITS
from handlers.model import Address, Message, Panic
from storage import durable
from storage.errors import Destroyed
from storage.keyring import DESTROYED, RING_FILE, ROOT_FILE, Keyring
from storage.panic import Order
from storage.sessions import Sessions
from tests.stories.rehearsal import BOT, rehearsal


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    Keyring.create(folder, date(2026, 11, 23))
    return folder


def panic(*words: str, typed: str = ""):
    return CliRunner().invoke(main, ["panic", *words], input=typed)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_given_another_word_then_nothing_is_done(state: Path):
    told = panic("--state-dir", str(state), typed="yes\n")
    assert told.exit_code == 1 and "Nothing was done" in told.output
    assert names(state) == {ROOT_FILE, RING_FILE}
    Keyring.open(state)


def test_given_the_word_then_the_keys_are_gone_without_any_settings(state: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(state.parent)  # no file of settings is here
    told = panic("--state-dir", str(state), typed="destroy\n")
    assert told.exit_code == 0, told.output
    assert names(state) == {DESTROYED}


def test_given_a_destroyed_server_then_opening_and_founding_say_what_happened_and_what_to_do(state: Path):
    panic("--state-dir", str(state), "--yes")
    with pytest.raises(Destroyed, match="Restore a backup into an empty folder"):
        Keyring.open(state)
    with pytest.raises(Destroyed):
        Keyring.create(state, date(2026, 11, 23))


def test_given_a_panic_that_was_cut_short_when_said_again_then_it_is_finished(state: Path):
    durable.shred(state / ROOT_FILE)
    assert panic("--state-dir", str(state), "--yes").exit_code == 0
    assert names(state) == {DESTROYED}


def test_given_no_such_folder_then_it_says_so(tmp_path: Path):
    told = panic("--state-dir", str(tmp_path / "nowhere"), "--yes")
    assert told.exit_code == 2 and "no folder" in told.output


def test_given_what_cannot_be_destroyed_then_it_is_named_and_that_is_a_failure(
    state: Path, monkeypatch: pytest.MonkeyPatch
):
    def read_only(self: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", read_only)
    told = panic("--state-dir", str(state), "--yes")
    assert told.exit_code == 1 and "Could NOT be destroyed" in told.output and ROOT_FILE in told.output


@pytest.fixture
def settings(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TELEGRAM_TOKEN": "1:a", "ORGANISATION": "x", "STATE_DIR": str(state)}.items():
        monkeypatch.setenv(f"PANAH_{name}", value)
    monkeypatch.chdir(state.parent)


def test_given_a_stopped_bot_when_rotated_then_another_root_opens_the_same_ring(state: Path, settings: None):
    before, deployment = (state / ROOT_FILE).read_bytes(), Keyring.open(state).deployment
    told = CliRunner().invoke(main, ["rotate"])
    assert told.exit_code == 0, told.output
    assert (state / ROOT_FILE).read_bytes() != before and Keyring.open(state).deployment == deployment


def test_given_a_bot_that_serves_when_rotated_then_nothing_is_done(state: Path, settings: None):
    before = (state / ROOT_FILE).read_bytes()
    with durable.only_holder(state / LOCK):
        told = CliRunner().invoke(main, ["rotate"])
    assert told.exit_code == 1 and "Another process serves" in told.output
    assert (state / ROOT_FILE).read_bytes() == before


# --- From the chat ---

ORDER = Order(Panic(Message("panic.told", {"by": "x"}), Message("panic.left", {"by": "x"})), ((Address("t:1"), "en"),))


def _number(phone: Phone) -> str:
    """The number that was asked for last."""
    return next(line for line in reversed(phone.chat(BOT)[-1].text.splitlines()) if "number" in line).split()[-1]


def _said(phone: Phone) -> list[str]:
    return [message.text for message in phone.chat(BOT) if message.from_bot]


async def test_given_an_admin_who_types_the_number_then_the_keys_are_gone_both_admins_hear_it_and_nobody_is_answered(
    tmp_path: Path,
):
    async with rehearsal(tmp_path) as play:
        admin, other, reporter = play.phone("Amina"), play.phone("Bee"), play.phone("Reporter")
        await play.enrol(admin, play.secret)
        await play.enrol(other, await play.invite(admin, "admin"), admin)
        await play.say(admin, "/panic")
        await admin.say(_number(admin))
        with pytest.raises(Destroyed):
            await asyncio.wait_for(play._running, 10)
        folder = play.app.settings.state_dir
        assert not {ROOT_FILE, RING_FILE} & names(folder) and DESTROYED in names(folder)
        assert [_said(phone)[-1].startswith("The keys of this server were destroyed. By: ") for phone in (admin, other)]
        assert list(play.app.sessions.live(play.watch())) == []
        await reporter.start(BOT)
        await asyncio.sleep(0.2)
        assert _said(reporter) == []


async def test_given_a_messenger_that_hangs_then_the_keys_go_first_and_the_end_does_not_wait(
    state: Path, monkeypatch: pytest.MonkeyPatch
):
    there: list[set[str]] = []

    async def hang(address: Address, screen: object) -> None:
        there.append(names(state))
        await asyncio.Event().wait()

    monkeypatch.setattr(bot.panic, "HURRY", 0.05)
    work = asyncio.create_task(asyncio.Event().wait())
    locked: list[bool] = []
    sessions = SimpleNamespace(lock_all=lambda: locked.append(True))
    chat = bot.panic.Panic(state, sessions, {"t": SimpleNamespace(send=hang, limits=LIMITS)}, catalogues())
    await asyncio.wait_for(chat.carry_out(ORDER, [work]), 2)
    assert there == [{DESTROYED}], "somebody was told before"
    assert locked and work.cancelled()


async def test_given_a_bot_that_is_stopped_while_it_tells_then_the_copies_of_the_database_go_all_the_same(state: Path):
    (state / "panah.before-0000.db").write_bytes(b"as it was")
    telling = asyncio.Event()

    async def hang(address: Address, screen: object) -> None:
        telling.set()
        await asyncio.Event().wait()

    messengers = {"t": SimpleNamespace(send=hang, limits=LIMITS)}
    chat = bot.panic.Panic(state, SimpleNamespace(lock_all=lambda: None), messengers, catalogues())
    panicking = asyncio.create_task(chat.carry_out(ORDER, []))
    await telling.wait()
    panicking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await panicking
    assert names(state) == {DESTROYED}


async def test_given_what_cannot_be_destroyed_then_the_admins_hear_that(state: Path, monkeypatch: pytest.MonkeyPatch):
    said: list[str] = []

    async def send(address: Address, screen: Screen) -> None:
        said.append(screen.text)

    monkeypatch.setattr(storage.panic.keyring, "erase", lambda folder: (folder / ROOT_FILE,))
    chat = bot.panic.Panic(
        state,
        Sessions(None),
        {"t": SimpleNamespace(send=send, limits=LIMITS)},
        catalogues(),  # type: ignore[arg-type]
    )
    await chat.carry_out(ORDER, [])
    assert said[0].startswith("NOT all keys of this server could be destroyed.")
