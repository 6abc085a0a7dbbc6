"""One round: a bot is started on a fresh folder, the reporters warm it up, and a stretch of time is measured."""

import asyncio
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.reporters import FORM, Reporter, Tally
from bench.subjects import BOT, TOKEN, Subject
from bot.sandbox import Sandbox

KEEP = 20
"""Messages that the server keeps in each chat: a form needs fewer."""


@dataclass(frozen=True)
class Load:
    """How hard the bots are driven: reporters at once, and seconds of warming up and of measuring."""

    reporters: int
    warm: float
    seconds: float


@dataclass(frozen=True)
class Round:
    """What one bot did in one stretch. Rates a second; times in seconds; shares of one processor core."""

    reports: float
    updates: float
    cpu_per_report: float
    p50: float
    p99: float
    share: float
    driver: float


class LostReports(Exception):
    """The bot has kept fewer reports than it has thanked for: its figures are worth nothing."""


async def measured(subject: Subject, load: Load) -> Round:
    """A round. Raises TimeoutError when the bot stops answering, LostReports."""
    with tempfile.TemporaryDirectory(prefix="panah-bench-") as folder:
        async with Sandbox(keep=KEEP) as sandbox:
            sandbox.add_bot(TOKEN, BOT)
            await subject.start(sandbox, Path(folder))
            tally = Tally()
            try:
                await Reporter(sandbox, BOT, tally).report()
                result = await _driven(sandbox, subject, load, tally)
            finally:
                kept = await subject.stop()
    if kept < tally.reports:
        raise LostReports
    return result


async def _driven(sandbox: Sandbox, subject: Subject, load: Load, tally: Tally) -> Round:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(Reporter(sandbox, BOT, tally).run()) for _ in range(load.reporters)]
        await asyncio.sleep(load.warm)
        result = await _stretch(subject, load.seconds, tally)
        for task in tasks:
            task.cancel()
    return result


async def _stretch(subject: Subject, seconds: float, tally: Tally) -> Round:
    updates = len(tally.waits)
    began, bot, own = time.perf_counter(), _cpu(subject.pid), time.process_time()
    await asyncio.sleep(seconds)
    took, used, driver = time.perf_counter() - began, _cpu(subject.pid) - bot, time.process_time() - own
    answered = len(tally.waits) - updates
    reports = answered / len(FORM)  # in parts: at the ends of the stretch most forms are half filled in
    waits = statistics.quantiles(tally.waits[updates:], n=100)
    return Round(
        reports=reports / took,
        updates=answered / took,
        cpu_per_report=used / reports,
        p50=waits[49],
        p99=waits[98],
        share=used / took,
        driver=driver / took,
    )


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has used, in all its threads (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
