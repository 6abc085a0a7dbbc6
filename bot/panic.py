"""Panic from the chat: an admin's order that is committed, carried out by the process that holds the keys.

The keys go first: those in the state folder, then those in memory. Then nothing of the bot goes round any more, and all
admins are told out of memory, each once, as far as that can be done at once. With the process ends what was in its
memory.
"""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from bot import logs
from bot.i18n import Catalogue
from bot.languages import SOURCE
from bot.messenger import Messenger
from bot.render import render
from handlers.model import Address, Message
from storage import panic
from storage.panic import Order
from storage.sessions import Sessions

HURRY = 2.0
"""Seconds for telling the admins: the keys are gone, but the process that knew them still lives."""


class Panic:
    """What it is carried out with."""

    def __init__(
        self, folder: Path, sessions: Sessions, messengers: Mapping[str, Messenger], catalogues: Mapping[str, Catalogue]
    ) -> None:
        self._folder, self._sessions = folder, sessions
        self._messengers, self._catalogues = messengers, catalogues

    async def carry_out(self, order: Order, work: Iterable[asyncio.Task[None]]) -> None:
        """Destroy, end all work, tell. Afterwards this process must end without another step."""
        left = panic.destroy(self._folder)
        self._sessions.lock_all()
        for task in work:
            task.cancel()
        said = order.effect.left if left else order.effect.done
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(HURRY):
                    telling = (self._tell(address, language, said) for address, language in order.admins)
                    await asyncio.gather(*telling, return_exceptions=True)
        finally:  # whoever stops the process meanwhile stops the telling only
            logs.event("panic", left=len(panic.finish(self._folder)))

    async def _tell(self, address: Address, language: str, said: Message) -> None:
        messenger = self._messengers[address.partition(":")[0]]
        catalogue = self._catalogues.get(language) or self._catalogues[SOURCE]
        for screen in render(said, catalogue, messenger.limits):
            await messenger.send(address, screen)
