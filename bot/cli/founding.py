"""`panah init`, `invite-admin`: a new state, and whoever comes first."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.app import make_bots
from bot.cli.shared import WRONG_CALL, EnvFile, settings_of, stop
from bot.founding import found, invite_anew, write_private
from bot.messenger import MessengerError
from bot.settings import SECRETS, Settings, SettingsFaults
from storage.errors import VaultError

ASK_WHO_WE_ARE = 5.0
"""Seconds that `init` waits for the bot's name, which it needs for the invitation's link."""

QUESTIONS = {
    "telegram_token": "The bot's token, from @BotFather (not shown)",
    "organisation": "Your organisation's name, as people should read it",
}


def init(
    env: EnvFile = Path(".env"),
    token: Annotated[str, typer.Option(help="The bot's token, seen by others in `ps`; else from the settings.")] = "",
    organisation: Annotated[str, typer.Option(help="Your organisation's name, as people should read it.")] = "",
    state_dir: Annotated[str, typer.Option(help="The folder to make; else PANAH_STATE_DIR.")] = "",
    recovery_out: Annotated[Path | None, typer.Option(help="Write the recovery key here, and don't show it.")] = None,
    bot: Annotated[str, typer.Option(help="The bot's username, when its server can't be asked.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; what is missing is an error.")] = False,
) -> None:
    """Make a new state: keys, database, recovery key, the first admin's invitation. Never overwrites one."""
    given: dict[str, str] = {"telegram_token": token, "organisation": organisation, "state_dir": state_dir}
    settings = _initial_settings(env, {name: text for name, text in given.items() if text}, ask=not yes)
    if recovery_out is not None and recovery_out.exists():
        stop(f"{recovery_out} exists already; name a new file for the recovery key.", WRONG_CALL)
    try:
        founded = asyncio.run(found(settings.state_dir, settings.database))
    except VaultError as error:
        stop(f"{settings.state_dir}: {error}", WRONG_CALL)
    hand_over(founded.recovery, recovery_out)
    _invite(founded.secret, bot or asyncio.run(_username(settings)))
    typer.echo("Next: panah check, then panah run.")


def invite_admin(
    env: EnvFile = Path(".env"),
    bot: Annotated[str, typer.Option(help="The bot's username, when its server can't be asked.")] = "",
) -> None:
    """Invite the first admin anew, as long as there is none: after an invitation that was lost or has expired."""
    settings = settings_of(env)
    try:
        secret = asyncio.run(invite_anew(settings.state_dir, settings.database))
    except VaultError as error:
        stop(str(error))
    _invite(secret, bot or asyncio.run(_username(settings)))


def _initial_settings(env: Path, given: dict[str, str], ask: bool) -> Settings:
    """The settings, asking for what is missing; what was given or asked for is added to the file of settings."""
    lacking = _lacking(env, given)
    if ask:
        given |= {name: _asked(name) for name in QUESTIONS if name in lacking}
    if given:
        _remember(env, given)
    return settings_of(env)


def _asked(name: str) -> str:
    return str(typer.prompt(QUESTIONS[name], hide_input=name in SECRETS))


def _lacking(env: Path, given: dict[str, str]) -> set[str]:
    try:
        Settings.load(env)
    except SettingsFaults as faults:
        return {fault.name.removeprefix("PANAH_").lower() for fault in faults.faults} - given.keys()
    return set()


def _remember(env: Path, given: dict[str, str]) -> None:
    """Add settings to the file, which only its owner may read."""
    lines = "".join(f"PANAH_{name.upper()}={value!r}\n" for name, value in given.items())
    env.touch(mode=0o600, exist_ok=True)
    env.chmod(0o600)
    with env.open("a", encoding="utf-8") as file:
        file.write(lines)


def hand_over(recovery: str, out: Path | None) -> bool:
    """A recovery key, into a file or, when there is none, on the screen; whether it was shown."""
    if out is not None and _written(out, recovery):
        typer.echo(f"The recovery key is in {out}. Move it to a place that this server can't reach.")
        return False
    typer.echo("The recovery key, shown only now. Write it down and keep it off this server:\n")
    typer.echo(f"    {recovery}\n")
    return True


def _written(out: Path, recovery: str) -> bool:
    """There is no second chance to hand the key over: what can't be written is shown."""
    try:
        write_private(out, recovery)
    except OSError as error:
        typer.echo(f"{out} can't be written ({type(error).__name__}).", err=True)
        return False
    return True


def _invite(secret: str, username: str) -> None:
    typer.echo("The first admin's invitation, good once, for 24 hours:\n")
    if username:
        typer.echo(f"    https://t.me/{username}?start={secret}")
    typer.echo(f"    or, typed in the bot:  /join {secret}\n")


async def _username(settings: Settings) -> str:
    """The name of the bot where staff join; empty when its server can't be asked now."""
    bot = make_bots(settings)[-1]
    try:
        async with asyncio.timeout(ASK_WHO_WE_ARE):
            await bot.start()
    except (MessengerError, TimeoutError):
        return ""
    await bot.stop()
    return bot.username
