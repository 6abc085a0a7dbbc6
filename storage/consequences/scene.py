"""Where an effect takes place, and the one way into the outbox."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handlers.model import Address, Conversation, Effect, Offset
from storage import outbox
from storage.ledger import Ledger
from storage.outbox import UTC, Priority
from storage.scribe import Scribe
from storage.sessions import Session, Sessions
from storage.tables import Lane
from storage.view import View


@dataclass(frozen=True, slots=True)
class Scene:
    """Where an effect takes place: the chat that it comes from, and the batch around it."""

    scribe: Scribe
    ledger: Ledger
    view: View
    sessions: Sessions
    session: Session | None
    now: datetime
    offset: Offset
    address: Address
    conversation: Conversation
    urgent: bool = False


Consequences = dict[type, Callable[[Scene, Any], None]]
"""By the type of the effect."""


def post(
    scene: Scene,
    lane: Lane,
    address: Address,
    effect: Effect,
    language: str = "",
    priority: Priority = Priority.NORMAL,
    zone: str = UTC,
) -> None:
    """An urgent event's answers to its own chat are urgent, all of them, so that they keep their order."""
    if scene.urgent and address == scene.address:
        priority = Priority.URGENT
    row = outbox.row(scene.scribe, lane, address, effect, scene.now, language, priority, zone=zone)
    scene.ledger.outbox.append(row)
