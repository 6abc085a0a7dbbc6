"""What is delivered for a server: the units as hard as docs/operate.md says, and an installer that installs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from bot.cli import main

ROOT = Path(__file__).parents[2]
DEPLOY, OPERATE = ROOT / "deploy", ROOT / "docs" / "operate.md"


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["panah", "panah-backup", "telegram-bot-api"])
def test_given_a_unit_then_its_exposure_is_what_is_written_down(unit: str):
    if not shutil.which("systemd-analyze"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs systemd-analyze (Debian: systemd)")
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(DEPLOY / f"{unit}.service")],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"SYSTEMD_COLORS": "0", "SYSTEMD_EMOJI": "0"},
    ).stdout
    exposure = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    written = re.search(rf"`{unit}\.service` ([0-9.]+)", OPERATE.read_text(encoding="utf-8"))
    assert exposure and written
    assert float(exposure[1]) <= float(written[1])


def test_given_the_unit_then_nothing_of_it_reaches_swap_or_a_core_dump_and_panic_is_not_answered_by_a_restart():
    unit = (DEPLOY / "panah.service").read_text(encoding="utf-8")
    for line in ("MemorySwapMax=0", "LimitCORE=0", "UMask=0077", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert f"\n{line}\n" in unit
    assert "\nRestartPreventExitStatus=2 77\n" in unit


def test_given_a_bot_api_server_of_ones_own_then_it_fetches_large_files_and_its_group_alone_may_read_them():
    unit = (DEPLOY / "telegram-bot-api.service").read_text(encoding="utf-8")
    assert " --local " in unit and "\nUMask=0027\n" in unit and "\nStateDirectoryMode=0750\n" in unit


def test_given_the_proxy_then_it_keeps_no_log_of_paths_and_times():
    proxy = (DEPLOY / "nginx.conf.example").read_text(encoding="utf-8")
    assert "access_log off;" in proxy and "error_log /dev/null crit;" in proxy


@pytest.mark.slow
def test_given_nothing_when_installed_under_a_folder_then_the_program_runs_there_and_again_changes_no_settings(
    tmp_path: Path,
):
    environment = os.environ | {"DESTDIR": str(tmp_path)}
    code = tmp_path / "opt" / "panah"
    newer = code / "storage" / "migrations" / "versions" / "9999_newer.py"
    newer.parent.mkdir(parents=True)
    newer.touch()
    for _ in range(2):
        subprocess.run(
            ["sh", str(DEPLOY / "install.sh")], env=environment, check=True, capture_output=True, timeout=900
        )
        settings = tmp_path / "etc" / "panah" / "panah.env"
        assert settings.stat().st_mode & 0o777 == 0o600
        text = settings.read_text(encoding="utf-8")
        assert "\nPANAH_STATE_DIR=/var/lib/panah/state\n" in text, "a restore needs to write beside it"
        assert "\nPANAH_BACKUP_DIR=/var/lib/panah/backups\n" in text, "the nightly backup may write nowhere else"
        settings.write_text(text.replace("PANAH_ORGANISATION=\n", "PANAH_ORGANISATION=Shelter\n"), encoding="utf-8")
    assert "PANAH_ORGANISATION=Shelter" in settings.read_text(encoding="utf-8")
    assert not newer.exists(), "an older version must not find the schema of a newer one"
    told = subprocess.run(
        [str(code / ".venv" / "bin" / "python"), "-m", "bot", "--help"],
        cwd=code,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "panic" in told.stdout
    assert not (code / "tests").exists()


def test_given_the_installed_command_then_every_command_that_needs_settings_reads_the_installed_ones():
    installer = (DEPLOY / "install.sh").read_text(encoding="utf-8")
    wrapper = installer.split("<<'COMMAND'\n")[1].split("\nCOMMAND\n")[0]
    shown = wrapper.replace("cd /opt/panah", "cd /").replace("exec ", "exec echo ")
    for words in _commands_with_settings():
        told = subprocess.run(["sh", "-c", shown, "panah", *words, "last"], capture_output=True, text=True, check=True)
        assert told.stdout.endswith(f"-m bot {' '.join(words)} --env /etc/panah/panah.env last\n"), words
    told = subprocess.run(["sh", "-c", shown, "panah", "--help"], capture_output=True, text=True, check=True)
    assert told.stdout.endswith("-m bot --help\n")


def _commands_with_settings() -> list[tuple[str, ...]]:
    """Each as it is typed."""
    typed: list[tuple[str, ...]] = []
    for name, command in typer.main.get_command(main).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", {"": command})
        typed += [(name, last) if last else (name,) for last, one in inner.items() if _has_env(one)]
    return typed


def _has_env(command: typer.core.TyperCommand) -> bool:
    return any("--env" in parameter.opts for parameter in command.params)
