"""The time and fresh ids: the two things that the core is given instead of taking them."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]

ID_BYTES = 16


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """128 random bits as 22 URL-safe characters."""
    return secrets.token_urlsafe(ID_BYTES)
