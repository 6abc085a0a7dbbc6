"""The head of the audit chain that admins were sent last, kept beside the database: what it no longer holds was undone.

Limit: whoever may write both the database and the state folder can make them agree again; then only the admins' chats
still tell (`panah audit verify --witness …`).
"""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from storage import durable
from storage.audit import Head
from storage.errors import NotAHead

_FILE = "witness"


class Witnessed(NamedTuple):
    """A head, and when it was sent."""

    head: Head
    at: datetime


def remember(state: Path, head: str, now: datetime) -> None:
    """Admins are sent this head."""
    with durable.locked(state):
        durable.replace(state / _FILE, f"{head} {now.isoformat()}".encode(), 0o600)


def last(state: Path) -> Witnessed | None:
    """What admins were sent last from here; None before the first, or when it can't be read."""
    try:
        head, _, at = (state / _FILE).read_text(encoding="ascii").partition(" ")
        return Witnessed(Head.parse(head), datetime.fromisoformat(at))
    except (OSError, UnicodeDecodeError, ValueError, NotAHead):
        return None
