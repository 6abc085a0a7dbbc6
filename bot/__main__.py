"""The command line: `panah init`, `invite-admin`, `run`, `check`, `unlock`, `status`, `demo`, `audit verify`.

Exit codes: 0 done; 1 something was found or failed; 2 the settings or the call are wrong.
"""

import asyncio
import signal
from collections.abc import Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bot import logs
from bot.app import assemble, make_bots
from bot.checking import findings
from bot.console import Answer, Ask, NotServing, ask
from bot.founding import found, invite_anew, write_private
from bot.messenger import MessengerError
from bot.settings import SECRETS, Settings, SettingsFaults
from handlers.program import ProgramFaults
from storage.audit import Head, Report
from storage.database import Database
from storage.errors import VaultError
from storage.hygiene import harden
from storage.keyring import Keyring
from storage.sessions import Sessions
from storage.vault import Vault

WRONG_CALL = 2
ASK_WHO_WE_ARE = 5.0
"""Seconds that `init` waits for the bot's name, which it needs for the invitation's link."""

QUESTIONS = {
    "telegram_token": "The bot's token, from @BotFather (not shown)",
    "organisation": "Your organisation's name, as people should read it",
}

main = typer.Typer(add_completion=False, no_args_is_help=True, help="Panah: a shelter in a chat.")
audit = typer.Typer(no_args_is_help=True, help="The audit chain.")
main.add_typer(audit, name="audit")

EnvFile = Annotated[Path, typer.Option("--env", help="The file of settings, beside the environment.")]


@main.callback()
def _before() -> None:
    harden()


@main.command()
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
        _stop(f"{recovery_out} exists already; name a new file for the recovery key.", WRONG_CALL)
    try:
        founded = asyncio.run(found(settings.state_dir, settings.database))
    except VaultError as error:
        _stop(f"{settings.state_dir}: {error}", WRONG_CALL)
    _hand_over(founded.recovery, recovery_out)
    _invite(founded.secret, bot or asyncio.run(_username(settings)))
    typer.echo("Next: panah check, then panah run.")


@main.command()
def invite_admin(
    env: EnvFile = Path(".env"),
    bot: Annotated[str, typer.Option(help="The bot's username, when its server can't be asked.")] = "",
) -> None:
    """Invite the first admin anew, as long as there is none: after an invitation that was lost or has expired."""
    settings = _settings(env)
    try:
        secret = asyncio.run(invite_anew(settings.state_dir, settings.database))
    except VaultError as error:
        _stop(str(error))
    _invite(secret, bot or asyncio.run(_username(settings)))


def _initial_settings(env: Path, given: dict[str, str], ask: bool) -> Settings:
    """The settings, asking for what is missing; what was given or asked for is added to the file of settings."""
    lacking = _lacking(env, given)
    if ask:
        given |= {name: _asked(name) for name in QUESTIONS if name in lacking}
    if given:
        _remember(env, given)
    return _settings(env)


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


def _hand_over(recovery: str, out: Path | None) -> None:
    if out is not None and _written(out, recovery):
        typer.echo(f"The recovery key is in {out}. Move it to a place that this server can't reach.")
        return
    typer.echo("The recovery key, shown only now. Write it down and keep it off this server:\n")
    typer.echo(f"    {recovery}\n")


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


@main.command()
def run(env: EnvFile = Path(".env")) -> None:
    """Serve, until stopped."""
    settings = _settings(env)
    logs.setup(settings.log_level)
    try:
        asyncio.run(_until_stopped(_serve(settings)))
    except (VaultError, MessengerError, ProgramFaults) as error:
        _stop(str(error))


async def _serve(settings: Settings) -> None:
    async with assemble(settings) as app:
        await app.run()


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run until it ends, or until a signal asks us to stop; what was committed is safe in either case."""
    loop = asyncio.get_running_loop()
    logs.watch(loop)
    task = loop.create_task(work)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        logs.event("stopped")


@main.command()
def check(env: EnvFile = Path(".env")) -> None:
    """Look at settings, the program and its texts, keys, database, team, programs and token. Serves nobody."""
    settings = _settings(env)
    typer.echo("ok    settings")
    wrong = 0
    for name, fault, fatal in asyncio.run(findings(settings)):
        wrong += bool(fault) and fatal
        typer.echo(f"{'FAULT' if fatal else 'WARN '} {name}: {fault}" if fault else f"ok    {name}")
    raise typer.Exit(1 if wrong else 0)


@main.command()
def unlock(
    env: EnvFile = Path(".env"),
    name: Annotated[str, typer.Option(help="Whose keys, by call name; else chosen from a list.")] = "",
) -> None:
    """Open a member's keys in the running bot, without Telegram. The passphrase is asked for and not shown."""
    folder = _settings(env).state_dir
    name = name or _chosen(list(_asked_of(folder, Ask()).keys))
    answer = _asked_of(folder, Ask(name, typer.prompt("Passphrase (not shown)", hide_input=True)))
    if answer.tried != "open":
        _stop(UNOPENED[answer.tried])
    typer.echo(f"Open until {_moment(answer.keys[name])} if nothing more is said. /lock in the chat locks at once.")


UNOPENED = {
    "unknown": "Nobody is called so: `panah status` shows all names.",
    "wrong": "That is not the passphrase.",
    "late": "It was not tried: too many were wrong, or the bot is busy. The member's chat says more.",
}


@main.command()
def status(env: EnvFile = Path(".env")) -> None:
    """Say whether the bot runs, and whose keys are open in it until when."""
    keys = _asked_of(_settings(env).state_dir, Ask()).keys
    typer.echo("The bot is running.")
    for name, until in keys.items():
        typer.echo(f"{name}: open until {_moment(until)}" if until else f"{name}: locked")


def _chosen(names: list[str]) -> str:
    if not names:
        _stop("There is nobody on the team yet.")
    for place, name in enumerate(names, start=1):
        typer.echo(f"{place}  {name}")
    number: int = typer.prompt("Whose keys (the number)", type=int)
    if not 0 < number <= len(names):
        _stop(f"Choose a number from 1 to {len(names)}.", WRONG_CALL)
    return names[number - 1]


def _asked_of(folder: Path, question: Ask) -> Answer:
    try:
        return ask(folder, question)
    except NotServing:
        _stop(f"No bot runs from {folder} as this user. Start it with `panah run`.")


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "-"


@main.command()
def demo(
    script: Annotated[bool, typer.Option("--script", help="Play the story by itself and print the chats.")] = False,
    port: Annotated[int, typer.Option(help="The page's port on 127.0.0.1; 0 takes a free one.")] = 0,
) -> None:
    """Rehearse on this computer, without a token or a network: a local Bot API server, three phones, the real bot."""
    from bot.demo import by_hand, by_script  # the rehearsal stage is no part of a running server

    logs.setup("WARNING")
    if script:
        raise typer.Exit(asyncio.run(by_script()))
    asyncio.run(_until_stopped(by_hand(port)))


@audit.command()
def verify(
    env: EnvFile = Path(".env"),
    witness: Annotated[str, typer.Option(help="A head of the chain, as it was sent to the admins.")] = "",
) -> None:
    """Read the whole audit chain: edits, cuts, splices and roll-backs are found."""
    settings = _settings(env)
    try:
        head = Head.parse(witness) if witness else None
        report = asyncio.run(_verified(settings, head))
    except VaultError as error:
        _stop(str(error))
    if not report.ok:
        _stop(f"The audit chain is broken at line {report.bad}: {report.kind}.")
    typer.echo(f"{report.lines} lines, unbroken. Head: {report.head or '-'}")


async def _verified(settings: Settings, witness: Head | None) -> Report:
    vault = Vault(Keyring.open(settings.state_dir))
    database = await Database.open(settings.database, vault, Sessions(vault), process="audit")
    try:
        return await database.verify_audit(witness)
    finally:
        await database.close()


def _settings(env: Path) -> Settings:
    try:
        return Settings.load(env)
    except SettingsFaults as faults:
        _stop(f"{faults}\n.env.example explains every setting.", WRONG_CALL)


def _stop(message: str, code: int = 1) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    main()
