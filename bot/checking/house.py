"""The program and its texts, the keys, the database of a bot that does not run, and what cleans files."""

import sys

from bot import clock, zones
from bot.checking.finding import Wrong, warn
from bot.cleaning.cleaner import has_own_memory
from bot.cleaning.programs import PROGRAMS, installed
from bot.console import Health
from bot.opening import database_of
from bot.program import load
from bot.settings import Settings
from handlers.guidance import expired
from storage import vitals, witness
from storage.engine import file_of, sqlite_is_old
from storage.keyring import Keyring


async def program(settings: Settings) -> Wrong | None:
    load(settings.program_dir)
    return None


async def guidance(settings: Settings) -> Wrong | None:
    late = expired(load(settings.program_dir).program, clock.now().date())
    return Wrong(f"to be reviewed again: {', '.join(late)}") if late else None


async def keys(settings: Settings) -> Wrong | None:
    _ = Keyring.open(settings.state_dir).recovery_public
    return None


async def database(settings: Settings) -> Wrong | None:
    async with database_of(settings, "check") as found:
        report = await found.verify_audit()
    return None if report.ok else Wrong("the audit chain is broken: run `panah audit verify`")


async def health(settings: Settings) -> Health:
    """What a running bot would tell of itself."""
    async with database_of(settings, "check") as found:
        head = witness.last(settings.state_dir)
        report = await found.verify_audit(head.head if head else None)
        return Health(await found.signs.read(clock.now(), zones.offset), (), report.ok)


async def sound(settings: Settings) -> Wrong | None:
    """SQLite's own look at its file, by a connection that can't write."""
    path = file_of(settings.database)
    if path is None or not path.exists():
        return None
    if vitals.unsound(path):
        return Wrong("SQLite's file is damaged: stop the bot, keep a copy, and restore the last backup")
    if sqlite_is_old():
        return warn(
            "this SQLite can damage a file that two programs write (fixed in 3.51.3): let nothing but Panah open it"
        )
    return None


async def team(settings: Settings) -> Wrong | None:
    async with database_of(settings, "check") as found:
        damaged = (await found.people()).damaged
    return warn(f"members whose rows can't be read: {damaged}; invite them anew") if damaged else None


async def programs() -> Wrong | None:
    if sys.platform != "linux":
        return warn("files can't be cleaned here: the lock around hostile files is Linux's")
    missing = {program: files for program, files in PROGRAMS.items() if not installed(program)}
    if not missing and not await has_own_memory():
        return warn(f"{', '.join(PROGRAMS.values())} can't be cleaned: allow this user its own namespaces (unshare(2))")
    without = ", ".join(f"{files} can't be cleaned ({program} is missing)" for program, files in missing.items())
    return warn(f"{without}; on Debian: apt install {' '.join(missing)}") if missing else None


async def time_zones() -> Wrong | None:
    return None if zones.known() else warn("time zones are unknown here, rosters count in UTC: install tzdata")
