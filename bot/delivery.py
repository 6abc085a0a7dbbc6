"""What each outgoing effect means at a messenger: one function for each kind of word; none knows a database row."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.i18n import Catalogue
from bot.languages import SOURCE
from bot.messenger import Messenger, Rejected, Screen
from bot.render import render
from handlers.model import Address, Clear, Delete, Edit, MessageRef, Send
from storage.dispatch import Dispatch, Done
from storage.outbox import Errand

EDITED_AWAY = frozenset({"gone", "uneditable", "textless"})
"""Refusals of an edit after which the words are said anew: they must not be lost."""


class Delivery:
    """Carries out the effects of the outbox's first lane. Everything raised is a `MessengerError`, or a bug."""

    def __init__(
        self, messengers: Mapping[str, Messenger], catalogues: Mapping[str, Catalogue], dispatch: Dispatch
    ) -> None:
        self._messengers, self._catalogues, self._dispatch = messengers, catalogues, dispatch
        self._kinds: dict[type, Callable[[Errand, Any], Awaitable[Done]]] = {
            Send: self._send,
            Edit: self._edit,
            Delete: self._delete,
            Clear: self._clear,
        }

    async def carry_out(self, errand: Errand) -> Done:
        return await self._kinds[type(errand.effect)](errand, errand.effect)

    def messenger(self, address: Address) -> Messenger:
        """The adapter that reads this address."""
        return self._messengers[address.partition(":")[0]]

    def _screens(self, errand: Errand, effect: Send | Edit) -> tuple[Screen, ...]:
        language = effect.language or errand.language
        catalogue = self._catalogues.get(language) or self._catalogues[SOURCE]
        return render(effect.message, catalogue, self.messenger(errand.address).limits)

    async def _send(self, errand: Errand, effect: Send) -> Done:
        return Done(errand.id, await self._say(errand.address, self._screens(errand, effect)))

    async def _say(self, address: Address, screens: tuple[Screen, ...]) -> tuple[MessageRef, ...]:
        messenger = self.messenger(address)
        return tuple([await messenger.send(address, screen) for screen in screens])

    async def _edit(self, errand: Errand, effect: Edit) -> Done:
        """Change the message; what doesn't fit into it follows as new ones."""
        target = effect.target or await self._dispatch.slot(errand.address, effect.slot)
        if not target:
            return Done(errand.id)
        screens = self._screens(errand, effect)
        try:
            await self.messenger(errand.address).edit(errand.address, target, screens[0])
        except Rejected as refused:
            if refused.reason not in EDITED_AWAY or not effect.target:
                raise
            return Done(errand.id, await self._say(errand.address, screens))
        return Done(errand.id, await self._say(errand.address, screens[1:]))

    async def _delete(self, errand: Errand, effect: Delete) -> Done:
        messages = tuple(message for message in effect.messages if message)
        if messages:
            await self.messenger(errand.address).delete(errand.address, messages)
        return Done(errand.id, gone=messages)

    async def _clear(self, errand: Errand, effect: Clear) -> Done:
        known = tuple(await self._dispatch.known(errand.address))
        if known:
            await self.messenger(errand.address).delete(errand.address, known)
        return Done(errand.id, gone=known)
