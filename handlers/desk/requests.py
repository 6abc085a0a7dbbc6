"""What one member asks of another about a case, and what follows when nobody answers: it ends, and that is told."""

from handlers.desk import claims, levels, originals
from handlers.model import CLOCK, Case, Context, Effect, Entry

KINDS = {"offered": "handover.over", "lowering": "level.over", "original": "original.over"}
"""Where a request stands in the header of its case, and how its end is audited."""


def ended(before: Case, after: Case) -> tuple[Entry, ...]:
    """The audit lines of the requests that time has ended."""
    return tuple(Entry(action, CLOCK, before.id) for kind, action in KINDS.items() if _gone(kind, before, after))


def told(before: Case, after: Case, context: Context) -> tuple[Effect, ...]:
    """What those concerned hear of it."""
    endings = {
        "offered": claims.over(before, context),
        "lowering": levels.over(before, context),
        "original": originals.over(before, context),
    }
    return tuple(each for kind, said in endings.items() if _gone(kind, before, after) for each in said)


def _gone(kind: str, before: Case, after: Case) -> bool:
    return getattr(before, kind) is not None and getattr(after, kind) is None
