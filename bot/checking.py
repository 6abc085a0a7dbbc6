"""`panah check`: everything that can be wrong before the first person writes, each with its remedy. Serves nobody."""

import sys
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from bot import clock, zones
from bot.app import make_bots
from bot.cleaning.cleaner import has_own_memory
from bot.cleaning.programs import PROGRAMS, installed
from bot.messenger import MessengerError
from bot.program import load
from bot.settings import Settings
from handlers.guidance import expired
from storage.database import Database
from storage.keyring import Keyring
from storage.sessions import Sessions
from storage.vault import Vault


class Finding(NamedTuple):
    """What was looked at, and what is wrong with it: empty when nothing is. `fatal`: nobody can be served like this."""

    name: str
    wrong: str
    fatal: bool = True


Look = Callable[[Settings], Awaitable[str]]


async def findings(settings: Settings) -> list[Finding]:
    """All of them, whatever the first ones say."""
    return [Finding(name, await _seen(look, settings), look not in WARNINGS) for name, look in LOOKS.items()]


async def _seen(look: Look, settings: Settings) -> str:
    try:
        return await look(settings)
    except Exception as error:  # a finding is what we came for; its text is one of ours, or only its type
        ours = type(error).__module__.partition(".")[0] in {"bot", "storage", "handlers"}
        return f"{type(error).__name__}: {error}" if ours else type(error).__name__


async def _program(settings: Settings) -> str:
    load(settings.program_dir)
    return ""


async def _guidance(settings: Settings) -> str:
    late = expired(load(settings.program_dir).program, clock.now().date())
    return f"to be reviewed again: {', '.join(late)}" if late else ""


async def _keys(settings: Settings) -> str:
    ring = Keyring.open(settings.state_dir)
    return "" if ring.recovery_public else "there is no recovery key: run `panah init` in a new folder"


async def _database(settings: Settings) -> str:
    vault = Vault(Keyring.open(settings.state_dir))
    database = await Database.open(settings.database, vault, Sessions(vault), process="check")
    try:
        report = await database.verify_audit()
        return "" if report.ok else "the audit chain is broken: run `panah audit verify`"
    finally:
        await database.close()


async def _team(settings: Settings) -> str:
    vault = Vault(Keyring.open(settings.state_dir))
    database = await Database.open(settings.database, vault, Sessions(vault), process="check")
    try:
        damaged = (await database.people()).damaged
    finally:
        await database.close()
    return f"members whose rows can't be read: {damaged}; invite them anew" if damaged else ""


async def _programs(settings: Settings) -> str:
    if sys.platform != "linux":
        return "files can't be cleaned here: the lock around hostile files is Linux's"
    missing = {program: files for program, files in PROGRAMS.items() if not installed(program)}
    if not missing and not await has_own_memory():
        return f"{', '.join(PROGRAMS.values())} can't be cleaned: allow this user its own namespaces (unshare(2))"
    without = ", ".join(f"{files} can't be cleaned ({program} is missing)" for program, files in missing.items())
    return f"{without}; on Debian: apt install {' '.join(missing)}" if missing else ""


async def _zones(settings: Settings) -> str:
    return "" if zones.known() else "time zones are unknown here, rosters count in UTC: install tzdata"


async def _token(settings: Settings) -> str:
    for bot in make_bots(settings):
        try:
            await bot.start()
        except MessengerError as error:
            return f"{bot.name}: {type(error).__name__}: {error}"
        await bot.stop()
    return ""


LOOKS: dict[str, Look] = {
    "program": _program,
    "guidance": _guidance,
    "keys": _keys,
    "database": _database,
    "team": _team,
    "programs": _programs,
    "zones": _zones,
    "token": _token,
}

WARNINGS = frozenset({_team, _programs, _zones})
"""What the rest works without."""
