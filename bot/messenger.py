"""What every messenger must be able to do, in our words.

One adapter module for each messenger fulfils `Messenger`; what only some can do stands in a Protocol of its own.
Limits are data: nothing outside an adapter knows how long a text may be or how fast it may be sent.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from msgspec import Struct

from handlers.model import Address, Choice, FileKind, FileRef, MessageRef, PromptId
from storage.records import Arrival

Accept = Callable[[Sequence[Arrival]], Awaitable[None]]
"""Takes a batch into the inbox and returns after the commit; only then may the adapter acknowledge it."""


class MessengerError(Exception):
    """The messenger did not do what we asked. Never carries content or an address."""


class RetryLater(MessengerError):
    """The messenger is busy or out of reach: try again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again in {seconds:g} s")
        self.seconds = seconds


class TooFast(RetryLater):
    """We say more than the messenger allows, to this chat or altogether."""


class TooSlow(RetryLater):
    """A file came so slowly that it was broken off."""


class Unreachable(MessengerError):
    """This chat can't be reached any more: blocked, deleted, or never started."""


class Rejected(MessengerError):
    """The messenger refuses this message for good. `reason` is one of its fixed descriptions, shortened to a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Limits(Struct, frozen=True):
    """What the messenger allows. Lengths in UTF-16 units, sizes in bytes, rates in messages a second."""

    text: int
    caption: int
    label: int
    buttons: int
    row: int
    download: int
    upload: int
    delete_hours: int
    delete_batch: int
    per_second: float
    per_chat_second: float


class Span(Struct, frozen=True):
    """A styled stretch of text. Offset and length in UTF-16 units; style is bold, italic or code."""

    style: str
    offset: int
    length: int


class Key(Struct, frozen=True):
    """A button, ready to show: either `data` comes back as a `Choice`, or `url` is opened."""

    label: str
    data: str = ""
    url: str = ""


class Screen(Struct, frozen=True):
    """A finished message in somebody's language, within the messenger's limits.

    `silent`: arrives without a sound. `paid`: may go out faster than what is free, for a price.
    """

    text: str
    spans: tuple[Span, ...] = ()
    rows: tuple[tuple[Key, ...], ...] = ()
    protect: bool = False
    silent: bool = False
    paid: bool = False


class Upload(Struct, frozen=True):
    """A file to send: `chunks` are opened on the way and never stand whole on disk. `size` in bytes.

    `caption`: the words and buttons below it, within the messenger's limits for those.
    """

    kind: FileKind
    name: str
    mime: str
    size: int
    chunks: Callable[[], AsyncIterator[bytes]]
    caption: Screen | None = None


class Messenger(Protocol):
    """An adapter. `name` is the part of an `Address` before the colon."""

    name: str
    limits: Limits

    async def run(self, accept: Accept) -> None:
        """Receive until cancelled: translate, `accept`, and acknowledge, in this order."""

    async def send(self, to: Address, screen: Screen) -> MessageRef:
        """Say it. Raises `MessengerError`."""

    async def edit(self, to: Address, message: MessageRef, screen: Screen) -> None:
        """Change it. Done already is success. Raises `MessengerError`."""

    async def delete(self, to: Address, messages: Sequence[MessageRef]) -> None:
        """Take them away, any number. What is gone or too old is passed over. Raises `MessengerError`."""

    async def send_file(self, to: Address, upload: Upload, protect: bool) -> MessageRef:
        """Send a file. Raises `MessengerError`."""

    def download(self, file: FileRef) -> AsyncIterator[bytes]:
        """The bytes of a waiting file, in chunks. Raises `MessengerError`."""


Menu = Sequence[tuple[str, str]]
"""Commands with their descriptions, in one language."""


@runtime_checkable
class HasMenus(Protocol):
    """A messenger that shows command menus and a description of the bot."""

    async def publish(self, menus: Mapping[str, Menu], about: Mapping[str, tuple[str, str]]) -> None:
        """Set the menu for everybody and the (short, long) description, by language code."""

    async def show_menu(self, to: Address, menu: Menu) -> None:
        """Set the menu of one chat."""


def press(verb: str, arg: str, prompt: str) -> str:
    """What a button carries: at most 12 + 22 + 8 ASCII characters and two colons, under every messenger's limit."""
    return f"{verb}:{arg}:{prompt}"


def pressed(data: str, message: MessageRef) -> Choice | None:
    """A button's data as an event; None when it isn't one of ours."""
    parts = data.split(":")
    if len(parts) != 3:
        return None
    return Choice(verb=parts[0], arg=parts[1], prompt=PromptId(parts[2]), message=message)
