"""What we read of Telegram's answers: a message's id, where a file lies and how large it is, single fields. Pure."""

from typing import Any, TypeVar

from bot.messenger import Rejected
from bot.telegram.calls import OutOfReach
from handlers.model import MessageRef

T = TypeVar("T")


def message_ref(message: Any) -> MessageRef:
    return MessageRef(str(part(message, "message_id", int)))


def file_path(file: Any) -> str:
    """Where a file lies on the server; it names no place for one that it has no more. Raises `Rejected`."""
    path = file.get("file_path") if isinstance(file, dict) else None
    if not path or not isinstance(path, str):
        raise Rejected("gone")
    return path


def file_size(file: Any, most: int) -> int:
    """The size that the server names for a file; the most that it may have when that is none."""
    size = file.get("file_size") if isinstance(file, dict) else None
    return min(size, most) if isinstance(size, int) and size > 0 else most


def part(answer: Any, name: str, kind: type[T]) -> T:
    """One field of an answer. Raises `OutOfReach` when the answer has another shape."""
    value = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(value, kind):
        raise OutOfReach("answer")
    return value
