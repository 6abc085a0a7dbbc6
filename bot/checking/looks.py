"""Which looks there are, and in which order they are told."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot import clock
from bot.checking import house, machine, reach, work
from bot.checking.finding import Finding, Look, Wrong, finding_of, found
from bot.console import Ask, Health, NotAnswering, NotServing, ask
from bot.settings import Settings
from storage import witness
from storage.backup import last_backup

PATIENCE = timedelta(seconds=20)
"""Within which the running bot must answer."""
HUNG = Wrong("a bot runs from this state folder and does not answer: keep its log, and restart it")
IDLE = Wrong("no bot runs from this state folder as this user: start `panah run`")


async def before_start(settings: Settings, env: Path) -> list[Finding]:
    """What must hold before the first person writes. Opens the database, so no bot should run."""
    opens = {"database": partial(house.database, settings), "team": partial(house.team, settings)}
    return await found({**_of_files(settings, env), **_of_house(settings), **opens, **_of_token(settings)})


async def everything(settings: Settings, env: Path) -> list[Finding]:
    """All there is. A running bot tells of itself by its console; without one the database is opened here."""
    bot, health = await asyncio.to_thread(_asked, settings.state_dir)
    looks = {**_of_files(settings, env), **_of_machine(settings), **_of_house(settings), **_of_token(settings)}
    findings = await found({**looks, "clock.telegram": partial(reach.time, settings)})
    findings.append(finding_of("bot", bot))
    if bot is IDLE:
        reading = _Reading(settings)
        findings += await found({"database": reading.look})
        health = reading.health
    elif health:
        findings.append(finding_of("database", work.durable(health.vitals)))
        findings += await found({"delivery": partial(reach.delivery, settings)})
    return findings + (await _of_work(settings, health) if health else [])


class _Reading:
    """Opens the database as a look, and keeps what it tells."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.health: Health | None = None

    async def look(self) -> Wrong | None:
        self.health = await house.health(self._settings)
        return work.durable(self.health.vitals)


def _asked(state: Path) -> tuple[Wrong | None, Health | None]:
    try:
        health = ask(state, Ask(looked_at=True), PATIENCE).health
    except NotAnswering:
        return HUNG, None
    except NotServing:
        return IDLE, None
    return (work.running(health.late), health) if health else (HUNG, None)


def _of_files(settings: Settings, env: Path) -> dict[str, Look]:
    return {
        "files": partial(machine.files, settings),
        "env": partial(machine.env_file, settings, env),
        "words": partial(machine.words, settings),
    }


def _of_machine(settings: Settings) -> dict[str, Look]:
    return {
        "disk": partial(machine.disk, settings),
        "volume": partial(machine.volume, settings),
        "clock": machine.clock,
        "swap": machine.swap,
        "cores": machine.cores,
        "memory": machine.memory,
        "sqlite": partial(house.sound, settings),
    }


def _of_house(settings: Settings) -> dict[str, Look]:
    return {
        "program": partial(house.program, settings),
        "guidance": partial(house.guidance, settings),
        "keys": partial(house.keys, settings),
        "programs": house.programs,
        "zones": house.time_zones,
    }


def _of_token(settings: Settings) -> dict[str, Look]:
    return {"token": partial(reach.token, settings)}


async def _of_work(settings: Settings, health: Health) -> list[Finding]:
    vitals, now, sent = health.vitals, clock.now(), witness.last(settings.state_dir)
    judged = {
        "inbox": work.inbox(vitals.inbox),
        "outbox": work.outbox(vitals.words, vitals.errands),
        "aside": work.aside(vitals.aside),
        "cases": work.cases(vitals.desk),
        "team": work.team(vitals.team),
        "desk": work.desk_key(vitals.team),
        "backup": work.backup(last_backup(settings.state_dir), settings.backup_days, now),
        "audit": work.audit(health.unbroken, sent.at if sent else None, vitals.team.admins, now),
    }
    rights = await found({"rights": partial(reach.rights, settings, vitals.group)})
    return [*(finding_of(name, wrong) for name, wrong in judged.items()), *rights]
