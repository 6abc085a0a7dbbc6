"""What is counted and timed, for Prometheus; a registry of our own, and nothing else in it.

Every label has a small, fixed set of values (`tests/bot/test_monitor.py` knows them all). None tells of a person, a
chat, a country, a language, a category or a level, and no sample bears the time at which it was first counted.
"""

import math
from datetime import timedelta

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from bot import pulse
from handlers.model import Event, Unlocked
from storage.vitals import Vitals

disable_created_metrics()  # type: ignore[no-untyped-call]  # when somebody's first press came is nobody's business

COARSE = 300
"""Seconds to which the age of a waiting report is rounded down: no finer than that may it point to who wrote it."""
_TIMES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

REGISTRY = CollectorRegistry()
TYPE = CONTENT_TYPE_LATEST


EVENTS = Counter("panah_events", "Events decided on, by their kind.", ("kind",), registry=REGISTRY)
FAULTS = Counter("panah_event_faults", "Events that failed, once for each try.", registry=REGISTRY)
BATCHES = Histogram(
    "panah_batch_seconds", "A batch of events: read, decided, committed.", buckets=_TIMES, registry=REGISTRY
)
ERRANDS = Counter(
    "panah_errands", "Messages and errands, by what became of each.", ("lane", "result"), registry=REGISTRY
)
ROUNDS = Counter("panah_janitor_rounds", "Rounds of the janitor.", registry=REGISTRY)
DUTIES = Counter("panah_janitor_faults", "Duties of the janitor that failed.", registry=REGISTRY)
WRONG = Counter("panah_unlock_faults", "Passphrases that were wrong.", registry=REGISTRY)
RESTS = Counter("panah_receiving_rests", "Pauses because the messenger could not be asked.", registry=REGISTRY)

_WAITING = Gauge("panah_waiting", "What could be done and is not yet.", ("queue",), registry=REGISTRY)
_OLDEST = Gauge("panah_waiting_oldest_seconds", "How long the first of them waits.", ("queue",), registry=REGISTRY)
_ASIDE = Gauge("panah_set_aside", "Events and messages that could never be carried out.", registry=REGISTRY)
_CASES = Gauge("panah_cases", "Cases that are not closed.", ("state",), registry=REGISTRY)
_UNCLAIMED = Gauge("panah_unclaimed_oldest_seconds", "How long a case waits for a holder.", registry=REGISTRY)
_TEAM = Gauge("panah_members", "Members, and how many of them are on duty.", ("state",), registry=REGISTRY)
_UNLOCKED = Gauge("panah_unlocked", "Members whose keys are open.", registry=REGISTRY)
_COPIES = Gauge(
    "panah_advisory_copies", "Of the advisories that are on their way, or held.", ("state",), registry=REGISTRY
)
_BACKUP = Gauge("panah_backup_age_seconds", "Since the last whole backup; NaN before the first.", registry=REGISTRY)
_ROUND = Gauge("panah_round_age_seconds", "Since each part last went round.", ("part",), registry=REGISTRY)


def decided(event: Event) -> None:
    """An event was carried through the core."""
    EVENTS.labels(type(event).__name__.lower()).inc()
    if isinstance(event, Unlocked) and event.until is None:
        WRONG.inc()


def show(vitals: Vitals, unlocked: int, backup: timedelta | None) -> bytes:
    """All of it in Prometheus' text format. `backup`: the age of the last one, if there is one."""
    queues = {"inbox": vitals.inbox, "words": vitals.words, "errands": vitals.errands}
    for queue, backlog in queues.items():
        _WAITING.labels(queue).set(backlog.waiting)
        _OLDEST.labels(queue).set(backlog.oldest)
    _WAITING.labels("advisories").set(vitals.advised)
    _ASIDE.set(vitals.aside)
    for state in ("open", "unclaimed", "overdue"):
        _CASES.labels(state).set(getattr(vitals.desk, state))
    _UNCLAIMED.set(vitals.desk.oldest // COARSE * COARSE)
    _TEAM.labels("active").set(vitals.team.members)
    _TEAM.labels("on_duty").set(vitals.team.on_duty)
    for state in ("sent", "failed", "left"):
        _COPIES.labels(state).set(getattr(vitals.sending, state))
    _BACKUP.set(backup.total_seconds() if backup is not None else math.nan)
    _UNLOCKED.set(unlocked)
    for part, age in pulse.ages().items():
        _ROUND.labels(part).set(round(age, 1))
    return generate_latest(REGISTRY)
