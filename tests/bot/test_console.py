"""`panah unlock` and `panah status`: the running bot is asked by a socket that nobody else can open."""

import asyncio
import os
import socket
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import cli as command_line
from bot.console import SOCKET, Ask, NotServing, ask
from bot.sandbox import Phone
from storage.engine import file_of
from tests.stories.rehearsal import Rehearsal, rehearsal


async def _ask(folder: Path, name: str = "", passphrase: str = ""):
    return await asyncio.to_thread(ask, folder, Ask(name, passphrase))


async def _locked(house: Rehearsal) -> tuple[Phone, str]:
    """The first admin, with their keys locked again, and their passphrase."""
    phone = house.phone("Amina")
    passphrase = await house.enrol(phone, house.secret)
    await house.say(phone, "/lock")
    return phone, passphrase


async def test_given_a_running_bot_when_keys_are_opened_at_the_console_then_only_the_answer_stands_in_the_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rehearsal(tmp_path) as house:
        folder = tmp_path / "state"
        phone, passphrase = await _locked(house)
        assert stat.S_IMODE((folder / SOCKET).stat().st_mode) == 0o600
        [name], before = (await _ask(folder)).keys, len(phone.chat())
        assert (await _ask(folder)).keys == {name: None}
        assert (await _ask(folder, "nobody", passphrase)).tried == "unknown"
        wrong = await _ask(folder, name, "six words that are not it")
        assert (wrong.tried, wrong.keys) == ("wrong", {name: None})
        right = await _ask(folder, name, passphrase)
        assert right.tried == "open" and right.keys[name] is not None
        await house.quiet()
        said = [message.text or "" for message in phone.chat()[before:]]
        assert not any(passphrase in text for text in said)
        assert any("Your keys are open" in text for text in said)
        shown = await asyncio.to_thread(_status, tmp_path, monkeypatch)
        assert f"{name}: open until" in shown
    assert not (folder / SOCKET).exists()


def _status(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    return _panah(folder, monkeypatch, "status")


def _panah(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    for variable, value in {"TELEGRAM_TOKEN": "1:a", "ORGANISATION": "x", "STATE_DIR": str(folder / "state")}.items():
        monkeypatch.setenv(f"PANAH_{variable}", value)
    return CliRunner().invoke(command_line.main, [*words, "--env", str(folder / "none")]).output


def _copy_from_before_an_upgrade(url: str) -> Path:
    """Too young for a sweep."""
    file = file_of(url)
    assert file
    copy = file.with_name(f"{file.stem}.before-0000.db")
    copy.touch()
    os.utime(copy, (4_000_000_000, 4_000_000_000))
    return copy


async def test_given_a_running_bot_when_it_is_to_purge_then_it_does_and_says_how_closed_cases_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rehearsal(tmp_path) as house:
        phone = house.phone("Amina")
        await house.enrol(phone, house.secret)
        await house.report(house.phone("Reporter"), "canary: they came twice")
        await house.press(phone, "claim")
        await house.say(phone, "/close")
        await house.press(phone, "outcome", "helped")
        shown = await asyncio.to_thread(_panah, tmp_path, monkeypatch, "purge", "--dry-run")
        assert "goes after" in shown and "(due 0, later 1," in shown and "canary" not in shown
        house.watch.advance(timedelta(days=89))
        await house.app.janitor.round()
        await house.quiet()
        house.watch.advance(timedelta(days=2))
        copy = _copy_from_before_an_upgrade(house.app.settings.database)
        gone = await asyncio.to_thread(ask, tmp_path / "state", Ask(endings=True, purge=True))
        assert not copy.exists()
        assert (len(gone.endings), gone.erased) == (1, 1)
        assert (await asyncio.to_thread(ask, tmp_path / "state", Ask(endings=True))).endings == ()


async def test_given_too_many_wrong_ones_then_the_console_is_held_back_like_the_chat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rehearsal(tmp_path) as house:
        folder = tmp_path / "state"
        _, passphrase = await _locked(house)
        [name] = (await _ask(folder)).keys
        tried = [(await _ask(folder, name, "wrong")).tried for _ in range(5)]
        assert set(tried) == {"wrong"}
        monkeypatch.setattr("bot.console.PATIENCE", timedelta(seconds=2))
        assert (await _ask(folder, name, passphrase)).tried == "late"


@pytest.mark.parametrize("sent", [b"", b"\n", b"{}x\n", b'{"shell": "rm"}\n', b"x" * 10_000, b"\xff\n", b"[]\n"])
async def test_given_nonsense_at_the_socket_then_it_is_dropped_and_the_bot_goes_on(tmp_path: Path, sent: bytes) -> None:
    async with rehearsal(tmp_path) as house:
        folder = tmp_path / "state"
        while not (folder / SOCKET).exists():  # noqa: ASYNC110 - a file rings nobody
            await asyncio.sleep(0.01)
        await house.quiet()
        assert await asyncio.to_thread(_heard, folder / SOCKET, sent) == b""
        assert (await _ask(folder)).tried == ""


def _heard(path: Path, sent: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(10)
        door.connect(str(path))
        door.sendall(sent)
        door.shutdown(socket.SHUT_WR)
        try:
            return door.recv(100)
        except ConnectionResetError:
            return b""


def test_given_no_running_bot_when_it_is_asked_then_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotServing):
        ask(tmp_path, Ask())


def test_a_question_never_shows_its_passphrase() -> None:
    assert "canary" not in repr(Ask("name", "canary"))
